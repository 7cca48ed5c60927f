#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypt.h"
#include "base/err.h"
#include "base/text.h"
#include "base/utf8.h"

static void
test_utf8_clean(void **state)
{
	static const struct {
		const char	*in;
		size_t		 len;
		const char	*out;
	} t[] = {
		{ "", 0, "" },
		{ "caf\xc3\xa9", 5, "caf\xc3\xa9" },
		{ "a\r\nb\rc", 6, "a\nb\nc" },
		{ "a\0b", 3, "a\xef\xbf\xbd" "b" },
		{ "\x1b[31m", 5, "\xef\xbf\xbd[31m" },
		{ "\xc0\xaf", 2, "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", 3,
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80" },
		{ "\xf0\x9f\x98", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\tx\n", 3, "\tx\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(100);
		char *in = malloc(t[i].len + !t[i].len);

		memcpy(in, t[i].in, t[i].len);
		utf8_clean(&b, in, t[i].len);
		assert_string_equal(buf_str(&b), t[i].out);
		assert_true(utf8_valid(b.p == NULL ? "" : b.p, b.len));
		buf_free(&b);
		free(in);
	}
}

/* Text is looked at in eights: each byte at each place is still seen, as it is
 * alone. */
static void
test_utf8_eights(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < 17; at++) {
			struct buf alone = BUF_INIT(100), all = BUF_INIT(100);
			char in[17], byte = (char)c, *found;
			size_t ascii;

			memset(in, '~', sizeof in);
			in[at] = byte;
			ascii = utf8_ascii(in, sizeof in);
			assert_true(c >= 0x80 ? ascii <= at : ascii == 16);
			assert_int_equal(utf8_valid(in, sizeof in), c < 0x80);
			utf8_clean(&alone, &byte, 1);
			utf8_clean(&all, in, sizeof in);
			assert_int_equal(all.len, 16 + alone.len);
			found = memmem(all.p, all.len, alone.p, alone.len);
			assert_true(c == '~' || found == all.p + at);
			buf_free(&alone);
			buf_free(&all);
		}
}

static void
test_base32(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "" }, { "f", "my" }, { "fo", "mzxq" }, { "foo", "mzxw6" },
		{ "foob", "mzxw6yq" }, { "fooba", "mzxw6ytb" },
		{ "foobar", "mzxw6ytboi" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		unsigned char back[16];
		char text[32];

		crypt_base32(t[i].in, strlen(t[i].in), text);
		assert_string_equal(text, t[i].out);
		assert_int_equal(crypt_unbase32(slice_of(text), back,
		    sizeof back), strlen(t[i].in));
		assert_memory_equal(back, t[i].in, strlen(t[i].in));
	}
	assert_int_equal(crypt_unbase32(SLICE_LIT("m1"),
	    (unsigned char[4]){ 0 }, 4), -1);
	assert_int_equal(crypt_unbase32(SLICE_LIT("mz"),
	    (unsigned char[4]){ 0 }, 4), -1);
	assert_int_equal(crypt_unbase32(SLICE_LIT("mzxw6ytb"),
	    (unsigned char[4]){ 0 }, 4), -1);
}

static void
test_clock(void **state)
{
	char out[CLOCK_TEXT_MAX];

	(void)state;
	assert_int_equal(clock_days(1970, 1, 1), 0);
	assert_int_equal(clock_days(2000, 3, 1), 11017);
	assert_int_equal(clock_days(1969, 12, 31), -1);
	assert_string_equal(clock_rfc3339(951782400000, out),
	    "2000-02-29T00:00:00Z");
	assert_string_equal(clock_rfc3339(-62135596800000, out),
	    "0001-01-01T00:00:00Z");
	assert_string_equal(clock_rfc3339(253402300799999, out),
	    "9999-12-31T23:59:59Z");
	assert_string_equal(clock_rfc3339_ms(-47499919200000, out),
	    "0464-10-14T10:00:00.000Z");
	assert_string_equal(clock_rfc3339_ms(-1, out),
	    "1969-12-31T23:59:59.999Z");
}

static void
test_err_is_one_line(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set(&err, ERR_INPUT, "a\nb\x1b%s", "c"), -1);
	assert_string_equal(err.msg, "a?b?c");
	assert_int_equal(err_prefix(&err, "in %d", 7), -1);
	assert_string_equal(err.msg, "in 7: a?b?c");
	assert_int_equal(err.code, ERR_INPUT);
}

static void
test_arena_bounds(void **state)
{
	struct arena *a = arena_new(100000);

	(void)state;
	assert_non_null(arena_alloc(a, 50000));
	assert_non_null(arena_alloc(a, 1));
	assert_false(arena_failed(a));
	assert_null(arena_alloc(a, 60000));
	assert_true(arena_failed(a));
	assert_null(arena_calloc(a, SIZE_MAX / 2, 4));
	arena_reset(a);
	assert_false(arena_failed(a));
	assert_string_equal(arena_printf(a, "%d-%s", 5, "x"), "5-x");
	arena_free(&a);
	assert_null(a);
}

static void
test_buf_bounds(void **state)
{
	struct buf b = BUF_INIT(5);

	(void)state;
	buf_adds(&b, "abc");
	buf_addf(&b, "%d", 12);
	assert_string_equal(buf_str(&b), "abc12");
	buf_addc(&b, 'x');
	assert_true(b.failed);
	assert_string_equal(buf_str(&b), "abc12");
	buf_free(&b);
}

static void
test_text(void **state)
{
	struct slice rest = SLICE_LIT("a\r\nb\n\nc"), line;
	uint64_t v;

	(void)state;
	assert_true(text_line(&rest, &line) && slice_is(line, "a"));
	assert_true(text_line(&rest, &line) && slice_is(line, "b"));
	assert_true(text_line(&rest, &line) && slice_is(line, ""));
	assert_true(text_line(&rest, &line) && slice_is(line, "c"));
	assert_false(text_line(&rest, &line));
	assert_true(text_u64(SLICE_LIT("18446744073709551615"), &v));
	assert_true(v == UINT64_MAX);
	assert_false(text_u64(SLICE_LIT("18446744073709551616"), &v));
	assert_false(text_u64(SLICE_LIT("1x"), &v));
	assert_true(text_ieq(SLICE_LIT("AbC"), SLICE_LIT("aBc")));
	assert_true(text_iends(SLICE_LIT("x.PNG"), ".png"));
	assert_non_null(text_ifind(SLICE_LIT("say Hello"), "hello"));
	assert_null(text_ifind(SLICE_LIT("say"), "hello"));
	assert_true(slice_is(text_trim(SLICE_LIT(" \t a b\r\n")), "a b"));
}

static void
test_addi(void **state)
{
	static const struct { int64_t n; const char *text; } t[] = {
		{ 0, "0" }, { 7, "7" }, { -1, "-1" }, { 1042, "1042" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};
	struct buf b = BUF_INIT(20);

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		buf_reset(&b);
		buf_addi(&b, t[i].n);
		assert_string_equal(buf_str(&b), t[i].text);
	}
	buf_addi(&b, 1);
	assert_true(b.failed);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addi),
		cmocka_unit_test(test_utf8_clean),
		cmocka_unit_test(test_utf8_eights),
		cmocka_unit_test(test_base32),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_err_is_one_line),
		cmocka_unit_test(test_arena_bounds),
		cmocka_unit_test(test_buf_bounds),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
