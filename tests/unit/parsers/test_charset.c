#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "parsers/charset.h"
#include "parsers/charset_guess.h"

static void
test_charset(void **state)
{
	static const struct {
		const char	*name, *in, *out;
		bool		 as_said;
	} t[] = {
		{ "utf-8", "abc", "abc", true },
		{ "", "abc", "abc", true },
		{ "x-no-such", "abc", "abc", true },
		{ "utf-8", "\xc3\xa9", "\xc3\xa9", true },
		{ "UTF8", "\xc3\xa9", "\xc3\xa9", true },
		{ "utf-8*en", "\xc3\xa9", "\xc3\xa9", true },
		{ "iso-8859-1", "\xe9t\xe9", "\xc3\xa9t\xc3\xa9", true },
		{ "ISO_8859-1:1987", "\xe9", "\xc3\xa9", true },
		{ "latin1", "\x93q\x94", "\xe2\x80\x9cq\xe2\x80\x9d", true },
		{ "cp1252", "\x80", "\xe2\x82\xac", true },
		{ "iso-8859-15", "\xa4", "\xe2\x82\xac", true },
		{ "windows-1251", "\xcf\xf0\xe8", "\xd0\x9f\xd1\x80\xd0\xb8",
		    true },
		{ "cp1251", "\xcf", "\xd0\x9f", true },
		{ "x-cp1251", "\xcf", "\xd0\x9f", true },
		{ "koi8-r", "\xf0\xd2\xc9", "\xd0\x9f\xd1\x80\xd0\xb8", true },
		{ "ibm850", "\x82", "\xc3\xa9", true },
		{ "850", "\x82", "\xc3\xa9", true },
		{ "macintosh", "\x8e", "\xc3\xa9", true },
		{ "x-mac-roman", "\x8e", "\xc3\xa9", true },
		{ "gb2312", "\xc4\xe3", "\xe4\xbd\xa0", true },
		/* a character that gbk has and gb2312 has not */
		{ "gb2312", "\xe9\x46", "\xe9\x95\x95", true },
		{ "big5", "\xa7\x41", "\xe4\xbd\xa0", true },
		{ "shift_jis", "\x82\xa0", "\xe3\x81\x82", true },
		{ "euc-jp", "\xa4\xa2", "\xe3\x81\x82", true },
		{ "ks_c_5601-1987", "\xb0\xa1", "\xea\xb0\x80", true },
		{ "iso-2022-jp", "\x1b$B$\"\x1b(Bx", "\xe3\x81\x82x", true },
		{ "iso-2022-jp", "\x1b$B-!\x1b(B", "\xe2\x91\xa0", true },
		{ "iso-2022-jp", "\x1b(I1\x1b(B", "\xef\xbd\xb1", true },
		{ "", "\x1b$B$\"\x1b(B", "\xe3\x81\x82", false },
		{ "iso-2022-kr", "\x1b$)C\x0e" "0!\x0f" "a", "\xea\xb0\x80" "a",
		    true },
		{ "hz-gb-2312", "~{Dc~}a~~", "\xe4\xbd\xa0" "a~", true },
		{ "utf-7", "+AOk-", "\xc3\xa9", true },
		{ "utf-16le", "h\xe9", "\xee\xa5\xa8", true },
		/* labels that are wrong */
		{ "us-ascii", "\xc3\xa9", "\xc3\xa9", false },
		{ "us-ascii", "\xe9t", "\xc3\xa9t", false },
		{ "iso-8859-1", "\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9",
		    false },
		{ "utf-8", "\xe9t\xe9", "\xc3\xa9t\xc3\xa9", false },
		{ "utf-8", "\xc3\xa9\xc3\xa9\xff", "\xc3\xa9\xc3\xa9\xff",
		    true },
		{ "x-unknown", "\xe9t", "\xc3\xa9t", false },
		{ "", "\xe9t", "\xc3\xa9t", false },
		{ "", "\xc3\xa9t", "\xc3\xa9t", false },
		{ "iso-2022-jp", "\xe3\x81\x82", "\xe3\x81\x82", false },
		{ "hz-gb-2312", "\xe4\xbd\xa0", "\xe4\xbd\xa0", false },
		{ "koi8-r", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2",
		    "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2", false },
		{ "gbk", "\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0"
		    "\xe4\xbd\xa0\xe4\xbd\xa0",
		    "\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0"
		    "\xe4\xbd\xa0\xe4\xbd\xa0", false },
		/* an escape that the kanji behind it were cut from */
		{ "iso-2022-jp", "\033$B$\"\033(B \033kijitora",
		    "\xe3\x81\x82 \033kijitora", true },
		/* cut off inside a character; the last byte alone may be an é */
		{ "utf-8", "ok \xf0\x9f\x98", "ok \xf0\x9f\x98", true },
		{ "utf-8", "\xc3\xa9 \xc3", "\xc3\xa9 \xc3", true },
		{ "utf-8", "caf\xe9", "caf\xc3\xa9", false },
		/* rarer ones */
		{ "x-mac-ce", "\xfc\x97" "d\x90", "\xc5\x81\xc3\xb3" "d\xc5\xba",
		    true },
		{ "KZ-1048", "\xd1\xbc", "\xd0\xa1\xd3\x99", true },
		{ "cp1125", "\x8f", "\xd0\x9f", true },
		{ "x-euc-tw", "\xc4\xe3", "\xe4\xb8\xad", true },
		/* too short to be sure */
		{ "gb2312", "\xc4\xa3", "\xe6\xa8\xa1", true },
		{ "koi8-r", "\xc4\xa3", "\xd0\xb4\xd1\x91", true },
		{ "shift_jis", "\x82\xa0\xff", "\xe3\x81\x82\xef\xbf\xbd",
		    true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(1000);
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);
		const char *used = NULL;

		print_message("%s %s\n", t[i].name, t[i].out);
		assert_int_equal(charset_utf8((struct slice){ in, len },
		    slice_of(t[i].name), &b, &used), t[i].as_said);
		assert_non_null(used);
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
		free(in);
	}
}

