#include "tests/unit/db/store.h"

#include "db/outbox_store.h"

/* A queued row of that ticket to that address, due at due_ms. */
static struct outbox_row
queue(struct store *s, int64_t ticket, const char *to, int64_t due_ms)
{
	struct outbox_row row = { .ticket = ticket, .to = to,
	    .event = "replied", .message_id = "m@desk", .created_ms = due_ms,
	    .next_ms = due_ms };

	ok(s, outbox_next_id(s->db, &row.id, &s->err));
	ok(s, outbox_insert(s->db, &row, &s->err));
	return row;
}

/* Id of the row that is due, or 0; *next_out when one will be. */
static int64_t
due(struct store *s, int64_t now_ms, int64_t *next_out)
{
	struct outbox_row row = { 0 };
	int64_t next = -1;

	ok(s, outbox_due(s->db, now_ms, s->arena, &row, &next, &s->err));
	if (next_out != NULL)
		*next_out = next;
	return row.id;
}

static void
set(struct store *s, struct outbox_row *row, enum outbox_state state,
    int64_t next_ms)
{
	row->state = state;
	row->next_ms = next_ms;
	ok(s, outbox_update(s->db, row, &s->err));
}

static void
test_names(void **state)
{
	(void)state;
	for (int i = OUTBOX_QUEUED; i <= OUTBOX_DROPPED; i++)
		assert_non_null(outbox_state_name((enum outbox_state)i));
	assert_string_equal(outbox_state_name(OUTBOX_UNKNOWN), "unknown");
	assert_string_equal(outbox_state_name(OUTBOX_DROPPED), "dropped");
}

