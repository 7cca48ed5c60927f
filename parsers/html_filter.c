#include <string.h>

#include "base/text.h"
#include "parsers/html_filter.h"

struct filter {
	struct slice	 s;		/* what is left */
	struct buf	*out;
	bool		 begun;		/* a tag was opened */
	bool		 no_comment_end, no_style_end, no_script_end;
};

static void
skip(struct slice *s, size_t n)
{
	s->p += n;
	s->len -= n;
}

static bool
is_letter(char c)
{
	c = text_lower(c);
	return c >= 'a' && c <= 'z';
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Past the first "-->" in s; false: there is none. */
static bool
skip_comment(struct slice *s)
{
	struct slice rest = *s;
	const char *p;

	while (rest.len > 0) {
		p = memchr(rest.p, '>', rest.len);
		if (p == NULL)
			break;
		skip(&rest, (size_t)(p - rest.p) + 1);
		if (p - s->p >= 2 && p[-1] == '-' && p[-2] == '-') {
			*s = rest;
			return true;
		}
	}
	return false;
}

/* "<!…" and "<?…". */
static void
declaration(struct filter *f)
{
	struct slice *s = &f->s;
	const char *end;

	if (s->len >= 4 && memcmp(s->p, "<!--", 4) == 0) {
		skip(s, 2);
		/* "<!-->" is a whole one */
		if (!f->no_comment_end && !skip_comment(s))
			f->no_comment_end = true;
		if (f->no_comment_end)
			skip(s, 2);
		return;
	}
	if (s->len >= 9 && memcmp(s->p, "<![CDATA[", 9) == 0) {
		skip(s, 9);
		return;
	}
	end = memchr(s->p, '>', s->len < 1024 ? s->len : 1024);
	skip(s, end == NULL ? 2 : (size_t)(end - s->p) + 1);
}

static struct slice
tag_name(struct slice s)
{
	size_t i = 0;

	while (i < s.len && i < 64 && !is_space(s.p[i]) && s.p[i] != '>' &&
	    s.p[i] != '/' && s.p[i] != '<')
		i++;
	return (struct slice){ s.p, i };
}

/* One attribute with its value, off *s; empty at the end of the tag. */
static struct slice
attribute(struct slice *s)
{
	const char *from, *end;
	char quote;

	while (s->len > 0 && (is_space(*s->p) || *s->p == '/'))
		skip(s, 1);
	from = s->p;
	while (s->len > 0 && !is_space(*s->p) && *s->p != '=' && *s->p != '>')
		skip(s, 1);
	while (s->len > 1 && is_space(*s->p) && is_space(s->p[1]))
		skip(s, 1);
	if (s->len > 1 && is_space(*s->p) && s->p[1] == '=')
		skip(s, 1);
	if (s->len == 0 || *s->p != '=')
		goto out;
	skip(s, 1);
	while (s->len > 0 && is_space(*s->p))
		skip(s, 1);
	quote = s->len > 0 ? *s->p : '\0';
	if (quote == '"' || quote == '\'') {
		end = memchr(s->p + 1, quote, s->len - 1);
		if (end != NULL) {
			skip(s, (size_t)(end - s->p) + 1);
			goto out;
		}
		skip(s, 1);	/* not closed: it ends like one without */
	}
	while (s->len > 0 && !is_space(*s->p) && *s->p != '>')
		skip(s, 1);
out:
	return (struct slice){ from, (size_t)(s->p - from) };
}

/* <script> or <style>: to its end tag, when there is one. */
static void
skip_raw(struct filter *f, const char *end, bool *none_left)
{
	const char *p = *none_left ? NULL : text_ifind(f->s, end);

	if (p == NULL)
		*none_left = true;
	else
		skip(&f->s, (size_t)(p - f->s.p));
}

static void
tag(struct filter *f)
{
	struct slice *s = &f->s, name, a;
	bool close = s->p[1] == '/', drop;
	int n = 0;

	skip(s, close ? 2 : 1);
	name = tag_name(*s);
	f->begun |= !close;
	/* what is closed before anything is opened confuses libxml2 */
	drop = close && (!f->begun || text_ieq(name, SLICE_LIT("html")) ||
	    text_ieq(name, SLICE_LIT("body")));
	skip(s, name.len);
	if (!drop) {
		buf_adds(f->out, close ? "</" : "<");
		buf_addslice(f->out, name);
	}
	for (;;) {
		a = attribute(s);
		if (a.len == 0)
			break;
		if (!drop && !close && n++ < FILTER_ATTRS &&
		    a.len < FILTER_VALUE) {
			buf_addc(f->out, ' ');
			buf_addslice(f->out, a);
		}
	}
	if (s->len > 0)
		skip(s, 1);
	if (!drop)
		buf_addc(f->out, '>');
	if (!close && text_ieq(name, SLICE_LIT("script")))
		skip_raw(f, "</script", &f->no_script_end);
	if (!close && text_ieq(name, SLICE_LIT("style")))
		skip_raw(f, "</style", &f->no_style_end);
}

void
html_filter(struct slice in, struct buf *out)
{
	struct filter f = { .s = in, .out = out };
	const char *lt;
	size_t n;
	char c;

	while (f.s.len > 0 && !out->failed) {
		lt = memchr(f.s.p, '<', f.s.len);
		n = lt == NULL ? f.s.len : (size_t)(lt - f.s.p);
		buf_add(out, f.s.p, n);
		skip(&f.s, n);
		if (f.s.len == 0)
			break;
		c = f.s.len > 1 ? f.s.p[1] : '\0';
		if (c == '!' || c == '?') {
			declaration(&f);
		} else if (is_letter(c) || (c == '/' && f.s.len > 2 &&
		    is_letter(f.s.p[2]))) {
			tag(&f);
		} else {
			buf_adds(out, "&lt;");
			skip(&f.s, 1);
		}
	}
}
