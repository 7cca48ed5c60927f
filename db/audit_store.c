/* A link of the chain, all numbers big-endian, text by its length first:
 *
 *	mac    = HMAC(key, mac before | seq | time | ticket | person | item |
 *	         action | digest)
 *	digest = HMAC(salt, actor | proof | field | old | new | because)
 *
 * The mac before the first is 32 zero bytes. The key is that of the newest
 * secret at the time; its id stands in the row, so that old links verify after
 * a rotation. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypt.h"
#include "base/text.h"
#include "db/audit_store.h"
#include "db/query.h"

#define SALT		16			/* bytes */
#define BYTES_MAX	(64 * 1024 * 1024)	/* of what is hashed */

/* Columns behind EVENT in the catalogue. */
enum { COL_DIGEST = 13, COL_KEY, COL_MAC, COL_SALT };

static void
add_number(struct buf *b, int64_t number)
{
	unsigned char p[8];

	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)((uint64_t)number >> (56 - 8 * i));
	buf_add(b, p, sizeof p);
}

/* NULL and "" differ. */
static void
add_text(struct buf *b, const char *text)
{
	add_number(b, text == NULL ? -1 : (int64_t)strlen(text));
	if (text != NULL)
		buf_adds(b, text);
}

static int
sign(struct slice key, struct buf *b, unsigned char out[CRYPT_SHA256],
    struct err *err)
{
	int ret = 0;

	if (b->failed)
		ret = err_set(err, ERR_RETRY, "store: out of memory");
	else
		crypt_hmac(key, buf_slice(b), out);
	buf_free(b);
	return ret;
}

static int
digest_of(const struct event *e, const unsigned char salt[SALT],
    unsigned char out[CRYPT_SHA256], struct err *err)
{
	struct buf b = BUF_INIT(BYTES_MAX);

	add_text(&b, e->actor);
	add_text(&b, e->proof);
	add_text(&b, e->field);
	add_text(&b, e->old_value);
	add_text(&b, e->new_value);
	add_text(&b, e->because);
	return sign((struct slice){ (const char *)salt, SALT }, &b, out, err);
}

static int
mac_of(const struct event *e, struct slice key,
    const unsigned char before[CRYPT_SHA256],
    const unsigned char digest[CRYPT_SHA256],
    unsigned char out[CRYPT_SHA256], struct err *err)
{
	struct buf b = BUF_INIT(BYTES_MAX);

	buf_add(&b, before, CRYPT_SHA256);
	add_number(&b, e->seq);
	add_number(&b, e->time_ms);
	add_number(&b, e->ticket);
	add_number(&b, e->person);
	add_number(&b, e->item);
	add_text(&b, e->action);
	buf_add(&b, digest, CRYPT_SHA256);
	return sign(key, &b, out, err);
}

/* seq 0 and a zero mac when the chain is empty. */
static int
head(struct db *db, int64_t *seq_out, unsigned char mac_out[CRYPT_SHA256],
    struct err *err)
{
	struct query *q = db_query0(db, STMT_EVENT_HEAD, err);
	struct slice mac;
	int ret;

	if (q == NULL)
		return -1;
	*seq_out = 0;
	memset(mac_out, 0, CRYPT_SHA256);
	ret = db_next(q, err);
	if (ret == 1) {
		*seq_out = q_int(q, 0);
		mac = q_blob(q, 1);
		if (mac.len == CRYPT_SHA256)
			memcpy(mac_out, mac.p, CRYPT_SHA256);
	}
	db_end(&q);
	return ret < 0 ? -1 : 0;
}

int
audit_add(struct db *db, const struct secret *secret,
    const struct event *event, struct err *err)
{
	unsigned char salt[SALT], before[CRYPT_SHA256];
	unsigned char digest[CRYPT_SHA256], mac[CRYPT_SHA256];
	struct event e = *event;

	if (head(db, &e.seq, before, err) != 0)
		return -1;
	e.seq++;
	crypt_random(salt, sizeof salt);
	if (digest_of(&e, salt, digest, err) != 0 ||
	    mac_of(&e, secret_key(secret, 0, SECRET_CHAIN), before, digest,
	    mac, err) != 0)
		return -1;
	if (db_run(db, STMT_EVENT_ADD, NULL, err, V_INT(e.seq),
	    V_INT(e.time_ms), V_INT(e.ticket), V_INT(e.person),
	    V_INT(e.item), V_TEXT(e.action), V_BLOB(digest, sizeof digest),
	    V_INT(secret_id(secret, 0)), V_BLOB(mac, sizeof mac)) < 0)
		return -1;
	return db_run(db, STMT_EVENT_VALUE_ADD, NULL, err, V_INT(e.seq),
	    V_BLOB(salt, sizeof salt), V_TEXT(e.actor), V_TEXT(e.proof),
	    V_TEXT(e.field), V_TEXT(e.old_value), V_TEXT(e.new_value),
	    V_TEXT(e.because));
}

