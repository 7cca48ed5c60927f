#include <string.h>

#include <libical/ical.h>

#include "base/casefold.h"
#include "base/clock.h"
#include "base/text.h"
#include "parsers/calendar.h"

#define REPEATS_MAX	5000		/* of one event, in the window */
#define STEPS_MAX	200000		/* repetitions looked at in all */
#define MOVED_MAX	1000		/* repetitions with an event of their own */
#define EVENTS_MAX	10000
#define TEXT_BYTES	4096		/* looked at of a property */
#define DAY_S		86400

struct moved {
	const char	*uid;
	int		 year, month, day;
};
struct walk {
	icalcomponent	*root;
	struct arena	*arena;
	struct calendar	 out;
	int64_t		 first, last;
	bool		 all_closed;	/* it is a calendar of holidays */
	int		 steps;
	struct moved	*moved;		/* by RECURRENCE-ID */
	size_t		 nmoved;
};
/* One event, before its repetitions. */
struct event {
	icalcomponent		*c;
	struct calendar_span	 span;	/* kind, hours, summary */
	struct icaltimetype	 start;
	int64_t			 length_s;
	const char		*uid;	/* "" none */
};

/* ---- words ---- */

static const char *const closed_words[] = { "closed", "closure", "holiday",
    "holidays", "feiertag", "feiertage", "geschlossen", "schliesstag",
    "betriebsferien", "ferie", "feries", "ferme", "fermeture", "cerrado",
    "festivo", "festivos", "chiuso", "fechado", "feriado", "feriados",
    "gesloten", "feestdag", "zamkniete", "stangt", "lukket", "suljettu",
    NULL };
static const char *const open_words[] = { "open", "opening", "geoffnet",
    "offnungszeiten", "offnungszeit", "ouvert", "abierto", "aperto", "aberto",
    "geopend", "otwarte", "oppet", "apent", "avoinna", NULL };

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* Has folded text one of the words, whole? */
static bool
has_word(struct slice s, const char *const *words)
{
	size_t i = 0, from;

	while (i < s.len) {
		if (!is_letter(s.p[i])) {
			i++;
			continue;
		}
		for (from = i; i < s.len && is_letter(s.p[i]); i++)
			;
		for (size_t w = 0; words[w] != NULL; w++)
			if (strlen(words[w]) == i - from && memcmp(s.p + from,
			    words[w], i - from) == 0)
				return true;
	}
	return false;
}

static bool
says(struct walk *w, const char *text, const char *const *words)
{
	struct slice s = slice_of(text);

	if (s.len > TEXT_BYTES)
		return false;
	s = casefold(w->arena, s);
	return s.p != NULL && has_word(s, words);
}

/* CATEGORIES may come several times. */
static bool
categories_say(struct walk *w, icalcomponent *c, const char *const *words)
{
	icalproperty *p;

	for (p = icalcomponent_get_first_property(c, ICAL_CATEGORIES_PROPERTY);
	    p != NULL; p = icalcomponent_get_next_property(c,
	    ICAL_CATEGORIES_PROPERTY)) {
		const char *text = icalproperty_get_categories(p);

		if (text != NULL && says(w, text, words))
			return true;
	}
	return false;
}

/* The rest of the line behind "hours:", in the arena; NULL: no such line. */
static const char *
hours_line(struct walk *w, const char *text)
{
	struct slice rest = slice_of(text == NULL ? "" : text), line;

	while (rest.len > 0) {
		const char *end = memchr(rest.p, '\n', rest.len);

		line = (struct slice){ rest.p, end == NULL ? rest.len :
		    (size_t)(end - rest.p) };
		rest = (struct slice){ rest.p + line.len, rest.len -
		    line.len };
		if (rest.len > 0)
			rest = (struct slice){ rest.p + 1, rest.len - 1 };
		line = text_trim(line);
		if (line.len > 6 && line.len < TEXT_BYTES && text_ieq(
		    (struct slice){ line.p, 6 }, slice_of("hours:"))) {
			line = text_trim((struct slice){ line.p + 6,
			    line.len - 6 });
			return arena_strndup(w->arena, line.p, line.len);
		}
	}
	return NULL;
}

