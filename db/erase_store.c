#include "base/crypt.h"
#include "db/erase_store.h"
#include "db/fold.h"
#include "db/query.h"
#include "db/raw_store.h"

/* Statements without values, or with one, in this order. */
static int
run_all(struct db *db, const enum stmt *v, size_t n, const char *text,
    struct err *err)
{
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		rc = text == NULL ? db_run0(db, v[i], NULL, err) :
		    db_run(db, v[i], NULL, err, V_TEXT(text));
		if (rc < 0)
			return -1;
	}
	return 0;
}

#define RUN(db, v, text, err)						\
	run_all((db), (v), sizeof (v) / sizeof (v)[0], (text), (err))

int
erase_begin(struct db *db, struct err *err)
{
	return db_run0(db, STMT_DOOM_CLEAR, NULL, err) < 0 ? -1 : 0;
}

int
erase_end(struct db *db, struct err *err)
{
	return erase_begin(db, err);
}

int
erase_doom(struct db *db, enum doom kind, int64_t id, struct err *err)
{
	return db_run(db, STMT_DOOM_ADD, NULL, err, V_INT(kind),
	    V_INT(id)) < 0 ? -1 : 0;
}

int64_t
erase_count(struct db *db, enum doom kind)
{
	int64_t n = 0;

	return db_run(db, STMT_DOOM_COUNT, &n, NULL, V_INT(kind)) < 0 ? 0 : n;
}

int
erase_next(struct db *db, enum doom kind, int64_t after, int64_t *id_out,
    struct err *err)
{
	return db_run(db, STMT_DOOM_NEXT, id_out, err, V_INT(kind),
	    V_INT(after));
}

/* ---- gathering ---- */

int
erase_address_gather(struct db *db, const char *address, struct err *err)
{
	static const enum stmt gather[] = { STMT_DOOM_OWNER,
	    STMT_DOOM_MESSAGES_OF_ADDRESS, STMT_DOOM_ITEMS_OF_ADDRESS,
	    STMT_DOOM_OUTBOX_OF_ADDRESS, STMT_DOOM_EVENTS_OF_ADDRESS };
	char folded[FOLD_MAX];

	if (fold_address(address, folded, err) != 0)
		return -1;
	return RUN(db, gather, folded, err);
}

int
erase_person_gather(struct db *db, struct err *err)
{
	static const enum stmt gather[] = { STMT_DOOM_TICKETS,
	    STMT_DOOM_MESSAGES, STMT_DOOM_MESSAGES_OF_PERSON, STMT_DOOM_NAMES,
	    STMT_DOOM_ITEMS, STMT_DOOM_RAWS, STMT_DOOM_RAWS_OF_ITEMS,
	    STMT_DOOM_OUTBOX, STMT_DOOM_EVENTS, STMT_DOOM_EVENTS_OF_PERSON };

	return RUN(db, gather, NULL, err);
}

int
erase_ticket_gather(struct db *db, struct err *err)
{
	static const enum stmt gather[] = { STMT_DOOM_MESSAGES,
	    STMT_DOOM_ITEMS, STMT_DOOM_RAWS, STMT_DOOM_RAWS_OF_ITEMS,
	    STMT_DOOM_OUTBOX, STMT_DOOM_EVENTS_ALL };

	return RUN(db, gather, NULL, err);
}

/* ---- removing ---- */

/* Each doomed id of a kind to fn. */
static int
each(struct db *db, enum doom kind,
    int (*fn)(struct db *db, int64_t id, struct err *err), struct err *err)
{
	int64_t id = 0;
	int rc;

	while ((rc = erase_next(db, kind, id, &id, err)) == 1)
		if (fn(db, id, err) < 0)
			return -1;
	return rc;
}

/* Taken out of the full text as it stands, before its row changes. */
static int
unindex(struct db *db, int64_t id, struct err *err)
{
	return db_reindex(db, id, false, err);
}

/* What both ways remove. */
static int
apply(struct db *db, struct err *err)
{
	static const enum stmt common[] = { STMT_ERASE_OUTBOX_BODY,
	    STMT_ERASE_OUTBOX, STMT_ERASE_ATTACHMENT, STMT_ERASE_THREAD,
	    STMT_ERASE_CHAT_CARD, STMT_ERASE_CHAT_ITEM, STMT_ERASE_ITEMS };

	if (each(db, DOOM_MESSAGE, unindex, err) < 0 ||
	    each(db, DOOM_RAW, raw_delete, err) < 0)
		return -1;
	return RUN(db, common, NULL, err);
}

