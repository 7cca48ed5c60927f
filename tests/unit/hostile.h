/* hostile - what foreign text may hold to get out of where it is put: one table
 * for every kind of output. A kind of output that is new runs all of it. */
#ifndef TESTS_UNIT_HOSTILE_H
#define TESTS_UNIT_HOSTILE_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

#define HOSTILE_WORD	(1024 * 1024)	/* bytes of the longest */

/* With their length: one has a NUL. */
static const struct slice hostile_strings[] = {
	SLICE_LIT("a\rb"), SLICE_LIT("a\nb"), SLICE_LIT("a\r\nBcc: x@y\r\n\r\nb"),
	SLICE_LIT("a\n.\nb"), SLICE_LIT("a\nFrom b"),
	SLICE_LIT("a\0b"),
	SLICE_LIT("\033[2J\033]0;title\007"), SLICE_LIT("\302\2332J"),
	SLICE_LIT("\b\b\bhidden\177\f\v"),
	SLICE_LIT("\342\200\256elpmaxe\342\201\246\342\200\213"),
	SLICE_LIT("a\342\200\250b\342\200\251c\302\205d"),
	SLICE_LIT("\377\376\300\200\355\240\200"), SLICE_LIT("\xf0\x9f\x92"),
	SLICE_LIT("../../etc/passwd"), SLICE_LIT("..\\..\\boot.ini"),
	SLICE_LIT("/etc/passwd"), SLICE_LIT("C:\\x"), SLICE_LIT(".."),
	SLICE_LIT("CON"), SLICE_LIT("a/b\\c:d|e?f*g<h>i\"j"),
	SLICE_LIT("-rf"), SLICE_LIT("$(id)`id`;id|id&"),
	SLICE_LIT("=cmd|' /C calc'!A0"), SLICE_LIT("+1"), SLICE_LIT("-1"),
	SLICE_LIT("@SUM(A1)"), SLICE_LIT("\t=1"), SLICE_LIT("\r=1"),
	SLICE_LIT("a,b\";\"c"),
	SLICE_LIT("<script>alert(1)</script>"),
	SLICE_LIT("\"><img src=x onerror=alert(1)>"),
	SLICE_LIT("' onmouseover='x"), SLICE_LIT("]]>--><!--"),
	SLICE_LIT("&lt;b&gt; & &#x3c;"), SLICE_LIT("javascript:alert(1)"),
	SLICE_LIT("{{x}}{{{x}}}{{#a}}{{> foot}}{{=<% %>=}}"),
	SLICE_LIT("<!channel> <@U123> <http://x|y> @room"),
	SLICE_LIT("=?utf-8?q?=0D=0ABcc:_x?="), SLICE_LIT("--boundary--"),
	SLICE_LIT("\",\"kind\":\"person\\u0000\\"), SLICE_LIT("%s%n%x"),
	SLICE_LIT("level=error msg=\"x\" k=v"), SLICE_LIT("'; DROP TABLE t;--"),
	SLICE_LIT(""),
};
#define HOSTILE_N	(sizeof hostile_strings / sizeof hostile_strings[0] + 1)

/* Number i of them; the last is a word of HOSTILE_WORD bytes. In memory of its
 * own, with a NUL behind, to be freed. */
static inline char *
hostile(size_t i, size_t *len_out)
{
	const struct slice *s = i + 1 < HOSTILE_N ? &hostile_strings[i] : NULL;
	char *copy;

	*len_out = s == NULL ? HOSTILE_WORD : s->len;
	copy = calloc(1, *len_out + 1);
	if (copy != NULL && s != NULL)
		memcpy(copy, s->p, s->len);
	else if (copy != NULL)
		memset(copy, 'w', HOSTILE_WORD);
	return copy;
}

#endif
