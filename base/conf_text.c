#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_text.h"
#include "base/text.h"
#include "base/utf8.h"

struct scan {
	const char	*file;
	const char	*p, *end;
	int		 line, depth;
	struct buf	*out;
	struct err	*err;
};

static int
fail(struct scan *s, const char *what)
{
	return err_set(s->err, ERR_INPUT, "%s:%d: %s", s->file, s->line, what);
}

/* Copy up to and including n bytes, counting lines. */
static void
take(struct scan *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		s->line += s->p[i] == '\n';
	buf_add(s->out, s->p, n);
	s->p += n;
}

static bool
starts(const struct scan *s, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(s->end - s->p) >= len && memcmp(s->p, word, len) == 0;
}

static int
skip_block_comment(struct scan *s)
{
	const char *close = memmem(s->p + 2, (size_t)(s->end - s->p) - 2, "*/",
	    2);

	if (close == NULL)
		return fail(s, "comment without end: */ would end it");
	take(s, (size_t)(close + 2 - s->p));
	return 0;
}

static int
skip_text(struct scan *s)
{
	const char *p = s->p + 1;

	while (p < s->end && *p != '"')
		p += *p == '\\' && p + 1 < s->end ? 2 : 1;
	if (p == s->end)
		return fail(s, "text without end: \" would end it");
	take(s, (size_t)(p + 1 - s->p));
	return 0;
}

static bool
is_name_byte(char c)
{
	return text_is_alnum(c) || c == '_' || c == '-' || c == '*';
}

/* An integer, decimal or hexadecimal; a sign was copied already. */
static int
take_number(struct scan *s, bool negative)
{
	bool hex = starts(s, "0x") || starts(s, "0X");
	const char *p = s->p + (hex ? 2 : 0), *digits = p;
	uint64_t value = 0, digit, base = hex ? 16 : 10;
	uint64_t most = (uint64_t)INT64_MAX + negative;
	bool over = false;

	for (; p < s->end; p++) {
		if (*p >= '0' && *p <= '9')
			digit = (uint64_t)(*p - '0');
		else if (hex && text_lower(*p) >= 'a' && text_lower(*p) <= 'f')
			digit = (uint64_t)(text_lower(*p) - 'a') + 10;
		else
			break;
		over = over || value > (most - digit) / base;
		value = value * base + digit;
	}
	if (p < s->end && !hex && (*p == '.' || *p == 'e' || *p == 'E')) {
		take(s, (size_t)(p + 1 - s->p));	/* not ours to judge */
		return 0;
	}
	if (p == digits)
		return fail(s, "0x without a digit after it");
	if (over)
		return fail(s, "number out of range: no setting takes one "
		    "beyond 9223372036854775807");
	take(s, (size_t)(p - s->p));
	if (value > INT32_MAX && (s->p == s->end || *s->p != 'L'))
		buf_addc(s->out, 'L');
	while (s->p < s->end && *s->p == 'L')
		take(s, 1);
	return 0;
}

static int
take_bracket(struct scan *s)
{
	bool opens = strchr("{[(", *s->p) != NULL;

	s->depth += opens ? 1 : -1;
	if (s->depth > CONF_DEPTH_MAX)
		return fail(s, "groups nested too deeply");
	take(s, 1);
	return 0;
}

/* One token, comment or byte between them. */
static int
step(struct scan *s)
{
	const char *p = s->p;
	char c = *p;

	if (c == '#' || starts(s, "//")) {
		while (p < s->end && *p != '\n')
			p++;
		take(s, (size_t)(p - s->p));
		return 0;
	}
	if (starts(s, "/*"))
		return skip_block_comment(s);
	if (c == '"')
		return skip_text(s);
	if (c == '@')
		return fail(s, "@include is not read: all settings in one file "
		    "would be right");
	if (c >= '0' && c <= '9')
		return take_number(s, s->out->len > 0 &&
		    s->out->p[s->out->len - 1] == '-');
	if (is_name_byte(c) && c != '-') {
		while (p < s->end && is_name_byte(*p))
			p++;
		take(s, (size_t)(p - s->p));
		return 0;
	}
	if (strchr("{[()]}", c) != NULL)
		return take_bracket(s);
	take(s, 1);
	return 0;
}

/* The whole must be UTF-8 without controls but TAB, LF and CR. */
static int
check_bytes(struct scan *s)
{
	const char *p;
	uint32_t cp;
	size_t n;

	for (p = s->p; p < s->end; p += n) {
		n = utf8_decode(p, (size_t)(s->end - p), &cp);
		if (n == 0)
			return fail(s, "not UTF-8: save the file as UTF-8");
		if ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') ||
		    (cp >= 0x7f && cp <= 0x9f))
			return fail(s, "control character: remove it");
		s->line += cp == '\n';
	}
	s->line = 1;
	return 0;
}

int
conf_text_prepare(const char *file, struct slice text, struct buf *out,
    struct err *err)
{
	struct scan s = { .file = file, .p = text.p, .line = 1, .out = out,
	    .err = err };

	if (text.len == 0)
		return 0;
	s.end = text.p + text.len;
	if (starts(&s, "\xef\xbb\xbf"))
		return fail(&s, "byte order mark: save the file as UTF-8 "
		    "without one");
	if (starts(&s, "\xff\xfe") || starts(&s, "\xfe\xff"))
		return fail(&s, "UTF-16: save the file as UTF-8");
	if (check_bytes(&s) == -1)
		return -1;
	while (s.p < s.end)
		if (step(&s) == -1)
			return -1;
	return 0;
}
