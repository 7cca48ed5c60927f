/* db - one connection to the store, its transactions, its prepared statements.
 *
 * Writing     db_begin … db_commit; every write happens inside (BEGIN
 *             IMMEDIATE). Savepoints nest inside it, two levels
 * Errors      -1 and *err: ERR_RETRY when the store is busy or full for now,
 *             ERR_INPUT for a broken constraint, ERR_FATAL else (corrupt,
 *             newer schema, no such file)
 * After a failed step ask db_in_transaction(): a full disk ends it (design §5.5)
 * Threads     one struct db per thread, never shared. Writers of one process
 *             queue on a lock inside, so that none starves; a thread has one
 *             transaction at a time, whatever its connections: ERR_FATAL
 * Stores      ledger_store, ticket_store … take a struct db * first; each of
 *             their functions is one or two prepared statements
 * Strings     stores copy what they return into the arena given; arguments
 *             are borrowed for the call; NULL text is stored as NULL */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/slice.h"

struct db;

enum db_mode {
	DB_WRITE,	/* creates and migrates; synchronous=FULL */
	DB_NOTE,	/* existing; synchronous=NORMAL: a commit survives a
			 * crash of the process, perhaps not of the machine
			 * (in-hand notes only) */
	DB_READ		/* read-only, for the web view; ERR_RETRY while the
			 * store has yet to be migrated */
};

/* url: "sqlite:/path". Creates file (0640) and schema, or migrates, under a
 * lock; refuses a newer schema: ERR_FATAL, the message names both versions. */
int	db_open(const char *url, enum db_mode mode, struct db **db_out,
	    struct err *err);
void	db_close(struct db **db);			/* NULL-safe */

/* DB_READ: one consistent view until commit or rollback. */
int	db_begin(struct db *db, struct err *err);
/* A failed commit has rolled back. */
int	db_commit(struct db *db, struct err *err);
void	db_rollback(struct db *db);	/* also when there is none to end */
int	db_savepoint(struct db *db, struct err *err);
int	db_release(struct db *db, struct err *err);
void	db_rollback_to(struct db *db);	/* to the savepoint, and drops it */
bool	db_in_transaction(struct db *db);
/* Changes whenever another connection has committed (PRAGMA data_version). */
int64_t	db_data_version(struct db *db);

/* DB_READ: from now on what takes longer than so many milliseconds after its
 * db_begin is cut off: ERR_RETRY. 0: as long as it takes. */
void	db_patience(struct db *db, int ms);

/* The one daemon of this store: a lock held until close, in a file beside it.
 * ERR_RETRY: another daemon has it (message says its pid). */
struct db_lock;
int	db_lock_daemon(const char *url, struct db_lock **lock_out,
	    struct err *err);
void	db_unlock_daemon(struct db_lock **lock);

/* PRAGMA quick_check: 0 sound, -1 ERR_FATAL with its first line. */
int	db_check(struct db *db, struct err *err);
int	db_checkpoint(struct db *db, struct err *err);	/* TRUNCATE */
/* Committed changes lie in a log beside the store until they are written into
 * it; a connection does that itself at the commit that makes the log long. One
 * that shall not be held up leaves it to another thread, which calls db_tidy
 * each second: it writes a long log without holding up anybody. */
void	db_leave_log(struct db *db);
int	db_tidy(struct db *db, struct err *err);
/* What was deleted leaves the file: no free page, no part of the full text and
 * no log holds it any more. Writes the whole store; others wait meanwhile. */
int	db_purge(struct db *db, struct err *err);
int64_t	db_size(struct db *db);				/* bytes */
/* One consistent copy into path, which must not exist, then quick_check. */
int	db_copy(struct db *db, const char *path, struct err *err);

#endif
