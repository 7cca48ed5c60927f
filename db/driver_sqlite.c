/* SQLite behind the seam: the only file that knows sqlite3.h. */
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/private_file.h"
#include "db/driver.h"

#define APPLICATION_ID	0x63646b31	/* "cdk1" */
#define BUSY_MS		5000

enum own { BEGIN, BEGIN_READ, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, BACK,
	DATA_VERSION, NOWN };
static const char *const own_sql[NOWN] = {
	[BEGIN]		= "BEGIN IMMEDIATE",
	[BEGIN_READ]	= "BEGIN",
	[COMMIT]	= "COMMIT",
	[ROLLBACK]	= "ROLLBACK",
	[SAVEPOINT]	= "SAVEPOINT item",
	[RELEASE]	= "RELEASE item",
	[BACK]		= "ROLLBACK TO item",
	[DATA_VERSION]	= "PRAGMA data_version",
};

struct driver {
	sqlite3		*lite;
	bool		 reads_only;
	int		 patience_ms;	/* 0: endless */
	int64_t		 until_ms;	/* monotonic */
	int		 log_limit;	/* pages */
	void		(*log_fn)(int pages, void *arg);
	void		*log_arg;
	sqlite3_stmt	*own[NOWN];
};

struct driver_stmt {
	struct driver	*driver;
	sqlite3_stmt	*lite;
	int		 params;	/* highest $n */
	int		 index[DRIVER_PARAMS_MAX + 1];	/* of $n; 0: unused */
	int		 bind_rc;	/* first binding that failed */
};

/* What the caller does next about a result code of SQLite. */
static enum err_code
code_of(int rc)
{
	static const struct {
		int		rc;
		enum err_code	code;
	} codes[] = {
		{ SQLITE_BUSY,		ERR_RETRY },
		{ SQLITE_LOCKED,	ERR_RETRY },
		{ SQLITE_FULL,		ERR_RETRY },
		{ SQLITE_NOMEM,		ERR_RETRY },
		{ SQLITE_IOERR,		ERR_RETRY },	/* not the data's fault */
		{ SQLITE_SCHEMA,	ERR_RETRY },
		{ SQLITE_INTERRUPT,	ERR_RETRY },
		{ SQLITE_CONSTRAINT,	ERR_INPUT },
		{ SQLITE_MISMATCH,	ERR_INPUT },
		{ SQLITE_TOOBIG,	ERR_INPUT },
	};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if ((rc & 0xff) == codes[i].rc)
			return codes[i].code;
	return ERR_FATAL;
}

/* A full disk that SQLite saw as a failed flush or a failed -shm. */
static bool
disk_full(sqlite3 *lite, int rc)
{
	int cause = lite == NULL ? 0 : sqlite3_system_errno(lite);

	return (rc & 0xff) == SQLITE_IOERR &&
	    (cause == ENOSPC || cause == EDQUOT);
}

/* The only reader of sqlite3_errmsg. */
static int
fail(sqlite3 *lite, int rc, const char *what, struct err *err)
{
	const char *msg = sqlite3_errstr(rc);

	if (disk_full(lite, rc))
		return err_set(err, ERR_RETRY, "store: %s: the disk is full "
		    "(%.60s)", msg, what);
	if (lite != NULL && (sqlite3_errcode(lite) & 0xff) == (rc & 0xff))
		msg = sqlite3_errmsg(lite);
	return err_set(err, code_of(rc), "store: %s (%.60s)", msg, what);
}

