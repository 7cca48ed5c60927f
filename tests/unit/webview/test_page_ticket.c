#include "db/message_store.h"
#include "tests/unit/webview/pages.h"

#define LIA	"lia@campus.example"

/* "Hello" in base64, with the name of the file given. */
#define PHOTO(name)							\
	"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" \
	"--b\nContent-Type: text/plain\n\nThe lamp is dark.\n--b\n"	\
	"Content-Type: text/html; name=\"" name "\"\n"			\
	"Content-Disposition: attachment; filename=\"" name "\"\n"	\
	"Content-Transfer-Encoding: base64\n\nPGI+SGVsbG88L2I+\n--b--\n"

static int
setup(void **state)
{
	static struct pages p;

	pages_open(&p);
	p.w.settings->url = "https://helpdesk.campus.example";
	world_mail(&p.w, 0, "From: Jana Novak <" JANA ">\nTo: helpdesk@"
	    "campus.example\nSubject: No light\nMessage-ID: <a@x>\n"
	    PHOTO("lamp.html"));
	*state = &p;
	return 0;
}

static int
teardown(void **state)
{
	pages_close(*state);
	return 0;
}

/* Jana's ticket with a public answer, notes, a stranger's held words. */
static void
story(struct pages *p)
{
	pages_note(p, TOM, 1, "zebra: the third lamp of hers");
	pages_reply(p, MIA, 1, "We bring a new one.");
	world_mail(&p->w, 0, world_text(&p->w, "From: Eve <eve@elsewhere."
	    "example>\nTo: helpdesk@campus.example\nSubject: giraffe\n"
	    "Message-ID: <e@x>\nIn-Reply-To: <%s>\n" PHOTO("offer.html"),
	    world_row(&p->w, JANA, "acknowledged").message_id));
	pages_field(p, MIA, 1, "priority", "urgent");
	pages_field(p, MIA, 1, "tags", "hippo");
	pages_field(p, MIA, 1, "location", "B-301");
}

static void
test_staff(void **state)
{
	static const char *const there[] = {
		"<title>#1 No light · Campus Helpdesk</title>",
		"The lamp is dark.", "zebra: the third lamp of hers",
		"internal note: staff only", "held: staff only", "We bring a new one.",
		"sender not proven", JANA, MIA, "urgent", "hippo", "B-301",
		"lamp.html", "text/html, 12 bytes", "/tickets/1/attachments/1",
		"set the priority to urgent", "took it", "2026-11-25",
		"datetime=\"2026-11-25T",
	};
	struct pages *p = *state;

	story(p);
	pages_get(p, page_ticket, MIA, 1, 0);
	assert_int_equal(pages_status(p), 200);
	for (size_t i = 0; i < sizeof there / sizeof there[0]; i++)
		pages_has(p, there[i]);
	assert_true(p->a.body.len < 60000);
}

/* Who only says that they are staff is not shown as such, to them neither. */
static void
test_pretender(void **state)
{
	struct pages *p = *state;
	const char *article;

	pages_mail(p, MIA, "[#1] No light", "Pay me for the lamp.");
	pages_get(p, page_ticket, MIA, 1, 0);
	article = strstr(buf_str(&p->a.body), "<article class=\"message held\"");
	assert_non_null(article);
	assert_non_null(strstr(article, "Pay me for the lamp."));
	assert_non_null(strstr(article, "sender not proven"));
	assert_null(strstr(article, ">helpdesk<"));
	assert_null(strstr(article, ">you<"));
	pages_reply(p, MIA, 1, "We bring a new one.");
	pages_get(p, page_ticket, MIA, 1, 0);
	pages_has(p, "<article class=\"message ours\"");
	pages_has(p, ">helpdesk<");
	pages_has(p, ">you<");
}

/* I7: nothing of it, in HTML or JSON, nor of attachments. */
static void
test_requester(void **state)
{
	static const char *const internal[] = { "zebra", "giraffe", "hippo",
		"urgent", "priority\":\"", MIA, TOM, "Tom Berger", "eve@",
		"Eve", "offer.html", "not proven", "\"token\"", "\"claimed\"",
		"\"note\"", "\"held\"", "internal note", "Linked", "because\":\"",
	};
	struct pages *p = *state;

	story(p);
	for (int i = 0; i < 2; i++) {
		p->format = i == 0 ? PAGE_HTML : PAGE_JSON;
		pages_get(p, page_ticket, JANA, 1, 0);
		assert_int_equal(pages_status(p), 200);
		pages_has(p, "The lamp is dark.");
		pages_has(p, "We bring a new one.");
		pages_has(p, "Mia Adler");
		pages_has(p, "B-301");
		for (size_t k = 0; k < sizeof internal / sizeof internal[0];
		    k++)
			pages_lacks(p, internal[k]);
	}
}