/* What the event means; false: nothing to us. */
static bool
classify(struct walk *w, struct event *e)
{
	const char *summary = icalcomponent_get_summary(e->c);
	struct calendar_span *s = &e->span;

	if (summary == NULL)
		summary = "";
	s->summary = arena_strndup(w->arena, summary, strlen(summary) <
	    TEXT_BYTES ? strlen(summary) : 0);
	s->hours = hours_line(w, icalcomponent_get_description(e->c));
	if (s->hours == NULL)
		s->hours = hours_line(w, summary);
	if (s->hours != NULL) {
		s->kind = CALENDAR_WEEK;
		return true;
	}
	s->kind = CALENDAR_CLOSED;
	if (categories_say(w, e->c, closed_words) ||
	    says(w, summary, closed_words))
		return true;
	s->kind = CALENDAR_OPEN;
	if (!e->start.is_date && (categories_say(w, e->c, open_words) ||
	    says(w, summary, open_words)))
		return true;
	s->kind = CALENDAR_CLOSED;
	return w->all_closed && e->start.is_date;
}

/* ---- times ---- */

/* Where the process's clocks are then: the day and the second. */
static void
local(struct icaltimetype t, int64_t *day_out, int *second_out)
{
	if (t.is_date || t.zone == NULL) {
		*day_out = clock_days(t.year, t.month, t.day);
		*second_out = t.is_date ? 0 : t.hour * 3600 + t.minute * 60 +
		    (t.second < 60 ? t.second : 59);
		return;
	}
	clock_local((int64_t)icaltime_as_timet_with_zone(t, t.zone) * 1000,
	    day_out, second_out);
}

static int64_t
seconds_of(struct icaltimetype t)
{
	return clock_days(t.year, t.month, t.day) * DAY_S +
	    (t.is_date ? 0 : t.hour * 3600 + t.minute * 60 + t.second);
}

/* DTEND, or DURATION, or the whole day (RFC 5545, 3.6.1); in seconds. */
static int64_t
length_of(const struct event *e)
{
	struct icaltimetype end;
	struct icaldurationtype d;
	int64_t length;

	if (icalcomponent_get_first_property(e->c, ICAL_DURATION_PROPERTY) !=
	    NULL) {
		d = icalcomponent_get_duration(e->c);
		return icaldurationtype_as_int(d);
	}
	end = icalcomponent_get_dtend(e->c);
	if (icaltime_is_null_time(end) || icalcomponent_get_first_property(
	    e->c, ICAL_DTEND_PROPERTY) == NULL)
		return e->start.is_date ? DAY_S : 0;
	if (end.zone != e->start.zone && end.zone != NULL &&
	    e->start.zone != NULL && !end.is_date && !e->start.is_date)
		length = (int64_t)icaltime_as_timet_with_zone(end, end.zone) -
		    (int64_t)icaltime_as_timet_with_zone(e->start,
		    e->start.zone);
	else
		length = seconds_of(end) - seconds_of(e->start);
	return length;
}

static void
put(struct walk *w, struct calendar_span span)
{
	if (span.last < w->first || span.first > w->last ||
	    span.from_s >= span.to_s || w->out.n == CALENDAR_SPANS)
		return;
	w->out.v[w->out.n++] = span;
}

/* A time that begins there: a span, or one a day where it goes over midnight,
 * as closing times may. */