int
driver_exec(struct driver *driver, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(driver->lite, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(driver->lite, rc, sql, err);
}

/* Make the file ourselves, so that its mode (and that of -wal and -shm, which
 * take it from the file) is 0640 whatever the umask, and its owner (theirs
 * too) the one who has the folder. */
static int
create_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0 || fchmod(fd, 0640) != 0 ||
	    private_file_give(fd, path) != 0) {
		err_set(err, ERR_FATAL, "store %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/* "file:" URI of a path: what has a meaning there is written as %XX. */
static char *
uri_of(const char *path, const char *query)
{
	char *uri = malloc(3 * strlen(path) + strlen(query) + 8), *p;

	if (uri == NULL)
		return NULL;
	memcpy(uri, "file:", 5);
	for (p = uri + 5; *path != '\0'; path++) {
		if (strchr("%?#", *path) != NULL)
			p += snprintf(p, 4, "%%%02X", (unsigned char)*path);
		else
			*p++ = *path;
	}
	memcpy(p, query, strlen(query) + 1);
	return uri;
}

static int
open_file(const char *path, int flags, const char *query, sqlite3 **lite_out,
    struct err *err)
{
	char *uri = uri_of(path, query);
	sqlite3 *lite = NULL;
	int rc, ret = 0;

	if (uri == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	rc = sqlite3_open_v2(uri, &lite, flags | SQLITE_OPEN_URI |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	free(uri);
	if (rc == SQLITE_OK) {
		*lite_out = lite;
	} else {
		ret = fail(lite, rc, path, err);
		sqlite3_close(lite);
	}
	return ret;
}

static int
harden(struct driver *driver, struct err *err)
{
	static const struct {
		int	option, value;
	} config[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE,			1 },
		{ SQLITE_DBCONFIG_DQS_DML,			0 },
		{ SQLITE_DBCONFIG_DQS_DDL,			0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,	0 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA,		0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY,			1 },
	};

	for (size_t i = 0; i < sizeof config / sizeof config[0]; i++) {
		int rc = sqlite3_db_config(driver->lite, config[i].option,
		    config[i].value, NULL);

		if (rc != SQLITE_OK)
			return fail(driver->lite, rc, "configure", err);
	}
	sqlite3_db_config(driver->lite, SQLITE_DBCONFIG_LOOKASIDE, NULL, 512,
	    400);
	sqlite3_busy_timeout(driver->lite, BUSY_MS);
	return driver_exec(driver, "PRAGMA cell_size_check = ON;"
	    "PRAGMA temp_store = MEMORY", err);
}

/* Turning WAL on needs the file alone and does not wait for it by itself. */
static int
set_wal(struct driver *driver, struct err *err)
{
	int64_t end = clock_mono_ms() + BUSY_MS;

	while (driver_exec(driver, "PRAGMA journal_mode = WAL", err) != 0) {
		if (err->code != ERR_RETRY || clock_mono_ms() > end)
			return -1;
		clock_sleep_ms(10);
	}
	return 0;
}

/* NOTE commits with synchronous NORMAL: nothing is flushed at a commit, yet,
 * unlike with OFF, a power cut cannot mix old and new pages when the log has
 * just started over. It leaves checkpoints to the writer. */
static int
setup(struct driver *driver, enum driver_mode mode, struct err *err)
{
	static const char *const pragmas[] = {
		[DRIVER_WRITE]	= ("PRAGMA synchronous = FULL;"
		    "PRAGMA secure_delete = FAST;"
		    "PRAGMA journal_size_limit = 67108864;"
		    "PRAGMA cache_size = -16000"),
		[DRIVER_NOTE]	= ("PRAGMA synchronous = NORMAL;"
		    "PRAGMA wal_autocheckpoint = 0;"
		    "PRAGMA cache_size = -500"),
		[DRIVER_READ]	= ("PRAGMA query_only = ON;"
		    "PRAGMA cache_size = -4000"),
	};
	int on = 1;

	if (harden(driver, err) != 0)
		return -1;
	if (mode == DRIVER_WRITE && set_wal(driver, err) != 0)
		return -1;
	/* so that readers find -wal and -shm when no writer runs */
	if (mode != DRIVER_READ)
		sqlite3_file_control(driver->lite, "main",
		    SQLITE_FCNTL_PERSIST_WAL, &on);
	if (mode == DRIVER_NOTE)
		sqlite3_db_config(driver->lite,
		    SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return driver_exec(driver, pragmas[mode], err);
}

static int
prepare_own(struct driver *driver, struct err *err)
{
	for (int i = 0; i < NOWN; i++) {
		int rc = sqlite3_prepare_v3(driver->lite, own_sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &driver->own[i], NULL);

		if (rc != SQLITE_OK)
			return fail(driver->lite, rc, own_sql[i], err);
	}
	return 0;
}

/* SQLite's own count of its memory would cost a lock an allocation. */
static void
configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int
driver_open(const char *path, enum driver_mode mode,
    struct driver **driver_out, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct err ignored;
	struct driver *driver = calloc(1, sizeof *driver);
	int ret = -1;

	pthread_once(&once, configure);
	if (err == NULL)
		err = &ignored;
	if (driver == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	driver->reads_only = mode == DRIVER_READ;
	if (mode == DRIVER_WRITE && create_file(path, err) != 0)
		goto out;
	if (open_file(path, mode == DRIVER_READ ? SQLITE_OPEN_READONLY :
	    SQLITE_OPEN_READWRITE, mode == DRIVER_READ ? "?mode=ro" : "",
	    &driver->lite, err) != 0)
		goto out;
	if (setup(driver, mode, err) != 0 || prepare_own(driver, err) != 0)
		goto out;
	*driver_out = driver;
	driver = NULL;
	ret = 0;
out:
	driver_close(&driver);
	return ret;
}

void
driver_close(struct driver **driver)
{
	if (driver == NULL || *driver == NULL)
		return;
	for (int i = 0; i < NOWN; i++)
		sqlite3_finalize((*driver)->own[i]);
	sqlite3_close_v2((*driver)->lite);
	free(*driver);
	*driver = NULL;
}

int
driver_prepare(struct driver *driver, const char *sql,
    struct driver_stmt **stmt_out, struct err *err)
{
	struct driver_stmt *stmt = calloc(1, sizeof *stmt);
	int rc;

	if (stmt == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	stmt->driver = driver;
	rc = sqlite3_prepare_v3(driver->lite, sql, -1,
	    SQLITE_PREPARE_PERSISTENT, &stmt->lite, NULL);
	if (rc != SQLITE_OK) {
		free(stmt);
		return fail(driver->lite, rc, sql, err);
	}
	/* SQLite takes $1 for a name and numbers names as they appear */
	for (int n = 1; n <= DRIVER_PARAMS_MAX; n++) {
		char name[16];

		snprintf(name, sizeof name, "$%d", n);
		stmt->index[n] = sqlite3_bind_parameter_index(stmt->lite,
		    name);
		if (stmt->index[n] > 0)
			stmt->params = n;
	}
	assert(sqlite3_bind_parameter_count(stmt->lite) <= stmt->params);
	*stmt_out = stmt;
	return 0;
}

void
driver_finalize(struct driver_stmt **stmt)
{
	if (stmt == NULL || *stmt == NULL)
		return;
	sqlite3_finalize((*stmt)->lite);
	free(*stmt);
	*stmt = NULL;
}

int
driver_params(const struct driver_stmt *stmt)
{
	return stmt->params;
}

bool
driver_writes(const struct driver_stmt *stmt)
{
	return !sqlite3_stmt_readonly(stmt->lite);
}

static void
bound(struct driver_stmt *stmt, int rc)
{
	if (rc != SQLITE_OK && stmt->bind_rc == SQLITE_OK)
		stmt->bind_rc = rc;
}

void
driver_bind_null(struct driver_stmt *stmt, int n)
{
	bound(stmt, sqlite3_bind_null(stmt->lite, stmt->index[n]));
}

void
driver_bind_int(struct driver_stmt *stmt, int n, int64_t value)
{
	bound(stmt, sqlite3_bind_int64(stmt->lite, stmt->index[n], value));
}

void
driver_bind_text(struct driver_stmt *stmt, int n, const char *text)
{
	bound(stmt, sqlite3_bind_text(stmt->lite, stmt->index[n], text, -1,
	    SQLITE_STATIC));
}

void
driver_bind_blob(struct driver_stmt *stmt, int n, struct slice blob)
{
	bound(stmt, sqlite3_bind_blob64(stmt->lite, stmt->index[n],
	    blob.len == 0 ? "" : blob.p, blob.len, SQLITE_STATIC));
}

int
driver_step(struct driver_stmt *stmt, struct err *err)
{
	int rc = stmt->bind_rc != SQLITE_OK ? stmt->bind_rc :
	    sqlite3_step(stmt->lite);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return fail(stmt->driver->lite, rc, sqlite3_sql(stmt->lite), err);
}

void
driver_reset(struct driver_stmt *stmt)
{
	sqlite3_reset(stmt->lite);
	stmt->bind_rc = SQLITE_OK;
}

bool
driver_is_null(struct driver_stmt *stmt, int column)
{
	return sqlite3_column_type(stmt->lite, column) == SQLITE_NULL;
}

int64_t
driver_int(struct driver_stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt->lite, column);
}

const char *
driver_text(struct driver_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt->lite, column);
}

struct slice
driver_blob(struct driver_stmt *stmt, int column)
{
	const char *p = sqlite3_column_blob(stmt->lite, column);

	return (struct slice){ p,
	    (size_t)sqlite3_column_bytes(stmt->lite, column) };
}

static int
run_own(struct driver *driver, enum own which, struct err *err)
{
	int rc = sqlite3_step(driver->own[which]), ret = 0;

	if (rc != SQLITE_DONE)
		ret = fail(driver->lite, rc, own_sql[which], err);
	sqlite3_reset(driver->own[which]);
	return ret;
}

#define LOOK_EVERY	20000	/* steps of SQLite's machine */

static int
out_of_patience(void *arg)
{
	struct driver *driver = arg;

	return driver_in_transaction(driver) &&
	    clock_mono_ms() > driver->until_ms;
}

void
driver_patience(struct driver *driver, int ms)
{
	driver->patience_ms = ms;
	sqlite3_progress_handler(driver->lite, LOOK_EVERY, ms == 0 ? NULL :
	    out_of_patience, driver);
}

int
driver_begin(struct driver *driver, struct err *err)
{
	driver->until_ms = clock_mono_ms() + driver->patience_ms;
	return run_own(driver, driver->reads_only ? BEGIN_READ : BEGIN, err);
}

int
driver_commit(struct driver *driver, struct err *err)
{
	return run_own(driver, COMMIT, err);
}

void
driver_rollback(struct driver *driver)
{
	if (driver_in_transaction(driver))
		run_own(driver, ROLLBACK, NULL);
}

int
driver_savepoint(struct driver *driver, struct err *err)
{
	return run_own(driver, SAVEPOINT, err);
}

int
driver_release(struct driver *driver, struct err *err)
{
	return run_own(driver, RELEASE, err);
}

void
driver_rollback_to(struct driver *driver)
{
	if (run_own(driver, BACK, NULL) == 0)
		run_own(driver, RELEASE, NULL);
}

bool
driver_in_transaction(struct driver *driver)
{
	return !sqlite3_get_autocommit(driver->lite);
}

/* The number a pragma or query gives, or its text into text_out. */
static int
ask(struct driver *driver, const char *sql, int64_t *value_out,
    char *text_out, size_t size, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(driver->lite, sql, -1, &stmt, NULL);
	int ret = 0;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW)
		ret = fail(driver->lite, rc, sql, err);
	else if (value_out != NULL)
		*value_out = sqlite3_column_int64(stmt, 0);
	else
		snprintf(text_out, size, "%s",
		    (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return ret;
}

int
driver_version(struct driver *driver, int *version_out, struct err *err)
{
	int64_t id, version, tables;

	if (ask(driver, "PRAGMA application_id", &id, NULL, 0, err) != 0 ||
	    ask(driver, "PRAGMA user_version", &version, NULL, 0, err) != 0 ||
	    ask(driver, "SELECT count(*) FROM sqlite_schema", &tables, NULL,
	    0, err) != 0)
		return -1;
	if (tables > 0 && id != APPLICATION_ID)
		return err_set(err, ERR_FATAL,
		    "store: the file is another program's database");
	*version_out = tables == 0 ? 0 : (int)version;
	return 0;
}

int
driver_set_version(struct driver *driver, int version, struct err *err)
{
	char sql[80];

	snprintf(sql, sizeof sql,
	    "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    APPLICATION_ID, version);
	return driver_exec(driver, sql, err);
}

int64_t
driver_data_version(struct driver *driver)
{
	sqlite3_stmt *stmt = driver->own[DATA_VERSION];
	int64_t version = -1;

	if (sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return version;
}

int
driver_check(struct driver *driver, struct err *err)
{
	char line[200];

	if (ask(driver, "PRAGMA quick_check(1)", NULL, line, sizeof line,
	    err) != 0)
		return -1;
	if (strcmp(line, "ok") != 0)
		return err_set(err, ERR_FATAL, "store is damaged: %s", line);
	return 0;
}

int
driver_checkpoint(struct driver *driver, struct err *err)
{
	int rc = sqlite3_wal_checkpoint_v2(driver->lite, "main",
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(driver->lite, rc, "checkpoint",
	    err);
}

static int
log_grew(void *arg, sqlite3 *lite, const char *name, int pages)
{
	struct driver *driver = arg;

	if (pages > driver->log_limit)
		sqlite3_wal_checkpoint_v2(lite, name,
		    SQLITE_CHECKPOINT_PASSIVE, &pages, NULL);
	driver->log_fn(pages, driver->log_arg);
	return SQLITE_OK;
}

void
driver_watch_log(struct driver *driver, int limit,
    void (*fn)(int pages, void *arg), void *arg)
{
	driver->log_limit = limit;
	driver->log_fn = fn;
	driver->log_arg = arg;
	sqlite3_wal_hook(driver->lite, log_grew, driver);
}

int
driver_tidy_log(struct driver *driver, int *left_out, struct err *err)
{
	int pages = 0, written = 0;
	int rc = sqlite3_wal_checkpoint_v2(driver->lite, "main",
	    SQLITE_CHECKPOINT_PASSIVE, &pages, &written);

	if (rc != SQLITE_OK)
		return fail(driver->lite, rc, "checkpoint", err);
	*left_out = pages - written;
	return 0;
}

int
driver_vacuum(struct driver *driver, struct err *err)
{
	return driver_exec(driver, "VACUUM", err);
}

int64_t
driver_size(struct driver *driver)
{
	int64_t pages, size;

	if (ask(driver, "PRAGMA page_count", &pages, NULL, 0, NULL) != 0 ||
	    ask(driver, "PRAGMA page_size", &size, NULL, 0, NULL) != 0)
		return -1;
	return pages * size;
}

/* VACUUM INTO flushes nothing: do it, for the file and for its name. */
static int
flush(const char *path, struct err *err)
{
	char *dir = strdup(path), *slash;
	int fd = -1, ret = -1;

	if (dir == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		goto out;
	close(fd);
	slash = strrchr(dir, '/');
	if (slash != NULL)
		slash[slash == dir] = '\0';
	fd = open(slash == NULL ? "." : dir, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fsync(fd) == 0)
		ret = 0;
out:
	if (ret != 0)
		err_set(err, ERR_RETRY, "copy %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(dir);
	return ret;
}

static int
vacuum_into(struct driver *driver, const char *path, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc, ret = 0;

	/* query_only forbids any writing, that of the copy included; a file
	 * that was opened to be read stays unwritable without it */
	if (driver->reads_only &&
	    driver_exec(driver, "PRAGMA query_only = OFF", err) != 0)
		return -1;
	rc = sqlite3_prepare_v2(driver->lite, "VACUUM INTO ?1", -1, &stmt,
	    NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_DONE)
		ret = fail(driver->lite, rc, "VACUUM INTO", err);
	sqlite3_finalize(stmt);
	if (driver->reads_only && driver_exec(driver,
	    "PRAGMA query_only = ON", ret == 0 ? err : NULL) != 0)
		ret = -1;
	return ret;
}

/* Nobody else knows the copy yet: immutable leaves no -wal and -shm there. */
static int
check_copy(const char *path, struct err *err)
{
	struct driver copy = { 0 };
	int ret;

	if (open_file(path, SQLITE_OPEN_READONLY, "?immutable=1", &copy.lite,
	    err) != 0)
		return -1;
	ret = driver_check(&copy, err);
	sqlite3_close(copy.lite);
	return ret;
}

int
driver_copy(struct driver *driver, const char *path, struct err *err)
{
	int fd;

	if (driver_in_transaction(driver))
		return err_set(err, ERR_FATAL, "copy inside a transaction");
	/* an empty file may be written into; so its mode is ours */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, errno == EEXIST ? ERR_INPUT : ERR_RETRY,
		    "copy %s: %s", path, strerror(errno));
	close(fd);
	if (vacuum_into(driver, path, err) != 0 || flush(path, err) != 0 ||
	    check_copy(path, err) != 0) {
		unlink(path);
		return -1;
	}
	return 0;
}

int
driver_limit(struct driver *driver, int64_t pages, struct err *err)
{
	char sql[64];

	snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld",
	    (long long)pages);
	return driver_exec(driver, sql, err);
}
