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

static json_t *
get_json(struct pages *p, const char *who)
{
	json_t *o;

	p->format = PAGE_JSON;
	pages_get(p, page_tickets, who, 0, 0);
	p->format = PAGE_HTML;
	assert_int_equal(pages_status(p), 200);
	assert_string_equal(p->a.type, "application/json");
	o = json_loads(buf_str(&p->a.body), 0, NULL);
	assert_non_null(o);
	return o;
}

/* The numbers of a list, "3 2 1", and what next is. */
static void
expect(struct pages *p, const char *who, const char *numbers)
{
	json_t *o = get_json(p, who), *v;
	struct buf b = BUF_INIT(10000);
	size_t i;

	json_array_foreach(json_object_get(o, "tickets"), i, v)
		buf_addf(&b, "%s%lld", i == 0 ? "" : " ",
		    (long long)json_integer_value(json_object_get(v,
		    "number")));
	assert_string_equal(buf_str(&b), numbers);
	buf_free(&b);
	json_decref(o);
}

static void
some_tickets(struct pages *p)
{
	pages_mail(p, "Jana Novak <" JANA ">", "No light", "It is dark.");
	pages_mail(p, "Otto <" OTTO ">", "Slow network", "The dormitory.");
	pages_mail(p, "Jana Novak <" JANA ">", "Lost card", "My card.");
	pages_field(p, MIA, 2, "priority", "urgent");
	pages_field(p, MIA, 2, "assignee", MIA);
	pages_field(p, TOM, 3, "location", "B-301");
	pages_field(p, TOM, 3, "status", "closed");
}

static void
test_views(void **state)
{
	static const struct {
		const char	*who, *name, *value, *numbers;
	} t[] = {
		{ MIA, "view", "", "1" }, { MIA, "view", "open", "1" },
		{ MIA, "view", "active", "2" }, { MIA, "view", "mine", "2" },
		{ TOM, "view", "mine", "" }, { MIA, "view", "closed", "3" },
		{ MIA, "view", "spam", "" }, { MIA, "view", "all", "3 2 1" },
		{ JANA, "view", "", "3 1" }, { JANA, "view", "all", "3 1" },
		{ JANA, "view", "mine", "3 1" }, { JANA, "view", "open", "1" },
		{ JANA, "view", "closed", "3" }, { OTTO, "view", "all", "2" },
		{ OTTO, "view", "open", "" }, { OTTO, "view", "active", "2" },
		/* what only staff may ask for is as if it were not there */
		{ JANA, "requester", OTTO, "3 1" },
		{ JANA, "assignee", MIA, "3 1" },
		{ OTTO, "priority", "low", "2" },
		{ JANA, "q", "dark", "1" }, { JANA, "q", "dormitory", "" },
	};
	struct pages *p = *state;

	some_tickets(p);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s %s=%s\n", t[i].who, t[i].name, t[i].value);
		pages_set(p, t[i].name, t[i].value);
		expect(p, t[i].who, t[i].numbers);
	}
}

static void
test_filters(void **state)
{
	static const struct {
		const char	*name, *value, *numbers;
	} t[] = {
		{ "priority", "urgent", "2" }, { "priority", "low", "" },
		{ "assignee", MIA, "2" }, { "assignee", TOM, "" },
		{ "assignee", "me", "2" }, { "requester", JANA, "3 1" },
		{ "requester", "nobody@x", "" }, { "location", "B-301", "3" },
		{ "category", "services", "" }, { "q", "dark", "1" },
		{ "q", "\" OR (", "" },
	};
	struct pages *p = *state;

	some_tickets(p);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s=%s\n", t[i].name, t[i].value);
		pages_set(p, "view", "all");
		pages_set(p, t[i].name, t[i].value);
		expect(p, MIA, t[i].numbers);
	}
}

