#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "desk/hours.h"

#define DAY_S		86400
#define YEARS_BACK	8
#define YEARS_ON	4
#define DAY_PARTS	8		/* times open in one day at most */

struct part {
	int	from_s, to_s;		/* of a day */
};
struct day {
	struct part	v[DAY_PARTS];	/* in order, apart */
	int		n;
};
struct open {
	int64_t	from_ms, to_ms;
	int64_t	before_ms;		/* open in all before from */
};
struct hours {
	struct open	*v;		/* in order, apart */
	size_t		 n;
};

/* ---- days ---- */

/* Add a time, joined with those that it meets. */
static void
open_part(struct day *day, int from_s, int to_s)
{
	struct day out = { .n = 0 };
	int i;

	for (i = 0; i < day->n; i++) {
		struct part p = day->v[i];

		if (p.to_s < from_s || p.from_s > to_s) {
			out.v[out.n++] = p;
			continue;
		}
		from_s = p.from_s < from_s ? p.from_s : from_s;
		to_s = p.to_s > to_s ? p.to_s : to_s;
	}
	if (out.n == DAY_PARTS)
		return;
	for (i = out.n; i > 0 && out.v[i - 1].from_s > from_s; i--)
		out.v[i] = out.v[i - 1];
	out.v[i] = (struct part){ from_s, to_s };
	out.n++;
	*day = out;
}

static void
close_part(struct day *day, int from_s, int to_s)
{
	struct day out = { .n = 0 };
	int i;

	for (i = 0; i < day->n; i++) {
		struct part p = day->v[i];

		if (p.from_s < from_s && out.n < DAY_PARTS)
			out.v[out.n++] = (struct part){ p.from_s,
			    p.to_s < from_s ? p.to_s : from_s };
		if (p.to_s > to_s && out.n < DAY_PARTS)
			out.v[out.n++] = (struct part){
			    p.from_s > to_s ? p.from_s : to_s, p.to_s };
	}
	*day = out;
}

/* ---- weeks ---- */

static int
two_digits(const char *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + p[1] - '0';
}

/* "08:00" in seconds, 24:00 too; -1. */
static int
time_of_day(const char *p)
{
	int h = two_digits(p), m;

	if (h == -1 || p[2] != ':')
		return -1;
	m = two_digits(p + 3);
	if (m == -1 || m > 59 || h > 24 || (h == 24 && m > 0))
		return -1;
	return (h * 60 + m) * 60;
}

static int
weekday(const char *p)
{
	static const char names[] = "montuewedthufrisatsun";
	int i;

	for (i = 0; i < 7; i++)
		if (strncmp(p, names + 3 * i, 3) == 0)
			return i;
	return -1;
}

const char *
hours_parse(const char *text, int *first_out, int *last_out, int *from_out,
    int *to_out)
{
	static const char *const right = "not opening hours: \"mon-thu "
	    "08:00-18:00\" or \"fri 08:00-16:00\" would be right";
	const char *p = text + 3;
	int first, last;

	if (strlen(text) < 3 || (first = weekday(text)) == -1)
		return right;
	last = first;
	if (*p == '-') {
		if (strlen(p) < 4 || (last = weekday(p + 1)) < first)
			return right;
		p += 4;
	}
	if (strlen(p) != 12 || p[0] != ' ' || p[6] != '-')
		return right;
	*from_out = time_of_day(p + 1);
	*to_out = time_of_day(p + 7);
	if (*from_out == -1 || *to_out == -1 || *from_out >= *to_out)
		return right;
	*first_out = first;
	*last_out = last;
	return NULL;
}

static const char *
week_add(struct day week[7], const char *text)
{
	int first, last, from, to, i;
	const char *fault = hours_parse(text, &first, &last, &from, &to);

	for (i = first = fault == NULL ? first : 7; i <= 6 && i <= last; i++)
		open_part(&week[i], from, to);
	return fault;
}

