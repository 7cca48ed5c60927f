#include <stdlib.h>
#include <string.h>

#include <libetpan/mailmime.h>

#include "base/text.h"
#include "parsers/mail_tree.h"

/* A part that is known by its place, not looked at yet. */
struct pending {
	struct slice		 raw;
	struct mailmime		*node;		/* libetpan's view; NULL */
	size_t			 parent, depth;
	bool			 in_digest;
};

struct builder {
	const struct mail_limits *limits;
	struct arena		*arena;
	struct mail_tree	 tree;
	size_t			 cap;
	struct pending		*stack;
	size_t			 nstack, stack_cap;
};

static struct slice
skip(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

static enum mail_encoding
encoding_of(const struct header_list *header)
{
	struct slice v = header_value(header, "Content-Transfer-Encoding");
	static const struct { const char *word; enum mail_encoding enc; } t[] = {
		{ "base64", ENC_BASE64 }, { "base-64", ENC_BASE64 },
		{ "quoted-printable", ENC_QP }, { "quoted_printable", ENC_QP },
		{ "quoted printable", ENC_QP }, { "quotedprintable", ENC_QP },
		{ "x-uuencode", ENC_UU }, { "uuencode", ENC_UU },
		{ "x-uue", ENC_UU }, { "uue", ENC_UU },
		{ "8bit", ENC_8BIT }, { "8-bit", ENC_8BIT },
		{ "binary", ENC_BINARY },
	};
	size_t i;

	while (v.len > 0 && (*v.p == '"' || *v.p == '\''))
		v = skip(v, 1);
	for (i = 0; i < sizeof t / sizeof t[0]; i++)
		if (text_istarts(v, t[i].word))
			return t[i].enc;
	return ENC_7BIT;
}

/* RFC 2045: two tokens with a slash between, of a sane length. */
static bool
is_type(const char *s)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyz0123456789"
	    "!#$&-^_.+*'%`{}|~";
	size_t n = strspn(s, token), m;

	if (n == 0 || s[n] != '/')
		return false;
	m = strspn(s + n + 1, token);
	return m > 0 && s[n + 1 + m] == '\0' && n + m <= 120;
}

/* A type that is none: "text", "html", "". */
static const char *
type_or(const char *type, const char *standard)
{
	if (type == NULL || strcmp(type, "text") == 0)
		return standard;
	if (is_type(type))
		return type;
	if (strcmp(type, "multipart") == 0 || strcmp(type, "multipart/") == 0)
		return "multipart/mixed";
	if (strcmp(type, "html") == 0 || strcmp(type, "text/") == 0)
		return type[0] == 'h' ? "text/html" : "text/plain";
	return "application/octet-stream";
}

/* The length of what a part begins with instead of its header: a blank line,
 * unless the header comes behind it all the same. */
static size_t
no_header(struct slice raw)
{
	struct slice rest = raw, line;
	size_t first = 0;

	while (text_line(&rest, &line)) {
		if (line.len > 0)
			break;
		if (first == 0)
			first = raw.len - rest.len;
	}
	return first > 0 && header_name(line) > 0 &&
	    text_istarts(line, "Content-") ? 0 : first;
}

static int
part_read(struct builder *b, const struct pending *p, struct mail_part *part,
    struct err *err)
{
	const struct header_field *f;
	const struct slice none = { "", 0 };
	size_t blank = p->depth > 0 ? no_header(p->raw) : 0;

	*part = (struct mail_part){ .raw = p->raw, .parent = p->parent,
	    .depth = p->depth };
	if (blank > 0)
		part->header.length = blank;
	else if (header_scan(p->raw, b->limits, b->arena, &part->header,
	    err) != 0)
		return -1;
	part->body = skip(p->raw, part->header.length);
	f = header_get(&part->header, "Content-Type");
	if (f != NULL)
		param_parse(f->value, none, b->arena, &part->params);
	part->typed = f != NULL && part->params.type != NULL;
	f = header_get(&part->header, "Content-Disposition");
	if (f != NULL)
		param_parse(f->value, none, b->arena, &part->disposition);
	part->type = type_or(part->params.type,
	    p->in_digest ? "message/rfc822" : "text/plain");
	part->is_multipart = strncmp(part->type, "multipart/", 10) == 0;
	part->encoding = encoding_of(&part->header);
	return 0;
}