/* Not a byte, and so no ETag, tells of what staff do inside. */
static void
test_same_bytes(void **state)
{
	struct pages *p = *state;
	char *before[2];
	int64_t now;

	pages_reply(p, MIA, 1, "We bring a new one.");
	now = p->w.desk.now_ms += 3600000;
	for (int i = 0; i < 2; i++) {
		p->format = i == 0 ? PAGE_HTML : PAGE_JSON;
		before[i] = strdup(pages_get(p, page_ticket, JANA, 1, 0));
	}
	for (int i = 0; i < 250; i++)
		pages_note(p, TOM, 1, "zebra");
	pages_field(p, TOM, 1, "priority", "low");
	pages_field(p, TOM, 1, "due", "2026-12-24");
	p->w.desk.now_ms = now;
	for (int i = 0; i < 2; i++) {
		p->format = i == 0 ? PAGE_HTML : PAGE_JSON;
		assert_string_equal(pages_get(p, page_ticket, JANA, 1, 0),
		    before[i]);
		free(before[i]);
	}
}

static void
test_watcher(void **state)
{
	struct pages *p = *state;
	struct err err = { 0 };

	story(p);
	pages_mail(p, "Otto <" OTTO ">", "Mine", "other");
	pages_get(p, page_ticket, OTTO, 1, 0);
	assert_int_equal(pages_status(p), 404);
	pages_must(db_begin(p->w.desk.db, &err), &err);
	pages_done(p, watcher_add(p->w.desk.db, 1, pages_person(p, OTTO).id,
	    &err), &err);
	for (int i = 0; i < 2; i++) {
		p->format = i == 0 ? PAGE_HTML : PAGE_JSON;
		pages_get(p, page_ticket, OTTO, 1, 0);
		assert_int_equal(pages_status(p), 200);
		pages_has(p, "The lamp is dark.");
		pages_has(p, "Jana Novak");
		pages_lacks(p, JANA);
		pages_lacks(p, "zebra");
	}
}

/* People who are named by their address: others see none of it (I7). */
static void
test_names_that_are_addresses(void **state)
{
	struct pages *p = *state;
	struct err err = { 0 };
	int64_t number = pages_mail(p, "\"" OTTO "\" <" OTTO ">", "Door",
	    "It is stuck.");

	world_staff(&p->w, LIA, LIA, ROLE_STAFF);
	pages_reply(p, LIA, number, "On my way.");
	pages_field(p, LIA, number, "assignee", LIA);
	pages_must(db_begin(p->w.desk.db, &err), &err);
	pages_done(p, watcher_add(p->w.desk.db, number,
	    pages_person(p, JANA).id, &err), &err);
	for (int i = 0; i < 2; i++) {
		p->format = i == 0 ? PAGE_HTML : PAGE_JSON;
		pages_get(p, page_ticket, JANA, number, 0);
		pages_has(p, "On my way.");
		pages_lacks(p, OTTO);
		pages_lacks(p, LIA);
	}
	for (int i = 0; i < 3; i++) {
		p->format = i == 0 ? PAGE_HTML : i == 1 ? PAGE_JSON :
		    PAGE_CSV;
		pages_get(p, page_tickets, OTTO, 0, 0);
		pages_has(p, "Door");
		pages_lacks(p, LIA);
	}
	p->format = PAGE_JSON;
	pages_get(p, page_ticket, OTTO, number, 0);
	pages_has(p, "{\"name\":\"" OTTO "\",\"address\":\"" OTTO "\"}");
	pages_get(p, page_ticket, MIA, number, 0);
	pages_has(p, "{\"name\":\"" LIA "\",\"address\":\"" LIA "\"}");
}

/* The same answer for what is not there and what is another's. */
static void
test_absent(void **state)
{
	struct pages *p = *state;
	char *absent;

	pages_mail(p, "Otto <" OTTO ">", "Mine", "other");
	absent = strdup(pages_get(p, page_ticket, OTTO, 99, 0));
	assert_int_equal(pages_status(p), 404);
	assert_string_equal(pages_get(p, page_ticket, OTTO, 1, 0), absent);
	assert_int_equal(pages_status(p), 404);
	assert_null(p->a.etag);
	free(absent);
	pages_set(p, "before", "x");
	pages_get(p, page_ticket, MIA, 1, 0);
	assert_int_equal(pages_status(p), 404);
	p->format = PAGE_JSON;
	pages_get(p, page_ticket, OTTO, 1, 0);
	pages_has(p, "{\"error\":");
}

