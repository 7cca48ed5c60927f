#include <stdint.h>

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

/* The next byte in s with which a character can begin that folds to first, or
 * NULL. Text is searched for hundreds of words: most of them stop here. */
static const char *
candidate(struct slice s, unsigned first)
{
	const char *end = s.p + s.len, *p = s.p, *low, *up;
	unsigned char c;

	if (first < 0x100 && first != 'i') {
		low = memchr(p, (int)first, s.len);
		if (first < 'a' || first > 'z')
			return low;
		up = memchr(p, (int)first - 'a' + 'A', low == NULL ? s.len :
		    (size_t)(low - p));
		return up != NULL ? up : low;
	}
	for (; p < end; p++) {
		c = (unsigned char)*p;
		if ((c >= 0xc3 && c <= 0xd3) ||
		    (first == 'i' && (c | 0x20) == 'i'))
			return p;
	}
	return NULL;
}

const char *
words_find(struct slice s, const char *word)
{
	size_t len = strlen(word), step;
	const char *p;
	unsigned first, c;

	fold(word, len, &first);
	/* a letter that takes two bytes may fold to a number below 0x100 */
	if ((unsigned char)word[0] >= 0xc3 && (unsigned char)word[0] <= 0xd3)
		first |= 0x10000;
	for (; s.len > 0; s.p = p + step) {
		p = candidate(s, first);
		if (p == NULL)
			return NULL;
		s.len -= (size_t)(p - s.p);
		if (matched((struct slice){ p, s.len }, word, len) > 0)
			return p;
		step = fold(p, s.len, &c);
		s.len -= step;
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

/* Which runs of four folded characters occur in a text: one bit each, hashed. A
 * word whose first four have no bit is not in it; the rest must be looked for. */
#define GRAM		4
#define GRAM_BITS	(1u << 15)
#define GRAM_WORTH	256	/* bytes of text; less is searched as fast */

struct grams {
	unsigned char	bits[GRAM_BITS / 8];
};

static unsigned
gram_slot(const unsigned v[GRAM])
{
	uint32_t h = 0;
	size_t i;

	for (i = 0; i < GRAM; i++)
		h = (h ^ v[i]) * 0x9e3779b1u;
	return h >> 17;
}

static void
grams_of(struct slice s, struct grams *out)
{
	unsigned v[GRAM] = { 0 }, slot;
	size_t n, count = 0;

	memset(out, 0, sizeof *out);
	for (; s.len > 0; s.p += n, s.len -= n) {
		memmove(v, v + 1, sizeof v - sizeof v[0]);
		n = fold(s.p, s.len, &v[GRAM - 1]);
		if (++count < GRAM)
			continue;
		slot = gram_slot(v);
		out->bits[slot / 8] |= (unsigned char)(1u << slot % 8);
	}
}

static bool
grams_may_have(const struct grams *grams, const char *word)
{
	size_t len = strlen(word), at = 0, i;
	unsigned v[GRAM], slot;

	for (i = 0; i < GRAM; i++) {
		if (at >= len)
			return true;	/* too short to be told */
		at += fold(word + at, len - at, &v[i]);
	}
	slot = gram_slot(v);
	return (grams->bits[slot / 8] >> slot % 8 & 1) != 0;
}

bool
words_find_any(struct slice s, const char *const *list)
{
	bool worth = s.len >= GRAM_WORTH;
	struct grams grams;

	if (worth)
		grams_of(s, &grams);
	for (; *list != NULL; list++)
		if ((!worth || grams_may_have(&grams, *list)) &&
		    words_find(s, *list) != NULL)
			return true;
	return false;
}