static int
push(struct builder *b, struct pending p)
{
	struct pending *v;
	size_t cap;

	if (b->nstack + b->tree.n >= b->limits->parts) {
		b->tree.cut = true;
		return 0;
	}
	if (b->nstack == b->stack_cap) {
		cap = b->stack_cap == 0 ? 32 : b->stack_cap * 2;
		v = realloc(b->stack, cap * sizeof *v);
		if (v == NULL)
			return -1;
		b->stack = v;
		b->stack_cap = cap;
	}
	b->stack[b->nstack++] = p;
	return 0;
}

/* The top n of the stack the other way round: the first comes off first. */
static void
reverse(struct builder *b, size_t from)
{
	size_t to = b->nstack;
	struct pending swap;

	while (from + 1 < to) {
		swap = b->stack[from];
		b->stack[from++] = b->stack[--to];
		b->stack[to] = swap;
	}
}

/* Is the line a delimiter? 1; the closing one: 2. */
static int
delimiter(struct slice line, struct slice boundary)
{
	if (line.len < boundary.len + 2 || line.p[0] != '-' ||
	    line.p[1] != '-' ||
	    memcmp(line.p + 2, boundary.p, boundary.len) != 0)
		return 0;
	line = skip(line, boundary.len + 2);
	if (line.len >= 2 && line.p[0] == '-' && line.p[1] == '-' &&
	    text_trim(skip(line, 2)).len == 0)
		return 2;
	return text_trim(line).len == 0;
}

/* The end of the body of part. */
static const char *
end_of(const struct mail_part *part)
{
	return part->body.p + part->body.len;
}

/* Does a delimiter line of the part begin at p? 1; the closing one: 2. *next_out
 * is behind it. */
static int
delimiter_at(const struct mail_part *part, const char *p,
    struct slice boundary, const char **next_out)
{
	struct slice rest = { p, (size_t)(end_of(part) - p) }, line;

	if (!text_line(&rest, &line))
		return 0;
	*next_out = rest.p;
	return delimiter(line, boundary);
}

/* The first delimiter line of the part; its end: no part begins there. */
static const char *
first_delimiter(const struct mail_part *part, struct slice boundary)
{
	struct slice rest = part->body, line;
	const char *at;

	while (rest.len > 0) {
		at = rest.p;
		text_line(&rest, &line);
		if (delimiter(line, boundary) == 1)
			return at;
	}
	return end_of(part);
}

/* Behind s, which ends in front of the line end that belongs to a delimiter. */
static const char *
behind(const struct mail_part *part, struct slice s)
{
	const char *p = s.p + s.len, *end = end_of(part);

	if (p < end && *p == '\r')
		p++;
	if (p < end && *p == '\n')
		p++;
	return p;
}

/* The children libetpan found, if each of them is all that stands between two
 * delimiters; else 0. It loses what a mail that is cut off holds in its last
 * parts. */
static int
push_nodes(struct builder *b, const struct mail_part *part,
    struct mailmime *node, struct slice boundary, struct pending child)
{
	clistiter *it;
	const char *at;
	int n = 0;

	if (node == NULL || node->mm_type != MAILMIME_MULTIPLE ||
	    node->mm_data.mm_multipart.mm_mp_list == NULL)
		return 0;
	at = first_delimiter(part, boundary);
	for (it = clist_begin(node->mm_data.mm_multipart.mm_mp_list);
	    it != NULL; it = clist_next(it)) {
		struct mailmime *m = clist_content(it);
		const char *start = at;

		child.raw = (struct slice){ m->mm_mime_start, m->mm_length };
		child.node = m;
		if (delimiter_at(part, at, boundary, &start) != 1 ||
		    start != child.raw.p ||
		    child.raw.len > (size_t)(end_of(part) - start))
			return 0;
		at = behind(part, child.raw);
		if (push(b, child) != 0)
			return -1;
		n++;
	}
	return n > 0 && delimiter_at(part, at, boundary, &at) == 2 ? n : 0;
}

