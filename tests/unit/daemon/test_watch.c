#include "base/clock.h"
#include "daemon/watch.h"
#include "desk/trouble.h"
#include "tests/unit/desk/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS	10000

static void
queued(void *arg)
{
	(void)arg;
}

static bool
is_known(struct world *w, const char *name)
{
	struct trouble trouble;
	struct err err = { 0 };

	return trouble_get(w->desk.db, name, w->arena, &trouble, &err) == 1;
}

/* A door with a very long name is one door, however often it tells how it is:
 * there is room for others. */
static void
test_long_name(void **state)
{
	int64_t until_ms = clock_mono_ms() + WAIT_MS;
	struct watch *watch = NULL;
	struct err err = { 0 };
	struct world w;
	char name[300];

	(void)state;
	world_open(&w);
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	if (watch_start(w.settings, w.secret, queued, NULL, &watch, &err) ==
	    -1)
		fail_msg("%s", err.msg);
	for (int i = 0; i < 300; i++)
		watch_tell(watch, name, WATCH_WELL, "");
	watch_tell(watch, "smtp", WATCH_FAULT, "it is shut");
	while (!is_known(&w, "smtp") && clock_mono_ms() < until_ms)
		clock_sleep_ms(20);
	assert_true(is_known(&w, "smtp"));
	watch_stop(&watch);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
