#include <stddef.h>

#include "base/clock.h"
#include "base/text.h"
#include "parsers/date.h"

struct token {
	enum { END, WORD, NUMBER, MARK } kind;
	struct slice	s;
	int		value;		/* of a number; -1 when it is long */
};

struct date {
	int	year, month, day;	/* -1: not seen yet */
	int	hour, min, sec;
	int	zone;			/* minutes east */
	bool	has_zone;
	int	half;			/* "PM": 1, "AM": 0, none -1 */
	struct token	number[3];	/* that stood alone */
	int	nnumbers;
};

static const char *const months[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct",
	"nov", "dec",
};

static const struct { const char *name; int minutes; } zones[] = {
	{ "ut", 0 }, { "utc", 0 }, { "gmt", 0 }, { "z", 0 },
	{ "est", -300 }, { "edt", -240 }, { "cst", -360 }, { "cdt", -300 },
	{ "mst", -420 }, { "mdt", -360 }, { "pst", -480 }, { "pdt", -420 },
	{ "wet", 0 }, { "west", 60 }, { "bst", 60 }, { "cet", 60 },
	{ "cest", 120 }, { "met", 60 }, { "mest", 120 }, { "eet", 120 },
	{ "eest", 180 }, { "msk", 180 }, { "jst", 540 }, { "kst", 540 },
};

