#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "templates/mustache_tag.h"

#define NAME_SHOWN	60	/* bytes of a name in a fault */

int
mustache_fault(const struct mustache_scan *scan, size_t at, struct err *err,
    const char *fmt, ...)
{
	const char *p = scan->text.p, *end = p + at;
	char what[ERR_MSG_MAX];
	size_t line = 1;
	va_list ap;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		line++;
		p++;
	}
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return err_set(err, ERR_INPUT, "line %zu: %s", line, what);
}

int
mustache_name_fault(const struct mustache_scan *scan, size_t at,
    struct slice name, const char *what, struct err *err)
{
	return mustache_fault(scan, at, err, "%s: %.*s", what,
	    (int)(name.len < NAME_SHOWN ? name.len : NAME_SHOWN), name.p);
}

void
mustache_scan_start(struct mustache_scan *scan, struct slice text)
{
	if (text.p == NULL)
		text = SLICE_LIT("");
	*scan = (struct mustache_scan){ text, 0, SLICE_LIT("{{"),
	    SLICE_LIT("}}") };
}

/* Offset of needle in text[from, end), or end. */
static size_t
find(struct slice text, size_t from, size_t end, struct slice needle)
{
	const char *p;

	if (from >= end)
		return end;
	p = memmem(text.p + from, end - from, needle.p, needle.len);
	return p == NULL ? end : (size_t)(p - text.p);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* {{=open close=}}: the new pair out of what stands between the "=". */
static bool
delimiters_read(struct slice s, struct mustache_scan *scan)
{
	struct slice open = text_trim(s), close;
	size_t n = 0;

	while (n < open.len && !is_blank(open.p[n]))
		n++;
	close = text_trim((struct slice){ open.p + n, open.len - n });
	open.len = n;
	for (n = 0; n < close.len; n++)
		if (is_blank(close.p[n]))
			return false;
	if (open.len == 0 || close.len == 0 ||
	    memchr(open.p, '=', open.len) != NULL ||
	    memchr(close.p, '=', close.len) != NULL)
		return false;
	scan->open = open;
	scan->close = close;
	return true;
}

static const struct kind {
	char			c, before_close;	/* 0: nothing */
	enum mustache_tag_kind	kind;
	bool			can_stand_alone;
} kinds[] = {
	{ '#', 0, TAG_SECTION, true },
	{ '^', 0, TAG_INVERTED, true },
	{ '/', 0, TAG_END, true },
	{ '>', 0, TAG_PARTIAL, true },
	{ '!', 0, TAG_COMMENT, true },
	{ '&', 0, TAG_RAW, false },
	{ '{', '}', TAG_RAW, false },
	{ '=', '=', TAG_DELIMITERS, true },
};
static const struct kind plain = { 0, 0, TAG_VALUE, false };

static const struct kind *
kind_of(struct slice text, size_t at, size_t end)
{
	size_t i;

	for (i = 0; at < end && i < sizeof kinds / sizeof kinds[0]; i++)
		if (text.p[at] == kinds[i].c)
			return &kinds[i];
	return &plain;
}

/* Is the tag at [start, after) alone on its line? Then what is its line:
 * *start moves to the line's start, *after behind its end. */
static bool
stands_alone(struct slice text, size_t *start, size_t *after)
{
	size_t a = *start, b = *after;

	while (a > 0 && (text.p[a - 1] == ' ' || text.p[a - 1] == '\t'))
		a--;
	if (a > 0 && text.p[a - 1] != '\n')
		return false;
	while (b < text.len && (text.p[b] == ' ' || text.p[b] == '\t'))
		b++;
	if (b + 1 < text.len && text.p[b] == '\r' && text.p[b + 1] == '\n')
		b++;
	if (b < text.len && text.p[b] != '\n')
		return false;
	*start = a;
	*after = b + (b < text.len);
	return true;
}

static int
name_check(const struct mustache_scan *scan, const struct mustache_tag *tag,
    struct err *err)
{
	size_t i;

	if (tag->kind == TAG_COMMENT || tag->kind == TAG_DELIMITERS)
		return 0;
	if (tag->name.len == 0)
		return mustache_fault(scan, tag->start, err,
		    "a tag without a name");
	for (i = 0; i < tag->name.len; i++)
		if (is_blank(tag->name.p[i]))
			return mustache_name_fault(scan, tag->start, tag->name,
			    "a blank in a name", err);
	return 0;
}

int
mustache_scan_next(struct mustache_scan *scan, size_t end,
    struct mustache_tag *tag_out, struct err *err)
{
	struct slice text = scan->text;
	size_t from = scan->at, start = find(text, from, end, scan->open);
	size_t inside = start + scan->open.len, stop, after, line = start;
	const struct kind *kind;
	struct mustache_tag tag = { .start = start };

	if (start == end) {
		tag.literal = (struct slice){ text.p + from, end - from };
		scan->at = end;
		*tag_out = tag;
		return 0;
	}
	kind = kind_of(text, inside, end);
	tag.kind = kind->kind;
	inside += kind->c != 0;
	stop = find(text, inside, end, scan->close);
	while (kind->before_close != 0 && stop < end && (stop == inside ||
	    text.p[stop - 1] != kind->before_close))
		stop = find(text, stop + 1, end, scan->close);
	if (stop == end)
		return mustache_fault(scan, start, err,
		    "a tag that does not end");
	after = stop + scan->close.len;
	tag.name = text_trim((struct slice){ text.p + inside,
	    stop - inside - (kind->before_close != 0) });
	if (kind->can_stand_alone && stands_alone(text, &line, &after))
		tag.indent = (struct slice){ text.p + line, start - line };
	tag.literal = (struct slice){ text.p + from,
	    line > from ? line - from : 0 };
	if (name_check(scan, &tag, err) == -1)
		return -1;
	if (tag.kind == TAG_DELIMITERS && !delimiters_read(tag.name, scan))
		return mustache_fault(scan, start, err, "not two delimiters");
	scan->at = after;
	*tag_out = tag;
	return 1;
}
