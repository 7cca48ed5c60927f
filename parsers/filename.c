#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/filename.h"

#define EXTENSION_MAX	16	/* bytes that are kept of a cut name */

static struct slice
last_element(struct slice s)
{
	size_t i;

	for (i = s.len; i > 0; i--)
		if (s.p[i - 1] == '/' || s.p[i - 1] == '\\')
			break;
	return (struct slice){ s.p + i, s.len - i };
}

static void
add(struct buf *b, struct slice s)
{
	size_t i, n;
	uint32_t cp;

	for (i = 0; i < s.len; i += n) {
		n = utf8_decode(s.p + i, s.len - i, &cp);
		if (n == 0) {
			n = 1;
			continue;
		}
		if (cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) ||
		    utf8_is_bidi(cp) || cp == 0x2028 || cp == 0x2029)
			continue;
		if (cp < 0x80 && strchr("\"*:<>?|", (int)cp) != NULL)
			buf_addc(b, '_');
		else
			buf_add(b, s.p + i, n);
	}
}

static struct slice
trim(struct slice s)
{
	s = text_trim(s);
	while (s.len > 0 && (s.p[s.len - 1] == '.' || s.p[s.len - 1] == ' '))
		s.len--;
	while (s.len > 1 && s.p[0] == '.' && s.p[1] == '.') {
		s.p++;
		s.len--;
	}
	return s;
}

const char *
filename_safe(struct slice name, struct arena *arena)
{
	struct buf b = BUF_INIT(name.len + 1), cut = BUF_INIT(1024);
	const char *dot, *p = NULL;
	struct slice s, ext = { "", 0 };

	name = text_trim(name);
	while (name.len > 0 && (name.p[name.len - 1] == '/' ||
	    name.p[name.len - 1] == '\\'))
		name.len--;
	add(&b, last_element(name));
	s = trim(buf_slice(&b));
	if (s.len > FILENAME_LENGTH_MAX) {
		dot = memrchr(s.p, '.', s.len);
		if (dot != NULL && (size_t)(s.p + s.len - dot) <= EXTENSION_MAX)
			ext = (struct slice){ dot,
			    (size_t)(s.p + s.len - dot) };
		buf_add(&cut, s.p, utf8_cut(s.p, s.len - ext.len,
		    FILENAME_LENGTH_MAX - ext.len));
		buf_addslice(&cut, ext);
		s = buf_slice(&cut);
	}
	if (s.len > 0 && !slice_is(s, "."))
		p = arena_strndup(arena, s.p, s.len);
	buf_free(&b);
	buf_free(&cut);
	return p;
}