/* "mon-fri 10:00-14:00, sat 10:00-12:00" of a calendar. */
static int
week_parse(struct day week[7], const struct calendar_span *span,
    struct err *err)
{
	struct slice rest = slice_of(span->hours), one;
	char text[24];

	while (rest.len > 0) {
		const char *comma = memchr(rest.p, ',', rest.len);

		one = (struct slice){ rest.p, comma == NULL ? rest.len :
		    (size_t)(comma - rest.p) };
		rest = (struct slice){ rest.p + one.len, rest.len - one.len };
		if (rest.len > 0)
			rest = (struct slice){ rest.p + 1, rest.len - 1 };
		one = text_trim(one);
		text[0] = '\0';
		if (one.len < sizeof text) {
			memcpy(text, one.p, one.len);
			text[one.len] = '\0';
		}
		if (week_add(week, text) != NULL)
			return err_set(err, ERR_INPUT, "\"%s\": hours: %s: "
			    "\"hours: mon-thu 08:00-18:00, fri 08:00-16:00\" "
			    "would be right", span->summary, span->hours);
	}
	return 0;
}

/* ---- making ---- */

struct make {
	int64_t		 first, last;
	struct day	*days;		/* last - first + 1 of them */
	int64_t		*period;	/* days that the period which rules a
					 * day has; 0 none */
	struct day	*own;		/* times of the day itself */
};

void
hours_window(int64_t now_ms, int64_t *first_out, int64_t *last_out)
{
	int64_t today = now_ms / 1000 / DAY_S;

	*first_out = today - (int64_t)YEARS_BACK * 365;
	*last_out = today + (int64_t)YEARS_ON * 365;
}

static void
usual_days(struct make *m, const struct day week[7])
{
	int64_t d;

	for (d = m->first; d <= m->last; d++)
		m->days[d - m->first] = week[clock_weekday(d)];
}

static int
period(struct make *m, const struct calendar_span *span, struct err *err)
{
	int64_t length = span->last - span->first + 1, d;
	struct day week[7] = { { .n = 0 } };

	if (week_parse(week, span, err) == -1)
		return -1;
	for (d = span->first < m->first ? m->first : span->first;
	    d <= span->last && d <= m->last; d++) {
		int64_t *ruled = &m->period[d - m->first];

		if (*ruled != 0 && *ruled <= length)
			continue;
		*ruled = length;
		m->days[d - m->first] = week[clock_weekday(d)];
	}
	return 0;
}

/* The days of a span inside the window, each to fn. */
static void
each_day(const struct make *m, const struct calendar_span *span,
    struct day *days, void (*fn)(struct day *day, int from_s, int to_s))
{
	int64_t d = span->first < m->first ? m->first : span->first;

	for (; d <= span->last && d <= m->last; d++)
		fn(&days[d - m->first], span->from_s, span->to_s);
}

static int
apply_calendar(struct make *m, const struct calendar *c, struct err *err)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->v[i].kind == CALENDAR_WEEK &&
		    period(m, &c->v[i], err) == -1)
			return -1;
	for (i = 0; i < c->n; i++)
		if (c->v[i].kind == CALENDAR_OPEN)
			each_day(m, &c->v[i], m->own, open_part);
	for (i = 0; i <= (size_t)(m->last - m->first); i++)
		if (m->own[i].n > 0)
			m->days[i] = m->own[i];
	for (i = 0; i < c->n; i++)
		if (c->v[i].kind == CALENDAR_CLOSED)
			each_day(m, &c->v[i], m->days, close_part);
	return 0;
}

/* "2026-12-25", checked by the configuration. */
static void
holiday(struct make *m, const char *text)
{
	int64_t d = clock_days(two_digits(text) * 100 + two_digits(text + 2),
	    two_digits(text + 5), two_digits(text + 8));

	if (d >= m->first && d <= m->last)
		m->days[d - m->first].n = 0;
}

