#include <stdint.h>

#include "parsers/words.h"

static inline unsigned
lower(unsigned c)
{
	return c - 'A' < 26 ? c | 0x20 : c;
}

/* The character at p in lower case as one number, and its bytes. Two-byte
 * UTF-8 is folded by the layout of its block, all else is taken as it is. */
static size_t
fold(const char *p, size_t len, unsigned *out)
{
	unsigned a = (unsigned char)p[0], b, cp;

	if (a < 0xc3 || a > 0xd3 || len < 2) {
		*out = lower(a);
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

/* The last byte, for a comparison that most words end at: of letters that are not
 * of ASCII only İ folds to one that is. */
static inline unsigned
last(const char *p, size_t len)
{
	unsigned c = (unsigned char)p[len - 1];

	return c < 0x80 ? lower(c) : 'i';
}

static bool
ends(struct slice s, const char *word, size_t len)
{
	size_t extra;

	/* folding changes the length by a byte at most, for one İ */
	for (extra = 0; extra < 2; extra++)
		if (s.len >= len + extra && matched((struct slice){ s.p +
		    s.len - len - extra, len + extra }, word, len) ==
		    len + extra)
			return true;
	return false;
}

bool
words_end(struct slice s, const char *word)
{
	size_t len = strlen(word);

	return s.len > 0 && len > 0 && last(s.p, s.len) == last(word, len) &&
	    ends(s, word, len);
}

bool
words_end_any(struct slice s, const char *const *list)
{
	unsigned c = s.len == 0 ? 0 : last(s.p, s.len);
	size_t len;

	for (; s.len > 0 && *list != NULL; list++) {
		len = strlen(*list);
		if (len > 0 && last(*list, len) == c && ends(s, *list, len))
			return true;
	}
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
 * word of which one run has no bit is not in it; the rest must be looked for. */
#define GRAM		4
#define GRAM_BITS	(1u << 15)
#define GRAM_WORTH	256	/* bytes of text; less is searched as fast */

struct grams {
	unsigned char	bits[GRAM_BITS / 8];
};

/* The last four characters, 16 bits of each. */
static inline unsigned
gram_slot(uint64_t run)
{
	return (unsigned)(run * 0x9e3779b97f4a7c15u >> 49);
}

static void
grams_of(struct slice s, struct grams *out)
{
	size_t count = 0;
	uint64_t run = 0;
	unsigned c, slot;

	memset(out, 0, sizeof *out);
	while (s.len > 0) {
		size_t n = fold(s.p, s.len, &c);

		s.p += n;
		s.len -= n;
		run = run << 16 | c;
		if (++count < GRAM)
			continue;
		slot = gram_slot(run);
		out->bits[slot / 8] |= (unsigned char)(1u << slot % 8);
	}
}

/* True for words that are too short to be told, too. */
static bool
grams_may_have(const struct grams *grams, const char *word)
{
	size_t len = strlen(word), at = 0, count = 0;
	uint64_t run = 0;
	unsigned c, slot;

	while (at < len) {
		at += fold(word + at, len - at, &c);
		run = run << 16 | c;
		if (++count < GRAM)
			continue;
		slot = gram_slot(run);
		if ((grams->bits[slot / 8] >> slot % 8 & 1) == 0)
			return false;
	}
	return true;
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