static void
test_round_trip(void **state)
{
	struct store *s = *state;
	struct outbox_row row, got, head;
	int64_t ann;

	ok(s, db_begin(s->db, &s->err));
	ann = store_person(s, "ann@x");
	row = (struct outbox_row){ .id = 77, .ticket = 5, .person = ann,
	    .to = "Ann@X", .event = "replied", .message = 8, .detail = "{}",
	    .automatic = true, .bare = true, .message_id = "m@desk",
	    .in_reply_to = "a@x", .references = "<a@x>",
	    .state = OUTBOX_HELD, .burnt = true, .used = true,
	    .tried_unknown = true, .attempts = 3, .created_ms = 1,
	    .next_ms = 2, .first_try_ms = 3, .done_ms = 4, .error = "550 no",
	    .rendered = SLICE_LIT("From: x\r\n\x01T\x01\0end") };
	ok(s, outbox_insert(s->db, &row, &s->err));
	assert_int_equal(outbox_get(s->db, 77, s->arena, &got, &s->err), 1);
	assert_int_equal(got.ticket, 5);
	assert_int_equal(got.person, ann);
	assert_string_equal(got.to, "Ann@X");
	assert_string_equal(got.event, "replied");
	assert_int_equal(got.message, 8);
	assert_string_equal(got.detail, "{}");
	assert_true(got.automatic && got.bare);
	assert_string_equal(got.message_id, "m@desk");
	assert_string_equal(got.in_reply_to, "a@x");
	assert_string_equal(got.references, "<a@x>");
	assert_int_equal(got.state, OUTBOX_HELD);
	assert_true(got.burnt && got.used && got.tried_unknown);
	assert_int_equal(got.attempts, 3);
	assert_int_equal(got.created_ms, 1);
	assert_int_equal(got.next_ms, 2);
	assert_int_equal(got.first_try_ms, 3);
	assert_int_equal(got.done_ms, 4);
	assert_string_equal(got.error, "550 no");
	assert_true(slice_eq(got.rendered, row.rendered));
	assert_int_equal(outbox_head(s->db, got.id, s->arena, &head,
	    &s->err), 1);
	assert_null(head.rendered.p);
	assert_string_equal(head.to, got.to);
	assert_int_equal(head.created_ms, got.created_ms);

	got = (struct outbox_row){ .id = 77, .state = OUTBOX_SENT,
	    .attempts = 4, .next_ms = 12, .first_try_ms = 13, .done_ms = 14 };
	ok(s, outbox_update(s->db, &got, &s->err));
	assert_int_equal(outbox_get(s->db, 77, s->arena, &got, &s->err), 1);
	assert_string_equal(got.to, "Ann@X");
	assert_int_equal(got.state, OUTBOX_SENT);
	assert_false(got.burnt || got.used || got.tried_unknown);
	assert_int_equal(got.attempts, 4);
	assert_int_equal(got.done_ms, 14);
	assert_null(got.error);
	assert_true(slice_eq(got.rendered, row.rendered));
	got.id = 78;
	assert_int_equal(outbox_update(s->db, &got, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	assert_int_equal(outbox_get(s->db, 78, s->arena, &got, &s->err), 0);
	ok(s, db_commit(s->db, &s->err));
}

static void
test_rendered_and_forgotten(void **state)
{
	struct store *s = *state;
	struct outbox_row a, b, got;

	ok(s, db_begin(s->db, &s->err));
	a = queue(s, 1, "a@x", 10);
	b = queue(s, 1, "b@x", 10);
	assert_int_equal(outbox_get(s->db, a.id, s->arena, &got, &s->err), 1);
	assert_null(got.rendered.p);
	ok(s, outbox_set_rendered(s->db, a.id, SLICE_LIT("one"), &s->err));
	ok(s, outbox_set_rendered(s->db, a.id, SLICE_LIT("two"), &s->err));
	ok(s, outbox_set_rendered(s->db, b.id, SLICE_LIT("b"), &s->err));
	a.done_ms = 100;
	set(s, &a, OUTBOX_SENT, 0);
	ok(s, outbox_forget(s->db, 100, &s->err));
	assert_int_equal(outbox_get(s->db, a.id, s->arena, &got, &s->err), 1);
	assert_true(slice_is(got.rendered, "two"));
	ok(s, outbox_forget(s->db, 101, &s->err));
	assert_int_equal(outbox_get(s->db, a.id, s->arena, &got, &s->err), 1);
	assert_null(got.rendered.p);
	assert_int_equal(outbox_get(s->db, b.id, s->arena, &got, &s->err), 1);
	assert_true(slice_is(got.rendered, "b"));
	assert_int_equal(outbox_set_rendered(s->db, 999, SLICE_LIT("x"),
	    &s->err), -1);
	ok(s, db_commit(s->db, &s->err));
}

/* Whose turn it is, as states and times change. */
static void
test_due(void **state)
{
	struct store *s = *state;
	struct outbox_row a, b, c;
	int64_t next;

	ok(s, db_begin(s->db, &s->err));
	assert_int_equal(due(s, 1000, &next), 0);
	assert_int_equal(next, 0);
	a = queue(s, 1, "a@x", 100);
	b = queue(s, 1, "A@X", 100);	/* the same mailbox */
	c = queue(s, 1, "c@x", 300);
	assert_int_equal(due(s, 99, &next), 0);
	assert_int_equal(next, 100);
	assert_int_equal(due(s, 100, NULL), a.id);
	set(s, &a, OUTBOX_SENDING, 100);
	assert_int_equal(due(s, 200, &next), 0);	/* b waits for a */
	assert_int_equal(next, 300);
	assert_int_equal(due(s, 300, NULL), c.id);
	set(s, &a, OUTBOX_QUEUED, 500);			/* refused for now */
	assert_int_equal(due(s, 250, NULL), 0);
	assert_int_equal(due(s, 500, NULL), c.id);
	set(s, &c, OUTBOX_DROPPED, 0);
	assert_int_equal(due(s, 500, NULL), a.id);
	set(s, &a, OUTBOX_UNKNOWN, 900);
	assert_int_equal(due(s, 500, &next), 0);
	assert_int_equal(next, 900);
	assert_int_equal(due(s, 900, NULL), a.id);	/* sent again, once */
	a.tried_unknown = true;
	set(s, &a, OUTBOX_SENDING, 900);
	assert_int_equal(due(s, 900, NULL), 0);
	/* unclear for the second time: a person's, and b may pass */
	set(s, &a, OUTBOX_UNKNOWN, 900);
	assert_int_equal(due(s, 5000, NULL), b.id);
	set(s, &b, OUTBOX_SENT, 0);
	assert_int_equal(due(s, 5000, &next), 0);
	assert_int_equal(next, 0);
	ok(s, db_commit(s->db, &s->err));
}

/* Order holds per ticket and recipient only, and among nothing without one. */
static void
test_lanes(void **state)
{
	static const struct {
		int64_t		 ticket;
		const char	*to;
		enum outbox_state first;
		bool		 waits;
	} t[] = {
		{ 1, "a@x", OUTBOX_QUEUED, true },
		{ 1, "a@x", OUTBOX_SENDING, true },
		{ 1, "a@x", OUTBOX_UNKNOWN, true },
		{ 1, "a@x", OUTBOX_SENT, false },
		{ 1, "a@x", OUTBOX_FAILED, false },
		{ 1, "a@x", OUTBOX_BOUNCED, false },
		{ 1, "a@x", OUTBOX_HELD, false },
		{ 1, "a@x", OUTBOX_DROPPED, false },
		{ 2, "a@x", OUTBOX_QUEUED, false },
		{ 1, "b@x", OUTBOX_QUEUED, false },
		{ 0, "a@x", OUTBOX_QUEUED, false },
	};
	struct store *s = *state;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct outbox_row first, second;

		print_message("row %zu\n", i);
		ok(s, db_begin(s->db, &s->err));
		first = queue(s, t[i].ticket == 0 ? 0 : 1, "a@x", 9000);
		set(s, &first, t[i].first, 9000);
		second = queue(s, t[i].ticket, t[i].to, 100);
		assert_int_equal(due(s, 200, NULL),
		    t[i].waits ? 0 : second.id);
		db_rollback(s->db);
	}
}

/* The oldest due row goes first, and rows that are done are not looked at. */
static void
test_oldest_first(void **state)
{
	struct store *s = *state;
	struct outbox_row row[4];
	char to[8];

	ok(s, db_begin(s->db, &s->err));
	for (int i = 0; i < 4; i++) {
		snprintf(to, sizeof to, "%c@x", 'a' + i);
		row[i] = queue(s, 1, to, 100 + 10 * ((i + 2) % 4));
	}
	for (int i = 0; i < 4; i++) {
		struct outbox_row *want = &row[(i + 2) % 4];

		assert_int_equal(due(s, 1000, NULL), want->id);
		set(s, want, OUTBOX_SENT, 0);
	}
	assert_int_equal(due(s, 1000, NULL), 0);
	db_rollback(s->db);
}

static void
test_recover(void **state)
{
	struct store *s = *state;
	struct outbox_row a, b, c, got;

	ok(s, db_begin(s->db, &s->err));
	a = queue(s, 1, "a@x", 100);
	b = queue(s, 1, "b@x", 100);
	c = queue(s, 1, "c@x", 7000);
	set(s, &a, OUTBOX_SENDING, 100);
	b.tried_unknown = true;
	set(s, &b, OUTBOX_SENDING, 100);
	assert_int_equal(outbox_recover(s->db, 1000, 600, &s->err), 2);
	assert_int_equal(outbox_recover(s->db, 1000, 600, &s->err), 0);
	assert_int_equal(outbox_get(s->db, a.id, s->arena, &got, &s->err), 1);
	assert_int_equal(got.state, OUTBOX_UNKNOWN);
	assert_int_equal(got.next_ms, 1600);
	assert_int_equal(outbox_get(s->db, c.id, s->arena, &got, &s->err), 1);
	assert_int_equal(got.state, OUTBOX_QUEUED);
	assert_int_equal(due(s, 1599, NULL), 0);
	assert_int_equal(due(s, 1600, NULL), a.id);
	set(s, &a, OUTBOX_SENT, 0);
	assert_int_equal(due(s, 6000, NULL), 0);	/* never b again */
	db_rollback(s->db);
}

struct seen {
	char	text[200];
	int	n, stop_at;
};

static int
see(const struct outbox_row *row, void *arg)
{
	struct seen *seen = arg;

	snprintf(seen->text + strlen(seen->text),
	    sizeof seen->text - strlen(seen->text), "%s ",
	    outbox_state_name(row->state));
	return ++seen->n == seen->stop_at;
}

static void
list(struct store *s, bool all, int64_t after, int limit, const char *want)
{
	struct seen seen = { 0 };

	ok(s, outbox_list(s->db, all, after, limit, s->arena, see, &seen,
	    &s->err));
	assert_string_equal(seen.text, want);
}

static void
test_list_depth_hold(void **state)
{
	struct store *s = *state;
	struct outbox_row first = { 0 };
	int64_t n, oldest;

	ok(s, db_begin(s->db, &s->err));
	ok(s, outbox_depth(s->db, &n, &oldest, &s->err));
	assert_int_equal(n, 0);
	assert_int_equal(oldest, 0);
	for (int i = OUTBOX_QUEUED; i <= OUTBOX_DROPPED; i++) {
		struct outbox_row row = queue(s, 1, "a@x", 100 + i);

		if (i == 0)
			first = row;
		set(s, &row, (enum outbox_state)i, 100);
	}
	list(s, false, 0, 100, "queued sending failed unknown bounced held ");
	list(s, true, 0, 100, "queued sending sent failed unknown bounced "
	    "held dropped ");
	list(s, true, first.id, 2, "sending sent ");
	ok(s, outbox_depth(s->db, &n, &oldest, &s->err));
	assert_int_equal(n, 3);
	assert_int_equal(oldest, 100);
	ok(s, outbox_hold_unsent(s->db, &s->err));
	list(s, true, 0, 100, "held held sent failed held bounced held "
	    "dropped ");
	ok(s, outbox_depth(s->db, &n, &oldest, &s->err));
	assert_int_equal(n, 0);
	assert_int_equal(due(s, 100000, NULL), 0);
	/* a person releases one */
	set(s, &first, OUTBOX_QUEUED, 100);
	assert_int_equal(due(s, 100000, NULL), first.id);
	db_rollback(s->db);
}

static void
test_burn_and_questions(void **state)
{
	struct store *s = *state;
	struct outbox_row row = { .to = "a@x", .event = "confirm",
	    .message_id = "m@desk" }, got;
	int64_t ann, bob, n, id[5];

	ok(s, db_begin(s->db, &s->err));
	ann = store_person(s, "a@x");
	bob = store_person(s, "b@x");
	for (int i = 0; i < 5; i++) {
		row.ticket = i == 1 ? 2 : 1;
		row.person = i == 2 ? bob : ann;
		row.event = i == 3 ? "replied" : "confirm";
		row.created_ms = 100 + i;
		ok(s, outbox_next_id(s->db, &row.id, &s->err));
		ok(s, outbox_insert(s->db, &row, &s->err));
		id[i] = row.id;
	}
	ok(s, outbox_count_open(s->db, ann, "confirm", 0, &n, &s->err));
	assert_int_equal(n, 3);
	ok(s, outbox_count_open(s->db, ann, "confirm", 101, &n, &s->err));
	assert_int_equal(n, 2);
	ok(s, outbox_count_open(s->db, bob, "replied", 0, &n, &s->err));
	assert_int_equal(n, 0);
	ok(s, outbox_burn(s->db, 1, ann, &s->err));
	for (int i = 0; i < 5; i++) {
		assert_int_equal(outbox_get(s->db, id[i], s->arena, &got,
		    &s->err), 1);
		assert_int_equal(got.burnt, i != 1 && i != 2);
		got.used = i == 0;
		got.state = i == 4 ? OUTBOX_FAILED : OUTBOX_SENT;
		ok(s, outbox_update(s->db, &got, &s->err));
	}
	ok(s, outbox_count_open(s->db, ann, "confirm", 0, &n, &s->err));
	assert_int_equal(n, 1);		/* one answered, one never arrived */
	db_rollback(s->db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		STORE_TEST(test_round_trip),
		STORE_TEST(test_rendered_and_forgotten),
		STORE_TEST(test_due),
		STORE_TEST(test_lanes),
		STORE_TEST(test_oldest_first),
		STORE_TEST(test_recover),
		STORE_TEST(test_list_depth_hold),
		STORE_TEST(test_burn_and_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