static void
test_wrong(void **state)
{
	static const struct { const char *who, *name, *value; } t[] = {
		{ MIA, "view", "nonsense" }, { JANA, "view", "spam" },
		{ MIA, "category", "nonsense" }, { MIA, "priority", "0" },
		{ MIA, "after", "1" }, { MIA, "after", "1.x" },
		{ MIA, "after", "-1.2" }, { JANA, "after", "1.2" },
		{ JANA, "after", "99999999999999999999" },
		{ MIA, "after", "<script>" },
	};
	struct pages *p = *state;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		if (strcmp(t[i].who, JANA) == 0 && i == 1)
			pages_mail(p, JANA, "x", "y");
		print_message("%s %s=%s\n", t[i].who, t[i].name, t[i].value);
		pages_set(p, t[i].name, t[i].value);
		pages_get(p, page_tickets, t[i].who, 0, 0);
		assert_int_equal(pages_status(p), 400);
		pages_lacks(p, "<script>");
	}
}

/* Every ticket once, in order, page after page. */
static void
walk(struct pages *p, const char *who, int64_t n)
{
	const char *after = "";
	int64_t want = n, got;
	json_t *o = NULL, *last = NULL, *v;
	size_t i;

	do {
		pages_set(p, "view", "all");
		pages_set(p, "after", after);
		json_decref(last);
		last = o;		/* after lies in it */
		o = get_json(p, who);
		json_array_foreach(json_object_get(o, "tickets"), i, v) {
			got = json_integer_value(json_object_get(v,
			    "number"));
			assert_int_equal(got, want--);
		}
		after = json_string_value(json_object_get(o, "next"));
	} while (after != NULL);
	assert_int_equal(want, 0);
	json_decref(last);
	json_decref(o);
}

static void
test_paging(void **state)
{
	struct pages *p = *state;
	struct ticket t = { .subject = "one of many", .category = "it",
	    .location = "", .tags = "", .source = "mail" };
	struct err err = { 0 };

	pages_mail(p, JANA, "first", "one");
	t.requester = pages_person(p, JANA).id;
	pages_must(db_begin(p->w.desk.db, &err), &err);
	for (int i = 0; i < 450; i++) {
		t.created_ms = t.updated_ms = p->w.desk.now_ms + i / 3;
		pages_must(ticket_insert(p->w.desk.db, &t, &err), &err);
	}
	pages_must(db_commit(p->w.desk.db, &err), &err);
	walk(p, MIA, 451);
	walk(p, JANA, 451);
	pages_get(p, page_tickets, MIA, 0, 0);
	pages_has(p, "rel=\"next\"");
	pages_has(p, "&amp;after=");
	pages_lacks(p, "Newest</a>");
	pages_set(p, "after", "1.1");
	pages_get(p, page_tickets, MIA, 0, 0);
	pages_has(p, "Back to the newest");
}

static void
test_empty(void **state)
{
	struct pages *p = *state;

	pages_get(p, page_tickets, MIA, 0, 0);
	pages_has(p, "Nothing is open");
	pages_set(p, "q", "nothing");
	pages_get(p, page_tickets, MIA, 0, 0);
	pages_has(p, "Nothing matches");
	pages_has(p, "value=\"nothing\"");
	pages_set(p, "requester", "who@x");
	pages_get(p, page_tickets, MIA, 0, 0);
	pages_has(p, "Nobody here has that address");
}

