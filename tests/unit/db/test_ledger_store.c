#include "tests/unit/db/store.h"

#include "db/ledger_store.h"

static struct ledger_row
row_of(const char *source, int64_t epoch, int64_t uid,
    enum ledger_outcome outcome)
{
	return (struct ledger_row){
		.key = { source, epoch, uid, "" },
		.seen_ms = 1000 + uid,
		.outcome = outcome,
		.because = "rule",
	};
}

static int64_t
add(struct store *s, const struct ledger_row *row)
{
	int64_t id;

	ok(s, ledger_add(s->db, row, &id, &s->err));
	return id;
}

static void
test_names(void **state)
{
	(void)state;
	for (int i = 0; i < LEDGER_NOUTCOME; i++) {
		assert_non_null(ledger_outcome_name((enum ledger_outcome)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
			    ledger_outcome_name((enum ledger_outcome)i),
			    ledger_outcome_name((enum ledger_outcome)j));
	}
	assert_string_equal(ledger_outcome_name(LEDGER_QUARANTINED),
	    "quarantined");
}

/* Every field comes back; NULL and 0 too. */
static void
test_round_trip(void **state)
{
	struct store *s = *state;
	struct ledger_row full = {
		.key = { "slack:T1", 0, 0, "Ev01" }, .seen_ms = 1234567890123,
		.outcome = LEDGER_HELD, .because = "stranger", .ticket = 5,
		.message = 6, .raw = 7, .message_id = "a@b", .from = "x@y",
		.subject = "caf\xc3\xa9", .kind = "person",
		.raw_digest = { 1, 2, 3 }, .same_digest = { 0, 0, 9 },
		.attempts = 2, .acked = true,
	};
	struct ledger_row bare = row_of("cli", 0, 0, LEDGER_TICKET), got;

	bare.key.key = NULL;
	bare.because = NULL;
	ok(s, db_begin(s->db, &s->err));
	full.id = add(s, &full);
	bare.id = add(s, &bare);
	ok(s, db_commit(s->db, &s->err));

	assert_int_equal(ledger_get(s->db, full.id, s->arena, &got, &s->err),
	    1);
	assert_string_equal(got.key.source, "slack:T1");
	assert_string_equal(got.key.key, "Ev01");
	assert_int_equal(got.seen_ms, full.seen_ms);
	assert_int_equal(got.outcome, LEDGER_HELD);
	assert_string_equal(got.because, "stranger");
	assert_int_equal(got.ticket, 5);
	assert_int_equal(got.message, 6);
	assert_int_equal(got.raw, 7);
	assert_string_equal(got.message_id, "a@b");
	assert_string_equal(got.from, "x@y");
	assert_string_equal(got.subject, "caf\xc3\xa9");
	assert_string_equal(got.kind, "person");
	assert_memory_equal(got.raw_digest, full.raw_digest, CRYPT_SHA256);
	assert_memory_equal(got.same_digest, full.same_digest, CRYPT_SHA256);
	assert_int_equal(got.attempts, 2);
	assert_true(got.acked);

	assert_int_equal(ledger_find(s->db, &bare.key, s->arena, &got,
	    &s->err), 1);
	assert_int_equal(got.id, bare.id);
	assert_string_equal(got.key.key, "");
	assert_null(got.because);
	assert_null(got.subject);
	assert_int_equal(got.ticket, 0);
	assert_memory_equal(got.raw_digest, bare.raw_digest, CRYPT_SHA256);
	assert_false(got.acked);
}

/* I2: one key, one row, one outcome. */
static void
test_key_is_unique(void **state)
{
	static const struct {
		struct ledger_key	key;
		int			known;
	} t[] = {
		{ { "imap:inbox", 7, 12, "" },	1 },
		{ { "imap:inbox", 7, 13, "" },	0 },
		{ { "imap:inbox", 8, 12, "" },	0 },
		{ { "imap:other", 7, 12, "" },	0 },
		{ { "imap:inbox", 7, 12, "x" },	0 },
		{ { "IMAP:inbox", 7, 12, "" },	0 },
	};
	struct store *s = *state;
	struct ledger_row row = row_of("imap:inbox", 7, 12, LEDGER_TICKET);

	ok(s, db_begin(s->db, &s->err));
	row.id = add(s, &row);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		assert_int_equal(ledger_find(s->db, &t[i].key, s->arena, NULL,
		    &s->err), t[i].known);
	assert_int_equal(ledger_add(s->db, &row, NULL, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	row.outcome = LEDGER_NOTE;
	row.ticket = 9;
	ok(s, ledger_update(s->db, &row, &s->err));
	ok(s, ledger_set_acked(s->db, &row.key, &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(ledger_get(s->db, row.id, s->arena, &row, &s->err),
	    1);
	assert_int_equal(row.outcome, LEDGER_NOTE);
	assert_int_equal(row.ticket, 9);
	assert_true(row.acked);
	assert_int_equal(ledger_get(s->db, 999, s->arena, &row, &s->err), 0);
	row.id = 999;
	ok(s, db_begin(s->db, &s->err));
	assert_int_equal(ledger_update(s->db, &row, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	db_rollback(s->db);
}

static void
test_find_by_digest(void **state)
{
	struct store *s = *state;
	struct ledger_row a = row_of("imap:a", 1, 1, LEDGER_TICKET), got;
	struct ledger_row b = row_of("imap:b", 1, 1, LEDGER_DUPLICATE);
	struct ledger_row c = row_of("imap:b", 1, 2, LEDGER_FILED);
	const unsigned char none[CRYPT_SHA256] = { 0 };
	const unsigned char other[CRYPT_SHA256] = { 3 };

	a.raw_digest[0] = b.raw_digest[0] = c.raw_digest[0] = 1;
	a.same_digest[0] = b.same_digest[0] = 2;
	ok(s, db_begin(s->db, &s->err));
	b.id = add(s, &b);
	a.id = add(s, &a);
	c.id = add(s, &c);
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(ledger_find_raw(s->db, "imap:a", a.raw_digest,
	    s->arena, &got, &s->err), 1);
	assert_int_equal(got.id, a.id);
	/* b is older, yet a duplicate itself */
	assert_int_equal(ledger_find_raw(s->db, "imap:b", a.raw_digest,
	    s->arena, &got, &s->err), 1);
	assert_int_equal(got.id, c.id);
	assert_int_equal(ledger_find_raw(s->db, "imap:c", a.raw_digest,
	    s->arena, &got, &s->err), 0);
	assert_int_equal(ledger_find_same(s->db, a.same_digest, s->arena,
	    &got, &s->err), 1);
	assert_int_equal(got.id, a.id);
	assert_int_equal(ledger_find_same(s->db, other, s->arena, &got,
	    &s->err), 0);
	/* items without a mail are not the same as each other */
	assert_int_equal(ledger_find_same(s->db, none, s->arena, &got,
	    &s->err), 0);
}

struct seen {
	int64_t	v[32];
	int	n, stop_at;
};

static int
see_uid(const struct ledger_row *row, void *arg)
{
	struct seen *seen = arg;

	seen->v[seen->n++] = row->key.uid;
	return seen->n == seen->stop_at;
}

static void
check_seen(const struct seen *seen, const char *want)
{
	char got[200] = "";

	for (int i = 0; i < seen->n; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%d ",
		    (int)seen->v[i]);
	assert_string_equal(got, want);
}

static void
test_lists(void **state)
{
	static const struct {
		enum ledger_outcome	outcome;
		int64_t			before;
		int			limit, stop_at;
		const char		*want;
	} t[] = {
		{ LEDGER_NOUTCOME, 0, 100, 0, "6 5 4 3 2 1 " },
		{ LEDGER_NOUTCOME, 0, 2, 0, "6 5 " },
		{ LEDGER_NOUTCOME, 5, 100, 0, "4 3 2 1 " },
		{ LEDGER_NOUTCOME, 0, 100, 3, "6 5 4 " },
		{ LEDGER_TICKET, 0, 100, 0, "5 3 1 " },
		{ LEDGER_TICKET, 5, 1, 0, "3 " },
		{ LEDGER_QUARANTINED, 0, 100, 0, "6 4 2 " },
		{ LEDGER_LOOP, 0, 100, 0, "" },
	};
	struct store *s = *state;

	ok(s, db_begin(s->db, &s->err));
	for (int uid = 1; uid <= 6; uid++) {
		struct ledger_row row = row_of("imap:a", 1, uid,
		    uid % 2 == 1 ? LEDGER_TICKET : LEDGER_QUARANTINED);

		add(s, &row);
	}
	ok(s, db_commit(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct seen seen = { .stop_at = t[i].stop_at };

		ok(s, ledger_list(s->db, t[i].outcome, t[i].before, t[i].limit,
		    s->arena, see_uid, &seen, &s->err));
		check_seen(&seen, t[i].want);
	}
	assert_int_equal(ledger_count(s->db, LEDGER_TICKET), 3);
	assert_int_equal(ledger_count(s->db, LEDGER_LOOP), 0);
	assert_int_equal(ledger_count(s->db, LEDGER_NOUTCOME), 6);
}

static void
test_walk(void **state)
{
	static const struct {
		int64_t		epoch, after;
		bool		unacked;
		int		limit;
		const char	*want;
	} t[] = {
		{ 1, 0, false, 100, "1 2 3 9 " },
		{ 1, 2, false, 100, "3 9 " },
		{ 1, 0, false, 3, "1 2 3 " },
		{ 1, 0, true, 100, "1 3 9 " },
		{ 1, 1, true, 1, "3 " },
		{ 2, 0, false, 100, "1 " },
		{ 3, 0, false, 100, "" },
	};
	static const int uids[] = { 9, 3, 1, 2 };
	struct store *s = *state;
	struct ledger_row other = row_of("imap:b", 1, 5, LEDGER_TICKET);
	struct ledger_row newer = row_of("imap:a", 2, 1, LEDGER_TICKET);

	ok(s, db_begin(s->db, &s->err));
	for (size_t i = 0; i < 4; i++) {
		struct ledger_row row = row_of("imap:a", 1, uids[i],
		    LEDGER_TICKET);

		row.acked = uids[i] == 2;
		add(s, &row);
	}
	add(s, &other);
	add(s, &newer);
	ok(s, db_commit(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct seen seen = { 0 };

		ok(s, ledger_walk(s->db, "imap:a", t[i].epoch, t[i].after,
		    t[i].unacked, t[i].limit, s->arena, see_uid, &seen,
		    &s->err));
		check_seen(&seen, t[i].want);
	}
}

static void
test_cursor_and_hand(void **state)
{
	struct store *s = *state;
	struct cursor c = { 0 };
	struct ledger_key key = { "imap:a", 7, 3, "" };

	assert_int_equal(cursor_get(s->db, "imap:a", &c, &s->err), 0);
	assert_int_equal(in_hand_attempts(s->db, &key, &s->err), 0);
	ok(s, db_begin(s->db, &s->err));
	ok(s, cursor_set(s->db, "imap:a", &(struct cursor){ 7, 40, 30 },
	    &s->err));
	ok(s, cursor_set(s->db, "imap:a", &(struct cursor){ 8, 4, 3 },
	    &s->err));
	ok(s, in_hand_note(s->db, &key, 1, &s->err));
	ok(s, in_hand_note(s->db, &key, 2, &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(cursor_get(s->db, "imap:a", &c, &s->err), 1);
	assert_int_equal(c.epoch, 8);
	assert_int_equal(c.uid, 4);
	assert_int_equal(c.first_uid, 3);
	assert_int_equal(in_hand_attempts(s->db, &key, &s->err), 2);
	ok(s, db_begin(s->db, &s->err));
	ok(s, in_hand_drop(s->db, &key, &s->err));
	ok(s, in_hand_drop(s->db, &key, &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(in_hand_attempts(s->db, &key, &s->err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		STORE_TEST(test_round_trip),
		STORE_TEST(test_key_is_unique),
		STORE_TEST(test_find_by_digest),
		STORE_TEST(test_lists),
		STORE_TEST(test_walk),
		STORE_TEST(test_cursor_and_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