int
erase_person_apply(struct db *db, struct err *err)
{
	static const enum stmt steps[] = { STMT_ERASE_WORDS,
	    STMT_ERASE_NAMES, STMT_ERASE_ASSIGNEE,
	    STMT_ERASE_FACT_ASSIGNEE, STMT_ERASE_WATCHERS, STMT_ERASE_MUTES,
	    STMT_ERASE_VIEWS, STMT_ERASE_LOGINS, STMT_ERASE_SESSIONS,
	    STMT_ERASE_CHAT_USERS,
	    STMT_ERASE_OWNED, STMT_ERASE_PERSONS };

	if (apply(db, err) < 0 || db_run(db, STMT_ERASE_SHELLS, NULL, err,
	    V_INT((int64_t)crypt_random_u64())) < 0)
		return -1;
	return RUN(db, steps, NULL, err);
}

int
erase_address_apply(struct db *db, const char *address, struct err *err)
{
	static const enum stmt steps[] = { STMT_ERASE_ADDRESS,
	    STMT_ERASE_QUOTA };
	char folded[FOLD_MAX];

	if (fold_address(address, folded, err) != 0)
		return -1;
	return RUN(db, steps, folded, err);
}

int
erase_ticket_apply(struct db *db, struct err *err)
{
	static const enum stmt steps[] = { STMT_ERASE_MESSAGES,
	    STMT_ERASE_TICKET_WATCHERS, STMT_ERASE_TICKET_MUTES,
	    STMT_ERASE_TICKET_LINKS, STMT_ERASE_TICKET_VIEWS,
	    STMT_ERASE_TICKET_FACT, STMT_ERASE_TICKET };

	return apply(db, err) < 0 ? -1 : RUN(db, steps, NULL, err);
}

int
erase_values(struct db *db, int64_t *missing_out, struct err *err)
{
	if (db_run0(db, STMT_ERASE_VALUES, NULL, err) < 0)
		return -1;
	return db_run0(db, STMT_EVENT_MISSING, missing_out, err) < 0 ? -1 : 0;
}

/* ---- looking ---- */

int
erase_items(struct db *db,
    int (*fn)(const struct ledger_row *row, void *arg), void *arg,
    struct err *err)
{
	struct arena *arena = arena_new((size_t)1024 * 1024);
	struct ledger_row row;
	int64_t id = 0;
	int rc = arena == NULL ? err_set(err, ERR_RETRY, "store: out of "
	    "memory") : 1;

	while (rc == 1) {
		rc = erase_next(db, DOOM_ITEM, id, &id, err);
		arena_reset(arena);
		if (rc == 1)
			rc = ledger_get(db, id, arena, &row, err);
		if (rc == 1 && fn(&row, arg) != 0)
			break;
	}
	arena_free(&arena);
	return rc < 0 ? -1 : 0;
}

int
erase_mentions(struct db *db, const char *words,
    int (*fn)(int64_t ticket, void *arg), void *arg, struct err *err)
{
	char folded[FOLD_MAX];
	struct query *q;
	int rc;

	if (fold_address(words, folded, NULL) != 0)
		return 0;
	q = db_query(db, STMT_MENTIONS, err, V_TEXT(folded));
	if (q == NULL)
		return -1;
	while ((rc = db_next(q, err)) == 1)
		if (fn(q_int(q, 0), arg) != 0)
			break;
	db_end(&q);
	return rc < 0 ? -1 : 0;
}

int
erase_addresses(struct db *db, int (*fn)(const char *address, void *arg),
    void *arg, struct err *err)
{
	struct query *q = db_query0(db, STMT_ADDRESSES, err);
	int rc;

	if (q == NULL)
		return -1;
	while ((rc = db_next(q, err)) == 1)
		if (fn(q_borrow(q, 0), arg) != 0)
			break;
	db_end(&q);
	return rc < 0 ? -1 : 0;
}

int
erase_old_raw(struct db *db, int64_t before_ms, int limit, struct err *err)
{
	int64_t id;
	int n, rc = 0;

	for (n = 0; n < limit; n++) {
		rc = db_run(db, STMT_RAW_OLD, &id, err, V_INT(before_ms));
		if (rc != 1 || raw_delete(db, id, err) < 0)
			break;
	}
	return rc < 0 || (n < limit && rc == 1) ? -1 : n;
}