/* [from, to) without the line end that belongs to the delimiter. */
static struct slice
between(const char *from, const char *to)
{
	struct slice s = { from, (size_t)(to - from) };

	if (s.len > 0 && s.p[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.p[s.len - 1] == '\r')
		s.len--;
	return s;
}

/* The children by a scan for delimiter lines. */
static int
push_split(struct builder *b, const struct mail_part *part,
    struct slice boundary, struct pending child)
{
	struct slice rest = part->body, line;
	const char *start = NULL, *at;
	int what = 0, n = 0;

	child.node = NULL;
	while (what != 2 && rest.len > 0) {
		at = rest.p;
		text_line(&rest, &line);
		what = delimiter(line, boundary);
		if (what == 0)
			continue;
		if (start != NULL) {
			child.raw = between(start, at);
			if (push(b, child) != 0)
				return -1;
			n++;
		}
		start = rest.p;
	}
	if (what != 2 && start != NULL && rest.p > start) {
		child.raw = (struct slice){ start, (size_t)(rest.p - start) };
		if (push(b, child) != 0)
			return -1;
		n++;
	}
	return n;
}

static struct slice
boundary_of(const struct mail_part *part)
{
	const struct param *p = param_get(&part->params, "boundary");
	struct slice s = { "", 0 };

	if (p == NULL)
		return s;
	s = p->raw;
	while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static int
children(struct builder *b, size_t index, struct mailmime *node)
{
	struct mail_part *part = &b->tree.v[index];
	struct pending child = { .parent = index, .depth = part->depth + 1,
	    .in_digest = strcmp(part->type, "multipart/digest") == 0 };
	struct slice boundary = boundary_of(part);
	size_t from = b->nstack;
	int n;

	if (part->depth >= b->limits->depth) {
		b->tree.cut = true;
		return 0;
	}
	n = push_nodes(b, part, node, boundary, child);
	if (n == 0) {
		b->nstack = from;
		b->tree.odd = true;
		if (boundary.len > 0)
			n = push_split(b, part, boundary, child);
	}
	if (n == 0)
		part->is_multipart = false;
	reverse(b, from);
	return n < 0 ? -1 : 0;
}

static int
add(struct builder *b, struct mail_part part)
{
	struct mail_part *v;

	if (b->tree.n == b->cap) {
		b->cap = b->cap == 0 ? 8 : b->cap * 2;
		v = arena_calloc(b->arena, b->cap, sizeof *v);
		if (v == NULL)
			return -1;
		if (b->tree.n > 0)
			memcpy(v, b->tree.v, b->tree.n * sizeof *v);
		b->tree.v = v;
	}
	b->tree.v[b->tree.n++] = part;
	return 0;
}

/* Where each subtree ends: parts stand in order, parents before children. */
static void
set_ends(struct mail_tree *tree)
{
	size_t i;

	for (i = 0; i < tree->n; i++)
		tree->v[i].end = i + 1;
	for (i = tree->n; i-- > 1;) {
		struct mail_part *parent = &tree->v[tree->v[i].parent];

		if (parent->end < tree->v[i].end)
			parent->end = tree->v[i].end;
	}
}

static int
build(struct builder *b, struct err *err)
{
	struct mail_part part;
	struct pending p;

	while (b->nstack > 0) {
		p = b->stack[--b->nstack];
		if (part_read(b, &p, &part, err) != 0)
			return -1;
		if (add(b, part) != 0 || (part.is_multipart &&
		    children(b, b->tree.n - 1, p.node) != 0))
			return err_set(err, ERR_RETRY, "mail: out of memory");
	}
	set_ends(&b->tree);
	return 0;
}

int
mail_tree_read(struct slice raw, const struct mail_limits *limits,
    struct arena *arena, struct mail_tree *out, struct err *err)
{
	struct builder b = { .limits = limits, .arena = arena };
	struct pending root = { .raw = raw };
	struct mailmime *mime = NULL;
	size_t at = 0;
	int ret = -1;

	if (raw.len > 0 && mailmime_parse(raw.p, raw.len, &at, &mime) ==
	    MAILIMF_NO_ERROR && mime->mm_type == MAILMIME_MESSAGE)
		root.node = mime->mm_data.mm_message.mm_msg_mime;
	if (push(&b, root) != 0) {
		err_set(err, ERR_RETRY, "mail: out of memory");
		goto out;
	}
	if (build(&b, err) != 0)
		goto out;
	*out = b.tree;
	ret = 0;
out:
	free(b.stack);
	if (mime != NULL)
		mailmime_free(mime);
	return ret;
}
