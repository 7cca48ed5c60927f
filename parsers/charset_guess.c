#include <stdint.h>

#include "base/utf8.h"
#include "parsers/charset_guess.h"

#define LOOK_MAX	(64 * 1024)	/* bytes that are looked at */
#define SCRIPT_SHARE	65	/* percent that are a script's common letters */

/* The first bytes of a character at the end of the text? */
static bool
is_cut_off(const char *p, size_t len)
{
	unsigned char c = (unsigned char)p[0];
	size_t i, need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	if (c < 0xc2 || c > 0xf4 || len >= need)
		return false;
	for (i = 1; i < len; i++)
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return false;
	return true;
}

static bool
has_escapes(struct slice in)
{
	const char *p = in.p, *end = in.p + in.len;

	while (end - p > 2) {
		p = memchr(p, 0x1b, (size_t)(end - p) - 2);
		if (p == NULL)
			return false;
		if (p[1] == '$' || p[1] == '(')
			return true;
		p++;
	}
	return false;
}

struct guess_utf8
guess_utf8(struct slice in)
{
	struct guess_utf8 u = { 0 };
	size_t i = 0, n;
	uint32_t cp;

	if (in.len == 0)	/* in.p may be NULL */
		return u;
	u.escapes = has_escapes(in);
	while (i < in.len) {
		i += utf8_ascii(in.p + i, in.len - i);
		if (i == in.len)
			break;
		if ((unsigned char)in.p[i] < 0x80) {
			i++;
			continue;
		}
		n = utf8_decode(in.p + i, in.len - i, &cp);
		if (n == 0 && is_cut_off(in.p + i, in.len - i) &&
		    (u.valid > 0 || in.len - i > 1))
			break;
		if (n > 0)
			u.valid++;
		else
			u.invalid++;
		i += n > 0 ? n : 1;
	}
	return u;
}

/* What the bytes above ASCII do: where they lie, and in what company. */
struct counts {
	size_t	high;		/* bytes from 0x80 */
	size_t	alone;		/* without a neighbour from 0x80 */
	size_t	c1;		/* 0x80..0x9f */
	size_t	pairs, odd;	/* runs of 0xa1..0xfe cut into pairs; rest */
	size_t	hanzi, kana, hangul;	/* lead bytes of EUC pairs */
	size_t	sjis, sjis_bad;	/* Shift_JIS pairs that are, are not */
	size_t	sjis_kana;	/* of them, in the rows of kana */
	size_t	big5_low;	/* pairs whose second byte is ASCII */
	size_t	chinese, korean;	/* pairs that are common in them */
};

/* The commonest characters of Chinese in GB 2312 and of Korean in EUC-KR. */
static const uint16_t chinese[] = { 0xb5c4, 0xcac7, 0xc1cb, 0xb2bb, 0xd2bb,
	0xced2, 0xd4da, 0xd3d0, 0xc4e3, 0xc8cb, 0xd5e2, 0xbac3, 0xc7eb, 0xd0bb,
	0xc9cf, 0xb8f6, 0xbacd, 0xb5bd, 0xcbb5, 0xc3bb, 0xceaa, 0xb9ab, 0xcbbe };
static const uint16_t korean[] = { 0xc0cc, 0xb4d9, 0xb4c2, 0xc0c7, 0xb0a1,
	0xbfa1, 0xc0bb, 0xc7d1, 0xc7cf, 0xc1f6, 0xb0ed, 0xc0ba, 0xb7ce, 0xb5b5,
	0xbcad, 0xbbe7, 0xb4cf, 0xbdc0, 0xb8a6, 0xbfe4, 0xc0d4, 0xb1e2, 0xbdc3 };

static bool
is_one_of(const uint16_t *list, size_t n, const unsigned char *p)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i] == (p[0] << 8 | p[1]))
			return true;
	return false;
}

