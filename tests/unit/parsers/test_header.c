#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parsers/header.h"

/* The fields as "name|value\n" and, last, the length of the block. */
static void
test_scan(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "0" },
		{ "A: b\r\n\r\nbody", "A|b\n8" },
		{ "A: b\n\nbody: no", "A|b\n6" },
		{ "A: b\n c\n\td\n\n", "A|b c\td\n12" },
		{ "A: b\r\n c\r\n\r\n", "A|b c\n12" },
		{ "A : b\n\n", "A|b\n7" },
		{ "A:b", "A|b\n3" },
		{ "A:\n\n", "A|\n4" },
		{ "A:\n b\n\n", "A|b\n7" },
		{ "\r\n\r\nA: b\r\n\r\nx", "A|b\n12" },
		{ "From joe Mon Jan  1 2024\nA: b\n\n", "A|b\n31" },
		{ "\xef\xbb\xbf" "A: b\n\n", "A|b\n9" },
		{ "A: 1\nB: 2\nA: 3\n\n", "A|1\nB|2\nA|3\n16" },
		/* a stray line inside, and a body that starts too soon */
		{ "A: 1\nstray line\nB: 2\n\nx", "A|1\nB|2\n22" },
		{ "A: 1\nHello Jo,\nhow are you\nC: d\n\n", "A|1\n5" },
		{ "A: 1\nHello Jo,\nhow are\nyou\n\n", "A|1\n5" },
		{ "Just words\nand more\n", "0" },
		/* a field that a server wrapped without leading blanks */
		{ "Received: from a\nby b (1.2) id <c>\nfor <d>; Mon\n"
		    "X-Mailer: e\n\n", "Received|from a\nX-Mailer|e\n61" },
		{ "A: 1\nHello Jo,\nsee there.\nFrom: Ann\nSent: now\n\n",
		    "A|1\n5" },
		{ "A: 1\n1\n2\n3\n4\n5\n6\n7\n8\n9\n1\n2\n3\n4\n5\n6\n7\n8\n9\n1\n"
		    "2\n3\nX-B: 2\n\n", "A|1\n5" },
		/* a delimiter is none of it */
		{ "A: 1\n--x\nContent-Type: text/plain\n\n", "A|1\n5" },
		/* a blank-led line is folding, a line of blanks is not */
		{ "A: 1\n  \nbody\n", "A|1\n8" },
		{ "A: 1\n  \n 2\n\n", "A|1   2\n12" },
		{ "S: a\rb\n\n", "S|a\rb\n8" },
		{ "\n\n", "1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *arena = arena_new(100000);
		struct buf b = BUF_INIT(10000);
		struct header_list list;
		struct err err = { 0 };
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);

		print_message("%s\n", t[i].in);
		assert_int_equal(header_scan((struct slice){ in, len },
		    &mail_limits_default, arena, &list, &err), 0);
		for (size_t k = 0; k < list.n; k++) {
			buf_addslice(&b, list.v[k].name);
			buf_addc(&b, '|');
			buf_addslice(&b, list.v[k].value);
			buf_addc(&b, '\n');
			assert_memory_equal(in + list.v[k].offset,
			    list.v[k].name.p, list.v[k].name.len);
		}
		buf_addf(&b, "%zu", list.length);
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
		free(in);
		arena_free(&arena);
	}
}

static void
test_get(void **state)
{
	struct slice in = SLICE_LIT("To: a\nSubject: x\nTO: b\n\n");
	struct arena *arena = arena_new(100000);
	const struct header_field *f;
	struct header_list list;
	struct err err;

	(void)state;
	assert_int_equal(header_scan(in, &mail_limits_default, arena, &list,
	    &err), 0);
	f = header_get(&list, "to");
	assert_true(f != NULL && slice_is(f->value, "a"));
	f = header_next(&list, f, "to");
	assert_true(f != NULL && slice_is(f->value, "b"));
	assert_null(header_next(&list, f, "to"));
	assert_null(header_get(&list, "cc"));
	assert_true(slice_is(header_value(&list, "SUBJECT"), "x"));
	assert_int_equal(header_value(&list, "cc").len, 0);
	arena_free(&arena);
}

static void
test_limits(void **state)
{
	struct mail_limits limits = mail_limits_default;
	struct slice in = SLICE_LIT("A: 1\nB: 23456\nC: 3\n\nbody");
	struct arena *arena = arena_new(100000);
	struct header_list list;
	struct err err;

	(void)state;
	limits.fields = 2;
	limits.header_field = 3;
	assert_int_equal(header_scan(in, &limits, arena, &list, &err), 0);
	assert_int_equal(list.n, 2);
	assert_true(slice_is(list.v[1].value, "23"));
	assert_int_equal(list.length, 20);
	arena_free(&arena);

	arena = arena_new(10);
	assert_int_equal(header_scan(in, &mail_limits_default, arena, &list,
	    &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
