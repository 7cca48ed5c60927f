#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "daemon/timers.h"
#include "db/quota_store.h"

static char folder[64];
static struct settings *settings;
static struct secret *secret;
static _Atomic int wrote;

static int
setup(void **state)
{
	struct err err = { 0 };
	struct db *db = NULL;
	char store[96];

	(void)state;
	snprintf(folder, sizeof folder, "/tmp/campusdesk-timers.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(store, sizeof store, "%s/desk.db", folder);
	settings = settings_default("helpdesk@campus.example", store);
	secret = secret_from_seed(SLICE_LIT("test"));
	if (db_open(settings->store_url, DB_WRITE, &db, &err) == -1)
		return -1;
	db_close(&db);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "desk.db", "desk.db-wal",
	    "desk.db-shm" };
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	settings_free(&settings);
	secret_free(&secret);
	return rmdir(folder);
}

static void
somebody_wrote(void *arg)
{
	assert_ptr_equal(arg, &wrote);
	wrote++;
}

/* The daemon beats at once, and sees within two seconds that another program
 * has committed; its own commits are no news. */
static void
test_timers(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct timers *timers = NULL;
	struct err err = { 0 };
	struct db *db = NULL;
	const char *beat = NULL;
	int64_t until;

	(void)state;
	assert_int_equal(timers_start(settings, secret, somebody_wrote, &wrote,
	    &timers, &err), 0);
	assert_int_equal(db_open(settings->store_url, DB_WRITE, &db, &err), 0);
	until = clock_mono_ms() + 5000;
	while (state_get(db, "heartbeat", arena, &beat, &err) != 1) {
		assert_true(clock_mono_ms() < until);
		clock_sleep_ms(20);
	}
	assert_true(llabs(strtoll(beat, NULL, 10) - clock_now_ms()) < 10000);
	clock_sleep_ms(1200);
	assert_int_equal(wrote, 0);
	assert_int_equal(db_begin(db, &err), 0);
	assert_int_equal(state_set(db, "test", "1", &err), 0);
	assert_int_equal(db_commit(db, &err), 0);
	until = clock_mono_ms() + 2500;
	while (wrote == 0) {
		assert_true(clock_mono_ms() < until);
		clock_sleep_ms(20);
	}
	clock_sleep_ms(1200);
	assert_int_equal(wrote, 1);
	timers_stop(&timers);
	assert_null(timers);
	db_close(&db);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
