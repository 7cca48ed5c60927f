#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/casefold.h"

static void
test_casefold(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "WiFi", "wifi" },
		{ "Stra\xc3\x9f" "e", "strasse" },
		{ "B\xc3\xbcro \xc3\x84PFEL", "buro apfel" },
		{ "\xef\xbc\x92\xef\xbc\x91", "21" },	/* full width */
		{ "\xce\x9f\xce\xa3", "\xce\xbf\xcf\x83" },	/* Greek */
		{ "e\xcc\x81", "e" },			/* combining */
		{ "\xe6\x9a\x96\xe6\xb0\x97", "\xe6\x9a\x96\xe6\xb0\x97" },
	};
	struct arena *arena = arena_new(1 << 20);
	char *big;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct slice s = casefold(arena, slice_of(rows[i].in));

		assert_non_null(s.p);
		assert_string_equal(s.p, rows[i].out);
		assert_int_equal(s.len, strlen(rows[i].out));
	}
	assert_null(casefold(arena, (struct slice){ "\xff\xfe", 2 }).p);
	big = arena_alloc(arena, 16);
	assert_null(casefold(arena, (struct slice){ big, (2 << 20) }).p);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_casefold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