/* Texts are borrowed until the next step. */
static struct event
read_event(struct query *q)
{
	return (struct event){
		.seq = q_int(q, 0),
		.time_ms = q_int(q, 1),
		.ticket = q_int(q, 2),
		.person = q_int(q, 3),
		.item = q_int(q, 4),
		.action = q_borrow(q, 5),
		.erased = q_int(q, 6) == 0,
		.actor = q_borrow(q, 7),
		.proof = q_borrow(q, 8),
		.field = q_borrow(q, 9),
		.old_value = q_borrow(q, 10),
		.new_value = q_borrow(q, 11),
		.because = q_borrow(q, 12),
	};
}

static struct event
keep(struct event e, struct arena *arena)
{
	e.action = arena_strdup(arena, e.action);
	e.actor = arena_strdup(arena, e.actor);
	e.proof = arena_strdup(arena, e.proof);
	e.field = arena_strdup(arena, e.field);
	e.old_value = arena_strdup(arena, e.old_value);
	e.new_value = arena_strdup(arena, e.new_value);
	e.because = arena_strdup(arena, e.because);
	return e;
}

/* Each row of a started query, which is ended, to fn. */
static int
each(struct query *q, struct arena *arena,
    int (*fn)(const struct event *event, void *arg), void *arg,
    struct err *err)
{
	struct event e;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		e = keep(read_event(q), arena);
		ret = query_arena(arena, ret, err);
		if (ret < 0 || fn(&e, arg) != 0)
			break;
	}
	db_end(&q);
	return ret < 0 ? -1 : 0;
}

int
audit_list(struct db *db, int64_t ticket, int64_t after, int limit,
    struct arena *arena,
    int (*fn)(const struct event *event, void *arg), void *arg,
    struct err *err)
{
	struct query *q = ticket == 0 ?
	    db_query(db, STMT_EVENT_LIST_ALL, err, V_INT(after),
	    V_INT(limit)) :
	    db_query(db, STMT_EVENT_LIST, err, V_INT(ticket), V_INT(after),
	    V_INT(limit));

	return each(q, arena, fn, arg, err);
}

int
audit_history(struct db *db, int64_t ticket, bool shared, int limit,
    struct arena *arena,
    int (*fn)(const struct event *event, void *arg), void *arg,
    struct err *err)
{
	return each(db_query(db, shared ? STMT_EVENT_HISTORY_SHARED :
	    STMT_EVENT_HISTORY, err, V_INT(ticket), V_INT(limit)), arena, fn,
	    arg, err);
}

int
audit_head(struct db *db, char out[AUDIT_HEAD_MAX], struct err *err)
{
	unsigned char mac[CRYPT_SHA256];
	char hex[2 * CRYPT_SHA256 + 1] = "";
	int64_t seq;

	if (head(db, &seq, mac, err) != 0)
		return -1;
	if (seq > 0)
		crypt_hex(mac, sizeof mac, hex);
	snprintf(out, AUDIT_HEAD_MAX, "%" PRId64 ":%s", seq, hex);
	return 0;
}

static int
broken(struct err *err, int64_t seq, const char *what)
{
	return err_set(err, ERR_INPUT, "event %" PRId64 ": %s", seq, what);
}

/* On the way along the chain. */
struct walk {
	unsigned char	 mac[CRYPT_SHA256];	/* of the row before */
	int64_t		 missing;	/* events without values */
	int64_t		 erased;	/* so many the newest erasure said */
};

/* An erasure says how many events have no values from then on; so whoever
 * takes others away is found. */