static void
count_pairs(struct counts *c, const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] < 0x81)
			continue;
		if (i + 1 < len && p[i] >= 0xa1 && p[i] <= 0xf9 &&
		    p[i + 1] >= 0x40 && p[i + 1] < 0x7f)
			c->big5_low++;
		if (i + 1 >= len || p[i] < 0xa1 || p[i + 1] < 0xa1) {
			c->odd++;
			continue;
		}
		c->pairs++;
		c->kana += p[i] == 0xa4 || p[i] == 0xa5;
		c->hangul += p[i] >= 0xb0 && p[i] <= 0xc8;
		c->hanzi += p[i] >= 0xb0 && p[i] <= 0xf7;
		c->chinese += is_one_of(chinese,
		    sizeof chinese / sizeof chinese[0], p + i);
		c->korean += is_one_of(korean,
		    sizeof korean / sizeof korean[0], p + i);
		i++;
	}
}

static void
count_sjis(struct counts *c, const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] < 0x80 || (p[i] >= 0xa1 && p[i] <= 0xdf))
			continue;
		if (i + 1 < len && p[i] != 0x80 && p[i] != 0xa0 &&
		    p[i] <= 0xfc && p[i + 1] >= 0x40 && p[i + 1] != 0x7f &&
		    p[i + 1] <= 0xfc) {
			c->sjis++;
			c->sjis_kana += p[i] == 0x82 || p[i] == 0x83;
			i++;
		} else {
			c->sjis_bad++;
		}
	}
}

static struct counts
count(const unsigned char *p, size_t len)
{
	struct counts c = { 0 };
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] < 0x80)
			continue;
		c.high++;
		c.alone += !(i > 0 && p[i - 1] >= 0x80) &&
		    !(i + 1 < len && p[i + 1] >= 0x80);
		c.c1 += p[i] <= 0x9f;
	}
	count_pairs(&c, p, len);
	count_sjis(&c, p, len);
	return c;
}

/* The commonest letters above ASCII of a language in a charset. */
struct letters {
	const char	*charset, *bytes;
};

/* Of languages that are written with no other letters. */
static const struct letters scripts[] = {
	{ "windows-1251", "\xee\xe5\xe0\xe8\xed\xf2\xf1\xf0\xe2\xeb\xea\xec\xe4"
	    "\xef\xf3\xff\xfb\xfc" },
	{ "koi8-r", "\xcf\xc5\xc1\xc9\xce\xd4\xd3\xd2\xd7\xcc\xcb\xcd\xc4\xd0"
	    "\xd5\xd1\xd9\xd8" },
	{ "windows-1253", "\xe1\xef\xe9\xe5\xf4\xf3\xed\xe7\xf5\xf1\xf0\xea\xec"
	    "\xeb\xf2\xdc\xdf\xdd\xfc\xde" },
	{ "windows-1255", "\xe9\xe5\xe4\xec\xe0\xf8\xfa\xe1\xee\xed\xf9\xf0\xe3"
	    "\xe7" },
	{ "windows-1256", "\xc7\xe1\xe4\xe3\xed\xe6\xd1\xca\xc8\xe5\xc9\xda\xd3"
	    "\xcf\xdf\xdd\xec\xc3" },
	{ "cp874", "\xd2\xb9\xc3\xcd\xa1\xe0\xa7\xe8\xe9\xc1\xc2\xc5\xc7\xb7"
	    "\xd5\xd1\xb4\xb5\xca\xcb\xba\xa4" },
};
/* Of languages that are written with Latin letters too; the west first. */
static const struct letters accents[] = {
	{ "windows-1252", "\xe4\xf6\xfc\xdf\xc4\xd6\xdc" },
	{ "windows-1252", "\xe9\xe8\xe0\xea\xe7\xf4\xee\xfb\xf9\xc9\xc0\x9c" },
	{ "windows-1252", "\xf3\xe1\xed\xe9\xf1\xfa\xbf\xa1" },
	{ "windows-1252", "\xe3\xe7\xe1\xe9\xed\xf3\xea\xf5\xe0\xf4\xe2" },
	{ "windows-1252", "\xe8\xe0\xf9\xec\xf2\xe9" },
	{ "windows-1252", "\xe4\xe5\xf6\xc5\xc4\xd6" },
	{ "windows-1252", "\xe6\xf8\xe5\xc6\xd8\xc5" },
	{ "windows-1254", "\xfd\xfe\xfc\xf0\xf6\xe7\xdd\xde" },
	{ "windows-1252", "\xf0\xfe\xfd\xe1\xed\xf3\xf6\xe6\xfa\xe9\xde" },
	{ "iso-8859-2", "\xea\xb3\xb1\xf3\xbf\xb6\xe6\xf1\xbc\xa3\xa6\xaf" },
	{ "windows-1250", "\xea\xb3\xb9\xf3\xbf\x9c\xe6\xf1\x9f\xa3\x8c\xaf" },
	{ "windows-1250", "\xed\xe1\xec\xe9\xe8\xf8\x9e\xfd\x9a\xf9\xfa\xf2\x9d"
	    "\xef\xbe\xe4" },
	{ "iso-8859-2", "\xed\xe1\xec\xe9\xe8\xf8\xbe\xfd\xb9\xf9\xfa\xf2\xbb"
	    "\xef\xb5\xe4" },
	{ "windows-1250", "\xe1\xe9\xf3\xf6\xf5\xfc\xed\xfa\xfb\xd5" },
	{ "windows-1250", "\xe3\xee\xe2\xba\xfe\xaa\xde" },
	{ "windows-1250", "\x9a\x9e\xe8\xe6\xf0\x8a\x8e\xc8" },
};

