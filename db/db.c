#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/connection.h"
#include "db/migrate.h"
#include "db/url.h"

#define LOG_LONG	4000	/* pages of 4 KiB: write them into the store */
#define LOG_LONGEST	40000	/* nobody else did */

static int
prepare_all(struct db *db, struct err *err)
{
	for (int i = 0; i < NSTMT; i++) {
		struct query *q = &db->query[i];

		q->db = db;
		if (driver_prepare(db->driver, catalogue[i].sql, &q->stmt,
		    err) != 0)
			return err_prefix(err, "%s", catalogue[i].name);
	}
	return 0;
}

static void
log_is(int pages, void *arg)
{
	writers_log_is(arg, pages);
}

static int
open_at(struct db *db, const char *path, struct err *err)
{
	static const enum driver_mode modes[] = {
		[DB_WRITE]	= DRIVER_WRITE,
		[DB_NOTE]	= DRIVER_NOTE,
		[DB_READ]	= DRIVER_READ,
	};

	if (db->mode != DB_WRITE && access(path, F_OK) != 0)
		return err_set(err, ERR_FATAL, "there is no store at %s",
		    path);
	if (driver_open(path, modes[db->mode], &db->driver, err) != 0)
		return -1;
	if (migrate(db->driver, &schema_shipped, db->mode == DB_WRITE,
	    err) != 0)
		return -1;
	if (db->mode != DB_READ &&
	    writers_join(path, &db->writers, err) != 0)
		return -1;
	if (db->mode == DB_WRITE)
		driver_watch_log(db->driver, LOG_LONG, log_is, db->writers);
	return prepare_all(db, err);
}

int
db_open(const char *url, enum db_mode mode, struct db **db_out,
    struct err *err)
{
	char path[PATH_MAX];
	struct db *db;
	int ret = -1;

	if (url_path(url, "", path, sizeof path, err) != 0)
		return -1;
	db = calloc(1, sizeof *db);
	if (db == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	db->mode = mode;
	if (open_at(db, path, err) == 0) {
		*db_out = db;
		db = NULL;
		ret = 0;
	}
	db_close(&db);
	return ret;
}

void
db_close(struct db **db)
{
	if (db == NULL || *db == NULL)
		return;
	if ((*db)->driver != NULL)
		db_rollback(*db);
	for (int i = 0; i < NSTMT; i++)
		driver_finalize(&(*db)->query[i].stmt);
	driver_close(&(*db)->driver);
	writers_leave(&(*db)->writers);
	zstd_free(&(*db)->zstd);
	free((*db)->stale);
	free(*db);
	*db = NULL;
}

void
connection_ended(struct db *db)
{
	db->nstale = db->depth = 0;
	db->broken = false;
	if (!db->writing)
		return;
	db->writing = false;
	writers_exit(db->writers);
}

int
db_begin(struct db *db, struct err *err)
{
	if (driver_in_transaction(db->driver))
		return err_set(err, ERR_FATAL, "store: begin in a transaction");
	if (db->mode != DB_READ) {
		if (writers_enter(db->writers, err) != 0)
			return -1;
		db->writing = true;
	}
	if (driver_begin(db->driver, err) != 0) {
		connection_ended(db);
		return -1;
	}
	return 0;
}

int
db_commit(struct db *db, struct err *err)
{
	int ret;

	if (!driver_in_transaction(db->driver))
		ret = err_set(err, ERR_RETRY, "store: the transaction has "
		    "ended before its commit");
	else
		ret = connection_index(db, err);
	if (ret == 0)
		ret = driver_commit(db->driver, err);
	if (ret != 0)
		driver_rollback(db->driver);
	connection_ended(db);
	return ret;
}

void
db_rollback(struct db *db)
{
	driver_rollback(db->driver);
	connection_ended(db);
}

int
db_savepoint(struct db *db, struct err *err)
{
	if (!driver_in_transaction(db->driver))
		return err_set(err, ERR_FATAL,
		    "store: savepoint outside a transaction");
	if (db->depth == SAVEPOINTS_MAX)
		return err_set(err, ERR_FATAL, "store: savepoints nest %d deep",
		    SAVEPOINTS_MAX);
	if (driver_savepoint(db->driver, err) != 0)
		return -1;
	db->mark[db->depth++] = db->nstale;
	return 0;
}

int
db_release(struct db *db, struct err *err)
{
	if (!driver_in_transaction(db->driver))
		return err_set(err, ERR_RETRY,
		    "store: the transaction has ended before its savepoint");
	assert(db->depth > 0);
	db->depth--;
	return driver_release(db->driver, err);
}

void
db_rollback_to(struct db *db)
{
	if (!driver_in_transaction(db->driver))
		return;
	assert(db->depth > 0 && db->mark[db->depth - 1] <= db->nstale);
	driver_rollback_to(db->driver);
	db->nstale = db->mark[--db->depth];
}

bool
db_in_transaction(struct db *db)
{
	return driver_in_transaction(db->driver);
}

int64_t
db_data_version(struct db *db)
{
	return driver_data_version(db->driver);
}

void
db_patience(struct db *db, int ms)
{
	driver_patience(db->driver, ms);
}

int
db_check(struct db *db, struct err *err)
{
	return driver_check(db->driver, err);
}

int
db_checkpoint(struct db *db, struct err *err)
{
	return driver_checkpoint(db->driver, err);
}

void
db_leave_log(struct db *db)
{
	if (db->writers != NULL)
		driver_watch_log(db->driver, LOG_LONGEST, log_is,
		    db->writers);
}

int
db_tidy(struct db *db, struct err *err)
{
	int left;

	if (db->writers == NULL || writers_log(db->writers) < LOG_LONG)
		return 0;
	if (driver_tidy_log(db->driver, &left, err) == -1)
		return -1;
	writers_log_is(db->writers, left);
	return 0;
}

int
db_purge(struct db *db, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (db_run0(db, STMT_FTS_PURGE, NULL, err) < 0) {
		db_rollback(db);
		return -1;
	}
	if (db_commit(db, err) != 0 || driver_vacuum(db->driver, err) != 0)
		return -1;
	return driver_checkpoint(db->driver, err);
}

int64_t
db_size(struct db *db)
{
	return driver_size(db->driver);
}

int
db_copy(struct db *db, const char *path, struct err *err)
{
	return driver_copy(db->driver, path, err);
}
