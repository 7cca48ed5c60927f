#include "tests/unit/db/store.h"

#include <sys/stat.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include "base/buf.h"
#include "base/clock.h"
#include "db/connection.h"
#include "db/migrate.h"
#include "db/quota_store.h"

static void
put(struct store *s, const char *name, const char *value)
{
	ok(s, db_begin(s->db, &s->err));
	ok(s, state_set(s->db, name, value, &s->err));
	ok(s, db_commit(s->db, &s->err));
}

/* The value, or "" when there is none. */
static const char *
get(struct store *s, struct db *db, const char *name)
{
	const char *value = "";

	ok(s, state_get(db, name, s->arena, &value, &s->err));
	return value;
}

static void
test_open(void **state)
{
	static const struct {
		const char	*url;
		enum db_mode	 mode;
		const char	*says;
	} t[] = {
		{ "postgres:x",		DB_WRITE, "must be sqlite:/PATH" },
		{ "sqlite:",		DB_WRITE, "must be sqlite:/PATH" },
		{ "sqlite:/nowhere/x",	DB_WRITE, "No such file" },
		{ "sqlite:/nowhere/x",	DB_READ, "there is no store" },
		{ "sqlite:/nowhere/x",	DB_NOTE, "there is no store" },
	};
	struct store *s = *state;
	struct stat st;
	mode_t old;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct db *db = NULL;

		print_message("%s\n", t[i].url);
		assert_int_equal(db_open(t[i].url, t[i].mode, &db, &s->err),
		    -1);
		assert_int_equal(s->err.code, ERR_FATAL);
		assert_non_null(strstr(s->err.msg, t[i].says));
		assert_null(db);
	}
	/* whatever the umask, the group may read and nobody else */
	db_close(&s->db);
	unlink(s->path);
	old = umask(0);
	ok(s, db_open(s->url, DB_WRITE, &s->db, &s->err));
	umask(old);
	assert_int_equal(stat(s->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void
test_transaction(void **state)
{
	struct store *s = *state;

	/* writing outside a transaction is refused, not committed alone */
	assert_int_equal(state_set(s->db, "a", "1", &s->err), -1);
	assert_int_equal(s->err.code, ERR_FATAL);
	assert_string_equal(get(s, s->db, "a"), "");

	put(s, "a", "1");
	ok(s, db_begin(s->db, &s->err));
	assert_true(db_in_transaction(s->db));
	assert_int_equal(db_begin(s->db, &s->err), -1);
	assert_int_equal(s->err.code, ERR_FATAL);
	ok(s, db_savepoint(s->db, &s->err));
	ok(s, state_set(s->db, "a", "2", &s->err));
	ok(s, db_release(s->db, &s->err));
	ok(s, db_savepoint(s->db, &s->err));
	ok(s, state_set(s->db, "a", "3", &s->err));
	ok(s, state_set(s->db, "b", "3", &s->err));
	db_rollback_to(s->db);
	assert_true(db_in_transaction(s->db));
	ok(s, state_set(s->db, "c", "4", &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_false(db_in_transaction(s->db));
	assert_string_equal(get(s, s->db, "a"), "2");
	assert_string_equal(get(s, s->db, "b"), "");
	assert_string_equal(get(s, s->db, "c"), "4");

	ok(s, db_begin(s->db, &s->err));
	ok(s, state_set(s->db, "a", "5", &s->err));
	db_rollback(s->db);
	db_rollback(s->db);		/* none to end: fine */
	assert_string_equal(get(s, s->db, "a"), "2");
	assert_int_equal(db_savepoint(s->db, &s->err), -1);
	assert_int_equal(db_release(s->db, &s->err), -1);
	assert_int_equal(db_commit(s->db, &s->err), -1);
}

static void
test_broken_constraint(void **state)
{
	struct store *s = *state;

	ok(s, db_begin(s->db, &s->err));
	assert_int_equal(watcher_add(s->db, 77, 77, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	assert_true(db_in_transaction(s->db));
	ok(s, state_set(s->db, "a", "1", &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_string_equal(get(s, s->db, "a"), "1");
}

/* A full disk ends the whole transaction, savepoint or not, and what follows
 * must not be committed alone. */
static void
test_full(void **state)
{
	struct store *s = *state;
	char *big = calloc(1, 400000);
	int64_t pages = db_size(s->db) / 4096;
	int ret = 0;

	assert_non_null(big);
	memset(big, 'x', 400000 - 1);
	ok(s, driver_limit(s->db->driver, pages + 8, &s->err));
	ok(s, db_begin(s->db, &s->err));
	ok(s, state_set(s->db, "before", "1", &s->err));
	ok(s, db_savepoint(s->db, &s->err));
	ret = state_set(s->db, "big", big, &s->err);
	assert_int_equal(ret, -1);
	assert_int_equal(s->err.code, ERR_RETRY);
	assert_false(db_in_transaction(s->db));
	assert_int_equal(state_set(s->db, "after", "1", &s->err), -1);
	assert_int_equal(s->err.code, ERR_RETRY);
	db_rollback_to(s->db);
	assert_int_equal(db_commit(s->db, &s->err), -1);
	assert_int_equal(s->err.code, ERR_RETRY);

	ok(s, driver_limit(s->db->driver, 1000000, &s->err));
	put(s, "big", big);
	assert_string_equal(get(s, s->db, "before"), "");
	assert_string_equal(get(s, s->db, "after"), "");
	assert_int_equal(strlen(get(s, s->db, "big")), 400000 - 1);
	free(big);
}

/* A disk that fails is no reason to blame what was to be written: later. */
static void
test_failing_disk(void **state)
{
	struct store *s = *state;
	struct rlimit was, little;
	char *big = calloc(1, 400000);
	int ret;

	assert_non_null(big);
	memset(big, 'x', 400000 - 1);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	little = (struct rlimit){ 200000, was.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	ok(s, db_begin(s->db, &s->err));
	ok(s, state_set(s->db, "big", big, &s->err));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	ret = db_commit(s->db, &s->err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(ret, -1);
	assert_non_null(strstr(s->err.msg, "I/O"));
	assert_int_equal(s->err.code, ERR_RETRY);
	assert_false(db_in_transaction(s->db));
	put(s, "big", big);
	assert_int_equal(strlen(get(s, s->db, "big")), 400000 - 1);
	free(big);
}

/* Another process writes: we wait five seconds, then say so. */
static void
test_busy(void **state)
{
	struct store *s = *state;
	int ready[2], done[2], status;
	int64_t start;
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(done), 0);
	db_close(&s->db);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct db *db = NULL;

		if (db_open(s->url, DB_WRITE, &db, &s->err) != 0 ||
		    db_begin(db, &s->err) != 0 ||
		    state_set(db, "theirs", "1", &s->err) != 0 ||
		    write(ready[1], &c, 1) != 1 || read(done[0], &c, 1) != 1 ||
		    db_commit(db, &s->err) != 0)
			_exit(1);
		db_close(&db);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	ok(s, db_open(s->url, DB_WRITE, &s->db, &s->err));
	start = clock_mono_ms();
	assert_int_equal(db_begin(s->db, &s->err), -1);
	assert_int_equal(s->err.code, ERR_RETRY);
	assert_in_range(clock_mono_ms() - start, 4000, 20000);
	assert_false(db_in_transaction(s->db));
	assert_string_equal(get(s, s->db, "theirs"), "");
	assert_int_equal(write(done[1], &c, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	put(s, "ours", "1");
	assert_string_equal(get(s, s->db, "theirs"), "1");
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(done[i]);
	}
}

struct writer {
	struct store	*s;
	int		 number, failed;
};

static void *
write_much(void *arg)
{
	struct writer *w = arg;
	struct db *db = NULL;
	struct err err;
	int64_t n;

	if (db_open(w->s->url, DB_WRITE, &db, &err) != 0) {
		w->failed++;
		return NULL;
	}
	for (int i = 0; i < 20; i++)
		if (db_begin(db, &err) != 0 ||
		    quota_count(db, "shared", 1, 1000, &n, &err) != 0 ||
		    db_commit(db, &err) != 0)
			w->failed++;
	db_close(&db);
	return NULL;
}

static void
test_writers_queue(void **state)
{
	struct store *s = *state;
	struct writer w[6];
	pthread_t thread[6];
	struct db *second = NULL;
	int64_t n = 0;

	for (int i = 0; i < 6; i++) {
		w[i] = (struct writer){ s, i, 0 };
		assert_int_equal(pthread_create(&thread[i], NULL, write_much,
		    &w[i]), 0);
	}
	for (int i = 0; i < 6; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(w[i].failed, 0);
	}
	ok(s, db_begin(s->db, &s->err));
	ok(s, quota_count(s->db, "shared", 1, 1000, &n, &s->err));
	assert_int_equal(n, 6 * 20 + 1);
	/* the same thread twice would wait for itself: refused */
	ok(s, db_open(s->url, DB_NOTE, &second, &s->err));
	assert_int_equal(db_begin(second, &s->err), -1);
	assert_int_equal(s->err.code, ERR_FATAL);
	ok(s, db_commit(s->db, &s->err));
	ok(s, db_begin(second, &s->err));
	ok(s, state_set(second, "note", "1", &s->err));
	ok(s, db_commit(second, &s->err));
	db_close(&second);
	assert_string_equal(get(s, s->db, "note"), "1");
}

static void
test_read_only(void **state)
{
	struct store *s = *state;
	struct db *read = NULL;
	int64_t version;

	put(s, "a", "1");
	ok(s, db_open(s->url, DB_READ, &read, &s->err));
	version = db_data_version(read);
	assert_string_equal(get(s, read, "a"), "1");
	assert_int_equal(db_data_version(read), version);
	put(s, "a", "2");
	assert_int_not_equal(db_data_version(read), version);

	/* one view for as long as the transaction lasts */
	ok(s, db_begin(read, &s->err));
	assert_string_equal(get(s, read, "a"), "2");
	put(s, "a", "3");
	assert_string_equal(get(s, read, "a"), "2");
	assert_int_equal(state_set(read, "a", "4", &s->err), -1);
	assert_int_equal(s->err.code, ERR_FATAL);
	db_rollback(read);
	assert_string_equal(get(s, read, "a"), "3");
	assert_int_equal(driver_exec(read->driver, "CREATE TABLE x(y)",
	    &s->err), -1);
	assert_int_equal(driver_exec(read->driver, "DELETE FROM state",
	    &s->err), -1);
	db_close(&read);

	/* and when no writer runs */
	db_close(&s->db);
	ok(s, db_open(s->url, DB_READ, &read, &s->err));
	assert_string_equal(get(s, read, "a"), "3");
	db_close(&read);
}

/* Somebody of the group, in a folder that they may not write. */
static void
test_read_as_other_user(void **state)
{
	struct store *s = *state;
	char path[128];
	int status;
	pid_t pid;

	if (getuid() != 0)
		skip();
	put(s, "a", "1");
	db_close(&s->db);
	assert_int_equal(chmod(s->dir, 0755), 0);
	for (int i = 0; i < 3; i++) {
		static const char *const end[] = { "", "-wal", "-shm" };

		snprintf(path, sizeof path, "%s%s", s->path, end[i]);
		assert_int_equal(chmod(path, 0644), 0);
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct db *db = NULL;
		const char *value = "";

		if (setgid(65534) != 0 || setuid(65534) != 0 ||
		    db_open(s->url, DB_READ, &db, &s->err) != 0 ||
		    state_get(db, "a", s->arena, &value, &s->err) != 1)
			_exit(1);
		_exit(strcmp(value, "1") == 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
overwrite(const char *path, off_t at, size_t len)
{
	char junk[4096];
	int fd = open(path, O_WRONLY);

	memset(junk, 0x5a, sizeof junk);
	assert_true(fd >= 0);
	for (; len > 0; len -= sizeof junk, at += (off_t)sizeof junk)
		assert_int_equal(pwrite(fd, junk, sizeof junk, at),
		    sizeof junk);
	close(fd);
}

static void
test_corrupt(void **state)
{
	struct store *s = *state;
	char *big = calloc(1, 100000);

	assert_non_null(big);
	memset(big, 'x', 100000 - 1);
	put(s, "big", big);
	free(big);
	ok(s, db_check(s->db, &s->err));
	ok(s, db_checkpoint(s->db, &s->err));
	db_close(&s->db);
	overwrite(s->path, 8192, 40 * 4096);
	if (db_open(s->url, DB_WRITE, &s->db, &s->err) == 0) {
		assert_int_equal(db_check(s->db, &s->err), -1);
		assert_int_equal(s->err.code, ERR_FATAL);
		db_close(&s->db);
	} else {
		assert_int_equal(s->err.code, ERR_FATAL);
	}
	overwrite(s->path, 0, 8192);
	assert_int_equal(db_open(s->url, DB_WRITE, &s->db, &s->err), -1);
	assert_int_equal(s->err.code, ERR_FATAL);
	assert_int_equal(db_open(s->url, DB_READ, &s->db, &s->err), -1);
	assert_int_equal(s->err.code, ERR_FATAL);
}

static void
test_foreign_database(void **state)
{
	struct store *s = *state;

	store_sql(s, "PRAGMA application_id = 7");
	db_close(&s->db);
	assert_int_equal(db_open(s->url, DB_WRITE, &s->db, &s->err), -1);
	assert_int_equal(s->err.code, ERR_FATAL);
	assert_non_null(strstr(s->err.msg, "another program"));
}

static void
test_newer_schema(void **state)
{
	struct store *s = *state;
	int known = schema_version(&schema_shipped);
	char sql[64];

	snprintf(sql, sizeof sql, "PRAGMA user_version = %d", known + 3);
	store_sql(s, sql);
	db_close(&s->db);
	for (int mode = DB_WRITE; mode <= DB_READ; mode++) {
		char both[64];

		snprintf(both, sizeof both, "version %d, this program knows "
		    "up to %d", known + 3, known);
		assert_int_equal(db_open(s->url, (enum db_mode)mode, &s->db,
		    &s->err), -1);
		assert_int_equal(s->err.code, ERR_FATAL);
		assert_non_null(strstr(s->err.msg, both));
	}
}

/* On a machine that is busy with other things the store may be held for longer
 * than an open waits: whoever is told "later" comes again. */
static int
open_sooner_or_later(struct store *s)
{
	int ret, tries = 0;

	do
		ret = db_open(s->url, DB_WRITE, &s->db, &s->err);
	while (ret != 0 && s->err.code == ERR_RETRY && ++tries < 20);
	return ret;
}

/* Programs that start together on no store make one, and all go on. */
static void
test_open_together(void **state)
{
	struct store *s = *state;
	pid_t pid[6];
	int go[2], status;

	db_close(&s->db);
	for (int round = 0; round < 5; round++) {
		const char *const end[] = { "", "-wal", "-shm" };
		char path[128];

		for (int i = 0; i < 3; i++) {
			snprintf(path, sizeof path, "%s%s", s->path, end[i]);
			unlink(path);
		}
		assert_int_equal(pipe(go), 0);
		for (int i = 0; i < 6; i++) {
			char c;

			pid[i] = fork();
			assert_true(pid[i] >= 0);
			if (pid[i] != 0)
				continue;
			close(go[1]);
			if (read(go[0], &c, 1) != 0 ||	/* all at once */
			    open_sooner_or_later(s) != 0 ||
			    db_begin(s->db, &s->err) != 0)
				_exit(1);
			store_person(s, (const char *[]){ "a@x", "b@x", "c@x",
			    "d@x", "e@x", "f@x" }[i]);
			_exit(db_commit(s->db, &s->err) == 0 ? 0 : 2);
		}
		close(go[1]);
		close(go[0]);
		for (int i = 0; i < 6; i++) {
			assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
			assert_int_equal(status, 0);
		}
		ok(s, db_open(s->url, DB_WRITE, &s->db, &s->err));
		for (int i = 0; i < 6; i++) {
			struct person p;

			assert_int_equal(person_get(s->db, i + 1, s->arena,
			    &p, &s->err), 1);
		}
		db_close(&s->db);
	}
}

static void
test_migrate(void **state)
{
	static const struct migration steps[] = {
		{ 2, "0002-more", "ALTER TABLE state ADD more INTEGER;"
		    "UPDATE state SET more = 1" },
		{ 3, "0003-less", "ALTER TABLE state DROP more" },
		{ 0, NULL, NULL },
	};
	static const struct migration bad[] = {
		{ 2, "0002-more", "ALTER TABLE state ADD more INTEGER" },
		{ 3, "0003-bad", "DROP TABLE nothing" },
		{ 0, NULL, NULL },
	};
	const struct schema good_schema = { schema_shipped.sql, steps };
	const struct schema bad_schema = { schema_shipped.sql, bad };
	struct store *s = *state;
	struct driver *driver = NULL;
	int version = 0;

	put(s, "a", "1");
	db_close(&s->db);
	ok(s, driver_open(s->path, DRIVER_WRITE, &driver, &s->err));
	store_sql(s, "PRAGMA user_version = 1");
	/* looking changes nothing, and says who must act */
	assert_int_equal(migrate(driver, &bad_schema, false, &s->err), -1);
	assert_int_equal(s->err.code, ERR_RETRY);
	/* a step that fails takes all before it back */
	assert_int_equal(migrate(driver, &bad_schema, true, &s->err), -1);
	assert_non_null(strstr(s->err.msg, "0003-bad"));
	assert_false(driver_in_transaction(driver));
	ok(s, driver_version(driver, &version, &s->err));
	assert_int_equal(version, 1);
	ok(s, migrate(driver, &good_schema, true, &s->err));
	ok(s, driver_version(driver, &version, &s->err));
	assert_int_equal(version, 3);
	ok(s, migrate(driver, &good_schema, false, &s->err));
	driver_close(&driver);
}

/* Who reads for long is cut off, and can go on with the next. */
static void
test_patience(void **state)
{
	struct store *s = *state;
	struct driver *driver = NULL;
	struct driver_stmt *stmt = NULL;
	int64_t began = clock_mono_ms();

	ok(s, driver_open(s->path, DRIVER_READ, &driver, &s->err));
	driver_patience(driver, 50);
	ok(s, driver_prepare(driver, "WITH RECURSIVE n(i) AS (SELECT 1 "
	    "UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n", &stmt,
	    &s->err));
	ok(s, driver_begin(driver, &s->err));
	assert_int_equal(driver_step(stmt, &s->err), -1);
	assert_int_equal(s->err.code, ERR_RETRY);
	assert_true(clock_mono_ms() - began < 5000);
	driver_finalize(&stmt);
	driver_rollback(driver);
	ok(s, driver_prepare(driver, "SELECT 7", &stmt, &s->err));
	ok(s, driver_begin(driver, &s->err));
	assert_int_equal(driver_step(stmt, &s->err), 1);
	driver_finalize(&stmt);
	driver_close(&driver);
}

/* CREATE statements without comments and blanks, by name. */
static void
shape(struct store *s, const char *path, struct buf *out)
{
	struct driver *driver = NULL;
	struct driver_stmt *stmt = NULL;

	ok(s, driver_open(path, DRIVER_READ, &driver, &s->err));
	ok(s, driver_prepare(driver, "SELECT sql FROM sqlite_schema "
	    "WHERE sql IS NOT NULL ORDER BY name", &stmt, &s->err));
	while (driver_step(stmt, &s->err) == 1) {
		for (const char *p = driver_text(stmt, 0); *p != '\0'; p++) {
			if (p[0] == '-' && p[1] == '-')
				p += strcspn(p, "\n");
			if (*p == '\0')
				break;
			if (strchr(" \t\n", *p) == NULL)
				buf_addc(out, *p);
		}
		buf_addc(out, '\n');
	}
	driver_finalize(&stmt);
	driver_close(&driver);
}

/* Migrations bring the first schema that was shipped to the present one. */
static void
test_old_store(void **state)
{
	struct store *s = *state;
	struct driver *driver = NULL;
	struct db *db = NULL;
	struct buf old = BUF_INIT(1 << 20), fresh = BUF_INIT(1 << 20);
	struct buf sql = BUF_INIT(1 << 20);
	FILE *f = fopen("tests/fixtures/schema/0001.sql", "r");
	char path[128], url[160], line[512];

	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL)
		buf_adds(&sql, line);
	fclose(f);
	snprintf(path, sizeof path, "%s/copy.db", s->dir);
	snprintf(url, sizeof url, "sqlite:%s", path);
	ok(s, driver_open(path, DRIVER_WRITE, &driver, &s->err));
	ok(s, driver_exec(driver, buf_str(&sql), &s->err));
	ok(s, driver_set_version(driver, 1, &s->err));
	driver_close(&driver);
	assert_int_equal(db_open(url, DB_READ, &db, &s->err), -1);
	assert_int_equal(s->err.code, ERR_RETRY);
	ok(s, db_open(url, DB_WRITE, &db, &s->err));
	db_close(&db);
	shape(s, path, &old);
	shape(s, s->path, &fresh);
	assert_true(fresh.len > 1000);
	assert_string_equal(buf_str(&old), buf_str(&fresh));
	buf_free(&old);
	buf_free(&fresh);
	buf_free(&sql);
}

static void
test_copy(void **state)
{
	struct store *s = *state;
	struct db *copy = NULL;
	char path[128], url[160];

	put(s, "a", "1");
	snprintf(path, sizeof path, "%s/copy.db", s->dir);
	snprintf(url, sizeof url, "sqlite:%s", path);
	ok(s, db_copy(s->db, path, &s->err));
	assert_int_equal(db_copy(s->db, path, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	put(s, "a", "2");
	ok(s, db_open(url, DB_WRITE, &copy, &s->err));
	assert_string_equal(get(s, copy, "a"), "1");
	ok(s, db_begin(copy, &s->err));
	ok(s, state_set(copy, "a", "9", &s->err));
	ok(s, db_commit(copy, &s->err));
	db_close(&copy);
	assert_string_equal(get(s, s->db, "a"), "2");
	ok(s, db_begin(s->db, &s->err));
	assert_int_equal(db_copy(s->db, "/tmp/never", &s->err), -1);
	db_rollback(s->db);
	assert_int_equal(db_copy(s->db, "/nowhere/x", &s->err), -1);

	/* whoever may only read may copy, and while somebody writes */
	assert_int_equal(unlink(path), 0);
	ok(s, db_open(s->url, DB_READ, &copy, &s->err));
	ok(s, db_begin(s->db, &s->err));
	ok(s, state_set(s->db, "a", "3", &s->err));
	ok(s, db_copy(copy, path, &s->err));
	assert_int_equal(driver_exec(copy->driver, "DELETE FROM state",
	    &s->err), -1);
	assert_int_equal(driver_exec(copy->driver, "CREATE TEMP TABLE x(y)",
	    &s->err), -1);
	ok(s, db_commit(s->db, &s->err));
	db_close(&copy);
	ok(s, db_open(url, DB_WRITE, &copy, &s->err));
	assert_string_equal(get(s, copy, "a"), "2");
	db_close(&copy);
}

static void
test_daemon_lock(void **state)
{
	struct store *s = *state;
	struct db_lock *first = NULL, *second = NULL;
	char pid[32];

	ok(s, db_lock_daemon(s->url, &first, &s->err));
	assert_int_equal(db_lock_daemon(s->url, &second, &s->err), -1);
	assert_int_equal(s->err.code, ERR_RETRY);
	snprintf(pid, sizeof pid, "(pid %d)", (int)getpid());
	assert_non_null(strstr(s->err.msg, pid));
	db_unlock_daemon(&first);
	assert_null(first);
	ok(s, db_lock_daemon(s->url, &second, &s->err));
	db_unlock_daemon(&second);
	db_unlock_daemon(&second);
}

/* A daemon that was killed leaves no lock behind. */
static void
test_daemon_lock_after_kill(void **state)
{
	struct store *s = *state;
	struct db_lock *lock = NULL;
	int ready[2], status;
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (db_lock_daemon(s->url, &lock, &s->err) != 0 ||
		    write(ready[1], &c, 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(db_lock_daemon(s->url, &lock, &s->err), -1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ok(s, db_lock_daemon(s->url, &lock, &s->err));
	db_unlock_daemon(&lock);
	close(ready[0]);
	close(ready[1]);
}

/* A transaction that was not committed when its process died never was. */
static void
test_kill(void **state)
{
	struct store *s = *state;
	int status;
	pid_t pid;

	db_close(&s->db);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (db_open(s->url, DB_WRITE, &s->db, &s->err) != 0)
			_exit(1);
		put(s, "kept", "1");
		if (db_begin(s->db, &s->err) != 0 ||
		    state_set(s->db, "lost", "1", &s->err) != 0)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	ok(s, db_open(s->url, DB_WRITE, &s->db, &s->err));
	ok(s, db_check(s->db, &s->err));
	assert_string_equal(get(s, s->db, "kept"), "1");
	assert_string_equal(get(s, s->db, "lost"), "");
}

/* A connection that leaves the log lets it grow; tidying writes it into the
 * store while that one goes on. */
static void
test_log_is_left_and_tidied(void **state)
{
	struct store *s = *state;
	struct db *other = NULL;
	struct stat before, after;
	char value[8193];
	int i;

	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	ok(s, db_open(s->url, DB_WRITE, &other, &s->err));
	db_leave_log(s->db);
	assert_int_equal(stat(s->path, &before), 0);
	ok(s, db_begin(s->db, &s->err));
	for (i = 0; i < 3000; i++) {
		char name[24];

		snprintf(name, sizeof name, "n%d", i);
		ok(s, state_set(s->db, name, value, &s->err));
	}
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(stat(s->path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);

	ok(s, db_begin(s->db, &s->err));	/* a writer is busy */
	ok(s, db_tidy(other, &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(stat(s->path, &after), 0);
	assert_true(after.st_size > before.st_size + 3000 * 8000);
	assert_string_equal(get(s, other, "n2999"), value);
	db_close(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_open),
		STORE_TEST(test_transaction),
		STORE_TEST(test_broken_constraint),
		STORE_TEST(test_full),
		STORE_TEST(test_failing_disk),
		STORE_TEST(test_busy),
		STORE_TEST(test_writers_queue),
		STORE_TEST(test_read_only),
		STORE_TEST(test_read_as_other_user),
		STORE_TEST(test_corrupt),
		STORE_TEST(test_foreign_database),
		STORE_TEST(test_newer_schema),
		STORE_TEST(test_open_together),
		STORE_TEST(test_migrate),
		STORE_TEST(test_old_store),
		STORE_TEST(test_patience),
		STORE_TEST(test_copy),
		STORE_TEST(test_daemon_lock),
		STORE_TEST(test_daemon_lock_after_kill),
		STORE_TEST(test_kill),
		STORE_TEST(test_log_is_left_and_tidied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
