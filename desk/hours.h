/* hours - when the desk is open: promises run in this time only.
 *
 * Weekly hours, holidays, and a calendar (parsers/calendar.h) of closed days,
 * days with times of their own, and periods with weekly hours of their own;
 * closed beats a day's own times, these beat a period's, a shorter period a
 * longer one, and all of them the weekly hours. In the process's time zone, so
 * that a day of 23 or 25 hours counts as long as it is.
 *
 * Known from eight years before the time it was made to four years after. */
#ifndef DESK_HOURS_H
#define DESK_HOURS_H

#include <stdbool.h>

#include "base/conf.h"
#include "parsers/calendar.h"

struct hours;		/* immutable; NULL: always open */

/* days, holidays: as in the configuration, checked; days without any: every
 * day, all day. calendar NULL: none. ERR_INPUT: an "hours:" line of the
 * calendar makes no sense. */
int	hours_make(const struct strings *days, const struct strings *holidays,
	    const struct calendar *calendar, int64_t now_ms,
	    struct arena *arena, struct hours **hours_out, struct err *err);
/* The days that hours_make looks at around now. */
void	hours_window(int64_t now_ms, int64_t *first_out, int64_t *last_out);
/* How long it was open from one time to the other, in ms; 0 if to is before. */
int64_t	hours_between(const struct hours *hours, int64_t from_ms,
	    int64_t to_ms);
/* When it will have been open for that long since from; 0: beyond what is
 * known. */
int64_t	hours_after(const struct hours *hours, int64_t from_ms,
	    int64_t open_ms);

/* "mon-thu 08:00-18:00": the weekdays (0 Monday) and seconds of the day; NULL,
 * or what would be right. */
const char *hours_parse(const char *text, int *first_out, int *last_out,
	    int *from_out, int *to_out);

#endif
