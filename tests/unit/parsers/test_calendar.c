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
#include "parsers/calendar.h"

/* Spans of 2026 as "closed 2026-12-24..2026-12-26 0-86400;…", '!' and the
 * message when it is refused; "~N" events that say nothing. */
static const char *
spans(struct arena *arena, const char *head, const char *events)
{
	static const char *const kinds[] = { "closed", "open", "week" };
	const char *text = arena_printf(arena, "BEGIN:VCALENDAR\r\n"
	    "VERSION:2.0\r\n%s%sEND:VCALENDAR\r\n", head, events);
	struct calendar c = { .v = NULL };
	struct err err = { ERR_NONE, "" };
	const char *all = "";
	size_t i;

	if (calendar_read(slice_of(text), clock_days(2026, 1, 1),
	    clock_days(2026, 12, 31), arena, &c, &err) == -1)
		return arena_printf(arena, "!%s", err.msg);
	for (i = 0; i < c.n; i++) {
		char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];
		const struct calendar_span *s = &c.v[i];

		all = arena_printf(arena, "%s%s%s %s..%s %d-%d%s%s", all,
		    i > 0 ? ";" : "", kinds[s->kind],
		    clock_day_text(s->first, from), clock_day_text(s->last,
		    to), s->from_s / 60, s->to_s / 60, s->hours == NULL ? "" :
		    " ", s->hours == NULL ? "" : s->hours);
	}
	return c.ignored == 0 ? all : arena_printf(arena, "%s~%zu", all,
	    c.ignored);
}

#define EVENT(lines)	"BEGIN:VEVENT\r\nUID:a\r\n" lines "END:VEVENT\r\n"

static void
test_events(void **state)
{
	static const struct {
		const char *head, *events, *out;
	} rows[] = {
		/* all days, the end is not in it */
		{ "", EVENT("SUMMARY:Christmas (closed)\r\n"
		    "DTSTART;VALUE=DATE:20261224\r\n"
		    "DTEND;VALUE=DATE:20261227\r\n"),
		    "closed 2026-12-24..2026-12-26 0-1440" },
		/* one day without an end; a word in a category, folded line */
		{ "", EVENT("SUMMARY:All Saints\r\nCATEGORIES:Campus,Feier\r\n"
		    " tag\r\nDTSTART;VALUE=DATE:20261101\r\n"),
		    "closed 2026-11-01..2026-11-01 0-1440" },
		/* what says nothing is counted */
		{ "", EVENT("SUMMARY:Lecture period\r\n"
		    "DTSTART;VALUE=DATE:20261012\r\n"
		    "DTEND;VALUE=DATE:20270206\r\n"), "~1" },
		/* a calendar of holidays */
		{ "X-WR-CALNAME:Feiertage in Berlin\r\n", EVENT(
		    "SUMMARY:Tag der Deutschen Einheit\r\n"
		    "DTSTART;VALUE=DATE:20261003\r\n"),
		    "closed 2026-10-03..2026-10-03 0-1440" },
		/* timed, floating: a staff meeting */
		{ "", EVENT("SUMMARY:closed for a staff meeting\r\n"
		    "DTSTART:20261105T130000\r\nDURATION:PT2H\r\n"),
		    "closed 2026-11-05..2026-11-05 780-900" },
		/* UTC into the process's zone */
		{ "", EVENT("SUMMARY:Open day\r\nDTSTART:20260711T080000Z\r\n"
		    "DTEND:20260711T120000Z\r\n"),
		    "open 2026-07-11..2026-07-11 600-840" },
		/* a zone by name */
		{ "", EVENT("SUMMARY:open late\r\n"
		    "DTSTART;TZID=Europe/London:20260115T170000\r\n"
		    "DTEND;TZID=Europe/London:20260115T190000\r\n"),
		    "open 2026-01-15..2026-01-15 1080-1200" },
		/* weekly hours of a period */
		{ "", EVENT("SUMMARY:Summer break\r\nDESCRIPTION:Term papers."
		    "\\nHours: mon-fri 10:00-14:00\\, sat 10:00-12:00\r\n"
		    "DTSTART;VALUE=DATE:20260720\r\n"
		    "DTEND;VALUE=DATE:20260901\r\n"),
		    "week 2026-07-20..2026-08-31 0-1440 mon-fri 10:00-14:00, "
		    "sat 10:00-12:00" },
		/* each year; outside of the window nothing */
		{ "", EVENT("SUMMARY:holiday\r\nDTSTART;VALUE=DATE:20100501\r\n"
		    "RRULE:FREQ=YEARLY\r\n"),
		    "closed 2026-05-01..2026-05-01 0-1440" },
		/* but not then, and moved once */
		{ "", EVENT("SUMMARY:closed\r\nDTSTART:20261102T120000\r\n"
		    "DTEND:20261102T130000\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\n"
		    "EXDATE:20261109T120000\r\n")
		    EVENT("SUMMARY:closed\r\nDTSTART:20261117T120000\r\n"
		    "DTEND:20261117T130000\r\n"
		    "RECURRENCE-ID:20261116T120000\r\n"),
		    "closed 2026-11-02..2026-11-02 720-780;"
		    "closed 2026-11-23..2026-11-23 720-780;"
		    "closed 2026-11-17..2026-11-17 720-780" },
		{ "", EVENT("SUMMARY:closed\r\nSTATUS:CANCELLED\r\n"
		    "DTSTART;VALUE=DATE:20261105\r\n"), "" },
		/* over midnight */
		{ "", EVENT("SUMMARY:closed\r\nDTSTART:20261105T200000\r\n"
		    "DTEND:20261107T060000\r\n"),
		    "closed 2026-11-05..2026-11-05 1200-1440;"
		    "closed 2026-11-06..2026-11-06 0-1440;"
		    "closed 2026-11-07..2026-11-07 0-360" },
		/* an end before the start, a start that is none */
		{ "", EVENT("SUMMARY:closed\r\nDTSTART:20261105T200000\r\n"
		    "DTEND:20261105T060000\r\n"), "" },
		{ "", EVENT("SUMMARY:closed\r\nDTSTART:soon\r\n"), "" },
		/* every day since long ago */
		{ "", EVENT("SUMMARY:closed\r\nDTSTART:19990104T120000\r\n"
		    "DURATION:PT1H\r\nRRULE:FREQ=DAILY;"
		    "UNTIL=20260102T120000\r\n"),
		    "closed 2026-01-01..2026-01-01 720-780;"
		    "closed 2026-01-02..2026-01-02 720-780" },
		/* repeats for ever: bounded, and not in silence */
		{ "", EVENT("SUMMARY:closed\r\nDTSTART:19700101T000000Z\r\n"
		    "DURATION:PT1S\r\nRRULE:FREQ=SECONDLY\r\n"),
		    "!more than 200000 repetitions" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena *arena = arena_new(64 << 20);

		assert_string_equal(spans(arena, rows[i].head,
		    rows[i].events), rows[i].out);
		arena_free(&arena);
	}
}

static void
test_refused(void **state)
{
	struct arena *arena = arena_new(64 << 20);
	struct calendar c;
	struct err err = { ERR_NONE, "" };
	char *big = arena_alloc(arena, CALENDAR_MAX + 1);

	(void)state;
	assert_int_equal(calendar_read(slice_of("code,name\n"), 0, 1, arena,
	    &c, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.msg, "BEGIN:VCALENDAR"));
	assert_int_equal(calendar_read((struct slice){ big,
	    CALENDAR_MAX + 1 }, 0, 1, arena, &c, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_refused),
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
