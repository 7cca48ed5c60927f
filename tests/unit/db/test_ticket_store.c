#include "tests/unit/db/store.h"

#include "db/message_store.h"
#include "db/search.h"

static void
test_names(void **state)
{
	enum ticket_status status;
	enum ticket_priority priority;
	enum ticket_view view;

	(void)state;
	for (int i = TICKET_OPEN; i <= TICKET_CLOSED; i++) {
		assert_true(ticket_status_parse(ticket_status_name(
		    (enum ticket_status)i), &status));
		assert_int_equal(status, i);
	}
	for (int i = PRIORITY_LOW; i <= PRIORITY_URGENT; i++) {
		assert_true(ticket_priority_parse(ticket_priority_name(
		    (enum ticket_priority)i), &priority));
		assert_int_equal(priority, i);
	}
	assert_true(ticket_view_parse("spam", &view));
	assert_int_equal(view, VIEW_SPAM);
	assert_true(ticket_view_parse("all", &view));
	assert_int_equal(view, VIEW_ALL);
	assert_false(ticket_view_parse("mine", &view));
	assert_false(ticket_status_parse("OPEN", &status));
	assert_false(ticket_priority_parse("", &priority));
	for (int i = LINK_MERGED; i <= LINK_CONTINUES; i++)
		assert_non_null(link_kind_name((enum link_kind)i));
	assert_string_equal(link_kind_name(LINK_CONTINUES), "continues");
}

