#include <assert.h>

#include "db/ledger_store.h"
#include "db/names.h"
#include "db/query.h"

static const char *const outcome_names[] = {
	[LEDGER_TICKET]		= "ticket",
	[LEDGER_MESSAGE]	= "message",
	[LEDGER_NOTE]		= "note",
	[LEDGER_HELD]		= "held",
	[LEDGER_DUPLICATE]	= "duplicate",
	[LEDGER_FILED]		= "filed",
	[LEDGER_BOUNCE]		= "bounce",
	[LEDGER_LOOP]		= "loop",
	[LEDGER_QUARANTINED]	= "quarantined",
	[LEDGER_BEFORE_START]	= "before start",
	[LEDGER_CHAT]		= "chat",
};

const char *
ledger_outcome_name(enum ledger_outcome outcome)
{
	assert((unsigned)outcome < LEDGER_NOUTCOME);
	return outcome_names[outcome];
}

static const char *
key_of(const struct ledger_key *key)
{
	return key->key == NULL ? "" : key->key;
}

/* A digest that was never made (all zero) is stored as NULL. */
static struct value
digest_value(const unsigned char digest[CRYPT_SHA256])
{
	static const unsigned char none[CRYPT_SHA256];

	return V_BLOB(memcmp(digest, none, sizeof none) == 0 ? NULL : digest,
	    CRYPT_SHA256);
}

static void
read_digest(struct query *q, int column, unsigned char out[CRYPT_SHA256])
{
	struct slice s = q_blob(q, column);

	if (s.len == CRYPT_SHA256)
		memcpy(out, s.p, CRYPT_SHA256);
}

static struct ledger_row
read_row(struct query *q, struct arena *arena)
{
	struct ledger_row row = {
		.id = q_int(q, 0),
		.key = { q_text(q, 1, arena), q_int(q, 2), q_int(q, 3),
		    q_text(q, 4, arena) },
		.seen_ms = q_int(q, 5),
		.outcome = (enum ledger_outcome)q_int(q, 6),
		.because = q_text(q, 7, arena),
		.ticket = q_int(q, 8),
		.message = q_int(q, 9),
		.raw = q_int(q, 10),
		.message_id = q_text(q, 11, arena),
		.from = q_text(q, 12, arena),
		.subject = q_text(q, 13, arena),
		.kind = q_text(q, 14, arena),
		.attempts = (int)q_int(q, 17),
		.acked = q_bool(q, 18),
	};

	read_digest(q, 15, row.raw_digest);
	read_digest(q, 16, row.same_digest);
	return row;
}

/* The one row of a started query, which is ended. */
static int
one(struct query *q, struct arena *arena, struct ledger_row *row_out,
    struct err *err)
{
	struct ledger_row row = { 0 };
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1 && row_out != NULL) {
		row = read_row(q, arena);
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1 && row_out != NULL)
		*row_out = row;
	return ret;
}

int
ledger_find(struct db *db, const struct ledger_key *key, struct arena *arena,
    struct ledger_row *row_out, struct err *err)
{
	return one(db_query(db, STMT_LEDGER_FIND, err, V_TEXT(key->source),
	    V_INT(key->epoch), V_INT(key->uid), V_TEXT(key_of(key))), arena,
	    row_out, err);
}

int
ledger_get(struct db *db, int64_t id, struct arena *arena,
    struct ledger_row *row_out, struct err *err)
{
	return one(db_query(db, STMT_LEDGER_GET, err, V_INT(id)), arena,
	    row_out, err);
}

int
ledger_find_raw(struct db *db, const char *source,
    const unsigned char digest[CRYPT_SHA256], struct arena *arena,
    struct ledger_row *row_out, struct err *err)
{
	return one(db_query(db, STMT_LEDGER_FIND_RAW, err,
	    digest_value(digest), V_TEXT(source)), arena, row_out, err);
}

int
ledger_find_same(struct db *db, const unsigned char digest[CRYPT_SHA256],
    struct arena *arena, struct ledger_row *row_out, struct err *err)
{
	return one(db_query(db, STMT_LEDGER_FIND_SAME, err,
	    digest_value(digest)), arena, row_out, err);
}

int
ledger_add(struct db *db, const struct ledger_row *row, int64_t *id_out,
    struct err *err)
{
	int64_t id = 0;
	int ret = db_run(db, STMT_LEDGER_ADD, &id, err,
	    V_TEXT(row->key.source), V_INT(row->key.epoch),
	    V_INT(row->key.uid), V_TEXT(key_of(&row->key)),
	    V_INT(row->seen_ms), V_INT(row->outcome), V_TEXT(row->because),
	    V_ID(row->ticket), V_ID(row->message), V_ID(row->raw),
	    V_TEXT(row->message_id), V_TEXT(row->from), V_TEXT(row->subject),
	    V_TEXT(row->kind), digest_value(row->raw_digest),
	    digest_value(row->same_digest), V_INT(row->attempts),
	    V_INT(row->acked));

