/* calendar - what an iCalendar file (RFC 5545) says about opening hours.
 *
 * Closed      an event whose CATEGORIES or SUMMARY, or the name of its whole
 *             calendar (X-WR-CALNAME), has a word for it: closed, holiday,
 *             Feiertag, geschlossen, férié, fermé, cerrado, festivo, chiuso…
 *             Timed events close that time only
 * Open        a timed event with a word for that: open, opening hours,
 *             geöffnet, ouvert, abierto, aperto: its times are the hours of
 *             its day, instead of the usual ones
 * Own hours   an event with "hours: mon-fri 10:00-14:00, sat 10:00-12:00" in
 *             DESCRIPTION or SUMMARY (a term, a break, exams): these are the
 *             weekly hours of its days
 * All else is counted as ignored. Recurrences are followed within the window,
 * each at most 5,000 times there, all of them 200,000 times with those before
 * it (more is refused); cancelled events are nothing. Times in other zones
 * are brought into the process's zone. */
#ifndef PARSERS_CALENDAR_H
#define PARSERS_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define CALENDAR_MAX	((size_t)4 << 20)	/* bytes of a file */
#define CALENDAR_SPANS	20000			/* with all repetitions */

enum calendar_kind { CALENDAR_CLOSED, CALENDAR_OPEN, CALENDAR_WEEK };

struct calendar_span {
	enum calendar_kind	 kind;
	int64_t			 first, last;	/* days since 1970-01-01, both
						 * of them in it */
	int			 from_s, to_s;	/* of each day: 0..86400 */
	const char		*hours;		/* WEEK: the text behind
						 * "hours:", else NULL */
	const char		*summary;	/* never NULL */
};
struct calendar {
	struct calendar_span	*v;
	size_t			 n;
	size_t			 ignored;	/* events that say nothing */
};

/* The spans that touch the days from first to last. text is borrowed for the
 * call. ERR_INPUT: it is no calendar, or too large. */
int	calendar_read(struct slice text, int64_t first, int64_t last,
	    struct arena *arena, struct calendar *calendar_out,
	    struct err *err);

#endif
