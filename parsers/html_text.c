#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/html_filter.h"
#include "parsers/html_text.h"

#define QUOTES_MAX	20	/* "> " in front of a line */
#define LISTS_MAX	16	/* levels that are told apart */
#define OPEN_MAX	256	/* elements whose end means something */
#define LINKS_MAX	512	/* targets remembered */
#define LINK_LENGTH_MAX	1000	/* bytes; longer targets are not shown */

enum opened { OPEN_HIDDEN, OPEN_QUOTE, OPEN_LIST, OPEN_PRE, OPEN_LINK,
	OPEN_DATA };

struct html {
	struct buf	*out;
	size_t		 depth;		/* of elements */
	struct {
		enum opened	what;
		size_t		depth;
	} open[OPEN_MAX];
	int		 nopen;
	int		 hidden, quotes, pre;
	int		 data;		/* tables that hold data */
	int		 lists;
	long		 number[LISTS_MAX];	/* next; 0: not numbered */
	int		 breaks;	/* line ends due before the next word */
	int		 min_quotes;	/* least level since the last word */
	bool		 space;		/* a blank due before the next word */
	bool		 line_open;	/* something stands on this line */
	bool		 hard_blank;	/* a no-break space on an empty line */
	size_t		 rule_end;	/* in out, behind the last rule */
	const char	*bullet;	/* due before the next word */
	char		 bullet_text[32];
	int		 cells;		/* of the row, so far */
	size_t		 cell_at;	/* in out, where an empty one began */
	char		*link;		/* target of the open one */
	size_t		 link_from;	/* where its text begins in out */
	uint64_t	 links[LINKS_MAX];	/* hashes of targets */
	size_t		 nlinks;
};

/* Output. */

static void
line_start(struct html *h, int quotes)
{
	int i;

	for (i = 0; i < quotes && i < QUOTES_MAX; i++)
		buf_adds(h->out, "> ");
}

static void
end_lines(struct html *h)
{
	int i, level;

	level = h->min_quotes < h->quotes ? h->min_quotes : h->quotes;
	for (i = 0; i < h->breaks && h->out->len > 0; i++) {
		/* a blank between cells, or after a prefix */
		while (h->out->len > 0 && h->out->p[h->out->len - 1] == ' ')
			h->out->len--;
		buf_addc(h->out, '\n');
		if (i + 1 < h->breaks)
			line_start(h, level);
	}
	if (h->breaks > 0 || h->out->len == 0) {
		line_start(h, h->quotes);
		h->line_open = false;
	}
	h->breaks = 0;
	h->min_quotes = h->quotes;
}

/* Make ready for visible text. */
static void
open_line(struct html *h)
{
	if (h->breaks > 0 || h->out->len == 0)
		end_lines(h);
	if (h->bullet != NULL) {
		for (int i = 1; i < h->lists; i++)
			buf_adds(h->out, "  ");
		buf_adds(h->out, h->bullet);
		h->bullet = NULL;
	} else if (h->space && h->line_open) {
		buf_addc(h->out, ' ');
	}
	h->space = h->hard_blank = false;
	h->line_open = true;
}

/* The next word begins at least n lines further down. */
static void
need_breaks(struct html *h, int n)
{
	/* a paragraph that begins a cell stays on its line */
	if (h->cell_at > 0 && h->cell_at == h->out->len)
		return;
	if (h->hard_blank && n == 1)
		n = 2;
	h->hard_blank = false;
	h->space = false;
	if (h->breaks < n)
		h->breaks = n;
}

static void
add_break(struct html *h)
{
	if (h->breaks < 3)
		h->breaks++;
	h->space = h->hard_blank = false;
}