	if (ret < 0)
		return -1;
	if (id_out != NULL)
		*id_out = id;
	return 0;
}

int
ledger_update(struct db *db, const struct ledger_row *row, struct err *err)
{
	int ret = db_run(db, STMT_LEDGER_UPDATE, NULL, err, V_INT(row->id),
	    V_INT(row->seen_ms), V_INT(row->outcome), V_TEXT(row->because),
	    V_ID(row->ticket), V_ID(row->message), V_ID(row->raw),
	    V_TEXT(row->message_id), V_TEXT(row->from), V_TEXT(row->subject),
	    V_TEXT(row->kind), digest_value(row->raw_digest),
	    digest_value(row->same_digest), V_INT(row->attempts),
	    V_INT(row->acked));

	if (ret == 0)
		return err_set(err, ERR_INPUT, "no ledger row %lld",
		    (long long)row->id);
	return ret < 0 ? -1 : 0;
}

int
ledger_set_acked(struct db *db, const struct ledger_key *key, struct err *err)
{
	return db_run(db, STMT_LEDGER_SET_ACKED, NULL, err,
	    V_TEXT(key->source), V_INT(key->epoch), V_INT(key->uid),
	    V_TEXT(key_of(key)));
}

/* Hand the rows of a started query to fn; the query is ended. */
static int
each(struct query *q, struct arena *arena,
    int (*fn)(const struct ledger_row *row, void *arg), void *arg,
    struct err *err)
{
	struct ledger_row row;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		row = read_row(q, arena);
		ret = query_arena(arena, ret, err);
		if (ret < 0 || fn(&row, arg) != 0)
			break;
	}
	db_end(&q);
	return ret < 0 ? -1 : 0;
}

int
ledger_list(struct db *db, enum ledger_outcome outcome, int64_t before,
    int limit, struct arena *arena,
    int (*fn)(const struct ledger_row *row, void *arg), void *arg,
    struct err *err)
{
	struct value below = V_INT(before == 0 ? INT64_MAX : before);

	if (outcome == LEDGER_NOUTCOME)
		return each(db_query(db, STMT_LEDGER_LIST_ALL, err, below,
		    V_INT(limit)), arena, fn, arg, err);
	return each(db_query(db, STMT_LEDGER_LIST, err, V_INT(outcome), below,
	    V_INT(limit)), arena, fn, arg, err);
}

int
ledger_walk(struct db *db, const char *source, int64_t epoch, int64_t after,
    bool unacked_only, int limit, struct arena *arena,
    int (*fn)(const struct ledger_row *row, void *arg), void *arg,
    struct err *err)
{
	return each(db_query(db, unacked_only ? STMT_LEDGER_WALK_UNACKED :
	    STMT_LEDGER_WALK, err, V_TEXT(source), V_INT(epoch), V_INT(after),
	    V_INT(limit)), arena, fn, arg, err);
}

int64_t
ledger_count(struct db *db, enum ledger_outcome outcome)
{
	int64_t n = -1;

	if (outcome == LEDGER_NOUTCOME)
		db_run0(db, STMT_LEDGER_COUNT_ALL, &n, NULL);
	else
		db_run(db, STMT_LEDGER_COUNT, &n, NULL, V_INT(outcome));
	return n;
}

int
cursor_get(struct db *db, const char *source, struct cursor *cursor_out,
    struct err *err)
{
	struct query *q = db_query(db, STMT_CURSOR_GET, err, V_TEXT(source));
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1)
		*cursor_out = (struct cursor){ q_int(q, 0), q_int(q, 1),
		    q_int(q, 2) };
	db_end(&q);
	return ret;
}

int
cursor_set(struct db *db, const char *source, const struct cursor *cursor,
    struct err *err)
{
	return db_run(db, STMT_CURSOR_SET, NULL, err, V_TEXT(source),
	    V_INT(cursor->epoch), V_INT(cursor->uid),
	    V_INT(cursor->first_uid));
}

int
in_hand_note(struct db *db, const struct ledger_key *key, int attempts,
    struct err *err)
{
	return db_run(db, STMT_HAND_NOTE, NULL, err, V_TEXT(key->source),
	    V_INT(key->epoch), V_INT(key->uid), V_TEXT(key_of(key)),
	    V_INT(attempts));
}

int
in_hand_drop(struct db *db, const struct ledger_key *key, struct err *err)
{
	return db_run(db, STMT_HAND_DROP, NULL, err, V_TEXT(key->source),
	    V_INT(key->epoch), V_INT(key->uid), V_TEXT(key_of(key)));
}

int
in_hand_attempts(struct db *db, const struct ledger_key *key, struct err *err)
{
	int64_t n = 0;
	int ret = db_run(db, STMT_HAND_ATTEMPTS, &n, err, V_TEXT(key->source),
	    V_INT(key->epoch), V_INT(key->uid), V_TEXT(key_of(key)));

	return ret < 0 ? -1 : (int)n;
}
