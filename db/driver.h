/* driver - the seam to a database engine: one connection, one thread.
 *
 * driver_sqlite.c is one; another engine is another file with the same
 * functions. Only db.c and the stores' queries (db/query.h) call it.
 *
 * Placeholders  $1, $2 … in SQL; bound by that number, from 1
 * Errors        -1 and *err, coded as db.h says; a failed binding is reported
 *               by the step that follows
 * Text          borrowed until driver_reset; columns are valid until the next
 *               step or reset */
#ifndef DB_DRIVER_H
#define DB_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define DRIVER_PARAMS_MAX 32

struct driver;
struct driver_stmt;

enum driver_mode { DRIVER_WRITE, DRIVER_NOTE, DRIVER_READ };

int	driver_open(const char *path, enum driver_mode mode,
	    struct driver **driver_out, struct err *err);
void	driver_close(struct driver **driver);		/* NULL-safe */

/* Any number of statements, rows thrown away. */
int	driver_exec(struct driver *driver, const char *sql, struct err *err);
int	driver_prepare(struct driver *driver, const char *sql,
	    struct driver_stmt **stmt_out, struct err *err);
void	driver_finalize(struct driver_stmt **stmt);	/* NULL-safe */

int	driver_params(const struct driver_stmt *stmt);	/* highest $n */
bool	driver_writes(const struct driver_stmt *stmt);
void	driver_bind_null(struct driver_stmt *stmt, int n);
void	driver_bind_int(struct driver_stmt *stmt, int n, int64_t value);
void	driver_bind_text(struct driver_stmt *stmt, int n, const char *text);
void	driver_bind_blob(struct driver_stmt *stmt, int n, struct slice blob);
int	driver_step(struct driver_stmt *stmt, struct err *err);	/* 1/0/-1 */
void	driver_reset(struct driver_stmt *stmt);
bool	driver_is_null(struct driver_stmt *stmt, int column);	/* from 0 */
int64_t	driver_int(struct driver_stmt *stmt, int column);
const char *driver_text(struct driver_stmt *stmt, int column);	/* NULL: NULL */
struct slice driver_blob(struct driver_stmt *stmt, int column);

/* For writing; DRIVER_READ: one consistent view. */
int	driver_begin(struct driver *driver, struct err *err);
int	driver_commit(struct driver *driver, struct err *err);
void	driver_rollback(struct driver *driver);
int	driver_savepoint(struct driver *driver, struct err *err);
int	driver_release(struct driver *driver, struct err *err);
void	driver_rollback_to(struct driver *driver);
bool	driver_in_transaction(struct driver *driver);

/* Statements are interrupted (ERR_RETRY) so many milliseconds after the
 * transaction began; 0: never. */
void	driver_patience(struct driver *driver, int ms);

/* Version of the schema: 0 for an empty store. ERR_FATAL when the store is
 * somebody else's. */
int	driver_version(struct driver *driver, int *version_out,
	    struct err *err);
int	driver_set_version(struct driver *driver, int version,
	    struct err *err);
int64_t	driver_data_version(struct driver *driver);
int	driver_check(struct driver *driver, struct err *err);
int	driver_checkpoint(struct driver *driver, struct err *err);
/* The log: committed pages that are not in the store file yet. After each
 * commit of this connection fn hears how many there are, and the log is written
 * into the store when there are more than limit. */
void	driver_watch_log(struct driver *driver, int limit,
	    void (*fn)(int pages, void *arg), void *arg);
/* Write what can be written without holding up a reader or writer; *left_out
 * pages stay. */
int	driver_tidy_log(struct driver *driver, int *left_out,
	    struct err *err);
/* Write the whole store anew, without what is free in it. */
int	driver_vacuum(struct driver *driver, struct err *err);
int64_t	driver_size(struct driver *driver);
int	driver_copy(struct driver *driver, const char *path, struct err *err);
/* Pages the store may grow to: for tests of a full disk. */
int	driver_limit(struct driver *driver, int64_t pages, struct err *err);

#endif
