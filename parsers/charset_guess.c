#include <stdint.h>

#include "base/utf8.h"
#include "parsers/charset_guess.h"

#define LOOK_MAX	(64 * 1024)	/* bytes that are looked at */

struct guess_utf8
guess_utf8(struct slice in)
{
	struct guess_utf8 u = { 0 };
	size_t i = 0, n;
	uint32_t cp;

	while (i < in.len) {
		if ((unsigned char)in.p[i] < 0x80) {
			if (in.p[i] == 0x1b && i + 2 < in.len &&
			    (in.p[i + 1] == '$' || in.p[i + 1] == '('))
				u.escapes = true;
			i++;
			continue;
		}
		n = utf8_decode(in.p + i, in.len - i, &cp);
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
	size_t	upper, lower;	/* 0xc0..0xdf, 0xe0..0xff */
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
		c.upper += p[i] >= 0xc0 && p[i] <= 0xdf;
		c.lower += p[i] >= 0xe0;
		c.c1 += p[i] <= 0x9f;
	}
	count_pairs(&c, p, len);
	count_sjis(&c, p, len);
	return c;
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
	struct counts c = count(p, in.len < LOOK_MAX ? in.len : LOOK_MAX);

	if (c.high == 0)
		return guess_utf8(in).escapes ? by_escapes(in) : "windows-1252";
	/* western text: accents stand alone among ASCII letters */
	if (c.high < 6 || c.alone * 10 > c.high * 3)
		return "windows-1252";
	if (c.sjis_bad == 0 && c.sjis_kana * 5 >= c.sjis && c.sjis_kana > 2)
		return "cp932";
	if (c.kana * 5 >= c.pairs && c.odd * 20 <= c.pairs)
		return "euc-jp-ms";
	/* Cyrillic: words of letters from 0xc0 on, mostly small ones */
	if ((c.upper + c.lower) * 10 >= c.high * 9) {
		if (c.lower > c.upper * 2)
			return "windows-1251";
		if (c.upper > c.lower * 2 && c.hangul * 10 < c.pairs * 9)
			return "koi8-r";
	}
	if (c.big5_low * 6 >= c.pairs && c.pairs > 0 && c.c1 * 20 <= c.high)
		return "big5-hkscs";
	if (c.odd * 20 <= c.pairs && c.hangul * 10 >= c.pairs * 8 &&
	    c.korean > c.chinese)
		return "cp949";
	if (c.odd * 20 <= c.pairs && c.hanzi * 10 >= c.pairs * 6)
		return "gb18030";
	return "windows-1252";
}
