#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parsers/gate.h"

/* Mails that crash or stall MIME readers, and harmless ones that look alike. */
static void
test_gate(void **state)
{
	static const struct { const char *in; bool pass; } t[] = {
		{ "", true }, { "\n", true }, { "A: b\n\nc", true },
		{ "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n",
		    false },
		{ "Content-Type: multipart/mixed; boundary=\"a\\\"\"\n\n",
		    true },
		{ "Content-Type: multipart/mixed; boundary = \"\\\"\"\n\n",
		    false },
		{ "Content-Type: multipart/mixed; BOUNDARY=\n \"\\\"\"\n\n",
		    false },
		{ "Content-Type: multipart/mixed; boundary(x)=(y) \"\\\"\"\n\n",
		    false },
		{ "Content-Type: multipart/mixed; boundary*0=\"\\\"\"\n\n",
		    false },
		{ "Content-Type: multipart/mixed; boundary=x\n\n--x\n"
		    "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n",
		    false },
		/* program text */
		{ "A: b\n\nputs(\"\\\"\"); x = \"\\\"\";\n", true },
		{ "A: b\n\nboundary = \"\"\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		const char *why = "";
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);

		print_message("%s\n", t[i].in);
		assert_int_equal(gate_pass((struct slice){ in, len },
		    &mail_limits_default, &why), t[i].pass);
		assert_int_equal(why == NULL, t[i].pass);
		free(in);
	}
}

/* unit n times between begin and end. */
static void
test_counts(void **state)
{
	const struct mail_limits *d = &mail_limits_default;
	const struct {
		const char	*begin, *unit, *end;
		size_t		 n;
		bool		 pass;
	} t[] = {
		{ "From: ", "(", "\n\n", 200, true },
		{ "From: ", "(", "\n\n", 201, false },
		{ "From: ", "()", "\n\n", 1000, true },
		{ "From: ", "()", "\n\n", 1001, false },
		/* fields of parts count too, lines of text do not */
		{ "A: b\n\n--x\nFrom: ", "(", "\n\n", 201, false },
		{ "A: b\n\n--x\nFrom: ", "()", "\n\n", 5000, true },
		{ "A: b\n\n", "(", "\n\n", 5000, true },
		{ "A: b\n\n(f", "(x)", "\n\n", 5000, true },
		{ "A: ", "x", "\n\n", 64 * 1024 - 5, true },
		{ "A: ", "x", "\n\n", 64 * 1024, false },
		{ "A: ", "\n x", "\n\n", 64 * 1024, false },
		{ "", "A: b\n", "\n", 2000, true },
		{ "", "A: b\n", "\n", 2001, false },
		{ "", "A: 3456789012345678901234567890123456789012345678901234"
		    "5678901234567890123456789012345678901234567890123456789"
		    "012345678901234567890123456789012345678901234567\n", "\n",
		    1800, false },
		{ "A: b\n\n", "Content-Type: multipart/mixed\n\n", "", 100,
		    true },
		{ "A: b\n\n", "Content-Type: multipart/mixed\n\n", "", 101,
		    false },
		{ "A: b\n\n", "content-type: MESSAGE/rfc822\n\n", "", 101,
		    false },
		{ "A: b\n\n", "multipart/mixed\n", "", 1000, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(10 * 1024 * 1024);
		const char *why;

		print_message("%zu %s%s\n", i, t[i].begin, t[i].unit);
		buf_adds(&b, t[i].begin);
		for (size_t k = 0; k < t[i].n; k++)
			buf_adds(&b, t[i].unit);
		buf_adds(&b, t[i].end);
		assert_int_equal(gate_pass(buf_slice(&b), d, &why), t[i].pass);
		buf_free(&b);
	}
}

static void
test_size(void **state)
{
	struct mail_limits limits = mail_limits_default;
	const char *why = NULL;

	(void)state;
	limits.mail = 3;
	assert_true(gate_pass(SLICE_LIT("a:b"), &limits, &why));
	assert_false(gate_pass(SLICE_LIT("a:bc"), &limits, &why));
	assert_non_null(why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
