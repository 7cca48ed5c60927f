#include "tests/unit/db/store.h"

#include "db/inbox_store.h"
#include "db/ledger_store.h"

static struct inbox_row
row_of(const char *key, const char *body)
{
	return (struct inbox_row){ .door = "slack", .key = key, .kind = 1,
	    .body = slice_of(body), .came_ms = 1234567890123 };
}

static void
test_once(void **state)
{
	struct store *s = *state;
	struct inbox_row row = row_of("Ev1", "{}"), other = row_of("Ev2", ""),
	    *v;
	struct ledger_row ledger = { .key = { "slack", 0, 0, "Ev3" },
	    .outcome = LEDGER_CHAT };
	size_t n;

	ok(s, db_begin(s->db, &s->err));
	assert_int_equal(inbox_add(s->db, &row, &s->err), 1);
	assert_int_equal(inbox_add(s->db, &row, &s->err), 0);
	assert_int_equal(inbox_add(s->db, &other, &s->err), 1);
	ok(s, ledger_add(s->db, &ledger, &ledger.id, &s->err));
	row = row_of("Ev3", "{}");
	assert_int_equal(inbox_add(s->db, &row, &s->err), 0);
	ok(s, inbox_list(s->db, "slack", 0, 10, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 2);
	assert_string_equal(v[0].key, "Ev1");
	assert_int_equal(v[0].kind, 1);
	assert_int_equal(v[0].came_ms, 1234567890123);
	assert_int_equal(v[0].attempts, 0);
	assert_true(slice_is(v[0].body, "{}"));
	assert_int_equal(v[1].body.len, 0);
	ok(s, inbox_failed(s->db, v[0].id, &s->err));
	ok(s, inbox_list(s->db, "slack", 0, 1, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 1);
	assert_int_equal(v[0].attempts, 1);
	ok(s, inbox_drop(s->db, v[0].id, &s->err));
	ok(s, inbox_list(s->db, "slack", v[0].id, 10, s->arena, &v, &n,
	    &s->err));
	assert_int_equal(n, 1);
	ok(s, inbox_list(s->db, "matrix", 0, 10, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 0);
	ok(s, db_commit(s->db, &s->err));
}

static void
test_users(void **state)
{
	struct store *s = *state;
	struct person person = { .name = "Mia", .address = "mia@c.example",
	    .role = ROLE_STAFF, .mail = PMAIL_ALL, .categories = "" };
	struct chat_user user = { .door = "slack", .team = "T1", .id = "U1",
	    .checked_ms = 5 }, got;
	int64_t other;

	ok(s, db_begin(s->db, &s->err));
	ok(s, person_add(s->db, &person, 1, &user.person, &s->err));
	assert_int_equal(chat_user_get(s->db, "slack", "T1", "U1", s->arena,
	    &got, &s->err), 0);
	ok(s, chat_user_put(s->db, &user, &s->err));
	assert_int_equal(chat_user_get(s->db, "slack", "T1", "U1", s->arena,
	    &got, &s->err), 1);
	assert_int_equal(got.person, user.person);
	assert_null(got.refused);
	assert_int_equal(got.checked_ms, 5);
	assert_int_equal(chat_user_of(s->db, "slack", "T1", user.person,
	    s->arena, &got, &s->err), 1);
	assert_string_equal(got.id, "U1");
	user.refused = "a guest";
	user.checked_ms = 6;
	ok(s, chat_user_put(s->db, &user, &s->err));
	assert_int_equal(chat_user_get(s->db, "slack", "T1", "U1", s->arena,
	    &got, &s->err), 1);
	assert_string_equal(got.refused, "a guest");
	assert_int_equal(chat_user_of(s->db, "slack", "T1", user.person,
	    s->arena, &got, &s->err), 0);
	assert_int_equal(chat_user_get(s->db, "slack", "T2", "U1", s->arena,
	    &got, &s->err), 0);
	/* two persons become one: the link goes with them */
	person.address = "lea@c.example";
	ok(s, person_add(s->db, &person, 1, &other, &s->err));
	ok(s, person_fold(s->db, user.person, other, &s->err));
	assert_int_equal(chat_user_get(s->db, "slack", "T1", "U1", s->arena,
	    &got, &s->err), 1);
	assert_int_equal(got.person, other);
	ok(s, db_commit(s->db, &s->err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_once, store_make,
		    store_drop),
		cmocka_unit_test_setup_teardown(test_users, store_make,
		    store_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