static int
verify_missing(const struct event *e, struct walk *w, struct err *err)
{
	uint64_t n;

	w->missing += e->erased;
	if (strcmp(e->action, AUDIT_ERASED) != 0)
		return 0;
	if (e->erased || e->new_value == NULL ||
	    !text_u64(slice_of(e->new_value), &n))
		return broken(err, e->seq, "its values were removed, and it "
		    "is an erasure");
	w->erased = (int64_t)n;
	return 0;
}

/* Do the values that lie beside still give the digest? */
static int
verify_values(struct query *q, const struct event *e, struct err *err)
{
	unsigned char made[CRYPT_SHA256];
	struct slice salt = q_blob(q, COL_SALT);
	struct slice digest = q_blob(q, COL_DIGEST);

	if (e->erased)
		return 0;
	if (salt.len != SALT)
		return broken(err, e->seq, "its salt was changed");
	if (digest_of(e, (const unsigned char *)salt.p, made, err) != 0)
		return -1;
	if (!crypt_equal(made, digest.p, sizeof made))
		return broken(err, e->seq, "its values were changed");
	return 0;
}

/* One row against what stands before it. */
static int
verify_link(struct query *q, const struct secret *secret, int64_t seq,
    struct walk *w, struct err *err)
{
	unsigned char made[CRYPT_SHA256];
	struct event e = read_event(q);
	struct slice digest = q_blob(q, COL_DIGEST), held = q_blob(q, COL_MAC);
	int key = secret_find(secret, q_int(q, COL_KEY));

	if (e.seq != seq)
		return broken(err, seq, "it was removed");
	if (key < 0)
		return broken(err, seq, "made with a key that we do not have");
	if (digest.len != CRYPT_SHA256 || held.len != CRYPT_SHA256)
		return broken(err, seq, "the row was changed");
	if (mac_of(&e, secret_key(secret, key, SECRET_CHAIN), w->mac,
	    (const unsigned char *)digest.p, made, err) != 0)
		return -1;
	if (!crypt_equal(made, held.p, sizeof made))
		return broken(err, seq, "it, or what stood before it, "
		    "was changed");
	memcpy(w->mac, made, sizeof made);
	return verify_missing(&e, w, err) != 0 ? -1 :
	    verify_values(q, &e, err);
}

/* "SEQ:HEX64", or "0:" for an empty chain. */
static int
parse_head(const char *text, int64_t *seq_out,
    unsigned char mac_out[CRYPT_SHA256], struct err *err)
{
	const char *colon = strchr(text, ':');
	uint64_t seq;

	if (colon == NULL ||
	    !text_u64((struct slice){ text, (size_t)(colon - text) }, &seq) ||
	    seq > INT64_MAX || (seq > 0 &&
	    crypt_unhex(slice_of(colon + 1), mac_out, CRYPT_SHA256) !=
	    CRYPT_SHA256))
		return err_set(err, ERR_INPUT,
		    "\"%.80s\" is no head of a chain: SEQ:HASH", text);
	*seq_out = (int64_t)seq;
	return 0;
}

static int
verify_noted(struct db *db, const char *noted, struct err *err)
{
	unsigned char mac[CRYPT_SHA256];
	struct query *q;
	int64_t seq;
	int ret;

	if (parse_head(noted, &seq, mac, err) != 0)
		return -1;
	if (seq == 0)
		return 0;
	q = db_query(db, STMT_EVENT_MAC, err, V_INT(seq));
	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 0)
		ret = broken(err, seq, "it was noted and is gone: the tail "
		    "was cut, or this is an older store");
	else if (ret == 1 && !slice_eq(q_blob(q, 0),
	    (struct slice){ (const char *)mac, sizeof mac }))
		ret = broken(err, seq, "it is not the one noted: the chain "
		    "was rewritten");
	db_end(&q);
	return ret < 0 ? -1 : 0;
}

int
audit_verify(struct db *db, const struct secret *secret, const char *noted,
    struct err *err)
{
	struct walk w = { .missing = 0 };
	struct query *q = db_query0(db, STMT_EVENT_WALK, err);
	int64_t seq = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1)
		if (verify_link(q, secret, ++seq, &w, err) != 0) {
			ret = -1;
			break;
		}
	db_end(&q);
	if (ret == 0 && w.missing != w.erased)
		ret = err_set(err, ERR_INPUT, "%" PRId64 " events have lost "
		    "their values, and erasures account for %" PRId64,
		    w.missing, w.erased);
	if (ret == 0 && noted != NULL)
		ret = verify_noted(db, noted, err);
	return ret;
}