static void
add(struct walk *w, const struct event *e, struct icaltimetype start)
{
	struct calendar_span s = e->span;
	int64_t day, end;
	int second;

	local(start, &day, &second);
	if (e->length_s <= 0)
		return;
	end = second + e->length_s;
	s.first = day;
	s.last = day + (end - 1) / DAY_S;
	s.from_s = 0;
	s.to_s = DAY_S;
	if (s.kind == CALENDAR_WEEK || start.is_date ||
	    (second == 0 && end % DAY_S == 0)) {
		put(w, s);
		return;
	}
	s.from_s = second;
	if (end <= DAY_S) {
		s.to_s = (int)end;
		put(w, s);
		return;
	}
	s.last = day;
	put(w, s);
	s.from_s = 0;
	s.first = day + 1;
	s.last = day + end / DAY_S - 1;
	if (s.first <= s.last)
		put(w, s);
	s.first = s.last = day + end / DAY_S;
	s.to_s = (int)(end % DAY_S);
	put(w, s);
}

/* ---- repetitions ---- */

/* Is this repetition taken out (EXDATE)? */
static bool
excluded(icalcomponent *c, struct icaltimetype t)
{
	icalproperty *p;

	for (p = icalcomponent_get_first_property(c, ICAL_EXDATE_PROPERTY);
	    p != NULL; p = icalcomponent_get_next_property(c,
	    ICAL_EXDATE_PROPERTY)) {
		struct icaltimetype x = icalproperty_get_exdate(p);

		if (x.year == t.year && x.month == t.month && x.day == t.day &&
		    (x.is_date || t.is_date || (x.hour == t.hour &&
		    x.minute == t.minute)))
			return true;
	}
	return false;
}

/* Does another event stand for it? */
static bool
replaced(const struct walk *w, const struct event *e, struct icaltimetype t)
{
	size_t i;

	for (i = 0; i < w->nmoved; i++) {
		const struct moved *m = &w->moved[i];

		if (m->year == t.year && m->month == t.month &&
		    m->day == t.day && strcmp(m->uid, e->uid) == 0)
			return true;
	}
	return false;
}

static void
add_repetitions(struct walk *w, const struct event *e, icalproperty *rule)
{
	icalrecur_iterator *it = icalrecur_iterator_new(
	    icalproperty_get_rrule(rule), e->start);
	struct icaltimetype t;
	int64_t day;
	int n, second;

	if (it == NULL)
		return;
	for (n = 0; n < REPEATS_MAX && w->steps < STEPS_MAX; w->steps++) {
		t = icalrecur_iterator_next(it);
		if (icaltime_is_null_time(t))
			break;
		t.zone = e->start.zone;
		local(t, &day, &second);
		if (day > w->last)
			break;
		if (day + e->length_s / DAY_S + 1 < w->first)
			continue;	/* it may repeat since decades */
		n++;
		if (!excluded(e->c, t) && !replaced(w, e, t))
			add(w, e, t);
	}
	icalrecur_iterator_free(it);
}

static void
add_dates(struct walk *w, const struct event *e)
{
	icalproperty *p;

	for (p = icalcomponent_get_first_property(e->c, ICAL_RDATE_PROPERTY);
	    p != NULL; p = icalcomponent_get_next_property(e->c,
	    ICAL_RDATE_PROPERTY)) {
		struct icaldatetimeperiodtype d = icalproperty_get_rdate(p);

		if (!icaltime_is_null_time(d.time)) {
			d.time.zone = e->start.zone;
			add(w, e, d.time);
		}
	}
}

static void
add_event(struct walk *w, icalcomponent *c)
{
	icalproperty *rule = icalcomponent_get_first_property(c,
	    ICAL_RRULE_PROPERTY);
	struct event e = { .c = c, .start = icalcomponent_get_dtstart(c) };
	const char *uid = icalcomponent_get_uid(c);

	e.uid = uid == NULL ? "" : uid;
	if (icaltime_is_null_time(e.start) ||
	    icalcomponent_get_status(c) == ICAL_STATUS_CANCELLED)
		return;
	if (!classify(w, &e)) {
		w->out.ignored++;
		return;
	}
	e.length_s = length_of(&e);
	if (rule != NULL)
		add_repetitions(w, &e, rule);
	else
		add(w, &e, e.start);
	add_dates(w, &e);
}

