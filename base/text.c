#include <string.h>

#include "base/text.h"

char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
text_is_alnum(char c)
{
	c = text_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
text_ieq(struct slice a, struct slice b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (text_lower(a.p[i]) != text_lower(b.p[i]))
			return false;
	return true;
}

bool
text_istarts(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n &&
	    text_ieq((struct slice){ s.p, n }, (struct slice){ prefix, n });
}

bool
text_iends(struct slice s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.len >= n && text_ieq((struct slice){ s.p + s.len - n, n },
	    (struct slice){ suffix, n });
}

const char *
text_ifind(struct slice s, const char *needle)
{
	size_t n = strlen(needle);

	for (; s.len >= n && s.len > 0; s.p++, s.len--)
		if (text_lower(*s.p) == text_lower(*needle) &&
		    text_istarts(s, needle))
			return s.p;
	return NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
text_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
text_line(struct slice *rest, struct slice *line_out)
{
	const char *nl;
	size_t len, skip;

	if (rest->len == 0)
		return false;
	nl = memchr(rest->p, '\n', rest->len);
	len = nl == NULL ? rest->len : (size_t)(nl - rest->p);
	skip = nl == NULL ? len : len + 1;
	*line_out = (struct slice){ rest->p, len };
	if (nl != NULL && len > 0 && rest->p[len - 1] == '\r')
		line_out->len--;
	rest->p += skip;
	rest->len -= skip;
	return true;
}

bool
text_has_control(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

bool
text_u64(struct slice s, uint64_t *value_out)
{
	uint64_t v = 0;
	size_t i;

	if (s.len == 0)
		return false;
	for (i = 0; i < s.len; i++) {
		unsigned d = (unsigned char)s.p[i] - '0';

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*value_out = v;
	return true;
}
