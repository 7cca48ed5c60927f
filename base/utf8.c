#include "base/utf8.h"

size_t
utf8_decode(const char *s, size_t len, uint32_t *cp_out)
{
	const unsigned char *p = (const unsigned char *)s;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t cp;
	size_t n, i;

	if (p[0] < 0x80) {
		*cp_out = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (len < n)
		return 0;
	cp = p[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*cp_out = cp;
	return n;
}

size_t
utf8_encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp >= 0xd800 && cp <= 0xdfff)
		return 0;
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	if (cp > 0x10ffff)
		return 0;
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

#define EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))

size_t
utf8_ascii(const char *p, size_t len)
{
	uint64_t eight;
	size_t i;

	for (i = 0; len - i >= sizeof eight; i += sizeof eight) {
		memcpy(&eight, p + i, sizeof eight);
		if ((eight & EACH(0x80)) != 0)
			break;
	}
	return i;
}

/* The same for what needs no cleaning: printable ASCII. */
static size_t
printable(const char *p, size_t len)
{
	uint64_t eight;
	size_t i;

	for (i = 0; len - i >= sizeof eight; i += sizeof eight) {
		memcpy(&eight, p + i, sizeof eight);
		/* one above ASCII, under a blank, or DEL */
		if (((eight | (eight - EACH(0x20)) | (eight + EACH(1))) &
		    EACH(0x80)) != 0)
			break;
	}
	return i;
}

bool
utf8_valid(const char *p, size_t len)
{
	uint32_t cp;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = utf8_ascii(p, len);
		if (n == 0)
			n = utf8_decode(p, len, &cp);
		if (n == 0)
			return false;
	}
	return true;
}

static bool
is_control(uint32_t cp)
{
	return (cp < 0x20 && cp != '\t' && cp != '\n') ||
	    (cp >= 0x7f && cp <= 0x9f);
}

void
utf8_clean(struct buf *out, const char *p, size_t len)
{
	size_t n, run = 0;
	uint32_t cp = 0;

	for (; run < len; run += n) {
		run += printable(p + run, len - run);
		if (run == len)
			break;
		n = utf8_decode(p + run, len - run, &cp);
		if (n != 0 && !is_control(cp))
			continue;
		buf_add(out, p, run);
		if (cp == '\r' && n == 1) {
			if (run + 1 >= len || p[run + 1] != '\n')
				buf_addc(out, '\n');
		} else {
			buf_adds(out, "\xef\xbf\xbd");
		}
		p += run + (n == 0 ? 1 : n);
		len -= run + (n == 0 ? 1 : n);
		run = n = 0;
	}
	buf_add(out, p, len);
}

struct slice
utf8_clean_line(struct arena *arena, const char *p, size_t len)
{
	struct buf b = BUF_INIT(len * 3 + 1);
	struct slice s;
	size_t i;

	utf8_clean(&b, p, len);
	for (i = 0; i < b.len; i++)
		if (b.p[i] == '\n' || b.p[i] == '\t')
			b.p[i] = ' ';
	s = arena_slice(arena, buf_slice(&b));
	buf_free(&b);
	return s;
}

size_t
utf8_cut(const char *p, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)p[max] & 0xc0) == 0x80)
		max--;
	return max;
}

bool
utf8_is_bidi(uint32_t cp)
{
	return cp == 0x061c || cp == 0x200e || cp == 0x200f ||
	    (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

int
utf8_width(uint32_t cp)
{
	if ((cp >= 0x300 && cp <= 0x36f) || (cp >= 0x200b && cp <= 0x200f) ||
	    (cp >= 0x20d0 && cp <= 0x20ff) || (cp >= 0xfe00 && cp <= 0xfe0f) ||
	    utf8_is_bidi(cp))
		return 0;
	if ((cp >= 0x1100 && cp <= 0x115f) || (cp >= 0x2e80 && cp <= 0xa4cf) ||
	    (cp >= 0xac00 && cp <= 0xd7a3) || (cp >= 0xf900 && cp <= 0xfaff) ||
	    (cp >= 0xfe30 && cp <= 0xfe6f) || (cp >= 0xff00 && cp <= 0xff60) ||
	    (cp >= 0xffe0 && cp <= 0xffe6) || (cp >= 0x1f300 && cp <= 0x1faff) ||
	    (cp >= 0x20000 && cp <= 0x3fffd))
		return 2;
	return 1;
}
