#include "tests/unit/webview/pages.h"

static int
setup(void **state)
{
	static struct pages p;

	pages_open(&p);
	*state = &p;
	return 0;
}

static int
teardown(void **state)
{
	pages_close(*state);
	return 0;
}

static void
test_report(void **state)
{
	struct pages *p = *state;

	pages_get(p, page_report, NULL, 0, 0);
	assert_int_equal(pages_status(p), 200);
	pages_has(p, "href=\"mailto:helpdesk%2Bit@campus.example\"");
	pages_has(p, "href=\"mailto:helpdesk%2Bfacilities@campus.example\"");
	pages_has(p, "href=\"mailto:helpdesk@campus.example\"");
	pages_has(p, "Log in");
	pages_lacks(p, "Log out");
	pages_get(p, page_report, MIA, 0, 0);
	pages_has(p, "Log out");
}

/* Without sub-addresses the mail itself says the category. */
static void
test_plain_address(void **state)
{
	struct pages *p = *state;

	p->w.settings->subaddressing = false;
	pages_get(p, page_report, NULL, 0, 0);
	pages_has(p, "href=\"mailto:helpdesk@campus.example?body=%21category"
	    "%20it%0D%0A\"");
	pages_set(p, "room", "B301");
	pages_get(p, page_report, NULL, 0, 0);
	pages_has(p, "body=%21category%20it%0D%0A%21location%20B301%0D%0A"
	    "%0D%0A\"");
}

static void
test_room(void **state)
{
	static const struct { const char *in, *shown, *encoded; } t[] = {
		{ "B301", "B301", "body=%21location%20B301%0D%0A%0D%0A\"" },
		{ "Library 2.14", "Library 2.14", "%21location%20Library%20" },
		{ "\"><script>", "&quot;&gt;&lt;script&gt;",
		    "%21location%20%22%3E%3Cscript%3E%0D%0A" },
		{ "a\n!priority urgent", "a !priority urgent",
		    "%21location%20a%20%21priority%20urgent%0D%0A" },
		{ "a&cc=eve@x", "a&amp;cc=eve@x",
		    "%21location%20a%26cc%3Deve%40x%0D%0A" },
		{ "\xe2\x80\xae" "103B", "103B", "location%20103B%0D%0A" },
	};
	struct pages *p = *state;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].in);
		pages_set(p, "room", t[i].in);
		pages_get(p, page_report, NULL, 0, 0);
		pages_has(p, t[i].shown);
		pages_has(p, t[i].encoded);
		pages_lacks(p, "<script>");
		pages_lacks(p, "&amp;cc=eve@x?");
	}
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_report), TEST(test_plain_address), TEST(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
