#include "tests/unit/db/store.h"

#include "db/audit_store.h"

static void
add(struct store *s, const struct secret *secret, int64_t ticket,
    const char *action)
{
	struct event e = { .time_ms = 1000, .ticket = ticket, .person = 3,
	    .item = 4, .action = action, .actor = "ann@x", .proof = "token",
	    .field = "status", .old_value = "open", .new_value = "closed",
	    .because = "close" };

	ok(s, audit_add(s->db, secret, &e, &s->err));
}

/* A chain of n events, on tickets 1 and 2 in turn. */
static void
chain(struct store *s, const struct secret *secret, int n)
{
	static const char *const actions[] = { "created", "status",
	    "assigned", "bounced" };

	ok(s, db_begin(s->db, &s->err));
	for (int i = 0; i < n; i++)
		add(s, secret, 1 + i % 2, actions[i % 4]);
	ok(s, db_commit(s->db, &s->err));
}

static void
test_chain(void **state)
{
	struct store *s = *state;
	struct secret *secret = secret_from_seed(SLICE_LIT("a"));
	struct secret *other = secret_from_seed(SLICE_LIT("b"));
	char before[AUDIT_HEAD_MAX], after[AUDIT_HEAD_MAX];

	ok(s, audit_head(s->db, before, &s->err));
	assert_string_equal(before, "0:");
	ok(s, audit_verify(s->db, secret, before, &s->err));
	chain(s, secret, 10);
	ok(s, audit_head(s->db, after, &s->err));
	assert_memory_equal(after, "10:", 3);
	assert_int_equal(strlen(after), 3 + 64);
	ok(s, audit_verify(s->db, secret, NULL, &s->err));
	ok(s, audit_verify(s->db, secret, before, &s->err));
	ok(s, audit_verify(s->db, secret, after, &s->err));
	chain(s, secret, 3);
	ok(s, audit_verify(s->db, secret, after, &s->err));
	/* whoever has not the key cannot make a chain that holds */
	assert_int_equal(audit_verify(s->db, other, NULL, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	secret_free(&secret);
	secret_free(&other);
}

/* A transaction that never was leaves no gap. */
static void
test_rollback(void **state)
{
	struct store *s = *state;
	struct secret *secret = secret_from_seed(SLICE_LIT("a"));
	char head[AUDIT_HEAD_MAX];

	chain(s, secret, 2);
	ok(s, db_begin(s->db, &s->err));
	ok(s, db_savepoint(s->db, &s->err));
	add(s, secret, 1, "lost");
	db_rollback_to(s->db);
	add(s, secret, 1, "kept");
	ok(s, db_commit(s->db, &s->err));
	ok(s, audit_head(s->db, head, &s->err));
	assert_memory_equal(head, "3:", 2);
	ok(s, audit_verify(s->db, secret, head, &s->err));
	secret_free(&secret);
}

/* Whatever is done to the tables by hand is found, and where. */
static void
test_tampering(void **state)
{
	static const struct { const char *sql, *says; } t[] = {
		{ "UPDATE event SET time_ms = 1 WHERE seq = 5", "event 5:" },
		{ "UPDATE event SET ticket = 9 WHERE seq = 5", "event 5:" },
		{ "UPDATE event SET person = 9 WHERE seq = 5", "event 5:" },
		{ "UPDATE event SET item = 9 WHERE seq = 5", "event 5:" },
		{ "UPDATE event SET action = 'x' WHERE seq = 5",
		    "event 5:" },
		{ "UPDATE event SET digest = zeroblob(32) WHERE seq = 5",
		    "event 5:" },
		{ "UPDATE event SET digest = x'00' WHERE seq = 5",
		    "event 5:" },
		{ "UPDATE event SET mac = zeroblob(32) WHERE seq = 5",
		    "event 5:" },
		{ "UPDATE event SET mac = x'' WHERE seq = 5", "event 5:" },
		{ "UPDATE event SET key_id = 99 WHERE seq = 5",
		    "event 5: made with a key" },
		{ "UPDATE event SET seq = 99 WHERE seq = 10", "event 10:" },
		{ "UPDATE event SET seq = 99 WHERE seq = 5", "event 5:" },
		{ "DELETE FROM event WHERE seq = 5",
		    "event 5: it was removed" },
		{ "DELETE FROM event WHERE seq = 1",
		    "event 1: it was removed" },
		{ "UPDATE event SET seq = 77 WHERE seq = 5;"
		  "UPDATE event SET seq = 5 WHERE seq = 6;"
		  "UPDATE event SET seq = 6 WHERE seq = 77", "event 5:" },
		{ "DELETE FROM event WHERE seq = 5;"
		  "UPDATE event SET seq = seq - 1 WHERE seq > 5",
		    "event 5:" },
		{ "DELETE FROM event WHERE seq > 8",
		    "event 10: it was noted and is gone" },
		{ "DELETE FROM event", "event 10: it was noted" },
		{ "UPDATE event_value SET salt = zeroblob(16) WHERE seq = 5",
		    "event 5: its values" },
		{ "UPDATE event_value SET salt = x'' WHERE seq = 5",
		    "event 5: its salt" },
		{ "UPDATE event_value SET actor = 'x' WHERE seq = 5",
		    "event 5: its values" },
		{ "UPDATE event_value SET proof = 'x' WHERE seq = 5",
		    "event 5: its values" },
		{ "UPDATE event_value SET field = 'x' WHERE seq = 5",
		    "event 5: its values" },
		{ "UPDATE event_value SET old_value = NULL WHERE seq = 5",
		    "event 5: its values" },
		{ "UPDATE event_value SET new_value = '' WHERE seq = 5",
		    "event 5: its values" },
		{ "UPDATE event_value SET because = 'x' WHERE seq = 5",
		    "event 5: its values" },
		{ "UPDATE event_value SET old_value = new_value, "
		  "new_value = old_value WHERE seq = 5",
		    "event 5: its values" },
		{ "DELETE FROM event_value WHERE seq = 6;"
		  "UPDATE event_value SET seq = 6 WHERE seq = 5",
		    "event 6: its values" },
		{ "DELETE FROM event_value WHERE seq = 5",
		    "1 events have lost their values" },
		{ "DELETE FROM event_value",
		    "10 events have lost their values" },
	};
	struct store *s = *state;
	struct secret *secret = secret_from_seed(SLICE_LIT("a"));

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		char head[AUDIT_HEAD_MAX];

		print_message("%s\n", t[i].sql);
		chain(s, secret, 10);
		ok(s, audit_head(s->db, head, &s->err));
		ok(s, audit_verify(s->db, secret, head, &s->err));
		store_sql(s, t[i].sql);
		assert_int_equal(audit_verify(s->db, secret, head, &s->err),
		    -1);
		assert_int_equal(s->err.code, ERR_INPUT);
		if (strstr(s->err.msg, t[i].says) == NULL)
			print_error("%s\n", s->err.msg);
		assert_non_null(strstr(s->err.msg, t[i].says));
		store_sql(s, "DELETE FROM event; DELETE FROM event_value");
	}
	secret_free(&secret);
}

/* A chain made anew with the right key is still not the one noted. */
static void
test_rewritten(void **state)
{
	static const char *const bad[] = { "", ":", "x:00", "10", "10:",
	    "10:zz", "-1:00", "10:00", "99999999999999999999:00" };
	struct store *s = *state;
	struct secret *secret = secret_from_seed(SLICE_LIT("a"));
	char head[AUDIT_HEAD_MAX];

	chain(s, secret, 10);
	ok(s, audit_head(s->db, head, &s->err));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(audit_verify(s->db, secret, bad[i], &s->err),
		    -1);
		assert_int_equal(s->err.code, ERR_INPUT);
	}
	store_sql(s, "DELETE FROM event; DELETE FROM event_value");
	chain(s, secret, 10);
	ok(s, audit_verify(s->db, secret, NULL, &s->err));
	assert_int_equal(audit_verify(s->db, secret, head, &s->err), -1);
	assert_non_null(strstr(s->err.msg, "rewritten"));
	secret_free(&secret);
}

