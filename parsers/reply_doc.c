#include "base/text.h"
#include "parsers/quote_marks.h"
#include "parsers/reply_doc.h"

static bool
is_marked(struct slice line)
{
	size_t i = 0;

	while (i < line.len && i < 3 && line.p[i] == ' ')
		i++;
	return i < line.len && line.p[i] == '>';
}

static bool
is_blank(struct slice line)
{
	size_t i;

	line = text_trim(line);
	for (i = 0; i < line.len; ) {
		if (i + 1 < line.len && memcmp(line.p + i, "\xc2\xa0", 2) == 0)
			i += 2;
		else if (i + 2 < line.len &&
		    memcmp(line.p + i, "\xe2\x80\x8b", 3) == 0)
			i += 3;
		else if (line.p[i] == ' ')
			i++;
		else
			return false;
	}
	return true;
}

int
doc_split(struct reply_doc *d)
{
	struct slice rest = { d->text, d->text_len };
	const char *p = d->text, *end = p + rest.len, *nl;
	size_t n = 0;

	for (; p < end; p = nl + 1, n++) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL) {
			n++;
			break;
		}
	}
	d->v = arena_calloc(d->arena, n + 1, sizeof *d->v);
	if (d->v == NULL)
		return -1;
	for (p = d->text; d->n < n; p = nl + 1) {
		struct reply_line *l = &d->v[d->n++];
		struct slice s, value;

		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		s = (struct slice){ p, (size_t)(nl - p) };
		*l = (struct reply_line){ .offset = (uint32_t)(p - d->text),
		    .length = (uint32_t)s.len, .kind = SPAN_NEW,
		    .marked = is_marked(s), .blank = is_blank(s) };
		if (!l->marked && !l->blank)
			l->label = (uint8_t)quote_header_label(s, &value);
	}
	return 0;
}

struct slice
doc_line(const struct reply_doc *d, size_t i)
{
	return (struct slice){ d->text + d->v[i].offset, d->v[i].length };
}

struct slice
doc_lines(const struct reply_doc *d, size_t first, size_t last)
{
	const char *p = d->text + d->v[first].offset;

	return (struct slice){ p, (size_t)(d->text + d->v[last].offset +
	    d->v[last].length - p) };
}

size_t
doc_filled(const struct reply_doc *d, size_t i)
{
	while (i < d->n && d->v[i].blank)
		i++;
	return i;
}

size_t
doc_filled_within(const struct reply_doc *d, size_t i, size_t max)
{
	size_t end = d->n - i < max ? d->n : i + max;

	while (i < end && d->v[i].blank)
		i++;
	return i < end ? i : d->n;
}

/* Something new above line i? No line becomes new again, so that the place
 * only moves on. */
bool
doc_new_above(struct reply_doc *d, size_t i)
{
	while (d->first_new < i) {
		const struct reply_line *l = &d->v[d->first_new];

		if (l->kind == SPAN_NEW && !l->blank && !l->mark)
			return true;
		d->first_new++;
	}
	return false;
}

void
doc_set(struct reply_doc *d, size_t first, size_t end, enum mail_span_kind kind)
{
	for (; first < end; first++)
		d->v[first].kind = (uint8_t)kind;
}

size_t
doc_depth(struct slice line, size_t *end_out)
{
	size_t i = 0, depth = 0, end = 0;

	for (; i < line.len && (line.p[i] == '>' || line.p[i] == ' '); i++)
		if (line.p[i] == '>') {
			depth++;
			end = i + 1;
		}
	*end_out = end < line.len && line.p[end] == ' ' ? end + 1 : end;
	return depth;
}