static bool
is_letter(char c)
{
	c = text_lower(c);
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Behind a comment; nested ones too. */
static size_t
comment(struct slice s)
{
	size_t i, depth = 0;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.len;
}

static struct token
next(struct slice *s)
{
	struct token t = { .kind = END };
	size_t n = 0;

	while (s->len > 0 && (*s->p == ' ' || *s->p == '\t' || *s->p == '(')) {
		n = *s->p == '(' ? comment(*s) : 1;
		s->p += n;
		s->len -= n;
	}
	if (s->len == 0)
		return t;
	n = 1;
	if (is_digit(*s->p)) {
		t.kind = NUMBER;
		while (n < s->len && is_digit(s->p[n]))
			n++;
		for (size_t i = 0; i < n && t.value >= 0; i++)
			t.value = i > 7 ? -1 : t.value * 10 + (s->p[i] - '0');
	} else if (is_letter(*s->p)) {
		t.kind = WORD;
		while (n < s->len && is_letter(s->p[n]))
			n++;
	} else {
		t.kind = MARK;
	}
	t.s = (struct slice){ s->p, n };
	s->p += n;
	s->len -= n;
	return t;
}

static struct token
peek(struct slice s)
{
	return next(&s);
}

static char
first(struct slice s)
{
	return s.len > 0 ? s.p[0] : '\0';
}

static void
word(struct date *d, struct slice w)
{
	size_t i;

	if (w.len >= 3 && d->month < 0)
		for (i = 0; i < 12; i++)
			if (text_istarts(w, months[i])) {
				d->month = (int)i + 1;
				return;
			}
	if (text_ieq(w, SLICE_LIT("pm")) || text_ieq(w, SLICE_LIT("am"))) {
		d->half = text_lower(w.p[0]) == 'p';
		return;
	}
	for (i = 0; !d->has_zone && i < sizeof zones / sizeof zones[0]; i++)
		if (text_ieq(w, slice_of(zones[i].name))) {
			/* "GMT+0200" means the number */
			d->zone = zones[i].minutes;
			d->has_zone = true;
		}
}

/* hour is read, its colon comes next. */
static bool
time_of_day(struct date *d, int hour, struct slice *s)
{
	struct token t;

	next(s);
	t = next(s);
	if (t.kind != NUMBER || d->hour >= 0 || t.s.len > 2)
		return false;
	d->hour = hour;
	d->min = t.value;
	if (first(*s) == ':' || (first(*s) == '.' && peek(*s).kind == MARK)) {
		next(s);
		t = next(s);
		if (t.kind != NUMBER || t.s.len > 2)
			return false;
		d->sec = t.value;
	}
	if (first(*s) == '.' || first(*s) == ',') {	/* parts of a second */
		next(s);
		if (peek(*s).kind == NUMBER)
			next(s);
	}
	return true;
}

/* "+0200", "-05:30", "+2": the sign is read. */
static bool
zone(struct date *d, char sign, struct slice *s)
{
	struct token t = next(s), m;
	int minutes;

	if (t.kind != NUMBER || t.value < 0)
		return false;
	minutes = t.s.len <= 2 ? t.value * 60 :
	    t.value / 100 * 60 + t.value % 100;
	if (t.s.len <= 2 && first(*s) == ':') {
		next(s);
		m = next(s);
		if (m.kind != NUMBER || m.s.len != 2)
			return false;
		minutes += m.value;
	}
	if (minutes >= 24 * 60)		/* nonsense: better none */
		minutes = 0;
	d->zone = sign == '-' ? -minutes : minutes;
	d->has_zone = true;
	return true;
}

static int
full_year(struct token t)
{
	if (t.s.len == 2)
		return t.value < 50 ? 2000 + t.value : 1900 + t.value;
	return t.s.len == 3 ? 1900 + t.value : t.value;
}

/* "2024-11-05", "5.11.2024", "05-Nov-24", "11/05/2024": three fields, the
 * first of which is read and a mark comes next. */
static bool
numeric(struct date *d, struct token a, struct slice *s)
{
	struct token b, c;
	char mark = first(*s);

	next(s);
	b = next(s);
	if (first(*s) != mark)
		return false;
	next(s);
	c = next(s);
	if ((b.kind == WORD) == (b.kind == NUMBER) || c.kind != NUMBER)
		return false;
	if (a.s.len == 4) {
		d->year = a.value;
		d->day = c.value;
	} else {
		d->day = a.value;
		d->year = full_year(c);
	}
	if (b.kind == WORD) {
		word(d, b.s);
	} else if (mark == '/' && a.s.len < 4 && (b.value > 12 ||
	    a.value <= 12)) {
		d->month = a.value;	/* slashes: the American order */
		d->day = b.value;
	} else {
		d->month = b.value;
	}
	return true;
}

static bool
number(struct date *d, struct token t, struct slice *s)
{
	char c = first(*s);

	if (t.value < 0)
		return false;
	if ((c == ':' || (c == '.' && d->nnumbers > 1)) &&
	    t.s.len <= 2 && d->hour < 0)
		return time_of_day(d, t.value, s);
	if ((c == '-' || c == '.' || c == '/') && d->day < 0 &&
	    d->nnumbers == 0 &&
	    s->len > 1 && s->p[1] != ' ')
		return numeric(d, t, s);
	if (d->nnumbers < 3)
		d->number[d->nnumbers++] = t;
	return true;
}

static bool
fields(struct date *d, struct slice s)
{
	struct token t;
	char c;

	for (t = next(&s); t.kind != END; t = next(&s)) {
		c = t.s.p[0];
		if (t.kind == WORD)
			word(d, t.s);
		else if (t.kind == NUMBER && !number(d, t, &s))
			return false;
		else if ((c == '+' || c == '-') && d->hour >= 0 &&
		    peek(s).kind == NUMBER &&
		    !zone(d, c, &s))
			return false;
	}
	return true;
}

/* Numbers that stand alone: day, year; without a month's name day, month,
 * year. */
static void
place_numbers(struct date *d)
{
	const struct token *t = d->number;
	int i = 0, n = d->nnumbers;

	if (d->day < 0 && i < n && t[i].s.len <= 2)
		d->day = t[i++].value;
	if (d->month < 0 && i + 1 < n && t[i].s.len <= 2)
		d->month = t[i++].value;
	if (d->year < 0 && i < n && t[i].s.len >= 2 && t[i].s.len <= 4)
		d->year = full_year(t[i]);
}

static bool
exists(const struct date *d)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
	    31 };
	bool leap = d->year % 4 == 0 &&
	    (d->year % 100 != 0 || d->year % 400 == 0);

	return d->year >= 1900 && d->year <= 9999 && d->month >= 1 &&
	    d->month <= 12 && d->day >= 1 &&
	    d->day <= days[d->month - 1] + (d->month == 2 && leap) &&
	    d->hour <= 24 && d->min <= 59 && d->sec <= 60;
}

bool
date_parse(struct slice s, int64_t *ms_out)
{
	struct date d = { .year = -1, .month = -1, .day = -1, .hour = -1,
	    .half = -1 };
	const char *last = s.len > 0 ? memrchr(s.p, ';', s.len) : NULL;
	int64_t minutes;

	/* a whole Received line in its place: the date is at its end */
	if (last != NULL)
		s = (struct slice){ last + 1,
		    (size_t)(s.p + s.len - last) - 1 };
	if (s.len > 1000)
		s.len = 1000;
	if (!fields(&d, s))
		return false;
	place_numbers(&d);
	if (d.hour < 0)
		d.hour = 0;
	if (d.half == 1 && d.hour < 12)
		d.hour += 12;
	if (d.half == 0 && d.hour == 12)
		d.hour = 0;
	if (!exists(&d))
		return false;
	minutes = clock_days(d.year, d.month, d.day) * 1440 + d.hour * 60 +
	    d.min - d.zone;
	*ms_out = (minutes * 60 + d.sec) * 1000;
	return true;
}
