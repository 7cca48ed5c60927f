#include "tests/unit/db/store.h"

#include "db/quota_store.h"

static void
test_take(void **state)
{
	static const struct {
		const char	*key;
		int64_t		 now, window, limit;
		int		 ret;
	} t[] = {
		{ "a", 1000, 1000, 2, 1 },
		{ "a", 1999, 1000, 2, 1 },
		{ "a", 1999, 1000, 2, 0 },	/* over */
		{ "a", 1999, 1000, 3, 1 },	/* a higher limit */
		{ "b", 1999, 1000, 2, 1 },	/* another key */
		{ "a", 1999, 5000, 2, 1 },	/* another window */
		{ "a", 2000, 1000, 2, 1 },	/* the next window */
		{ "a", 1999, 1000, 2, 1 },	/* the clock went back */
		{ "a", 2000, 1000, 2, 0 },	/* and gave nothing away */
		{ "c", 1000, 1000, 0, 0 },
		{ "c", 1000, 1000, -1, 0 },
		{ "c", 1000, 1000, 1, 1 },
		{ "c", 1000, 1000, 1, 0 },
	};
	struct store *s = *state;

	ok(s, db_begin(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("row %zu\n", i);
		assert_int_equal(quota_take(s->db, t[i].key, t[i].now,
		    t[i].window, t[i].limit, &s->err), t[i].ret);
	}
	ok(s, db_commit(s->db, &s->err));
}

static void
test_count_and_sweep(void **state)
{
	struct store *s = *state;
	int64_t n = 0;

	ok(s, db_begin(s->db, &s->err));
	for (int i = 1; i <= 3; i++) {
		ok(s, quota_count(s->db, "k", 1000, 1000, &n, &s->err));
		assert_int_equal(n, i);
	}
	assert_int_equal(quota_take(s->db, "k", 1000, 1000, 3, &s->err), 0);
	ok(s, quota_sweep(s->db, 1999, &s->err));
	ok(s, quota_count(s->db, "k", 1500, 1000, &n, &s->err));
	assert_int_equal(n, 4);
	ok(s, quota_sweep(s->db, 2000, &s->err));
	ok(s, quota_count(s->db, "k", 1500, 1000, &n, &s->err));
	assert_int_equal(n, 1);
	ok(s, quota_count(s->db, "k", 2000, 1000, &n, &s->err));
	assert_int_equal(n, 1);
	ok(s, db_commit(s->db, &s->err));
}

static void
test_state(void **state)
{
	struct store *s = *state;
	const char *value = "untouched";

	assert_int_equal(state_get(s->db, "beat", s->arena, &value, &s->err),
	    0);
	assert_string_equal(value, "untouched");
	ok(s, db_begin(s->db, &s->err));
	ok(s, state_set(s->db, "beat", "1", &s->err));
	ok(s, state_set(s->db, "beat", "", &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(state_get(s->db, "beat", s->arena, &value, &s->err),
	    1);
	assert_string_equal(value, "");
}

static void
test_state_list(void **state)
{
	static const char *const names[] = { "door:b", "door:a", "door",
	    "doors:x", "dooq:x", "door:", "door:a:b" };
	static const char *const listed[] = { "door:", "door:a", "door:a:b",
	    "door:b" };
	struct store *s = *state;
	struct state *v = NULL;
	size_t n = 9;

	ok(s, state_list(s->db, "door", 10, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 0);
	ok(s, db_begin(s->db, &s->err));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		ok(s, state_set(s->db, names[i], names[i], &s->err));
	ok(s, state_list(s->db, "door", 10, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(v[i].name, listed[i]);
		assert_string_equal(v[i].value, listed[i]);
	}
	ok(s, state_list(s->db, "door", 2, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 2);
	ok(s, state_drop(s->db, "door:a", &s->err));
	ok(s, state_drop(s->db, "door:never", &s->err));
	ok(s, state_list(s->db, "door", 10, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 3);
	assert_string_equal(v[1].name, "door:a:b");
	ok(s, db_commit(s->db, &s->err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_take),
		STORE_TEST(test_count_and_sweep),
		STORE_TEST(test_state),
		STORE_TEST(test_state_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
