/* store - a store of its own in a temporary folder for each test. */
#ifndef TESTS_UNIT_DB_STORE_H
#define TESTS_UNIT_DB_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/db.h"
#include "db/driver.h"
#include "db/ticket_store.h"
#include "db/people_store.h"

struct store {
	char		 dir[64], path[96], url[112];
	struct db	*db;
	struct arena	*arena;
	struct err	 err;
};

/* Say why before failing. */
#define ok(store, call) do {						\
	if ((call) < 0) {						\
		print_error("%s: %s\n", #call, (store)->err.msg);	\
		fail();							\
	}								\
} while (0)

static inline int
store_make(void **state)
{
	struct store *s = calloc(1, sizeof *s);

	assert_non_null(s);
	snprintf(s->dir, sizeof s->dir, "/tmp/campusdesk-db-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->path, sizeof s->path, "%s/desk.db", s->dir);
	snprintf(s->url, sizeof s->url, "sqlite:%s", s->path);
	s->arena = arena_new(64 * 1024 * 1024);
	assert_non_null(s->arena);
	ok(s, db_open(s->url, DB_WRITE, &s->db, &s->err));
	*state = s;
	return 0;
}

static inline int
store_drop(void **state)
{
	static const char *const names[] = { "desk.db", "desk.db-wal",
	    "desk.db-shm", "desk.db.lock", "copy.db", "copy.db-wal",
	    "copy.db-shm", "secret" };
	struct store *s = *state;
	char path[256];

	db_close(&s->db);
	arena_free(&s->arena);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", s->dir, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(s->dir), 0);
	free(s);
	return 0;
}

/* Run SQL on the file behind the store's back. */
static inline void
store_sql(struct store *s, const char *sql)
{
	struct driver *driver = NULL;

	ok(s, driver_open(s->path, DRIVER_WRITE, &driver, &s->err));
	ok(s, driver_exec(driver, sql, &s->err));
	driver_close(&driver);
}

/* A person and a ticket of theirs. */
static inline int64_t
store_person(struct store *s, const char *address)
{
	struct person p = { .name = "Ann", .address = address,
	    .categories = "" };
	int64_t id;

	ok(s, person_add(s->db, &p, 1000, &id, &s->err));
	return id;
}

static inline struct ticket
store_ticket(struct store *s, const char *subject, int64_t requester,
    int64_t now_ms)
{
	struct ticket t = { .subject = subject, .category = "it",
	    .priority = PRIORITY_NORMAL, .location = "", .source = "mail",
	    .tags = "", .requester = requester, .created_ms = now_ms,
	    .updated_ms = now_ms };

	ok(s, ticket_insert(s->db, &t, &s->err));
	return t;
}

#define STORE_TEST(name)						\
	cmocka_unit_test_setup_teardown(name, store_make, store_drop)

#endif
