/* stats - the analyses (contract §7): a measure by a dimension over days of the
 * desk's zone, and the very tickets that a figure counts.
 *
 *	created, reopened, messages-per-ticket, first-response, sla-met and
 *	satisfaction are of the tickets made in the period, closed and
 *	resolution of those closed in it (and not opened again); backlog is
 *	what was not closed at the end of its last day, by time at the end of
 *	each. first-response and resolution count opening hours.
 *
 * Keys       "2026-11-22", "2026-W47", "2026-11", "mon 09:00", a category, a
 *            building, a priority, an address, a source; "" has none
 * Order      time as it goes, with nothing left out; the rest largest first
 * Memory     bounded: STATS_GROUPS_MAX groups, percentiles as in spread.h
 * Privacy    satisfaction by assignee, or of one, only from STATS_FEW marks on
 * Reading    in the caller's transaction; one walk over the period's index */
#ifndef DESK_STATS_H
#define DESK_STATS_H

#include <jansson.h>

#include "db/fact_store.h"

#define STATS_GROUPS_MAX	1200
#define STATS_DAYS_MAX		4018		/* 11 years */
#define STATS_FEW		5

enum stats_measure {
	STATS_CREATED, STATS_CLOSED, STATS_BACKLOG,
	STATS_RESPONSE_P50, STATS_RESPONSE_P90,
	STATS_RESOLUTION_P50, STATS_RESOLUTION_P90,
	STATS_REOPENED, STATS_MESSAGES, STATS_SLA_MET, STATS_SATISFACTION,
	STATS_NMEASURES
};
enum stats_by {
	STATS_DAY, STATS_WEEK, STATS_MONTH, STATS_WEEKDAY_HOUR,
	STATS_CATEGORY, STATS_LOCATION, STATS_PRIORITY, STATS_ASSIGNEE,
	STATS_SOURCE, STATS_NBY
};
enum stats_unit {
	STATS_TICKETS, STATS_SECONDS, STATS_PER_TICKET, STATS_PERCENT,
	STATS_MARK			/* 1 to 5 */
};
const char *stats_measure_name(enum stats_measure measure);
bool	stats_measure_parse(const char *name, enum stats_measure *out);
const char *stats_by_name(enum stats_by by);
bool	stats_by_parse(const char *name, enum stats_by *out);
enum stats_unit stats_unit(enum stats_measure measure);
/* Does the pair make sense? (A backlog has no hour.) */
bool	stats_possible(enum stats_measure measure, enum stats_by by);

struct stats_ask {
	enum stats_measure	 measure;
	enum stats_by		 by;
	int64_t			 first, last;	/* days since 1970-01-01 */
	/* only of these: */
	const char		*category, *building, *source;	/* NULL: any */
	int			 priority;	/* 0 any; else 1 + the enum */
	int64_t			 assignee;	/* 0 any */
};
/* The days that two dates name, or what is usual for the dimension where they
 * are "". -1 ERR_INPUT: no dates, the wrong way round, too many. */
int	stats_period(struct stats_ask *ask, const char *from, const char *to,
	    int64_t now_ms, struct err *err);

struct stats_row {
	const char	*key;
	int64_t		 first, last;	/* its days, by time */
	int64_t		 n;		/* tickets it is of */
	bool		 known;		/* else there is no value */
	bool		 few;		/* too few marks to be told */
	double		 value;
	double		 p50, p90;	/* of a percentile both */
};
struct stats {
	struct stats_row	*rows;
	size_t			 n;
	struct stats_row	 total;		/* key "": of all together */
};
/* In the arena. ERR_INPUT: not possible, or too many groups. */
int	stats_make(struct db *db, const struct stats_ask *ask, int64_t now_ms,
	    struct arena *arena, struct stats *stats_out, struct err *err);

/* The value for programs: tickets, seconds as integers, the rest with two
 * decimals; JSON null, "" when it is not known. Text: in the arena. */
json_t	*stats_json(enum stats_measure measure, const struct stats_row *row);
const char *stats_text(enum stats_measure measure,
	    const struct stats_row *row, struct arena *arena);

/* The tickets behind one row's value, or with key NULL behind the total,
 * newest first. before_ms, before_number: the last shown; 0, 0. fn gets what
 * the next page goes on below; not 0 ends it. */
struct stats_part {
	const struct stats_ask	*ask;
	const char		*key;
	int64_t			 before_ms, before_number;
};
int	stats_tickets(struct db *db, const struct stats_part *part,
	    int64_t now_ms, struct arena *arena,
	    int (*fn)(int64_t number, int64_t at_ms, void *arg), void *arg,
	    struct err *err);

#endif
