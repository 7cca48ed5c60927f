#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/decode.h"
#include "parsers/mail_extra.h"

/* A line of data says how many letters it has; blanks at its end may have been
 * lost, a letter may have been added. */
static bool
is_uu_data(struct slice line)
{
	size_t n, want;

	if (line.len == 0 || line.p[0] < ' ' || line.p[0] > '`')
		return false;
	n = ((unsigned char)line.p[0] - 32u) & 63;
	want = 1 + (n + 2) / 3 * 4;
	return n <= 45 && line.len <= want + 2 && line.len + 8 >= want;
}

/* rest is behind the line "begin …": the length to the end of the line "end";
 * 0: what comes is no such file. */
static size_t
uu_length(struct slice rest)
{
	struct slice s = rest, line;
	size_t lines = 0;

	while (text_line(&s, &line)) {
		if (slice_is(text_trim(line), "end") && lines > 0)
			return (size_t)(s.p - rest.p);
		if (text_trim(line).len > 0 && !is_uu_data(line))
			return 0;
		lines++;
	}
	return 0;
}

bool
extra_uu(struct slice *rest, struct slice *before_out, struct slice *file_out,
    struct slice *name_out)
{
	struct slice s = *rest, line, name;
	const char *at;
	size_t n;

	while (s.len > 0) {
		at = s.p;
		text_line(&s, &line);
		if (!decode_uu_begin(line, &name))
			continue;
		n = uu_length(s);
		if (n == 0)
			continue;
		*before_out = (struct slice){ rest->p,
		    (size_t)(at - rest->p) };
		*file_out = (struct slice){ at, (size_t)(s.p - at) + n };
		*name_out = name;
		*rest = (struct slice){ s.p + n, s.len - n };
		return true;
	}
	return false;
}

bool
extra_pgp_signed(struct slice text, struct buf *out)
{
	enum { OUTSIDE, HEADERS, INSIDE, SIGNATURE } state = OUTSIDE;
	struct slice line;
	bool found = false;

	while (text_line(&text, &line)) {
		struct slice t = text_trim(line);

		if (slice_is(t, "-----BEGIN PGP SIGNED MESSAGE-----")) {
			state = HEADERS;
			found = true;
		} else if (state == HEADERS) {
			if (t.len == 0)
				state = INSIDE;
		} else if (state == INSIDE &&
		    slice_is(t, "-----BEGIN PGP SIGNATURE-----")) {
			state = SIGNATURE;
		} else if (state == SIGNATURE) {
			if (slice_is(t, "-----END PGP SIGNATURE-----"))
				state = OUTSIDE;
		} else {
			if (state == INSIDE && line.len >= 2 &&
			    memcmp(line.p, "- ", 2) == 0) {
				line.p += 2;
				line.len -= 2;
			}
			buf_addslice(out, line);
			buf_addc(out, '\n');
		}
	}
	return found;
}

/* One content line of iCalendar, unfolded into b; false at the end. */
static bool
ics_line(struct slice *rest, struct buf *b)
{
	struct slice line;

	buf_reset(b);
	if (!text_line(rest, &line))
		return false;
	buf_addslice(b, line);
	while (rest->len > 0 && (*rest->p == ' ' || *rest->p == '\t')) {
		text_line(rest, &line);
		buf_add(b, line.p + 1, line.len - 1);
	}
	return true;
}

/* The value of "NAME;PARAM=…:value" when the line has that name; the parameter
 * TZID into *zone_out. */
static bool
ics_value(struct slice line, const char *name, struct slice *value_out,
    struct slice *zone_out)
{
	size_t n = strlen(name);
	bool quote = false;
	const char *z, *end;
	size_t i;

	if (!text_istarts(line, name) || line.len <= n ||
	    (line.p[n] != ':' && line.p[n] != ';'))
		return false;
	for (i = n; i < line.len && (quote || line.p[i] != ':'); i++)
		if (line.p[i] == '"')
			quote = !quote;
	if (i >= line.len)
		return false;
	*value_out = (struct slice){ line.p + i + 1, line.len - i - 1 };
	line.len = i;
	z = text_ifind(line, ";TZID=");
	if (z != NULL && zone_out != NULL) {
		z += 6;
		end = memchr(z, ';', (size_t)(line.p + line.len - z));
		*zone_out = (struct slice){ z, end != NULL ?
		    (size_t)(end - z) : (size_t)(line.p + line.len - z) };
	}
	return true;
}

