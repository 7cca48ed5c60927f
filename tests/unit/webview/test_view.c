#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/csv.h"
#include "webview/view.h"

static void
test_mailto(void **state)
{
	static const struct {
		const char	*to, *subject, *body, *link;
	} t[] = {
		{ "helpdesk@campus.example", "", "",
		    "mailto:helpdesk@campus.example" },
		{ "helpdesk+it@campus.example", "", "",
		    "mailto:helpdesk%2Bit@campus.example" },
		{ "h@x", "[#1042] No light", "!close\n\n",
		    "mailto:h@x?subject=%5B%231042%5D%20No%20light"
		    "&body=%21close%0D%0A%0D%0A" },
		{ "h@x", "", "a", "mailto:h@x?body=a%0D%0A" },
		/* no value may end itself and begin another */
		{ "h@x", "a&cc=eve@x?bcc=y#z%41", "b&to=c",
		    "mailto:h@x?subject=a%26cc%3Deve%40x%3Fbcc%3Dy%23z%2541"
		    "&body=b%26to%3Dc%0D%0A" },
		{ "h@x", "a\r\nBcc: eve@x\nb", "",
		    "mailto:h@x?subject=a%20Bcc%3A%20eve%40x%20b" },
		{ "a?cc=b@x", "", "", "mailto:a%3Fcc%3Db@x" },
		{ "h@x", "caf\xc3\xa9 \xe2\x80\xae""abc \"<'>", "",
		    "mailto:h@x?subject=caf%C3%A9%20abc%20%22%3C%27%3E" },
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		assert_string_equal(view_mailto(arena, t[i].to, t[i].subject,
		    t[i].body), t[i].link);
	arena_free(&arena);
}

static void
test_csv_cell(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "" }, { "plain", "plain" }, { "a b", "a b" },
		{ "a,b", "\"a,b\"" }, { "a\"b", "\"a\"\"b\"" },
		{ "a\nb", "\"a\nb\"" }, { " a", "\" a\"" },
		{ "=1+2", "'=1+2" }, { "+49 30", "'+49 30" },
		{ "-1", "'-1" }, { "@SUM(A1)", "'@SUM(A1)" },
		{ "\tx", "'\tx" }, { "\r=1", "\"'\r=1\"" },
		{ "=HYPERLINK(\"http://x\",\"y\")",
		    "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"" },
		{ "1=2", "1=2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(1000);

		csv_cell(&b, t[i].in);
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
	}
}

static void
test_line(void **state)
{
	char *long_line = malloc(5001);
	json_t *v;

	(void)state;
	memset(long_line, 'x', 5000);
	long_line[5000] = '\0';
	v = view_line(long_line);
	assert_int_equal(json_string_length(v), 403);	/* with the dots */
	json_decref(v);
	free(long_line);
	v = view_line("a\n b\x07\xe2\x80\xae""c\xff" "d");
	assert_string_equal(json_string_value(v), "a b cd");
	json_decref(v);
	v = view_line(NULL);
	assert_string_equal(json_string_value(v), "");
	json_decref(v);
	v = view_text("a\n\xff" "b\x01", 5);
	assert_string_equal(json_string_value(v),
	    "a\n\xef\xbf\xbd" "b\xef\xbf\xbd");
	json_decref(v);
}

static const char *
text_of(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void
test_when(void **state)
{
	static const struct {
		int64_t		 ago;		/* seconds */
		const char	*way, *unit;
		json_int_t	 n;
	} t[] = {
		{ 59, "ago", "now", 0 }, { 60, "ago", "minutes", 1 },
		{ 3599, "ago", "minutes", 59 }, { 3600, "ago", "hours", 1 },
		{ 47 * 3600, "ago", "hours", 47 },
		{ 48 * 3600, "ago", "days", 2 },
		{ -90, "ahead", "minutes", 1 },
		{ 8 * 86400, NULL, NULL, 0 }, { -9 * 86400, NULL, NULL, 0 },
	};
	struct page_request r = { .now_ms = 1795597200000 };
	json_t *o, *far;

	(void)state;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	o = view_when(&r, r.now_ms);
	assert_string_equal(text_of(o, "iso"), "2026-11-25T09:00:00Z");
	assert_string_equal(text_of(o, "exact"), "2026-11-25 09:00:00 UTC");
	assert_string_equal(text_of(o, "local"), "2026-11-25 10:00");
	assert_string_equal(text_of(o, "date"), "2026-11-25");
	json_decref(o);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		o = view_when(&r, r.now_ms - t[i].ago * 1000);
		far = t[i].way == NULL ? NULL : json_object_get(o, t[i].way);
		assert_int_equal(far == NULL, t[i].way == NULL);
		if (far != NULL && t[i].n > 0)
			assert_int_equal(json_integer_value(json_object_get(
			    far, t[i].unit)), t[i].n);
		else if (far == NULL)
			assert_true(json_object_get(o, "ago") == NULL &&
			    json_object_get(o, "ahead") == NULL);
		json_decref(o);
	}
	o = view_when(&r, 0);
	assert_true(json_is_null(o));
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mailto),
		cmocka_unit_test(test_csv_cell),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