static void
test_round_trip(void **state)
{
	struct store *s = *state;
	struct ticket t, got;
	int64_t ann, bob;

	ok(s, db_begin(s->db, &s->err));
	ann = store_person(s, "ann@x");
	bob = store_person(s, "bob@x");
	t = (struct ticket){
		.subject = "Caf\xc3\xa9", .status = TICKET_WAITING,
		.category = "facilities", .priority = PRIORITY_URGENT,
		.location = "Library 2.14", .assignee = bob, .requester = ann,
		.source = "slack", .tags = "a,b",
		.flags = TICKET_BULK | TICKET_QUIET, .created_ms = 1,
		.updated_ms = 2, .closed_ms = 3, .waiting_ms = 4,
		.first_response_ms = 5, .first_response_due_ms = 6,
		.resolve_due_ms = 7, .due_ms = 8,
	};
	ok(s, ticket_insert(s->db, &t, &s->err));
	assert_int_equal(ticket_get(s->db, t.number, s->arena, &got, &s->err),
	    1);
	assert_int_equal(got.number, t.number);
	assert_true(got.key == t.key);
	assert_string_equal(got.subject, t.subject);
	assert_int_equal(got.status, TICKET_WAITING);
	assert_string_equal(got.category, "facilities");
	assert_int_equal(got.priority, PRIORITY_URGENT);
	assert_string_equal(got.location, "Library 2.14");
	assert_int_equal(got.assignee, bob);
	assert_int_equal(got.requester, ann);
	assert_string_equal(got.source, "slack");
	assert_string_equal(got.tags, "a,b");
	assert_int_equal(got.flags, TICKET_BULK | TICKET_QUIET);
	assert_int_equal(got.created_ms, 1);
	assert_int_equal(got.updated_ms, 2);
	assert_int_equal(got.closed_ms, 3);
	assert_int_equal(got.waiting_ms, 4);
	assert_int_equal(got.first_response_ms, 5);
	assert_int_equal(got.first_response_due_ms, 6);
	assert_int_equal(got.resolve_due_ms, 7);
	assert_int_equal(got.due_ms, 8);

	/* all but number, key and created_ms change */
	got = (struct ticket){ .number = t.number, .key = 1, .subject = "S",
	    .status = TICKET_CLOSED, .category = "it",
	    .priority = PRIORITY_LOW, .location = "", .source = "mail",
	    .tags = "", .created_ms = 99, .updated_ms = 12, .closed_ms = 13,
	    .waiting_ms = 14, .first_response_ms = 15,
	    .first_response_due_ms = 16, .resolve_due_ms = 17, .due_ms = 18 };
	ok(s, ticket_update(s->db, &got, &s->err));
	assert_int_equal(ticket_get(s->db, t.number, s->arena, &got, &s->err),
	    1);
	assert_true(got.key == t.key);
	assert_int_equal(got.created_ms, 1);
	assert_string_equal(got.subject, "S");
	assert_int_equal(got.status, TICKET_CLOSED);
	assert_string_equal(got.category, "it");
	assert_int_equal(got.priority, PRIORITY_LOW);
	assert_string_equal(got.location, "");
	assert_int_equal(got.assignee, 0);
	assert_int_equal(got.requester, 0);
	assert_string_equal(got.source, "mail");
	assert_string_equal(got.tags, "");
	assert_int_equal(got.flags, 0);
	assert_int_equal(got.updated_ms, 12);
	assert_int_equal(got.closed_ms, 13);
	assert_int_equal(got.waiting_ms, 14);
	assert_int_equal(got.first_response_ms, 15);
	assert_int_equal(got.first_response_due_ms, 16);
	assert_int_equal(got.resolve_due_ms, 17);
	assert_int_equal(got.due_ms, 18);
	assert_int_equal(ticket_get(s->db, 999, s->arena, &got, &s->err), 0);
	got.number = 999;
	assert_int_equal(ticket_update(s->db, &got, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	ok(s, db_commit(s->db, &s->err));
}

/* Numbers are never given twice, but for those of a transaction that never
 * was; keys are never the same. */
static void
test_numbers(void **state)
{
	struct store *s = *state;
	struct ticket a, b, c, d;

	ok(s, db_begin(s->db, &s->err));
	a = store_ticket(s, "a", 0, 1);
	ok(s, db_savepoint(s->db, &s->err));
	b = store_ticket(s, "b", 0, 1);
	db_rollback_to(s->db);
	c = store_ticket(s, "c", 0, 1);
	ok(s, ticket_counter_jump(s->db, 1000, &s->err));
	d = store_ticket(s, "d", 0, 1);
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(a.number, 1);
	assert_int_equal(b.number, 2);
	assert_int_equal(c.number, 2);
	assert_int_equal(d.number, 1003);
	assert_true(b.key != c.key && a.key != c.key && c.key != d.key);
	/* the upper half of the keys survives SQL's signed numbers */
	for (int i = 0; i < 20; i++) {
		struct ticket got;

		ok(s, db_begin(s->db, &s->err));
		a = store_ticket(s, "a", 0, 1);
		ok(s, db_commit(s->db, &s->err));
		assert_int_equal(ticket_get(s->db, a.number, s->arena, &got,
		    &s->err), 1);
		assert_true(got.key == a.key);
	}
}

struct seen {
	char	text[400];
	int	n, stop_at;
	struct ticket last;
};

static int
see(const struct ticket *t, void *arg)
{
	struct seen *seen = arg;

	snprintf(seen->text + strlen(seen->text),
	    sizeof seen->text - strlen(seen->text), "%s ", t->subject);
	seen->last = *t;
	return ++seen->n == seen->stop_at;
}

static int64_t
say(struct store *s, int64_t ticket, const char *text,
    enum message_visibility visibility)
{
	struct message m = { .ticket = ticket, .text = text, .source = "mail",
	    .visibility = visibility };
	int64_t id;

	ok(s, message_insert(s->db, &m, &id, &s->err));
	return id;
}

/* Tickets a..h, each changed a second after the one before. */
static void
make_list(struct store *s, int64_t *ann, int64_t *bob)
{
	static const struct {
		const char		*subject, *category;
		enum ticket_status	 status;
		unsigned		 flags;
		bool			 by_ann, to_bob;
	} t[] = {
		{ "a", "it", TICKET_OPEN, 0, true, false },
		{ "b", "it", TICKET_ACTIVE, 0, true, true },
		{ "c", "services", TICKET_WAITING, 0, false, true },
		{ "d", "it", TICKET_CLOSED, 0, true, true },
		{ "e", "it", TICKET_CLOSED, TICKET_SPAM, false, false },
		{ "f", "services", TICKET_OPEN, TICKET_BULK, true, false },
		{ "g", "it", TICKET_OPEN, TICKET_SPAM, true, false },
		{ "h", "it", TICKET_OPEN, 0, false, false },
	};

	*ann = store_person(s, "ann@x");
	*bob = store_person(s, "bob@x");
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct ticket ticket = { .subject = t[i].subject,
		    .category = t[i].category, .status = t[i].status,
		    .flags = t[i].flags, .source = "mail", .location = "",
		    .tags = "", .created_ms = 1, .requester =
		    t[i].by_ann ? *ann : 0, .assignee = t[i].to_bob ? *bob : 0,
		    .updated_ms = 1000 + (int64_t)i };

		ok(s, ticket_insert(s->db, &ticket, &s->err));
	}
}

static void
test_views(void **state)
{
	static const struct {
		enum ticket_view view;
		const char	*category;
		bool		 to_bob, by_ann;
		const char	*want;
	} t[] = {
		{ VIEW_OPEN, NULL, false, false, "h f a " },
		{ VIEW_ACTIVE, NULL, false, false, "c b " },
		{ VIEW_CLOSED, NULL, false, false, "d " },
		{ VIEW_SPAM, NULL, false, false, "g e " },
		{ VIEW_ALL, NULL, false, false, "h f d c b a " },
		{ VIEW_OPEN, "it", false, false, "h a " },
		{ VIEW_ALL, "it", false, false, "h d b a " },
		{ VIEW_SPAM, "services", false, false, "" },
		{ VIEW_ALL, NULL, true, false, "d c b " },
		{ VIEW_ACTIVE, NULL, true, false, "c b " },
		{ VIEW_ALL, "it", true, false, "d b " },
		{ VIEW_ALL, NULL, false, true, "f d b a " },
		{ VIEW_OPEN, NULL, false, true, "f a " },
		{ VIEW_ALL, "services", false, true, "f " },
		{ VIEW_ALL, NULL, true, true, "d b " },
	};
	struct store *s = *state;
	int64_t ann, bob;

	ok(s, db_begin(s->db, &s->err));
	make_list(s, &ann, &bob);
	ok(s, db_commit(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct ticket_filter f = { .view = t[i].view,
		    .category = t[i].category, .limit = 100,
		    .assignee = t[i].to_bob ? bob : 0,
		    .requester = t[i].by_ann ? ann : 0 };
		struct seen seen = { 0 };

		print_message("row %zu\n", i);
		ok(s, ticket_list(s->db, &f, see, &seen, &s->err));
		assert_string_equal(seen.text, t[i].want);

		/* the same in pages of one, by the key of the last row */
		seen = (struct seen){ 0 };
		f.limit = 1;
		for (int page = 0; page < 10; page++) {
			int n = seen.n;

			ok(s, ticket_list(s->db, &f, see, &seen, &s->err));
			if (seen.n == n)
				break;
			f.before_ms = seen.last.updated_ms;
			f.before_number = seen.last.number;
		}
		assert_string_equal(seen.text, t[i].want);
	}
}

/* Each statement of a list knows priority and location. */
static void
test_filters(void **state)
{
	static const struct {
		enum ticket_view view;
		const char	*category, *location, *q;
		int		 priority;	/* as in the filter */
		bool		 to_bob, by_ann;
		const char	*want;
	} t[] = {
		{ VIEW_ALL, NULL, "Library", NULL, 0, 0, 0, "f d b a " },
		{ VIEW_ALL, NULL, "Lib", NULL, 0, 0, 0, "" },
		{ VIEW_ALL, NULL, NULL, NULL, 1 + PRIORITY_LOW, 0, 0,
		  "h f d c b " },
		{ VIEW_ALL, NULL, NULL, NULL, 1 + PRIORITY_URGENT, 0, 0,
		  "a " },
		{ VIEW_OPEN, NULL, "Library", NULL, 0, 0, 0, "f a " },
		{ VIEW_OPEN, NULL, NULL, NULL, 1 + PRIORITY_URGENT, 0, 0,
		  "a " },
		{ VIEW_OPEN, "it", "Library", NULL, 0, 0, 0, "a " },
		{ VIEW_OPEN, "it", NULL, NULL, 1 + PRIORITY_LOW, 0, 0, "h " },
		{ VIEW_ALL, NULL, "Library", NULL, 1 + PRIORITY_LOW, 1, 0,
		  "d b " },
		{ VIEW_ALL, NULL, "Library", NULL, 1 + PRIORITY_LOW, 0, 1,
		  "f d b " },
		{ VIEW_ALL, NULL, NULL, "word", 1 + PRIORITY_LOW, 0, 0,
		  "h f d c b " },
		{ VIEW_ALL, NULL, "Library", "word", 1 + PRIORITY_URGENT, 0, 0,
		  "a " },
		{ VIEW_ALL, NULL, NULL, "nothing", 0, 0, 0, "" },
	};
	struct store *s = *state;
	struct ticket ticket;
	int64_t ann, bob;

	ok(s, db_begin(s->db, &s->err));
	make_list(s, &ann, &bob);
	for (int64_t i = 1; i <= 8; i++) {
		ok(s, ticket_get(s->db, i, s->arena, &ticket, &s->err));
		if (ticket.requester == ann)
			ticket.location = "Library";
		if (i == 1)
			ticket.priority = PRIORITY_URGENT;
		ok(s, ticket_update(s->db, &ticket, &s->err));
		say(s, i, "word", MESSAGE_NOTE);
	}
	ok(s, db_commit(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct ticket_filter f = { .view = t[i].view,
		    .category = t[i].category, .location = t[i].location,
		    .q = t[i].q, .priority = t[i].priority, .limit = 100,
		    .assignee = t[i].to_bob ? bob : 0,
		    .requester = t[i].by_ann ? ann : 0 };
		struct seen seen = { 0 };

		print_message("row %zu\n", i);
		ok(s, ticket_list(s->db, &f, see, &seen, &s->err));
		assert_string_equal(seen.text, t[i].want);
	}
}

/* What a requester sees of their own: nothing that a note has moved. */
static void
test_own(void **state)
{
	static const struct {
		enum ticket_view view;
		const char	*category, *q, *want;
		int64_t		 before;
	} t[] = {
		{ VIEW_ALL, NULL, NULL, "f d b a ", 0 },
		{ VIEW_OPEN, NULL, NULL, "f a ", 0 },
		{ VIEW_CLOSED, NULL, NULL, "d ", 0 },
		{ VIEW_ALL, "it", NULL, "d b a ", 0 },
		{ VIEW_ALL, NULL, NULL, "b a ", 4 },
		{ VIEW_ALL, NULL, NULL, "", 1 },
		{ VIEW_ALL, NULL, "heard", "d a ", 0 },
		{ VIEW_ALL, NULL, "heard", "a ", 4 },
		{ VIEW_OPEN, NULL, "heard", "a ", 0 },
		{ VIEW_ALL, "services", "heard", "", 0 },
		{ VIEW_ALL, NULL, "whispered", "", 0 },
		{ VIEW_ALL, NULL, "heard whispered", "", 0 },
		{ VIEW_ALL, NULL, "heard\" OR (", "", 0 },
		{ VIEW_ALL, NULL, " ", "f d b a ", 0 },
	};
	struct store *s = *state;
	struct ticket ticket;
	int64_t ann, bob, ms = -1, open, active;

	ok(s, db_begin(s->db, &s->err));
	make_list(s, &ann, &bob);
	say(s, 1, "heard", MESSAGE_PUBLIC);
	say(s, 4, "heard", MESSAGE_PUBLIC);
	say(s, 8, "heard", MESSAGE_PUBLIC);
	say(s, 2, "whispered", MESSAGE_NOTE);
	say(s, 6, "whispered", MESSAGE_HELD);
	ok(s, ticket_get(s->db, 1, s->arena, &ticket, &s->err));
	ticket.updated_ms = 999999;	/* by a note, say */
	ok(s, ticket_update(s->db, &ticket, &s->err));
	ok(s, db_commit(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct ticket_filter f = { .view = t[i].view,
		    .category = t[i].category, .q = t[i].q, .limit = 100,
		    .requester = ann, .before_number = t[i].before };
		struct seen seen = { 0 };

		print_message("row %zu\n", i);
		ok(s, ticket_list_own(s->db, &f, see, &seen, &s->err));
		assert_string_equal(seen.text, t[i].want);
	}
	ok(s, ticket_shown(s->db, &open, &active, &s->err));
	assert_int_equal(open, 3);
	assert_int_equal(active, 2);
	ok(s, ticket_public_ms(s->db, 2, &ms, &s->err));
	assert_int_equal(ms, 0);
}

/* A reader counts anew when somebody else has committed. */
static void
test_shown_of_reader(void **state)
{
	struct store *s = *state;
	int64_t open = -1, active = -1;
	struct db *reader = NULL;

	ok(s, db_open(s->url, DB_READ, &reader, &s->err));
	for (int i = 0; i < 3; i++) {
		for (int again = 0; again < 2; again++) {
			ok(s, db_begin(reader, &s->err));
			ok(s, ticket_shown(reader, &open, &active, &s->err));
			db_rollback(reader);
			assert_int_equal(open, i);
			assert_int_equal(active, 0);
		}
		ok(s, db_begin(s->db, &s->err));
		store_ticket(s, "a", 0, 1000);
		ok(s, ticket_shown(s->db, &open, &active, &s->err));
		assert_int_equal(open, i + 1);
		ok(s, db_commit(s->db, &s->err));
	}
	db_close(&reader);
}

static void
test_public_ms(void **state)
{
	struct store *s = *state;
	struct message m = { .text = "x", .source = "mail" };
	struct ticket t;
	int64_t id, ms = -1;

	ok(s, db_begin(s->db, &s->err));
	t = store_ticket(s, "a", 0, 1000);
	m.ticket = t.number;
	m.date_ms = 5000;
	ok(s, message_insert(s->db, &m, &id, &s->err));
	m.date_ms = 4000;
	ok(s, message_insert(s->db, &m, &id, &s->err));
	m.visibility = MESSAGE_NOTE;
	m.date_ms = 6000;
	ok(s, message_insert(s->db, &m, &id, &s->err));
	ok(s, db_commit(s->db, &s->err));
	ok(s, ticket_public_ms(s->db, t.number, &ms, &s->err));
	assert_int_equal(ms, 5000);
}

static void
test_paging_of_equal_times(void **state)
{
	struct store *s = *state;
	struct ticket_filter f = { .view = VIEW_OPEN, .limit = 2 };
	struct seen seen = { 0 };

	ok(s, db_begin(s->db, &s->err));
	for (int i = 0; i < 5; i++)
		store_ticket(s, (const char *[]){ "a", "b", "c", "d",
		    "e" }[i], 0, 77);
	ok(s, db_commit(s->db, &s->err));
	for (int page = 0; page < 3; page++) {
		ok(s, ticket_list(s->db, &f, see, &seen, &s->err));
		f.before_ms = seen.last.updated_ms;
		f.before_number = seen.last.number;
	}
	assert_string_equal(seen.text, "e d c b a ");
	seen = (struct seen){ .stop_at = 3 };
	f = (struct ticket_filter){ .view = VIEW_OPEN, .limit = 100 };
	ok(s, ticket_list(s->db, &f, see, &seen, &s->err));
	assert_int_equal(seen.n, 3);
}

static void
find(struct store *s, const char *q, const char *want)
{
	struct ticket_filter f = { .view = VIEW_ALL, .q = q, .limit = 100 };
	struct seen seen = { 0 };

	print_message("[%s]\n", q);
	ok(s, ticket_list(s->db, &f, see, &seen, &s->err));
	assert_string_equal(seen.text, want);
}

static void
test_search(void **state)
{
	static const struct { const char *q, *want; } t[] = {
		{ "toner", "Printer " },
		{ "TONER", "Printer " },
		{ "printer toner", "Printer " },	/* subject and text */
		{ "drucker", "Printer " },		/* accents folded */
		{ "2.14", "Heating " },
		{ "secretly", "Heating " },		/* a note's word */
		{ "toner secretly", "" },
		{ "wifi", "" },
		{ "library", "Heating Printer " },
		{ "toner\" OR (", "" },			/* no operators */
		{ "toner OR library", "" },
		{ "tone*", "" },
		{ "public:toner", "" },
		{ "\"", "" },
		{ "", "Heating Printer " },		/* no filter */
		{ " \t\n ", "Heating Printer " },
		{ "!!! library", "Heating Printer " },
	};
	struct store *s = *state;
	struct ticket a, b;
	int64_t note;

	ok(s, db_begin(s->db, &s->err));
	a = store_ticket(s, "Printer", 0, 1000);
	b = store_ticket(s, "Heating", 0, 2000);
	say(s, a.number, "Der Dr\xc3\xbc" "cker in the Library has no toner",
	    MESSAGE_PUBLIC);
	say(s, b.number, "Library 2.14 is cold", MESSAGE_PUBLIC);
	note = say(s, b.number, "they secretly opened a window",
	    MESSAGE_NOTE);
	ok(s, db_commit(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		find(s, t[i].q, t[i].want);

	/* the index follows what changes: text, visibility, subject */
	ok(s, db_begin(s->db, &s->err));
	ok(s, message_update(s->db, &(struct message){ .id = note,
	    .visibility = MESSAGE_PUBLIC, .text = "they openly did" },
	    &s->err));
	a.subject = "Scanner";
	ok(s, ticket_update(s->db, &a, &s->err));
	ok(s, db_commit(s->db, &s->err));
	find(s, "secretly", "");
	find(s, "openly", "Heating ");
	find(s, "printer", "");
	find(s, "scanner toner", "Scanner ");

	/* what was taken back is not found, what was there still is */
	ok(s, db_begin(s->db, &s->err));
	say(s, a.number, "kept", MESSAGE_PUBLIC);
	ok(s, db_savepoint(s->db, &s->err));
	say(s, a.number, "dropped", MESSAGE_PUBLIC);
	a.subject = "Never";
	ok(s, ticket_update(s->db, &a, &s->err));
	db_rollback_to(s->db);
	ok(s, db_commit(s->db, &s->err));
	find(s, "kept", "Scanner ");
	find(s, "dropped", "");
	find(s, "never", "");
	find(s, "scanner toner", "Scanner ");
}

/* The index agrees with its source after many changes in one transaction. */
static void
test_index_is_sound(void **state)
{
	struct store *s = *state;
	struct ticket t;
	int64_t id[20];

	ok(s, db_begin(s->db, &s->err));
	t = store_ticket(s, "Old", 0, 1000);
	for (int i = 0; i < 20; i++)
		id[i] = say(s, t.number, "alpha beta", MESSAGE_NOTE);
	ok(s, db_commit(s->db, &s->err));
	ok(s, db_begin(s->db, &s->err));
	for (int i = 19; i >= 0; i--)
		ok(s, message_update(s->db, &(struct message){ .id = id[i],
		    .visibility = i % 2 ? MESSAGE_PUBLIC : MESSAGE_HELD,
		    .text = "gamma" }, &s->err));
	t.subject = "New";
	ok(s, ticket_update(s->db, &t, &s->err));
	ok(s, message_update(s->db, &(struct message){ .id = id[3],
	    .text = "delta" }, &s->err));
	ok(s, db_commit(s->db, &s->err));
	find(s, "alpha", "");
	find(s, "old", "");
	find(s, "gamma new", "New ");
	find(s, "delta", "New ");
	store_sql(s, "INSERT INTO message_fts(message_fts) "
	    "VALUES('integrity-check')");
}

static void
test_search_words(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "a", "\"a\" " },
		{ "  a\tb ", "\"a\" \"b\" " },
		{ "a\"b", "\"a\"\"b\" " },
		{ "", "" },
		{ "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
		  "\"1\" \"2\" \"3\" \"4\" \"5\" \"6\" \"7\" \"8\" \"9\" "
		  "\"10\" \"11\" \"12\" \"13\" \"14\" \"15\" \"16\" " },
	};
	char word[3000], *quotes = word;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(SEARCH_MAX);

		search_words(&b, t[i].in);
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
	}
	/* the longest there can be has room */
	memset(word, '"', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	for (int i = 100; i < 2900; i += 100)
		quotes[i] = ' ';
	struct buf b = BUF_INIT(SEARCH_MAX);

	search_words(&b, word);
	assert_false(b.failed);
	buf_free(&b);
}

static void
test_counts_watchers_links(void **state)
{
	struct store *s = *state;
	struct ticket_count *c = NULL;
	struct link *l = NULL;
	int64_t ann, bob, *w = NULL;
	size_t n = 0;

	ok(s, db_begin(s->db, &s->err));
	make_list(s, &ann, &bob);
	ok(s, ticket_counts(s->db, TICKET_OPEN, s->arena, &c, &n, &s->err));
	assert_int_equal(n, 2);		/* spam is not counted */
	assert_string_equal(c[0].category, "it");
	assert_int_equal(c[0].n, 2);
	assert_string_equal(c[1].category, "services");
	assert_int_equal(c[1].n, 1);
	ok(s, ticket_counts(s->db, TICKET_WAITING, s->arena, &c, &n,
	    &s->err));
	assert_int_equal(n, 1);
	assert_string_equal(c[0].category, "services");

	ok(s, watcher_add(s->db, 1, bob, &s->err));
	ok(s, watcher_add(s->db, 1, ann, &s->err));
	ok(s, watcher_add(s->db, 1, bob, &s->err));
	ok(s, watcher_list(s->db, 1, s->arena, &w, &n, &s->err));
	assert_int_equal(n, 2);
	assert_int_equal(w[0], ann);
	assert_int_equal(w[1], bob);
	ok(s, watcher_remove(s->db, 1, ann, &s->err));
	ok(s, watcher_list(s->db, 1, s->arena, &w, &n, &s->err));
	assert_int_equal(n, 1);
	ok(s, watcher_list(s->db, 2, s->arena, &w, &n, &s->err));
	assert_int_equal(n, 0);

	ok(s, link_add(s->db, 1, LINK_LINKED, 2, &s->err));
	ok(s, link_add(s->db, 1, LINK_LINKED, 2, &s->err));
	ok(s, link_add(s->db, 3, LINK_CONTINUES, 1, &s->err));
	ok(s, link_list(s->db, 2, s->arena, &l, &n, &s->err));
	assert_int_equal(n, 1);
	assert_int_equal(l[0].kind, LINK_LINKED);
	assert_int_equal(l[0].number, 1);
	ok(s, link_list(s->db, 1, s->arena, &l, &n, &s->err));
	assert_int_equal(n, 1);		/* continues goes one way */
	ok(s, link_list(s->db, 3, s->arena, &l, &n, &s->err));
	assert_int_equal(n, 1);
	assert_int_equal(l[0].kind, LINK_CONTINUES);
	assert_int_equal(link_add(s->db, 1, LINK_MERGED, 999, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	db_rollback(s->db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_search_words),
		STORE_TEST(test_round_trip),
		STORE_TEST(test_numbers),
		STORE_TEST(test_views),
		STORE_TEST(test_filters),
		STORE_TEST(test_own),
		STORE_TEST(test_shown_of_reader),
		STORE_TEST(test_public_ms),
		STORE_TEST(test_paging_of_equal_times),
		STORE_TEST(test_search),
		STORE_TEST(test_index_is_sound),
		STORE_TEST(test_counts_watchers_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
