#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/address.h"
#include "parsers/encword.h"

/* One mailbox while it is read. */
struct box {
	struct buf	bare;		/* all but comments, quotes kept */
	struct buf	name;		/* the same, quotes undone */
	struct buf	comment;	/* the last one */
	struct buf	angle;		/* between < and > */
	bool		has_angle, has_at, comma;
	size_t		name_at, bare_at;	/* their lengths at the angle */
};

struct reader {
	struct slice		 s;		/* what is left */
	struct slice		 hint;
	struct arena		*arena;
	struct mail_addresses	*list;
	bool			 no_quote, no_paren, no_angle;	/* none left */
	int			 depth;
};

static void	read_list(struct reader *r);

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip(struct slice *s, size_t n)
{
	s->p += n;
	s->len -= n;
}

static void
both(struct box *b, const char *p, size_t len)
{
	buf_add(&b->bare, p, len);
	buf_add(&b->name, p, len);
}

static void
blank(struct box *b)
{
	if (b->bare.len > 0 && b->bare.p[b->bare.len - 1] != ' ')
		both(b, " ", 1);
}

static struct slice
cut_at(struct slice s, const char *end)
{
	return (struct slice){ s.p, (size_t)(end - s.p) };
}

/* Behind the closing quote of a string whose opening one s begins with;
 * 0: it is not closed. */