/* Whatever stands in a mail is text, in every place. */
static void
test_hostile(void **state)
{
	struct pages *p = *state;
	char long_word[3000];

	memset(long_word, 'W', sizeof long_word - 1);
	long_word[sizeof long_word - 1] = '\0';
	pages_mail(p, "\"<script>alert(1)</script>\" <" JANA ">",
	    "<img src=x onerror=alert(2)>\" '&amp; \xe2\x80\xae""evil", "x");
	pages_mail(p, "{{desk.name}} <" OTTO ">", "{{{base}}}{{> foot.html}}",
	    "x");
	pages_mail(p, "z@students.example", long_word, "x");
	pages_field(p, MIA, 1, "location", "\"><b onclick=1>B-301");
	pages_set(p, "view", "all");
	pages_get(p, page_tickets, MIA, 0, 0);
	pages_lacks(p, "<script");
	pages_lacks(p, "<img src=x");
	pages_lacks(p, "<b onclick");
	pages_lacks(p, "\xe2\x80\xae");
	pages_lacks(p, "style=");
	pages_has(p, "&lt;img src=x onerror=alert(2)&gt;&quot;");
	pages_has(p, "&lt;script&gt;");
	pages_has(p, "{{{base}}}");
	assert_true(p->a.body.len < 40000);
	/* the form repeats what was asked */
	pages_set(p, "q", "\"><script>x</script>");
	pages_set(p, "location", "\" autofocus onfocus=\"x");
	pages_get(p, page_tickets, MIA, 0, 0);
	pages_lacks(p, "<script>");
	pages_lacks(p, "\" autofocus");
	pages_has(p, "q=%22%3E%3Cscript%3Ex%3C%2Fscript%3E");
}

static void
test_csv(void **state)
{
	struct pages *p = *state;

	pages_mail(p, "\"=cmd|' /C calc'!A0\" <" JANA ">",
	    "=HYPERLINK(\"http://evil\",\"here\")", "x");
	pages_field(p, MIA, 1, "location", "@B-301");
	p->format = PAGE_CSV;
	pages_get(p, page_tickets, MIA, 0, 0);
	assert_string_equal(p->a.type, "text/csv; charset=utf-8");
	pages_has(p, "number,status,subject,category,priority,location,"
	    "assignee,requester,created,updated,first_response_due,"
	    "resolve_due,assignee_name,requester_name\r\n1,open,\"'=HYPERLINK"
	    "(\"\"http://evil\"\",\"\"here\"\")\",");
	pages_has(p, ",'@B-301,");
	pages_has(p, ",'=cmd|' /C calc'!A0\r\n");
	pages_get(p, page_tickets, JANA, 0, 0);
	pages_has(p, "1,open,");
	pages_has(p, ",,'@B-301,");	/* no priority for them */
}

/* I7: what staff do inside changes nothing that a requester gets to see: not
 * a byte, so neither order, times, nor ETag. */
static void
test_no_leak(void **state)
{
	struct pages *p = *state;
	static const enum page_format formats[] = { PAGE_HTML, PAGE_JSON,
	    PAGE_CSV };
	char *before[3], etag[3][64];
	int64_t now;

	some_tickets(p);
	now = p->w.desk.now_ms += 7200000;
	for (int i = 0; i < 3; i++) {
		p->format = formats[i];
		before[i] = strdup(pages_get(p, page_tickets, JANA, 0, 0));
		snprintf(etag[i], sizeof etag[i], "%s", p->a.etag);
		pages_lacks(p, "urgent");
		pages_lacks(p, MIA);
		pages_lacks(p, OTTO);
		pages_lacks(p, "Slow network");
	}
	pages_note(p, TOM, 1, "zebra: she is the one who always complains");
	pages_field(p, TOM, 1, "priority", "high");
	pages_field(p, TOM, 1, "tags", "difficult");
	pages_mail(p, "Eve <eve@elsewhere.example>", "Re: [#1] No light",
	    "giraffe");
	p->w.desk.now_ms = now;
	for (int i = 0; i < 3; i++) {
		p->format = formats[i];
		pages_get(p, page_tickets, JANA, 0, 0);
		assert_string_equal(buf_str(&p->a.body), before[i]);
		assert_string_equal(p->a.etag, etag[i]);
		free(before[i]);
	}
	pages_set(p, "q", "zebra");
	expect(p, JANA, "");
	pages_set(p, "q", "giraffe");
	expect(p, JANA, "");
	pages_set(p, "q", "zebra");
	expect(p, MIA, "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_views, setup, teardown),
		cmocka_unit_test_setup_teardown(test_filters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_paging, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(test_csv, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_leak, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