/* A line of pre-formatted text ends. */
static void
pre_break(struct html *h)
{
	if (h->breaks > 0 && h->line_open)
		end_lines(h);
	h->breaks++;
	end_lines(h);
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The length of a no-break space or a character without width at p. */
static size_t
blank_length(const char *p, size_t len, bool *nbsp)
{
	const unsigned char *u = (const unsigned char *)p;

	*nbsp = len >= 2 && u[0] == 0xc2 && u[1] == 0xa0;
	if (*nbsp)
		return 2;
	/* U+200B..200D are kept in scripts that need them: 200B only */
	if (len >= 3 && u[0] == 0xe2 && u[1] == 0x80 && u[2] == 0x8b)
		return 3;
	if (len >= 3 && u[0] == 0xef && u[1] == 0xbb && u[2] == 0xbf)
		return 3;
	/* soft hyphen, and the combining grapheme joiner of preheaders */
	if (len >= 2 && ((u[0] == 0xc2 && u[1] == 0xad) ||
	    (u[0] == 0xcd && u[1] == 0x8f)))
		return 2;
	return 0;
}

static void
pre_text(struct html *h, const char *p, size_t len)
{
	const char *nl;
	size_t n;

	while (len > 0) {
		nl = memchr(p, '\n', len);
		n = nl == NULL ? len : (size_t)(nl - p);
		if (n > 0) {
			open_line(h);
			buf_add(h->out, p, n);
		}
		if (nl == NULL)
			break;
		pre_break(h);
		p += n + 1;
		len -= n + 1;
	}
}

static void
flow_text(struct html *h, const char *p, size_t len)
{
	size_t n, skip;
	bool nbsp = false;

	while (len > 0) {
		skip = is_space(*p) ? 1 : blank_length(p, len, &nbsp);
		if (skip > 0) {
			if (skip != 1 && nbsp && (!h->line_open ||
			    h->breaks > 0))
				h->hard_blank = true;
			if (skip == 1 || nbsp)
				h->space = true;
			p += skip;
			len -= skip;
			continue;
		}
		for (n = 1; n < len && !is_space(p[n]) &&
		    blank_length(p + n, len - n, &nbsp) == 0; n++)
			;
		open_line(h);
		buf_add(h->out, p, n);
		p += n;
		len -= n;
	}
}

static void
show(struct html *h, const char *s)
{
	open_line(h);
	buf_adds(h->out, s);
}

/* Attributes. */

static struct slice
attr(const xmlChar **atts, const char *name)
{
	size_t i;

	for (i = 0; atts != NULL && atts[i] != NULL; i += 2)
		if (text_ieq(slice_of((const char *)atts[i]), slice_of(name)))
			return slice_of(atts[i + 1] == NULL ? "" :
			    (const char *)atts[i + 1]);
	return (struct slice){ NULL, 0 };
}

/* Does a style say "name: value", blanks aside? value ends the word. */
static bool
style_has(struct slice style, const char *name, const char *value)
{
	struct slice s = style;
	const char *p;
	size_t n = strlen(name), m = strlen(value);

	for (p = text_ifind(s, name); p != NULL; p = text_ifind(s, name)) {
		bool begins = p == style.p || is_space(p[-1]) || p[-1] == ';';

		s = (struct slice){ p + n, (size_t)(s.p + s.len - p) - n };
		while (s.len > 0 && is_space(*s.p)) {
			s.p++;
			s.len--;
		}
		if (!begins || s.len == 0 || *s.p != ':')
			continue;
		s.p++;
		s.len--;
		s = text_trim(s);
		if (text_istarts(s, value) && (s.len == m ||
		    (!text_is_alnum(s.p[m]) && s.p[m] != '.')))
			return true;
	}
	return false;
}

static bool
is_hidden(const char *tag, const xmlChar **atts)
{
	static const char *const tags[] = { "head", "title", "script", "style",
	    "template", "select", "iframe", "svg", "audio", "video", "map" };
	struct slice style = attr(atts, "style");
	size_t i;

	for (i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (strcmp(tag, tags[i]) == 0)
			return true;
	if (attr(atts, "hidden").p != NULL)
		return true;
	return style.len > 0 && (style_has(style, "display", "none") ||
	    style_has(style, "visibility", "hidden") ||
	    style_has(style, "opacity", "0") ||
	    style_has(style, "font-size", "0") ||
	    style_has(style, "font-size", "0px") ||
	    style_has(style, "font-size", "0pt") ||
	    style_has(style, "max-height", "0") ||
	    style_has(style, "max-height", "0px"));
}

static bool
has_word(struct slice s, const char *word)
{
	return s.len > 0 && text_ifind(s, word) != NULL;
}

/* Is word one of the classes? Outlook on the web puts "x_" before those of
 * mail that it quotes. */
static bool
has_class(struct slice classes, const char *word)
{
	size_t n;

	for (; classes.len > 0; classes.p += n, classes.len -= n) {
		struct slice c = { classes.p, 0 };

		n = 1;
		if (is_space(*classes.p))
			continue;
		while (c.len < classes.len && !is_space(c.p[c.len]))
			c.len++;
		n = c.len;
		while (text_istarts(c, "x_")) {
			c.p += 2;
			c.len -= 2;
		}
		if (text_ieq(c, slice_of(word)))
			return true;
	}
	return false;
}

/* blockquote that is a means of indenting. */
static bool
is_indent(const xmlChar **atts)
{
	struct slice style = attr(atts, "style");

	if (has_word(attr(atts, "type"), "cite") ||
	    attr(atts, "cite").p != NULL ||
	    has_word(attr(atts, "class"), "quote"))
		return has_word(attr(atts, "class"), "webkit-indent");
	return style_has(style, "border", "none") ||
	    style_has(style, "border", "medium none") ||
	    style_has(style, "border-style", "none") ||
	    style_has(style, "border-width", "0");
}

static bool
is_quote(const char *tag, const xmlChar **atts)
{
	static const char *const classes[] = { "yahoo_quoted",
	    "protonmail_quote", "tutanota_quote", "zmail_extra" };
	struct slice cls = attr(atts, "class"), name = attr(atts, "name");
	size_t i;

	if (strcmp(tag, "blockquote") == 0)
		return !is_indent(atts);
	if (strcmp(tag, "div") != 0)
		return false;
	for (i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (has_class(cls, classes[i]))
			return true;
	return text_ieq(name, SLICE_LIT("quote"));
}

/* What Outlook, Exchange and Zimbra begin a quoted or forwarded mail with. */
static bool
is_rule(const char *tag, const xmlChar **atts)
{
	return strcmp(tag, "hr") == 0 ||
	    text_iends(attr(atts, "id"), "divRplyFwdMsg");
}

/* Elements. */

static int
block_breaks(const char *tag, const xmlChar **atts)
{
	static const char *const two[] = { "p", "h1", "h2", "h3", "h4", "h5",
	    "h6", "blockquote", "pre", "table" };
	static const char *const one[] = { "div", "ul", "ol", "li", "tr", "hr",
	    "section", "article", "header", "footer", "address", "dl", "dt",
	    "dd", "form", "fieldset", "center", "body", "html", "tbody",
	    "thead", "tfoot", "caption", "main", "aside", "nav", "figure",
	    "figcaption", "legend", "option", "dir", "menu", "summary",
	    "details", "textarea" };
	size_t i;

	for (i = 0; i < sizeof two / sizeof two[0]; i++)
		if (strcmp(tag, two[i]) == 0)
			return strcmp(tag, "table") == 0 || (atts != NULL &&
			    text_istarts(attr(atts, "class"), "mso")) ? 1 : 2;
	for (i = 0; i < sizeof one / sizeof one[0]; i++)
		if (strcmp(tag, one[i]) == 0)
			return 1;
	return 0;
}

static void
open_element(struct html *h, enum opened what)
{
	if (h->nopen >= OPEN_MAX)
		return;
	h->open[h->nopen].what = what;
	h->open[h->nopen++].depth = h->depth;
	switch (what) {
	case OPEN_HIDDEN:
		h->hidden++;
		break;
	case OPEN_QUOTE:
		h->quotes++;
		break;
	case OPEN_PRE:
		h->pre++;
		break;
	case OPEN_LIST:
		if (h->lists++ < LISTS_MAX)
			h->number[h->lists - 1] = 0;
		break;
	case OPEN_DATA:
		h->data++;
		break;
	case OPEN_LINK:
		break;
	}
}

static uint64_t
hash(const char *s)
{
	uint64_t x = 14695981039346656037u;

	for (; *s != '\0'; s++)
		x = (x ^ (unsigned char)*s) * 1099511628211u;
	return x;
}

/* A target without what people leave out when they write it. */
static struct slice
bare_target(struct slice s)
{
	static const char *const before[] = { "https://", "http://", "mailto:",
	    "tel:", "www." };
	size_t i, n;

	s = text_trim(s);
	for (i = 0; i < sizeof before / sizeof before[0]; i++) {
		n = strlen(before[i]);
		if (text_istarts(s, before[i]))
			s = (struct slice){ s.p + n, s.len - n };
	}
	while (s.len > 0 && s.p[s.len - 1] == '/')
		s.len--;
	return s;
}

static bool
seen_link(struct html *h)
{
	uint64_t x = hash(h->link);
	size_t i;

	for (i = 0; i < h->nlinks; i++)
		if (h->links[i] == x)
			return true;
	if (h->nlinks < LINKS_MAX)
		h->links[h->nlinks++] = x;
	return false;
}

static void
start_link(struct html *h, const xmlChar **atts)
{
	struct slice href = text_trim(attr(atts, "href"));

	if (h->link != NULL || href.len == 0 || href.len > LINK_LENGTH_MAX ||
	    (!text_istarts(href, "http") && !text_istarts(href, "mailto:") &&
	    !text_istarts(href, "tel:") && !text_istarts(href, "ftp")))
		return;
	h->link = strndup(href.p, href.len);
	h->link_from = h->out->len;
	if (h->link != NULL)
		open_element(h, OPEN_LINK);
}

static void
end_link(struct html *h)
{
	struct slice said, target = bare_target(slice_of(h->link));
	size_t i;

	said = (struct slice){ "", 0 };
	if (h->out->len > h->link_from)
		said = text_trim((struct slice){ h->out->p + h->link_from,
		    h->out->len - h->link_from });
	for (i = 0; h->link[i] != '\0'; i++)
		if (is_space(h->link[i]) || (unsigned char)h->link[i] < ' ')
			h->link[i] = '+';
	if (said.len > 0 && target.len > 0 && h->breaks == 0 &&
	    memmem(said.p, said.len, target.p, target.len) == NULL &&
	    !text_ieq(bare_target(said), target) && !seen_link(h)) {
		buf_adds(h->out, " <");
		buf_adds(h->out, h->link);
		buf_addc(h->out, '>');
	}
	free(h->link);
	h->link = NULL;
}

static void
image(struct html *h, const xmlChar **atts)
{
	struct slice alt = text_trim(attr(atts, "alt"));
	struct slice w = attr(atts, "width"), ht = attr(atts, "height");

	if (alt.len == 0 || alt.len > 300 ||
	    (slice_is(w, "1") && slice_is(ht, "1")) ||
	    (slice_is(w, "0") || slice_is(ht, "0")))
		return;
	/* an emoji as a picture is what it says */
	if (alt.len <= 16 && (unsigned char)alt.p[0] >= 0xe2) {
		flow_text(h, alt.p, alt.len);
		return;
	}
	show(h, "[");
	h->space = false;
	flow_text(h, alt.p, alt.len);
	h->space = false;
	show(h, "]");
}

static void
start_item(struct html *h)
{
	long *n = h->lists > 0 && h->lists <= LISTS_MAX ?
	    &h->number[h->lists - 1] : NULL;

	if (n == NULL || *n == 0) {
		h->bullet = "* ";
		return;
	}
	snprintf(h->bullet_text, sizeof h->bullet_text, "%ld. ", *n);
	*n = *n < 1000000 ? *n + 1 : *n;
	h->bullet = h->bullet_text;
}

static void
start_list(struct html *h, bool numbered, const xmlChar **atts)
{
	uint64_t first = 1;

	open_element(h, OPEN_LIST);
	if (!numbered || h->lists < 1 || h->lists > LISTS_MAX)
		return;
	if (!text_u64(attr(atts, "start"), &first) || first == 0 ||
	    first > 100000)
		first = 1;
	h->number[h->lists - 1] = (long)first;
}

/* A cell of a table: on the line of the one before it. */
static void
start_cell(struct html *h)
{
	if (h->cells++ > 0) {
		if (h->data > 0 && h->line_open) {
			h->breaks = 0;
			h->bullet = NULL;
			h->space = false;
			show(h, " |");
			h->cell_at = h->out->len;
		}
		h->space = true;
	}
}

static void
start_tag(struct html *h, const char *tag, const xmlChar **atts)
{
	if (strcmp(tag, "br") == 0) {
		if (h->pre > 0)
			pre_break(h);
		else
			add_break(h);
	} else if (strcmp(tag, "img") == 0) {
		image(h, atts);
	} else if (strcmp(tag, "a") == 0) {
		start_link(h, atts);
	} else if (strcmp(tag, "li") == 0) {
		start_item(h);
	} else if (strcmp(tag, "ul") == 0 || strcmp(tag, "ol") == 0) {
		start_list(h, tag[0] == 'o', atts);
	} else if (strcmp(tag, "pre") == 0) {
		open_element(h, OPEN_PRE);
	} else if (strcmp(tag, "tr") == 0) {
		h->cells = 0;
	} else if (strcmp(tag, "td") == 0 || strcmp(tag, "th") == 0) {
		start_cell(h);
	} else if (strcmp(tag, "table") == 0) {
		uint64_t border = 0;

		h->cells = 0;
		if (text_u64(attr(atts, "border"), &border) && border > 0)
			open_element(h, OPEN_DATA);
	}
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar **atts)
{
	struct html *h = ctx;
	const char *tag = (const char *)name;

	h->depth++;
	if (h->hidden > 0)
		return;
	if (is_hidden(tag, atts)) {
		open_element(h, OPEN_HIDDEN);
		return;
	}
	if (block_breaks(tag, atts) > 0)
		need_breaks(h, block_breaks(tag, atts));
	if (is_quote(tag, atts)) {
		need_breaks(h, 1);
		open_element(h, OPEN_QUOTE);
	}
	if (is_rule(tag, atts) && (h->rule_end == 0 ||
	    h->out->len != h->rule_end)) {
		need_breaks(h, 1);
		show(h, "________________________________");
		h->rule_end = h->out->len;
		need_breaks(h, 1);
	}
	start_tag(h, tag, atts);
}

static void
close_element(struct html *h, enum opened what)
{
	switch (what) {
	case OPEN_HIDDEN:
		h->hidden--;
		break;
	case OPEN_QUOTE:
		h->quotes--;
		if (h->min_quotes > h->quotes)
			h->min_quotes = h->quotes;
		need_breaks(h, 1);
		break;
	case OPEN_PRE:
		h->pre--;
		break;
	case OPEN_LIST:
		h->lists--;
		h->bullet = NULL;
		break;
	case OPEN_DATA:
		h->data--;
		break;
	case OPEN_LINK:
		end_link(h);
		break;
	}
}

static void
on_end(void *ctx, const xmlChar *name)
{
	struct html *h = ctx;
	const char *tag = (const char *)name;
	int n;

	while (h->nopen > 0 && h->open[h->nopen - 1].depth >= h->depth)
		close_element(h, h->open[--h->nopen].what);
	if (h->depth > 0)
		h->depth--;
	if (h->hidden > 0)
		return;
	if (strcmp(tag, "td") == 0 || strcmp(tag, "th") == 0)
		h->cell_at = 0;
	n = block_breaks(tag, NULL);
	/* the class that softens a paragraph is not told at its end */
	if (n > 0)
		need_breaks(h, strcmp(tag, "p") == 0 ? 1 : n);
}

static void
on_text(void *ctx, const xmlChar *p, int len)
{
	struct html *h = ctx;

	if (h->hidden > 0 || len <= 0)
		return;
	if (h->pre > 0)
		pre_text(h, (const char *)p, (size_t)len);
	else
		flow_text(h, (const char *)p, (size_t)len);
}

static void
on_error(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

static int
run(struct slice in, struct html *h)
{
	htmlSAXHandler sax = { .startElement = on_start, .endElement = on_end,
	    .characters = on_text, .ignorableWhitespace = on_text,
	    .cdataBlock = NULL, .warning = on_error, .error = on_error };
	htmlParserCtxtPtr ctxt;
	size_t n;

	ctxt = htmlCreatePushParserCtxt(&sax, h, NULL, 0, NULL,
	    XML_CHAR_ENCODING_UTF8);
	if (ctxt == NULL)
		return -1;
	htmlCtxtUseOptions(ctxt, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
	    HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	while (in.len > 0 && !h->out->failed) {
		n = in.len < 32768 ? in.len : 32768;
		htmlParseChunk(ctxt, in.p, (int)n, 0);
		in.p += n;
		in.len -= n;
	}
	htmlParseChunk(ctxt, NULL, 0, 1);
	htmlFreeParserCtxt(ctxt);
	return 0;
}

/* Where all of it is quoted, the outermost mark says nothing: it goes. */
static struct slice
unquote_all(struct slice text, struct buf *out)
{
	struct slice rest = text, line;

	while (text_line(&rest, &line))
		if (text_trim(line).len > 0 && *line.p != '>')
			return text;
	for (rest = text; text_line(&rest, &line); buf_addc(out, '\n')) {
		size_t n = line.len > 1 && line.p[1] == ' ' ? 2 : 1;

		if (line.len >= n && *line.p == '>')
			buf_add(out, line.p + n, line.len - n);
	}
	return buf_slice(out);
}

int
html_text(struct slice in, const struct mail_limits *limits, struct buf *out,
    bool *cut_out, struct err *err)
{
	struct buf fit = BUF_INIT(0), text = BUF_INIT(limits->text);
	struct buf plain = BUF_INIT(limits->text);
	struct slice s;
	struct html *h = calloc(1, sizeof *h);
	int ret = -1;

	if (cut_out != NULL)
		*cut_out = in.len > limits->html;
	if (in.len > limits->html)
		in.len = utf8_cut(in.p, in.len, limits->html);
	fit.max = in.len * 5 + 1024;
	html_filter(in, &fit);
	if (h == NULL || fit.failed) {
		err_set(err, ERR_RETRY, "html: out of memory");
		goto out;
	}
	h->out = &text;
	if (run(buf_slice(&fit), h) != 0) {
		err_set(err, ERR_RETRY, "html: out of memory");
		goto out;
	}
	if (cut_out != NULL)
		*cut_out |= text.failed;
	s = unquote_all(buf_slice(&text), &plain);
	if (s.len > 0)
		utf8_clean(out, s.p, s.len);
	ret = 0;
out:
	if (h != NULL)
		free(h->link);
	free(h);
	buf_free(&fit);
	buf_free(&text);
	buf_free(&plain);
	return ret;
}

struct slice
html_charset(struct slice in)
{
	struct slice v = { "", 0 };
	const char *p;

	if (in.len > 4096)
		in.len = 4096;
	p = text_ifind(in, "<meta");
	if (p != NULL)
		p = text_ifind((struct slice){ p,
		    (size_t)(in.p + in.len - p) }, "charset");
	if (p == NULL)
		return v;
	v = (struct slice){ p + 7, (size_t)(in.p + in.len - p) - 7 };
	while (v.len > 0 && (is_space(*v.p) || *v.p == '=' || *v.p == '"' ||
	    *v.p == '\'')) {
		v.p++;
		v.len--;
	}
	for (p = v.p; p < in.p + in.len && (text_is_alnum(*p) || *p == '-' ||
	    *p == '_' || *p == ':' || *p == '.'); p++)
		;
	v.len = (size_t)(p - v.p);
	return v;
}

void
html_warm(void)
{
	struct mail_limits limits = { .html = 1024, .text = 1024 };
	struct buf out = BUF_INIT(1024);
	struct err err;

	xmlInitParser();
	html_text(SLICE_LIT("<p>&eacute;<br>x</p>"), &limits, &out, NULL, &err);
	buf_free(&out);
}
