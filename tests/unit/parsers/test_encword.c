#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/encword.h"
#include "parsers/filename.h"
#include "parsers/flowed.h"
#include "parsers/param.h"

static const struct slice none = { "", 0 };

static void
test_encword(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "" }, { "plain", "plain" },
		{ "=?utf-8?q?caf=C3=A9?=", "caf\xc3\xa9" },
		{ "=?UTF-8?B?Y2Fmw6k=?=", "caf\xc3\xa9" },
		{ "=?UTF-8?B?Y2Fmw6k?=", "caf\xc3\xa9" },
		{ "=?iso-8859-1?Q?a_b=5F?=", "a b_" },
		{ "a =?utf-8?q?b?= c", "a b c" },
		{ "=?utf-8?q?a?= =?utf-8?q?b?=", "ab" },
		{ "=?utf-8?q?a?=\t=?utf-8?q?b?=", "ab" },
		{ "=?utf-8?q?a?==?utf-8?q?b?=", "ab" },
		{ "x=?utf-8?q?a?=y", "xay" },
		{ "=?utf-8?q?a_?= =?utf-8?q?_b?=", "a  b" },
		/* a character split over two words */
		{ "=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "caf\xc3\xa9" },
		{ "=?utf-8?B?w6?= =?utf-8?B?k=?=", "\xc3\xa9" },
		/* blanks where none may be, a language, a word in quotes */
		{ "=?utf-8?Q?a b c?=", "a b c" },
		{ "=?utf-8*en?q?hi?=", "hi" },
		{ "\"=?utf-8?q?hi?=\"", "\"hi\"" },
		/* what is none */
		{ "=?utf-8?q?open", "=?utf-8?q?open" },
		{ "=?utf-8?x?a?=", "=?utf-8?x?a?=" },
		{ "=??q?a?=", "=??q?a?=" },
		{ "1 =? 2", "1 =? 2" },
		/* raw bytes, controls, line ends inside */
		{ "caf\xc3\xa9", "caf\xc3\xa9" }, { "caf\xe9", "caf\xc3\xa9" },
		{ "=?x-none?q?caf=E9?=", "caf\xc3\xa9" },
		{ "=?utf-8?q?a=0D=0AX=00?=", "a X\xef\xbf\xbd" },
		{ "  a  b ", "a  b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *arena = arena_new(100000);
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);

		print_message("%s\n", t[i].in);
		assert_string_equal(encword_line((struct slice){ in, len },
		    none, arena).p, t[i].out);
		free(in);
		arena_free(&arena);
	}
}

static void
test_hint(void **state)
{
	struct arena *arena = arena_new(100000);

	(void)state;
	assert_string_equal(encword_line(SLICE_LIT("\xcf\xf0"),
	    SLICE_LIT("windows-1251"), arena).p, "\xd0\x9f\xd1\x80");
	assert_int_equal(encword_length(SLICE_LIT("=?a?q?b?= c")), 9);
	assert_int_equal(encword_length(SLICE_LIT("=?a?q?b c")), 0);
	arena_free(&arena);
}

