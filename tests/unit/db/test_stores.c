#include "tests/unit/db/store.h"

#include "db/audit_store.h"
#include "db/ledger_store.h"
#include "db/message_store.h"
#include "db/outbox_store.h"
#include "db/quota_store.h"
#include "db/raw_store.h"

/* The way of one mail through the stores, as the decider goes it. */
static void
test_one_mail(void **state)
{
	struct store *s = *state;
	struct secret *secret = secret_from_seed(SLICE_LIT("seed"));
	struct ledger_row row = { .key = { "imap:inbox", 7, 12, "" },
	    .seen_ms = 5000, .outcome = LEDGER_TICKET, .from = "ann@x.example",
	    .subject = "Printer", .raw_digest = { 1 }, .same_digest = { 2 } };
	struct message m = { .date_ms = 5000, .text = "does not print",
	    .source = "mail", .message_id = "a@x" };
	struct outbox_row o = { .to = "Ann@x.example", .event = "acknowledged",
	    .message_id = "m@desk", .created_ms = 5000, .next_ms = 5000 };
	struct event e = { .time_ms = 5000, .action = "created",
	    .actor = "ann@x.example", .proof = "claimed" };
	struct outbox_row due;
	struct ledger_row found;
	struct ticket t, again;
	int64_t person, next;
	char head[AUDIT_HEAD_MAX];

	ok(s, db_begin(s->db, &s->err));
	ok(s, in_hand_note(s->db, &row.key, 1, &s->err));
	ok(s, db_savepoint(s->db, &s->err));
	person = store_person(s, "ann@x.example");
	t = store_ticket(s, "Printer", person, 5000);
	assert_int_equal(t.number, 1);
	m.ticket = o.ticket = e.ticket = row.ticket = t.number;
	m.author = o.person = e.person = person;
	ok(s, message_insert(s->db, &m, &row.message, &s->err));
	ok(s, thread_add(s->db, "a@x", THREAD_SELF, t.number, row.message,
	    &s->err));
	ok(s, ledger_add(s->db, &row, &e.item, &s->err));
	ok(s, audit_add(s->db, secret, &e, &s->err));
	ok(s, outbox_next_id(s->db, &o.id, &s->err));
	ok(s, outbox_insert(s->db, &o, &s->err));
	ok(s, in_hand_drop(s->db, &row.key, &s->err));
	ok(s, db_release(s->db, &s->err));
	ok(s, db_commit(s->db, &s->err));

	assert_int_equal(ledger_find(s->db, &row.key, s->arena, &found,
	    &s->err), 1);
	assert_int_equal(found.ticket, 1);
	assert_string_equal(found.subject, "Printer");
	assert_int_equal(ticket_get(s->db, 1, s->arena, &again, &s->err), 1);
	assert_true(again.key == t.key);
	assert_int_equal(outbox_due(s->db, 6000, s->arena, &due, &next,
	    &s->err), 1);
	assert_string_equal(due.to, "Ann@x.example");
	ok(s, audit_verify(s->db, secret, NULL, &s->err));
	ok(s, audit_head(s->db, head, &s->err));
	ok(s, audit_verify(s->db, secret, head, &s->err));
	secret_free(&secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_one_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
