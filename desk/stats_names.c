#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "desk/stats.h"

static const struct measure {
	const char	*name;
	enum stats_unit	 unit;
} measures[] = {
	[STATS_CREATED]		= { "created", STATS_TICKETS },
	[STATS_CLOSED]		= { "closed", STATS_TICKETS },
	[STATS_BACKLOG]		= { "backlog", STATS_TICKETS },
	[STATS_RESPONSE_P50]	= { "first-response-p50", STATS_SECONDS },
	[STATS_RESPONSE_P90]	= { "first-response-p90", STATS_SECONDS },
	[STATS_RESOLUTION_P50]	= { "resolution-p50", STATS_SECONDS },
	[STATS_RESOLUTION_P90]	= { "resolution-p90", STATS_SECONDS },
	[STATS_REOPENED]	= { "reopened", STATS_TICKETS },
	[STATS_MESSAGES]	= { "messages-per-ticket", STATS_PER_TICKET },
	[STATS_SLA_MET]		= { "sla-met", STATS_PERCENT },
	[STATS_SATISFACTION]	= { "satisfaction", STATS_MARK },
};

/* How many days back a period begins when nobody says; whole weeks, so that
 * the period before has the same weekdays. */
static const struct by {
	const char	*name;
	int		 days;
} bys[] = {
	[STATS_DAY]		= { "day", 28 },
	[STATS_WEEK]		= { "week", 7 * 12 },
	[STATS_MONTH]		= { "month", 365 },
	[STATS_WEEKDAY_HOUR]	= { "weekday-hour", 7 * 8 },
	[STATS_CATEGORY]	= { "category", 28 },
	[STATS_LOCATION]	= { "location", 28 },
	[STATS_PRIORITY]	= { "priority", 28 },
	[STATS_ASSIGNEE]	= { "assignee", 28 },
	[STATS_SOURCE]		= { "source", 28 },
};

const char *
stats_measure_name(enum stats_measure measure)
{
	return measures[measure].name;
}

bool
stats_measure_parse(const char *name, enum stats_measure *out)
{
	for (int i = 0; i < STATS_NMEASURES; i++)
		if (strcmp(measures[i].name, name) == 0) {
			*out = (enum stats_measure)i;
			return true;
		}
	return false;
}

const char *
stats_by_name(enum stats_by by)
{
	return bys[by].name;
}

bool
stats_by_parse(const char *name, enum stats_by *out)
{
	for (int i = 0; i < STATS_NBY; i++)
		if (strcmp(bys[i].name, name) == 0) {
			*out = (enum stats_by)i;
			return true;
		}
	return false;
}

enum stats_unit
stats_unit(enum stats_measure measure)
{
	return measures[measure].unit;
}

bool
stats_possible(enum stats_measure measure, enum stats_by by)
{
	return measure != STATS_BACKLOG || by != STATS_WEEKDAY_HOUR;
}

/* "2026-11-22", a day that exists. */
static bool
parse_day(const char *text, int64_t *day_out)
{
	uint64_t y, m, d;
	char again[CLOCK_TEXT_MAX];
	int64_t day;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' ||
	    !text_u64((struct slice){ text, 4 }, &y) ||
	    !text_u64((struct slice){ text + 5, 2 }, &m) ||
	    !text_u64((struct slice){ text + 8, 2 }, &d) || y < 1970 ||
	    m < 1 || m > 12)
		return false;
	day = clock_days((int64_t)y, (int)m, (int)d);
	if (strcmp(clock_day_text(day, again), text) != 0)
		return false;
	*day_out = day;
	return true;
}

/* The first day of that day's month. */
static int64_t
month_of(int64_t day)
{
	char text[CLOCK_TEXT_MAX];
	uint64_t d = 1;

	clock_day_text(day, text);
	text_u64((struct slice){ text + 8, 2 }, &d);
	return day - (int64_t)d + 1;
}

int
stats_period(struct stats_ask *ask, const char *from, const char *to,
    int64_t now_ms, struct err *err)
{
	int64_t first, last;
	int second;

	clock_local(now_ms, &last, &second);
	if (*to != '\0' && !parse_day(to, &last))
		return err_set(err, ERR_INPUT, "\"%.40s\" is no date: "
		    "\"2026-11-22\" would be one", to);
	first = last - bys[ask->by].days + 1;
	if (ask->by == STATS_WEEK)
		first -= clock_weekday(first);
	if (ask->by == STATS_MONTH)
		first = month_of(first);
	if (*from != '\0' && !parse_day(from, &first))
		return err_set(err, ERR_INPUT, "\"%.40s\" is no date: "
		    "\"2026-11-22\" would be one", from);
	if (first > last)
		return err_set(err, ERR_INPUT, "the period ends before it "
		    "begins");
	if (last - first >= STATS_DAYS_MAX)
		return err_set(err, ERR_INPUT, "a period has %d years at "
		    "most", STATS_DAYS_MAX / 365);
	if (ask->by == STATS_DAY && last - first >= STATS_GROUPS_MAX)
		return err_set(err, ERR_INPUT, "by day a period has %d days "
		    "at most: take weeks or months", STATS_GROUPS_MAX);
	ask->first = first;
	ask->last = last;
	return 0;
}

static bool
is_whole(enum stats_measure measure)
{
	return measures[measure].unit == STATS_TICKETS ||
	    measures[measure].unit == STATS_SECONDS;
}

json_t *
stats_json(enum stats_measure measure, const struct stats_row *row)
{
	if (!row->known)
		return json_null();
	return is_whole(measure) ? json_integer((json_int_t)row->value) :
	    json_real(round(row->value * 100) / 100);
}

const char *
stats_text(enum stats_measure measure, const struct stats_row *row,
    struct arena *arena)
{
	if (!row->known)
		return "";
	return is_whole(measure) ? arena_printf(arena, "%lld",
	    (long long)row->value) : arena_printf(arena, "%.2f", row->value);
}
