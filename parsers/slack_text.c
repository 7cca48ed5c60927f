#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/slack_text.h"

static const struct mark {
	const char	*name, *mark;	/* the first of a mark is sent */
} marks[] = {
	{ "email",		"\xe2\x9c\x89" },
	{ "envelope",		"\xe2\x9c\x89" },
	{ "incoming_envelope",	"\xf0\x9f\x93\xa8" },
	{ "eyes",		"\xf0\x9f\x91\x80" },
	{ "white_check_mark",	"\xe2\x9c\x85" },
	{ "heavy_check_mark",	"\xe2\x9c\x94" },
};

static const struct entity {
	const char	*name;
	char		 c;
} entities[] = {
	{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
};

/* An entity at the beginning of s: bytes it takes, 0 none. */
static size_t
entity(struct slice s, char *c_out)
{
	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
		size_t n = strlen(entities[i].name);

		if (s.len < n || memcmp(s.p, entities[i].name, n) != 0)
			continue;
		*c_out = entities[i].c;
		return n;
	}
	return 0;
}

/* Text without marks of its own. */
static void
plain(struct buf *out, struct slice s)
{
	while (s.len > 0) {
		char c = s.p[0];
		size_t n = c == '&' ? entity(s, &c) : 0;

		n = n == 0 ? 1 : n;
		buf_addc(out, c);
		s = (struct slice){ s.p + n, s.len - n };
	}
}

/* A link is its address, behind its label where that says something else. */
static void
link_in(struct buf *out, struct slice target, struct slice label)
{
	struct slice bare = target;

	if (text_istarts(bare, "mailto:"))
		bare = (struct slice){ bare.p + 7, bare.len - 7 };
	else if (text_istarts(bare, "https://"))
		bare = (struct slice){ bare.p + 8, bare.len - 8 };
	else if (text_istarts(bare, "http://"))
		bare = (struct slice){ bare.p + 7, bare.len - 7 };
	if (label.len == 0 || text_ieq(label, target)) {
		plain(out, text_istarts(target, "mailto:") ? bare : target);
		return;
	}
	plain(out, label);
	if (text_ieq(label, bare))
		return;
	buf_adds(out, " (");
	plain(out, text_istarts(target, "mailto:") ? bare : target);
	buf_addc(out, ')');
}

/* What stands between < and >. */
static void
angle(struct buf *out, struct slice s)
{
	const char *bar = memchr(s.p, '|', s.len);
	struct slice target = { s.p, bar == NULL ? s.len :
	    (size_t)(bar - s.p) };
	struct slice label = { bar == NULL ? s.p : bar + 1, bar == NULL ? 0 :
	    s.len - target.len - 1 };
	char kind = s.len == 0 ? '\0' : s.p[0];

	if (kind != '@' && kind != '#' && kind != '!') {
		link_in(out, target, label);
		return;
	}
	buf_addc(out, kind == '#' ? '#' : '@');
	if (label.len > 0 && label.p[0] == (kind == '#' ? '#' : '@'))
		label = (struct slice){ label.p + 1, label.len - 1 };
	plain(out, label.len > 0 ? label :
	    (struct slice){ target.p + 1, target.len - 1 });
}

const char *
slack_text_in(struct arena *arena, struct slice text, size_t max)
{
	struct buf raw = BUF_INIT(text.len * 2 + 16);
	struct buf clean = BUF_INIT(text.len * 6 + 64);
	const char *out = NULL, *end;
	bool closed = true;	/* a > may still come */

	while (text.len > 0) {
		struct slice s = text;

		end = closed && text.p[0] == '<' ?
		    memchr(text.p, '>', text.len) : NULL;
		closed = closed && (text.p[0] != '<' || end != NULL);
		if (end != NULL) {
			angle(&raw, (struct slice){ s.p + 1,
			    (size_t)(end - s.p) - 1 });
			s.len = (size_t)(end - s.p) + 1;
		} else {
			end = memchr(s.p + 1, '<', s.len - 1);
			s.len = end == NULL ? s.len : (size_t)(end - s.p);
			plain(&raw, s);
		}
		text = (struct slice){ text.p + s.len, text.len - s.len };
	}
	if (raw.len > 0)
		utf8_clean(&clean, raw.p, raw.len);
	if (!raw.failed && !clean.failed)
		out = arena_strndup(arena, buf_str(&clean),
		    utf8_cut(buf_str(&clean), clean.len, max));
	buf_free(&raw);
	buf_free(&clean);
	return out == NULL ? "" : out;
}

void
slack_text_out(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		switch (text.p[i]) {
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '>':
			buf_adds(out, "&gt;");
			break;
		default:
			buf_addc(out, text.p[i]);
		}
}

const char *
slack_mark_in(struct arena *arena, const char *name)
{
	const char *tone = strstr(name, "::");
	struct slice bare = { name, tone == NULL ? strlen(name) :
	    (size_t)(tone - name) };
	const char *out;

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (slice_is(bare, marks[i].name))
			return marks[i].mark;
	out = arena_printf(arena, ":%.*s:", (int)bare.len, bare.p);
	return out == NULL ? "" : out;
}

const char *
slack_mark_out(const char *mark)
{
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (strcmp(marks[i].mark, mark) == 0)
			return marks[i].name;
	return NULL;
}
