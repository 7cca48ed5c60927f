#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk/trouble.h"
#include "tests/unit/desk/world.h"

#define MIA	"mia@campus.example"
#define MAX	"max@campus.example"

static int
setup(void **state)
{
	*state = malloc(sizeof(struct world));
	world_open(*state);
	return 0;
}

static int
teardown(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

static void
begin(struct world *w, const char *name, const char *what, int ret)
{
	struct err err = { 0 };

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(trouble_begin(&w->desk, name, what, &err), ret);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

static void
end(struct world *w, const char *name, int ret)
{
	struct err err = { 0 };

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(trouble_end(&w->desk, name, "", &err), ret);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

static void
expect_mails(struct world *w, const char *to, int began, int over)
{
	assert_int_equal(world_sent(w, to, "trouble"), began);
	assert_int_equal(world_sent(w, to, "trouble-over"), over);
}

static size_t
list(struct world *w, struct trouble **v)
{
	struct err err = { 0 };
	size_t n = 0;

	assert_int_equal(trouble_list(w->desk.db, w->arena, v, &n, &err), 0);
	return n;
}

static void
test_once(void **state)
{
	struct world *w = *state;
	struct trouble *v;
	int64_t since = w->desk.now_ms;

	end(w, "smtp", 0);
	begin(w, "smtp", "it is \"broken\" \xc3\xa9", 1);
	world_pass(w, 60);
	begin(w, "smtp", "it is \"broken\" \xc3\xa9", 0);
	expect_mails(w, MIA, 1, 0);
	begin(w, "smtp", "in another way", 0);
	assert_int_equal(list(w, &v), 1);
	assert_string_equal(v[0].name, "smtp");
	assert_string_equal(v[0].what, "in another way");
	assert_int_equal(v[0].since_ms, since);
	begin(w, "mailbox inbox", "too", 1);
	assert_int_equal(list(w, &v), 2);
	assert_string_equal(v[0].name, "mailbox inbox");
	expect_mails(w, MIA, 2, 0);
	end(w, "smtp", 1);
	end(w, "smtp", 0);
	expect_mails(w, MIA, 2, 1);
	assert_int_equal(list(w, &v), 1);
	assert_non_null(strstr(world_row(w, MIA, "trouble-over").detail,
	    "in another way"));
}

/* A door that swings: four times an hour, and no end without a beginning. */
static void
test_flapping(void **state)
{
	struct world *w = *state;
	struct trouble *v;

	for (int i = 0; i < 20; i++) {
		begin(w, "smtp", "broken", 1);
		assert_int_equal(list(w, &v), 1);	/* `check` knows */
		assert_int_equal(v[0].mailed, i < 4);
		end(w, "smtp", 1);
	}
	expect_mails(w, MIA, 4, 4);
	begin(w, "mailbox inbox", "of its own", 1);
	expect_mails(w, MIA, 5, 4);
	world_pass(w, 3600);
	begin(w, "smtp", "broken", 1);
	expect_mails(w, MIA, 6, 4);
}

static void
test_who_is_told(void **state)
{
	struct world *w = *state;

	world_staff(w, MAX, "Max Roth", ROLE_ADMIN);
	begin(w, "smtp", "broken", 1);
	expect_mails(w, MAX, 1, 0);
	expect_mails(w, MIA, 0, 0);
	end(w, "smtp", 1);
	expect_mails(w, MAX, 1, 1);
}

static void
test_dropped(void **state)
{
	struct world *w = *state;
	struct err err = { 0 };
	struct trouble *v;

	begin(w, "smtp", "broken", 1);
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(trouble_drop(&w->desk, "smtp", &err), 0);
	assert_int_equal(trouble_drop(&w->desk, "smtp", &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(list(w, &v), 0);
	expect_mails(w, MIA, 1, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flapping, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_who_is_told, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_dropped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