static void
test_attachment(void **state)
{
	static const struct {
		const char	*who;
		int64_t		 ticket, id;
		int		 status;
	} t[] = {
		{ MIA, 1, 1, 200 }, { JANA, 1, 1, 200 }, { MIA, 1, 2, 200 },
		{ JANA, 1, 2, 404 },	/* of held words */
		{ OTTO, 1, 1, 404 }, { OTTO, 2, 1, 404 }, { MIA, 2, 1, 404 },
		{ MIA, 1, 99, 404 }, { NULL, 1, 1, 404 },
	};
	struct pages *p = *state;

	story(p);
	pages_mail(p, "Otto <" OTTO ">", "Mine", "other");
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s %d %d\n", t[i].who == NULL ? "nobody" :
		    t[i].who, (int)t[i].ticket, (int)t[i].id);
		pages_get(p, page_attachment, t[i].who, t[i].ticket, t[i].id);
		assert_int_equal(pages_status(p), t[i].status);
		if (t[i].status != 200)
			continue;
		assert_string_equal(buf_str(&p->a.body), "<b>Hello</b>");
		assert_string_equal(p->a.type, "application/octet-stream");
		assert_string_equal(p->a.download, t[i].id == 1 ?
		    "lamp.html" : "offer.html");
	}
}

/* A file of many windows, read by a reader with little room. */
static void
test_large_attachment(void **state)
{
	struct pages *p = *state;
	struct buf raw = BUF_INIT(4 << 20);

	buf_adds(&raw, "From: Jana Novak <" JANA ">\nTo: helpdesk@campus."
	    "example\nSubject: Big\nMessage-ID: <big@x>\nMIME-Version: 1.0\n"
	    "Content-Type: application/zip; name=a.zip\n"
	    "Content-Disposition: attachment; filename=a.zip\n"
	    "Content-Transfer-Encoding: base64\n\n");
	for (int i = 0; i < 12000; i++)
		buf_adds(&raw, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn"
		    "aGlqa2xtbm9wcXJzdHV2d3h5ejAx\n");
	world_mail(&p->w, 0, buf_str(&raw));
	pages_get(p, page_attachment, JANA, 2, 2);
	assert_int_equal(p->a.body.len, 12000 * 54);
	for (int i = 0; i < 12000; i++)
		assert_memory_equal(p->a.body.p + i * 54, "ABCDEFGHIJKLMNOPQRST"
		    "UVWXYZabcdefghijklmnopqrstuvwxyz01", 54);
	assert_string_equal(p->a.type, "application/zip");
	buf_free(&raw);
}

static void
test_buttons(void **state)
{
	static const char subject[] = "mailto:helpdesk@campus.example?subject="
	    "%5B%231%5D%20No%20light";
	struct pages *p = *state;

	pages_get(p, page_ticket, MIA, 1, 0);
	pages_has(p, world_text(&p->w, "href=\"%s\"", subject));
	pages_has(p, world_text(&p->w, "href=\"%s&amp;body=%%21take%%0D%%0A"
	    "%%0D%%0A\"", subject));
	pages_has(p, "&amp;body=%21note%0D%0A");
	pages_has(p, "&amp;body=%21close%0D%0A");
	pages_has(p, "&amp;body=%21category%20facilities%0D%0A");
	pages_has(p, "&amp;body=%21priority%20urgent%0D%0A");
	pages_has(p, "<code>!close</code>");
	pages_has(p, "<code>[#1] No light</code>");
	pages_lacks(p, "%21reopen");
	pages_field(p, MIA, 1, "status", "closed");
	pages_get(p, page_ticket, JANA, 1, 0);
	pages_has(p, "%21reopen");
	pages_has(p, "%21category");
	pages_lacks(p, "%21close");
	pages_lacks(p, "%21note");
	pages_lacks(p, "%21take");
	pages_lacks(p, "%21priority");
}

/* Quoted history is folded for staff, and not there for others. */
static void
test_quoted(void **state)
{
	struct pages *p = *state;

	world_mail(&p->w, 0, "From: Jana Novak <" JANA ">\nTo: helpdesk@campus"
	    ".example\nSubject: Re: No light\nMessage-ID: <b@x>\n"
	    "In-Reply-To: <a@x>\nReferences: <a@x>\n\nYes, by the window.\n\n"
	    "On Monday Mia wrote:\n> is it the one by the\n> elephant?\n");
	pages_get(p, page_ticket, MIA, 1, 0);
	pages_has(p, "<details class=\"whole\">");
	pages_has(p, "text quoted");
	pages_has(p, "elephant");
	pages_get(p, page_ticket, JANA, 1, 0);
	pages_has(p, "Yes, by the window.");
	pages_lacks(p, "elephant");
}

