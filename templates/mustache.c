#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "templates/mustache.h"
#include "templates/mustache_tag.h"

#define DEPTH_MAX	64
#define WORK_MAX	((size_t)256 * 1024 * 1024)	/* bytes read */
#define TAG_WORK	64		/* bytes a tag counts for, at least */
#define PARTIAL_MAX	((size_t)1024 * 1024)	/* bytes, with indentation */
#define PARTIAL_NAME	128		/* bytes, with the NUL */

struct render {
	enum mustache_kind	 kind;
	mustache_partial_fn	*partial;
	void			*arg;
	struct buf		*out;
	size_t			 work;
	json_t			*stack[DEPTH_MAX + 2];	/* contexts, innermost
							 * last */
	int			 nstack, depth;
	bool			 told;	/* which partial a fault is in */
};

static int render_range(struct render *r, struct mustache_scan scan,
	    size_t end, struct err *err);

/* ---- values ---- */

/* first.second.third: first in the nearest context that has it, the others
 * only inside what was found. NULL: there is none. */
static json_t *
lookup(const struct render *r, struct slice name)
{
	struct slice rest = name;
	json_t *v = NULL;
	int i = r->nstack;

	if (slice_is(name, "."))
		return r->stack[r->nstack - 1];
	for (;;) {
		const char *dot = memchr(rest.p, '.', rest.len);
		size_t n = dot == NULL ? rest.len : (size_t)(dot - rest.p);

		if (rest.p == name.p)
			while (v == NULL && i > 0)
				v = json_object_getn(r->stack[--i], rest.p, n);
		else
			v = json_object_getn(v, rest.p, n);
		if (v == NULL || dot == NULL)
			return v;
		rest.p += n + 1;
		rest.len -= n + 1;
	}
}

static bool
is_false(const json_t *v)
{
	return v == NULL || json_is_null(v) || json_is_false(v) ||
	    (json_is_array(v) && json_array_size(v) == 0) ||
	    (json_is_string(v) && json_string_length(v) == 0);
}

static const char *
html_escape(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 ||
	    c == 0x2029;
}