/* Old links verify after a rotation, new ones are made with the new key. */
static void
test_rotation(void **state)
{
	struct store *s = *state;
	struct secret *secret = NULL;
	char path[128];

	snprintf(path, sizeof path, "%s/secret", s->dir);
	ok(s, secret_load(path, true, &secret, &s->err));
	chain(s, secret, 3);
	ok(s, secret_rotate(path, &s->err));
	secret_free(&secret);
	ok(s, secret_load(path, false, &secret, &s->err));
	assert_int_equal(secret_count(secret), 2);
	chain(s, secret, 3);
	ok(s, audit_verify(s->db, secret, NULL, &s->err));
	store_sql(s, "UPDATE event SET key_id = (SELECT max(key_id) "
	    "FROM event) WHERE seq = 2");
	assert_int_equal(audit_verify(s->db, secret, NULL, &s->err), -1);
	secret_free(&secret);
}

struct seen {
	int64_t	seq[16];
	int	n, erased;
	char	last[200];
};

static int
see(const struct event *e, void *arg)
{
	struct seen *seen = arg;

	seen->seq[seen->n++] = e->seq;
	seen->erased += e->erased;
	snprintf(seen->last, sizeof seen->last, "%s %s %s %s %s %s %s",
	    e->action, e->actor ? e->actor : "-", e->proof ? e->proof : "-",
	    e->field ? e->field : "-", e->old_value ? e->old_value : "-",
	    e->new_value ? e->new_value : "-", e->because ? e->because : "-");
	return 0;
}

