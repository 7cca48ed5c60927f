#include "base/text.h"
#include "parsers/gate.h"
#include "parsers/header.h"

#define WALK_MAX	(16 * 1024)	/* bytes of blanks and comments */
#define WALKS_MAX	16
#define NEST_MAX	200	/* parentheses open at once: the MIME library
				 * takes more than twice as long for twice
				 * as many, and people need a handful */

struct gate {
	const struct mail_limits *limits;
	const char	*why;
	bool		 in_header;	/* of the mail itself */
	bool		 in_field;	/* of whatever part */
	bool		 is_type;	/* that field is Content-Type */
	size_t		 header, fields, field, parens, depth, nested;
};

static struct slice
skip(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

/* Before the blanks, line ends and comments that s ends in; at most WALK_MAX
 * bytes are walked, and *too_far says that they did not suffice. */
static struct slice
trim_cfws(struct slice s, bool *too_far)
{
	size_t depth = 0, walked = 0;

	for (; s.len > 0; s.len--) {
		char c = s.p[s.len - 1];

		if (++walked > WALK_MAX) {
			*too_far = true;
			break;
		}
		if (c == ')')
			depth++;
		else if (c == '(' && depth > 0)
			depth--;
		else if (depth == 0 && c != ' ' && c != '\t' && c != '\r' &&
		    c != '\n')
			break;
	}
	return s;
}

/* s ends in front of a backslash: is it boundary="\""? */
static bool
is_lone_quote(struct slice s, bool *too_far)
{
	s = trim_cfws(s, too_far);
	if (s.len == 0 || s.p[s.len - 1] != '"')
		return false;
	s.len--;
	s = trim_cfws(s, too_far);
	if (s.len == 0 || s.p[s.len - 1] != '=')
		return false;
	s.len--;
	s = trim_cfws(s, too_far);
	while (s.len > 0 && (s.p[s.len - 1] == '*' ||
	    (s.p[s.len - 1] >= '0' && s.p[s.len - 1] <= '9')))
		s.len--;
	return text_iends(s, "boundary");
}

/* Any boundary="\"" in it, of whatever part? Too much that looks like one is
 * as bad. */
static bool
has_lone_quote(struct slice raw)
{
	struct slice s = raw;
	const char *p;
	bool too_far = false;
	size_t n, walks = 0;

	while (s.len > 0) {
		p = memchr(s.p, '\\', s.len);
		if (p == NULL)
			return false;
		n = (size_t)(p - s.p);
		s = skip(s, n + 1);
		if (s.len < 2 || s.p[0] != '"' || s.p[1] != '"')
			continue;
		if (is_lone_quote((struct slice){ raw.p,
		    (size_t)(p - raw.p) }, &too_far) ||
		    (too_far && ++walks > WALKS_MAX))
			return true;
		too_far = false;
	}
	return false;
}

static size_t
count(struct slice s, const char *word)
{
	const char *p;
	size_t n = 0;

	for (p = text_ifind(s, word); p != NULL; p = text_ifind(s, word)) {
		n++;
		s = skip(s, (size_t)(p - s.p) + 1);
	}
	return n;
}

/* Parentheses of a line of a field: how many, and how deep. */
static void
parens(struct gate *g, struct slice line)
{
	size_t i;

	if (memchr(line.p, '(', line.len) == NULL && g->depth == 0)
		return;
	for (i = 0; i < line.len; i++) {
		if (line.p[i] == '(') {
			g->parens++;
			g->depth++;
		} else if (line.p[i] == ')' && g->depth > 0) {
			g->depth--;
		}
		if (g->depth > NEST_MAX)
			g->why = "parentheses nest too deep";
	}
	if (g->in_header && g->parens > g->limits->comments)
		g->why = "too many parentheses in a header field";
}

static void
new_field(struct gate *g, struct slice line)
{
	g->in_field = true;
	g->is_type = text_istarts(line, "content-type");
	g->field = g->parens = g->depth = 0;
	if (g->in_header && ++g->fields > g->limits->fields)
		g->why = "too many header fields";
}

/* One line with its end. */
static void
line_look(struct gate *g, struct slice line)
{
	bool empty = text_trim(line).len == 0;

	if (empty || (*line.p != ' ' && *line.p != '\t')) {
		g->in_field = false;
		if (g->in_header && empty && g->fields > 0)
			g->in_header = false;
		else if (!empty && header_name(line) > 0)
			new_field(g, line);
	}
	if (g->in_header) {
		g->header += line.len;
		if (g->header > g->limits->header)
			g->why = "the header is too long";
	}
	if (!g->in_field)
		return;
	g->field += line.len;
	if (g->in_header && g->field > g->limits->header_field)
		g->why = "a header field is too long";
	parens(g, line);
	if (g->is_type) {
		g->nested += count(line, "multipart/") +
		    count(line, "message/");
		if (g->nested > g->limits->depth)
			g->why = "too many parts inside parts";
	}
}

bool
gate_pass(struct slice raw, const struct mail_limits *limits,
    const char **why_out)
{
	struct gate g = { .limits = limits, .in_header = true };
	struct slice rest = raw;
	const char *nl;
	size_t n;

	if (raw.len > limits->mail)
		g.why = "the mail is too large";
	while (g.why == NULL && rest.len > 0) {
		nl = memchr(rest.p, '\n', rest.len);
		n = nl == NULL ? rest.len : (size_t)(nl - rest.p) + 1;
		line_look(&g, (struct slice){ rest.p, n });
		rest = skip(rest, n);
	}
	if (g.why == NULL && has_lone_quote(raw))
		g.why = "a boundary that is a lone quote";
	*why_out = g.why;
	return g.why == NULL;
}
