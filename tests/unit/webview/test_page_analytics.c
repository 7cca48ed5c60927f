#include <time.h>

#include "base/clock.h"
#include "db/fact_store.h"
#include "tests/unit/desk/world.h"
#include "tests/unit/webview/pages.h"

/* Mails on three days; Mia answers and closes some. The world's clock starts on
 * 2026-11-25. */
static int
setup(void **state)
{
	static struct pages p;

	pages_open(&p);
	pages_mail(&p, JANA, "No light", "It is dark.");
	pages_mail(&p, OTTO, "<script>No</script> password", "It is locked.");
	pages_reply(&p, MIA, 1, "We bring a new one.");
	pages_field(&p, MIA, 1, "status", "closed");
	pages_field(&p, MIA, 2, "category", "it");
	world_pass(&p.w, 86400);
	pages_mail(&p, JANA, "Still no light", "It is dark.");
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
ask(struct pages *p, const char *measure, const char *by)
{
	pages_set(p, "measure", measure);
	pages_set(p, "by", by);
}

static void
test_page(void **state)
{
	static const struct {
		const char *measure, *by, *has[4];
	} t[] = {
		{ "created", "day", { "<data value=\"2\">", "2026-11-25",
		  "2026-11-26", "/tickets?measure=created&amp;by=day" } },
		{ "created", "category", { "key=it\"", "key=facilities\"",
		  "<caption>Tickets made by category, 2026-10-30 to "
		  "2026-11-26</caption>", "analytics.csv?measure=created" } },
		{ "closed", "assignee", { "<bdi>Mia Adler</bdi>",
		  "key=mia%40campus.example", "<data value=\"1\">", "Before" } },
		{ "backlog", "category", { "<data value=\"1\">", "Not closed",
		  "facilities", "Counted at the end" } },
		{ "first-response-p50", "month", { "Median", "90 %", "2026-11",
		  "opening hours" } },
		{ "created", "weekday-hour", { "class=\"heat\"", "class=\"h5\"",
		  "key=wed%20", "Sun" } },
		{ "satisfaction", "assignee", { "Nothing to count", "Satisfaction",
		  "longer period", "" } },
	};
	struct pages *p = *state;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s by %s\n", t[i].measure, t[i].by);
		ask(p, t[i].measure, t[i].by);
		pages_get(p, page_analytics, TOM, 0, 0);
		assert_int_equal(pages_status(p), 200);
		for (size_t k = 0; k < 4; k++)
			pages_has(p, t[i].has[k]);
		pages_lacks(p, " style=");
		pages_lacks(p, "<script>");
		assert_true(p->a.body.len < 60000);
		assert_non_null(p->a.etag);
	}
}

static void
test_data(void **state)
{
	struct pages *p = *state;

	p->format = PAGE_JSON;
	ask(p, "created", "category");
	assert_string_equal(pages_get(p, page_analytics, MIA, 0, 0),
	    "{\"measure\":\"created\",\"by\":\"category\",\"from\":"
	    "\"2026-10-30\",\"to\":\"2026-11-26\",\"total\":3,\"before\":0,"
	    "\"stats\":[{\"key\":\"facilities\",\"value\":2},"
	    "{\"key\":\"it\",\"value\":1}]}\n");
	p->format = PAGE_CSV;
	ask(p, "created", "category");
	assert_string_equal(pages_get(p, page_analytics, MIA, 0, 0),
	    "key,value\r\nfacilities,2\r\nit,1\r\n");
	assert_string_equal(p->a.type, "text/csv; charset=utf-8");
}

/* Each figure leads to exactly what it counts. */
static void
test_behind(void **state)
{
	static const struct {
		const char *measure, *by, *key, *numbers;
	} t[] = {
		{ "created", "category", "facilities", "31" },
		{ "created", "category", "it", "2" },
		{ "created", "category", NULL, "321" },
		{ "created", "day", "2026-11-25", "21" },
		{ "created", "day", "2026-11-24", "" },
		{ "created", "day", "2031-11-24", "" },
		{ "closed", "assignee", MIA, "1" },
		{ "closed", "assignee", "", "" },
		{ "backlog", "priority", "normal", "32" },
		{ "backlog", "assignee", "", "32" },
		{ "first-response-p90", "source", "mail", "1" },
	};
	struct pages *p = *state;

	p->format = PAGE_CSV;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		const char *at;
		char got[10] = "";

		print_message("%s by %s: %s\n", t[i].measure, t[i].by,
		    t[i].key == NULL ? "all" : t[i].key);
		ask(p, t[i].measure, t[i].by);
		if (t[i].key != NULL)
			pages_set(p, "key", t[i].key);
		at = pages_get(p, page_tickets, MIA, 0, 0);
		while ((at = strstr(at, "\r\n")) != NULL && at[2] != '\0') {
			at += 2;
			strncat(got, at, 1);
		}
		assert_string_equal(got, t[i].numbers);
	}
	p->format = PAGE_HTML;
	ask(p, "created", "category");
	pages_set(p, "key", "facilities");
	pages_get(p, page_tickets, MIA, 0, 0);
	pages_has(p, "The 2 tickets behind <b>Tickets made</b>, "
	    "<bdi>Facilities</bdi>, 2026-10-30 to 2026-11-26");
	pages_lacks(p, "class=\"tabs\"");
}

/* Others than staff have no analyses, nor lists by them. */
static void
test_requester(void **state)
{
	struct pages *p = *state;

	ask(p, "created", "category");
	pages_get(p, page_analytics, JANA, 0, 0);
	assert_int_equal(pages_status(p), 404);
	ask(p, "created", "category");
	pages_get(p, page_tickets, JANA, 0, 0);
	assert_int_equal(pages_status(p), 200);
	pages_has(p, "Still no light");
	pages_lacks(p, "password");
	pages_lacks(p, "behind");
}

static void
test_wrong(void **state)
{
	static const struct {
		const char *name, *value, *says;
	} t[] = {
		{ "measure", "luck", "no such measure" },
		{ "by", "moon", "no such dimension" },
		{ "from", "<b>", "&lt;b&gt;&quot; is no date" },
		{ "from", "2027-01-01", "ends before it begins" },
		{ "from", "2001-01-01", "11 years at most" },
		{ "category", "none", "no such category" },
		{ "priority", "none", "no such priority" },
	};
	struct pages *p = *state;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		pages_set(p, t[i].name, t[i].value);
		pages_get(p, page_analytics, MIA, 0, 0);
		assert_int_equal(pages_status(p), 400);
		pages_has(p, t[i].says);
	}
	ask(p, "backlog", "weekday-hour");
	pages_get(p, page_analytics, MIA, 0, 0);
	assert_int_equal(pages_status(p), 400);
	pages_set(p, "assignee", "nobody@x.example");
	pages_get(p, page_analytics, MIA, 0, 0);
	assert_int_equal(pages_status(p), 200);
	pages_has(p, "Nothing to count");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_page), TEST(test_data), TEST(test_behind),
		TEST(test_requester), TEST(test_wrong),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
