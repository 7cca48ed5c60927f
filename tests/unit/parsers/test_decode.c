#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/decode.h"

static void
test_decode(void **state)
{
	static const struct {
		enum mail_encoding	 enc;
		const char		*in, *out;
	} t[] = {
		{ ENC_7BIT, "a=\r\nb", "a=\r\nb" },
		{ ENC_BASE64, "", "" },
		{ ENC_BASE64, "aGVsbG8=", "hello" },
		{ ENC_BASE64, "aGVs\r\nbG8=\r\n", "hello" },
		{ ENC_BASE64, "aGVsbG8", "hello" },
		{ ENC_BASE64, "a G V!s", "hel" },
		{ ENC_BASE64, "_-8=", "\xff\xef" },
		{ ENC_BASE64, "a", "" },
		{ ENC_BASE64, "====", "" },
		/* pieces padded each for itself */
		{ ENC_BASE64, "aGVsbG8=\nIHlvdQ==\n", "hello you" },
		/* a footer that a list appended is none of it */
		{ ENC_BASE64, "aGVsbG8=\n\n-- \nthe list\n", "hello" },
		{ ENC_QP, "caf=C3=A9", "caf\xc3\xa9" },
		{ ENC_QP, "caf=c3=a9", "caf\xc3\xa9" },
		{ ENC_QP, "soft=\r\n line=\n end", "soft line end" },
		{ ENC_QP, "soft=  \r\nline", "softline" },
		{ ENC_QP, "trail  \t\r\nx \t", "trail\r\nx" },
		{ ENC_QP, "mid  dle", "mid  dle" },
		{ ENC_QP, "a=zz=4", "a=zz=4" },
		{ ENC_QP, "end=", "end" },
		{ ENC_QP, "= x", "= x" },
		{ ENC_QP, "=", "" },
		{ ENC_UU, "begin 644 a.txt\n%:&5L;&\\\n`\nend\n", "hello" },
		{ ENC_UU, "x\nbegin 644 a\n%:&5L;&\\\nend\nmore", "hello" },
		{ ENC_UU, "begin 644 a\n#\n", "" "\0" },
		{ ENC_UU, "no begin\n%:&5L;&\\\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(1000);
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);

		print_message("%s\n", t[i].in);
		decode_all((struct slice){ in, len }, t[i].enc, &b);
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
		free(in);
	}
}

/* In pieces of the least size it gives the same, and the hash is of it. */
static void
test_pieces(void **state)
{
	static const char hex[] = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7"
	    "425e73043362938b9824";	/* of "hello" */
	struct decode d;
	struct buf in = BUF_INIT(100000), a = BUF_INIT(100000);
	struct buf b = BUF_INIT(100000);
	char chunk[DECODE_MIN], sha[65];
	size_t n;

	(void)state;
	for (int i = 0; i < 500; i++)
		buf_addf(&in, "word%d   \t%s=%02X=\n", i, i % 7 ? "   " : "",
		    i % 128);
	decode_all(buf_slice(&in), ENC_QP, &a);
	decode_start(&d, buf_slice(&in), ENC_QP);
	while ((n = decode_read(&d, chunk, sizeof chunk)) > 0)
		buf_add(&b, chunk, n);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.p, b.p, a.len);
	assert_true(a.len > 3000);

	assert_int_equal(decode_sha256(SLICE_LIT("aGVsbG8="), ENC_BASE64, sha),
	    5);
	assert_string_equal(sha, hex);
	buf_free(&in);
	buf_free(&a);
	buf_free(&b);
}

/* Window by window, as a download decodes, it gives the same. */
static void
check_cut(enum mail_encoding enc, struct slice in)
{
	struct buf all = BUF_INIT(1 << 20), some = BUF_INIT(1 << 20);
	struct decode d = { .encoding = enc };
	char chunk[4096];
	size_t at = 0, len, n;

	decode_all(in, enc, &all);
	while (at < in.len) {
		d.in = (struct slice){ in.p + at, in.len - at };
		if (d.in.len > DECODE_WINDOW) {
			d.in.len = DECODE_WINDOW;
			d.in.len = decode_cut(d.in, enc);
		}
		len = d.in.len;
		assert_true(len > 0);
		while ((n = decode_read(&d, chunk, sizeof chunk)) > 0)
			buf_add(&some, chunk, n);
		at += len;
	}
	assert_true(some.len >= all.len);
	assert_memory_equal(some.p, all.p, all.len);
	if (memchr(in.p, '=', in.len) == NULL || enc != ENC_BASE64)
		assert_int_equal(some.len, all.len);
	assert_true(all.len > DECODE_WINDOW / 2);
	buf_free(&all);
	buf_free(&some);
}

static void
test_cut(void **state)
{
	/* line lengths that are no multiple of four; padding far in */
	static const int widths[] = { 76, 77, 61, 200000 };
	struct buf b = BUF_INIT(1 << 20);

	(void)state;
	for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
		buf_reset(&b);
		for (int i = 0; i < 200000; i++) {
			buf_addc(&b, "ABCdef+/0123"[i * 7 % 12]);
			if (i % widths[w] == widths[w] - 1)
				buf_adds(&b, "\r\n");
			if (i == 65534 && widths[w] == 76)
				buf_adds(&b, "=\r\n");
		}
		check_cut(ENC_BASE64, buf_slice(&b));
		buf_reset(&b);
		for (int i = 0; i < 60000; i++) {
			buf_addf(&b, "a=%02X  b=\t ", i % 256);
			if (widths[w] < 1000 && i % 7 == 0)
				buf_adds(&b, " =\r\n");
			if (widths[w] < 1000 && i % 11 == 0)
				buf_adds(&b, " \t\r\n");
		}
		check_cut(ENC_QP, buf_slice(&b));
	}
	buf_reset(&b);
	buf_adds(&b, "begin 644 a\n");
	for (int i = 0; i < 3000; i++)
		buf_adds(&b, "M8W)E870@8W)E870@8W)E870@8W)E870@8W)E870@8W)E"
		    "870@8W)E870@\n");
	buf_adds(&b, "`\nend\n");
	check_cut(ENC_UU, buf_slice(&b));
	check_cut(ENC_8BIT, buf_slice(&b));
	buf_free(&b);
}

static void
test_uu_begin(void **state)
{
	static const struct { const char *in, *name; } t[] = {
		{ "begin 644 a.txt", "a.txt" },
		{ "begin 0755 my file.gif \r", "my file.gif" },
		{ "begin 64 a", NULL }, { "begin 999 a", NULL },
		{ "begin 644", NULL }, { "begin 644 ", NULL },
		{ "begin the day", NULL }, { "Begin 644 a", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct slice name = { "", 0 };

		print_message("%s\n", t[i].in);
		assert_int_equal(decode_uu_begin(slice_of(t[i].in), &name),
		    t[i].name != NULL);
		assert_true(slice_is(name,
		    t[i].name == NULL ? "" : t[i].name));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_uu_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