/* Overrides, embeddings and isolates: they turn what comes after them. */
static bool
reorders(uint32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* One character of a value; p, n: its bytes. */
static void
put_char(struct render *r, uint32_t c, const char *p, size_t n, bool raw)
{
	const char *escaped = NULL;
	bool header = r->kind == MUSTACHE_HEADER;

	if (header && (c == '\t' || c == '\n' || c == 0x85 || c == 0x2028 ||
	    c == 0x2029)) {
		buf_addc(r->out, ' ');
		return;
	}
	if (is_control(c) && (header || (c != '\t' && c != '\n')))
		return;
	if (header ? utf8_is_bidi(c) : reorders(c))
		return;
	if (r->kind == MUSTACHE_HTML && !raw)
		escaped = html_escape(c);
	if (escaped != NULL)
		buf_adds(r->out, escaped);
	else
		buf_add(r->out, p, n);
}

static void
put_text(struct render *r, const char *p, size_t len, bool raw)
{
	size_t n;
	uint32_t c;

	for (; len > 0; p += n, len -= n) {
		n = utf8_decode(p, len, &c);
		if (n == 0)
			n = 1;		/* not a character: dropped */
		else
			put_char(r, c, p, n, raw);
	}
}

static void
put_value(struct render *r, const json_t *v, bool raw)
{
	char *number;

	if (json_is_string(v))
		put_text(r, json_string_value(v), json_string_length(v), raw);
	else if (json_is_boolean(v))
		buf_adds(r->out, json_is_true(v) ? "true" : "false");
	if (!json_is_number(v))
		return;
	number = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	if (number == NULL)
		r->out->failed = true;
	else
		buf_adds(r->out, number);
	free(number);
}

/* What stands in the template itself. */
static void
put_literal(struct render *r, struct slice s)
{
	size_t i;

	if (r->kind != MUSTACHE_HEADER) {
		buf_addslice(r->out, s);
		return;
	}
	for (i = 0; i < s.len; i++)
		if (s.p[i] != '\r')
			buf_addc(r->out, s.p[i] == '\n' || s.p[i] == '\t' ?
			    ' ' : s.p[i]);
}

/* ---- tags ---- */

static int
render_with(struct render *r, json_t *context, struct mustache_scan scan,
    size_t end, struct err *err)
{
	int rc;

	r->stack[r->nstack++] = context;
	rc = render_range(r, scan, end, err);
	r->nstack--;
	return rc;
}

static int
count_work(struct render *r, const struct mustache_scan *scan, size_t from,
    struct err *err)
{
	r->work += scan->at - from + TAG_WORK;
	if (r->work > WORK_MAX)
		return mustache_fault(scan, from, err, "too much to do");
	if (r->out->failed)
		return mustache_fault(scan, from, err, "too long a result");
	return 0;
}

static int
do_section(struct render *r, struct mustache_scan *scan, size_t end,
    const struct mustache_tag *tag, struct err *err)
{
	json_t *v = lookup(r, tag->name);
	struct mustache_scan inside = *scan;
	size_t body_end, i;
	int rc = 0;

	if (mustache_scan_skip(scan, end, tag->name, &body_end, err) == -1 ||
	    count_work(r, scan, inside.at, err) == -1)
		return -1;
	if ((tag->kind == TAG_INVERTED) != is_false(v))
		return 0;
	if (r->depth == DEPTH_MAX)
		return mustache_fault(scan, tag->start, err,
		    "more than %d levels", DEPTH_MAX);
	r->depth++;
	if (tag->kind == TAG_INVERTED)
		rc = render_range(r, inside, body_end, err);
	else if (!json_is_array(v))
		rc = render_with(r, v, inside, body_end, err);
	else
		for (i = 0; rc == 0 && i < json_array_size(v); i++)
			rc = render_with(r, json_array_get(v, i), inside,
			    body_end, err);
	r->depth--;
	return rc;
}

static void
indented(struct buf *out, struct slice text, struct slice indent)
{
	while (text.len > 0) {
		const char *nl = memchr(text.p, '\n', text.len);
		size_t n = nl == NULL ? text.len : (size_t)(nl - text.p) + 1;

		buf_addslice(out, indent);
		buf_add(out, text.p, n);
		text.p += n;
		text.len -= n;
	}
}

static int
do_partial(struct render *r, const struct mustache_scan *scan,
    const struct mustache_tag *tag, struct err *err)
{
	struct buf b = BUF_INIT(PARTIAL_MAX);
	struct mustache_scan inside;
	char name[PARTIAL_NAME];
	struct slice text;
	int rc;

	if (r->partial == NULL || tag->name.len >= sizeof name)
		return 0;
	memcpy(name, tag->name.p, tag->name.len);
	name[tag->name.len] = '\0';
	if (r->partial(name, &text, r->arg) != 1)
		return 0;
	if (r->depth == DEPTH_MAX)
		return mustache_fault(scan, tag->start, err,
		    "more than %d levels", DEPTH_MAX);
	if (tag->indent.len > 0) {
		indented(&b, text, tag->indent);
		text = buf_slice(&b);
	}
	r->depth++;
	mustache_scan_start(&inside, text);
	rc = b.failed ? err_set(err, ERR_INPUT, "too long") :
	    render_range(r, inside, text.len, err);
	if (rc == -1 && !r->told)
		err_prefix(err, "partial %s", name);
	r->told = rc == -1;
	r->depth--;
	buf_free(&b);
	return rc;
}

static int
do_tag(struct render *r, struct mustache_scan *scan, size_t end,
    const struct mustache_tag *tag, struct err *err)
{
	switch (tag->kind) {
	case TAG_VALUE:
	case TAG_RAW:
		put_value(r, lookup(r, tag->name), tag->kind == TAG_RAW);
		return 0;
	case TAG_SECTION:
	case TAG_INVERTED:
		return do_section(r, scan, end, tag, err);
	case TAG_PARTIAL:
		return do_partial(r, scan, tag, err);
	case TAG_END:
		return mustache_fault(scan, tag->start, err,
		    "the end of a section that is not open");
	case TAG_COMMENT:
	case TAG_DELIMITERS:
		break;
	}
	return 0;
}

/* scan by value: each pass over a section's inside begins anew. */
static int
render_range(struct render *r, struct mustache_scan scan, size_t end,
    struct err *err)
{
	struct mustache_tag tag;
	int rc = 1;

	while (rc == 1) {
		size_t from = scan.at;

		rc = mustache_scan_next(&scan, end, &tag, err);
		if (rc == -1)
			return -1;
		put_literal(r, tag.literal);
		if (count_work(r, &scan, from, err) == -1)
			return -1;
		if (rc == 1 && do_tag(r, &scan, end, &tag, err) == -1)
			return -1;
	}
	return 0;
}

int
mustache_render(struct slice text, enum mustache_kind kind, json_t *context,
    mustache_partial_fn *partial, void *arg, struct buf *out, struct err *err)
{
	struct render r = { .kind = kind, .partial = partial, .arg = arg,
	    .out = out, .stack = { context }, .nstack = 1 };
	struct mustache_scan scan;
	size_t start = out->len;

	mustache_scan_start(&scan, text);
	if (render_range(&r, scan, text.len, err) == -1)
		return -1;
	if (out->failed)
		return err_set(err, ERR_INPUT, "too long a result");
	while (kind == MUSTACHE_HEADER && out->len > start &&
	    out->p[out->len - 1] == ' ')
		out->len--;
	return 0;
}