static size_t
quoted_length(struct slice s)
{
	size_t i;

	for (i = 1; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

static void
quoted(struct reader *r, struct box *b)
{
	size_t n = r->no_quote ? 0 : quoted_length(r->s), i;

	if (n == 0) {		/* a lone quote is none */
		r->no_quote = true;
		skip(&r->s, 1);
		return;
	}
	buf_add(&b->bare, r->s.p, n);
	for (i = 1; i + 1 < n; i++) {
		if (r->s.p[i] == '\\' && i + 2 < n)
			i++;
		buf_addc(&b->name, r->s.p[i]);
	}
	skip(&r->s, n);
}

static size_t
comment_length(struct slice s)
{
	size_t i, depth = 0;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

static void
comment(struct reader *r, struct box *b)
{
	size_t n = r->no_paren ? 0 : comment_length(r->s), i;

	if (n == 0) {
		r->no_paren = true;
		both(b, r->s.p, 1);
		skip(&r->s, 1);
		return;
	}
	buf_reset(&b->comment);
	for (i = 1; i + 1 < n; i++) {
		if (r->s.p[i] == '\\' && i + 2 < n)
			i++;
		buf_addc(&b->comment, r->s.p[i]);
	}
	skip(&r->s, n);
	blank(b);
}

/* "<": the address up to ">", or to the comma when that is missing. */
static void
angle(struct reader *r, struct box *b)
{
	const char *end, *last;
	struct slice in;

	skip(&r->s, 1);
	end = r->no_angle ? NULL : memchr(r->s.p, '>', r->s.len);
	if (end == NULL) {
		r->no_angle = true;
		end = memchr(r->s.p, ',', r->s.len);
	}
	in = end == NULL ? r->s : cut_at(r->s, end);
	skip(&r->s, in.len);
	while (r->s.len > 0 && *r->s.p == '>')
		skip(&r->s, 1);
	/* "<<a@b>>", "<Jo <a@b>": the last one opens it */
	last = in.len > 0 ? memrchr(in.p, '<', in.len) : NULL;
	if (last != NULL) {
		both(b, in.p, (size_t)(last - in.p));
		skip(&in, (size_t)(last - in.p) + 1);
	}
	buf_reset(&b->angle);
	buf_addslice(&b->angle, in);
	b->has_angle = true;
	b->name_at = b->name.len;
	b->bare_at = b->bare.len;
}

/* Without blanks (outside quotes), comments, "mailto:", a route, quotes and
 * brackets around it; NULL when that leaves no address. */
static const char *
address_of(struct slice s, struct slice hint, struct arena *arena)
{
	struct buf b = BUF_INIT(ADDRESS_LENGTH_MAX);
	bool quote = false;
	const char *at;
	size_t i;

	s = encword_line(s, hint, arena);
	if (text_istarts(s, "mailto:"))
		skip(&s, 7);
	while (s.len > 1 && strchr("'\"<[", *s.p) != NULL &&
	    memchr(s.p + 1, '@', s.len - 1) != NULL &&
	    strchr("'\">]", s.p[s.len - 1]) != NULL) {
		skip(&s, 1);
		s.len--;
	}
	if (s.len > 0 && *s.p == '@') {
		at = memchr(s.p, ':', s.len);
		if (at != NULL)
			skip(&s, (size_t)(at - s.p) + 1);
	}
	for (i = 0; i < s.len; i++) {
		size_t n;

		if (s.p[i] == '"')
			quote = !quote;
		n = s.p[i] == '(' && !quote ? comment_length((struct slice){
		    s.p + i, s.len - i }) : 0;
		if (n > 0)
			i += n - 1;
		else if (quote || !is_blank(s.p[i]))
			buf_addc(&b, s.p[i]);
	}
	at = b.len > 0 ? memrchr(b.p, '@', b.len) : NULL;
	if (b.failed || at == NULL || at == b.p || at == b.p + b.len - 1)
		s = (struct slice){ NULL, 0 };
	else
		s = buf_slice(&b);
	at = s.p == NULL ? NULL : arena_strndup(arena, s.p, s.len);
	buf_free(&b);
	return at;
}

static const char *
name_of(struct slice s, struct slice hint, struct arena *arena)
{
	s = encword_line(text_trim(s), hint, arena);
	while (s.len > 1 && *s.p == '"' && s.p[s.len - 1] == '"')
		s = text_trim((struct slice){ s.p + 1, s.len - 2 });
	s.len = utf8_cut(s.p, s.len, ADDRESS_NAME_MAX);
	return s.len == 0 ? NULL : arena_strndup(arena, s.p, s.len);
}

static void
add(struct reader *r, const char *name, const char *address)
{
	struct mail_addresses *l = r->list;
	struct mail_address *v;

	if ((name == NULL && address == NULL) || l->n >= ADDRESS_MAX)
		return;
	/* the array doubles at each power of two */
	if ((l->n & (l->n - 1)) == 0) {
		v = arena_calloc(r->arena, l->n == 0 ? 1 : l->n * 2,
		    sizeof *v);
		if (v == NULL)
			return;
		if (l->n > 0)
			memcpy(v, l->v, l->n * sizeof *v);
		l->v = v;
	}
	l->v[l->n++] = (struct mail_address){ name, address };
}

/* The address among the words of s: *word_out, with quotes around its local
 * part, with blanks around its "@". */
static bool
find_word(struct slice s, struct slice *word_out)
{
	const char *at = memrchr(s.p, '@', s.len);
	size_t from, to;

	if (at == NULL)
		return false;
	from = to = (size_t)(at - s.p);
	while (from > 0 && is_blank(s.p[from - 1]))
		from--;
	if (from > 0 && s.p[from - 1] == '"') {
		from--;
		while (from > 0 && s.p[from - 1] != '"')
			from--;
		from -= from > 0;
	} else {
		while (from > 0 && !is_blank(s.p[from - 1]))
			from--;
	}
	to++;
	while (to < s.len && is_blank(s.p[to]))
		to++;
	while (to < s.len && !is_blank(s.p[to]))
		to++;
	*word_out = (struct slice){ s.p + from, to - from };
	return true;
}

/* No address was seen: it may be inside an encoded word. */
static bool
inside_encoded(struct reader *r, struct box *b)
{
	struct reader inner = *r;

	if (r->depth > 0 || b->name.len == 0 ||
	    memmem(b->name.p, b->name.len, "=?", 2) == NULL)
		return false;
	inner.s = encword_line(buf_slice(&b->name), r->hint, r->arena);
	if (memchr(inner.s.p, '@', inner.s.len) == NULL)
		return false;
	inner.depth = 1;
	inner.no_quote = inner.no_paren = inner.no_angle = false;
	read_list(&inner);
	return true;
}

/* "Jo jo@a.example": a name, an address, no brackets. */
static void
end_bare(struct reader *r, struct box *b)
{
	struct slice bare = text_trim(buf_slice(&b->bare)), word, left;
	const char *address, *name = NULL;

	if (bare.len == 0 || inside_encoded(r, b))
		return;
	if (!find_word(bare, &word)) {
		add(r, name_of(buf_slice(&b->name), r->hint, r->arena), NULL);
		return;
	}
	address = address_of(word, r->hint, r->arena);
	left = text_trim(cut_at(bare, word.p));
	if (left.len == 0)
		left = text_trim((struct slice){ word.p + word.len,
		    (size_t)(bare.p + bare.len - word.p) - word.len });
	if (b->comment.len > 0)
		name = name_of(buf_slice(&b->comment), r->hint, r->arena);
	else if (left.len > 0 && !b->comma)
		name = name_of(left, r->hint, r->arena);
	if (address == NULL && name == NULL)
		name = name_of(buf_slice(&b->name), r->hint, r->arena);
	add(r, name, address);
}

static void
end_box(struct reader *r, struct box *b)
{
	const char *name, *address;

	if (b->has_angle) {
		address = address_of(buf_slice(&b->angle), r->hint, r->arena);
		name = name_of(buf_slice(&b->name), r->hint, r->arena);
		if (name == NULL)
			name = name_of(buf_slice(&b->comment), r->hint,
			    r->arena);
		/* "a@b.example <>" */
		if (address == NULL && b->has_at)
			end_bare(r, b);
		else if (address == NULL && name == NULL)
			add(r, name_of(buf_slice(&b->angle), r->hint,
			    r->arena), NULL);
		else
			add(r, name, address);
	} else {
		end_bare(r, b);
	}
	buf_reset(&b->bare);
	buf_reset(&b->name);
	buf_reset(&b->comment);
	buf_reset(&b->angle);
	b->has_angle = b->has_at = b->comma = false;
}

static struct slice
tail(const struct buf *b, size_t at, struct arena *arena)
{
	struct slice s = { "", 0 };

	if (at < b->len)
		s = (struct slice){ b->p + at, b->len - at };
	return arena_slice(arena, s);
}

/* "A <a@x.example> B <b@x.example>": the comma is missing, and what stands
 * behind the first bracket is the name of the second. */
static void
split(struct reader *r, struct box *b)
{
	struct slice name = tail(&b->name, b->name_at, r->arena);
	struct slice bare = tail(&b->bare, b->bare_at, r->arena);

	b->name.len = b->name_at;
	b->bare.len = b->bare_at;
	end_box(r, b);
	buf_addslice(&b->name, name);
	buf_addslice(&b->bare, bare);
}

/* "," ends a mailbox, except in a name without quotes ("Doe, Jo <…>"): that is
 * when nothing before it is an address. */
static void
comma(struct reader *r, struct box *b)
{
	skip(&r->s, 1);
	if (b->has_angle || b->has_at || b->bare.len == 0) {
		end_box(r, b);
		return;
	}
	both(b, ",", 1);
	b->comma = true;
}

static void
special(struct reader *r, struct box *b, char c)
{
	size_t n;

	if (c == ';' || (c == ':' && !b->has_at && !b->has_angle)) {
		if (c == ':') {		/* the name of a group */
			buf_reset(&b->bare);
			buf_reset(&b->name);
		}
		skip(&r->s, 1);
		end_box(r, b);
		return;
	}
	n = c == '=' ? encword_length(r->s) : 0;
	if (n == 0 || memchr(r->s.p, '<', n) != NULL) {
		n = 1;
		if (c == '\\' && r->s.len > 1) {
			skip(&r->s, 1);
			n = 1;
		}
	}
	b->has_at |= n == 1 && *r->s.p == '@';
	both(b, r->s.p, n);
	skip(&r->s, n);
}

static void
read_list(struct reader *r)
{
	struct box b = { .bare = BUF_INIT(r->s.len * 2 + 16),
	    .name = BUF_INIT(r->s.len * 2 + 16),
	    .comment = BUF_INIT(r->s.len + 16),
	    .angle = BUF_INIT(r->s.len + 16) };
	char c;

	while (r->s.len > 0 && r->list->n < ADDRESS_MAX) {
		c = *r->s.p;
		if (is_blank(c)) {
			blank(&b);
			skip(&r->s, 1);
		} else if (c == '"') {
			quoted(r, &b);
		} else if (c == '(') {
			comment(r, &b);
		} else if (c == '<') {
			if (b.has_angle)
				split(r, &b);
			angle(r, &b);
		} else if (c == ',') {
			comma(r, &b);
		} else {
			special(r, &b, c);
		}
	}
	end_box(r, &b);
	buf_free(&b.bare);
	buf_free(&b.name);
	buf_free(&b.comment);
	buf_free(&b.angle);
}

void
address_parse(struct slice value, struct slice hint, struct arena *arena,
    struct mail_addresses *list)
{
	struct reader r = { .s = value, .hint = hint, .arena = arena,
	    .list = list };

	read_list(&r);
}
