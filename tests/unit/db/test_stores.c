#include "tests/unit/db/store.h"

#include "db/audit_store.h"
#include "db/connection.h"
#include "db/ledger_store.h"
#include "db/message_store.h"
#include "db/outbox_store.h"
#include "db/quota_store.h"
#include "db/raw_store.h"

/* A mail as the decider takes it through the stores; -1 when one fails. */
static int
take_mail(struct store *s, const struct secret *secret, int64_t uid)
{
	char text[9 * 500 + 1] = "";
	struct ledger_row row = { .key = { "imap:inbox", 7, uid, "" },
	    .seen_ms = 5000, .outcome = LEDGER_TICKET, .from = "ann@x.example",
	    .subject = "Printer", .raw_digest = { 1 }, .same_digest = { 2 } };
	struct message m = { .date_ms = 5000, .text = text,
	    .source = "mail", .message_id = "a@x" };
	struct outbox_row o = { .to = "Ann@x.example", .event = "acknowledged",
	    .message_id = "m@desk", .created_ms = 5000, .next_ms = 5000 };
	struct event e = { .time_ms = 5000, .action = "created",
	    .actor = "ann@x.example", .proof = "claimed" };
	struct person p = { .name = "Ann", .address = "ann@x.example",
	    .categories = "" };
	struct ticket t = { .subject = "Printer", .category = "it",
	    .source = "mail", .created_ms = 5000, .updated_ms = 5000 };
	struct blob *blob = blob_start(20000);
	struct err *err = &s->err;
	int ret = -1;

	/* bytes and words that do not shrink */
	assert_non_null(blob);
	for (int i = 0; i < 500; i++) {
		char bytes[16];

		crypt_random(bytes, sizeof bytes);
		ok(s, blob_add(blob, bytes, sizeof bytes, err));
		crypt_base32(bytes, 5, text + 9 * i);
		text[9 * i + 8] = ' ';
	}
	text[9 * 500 - 1] = '\0';
	ok(s, blob_done(blob, err));
	if (db_savepoint(s->db, err) < 0 ||
	    person_find(s->db, p.address, s->arena, &p, err) < 0 ||
	    (p.id == 0 && person_add(s->db, &p, 1, &p.id, err) < 0))
		goto out;
	m.author = o.person = e.person = t.requester = p.id;
	if (ticket_insert(s->db, &t, err) < 0)
		goto out;
	m.ticket = o.ticket = e.ticket = row.ticket = t.number;
	if (raw_put(s->db, blob, 100, 5000, &row.raw, err) < 0 ||
	    message_insert(s->db, &m, &row.message, err) < 0 ||
	    thread_add(s->db, "a@x", THREAD_SELF, t.number, row.message,
	    err) < 0 ||
	    ledger_add(s->db, &row, &e.item, err) < 0 ||
	    audit_add(s->db, secret, &e, err) < 0 ||
	    outbox_next_id(s->db, &o.id, err) < 0 ||
	    outbox_insert(s->db, &o, err) < 0 ||
	    quota_take(s->db, "ann", 5000, 1000, 10, err) < 0 ||
	    in_hand_drop(s->db, &row.key, err) < 0 ||
	    db_release(s->db, err) < 0)
		goto out;
	ret = 0;
out:
	blob_free(&blob);
	return ret;
}

/* A group of three; -1 when it fails, and then nothing of it has happened. */
static int
take_group(struct store *s, const struct secret *secret, int64_t uid)
{
	int ret = db_begin(s->db, &s->err);

	for (int64_t i = 0; ret == 0 && i < 3; i++)
		ret = take_mail(s, secret, uid + i);
	if (ret == 0)
		return db_commit(s->db, &s->err);
	db_rollback(s->db);
	return -1;
}

/* What must hold at any time: so many mails, each with all that belongs. */
static void
check_store(struct store *s, const struct secret *secret, int64_t mails)
{
	char want[32], head[AUDIT_HEAD_MAX];
	int64_t n, oldest;

	assert_false(db_in_transaction(s->db));
	ok(s, db_check(s->db, &s->err));
	assert_int_equal(ledger_count(s->db, LEDGER_TICKET), mails);
	ok(s, outbox_depth(s->db, &n, &oldest, &s->err));
	assert_int_equal(n, mails);
	ok(s, audit_verify(s->db, secret, NULL, &s->err));
	ok(s, audit_head(s->db, head, &s->err));
	snprintf(want, sizeof want, "%d:", (int)mails);
	assert_memory_equal(head, want, strlen(want));
}

static void
test_one_group(void **state)
{
	struct store *s = *state;
	struct secret *secret = secret_from_seed(SLICE_LIT("seed"));
	struct ledger_key key = { "imap:inbox", 7, 12, "" };
	struct outbox_row due;
	struct ledger_row found;
	struct ticket t;
	int64_t next;

	ok(s, take_group(s, secret, 12));
	check_store(s, secret, 3);
	assert_int_equal(ledger_find(s->db, &key, s->arena, &found, &s->err),
	    1);
	assert_int_equal(found.ticket, 1);
	assert_string_equal(found.subject, "Printer");
	assert_int_equal(ticket_get(s->db, 1, s->arena, &t, &s->err), 1);
	assert_int_equal(outbox_due(s->db, 6000, s->arena, &due, &next,
	    &s->err), 1);
	assert_string_equal(due.to, "Ann@x.example");
	/* the same mails again: refused by their keys, and nothing changes */
	assert_int_equal(take_group(s, secret, 14), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	check_store(s, secret, 3);
	secret_free(&secret);
}

/* The disk is full after n more pages, for every n until the group fits. */
static void
test_full_anywhere(void **state)
{
	struct store *s = *state;
	struct secret *secret = secret_from_seed(SLICE_LIT("seed"));
	int failed = 0, pages = 0;

	for (;; pages++) {
		int64_t size = db_size(s->db) / 4096;
		int ret;

		ok(s, driver_limit(s->db->driver, size + pages, &s->err));
		ret = take_group(s, secret, 1);
		ok(s, driver_limit(s->db->driver, 1000000, &s->err));
		if (ret == 0)
			break;
		assert_int_equal(s->err.code, ERR_RETRY);
		check_store(s, secret, 0);
		failed++;
	}
	assert_in_range(failed, 10, 1000);
	check_store(s, secret, 3);
	secret_free(&secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_one_group),
		STORE_TEST(test_full_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