/* Without a name, by what the bytes look like. */
static void
test_guess(void **state)
{
	static const struct { const char *in, *used; } t[] = {
		{ "Gr\xfc\xdf" "e aus K\xf6ln", "windows-1252" },
		{ "d\xe9j\xe0 vu, \xe0 bient\xf4t, No\xebl", "windows-1252" },
		/* privet mir, kak dela */
		{ "\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0, \xea\xe0\xea \xe4\xe5"
		    "\xeb\xe0", "windows-1251" },
		{ "\xf0\xd2\xc9\xd7\xc5\xd4 \xcd\xc9\xd2, \xcb\xc1\xcb \xc4\xc5"
		    "\xcc\xc1", "koi8-r" },
		/* ni hao, xie xie ni de lai xin */
		{ "\xc4\xe3\xba\xc3\xa3\xac\xd0\xbb\xd0\xbb\xc4\xe3\xb5\xc4\xc0"
		    "\xb4\xd0\xc5", "gb18030" },
		/* konnichiwa, in the three of Japan */
		{ "\xa4\xb3\xa4\xf3\xa4\xcb\xa4\xc1\xa4\xcf", "euc-jp-ms" },
		{ "\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd", "cp932" },
		{ "\x1b$B$3$s$K$A$O\x1b(B", "iso-2022-jp" },
		/* annyeonghaseyo gamsahamnida */
		{ "\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4 \xb0\xa8\xbb\xe7\xc7"
		    "\xd5\xb4\xcf\xb4\xd9", "cp949" },
		/* Polish, twice */
		{ "Prosz\xea o pomoc, \xb3\xb1" "cze nie dzia\xb3" "a",
		    "iso-8859-2" },
		{ "Prosz\xea o pomoc, \xb3\xb9" "cze nie dzia\xb3" "a, dz"
		    "i\x9c te\xbf",
		    "windows-1250" },
		/* Czech */
		{ "Pros\xedm o pomoc, nefunguje mi p\xf8ihl\xe1\x9a" "en"
		    "\xed",
		    "windows-1250" },
		/* Hungarian */
		{ "K\xe9rem, seg\xedtsen, nem m\xfbk\xf6" "dik a jelsz"
		    "\xf3, k\xe9s\xf5n j\xf6v\xf6k",
		    "windows-1250" },
		/* Turkish */
		{ "\xdeifremi de\xf0i\xfetiremiyorum, yard\xfdm",
		    "windows-1254" },
		/* Danish and Spanish stay */
		{ "Min adgangskode virker ikke l\xe6ngere p\xe5 v\xe6rels"
		    "et, m\xe5ske p\xe5 fredag",
		    "windows-1252" },
		{ "La contrase\xf1" "a no funciona, \xbf" "est\xe1 ca\xed" "d"
		    "o? Necesito ayuda ma\xf1" "ana",
		    "windows-1252" },
		/* Greek, Hebrew, Arabic, Thai */
		{ "\xc3\xe5\xe9\xe1 \xf3\xe1\xf2, \xe4\xe5\xed \xeb\xe5"
		    "\xe9\xf4\xef\xf5\xf1\xe3\xe5\xdf \xf4\xef \xe4\xdf\xea"
		    "\xf4\xf5\xef",
		    "windows-1253" },
		{ "\xf9\xec\xe5\xed, \xe4\xf8\xf9\xfa \xec\xe0 \xf2\xe5"
		    "\xe1\xe3\xfa \xe1\xe7\xe3\xf8 \xf9\xec\xe9",
		    "windows-1255" },
		{ "\xe3\xd1\xcd\xc8\xc7 \xc7\xe1\xd4\xc8\xdf\xc9 \xe1\xc7"
		    " \xca\xda\xe3\xe1 \xdd\xed \xdb\xd1\xdd\xca\xed",
		    "windows-1256" },
		{ "\xca\xc7\xd1\xca\xb4\xd5\xa4\xc3\xd1\xba \xe0\xa4\xc3"
		    "\xd7\xe8\xcd\xa7\xbe\xd4\xc1\xbe\xec\xe0\xca\xd5\xc2",
		    "cp874" },
		/* Chinese of Taiwan */
		{ "\xa7" "A\xa6n\xa1" "A\xa7\xda\xaa\xba\xb1K\xbdX\xa4"
		    "\xa3\xaf\xe0\xa5\xce\xa4" "F\xa1" "A\xbd\xd0\xc0\xb0"
		    "\xa6\xa3\xac\xdd\xa4@\xa4U",
		    "big5-hkscs" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(1000);
		const char *used = NULL;

		print_message("%s\n", t[i].used);
		assert_false(charset_utf8(slice_of(t[i].in),
		    (struct slice){ "", 0 }, &b, &used));
		assert_string_equal(used, t[i].used);
		assert_true(utf8_valid(b.p, b.len));
		buf_free(&b);
	}
}

static void
test_known(void **state)
{
	(void)state;
	charset_warm();
	assert_int_equal(guess_utf8((struct slice){ NULL, 0 }).invalid, 0);
	assert_true(charset_known(SLICE_LIT("UTF-8")));
	assert_true(charset_known(SLICE_LIT("us-ascii")));
	assert_true(charset_known(SLICE_LIT("Windows-1258")));
	assert_true(charset_known(SLICE_LIT("iso8859-16")));
	assert_false(charset_known(SLICE_LIT("")));
	assert_false(charset_known(SLICE_LIT("x-unknown")));
	assert_false(charset_known(SLICE_LIT("../../etc/passwd")));
	assert_false(charset_known(SLICE_LIT("utf-8//TRANSLIT")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charset),
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
