#include "base/text.h"
#include "parsers/header.h"

#define NAME_MAX_LEN	200	/* bytes; longer is no name */
#define STRAY_LINES_MAX	20	/* in a row that are no field */
#define BLANK_FOLDS_MAX	20	/* lines of blanks inside a field */

/* The length of the line at p with its line end. */
static size_t
line_length(struct slice s)
{
	const char *nl = memchr(s.p, '\n', s.len);

	return nl == NULL ? s.len : (size_t)(nl - s.p) + 1;
}

static struct slice
skip(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

static bool
is_blank_line(struct slice line)
{
	return text_trim(line).len == 0;
}

/* A line of nothing at all, the end of a header. */
static bool
is_empty_line(struct slice line)
{
	return line.len == 0 || line.p[0] == '\n' ||
	    (line.p[0] == '\r' && (line.len == 1 || line.p[1] == '\n'));
}

size_t
header_name(struct slice line)
{
	size_t i, n;

	/* most lines of a body end here */
	if (memchr(line.p, ':', line.len < NAME_MAX_LEN + 2 ? line.len :
	    NAME_MAX_LEN + 2) == NULL)
		return 0;
	for (i = 0; i < line.len && i <= NAME_MAX_LEN; i++)
		if (line.p[i] <= ' ' || line.p[i] > '~' || line.p[i] == ':')
			break;
	n = i;
	while (i < line.len && i <= NAME_MAX_LEN &&
	    (line.p[i] == ' ' || line.p[i] == '\t'))
		i++;
	return i < line.len && line.p[i] == ':' ? n : 0;
}

/* What may stand before the first field. */
static size_t
preface(struct slice raw)
{
	struct slice s = raw;
	size_t n;

	if (s.len >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
		s = skip(s, 3);
	for (; s.len > 0; s = skip(s, n)) {
		n = line_length(s);
		if (is_empty_line((struct slice){ s.p, n }))
			continue;
		if ((s.len >= 5 && memcmp(s.p, "From ", 5) == 0) ||
		    (s.len >= 6 && memcmp(s.p, ">From ", 6) == 0))
			continue;
		break;
	}
	/* nothing but blank lines: a mail without a header */
	return s.len == 0 ? 0 : raw.len - s.len;
}

static bool
is_led(struct slice s)
{
	return s.len > 0 && (*s.p == ' ' || *s.p == '\t');
}

/* Lines of blanks alone at the start of s that are folding, since one that is
 * led by blanks and has text comes behind them: their length; 0: they are not,
 * and end the header. */
static size_t
blank_folds(struct slice s)
{
	size_t at = 0, n;
	int i;

	for (i = 0; i < BLANK_FOLDS_MAX && is_led(skip(s, at)); i++) {
		n = line_length(skip(s, at));
		if (!is_blank_line((struct slice){ s.p + at, n }))
			return at;
		at += n;
	}
	return 0;
}

/* The length of the field at s with its continuation lines. */
static size_t
field_length(struct slice s, bool *folded)
{
	size_t len = line_length(s), n;

	*folded = false;
	while (is_led(skip(s, len))) {
		n = line_length(skip(s, len));
		if (is_blank_line((struct slice){ s.p + len, n }))
			n = blank_folds(skip(s, len));
		if (n == 0)
			break;
		*folded = true;
		len += n;
	}
	return len;
}

/* The value without its line ends. */
static struct slice
unfold(struct slice value, struct arena *arena)
{
	char *p = arena_alloc(arena, value.len + 1);
	size_t i, n = 0;

	if (p == NULL)
		return (struct slice){ "", 0 };
	for (i = 0; i < value.len; i++)
		if (value.p[i] != '\n' && (value.p[i] != '\r' ||
		    (i + 1 < value.len && value.p[i + 1] != '\n')))
			p[n++] = value.p[i];
	return (struct slice){ p, n };
}

/* A field that only mail systems write, never a person at the top of a letter,
 * and that no client copies in front of what it quotes. */
static bool
is_technical(struct slice name)
{
	static const char *const whole[] = { "Received", "Return-Path",
	    "Message-ID", "MIME-Version", "References", "In-Reply-To",
	    "DKIM-Signature", "DomainKey-Signature", "Authentication-Results",
	    "Delivered-To", "Envelope-To", "User-Agent", "Precedence",
	    "Auto-Submitted", "Received-SPF", "Thread-Index" };
	static const char *const start[] = { "X-", "Content-", "ARC-",
	    "List-", "Resent-" };
	size_t i;

	for (i = 0; i < sizeof start / sizeof start[0]; i++)
		if (text_istarts(name, start[i]))
			return true;
	for (i = 0; i < sizeof whole / sizeof whole[0]; i++)
		if (text_ieq(name, slice_of(whole[i])))
			return true;
	return false;
}

/* Does a header go on behind the line that is no field at s? Only when a field
 * comes right behind it, or behind a few lines one that is no part of a letter:
 * what is taken for header is not read as text. */
static bool
goes_on(struct slice s)
{
	size_t n;
	int i;

	for (i = 0; i < STRAY_LINES_MAX; i++) {
		/* a delimiter of parts */
		if (s.len >= 2 && s.p[0] == '-' && s.p[1] == '-')
			return false;
		s = skip(s, line_length(s));
		if (is_empty_line(s))
			return false;
		n = header_name(s);
		if (n > 0)
			return i == 0 ||
			    is_technical((struct slice){ s.p, n });
	}
	return false;
}

static int
add(struct header_list *list, size_t *cap, struct header_field field,
    struct arena *arena)
{
	struct header_field *v;

	if (list->n == *cap) {
		*cap = *cap == 0 ? 32 : *cap * 2;
		v = arena_calloc(arena, *cap, sizeof *v);
		if (v == NULL)
			return -1;
		if (list->n > 0)
			memcpy(v, list->v, list->n * sizeof *v);
		list->v = v;
	}
	list->v[list->n++] = field;
	return 0;
}

/* Read the field at s, n bytes of name, len bytes in all. */
static struct header_field
field_read(struct slice s, size_t n, size_t len, bool folded, size_t max,
    struct arena *arena)
{
	const char *colon = memchr(s.p + n, ':', len - n);
	struct header_field f = { .name = { s.p, n } };
	size_t at = (size_t)(colon - s.p) + 1;

	f.value = (struct slice){ s.p + at, len - at };
	if (f.value.len > max)
		f.value.len = max;
	if (folded)
		f.value = unfold(f.value, arena);
	f.value = text_trim(f.value);
	return f;
}

int
header_scan(struct slice raw, const struct mail_limits *limits,
    struct arena *arena, struct header_list *out, struct err *err)
{
	struct header_list list = { 0 };
	struct header_field f;
	struct slice s = raw;
	size_t cap = 0, n, len;
	bool folded;

	s = skip(s, preface(s));
	while (s.len > 0 && (size_t)(s.p - raw.p) < limits->header) {
		if (is_empty_line(s)) {
			s = skip(s, line_length(s));
			break;
		}
		n = header_name(s);
		len = n > 0 ? field_length(s, &folded) : line_length(s);
		if (n == 0 && !goes_on(s)) {
			if (is_blank_line((struct slice){ s.p, len }))
				s = skip(s, len);
			break;
		}
		if (n > 0 && list.n < limits->fields) {
			f = field_read(s, n, len, folded, limits->header_field,
			    arena);
			f.offset = (size_t)(s.p - raw.p);
			if (add(&list, &cap, f, arena) != 0)
				break;
		}
		s = skip(s, len);
	}
	if (arena_failed(arena))
		return err_set(err, ERR_RETRY, "header: out of memory");
	list.length = (size_t)(s.p - raw.p);
	*out = list;
	return 0;
}

const struct header_field *
header_next(const struct header_list *headers,
    const struct header_field *prev, const char *name)
{
	size_t i = prev == NULL ? 0 : (size_t)(prev - headers->v) + 1;

	for (; i < headers->n; i++)
		if (text_ieq(headers->v[i].name, slice_of(name)))
			return &headers->v[i];
	return NULL;
}

const struct header_field *
header_get(const struct header_list *headers, const char *name)
{
	return header_next(headers, NULL, name);
}

struct slice
header_value(const struct header_list *headers, const char *name)
{
	const struct header_field *f = header_get(headers, name);

	return f == NULL ? (struct slice){ "", 0 } : f->value;
}