static void
erased(struct store *s, const struct secret *secret, const char *total)
{
	struct event e = { .time_ms = 1000, .action = AUDIT_ERASED,
	    .actor = "os:root", .proof = "staff", .field = "values",
	    .new_value = total };

	ok(s, db_begin(s->db, &s->err));
	ok(s, audit_add(s->db, secret, &e, &s->err));
	ok(s, db_commit(s->db, &s->err));
}

static void
test_list_and_erasure(void **state)
{
	struct store *s = *state;
	struct secret *secret = secret_from_seed(SLICE_LIT("a"));
	struct seen all = { 0 }, one = { 0 }, few = { 0 }, gone = { 0 };
	char head[AUDIT_HEAD_MAX];

	chain(s, secret, 6);
	ok(s, audit_list(s->db, 0, 0, 100, s->arena, see, &all, &s->err));
	assert_int_equal(all.n, 6);
	assert_int_equal(all.erased, 0);
	assert_string_equal(all.last, "status ann@x token status open closed "
	    "close");
	ok(s, audit_list(s->db, 2, 0, 100, s->arena, see, &one, &s->err));
	assert_int_equal(one.n, 3);
	assert_int_equal(one.seq[0], 2);
	assert_int_equal(one.seq[2], 6);
	ok(s, audit_list(s->db, 0, 2, 2, s->arena, see, &few, &s->err));
	assert_int_equal(few.n, 2);
	assert_int_equal(few.seq[0], 3);

	/* values removed: the chain holds from the head noted before on, as
	 * long as an event accounts for them */
	ok(s, audit_head(s->db, head, &s->err));
	store_sql(s, "DELETE FROM event_value WHERE seq IN (2, 6)");
	assert_int_equal(audit_verify(s->db, secret, head, &s->err), -1);
	erased(s, secret, "2");
	ok(s, audit_verify(s->db, secret, head, &s->err));
	ok(s, audit_list(s->db, 0, 0, 6, s->arena, see, &gone, &s->err));
	assert_int_equal(gone.n, 6);
	assert_int_equal(gone.erased, 2);
	assert_string_equal(gone.last, "status - - - - - -");
	store_sql(s, "DELETE FROM event_value WHERE seq = 3");
	assert_int_equal(audit_verify(s->db, secret, head, &s->err), -1);
	erased(s, secret, "3");
	ok(s, audit_verify(s->db, secret, head, &s->err));
	/* what accounts for them cannot go itself */
	store_sql(s, "DELETE FROM event_value WHERE seq = 8");
	assert_int_equal(audit_verify(s->db, secret, head, &s->err), -1);
	assert_non_null(strstr(s->err.msg, "event 8: its values"));
	secret_free(&secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_chain),
		STORE_TEST(test_rollback),
		STORE_TEST(test_tampering),
		STORE_TEST(test_rewritten),
		STORE_TEST(test_rotation),
		STORE_TEST(test_list_and_erasure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
