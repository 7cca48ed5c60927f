#include "tests/unit/db/store.h"

#include "db/list_store.h"

static void
test_names(void **state)
{
	enum list_taken taken;

	(void)state;
	for (int i = LIST_BULK; i <= LIST_PERSON; i++) {
		assert_true(list_taken_parse(list_taken_name(
		    (enum list_taken)i), &taken));
		assert_int_equal(taken, i);
	}
	assert_false(list_taken_parse("Bulk", &taken));
	assert_false(list_taken_parse("", &taken));
}

static int
join(const struct mail_list *list, void *arg)
{
	char *out = arg;

	snprintf(out + strlen(out), 300 - strlen(out), "%s %s %d %d;",
	    list->id, list_taken_name(list->taken), (int)list->mails,
	    (int)list->last_ms);
	return strcmp(list->id, "stop") == 0;
}

static void
test_seen_and_set(void **state)
{
	struct store *s = *state;
	enum list_taken taken = LIST_PERSON;
	struct mail_list list;
	char got[300] = "";

	ok(s, db_begin(s->db, &s->err));
	assert_int_equal(list_get(s->db, "a.x", s->arena, &list, &s->err), 0);
	ok(s, list_seen(s->db, "A.x", 7, &taken, &s->err));
	assert_int_equal(taken, LIST_BULK);
	ok(s, list_set(s->db, "a.X", LIST_IGNORE, &s->err));
	ok(s, list_seen(s->db, "a.x", 9, &taken, &s->err));
	assert_int_equal(taken, LIST_IGNORE);
	/* said before it ever wrote */
	ok(s, list_set(s->db, "b.x", LIST_PERSON, &s->err));
	ok(s, list_seen(s->db, "b.x", 3, &taken, &s->err));
	assert_int_equal(taken, LIST_PERSON);
	ok(s, list_set(s->db, "c.x", LIST_BULK, &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(list_get(s->db, "A.X", s->arena, &list, &s->err), 1);
	assert_string_equal(list.id, "a.x");
	assert_int_equal(list.mails, 2);
	ok(s, list_list(s->db, join, got, &s->err));
	assert_string_equal(got, "a.x ignore 2 9;b.x person 1 3;c.x bulk 0 0;");
}

/* An id of any length has one row, cut where a letter ends. */
static void
test_long(void **state)
{
	struct store *s = *state;
	enum list_taken taken;
	struct mail_list list;
	char id[LIST_ID_MAX + 100];

	memset(id, 'a', sizeof id - 1);
	id[sizeof id - 1] = '\0';
	memcpy(id + LIST_ID_MAX - 1, "\xc3\xb6", 2);
	ok(s, db_begin(s->db, &s->err));
	ok(s, list_seen(s->db, id, 1, &taken, &s->err));
	ok(s, list_set(s->db, id, LIST_IGNORE, &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(list_get(s->db, id, s->arena, &list, &s->err), 1);
	assert_int_equal(strlen(list.id), LIST_ID_MAX - 1);
	assert_int_equal(list.taken, LIST_IGNORE);
	assert_int_equal(list.mails, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		STORE_TEST(test_seen_and_set),
		STORE_TEST(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