/* "\, \; \n" undone. */
static const char *
ics_text(struct slice v, struct arena *arena)
{
	struct buf b = BUF_INIT(500);
	const char *s;
	size_t i;

	for (i = 0; i < v.len && !b.failed; i++) {
		char c = v.p[i];

		if (c == '\\' && i + 1 < v.len) {
			c = v.p[++i];
			if (c == 'n' || c == 'N')
				c = ' ';
		}
		buf_addc(&b, c);
	}
	s = utf8_clean_line(arena, b.p == NULL ? "" : b.p, b.len).p;
	buf_free(&b);
	return s == NULL ? "" : s;
}

static bool
are_digits(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

/* "20261122T100000Z" → "2026-11-22 10:00 UTC" */
static const char *
ics_time(struct slice v, struct slice zone, struct arena *arena)
{
	const char *p = v.p;

	if (v.len < 8 || !are_digits(p, 8))
		return ics_text(v, arena);
	if (v.len < 13 || p[8] != 'T' || !are_digits(p + 9, 4))
		return arena_printf(arena, "%.4s-%.2s-%.2s", p, p + 4, p + 6);
	zone = slice_of(ics_text(zone, arena));
	zone.len = utf8_cut(zone.p, zone.len, 60);
	if (p[v.len - 1] == 'Z')
		zone = SLICE_LIT("UTC");
	return arena_printf(arena, "%.4s-%.2s-%.2s %.2s:%.2s%s%.*s", p, p + 4,
	    p + 6, p + 9, p + 11, zone.len > 0 ? " " : "",
	    (int)zone.len, zone.p);
}

struct event {
	const char	*method, *summary, *start, *end, *where;
};

static void
event_line(struct event *e, struct slice line, struct arena *arena)
{
	struct slice v, zone = { "", 0 };

	if (e->method == NULL && ics_value(line, "METHOD", &v, NULL))
		e->method = ics_text(v, arena);
	else if (e->summary == NULL && ics_value(line, "SUMMARY", &v, NULL))
		e->summary = ics_text(v, arena);
	else if (e->where == NULL && ics_value(line, "LOCATION", &v, NULL))
		e->where = ics_text(v, arena);
	else if (e->start == NULL && ics_value(line, "DTSTART", &v, &zone))
		e->start = ics_time(v, zone, arena);
	else if (e->end == NULL && ics_value(line, "DTEND", &v, &zone))
		e->end = ics_time(v, zone, arena);
}

const char *
extra_calendar(struct slice ics, struct arena *arena, const char **summary_out)
{
	struct buf b = BUF_INIT(64 * 1024);
	struct event e = { 0 };
	struct slice line;
	bool inside = false;
	struct slice method;

	while (ics_line(&ics, &b)) {
		line = text_trim(buf_slice(&b));
		if (ics_value(line, "METHOD", &method, NULL) ||
		    (inside && line.len > 0))
			event_line(&e, line, arena);
		if (text_ieq(line, SLICE_LIT("BEGIN:VEVENT")))
			inside = true;
		if (text_ieq(line, SLICE_LIT("END:VEVENT")))
			break;
	}
	buf_free(&b);
	if (!inside || (e.summary == NULL && e.start == NULL))
		return NULL;
	*summary_out = e.summary == NULL ? "" : e.summary;
	return arena_printf(arena, "[Calendar%s%s: %s%s%s%s%s%s%s]",
	    e.method == NULL ? "" : " ", e.method == NULL ? "" : e.method,
	    *summary_out, e.start == NULL ? "" : ", ",
	    e.start == NULL ? "" : e.start, e.end == NULL ? "" : " to ",
	    e.end == NULL ? "" : e.end,
	    e.where == NULL || e.where[0] == '\0' ? "" : ", ",
	    e.where == NULL ? "" : e.where);
}
