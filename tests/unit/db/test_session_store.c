#include "tests/unit/db/store.h"

#include "base/buf.h"
#include "db/session_store.h"

#define DAY	((int64_t)86400 * 1000)

static const unsigned char a[CRYPT_SHA256] = { 1 }, b[CRYPT_SHA256] = { 2 },
    c[CRYPT_SHA256] = { 3 };

static void
test_login(void **state)
{
	struct store *s = *state;
	int64_t ann, person = 77;

	ok(s, db_begin(s->db, &s->err));
	ann = store_person(s, "ann@x");
	ok(s, login_add(s->db, a, ann, 1000, &s->err));
	/* looking does not use it up; the end of its time does, and being taken */
	assert_int_equal(login_find(s->db, a, 999, &person, &s->err), 1);
	assert_int_equal(person, ann);
	person = 77;
	assert_int_equal(login_find(s->db, b, 999, &person, &s->err), 0);
	assert_int_equal(login_find(s->db, a, 1000, &person, &s->err), 0);
	assert_int_equal(login_take(s->db, a, 1000, &person, &s->err), 0);
	assert_int_equal(login_take(s->db, b, 999, &person, &s->err), 0);
	assert_int_equal(person, 77);
	assert_int_equal(login_take(s->db, a, 999, &person, &s->err), 1);
	assert_int_equal(person, ann);
	assert_int_equal(login_take(s->db, a, 999, &person, &s->err), 0);
	/* nobody that is not there, and not the same twice */
	assert_int_equal(login_add(s->db, b, 4711, 1000, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	ok(s, login_add(s->db, c, ann, 1000, &s->err));
	assert_int_equal(login_add(s->db, c, ann, 2000, &s->err), -1);
	db_rollback(s->db);
}

static int
see(const struct session *session, void *arg)
{
	struct buf *out = arg;

	buf_addf(out, "%s %lld-%lld %s\n", session->address,
	    (long long)session->created_ms, (long long)session->until_ms,
	    session->agent);
	return 0;
}

static void
assert_sessions(struct store *s, int64_t now, const char *want)
{
	struct buf out = BUF_INIT(10000);

	ok(s, session_list(s->db, now, see, &out, &s->err));
	assert_string_equal(buf_str(&out), want);
	buf_free(&out);
}

static void
test_sessions(void **state)
{
	struct store *s = *state;
	int64_t ann, bob, person = 77;

	ok(s, db_begin(s->db, &s->err));
	ann = store_person(s, "ann@x");
	bob = store_person(s, "bob@x");
	ok(s, session_add(s->db, a, &(struct session){ .person = ann,
	    .created_ms = 10, .until_ms = 100, .agent = "Lynx" }, &s->err));
	ok(s, session_add(s->db, b, &(struct session){ .person = ann,
	    .created_ms = 20, .until_ms = 200, .agent = "" }, &s->err));
	ok(s, session_add(s->db, c, &(struct session){ .person = bob,
	    .created_ms = 30, .until_ms = 300, .agent = "x" }, &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_sessions(s, 50,
	    "bob@x 30-300 x\nann@x 20-200 \nann@x 10-100 Lynx\n");
	assert_sessions(s, 100, "bob@x 30-300 x\nann@x 20-200 \n");
	assert_int_equal(session_find(s->db, a, 99, &person, &s->err), 1);
	assert_int_equal(person, ann);
	person = 77;
	assert_int_equal(session_find(s->db, a, 100, &person, &s->err), 0);
	assert_int_equal(person, 77);

	ok(s, db_begin(s->db, &s->err));
	ok(s, session_drop(s->db, c, &s->err));
	ok(s, session_drop(s->db, c, &s->err));
	assert_int_equal(session_find(s->db, c, 50, &person, &s->err), 0);
	assert_int_equal(session_revoke(s->db, bob, &s->err), 0);
	assert_int_equal(session_revoke(s->db, ann, &s->err), 2);
	assert_sessions(s, 50, "");
	db_rollback(s->db);

	ok(s, db_begin(s->db, &s->err));
	ok(s, login_add(s->db, a, ann, 150, &s->err));
	ok(s, session_sweep(s->db, 150, &s->err));
	assert_sessions(s, 0, "bob@x 30-300 x\nann@x 20-200 \n");
	assert_int_equal(login_find(s->db, a, 0, &person, &s->err), 0);
	ok(s, db_commit(s->db, &s->err));
}

static void
test_viewed(void **state)
{
	struct store *s = *state;
	struct ticket t;
	int64_t ann;

	ok(s, db_begin(s->db, &s->err));
	ann = store_person(s, "ann@x");
	t = store_ticket(s, "a", ann, 1);
	ok(s, viewed_add(s->db, ann, t.number, 5 * DAY, &s->err));
	ok(s, viewed_add(s->db, ann, t.number, 6 * DAY - 1, &s->err));
	assert_int_equal(viewed_has(s->db, ann, t.number, 5 * DAY + 7,
	    &s->err), 1);
	assert_int_equal(viewed_has(s->db, ann, t.number, 6 * DAY, &s->err),
	    0);
	assert_int_equal(viewed_has(s->db, ann, 999, 5 * DAY, &s->err), 0);
	assert_int_equal(viewed_add(s->db, ann, 999, 5 * DAY, &s->err), -1);
	db_rollback(s->db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_login),
		STORE_TEST(test_sessions),
		STORE_TEST(test_viewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
