#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "desk/hours.h"

/* Berlin: summer time from 2026-03-29 02:00 to 2026-10-25 03:00. */
static int64_t
at(int month, int day, int hour, int minute)
{
	return clock_local_ms(clock_days(2026, month, day),
	    hour * 3600 + minute * 60);
}

#define MINUTES(n)	((int64_t)(n) * 60000)

static struct strings days = { (const char *[]){ "mon-thu 08:00-18:00",
    "fri 08:00-12:00", "fri 13:00-16:00" }, 3 };
static struct strings holidays = { (const char *[]){ "2026-11-18" }, 1 };
static struct strings none;

static struct hours *
make(struct arena *arena, const struct strings *d, const struct calendar *c)
{
	struct err err = { ERR_NONE, "" };
	struct hours *h = NULL;

	if (hours_make(d, &holidays, c, at(11, 2, 0, 0), arena, &h,
	    &err) == -1)
		fail_msg("%s", err.msg);
	return h;
}

static void
test_between_and_after(void **state)
{
	/* 2026-11-16 is a Monday, the 18th a holiday */
	static const struct {
		int from[3], to[3], minutes;
	} rows[] = {
		{ { 16, 9, 0 }, { 16, 10, 30 }, 90 },
		{ { 16, 7, 0 }, { 16, 8, 30 }, 30 },
		{ { 16, 17, 0 }, { 17, 9, 0 }, 120 },
		{ { 17, 17, 30 }, { 19, 8, 30 }, 60 },	/* over the holiday */
		{ { 18, 10, 0 }, { 18, 12, 0 }, 0 },
		{ { 20, 11, 0 }, { 20, 14, 0 }, 120 },	/* over lunch */
		{ { 20, 15, 0 }, { 23, 9, 0 }, 120 },	/* over the weekend */
		{ { 16, 0, 0 }, { 23, 0, 0 }, 600 * 3 + 420 },
		{ { 17, 0, 0 }, { 16, 0, 0 }, 0 },
	};
	struct arena *arena = arena_new(64 << 20);
	struct hours *h = make(arena, &days, NULL);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const int *f = rows[i].from, *t = rows[i].to;
		int64_t from = at(11, f[0], f[1], f[2]);
		int64_t to = at(11, t[0], t[1], t[2]), after;

		assert_int_equal(hours_between(h, from, to),
		    MINUTES(rows[i].minutes));
		if (rows[i].minutes == 0)
			continue;
		/* as far as that, but no more */
		after = hours_after(h, from, MINUTES(rows[i].minutes));
		assert_true(after <= to);
		assert_int_equal(hours_between(h, from, after),
		    MINUTES(rows[i].minutes));
		assert_true(hours_between(h, from, after - 1) <
		    MINUTES(rows[i].minutes));
	}
	assert_int_equal(hours_after(h, at(11, 16, 17, 0), MINUTES(60)),
	    at(11, 16, 18, 0));
	assert_int_equal(hours_after(h, at(11, 16, 17, 0), MINUTES(61)),
	    at(11, 17, 8, 1));
	assert_int_equal(hours_after(h, at(11, 16, 17, 0),
	    MINUTES(60 * 24 * 3650)), 0);
	assert_int_equal(hours_after(NULL, 1000, 500), 1500);
	assert_int_equal(hours_between(NULL, 1000, 1500), 500);
	arena_free(&arena);
}

/* A day of 23 hours, and one of 25. */
static void
test_daylight_saving(void **state)
{
	struct arena *arena = arena_new(64 << 20);
	struct hours *h = make(arena, &none, NULL);

	(void)state;
	assert_int_equal(hours_between(h, at(3, 29, 0, 0), at(3, 30, 0, 0)),
	    MINUTES(23 * 60));
	assert_int_equal(hours_between(h, at(10, 25, 0, 0), at(10, 26, 0, 0)),
	    MINUTES(25 * 60));
	/* noon to noon: an hour less; but clocks say the same */
	assert_int_equal(hours_after(h, at(3, 28, 12, 0), MINUTES(23 * 60)),
	    at(3, 29, 12, 0));
	arena_free(&arena);
	arena = arena_new(64 << 20);
	h = make(arena, &days, NULL);
	/* opening hours are what clocks say on either side */
	assert_int_equal(hours_after(h, at(3, 27, 15, 0), MINUTES(120)),
	    at(3, 30, 9, 0));
	arena_free(&arena);
}

static void
test_calendar(void **state)
{
	const int64_t nov = clock_days(2026, 11, 1);
	struct calendar_span v[] = {
		/* a period, a shorter one inside, a day's own times, closed */
		{ CALENDAR_WEEK, nov, nov + 29, 0, 86400,
		    "mon-sun 10:00-14:00", "break" },
		{ CALENDAR_WEEK, nov + 8, nov + 14, 0, 86400,
		    "mon-fri 09:00-11:00, sat 09:00-10:00", "exams" },
		{ CALENDAR_OPEN, nov + 9, nov + 9, 43200, 50400, NULL, "own" },
		{ CALENDAR_CLOSED, nov + 10, nov + 10, 0, 86400, NULL, "x" },
		{ CALENDAR_CLOSED, nov + 11, nov + 11, 34200, 36000, NULL,
		    "meeting" },
	};
	static const struct {
		int day, minutes;
	} rows[] = {
		{ 2, 240 }, { 1, 240 },		/* a Sunday, too */
		{ 9, 120 }, { 10, 120 }, { 11, 0 }, { 12, 90 }, { 13, 120 },
		{ 14, 60 }, { 15, 0 }, { 16, 240 },
		{ 18, 0 },			/* the configured holiday */
	};
	struct calendar c = { v, sizeof v / sizeof v[0], 0 };
	struct arena *arena = arena_new(64 << 20);
	struct hours *h = make(arena, &days, &c);
	struct err err = { ERR_NONE, "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(hours_between(h, at(11, rows[i].day, 0, 0),
		    at(11, rows[i].day + 1, 0, 0)), MINUTES(rows[i].minutes));
	assert_int_equal(hours_between(h, at(11, 10, 12, 0),
	    at(11, 10, 14, 0)), MINUTES(120));
	v[1].hours = "mon-fri 9-11";
	assert_int_equal(hours_make(&days, &none, &c, at(11, 2, 0, 0), arena,
	    &h, &err), -1);
	assert_string_equal(err.msg, "\"exams\": hours: mon-fri 9-11: "
	    "\"hours: mon-thu 08:00-18:00, fri 08:00-16:00\" would be right");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between_and_after),
		cmocka_unit_test(test_daylight_saving),
		cmocka_unit_test(test_calendar),
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