/* The entry with most of the bytes above ASCII; of two with as many the first.
 * *hits_out: how many. */
static const char *
commonest(const struct letters *list, size_t n, const size_t seen[256],
    size_t *hits_out)
{
	size_t i, hits, best = 0;
	const char *b;

	*hits_out = 0;
	for (i = 0; i < n; i++) {
		hits = 0;
		for (b = list[i].bytes; *b != '\0'; b++)
			hits += seen[(unsigned char)*b];
		if (hits > *hits_out) {
			*hits_out = hits;
			best = i;
		}
	}
	return list[best].charset;
}

static void
see(const unsigned char *p, size_t len, size_t seen[256])
{
	size_t i;

	memset(seen, 0, 256 * sizeof *seen);
	for (i = 0; i < len; i++)
		seen[p[i]]++;
}

/* Western, unless three letters or more, and half of all, are another's. */
static const char *
by_accents(const size_t seen[256], size_t high)
{
	size_t hits;
	const char *name = commonest(accents, sizeof accents /
	    sizeof accents[0], seen, &hits);

	return hits >= 3 && hits * 2 >= high ? name : "windows-1252";
}

static const char *
by_escapes(struct slice in)
{
	size_t i;

	for (i = 0; i + 3 < in.len; i++)
		if (in.p[i] == 0x1b && in.p[i + 1] == '$' &&
		    in.p[i + 2] == ')' && in.p[i + 3] == 'C')
			return "iso-2022-kr";
	return "iso-2022-jp";
}

const char *
guess_charset(struct slice in)
{
	const unsigned char *p = (const unsigned char *)in.p;
	size_t len = in.len < LOOK_MAX ? in.len : LOOK_MAX, seen[256], hits;
	struct counts c = count(p, len);
	const char *name;

	if (c.high == 0)
		return guess_utf8(in).escapes ? by_escapes(in) : "windows-1252";
	see(p, len, seen);
	/* accents stand alone among ASCII letters */
	if (c.high < 6 || c.alone * 10 > c.high * 3)
		return by_accents(seen, c.high);
	if (c.sjis_bad == 0 && c.sjis_kana * 5 >= c.sjis && c.sjis_kana > 2)
		return "cp932";
	if (c.kana * 5 >= c.pairs && c.odd * 20 <= c.pairs)
		return "euc-jp-ms";
	name = commonest(scripts, sizeof scripts / sizeof scripts[0], seen,
	    &hits);
	if (hits * 100 >= c.high * SCRIPT_SHARE)
		return name;
	if (c.big5_low * 6 >= c.pairs && c.pairs > 0 && c.c1 * 20 <= c.high)
		return "big5-hkscs";
	if (c.odd * 20 <= c.pairs && c.hangul * 10 >= c.pairs * 8 &&
	    c.korean > c.chinese)
		return "cp949";
	if (c.odd * 20 <= c.pairs && c.hanzi * 10 >= c.pairs * 6)
		return "gb18030";
	return by_accents(seen, c.high);
}
