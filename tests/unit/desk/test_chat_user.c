#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk/chat_user.h"
#include "tests/unit/desk/world.h"

static struct chat_profile
profile(const char *id, const char *address)
{
	return (struct chat_profile){ "slack", "T1", id, address, "Some Name",
	    NULL };
}

static struct chat_user
learn(struct world *w, const struct chat_profile *p, bool make)
{
	struct chat_user user = { .person = -1 };
	struct err err = { 0 };

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(chat_user_learn(&w->desk, p, make, &user, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	return user;
}

static int64_t
person_at(struct world *w, const char *address)
{
	struct person person = { .id = 0 };
	struct err err = { 0 };

	assert_int_not_equal(person_find(w->desk.db, address, w->arena,
	    &person, &err), -1);
	return person.id;
}

/* Linked by address once; then by id, whatever the addresses are. */
static void
test_linked_once(void **state)
{
	struct chat_profile mia = profile("U1", "LEA@campus.example");
	struct chat_profile thief = profile("U2", "lea@campus.example");
	struct chat_user user;
	struct world w;
	int64_t id;

	(void)state;
	world_open(&w);
	world_staff(&w, "lea@campus.example", "Lea", ROLE_STAFF);
	id = person_at(&w, "lea@campus.example");
	assert_int_equal(learn(&w, &mia, false).person, id);
	user = learn(&w, &thief, false);
	assert_int_equal(user.person, 0);
	assert_non_null(user.refused);
	mia.address = "other@campus.example";
	assert_int_equal(learn(&w, &mia, false).person, id);
	mia.address = "";
	assert_int_equal(learn(&w, &mia, false).person, id);
	world_close(&w);
}

/* Refused for a time, and the same person again after it. */
static void
test_refused_and_back(void **state)
{
	struct chat_profile mia = profile("U1", "lea@campus.example");
	struct chat_user user;
	struct world w;
	int64_t id;

	(void)state;
	world_open(&w);
	world_staff(&w, "lea@campus.example", "Lea", ROLE_STAFF);
	id = person_at(&w, "lea@campus.example");
	learn(&w, &mia, false);
	mia.refused = "a guest";
	user = learn(&w, &mia, false);
	assert_string_equal(user.refused, "a guest");
	mia.refused = NULL;
	user = learn(&w, &mia, false);
	assert_null(user.refused);
	assert_int_equal(user.person, id);
	world_close(&w);
}

static void
test_unknown(void **state)
{
	struct chat_profile jo = profile("U3", "new@students.example");
	struct chat_profile none = profile("U4", "");
	struct world w;

	(void)state;
	world_open(&w);
	assert_int_equal(learn(&w, &jo, false).person, 0);
	assert_int_equal(person_at(&w, "new@students.example"), 0);
	assert_int_not_equal(learn(&w, &jo, true).person, 0);
	assert_int_not_equal(person_at(&w, "new@students.example"), 0);
	assert_int_equal(learn(&w, &none, true).person, 0);
	world_close(&w);
}

static void
test_asked_daily(void **state)
{
	struct chat_profile jo = profile("U3", "jo@students.example");
	struct chat_user user;
	struct err err = { 0 };
	struct world w;

	(void)state;
	world_open(&w);
	assert_int_equal(chat_user_ask(&w.desk, "slack", "T1", "U3", &user,
	    &err), 1);
	learn(&w, &jo, true);
	assert_int_equal(chat_user_ask(&w.desk, "slack", "T1", "U3", &user,
	    &err), 0);
	assert_int_equal(chat_user_ask(&w.desk, "slack", "T2", "U3", &user,
	    &err), 1);
	world_pass(&w, 24 * 3600 + 1);
	assert_int_equal(chat_user_ask(&w.desk, "slack", "T1", "U3", &user,
	    &err), 1);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linked_once),
		cmocka_unit_test(test_refused_and_back),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_asked_daily),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
