#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "parsers/date.h"

static void
test_date(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "Mon, 2 Nov 2026 10:00:00 +0100", "2026-11-02T09:00:00Z" },
		{ "2 Nov 2026 10:00 -0530", "2026-11-02T15:30:00Z" },
		{ "Mon, 02 Nov 26 10:00:00 GMT", "2026-11-02T10:00:00Z" },
		{ "2 Nov 99 10:00:00 PST", "1999-11-02T18:00:00Z" },
		{ "Mon,2 Nov 2026 10:00:00 (a (nested) one) +0100 (CET)",
		    "2026-11-02T09:00:00Z" },
		{ "2 November 2026 10:00:00 GMT+0100", "2026-11-02T09:00:00Z" },
		{ "Mon Nov  2 10:00:00 2026", "2026-11-02T10:00:00Z" },
		{ "Mon Nov  2 10:00:00 CET 2026", "2026-11-02T09:00:00Z" },
		{ "2026-11-02T10:00:00+01:00", "2026-11-02T09:00:00Z" },
		{ "2026-11-02 10:00:00.123 Z", "2026-11-02T10:00:00Z" },
		{ "2.11.2026 10:00", "2026-11-02T10:00:00Z" },
		{ "02-Nov-2026 10:00:00 +0000", "2026-11-02T10:00:00Z" },
		{ "Mon, 2 Nov 2026 10.00.00 +0000", "2026-11-02T10:00:00Z" },
		{ "2 Nov 2026 01:00:00 PM", "2026-11-02T13:00:00Z" },
		{ "2 Nov 2026 12:05:00 AM", "2026-11-02T00:05:00Z" },
		{ "11/02/2026 10:00", "2026-11-02T10:00:00Z" },
		{ "29 Feb 2024 00:00:00 +0000", "2024-02-29T00:00:00Z" },
		{ "2 Nov 2026", "2026-11-02T00:00:00Z" },
		{ "2 11 2026 10:00:00 +0000", "2026-11-02T10:00:00Z" },
		{ "from a by b; 2 Nov 2026 10:00:00 +0000",
		    "2026-11-02T10:00:00Z" },
		{ "2 Nov 2026 10:00:00 +9999", "2026-11-02T10:00:00Z" },
		{ "2 Nov 2026 10:00:00 -0000", "2026-11-02T10:00:00Z" },
		{ "", NULL }, { "yesterday", NULL }, { "29 Feb 2023", NULL },
		{ "32 Nov 2026", NULL }, { "2 Foo 2026", NULL },
		{ "2 Nov 2026 25:00:00", NULL }, { "2 Nov 2026 10:60", NULL },
		{ "2 Nov 1 10:00", NULL }, { "(((((", NULL },
		{ "99999999999999999999 Nov 2026", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		char text[CLOCK_TEXT_MAX];
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);
		int64_t ms = -1;
		bool ok;

		print_message("%s\n", t[i].in);
		ok = date_parse((struct slice){ in, len }, &ms);
		assert_int_equal(ok, t[i].out != NULL);
		if (ok)
			assert_string_equal(clock_rfc3339(ms, text), t[i].out);
		else
			assert_int_equal(ms, -1);
		free(in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