/* ---- the file ---- */

/* Is the calendar one of holidays, by its name? */
static bool
named_closed(struct walk *w)
{
	icalproperty *p;

	for (p = icalcomponent_get_first_property(w->root, ICAL_X_PROPERTY);
	    p != NULL; p = icalcomponent_get_next_property(w->root,
	    ICAL_X_PROPERTY)) {
		const char *name = icalproperty_get_x_name(p);
		const char *value = icalproperty_get_x(p);

		if (name != NULL && value != NULL && strcasecmp(name,
		    "X-WR-CALNAME") == 0 && says(w, value, closed_words))
			return true;
	}
	return false;
}

/* Events that stand for one repetition of another (RFC 5545, 3.8.4.4). */
static void
find_moved(struct walk *w)
{
	icalcompiter i;
	icalcomponent *c;

	for (i = icalcomponent_begin_component(w->root, ICAL_VEVENT_COMPONENT);
	    (c = icalcompiter_deref(&i)) != NULL && w->nmoved < MOVED_MAX;
	    icalcompiter_next(&i)) {
		struct icaltimetype t = icalcomponent_get_recurrenceid(c);
		const char *uid = icalcomponent_get_uid(c);

		if (!icaltime_is_null_time(t) && uid != NULL)
			w->moved[w->nmoved++] = (struct moved){ uid, t.year,
			    t.month, t.day };
	}
}

static int
walk_events(struct walk *w, struct err *err)
{
	icalcompiter i;
	icalcomponent *c;
	size_t n = 0;

	w->out.v = arena_calloc(w->arena, CALENDAR_SPANS, sizeof *w->out.v);
	w->moved = arena_calloc(w->arena, MOVED_MAX, sizeof *w->moved);
	if (w->out.v == NULL || w->moved == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	w->all_closed = named_closed(w);
	find_moved(w);
	for (i = icalcomponent_begin_component(w->root, ICAL_VEVENT_COMPONENT);
	    (c = icalcompiter_deref(&i)) != NULL; icalcompiter_next(&i)) {
		if (++n > EVENTS_MAX)
			return err_set(err, ERR_INPUT, "more than %d events",
			    EVENTS_MAX);
		add_event(w, c);
	}
	if (w->steps == STEPS_MAX)
		return err_set(err, ERR_INPUT, "more than %d repetitions",
		    STEPS_MAX);
	if (w->out.n == CALENDAR_SPANS)
		return err_set(err, ERR_INPUT, "more than %d days and times",
		    CALENDAR_SPANS);
	return arena_failed(w->arena) ? err_set(err, ERR_FATAL,
	    "out of memory") : 0;
}

int
calendar_read(struct slice text, int64_t first, int64_t last,
    struct arena *arena, struct calendar *calendar_out, struct err *err)
{
	struct walk w = { .arena = arena, .first = first, .last = last };
	char *copy;
	int ret;

	if (text.len > CALENDAR_MAX)
		return err_set(err, ERR_INPUT, "more than 4 MiB");
	copy = arena_strndup(arena, text.p, text.len);
	if (copy == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	icalerror_set_errors_are_fatal(0);
	w.root = icalparser_parse_string(copy);
	if (w.root == NULL || icalcomponent_isa(w.root) !=
	    ICAL_VCALENDAR_COMPONENT)
		ret = err_set(err, ERR_INPUT, "not an iCalendar file: it "
		    "begins with BEGIN:VCALENDAR and ends with END:VCALENDAR");
	else
		ret = walk_events(&w, err);
	if (w.root != NULL)
		icalcomponent_free(w.root);
	icalmemory_free_ring();
	if (ret == 0)
		*calendar_out = w.out;
	return ret;
}