/* The days as one row of open times. */
static struct hours *
row(const struct make *m, struct arena *arena)
{
	struct hours *h = arena_calloc(arena, 1, sizeof *h);
	size_t n = 0, days = (size_t)(m->last - m->first) + 1, i;
	int64_t sum = 0;

	for (i = 0; i < days; i++)
		n += (size_t)m->days[i].n;
	if (h == NULL || (h->v = arena_calloc(arena, n + 1,
	    sizeof *h->v)) == NULL)
		return NULL;
	for (i = 0; i < days; i++) {
		for (int k = 0; k < m->days[i].n; k++) {
			struct part p = m->days[i].v[k];
			struct open o = { .before_ms = sum };

			o.from_ms = clock_local_ms(m->first + (int64_t)i,
			    p.from_s);
			o.to_ms = clock_local_ms(m->first + (int64_t)i,
			    p.to_s);
			if (o.to_ms <= o.from_ms)
				continue;
			sum += o.to_ms - o.from_ms;
			h->v[h->n++] = o;
		}
	}
	return h;
}

int
hours_make(const struct strings *days, const struct strings *holidays,
    const struct calendar *calendar, int64_t now_ms, struct arena *arena,
    struct hours **hours_out, struct err *err)
{
	struct day week[7] = { { .n = 0 } };
	struct make m;
	struct hours *h;
	size_t i, n;

	hours_window(now_ms, &m.first, &m.last);
	n = (size_t)(m.last - m.first) + 1;
	m.days = arena_calloc(arena, n, sizeof *m.days);
	m.own = arena_calloc(arena, n, sizeof *m.own);
	m.period = arena_calloc(arena, n, sizeof *m.period);
	if (m.days == NULL || m.own == NULL || m.period == NULL)
		return err_set(err, ERR_FATAL, "hours: out of memory");
	for (i = 0; i < days->n; i++)
		week_add(week, days->v[i]);
	for (i = 0; i < 7 && days->n == 0; i++)
		open_part(&week[i], 0, DAY_S);
	usual_days(&m, week);
	if (calendar != NULL && apply_calendar(&m, calendar, err) == -1)
		return -1;
	for (i = 0; i < holidays->n; i++)
		holiday(&m, holidays->v[i]);
	h = row(&m, arena);
	if (h == NULL)
		return err_set(err, ERR_FATAL, "hours: out of memory");
	*hours_out = h;
	return 0;
}

/* ---- asking ---- */

/* How many of the times begin at or before ms. */
static size_t
begun(const struct hours *h, int64_t ms)
{
	size_t low = 0, high = h->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (h->v[mid].from_ms <= ms)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Open in all until ms. */
static int64_t
open_until(const struct hours *h, int64_t ms)
{
	size_t n = begun(h, ms);
	const struct open *o = &h->v[n - (n > 0)];

	if (n == 0)
		return 0;
	return o->before_ms + (ms < o->to_ms ? ms : o->to_ms) - o->from_ms;
}

int64_t
hours_between(const struct hours *hours, int64_t from_ms, int64_t to_ms)
{
	if (to_ms <= from_ms)
		return 0;
	return hours == NULL ? to_ms - from_ms :
	    open_until(hours, to_ms) - open_until(hours, from_ms);
}

int64_t
hours_after(const struct hours *hours, int64_t from_ms, int64_t open_ms)
{
	size_t low = 0, high;
	int64_t goal;

	if (hours == NULL)
		return from_ms + open_ms;
	goal = open_until(hours, from_ms) + open_ms;
	high = hours->n;
	while (low < high) {		/* the first that reaches it */
		size_t mid = (low + high) / 2;
		const struct open *o = &hours->v[mid];

		if (o->before_ms + o->to_ms - o->from_ms < goal)
			low = mid + 1;
		else
			high = mid;
	}
	return low == hours->n ? 0 : hours->v[low].from_ms + goal -
	    hours->v[low].before_ms;
}
