#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/csv.h"

/* Rows as "a|b;c|d", a '!' and the message when it is refused. */
static const char *
read_all(struct arena *arena, const char *text, size_t len)
{
	struct err err = { ERR_NONE, "" };
	const char *v[3], *all = "";
	size_t i, n = 0;
	struct csv csv;
	int rc;

	csv_open(&csv, (struct slice){ text, len }, arena);
	while ((rc = csv_row(&csv, v, 3, &n, &err)) == 1) {
		all = arena_printf(arena, "%s%s%d/%zu:", all,
		    all[0] == '\0' ? "" : ";", csv.row_line, n);
		for (i = 0; i < 3; i++)
			all = arena_printf(arena, "%s%s%s", all, i > 0 ? "|" :
			    "", v[i]);
	}
	return rc == 0 ? all : arena_printf(arena, "%s!%s", all, err.msg);
}

static void
test_rows(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "a,b,c", "1/3:a|b|c" },
		{ "\xef\xbb\xbf" "a,b\r\n\r\n c , d \n", "1/2:a|b|;3/2:c|d|" },
		{ "a,b,c,d\n", "1/4:a|b|c" },
		{ "\"a,1\",\"say \"\"hi\"\"\",\n", "1/3:a,1|say \"hi\"|" },
		{ "\"two\nlines\",x\ny\n", "1/2:two\nlines|x|;3/1:y||" },
		{ "x\n\"open,y\n", "1/1:x||!2: a quoted field has no end: a "
		    "\" before the comma would be right" },
		{ "\"\"\n", "1/1:||" },
		{ "\"\"\"\"", "1/1:\"||" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena *arena = arena_new(1 << 20);

		assert_string_equal(read_all(arena, rows[i].in,
		    strlen(rows[i].in)), rows[i].out);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