static void
test_hostile(void **state)
{
	struct pages *p = *state;
	int64_t n = world_mail(&p->w, 0, "From: \"</title><script>x</script>"
	    "\" <" OTTO ">\nTo: helpdesk@campus.example\nSubject: "
	    "</title><script>alert(1)</script> \xe2\x80\xae {{desk.address}}\n"
	    "Message-ID: <h@x>\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: text/plain; charset=utf-8\n\n</div></article>"
	    "<a href=\"javascript:x\">\xe2\x80\xae""evil\x01\n"
	    "{{> body.html}}{{{x}}} &lt;\n--b\nContent-Type: text/html\n"
	    "Content-Disposition: attachment; filename=\"\\\"><svg onload=1>"
	    ".png\"\n\nx\n--b--\n").ticket;
	static const char *const who[] = { MIA, OTTO };

	for (int i = 0; i < 2; i++) {
		pages_get(p, page_ticket, who[i], n, 0);
		assert_int_equal(pages_status(p), 200);
		pages_lacks(p, "<script");
		pages_lacks(p, "<a href=\"javascript");
		pages_lacks(p, "<svg");
		pages_lacks(p, "\xe2\x80\xae");
		pages_lacks(p, "\x01");
		pages_has(p, "&lt;/div&gt;&lt;/article&gt;");
		pages_has(p, "{{&gt; body.html}}{{{x}}} &amp;lt;");
	}
}

/* A long thread is shown in parts, the newest first. */
static void
test_long_thread(void **state)
{
	struct pages *p = *state;
	struct message m = { .ticket = 1, .source = "mail",
	    .author_name = "Jana", .date_ms = p->w.desk.now_ms };
	struct err err = { 0 };
	char key[32], *at;

	pages_must(db_begin(p->w.desk.db, &err), &err);
	for (int i = 1; i <= 350; i++) {
		m.text = world_text(&p->w, "word%d.", i);
		m.visibility = i % 2 ? MESSAGE_PUBLIC : MESSAGE_NOTE;
		pages_must(message_insert(p->w.desk.db, &m, &m.id, &err),
		    &err);
	}
	pages_must(db_commit(p->w.desk.db, &err), &err);
	pages_get(p, page_ticket, MIA, 1, 0);
	pages_has(p, "word350.");
	pages_has(p, "word251.");
	pages_lacks(p, "word250.");
	at = strstr(p->a.body.p, "?before=");
	assert_non_null(at);
	snprintf(key, sizeof key, "%.*s", (int)strspn(at + 8, "0123456789"),
	    at + 8);
	pages_set(p, "before", key);
	pages_get(p, page_ticket, MIA, 1, 0);
	pages_has(p, "word250.");
	pages_has(p, "word151.");
	pages_lacks(p, "word251.");
	pages_has(p, "Newest messages");
	pages_get(p, page_ticket, JANA, 1, 0);
	pages_has(p, "word349.");
	pages_has(p, "word151.");
	pages_lacks(p, "word149.");
	pages_lacks(p, "word350.");
}

/* However much somebody sends, the page can be made: fewer messages of it. */
static void
test_large_messages(void **state)
{
	struct pages *p = *state;
	struct message m = { .ticket = 1, .source = "mail",
	    .author_name = "Jana", .date_ms = p->w.desk.now_ms,
	    .spans = "[{\"kind\":\"quoted\",\"offset\":0,"
	    "\"length\":99999999}]" };
	struct attachment a = { .name = "\"\"\"\"\"\"\"\"\"\"",
	    .type = "image/png", .sha256 = "", .encoding = "base64" };
	struct err err = { 0 };
	char *text = malloc(200001);

	memset(text, '"', 200000);
	text[200000] = '\0';
	m.text = m.full_text = text;
	pages_must(db_begin(p->w.desk.db, &err), &err);
	for (int i = 0; i < 30; i++) {
		text[0] = (char)('A' + i % 2);
		m.full_text = text + 1;
		pages_must(message_insert(p->w.desk.db, &m, &m.id, &err),
		    &err);
		a.message = m.id;
		for (int k = 0; k < 40; k++)
			pages_must(attachment_insert(p->w.desk.db, &a, NULL,
			    &err), &err);
	}
	pages_must(db_commit(p->w.desk.db, &err), &err);
	for (int i = 0; i < 2; i++) {
		pages_get(p, page_ticket, i == 0 ? MIA : JANA, 1, 0);
		assert_int_equal(pages_status(p), 200);
		pages_has(p, "?before=");
		pages_has(p, "too long to be shown");
	}
	p->format = PAGE_JSON;
	pages_get(p, page_ticket, MIA, 1, 0);
	pages_has(p, "\"before\":");
	free(text);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_staff), TEST(test_pretender),
		TEST(test_requester), TEST(test_same_bytes),
		TEST(test_watcher), TEST(test_names_that_are_addresses),
		TEST(test_absent), TEST(test_attachment),
		TEST(test_large_attachment), TEST(test_buttons),
		TEST(test_quoted), TEST(test_hostile), TEST(test_long_thread),
		TEST(test_large_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
