#include "base/text.h"
#include "parsers/words.h"

/* The character at p in lower case as one number, and its bytes. Two-byte
 * UTF-8 is folded by the layout of its block, all else is taken as it is. */
static size_t
fold(const char *p, size_t len, unsigned *out)
{
	unsigned a = (unsigned char)p[0], b, cp;

	if (a < 0xc3 || a > 0xd3 || len < 2) {
		*out = (unsigned char)text_lower(p[0]);
		return 1;
	}
	b = (unsigned char)p[1];
	cp = (a & 0x1f) << 6 | (b & 0x3f);
	if (cp >= 0xc0 && cp <= 0xde && cp != 0xd7)
		cp += 0x20;
	else if (cp == 0x130)			/* Turkish İ */
		cp = 'i';
	else if ((cp >= 0x100 && cp <= 0x137) || (cp >= 0x14a && cp <= 0x177))
		cp |= 1;
	else if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17e))
		cp += cp & 1;
	else if (cp >= 0x391 && cp <= 0x3a9)
		cp += 0x20;
	else if (cp >= 0x410 && cp <= 0x42f)
		cp += 0x20;
	else if (cp >= 0x400 && cp <= 0x40f)
		cp += 0x50;
	*out = cp;
	return 2;
}

/* Bytes of s that are word; 0: it does not start with it. */
static size_t
matched(struct slice s, const char *word, size_t len)
{
	size_t i = 0, k = 0;
	unsigned a, b;

	while (k < len) {
		if (i >= s.len)
			return 0;
		i += fold(s.p + i, s.len - i, &a);
		k += fold(word + k, len - k, &b);
		if (a != b)
			return 0;
	}
	return i;
}

bool
words_start(struct slice s, const char *word)
{
	return matched(s, word, strlen(word)) > 0;
}

const char *
words_find(struct slice s, const char *word)
{
	size_t len = strlen(word), n;
	unsigned first, c;

	fold(word, len, &first);
	while (s.len > 0) {
		n = fold(s.p, s.len, &c);
		if (c == first && matched(s, word, len) > 0)
			return s.p;
		s.p += n;
		s.len -= n;
	}
	return NULL;
}

bool
words_end(struct slice s, const char *word)
{
	size_t len = strlen(word), extra;

	/* folding changes the length by a byte at most, for one İ */
	for (extra = 0; extra < 2; extra++)
		if (s.len >= len + extra && matched((struct slice){ s.p +
		    s.len - len - extra, len + extra }, word, len) ==
		    len + extra)
			return true;
	return false;
}

bool
words_start_any(struct slice s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (words_start(s, *list))
			return true;
	return false;
}

bool
words_find_any(struct slice s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (words_find(s, *list) != NULL)
			return true;
	return false;
}
