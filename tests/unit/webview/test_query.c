#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "webview/query.h"

static struct arena *arena;

static void
test_target(void **state)
{
	static const struct {
		const char	*in;
		int		 ret;
		const char	*path, *params;	/* "name=value;" */
	} t[] = {
		{ "/", 0, "/", "" },
		{ "/tickets", 0, "/tickets", "" },
		{ "/tickets/", 0, "/tickets/", "" },
		{ "/tickets?q=a", 0, "/tickets", "q=a;" },
		{ "/tickets?q=a+b%20c&view=open", 0, "/tickets",
		  "q=a b c;view=open;" },
		{ "/a+b", 0, "/a+b", "" },
		{ "/a%20b", 0, "/a b", "" },
		{ "/?q", 0, "/", "q=;" },
		{ "/?q=a=b", 0, "/", "q=a=b;" },
		{ "/?&&q=1&", 0, "/", "q=1;" },
		{ "/?=x", 0, "/", "=x;" },
		{ "/?q=Dr%C3%BCcker", 0, "/", "q=Dr\303\274cker;" },
		{ "/?q=a?b/../c", 0, "/", "q=a?b/../c;" },
		{ "", -1, NULL, NULL },
		{ "tickets", -1, NULL, NULL },
		{ "*", -1, NULL, NULL },
		{ "http://x/tickets", -1, NULL, NULL },
		{ "//x/y", -1, NULL, NULL },
		{ "/a//b", -1, NULL, NULL },
		{ "/..", -1, NULL, NULL },
		{ "/static/../x", -1, NULL, NULL },
		{ "/static/./x", -1, NULL, NULL },
		{ "/static/%2e%2e/x", -1, NULL, NULL },
		{ "/static/..%2fx", -1, NULL, NULL },
		{ "/static/a%2Fb", -1, NULL, NULL },
		{ "/static/a%5Cb", -1, NULL, NULL },
		{ "/a\\b", -1, NULL, NULL },
		{ "/a%00b", -1, NULL, NULL },
		{ "/a%0Ab", -1, NULL, NULL },
		{ "/a%7Fb", -1, NULL, NULL },
		{ "/a\nb", -1, NULL, NULL },
		{ "/a%", -1, NULL, NULL },
		{ "/a%4", -1, NULL, NULL },
		{ "/a%zz", -1, NULL, NULL },
		{ "/a%ff", -1, NULL, NULL },
		{ "/\377", -1, NULL, NULL },
		{ "/?q=%00", -1, NULL, NULL },
		{ "/?q=%c3", -1, NULL, NULL },
		{ "/?q=1&q=2", -1, NULL, NULL },
		{ "/?q=1&%71=2", -1, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct target target = { .path = "untouched" };
		struct buf params = BUF_INIT(1000);
		struct err err = { 0 };
		char *in = strdup(t[i].in);

		print_message("%s\n", in);
		assert_int_equal(query_target(in, arena, &target, &err),
		    t[i].ret);
		if (t[i].ret == -1) {
			assert_int_equal(err.code, ERR_INPUT);
			assert_string_equal(target.path, "untouched");
		} else {
			for (size_t j = 0; j < target.nparams; j++)
				buf_addf(&params, "%s=%s;",
				    target.params[j].name,
				    target.params[j].value);
			assert_string_equal(target.path, t[i].path);
			assert_string_equal(buf_str(&params), t[i].params);
		}
		buf_free(&params);
		free(in);
	}
}

static void
test_bounds(void **state)
{
	struct buf b = BUF_INIT(100000);
	struct target target;
	struct err err = { 0 };

	(void)state;
	buf_adds(&b, "/?");
	for (int i = 0; i < QUERY_PARAMS_MAX; i++)
		buf_addf(&b, "p%d=%d&", i, i);
	assert_int_equal(query_target(buf_str(&b), arena, &target, &err), 0);
	assert_int_equal(target.nparams, QUERY_PARAMS_MAX);
	buf_adds(&b, "more=1");
	assert_int_equal(query_target(buf_str(&b), arena, &target, &err), -1);
	buf_reset(&b);
	buf_addc(&b, '/');
	while (b.len < QUERY_TARGET_MAX)
		buf_addc(&b, 'a');
	assert_int_equal(query_target(buf_str(&b), arena, &target, &err), 0);
	buf_addc(&b, 'a');
	assert_int_equal(query_target(buf_str(&b), arena, &target, &err), -1);
	buf_free(&b);
}

static void
test_cookie(void **state)
{
	static const struct { const char *field, *value; } t[] = {
		{ "sid=abc", "abc" },
		{ "a=1; sid=abc; b=2", "abc" },
		{ "a=1;sid=abc", "abc" },
		{ "sid=", "" },
		{ "sid=a=b", "a=b" },
		{ "xsid=1; sid=2", "2" },
		{ "sidx=1", NULL },
		{ "SID=1", NULL },
		{ "sid", NULL },
		{ "", NULL },
		{ ";;;", NULL },
		{ "sid=1; sid=2", NULL },
	};
	struct slice value;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		bool found = query_cookie(t[i].field, "sid", &value);

		print_message("%s\n", t[i].field);
		assert_int_equal(found, t[i].value != NULL);
		if (found)
			assert_true(slice_is(value, t[i].value));
	}
}

static void
test_number(void **state)
{
	static const struct { const char *text; int64_t want; } t[] = {
		{ "1", 1 }, { "1042", 1042 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", 0 }, { "18446744073709551616", 0 },
		{ "0", 0 }, { "01", 0 }, { "", 0 }, { "-1", 0 }, { "+1", 0 },
		{ " 1", 0 }, { "1 ", 0 }, { "1a", 0 }, { "0x1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int64_t number = 0;

		print_message("%s\n", t[i].text);
		assert_int_equal(query_number(slice_of(t[i].text), &number),
		    t[i].want != 0);
		assert_int_equal(number, t[i].want);
	}
}

static void
test_matches_prefers(void **state)
{
	static const struct { const char *field; bool want; } t[] = {
		{ "\"a\"", true }, { "W/\"a\"", true }, { "*", true },
		{ "\"b\", \"a\"", true }, { "\"b\",W/\"a\" ", true },
		{ "\"b\"", false }, { "a", false }, { "", false },
		{ "\"aa\"", false }, { "W/", false },
	}, accept[] = {
		{ "application/json", true },
		{ "Application/JSON;q=1, text/html", true },
		{ "text/html, application/json", false },
		{ "*/*", false }, { "", false }, { "application/jsonx", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].field);
		assert_int_equal(query_matches(t[i].field, "\"a\""),
		    t[i].want);
	}
	for (size_t i = 0; i < sizeof accept / sizeof accept[0]; i++) {
		print_message("%s\n", accept[i].field);
		assert_int_equal(query_prefers(accept[i].field,
		    "application/json"), accept[i].want);
	}
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 24);
	return arena == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_cookie),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_matches_prefers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
