#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/charset.h"
#include "parsers/encword.h"
#include "parsers/param.h"

/* One as it stands there: "filename*1*" is segment 1 of filename, extended. */
struct raw {
	struct slice	name, value;
	int		segment;	/* -1: not in segments */
	bool		extended;
	bool		used;
};

static struct slice
skip(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice
skip_blanks(struct slice s)
{
	while (s.len > 0 && is_blank(*s.p))
		s = skip(s, 1);
	return s;
}

static bool
is_token(char c)
{
	return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* Does s begin with "name="? */
static bool
begins_param(struct slice s)
{
	size_t i = 0;

	while (i < s.len && i < 40 && is_token(s.p[i]))
		i++;
	return i > 0 && i < s.len && s.p[i] == '=';
}

/* Behind the quote that closes a value nothing comes but the next one. */
static bool
closes(struct slice rest)
{
	struct slice s = skip_blanks(rest);

	return s.len == 0 || *s.p == ';' || *s.p == ',' || *s.p == '(' ||
	    (s.len < rest.len && begins_param(s));
}

/* What stands in quotes; s is behind the first. */
static struct slice
quoted(struct slice *s, struct arena *arena)
{
	char *p = arena_alloc(arena, s->len + 1);
	size_t i, n = 0;

	for (i = 0; p != NULL && i < s->len; i++) {
		char c = s->p[i];

		if (c == '"' && closes(skip(*s, i + 1))) {
			i++;
			break;
		}
		if (c == '\\' && i + 1 < s->len &&
		    (s->p[i + 1] == '"' || s->p[i + 1] == '\\')) {
			/* an escape, unless it ends a path of Windows */
			if (s->p[i + 1] == '\\' ||
			    !closes(skip(*s, i + 2)))
				c = s->p[++i];
		}
		p[n++] = c;
	}
	*s = skip(*s, i < s->len ? i : s->len);
	return (struct slice){ p == NULL ? "" : p, n };
}

/* Up to the semicolon; what is no file name ends at a blank too. */
static struct slice
unquoted(struct slice *s, bool is_name)
{
	struct slice v = { s->p, 0 };

	while (v.len < s->len && v.p[v.len] != ';' &&
	    (!is_blank(v.p[v.len]) || is_name))
		v.len++;
	*s = skip(*s, v.len);
	return text_trim(v);
}

/* "filename*0*" taken apart. */
static void
split_name(struct raw *r)
{
	struct slice n = r->name;
	const char *star;
	uint64_t v;

	r->segment = -1;
	if (n.len > 1 && n.p[n.len - 1] == '*') {
		r->extended = true;
		n.len--;
	}
	star = memrchr(n.p, '*', n.len);
	if (star != NULL && star > n.p && text_u64((struct slice){ star + 1,
	    (size_t)(n.p + n.len - star) - 1 }, &v) && v < PARAM_MAX) {
		r->segment = (int)v;
		n.len = (size_t)(star - n.p);
	}
	r->name = n;
}

/* The next parameter; false at the end. */
static bool
next(struct slice *s, struct raw *r, struct arena *arena)
{
	struct slice v = *s;
	size_t i;
	bool is_name;

	for (;;) {
		while (v.len > 0 && (is_blank(*v.p) || *v.p == ';'))
			v = skip(v, 1);
		for (i = 0; i < v.len && v.p[i] != '=' && v.p[i] != ';'; i++)
			;
		if (i >= v.len)
			return false;
		if (v.p[i] == '=')
			break;
		v = skip(v, i);		/* a word without a value */
	}
	*r = (struct raw){ .name = text_trim((struct slice){ v.p, i }) };
	/* "(a comment) charset": the last word is the name */
	for (i = r->name.len; i > 0 && !is_blank(r->name.p[i - 1]); i--)
		;
	r->name = skip(r->name, i);
	v = skip_blanks(skip(v, (size_t)(r->name.p - v.p) + r->name.len));
	v = skip_blanks(skip(v, 1));
	split_name(r);
	is_name = text_iends(r->name, "name") || text_ieq(r->name,
	    SLICE_LIT("boundary"));
	if (v.len > 0 && *v.p == '"') {
		v = skip(v, 1);
		r->value = quoted(&v, arena);
	} else {
		r->value = unquoted(&v, is_name);
	}
	*s = v;
	return true;
}

static int
hex(char c)
{
	c = text_lower(c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
add_percent(struct slice s, struct buf *out)
{
	size_t i;
	int hi, lo;

	for (i = 0; i < s.len; i++) {
		hi = lo = -1;
		if (s.p[i] == '%' && i + 2 < s.len) {
			hi = hex(s.p[i + 1]);
			lo = hex(s.p[i + 2]);
		}
		if (hi >= 0 && lo >= 0) {
			buf_addc(out, (char)(hi << 4 | lo));
			i += 2;
		} else {
			buf_addc(out, s.p[i]);
		}
	}
}

/* Take "charset'language'" off the front of *s. */
static struct slice
charset_of(struct slice *s)
{
	const char *a = memchr(s->p, '\'', s->len), *b;
	struct slice cs = { "", 0 };

	if (a == NULL)
		return cs;
	b = memchr(a + 1, '\'', s->len - (size_t)(a - s->p) - 1);
	if (b == NULL)
		return cs;
	cs = (struct slice){ s->p, (size_t)(a - s->p) };
	*s = skip(*s, (size_t)(b - s->p) + 1);
	return cs;
}

static const char *
clean(struct buf *b, struct arena *arena)
{
	struct slice s = text_trim(utf8_clean_line(arena,
	    b->p == NULL ? "" : b->p, b->len));
	const char *p = arena_strndup(arena, s.p == NULL ? "" : s.p, s.len);

	return p == NULL ? "" : p;
}

/* The value of the segments part[0..n-1] of one parameter, in order. */
static const char *
join(struct raw *const *part, size_t n, struct slice hint, struct arena *arena)
{
	struct buf bytes = BUF_INIT(1024 * 1024), out = BUF_INIT(4096 * 1024);
	struct slice charset = { "", 0 }, v;
	bool extended = false;
	const char *s;
	size_t i;

	for (i = 0; i < n; i++) {
		v = part[i]->value;
		if (part[i]->extended && !extended)
			charset = charset_of(&v);
		extended |= part[i]->extended;
		if (part[i]->extended)
			add_percent(v, &bytes);
		else
			buf_addslice(&bytes, v);
	}
	if (extended && (bytes.len == 0 ||
	    memmem(bytes.p, bytes.len, "=?", 2) == NULL))
		charset_utf8(buf_slice(&bytes),
		    charset.len > 0 ? charset : hint, &out, NULL);
	else
		encword_decode(buf_slice(&bytes), hint, &out);
	s = clean(&out, arena);
	buf_free(&bytes);
	buf_free(&out);
	return s;
}

/* All of r[0..n-1] that speak of the same parameter as r[i], as one. */
static struct param
gather(struct raw *r, size_t n, size_t i, struct slice hint,
    struct arena *arena)
{
	struct raw *whole = NULL, *part[PARAM_MAX] = { NULL };
	struct param p = { .name = "" };
	char *name = arena_strndup(arena, r[i].name.p, r[i].name.len);
	size_t k, nparts;

	for (k = i; k < n; k++) {
		if (r[k].used || !text_ieq(r[k].name, r[i].name))
			continue;
		r[k].used = true;
		if (r[k].segment >= 0 && part[r[k].segment] == NULL)
			part[r[k].segment] = &r[k];
		else if (r[k].segment < 0 &&
		    (whole == NULL || (r[k].extended && !whole->extended)))
			whole = &r[k];
	}
	for (nparts = 0; nparts < PARAM_MAX && part[nparts] != NULL; nparts++)
		;
	if (nparts == 0 && whole == NULL) {	/* begins at 1, or has a gap */
		for (k = 0; k < PARAM_MAX; k++)
			if (part[k] != NULL)
				part[nparts++] = part[k];
	}
	for (k = 0; name != NULL && name[k] != '\0'; k++)
		name[k] = text_lower(name[k]);
	if (name != NULL)
		p.name = name;
	if (nparts == 0 || (whole != NULL && whole->extended)) {
		part[0] = whole;
		nparts = 1;
	}
	p.raw = part[0]->value;
	p.value = join(part, nparts, hint, arena);
	return p;
}

/* "Text / Plain" → "text/plain"; what no type can have ends it. */
static const char *
type_of(struct slice *s, struct arena *arena)
{
	char *p = arena_alloc(arena, s->len + 1);
	bool slash = false, over = false;
	size_t i, n = 0;

	for (i = 0; p != NULL && i < s->len && s->p[i] != ';'; i++) {
		/* "text/plain charset=…": the semicolon is missing */
		if (is_blank(s->p[i]) && n > 0 && !is_blank(s->p[i - 1]) &&
		    begins_param(skip_blanks(skip(*s, i))))
			break;
		if (s->p[i] == '(')	/* a comment */
			while (i + 1 < s->len && s->p[i] != ')' &&
			    s->p[i] != ';')
				i++;
		else if (is_token(s->p[i]) || (s->p[i] == '/' && !slash)) {
			slash |= s->p[i] == '/';
			if (!over)
				p[n++] = text_lower(s->p[i]);
		} else if (slash && p[n - 1] != '/') {
			over = true;
		}
	}
	*s = skip(*s, i);
	return n == 0 ? NULL : p;
}

void
param_parse(struct slice value, struct slice hint, struct arena *arena,
    struct param_list *out)
{
	struct raw *r = arena_calloc(arena, PARAM_MAX, sizeof *r);
	struct param_list list = { 0 };
	struct slice s = value;
	size_t n = 0, i;

	*out = list;
	if (begins_param(skip_blanks(s)))
		list.type = NULL;		/* parameters alone */
	else
		list.type = type_of(&s, arena);
	while (r != NULL && n < PARAM_MAX && next(&s, &r[n], arena))
		n++;
	if (n > 0)
		list.v = arena_calloc(arena, n, sizeof *list.v);
	for (i = 0; list.v != NULL && i < n; i++)
		if (!r[i].used)
			list.v[list.n++] = gather(r, n, i, hint, arena);
	*out = list;
}

const struct param *
param_get(const struct param_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->v[i].name, name) == 0)
			return &list->v[i];
	return NULL;
}

const char *
param_value(const struct param_list *list, const char *name)
{
	const struct param *p = param_get(list, name);

	return p == NULL ? NULL : p->value;
}