/* "type|name=value|…" */
static void
test_param(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "-" },
		{ "text/plain", "text/plain" },
		{ "Text / Plain ; Charset = \"UTF-8\"",
		    "text/plain|charset=UTF-8" },
		{ "text/plain charset=utf-8", "text/plain|charset=utf-8" },
		{ "text/plain; charset=us-ascii (Plain text)",
		    "text/plain|charset=us-ascii" },
		{ "text/plain;;; a=b;", "text/plain|a=b" },
		{ "charset=utf-8", "-|charset=utf-8" },
		{ "a/b; name=foo bar.png", "a/b|name=foo bar.png" },
		{ "a/b; name=\"a;b.png\"; x=y", "a/b|name=a;b.png|x=y" },
		{ "a/b; name=\"a\\\"b\"", "a/b|name=a\"b" },
		{ "a/b; name=\"a\"b\".png\"", "a/b|name=a\"b\".png" },
		{ "a/b; name=\"C:\\dir\\f.txt\"", "a/b|name=C:\\dir\\f.txt" },
		{ "a/b; name=\"open", "a/b|name=open" },
		{ "a/b; name=\"a\" charset=x", "a/b|name=a|charset=x" },
		{ "a/b; name==?utf-8?q?=C3=A9?=", "a/b|name=\xc3\xa9" },
		{ "a/b; name=\"=?utf-8?q?=C3=A9?=\"", "a/b|name=\xc3\xa9" },
		/* RFC 2231 */
		{ "a/b; name*=utf-8''caf%C3%A9", "a/b|name=caf\xc3\xa9" },
		{ "a/b; name*=iso-8859-1'de'caf%E9", "a/b|name=caf\xc3\xa9" },
		{ "a/b; name*=\"utf-8''caf%C3%A9\"", "a/b|name=caf\xc3\xa9" },
		{ "a/b; name*0=ab; name*1=\"c d\"", "a/b|name=abc d" },
		{ "a/b; name*1=b; name*0=a", "a/b|name=ab" },
		{ "a/b; name*0*=utf-8''caf%C3; name*1*=%A9; name*2=%41",
		    "a/b|name=caf\xc3\xa9%41" },
		{ "a/b; name=x; name*=utf-8''y", "a/b|name=y" },
		{ "a/b; name*=utf-8''y; name=x", "a/b|name=y" },
		{ "a/b; name*1=a; name*2=b", "a/b|name=ab" },
		{ "a/b; name*0=a; name*2=c", "a/b|name=a" },
		{ "a/b; name*=caf%E9", "a/b|name=caf\xc3\xa9" },
		{ "a/b; name*0*=utf-8''%; name*1*=%4", "a/b|name=%%4" },
		{ "a/b; name*99999999999=x", "a/b|name*99999999999=x" },
		{ "a/b; x=%00\x01", "a/b|x=%00\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *arena = arena_new(1000000);
		struct buf b = BUF_INIT(10000);
		struct param_list list;
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);

		print_message("%s\n", t[i].in);
		param_parse((struct slice){ in, len }, none, arena, &list);
		buf_adds(&b, list.type == NULL ? "-" : list.type);
		for (size_t k = 0; k < list.n; k++)
			buf_addf(&b, "|%s=%s", list.v[k].name,
			    list.v[k].value);
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
		free(in);
		arena_free(&arena);
	}
}

static void
test_filename(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "a.png", "a.png" }, { "../../etc/passwd", "passwd" },
		{ "C:\\x\\b.doc", "b.doc" }, { "a/", "a" }, { "/", NULL },
		{ "", NULL }, { ".", NULL }, { "..", NULL }, { "...", NULL },
		{ " a b.txt ", "a b.txt" }, { "a\r\nb", "ab" },
		{ "a\tb\x1b[0m", "ab[0m" }, { ".bashrc", ".bashrc" },
		{ "..hidden", ".hidden" }, { "a<b>|c?*.x", "a_b__c__.x" },
		{ "inv\xe2\x80\xae" "gpj.exe", "invgpj.exe" },
		{ "caf\xc3\xa9.txt", "caf\xc3\xa9.txt" }, { "a.", "a" },
		{ "\xff\xfe", NULL },
	};
	struct arena *arena = arena_new(1000000);
	char longer[400];
	const char *s;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].in);
		s = filename_safe(slice_of(t[i].in), arena);
		if (t[i].out == NULL)
			assert_null(s);
		else
			assert_string_equal(s, t[i].out);
	}
	memset(longer, 'x', sizeof longer);
	memcpy(longer + 390, ".pdf", 5);
	s = filename_safe(slice_of(longer), arena);
	assert_int_equal(strlen(s), FILENAME_LENGTH_MAX);
	assert_string_equal(s + FILENAME_LENGTH_MAX - 4, ".pdf");
	arena_free(&arena);
}

static void
test_flowed(void **state)
{
	static const struct { bool delsp; const char *in, *out; } t[] = {
		{ false, "", "" },
		{ false, "a\nb\n", "a\nb\n" },
		{ false, "a \nb\n", "a b\n" },
		{ true, "a \nb\n", "ab\n" },
		{ false, "a \n", "a \n" },
		{ false, " stuffed\n  two\n", "stuffed\n two\n" },
		{ false, "> q \n> r\ns\n", "> q r\ns\n" },
		{ false, "> q \n>> r\n", "> q \n>> r\n" },
		{ false, ">> q\n", ">> q\n" },
		{ false, "a \n-- \nsig\n", "a \n-- \nsig\n" },
		{ false, ">\n", ">\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(1000);

		print_message("%s\n", t[i].in);
		flowed_join(slice_of(t[i].in), t[i].delsp, &b);
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encword),
		cmocka_unit_test(test_hint),
		cmocka_unit_test(test_param),
		cmocka_unit_test(test_filename),
		cmocka_unit_test(test_flowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
