#include <assert.h>

#include "db/fold.h"
#include "db/names.h"
#include "db/outbox_store.h"
#include "db/query.h"

#define RENDERED	23	/* column behind those of every row */

static const char *const state_names[] = {
	[OUTBOX_QUEUED]		= "queued",
	[OUTBOX_SENDING]	= "sending",
	[OUTBOX_SENT]		= "sent",
	[OUTBOX_FAILED]		= "failed",
	[OUTBOX_UNKNOWN]	= "unknown",
	[OUTBOX_BOUNCED]	= "bounced",
	[OUTBOX_HELD]		= "held",
	[OUTBOX_DROPPED]	= "dropped",
};

const char *
outbox_state_name(enum outbox_state state)
{
	assert((int)state < NAMES_N(state_names));
	return state_names[state];
}

int
outbox_next_id(struct db *db, int64_t *id_out, struct err *err)
{
	int ret = db_run(db, STMT_COUNTER_NEXT, id_out, err,
	    V_TEXT("outbox"));

	if (ret == 0)
		return err_set(err, ERR_FATAL, "store: outbox counter is gone");
	return ret < 0 ? -1 : 0;
}

int
outbox_counter_jump(struct db *db, int64_t by, struct err *err)
{
	return db_run(db, STMT_COUNTER_ADD, NULL, err, V_TEXT("outbox"),
	    V_INT(by));
}

/* next_ms where the row may be leased at all, else NULL. What ended unclear
 * after it was sent again is left for a person (I3). */
static struct value
due_value(const struct outbox_row *row)
{
	bool due = row->state == OUTBOX_QUEUED ||
	    (row->state == OUTBOX_UNKNOWN && !row->tried_unknown);
	struct value none = V_TEXT(NULL);

	return due ? V_INT(row->next_ms) : none;
}

static int
insert_row(struct db *db, const struct outbox_row *r, const char *lane,
    struct err *err)
{
	return db_run(db, STMT_OUTBOX_INSERT, NULL, err, V_INT(r->id),
	    V_ID(r->ticket), V_ID(r->person), V_TEXT(r->to), V_TEXT(lane),
	    V_TEXT(r->event), V_ID(r->message), V_TEXT(r->detail),
	    V_INT(r->automatic), V_INT(r->bare), V_TEXT(r->message_id),
	    V_TEXT(r->in_reply_to), V_TEXT(r->references), V_INT(r->state),
	    V_INT(r->burnt), V_INT(r->used), V_INT(r->tried_unknown),
	    V_INT(r->attempts), V_INT(r->created_ms), V_INT(r->next_ms),
	    due_value(r), V_INT(r->first_try_ms), V_INT(r->done_ms),
	    V_TEXT(r->error), V_TEXT(r->door == NULL ? "" : r->door));
}

int
outbox_insert(struct db *db, const struct outbox_row *row, struct err *err)
{
	char lane[FOLD_MAX];

	if (fold_address(row->to, lane, err) != 0)
		return -1;
	if (insert_row(db, row, lane, err) < 0)
		return -1;
	if (row->rendered.p == NULL)
		return 0;
	return outbox_set_rendered(db, row->id, row->rendered, err);
}

static struct outbox_row
read_row(struct query *q, struct arena *arena)
{
	return (struct outbox_row){
		.id = q_int(q, 0),
		.ticket = q_int(q, 1),
		.person = q_int(q, 2),
		.to = q_text(q, 3, arena),
		.event = q_text(q, 4, arena),
		.message = q_int(q, 5),
		.detail = q_text(q, 6, arena),
		.automatic = q_bool(q, 7),
		.bare = q_bool(q, 8),
		.message_id = q_text(q, 9, arena),
		.in_reply_to = q_text(q, 10, arena),
		.references = q_text(q, 11, arena),
		.state = (enum outbox_state)q_int(q, 12),
		.burnt = q_bool(q, 13),
		.used = q_bool(q, 14),
		.tried_unknown = q_bool(q, 15),
		.attempts = (int)q_int(q, 16),
		.created_ms = q_int(q, 17),
		.next_ms = q_int(q, 18),
		.first_try_ms = q_int(q, 19),
		.done_ms = q_int(q, 20),
		.error = q_text(q, 21, arena),
		.door = q_text(q, 22, arena),
	};
}

/* The one row of a started query; whole: with the rendered text behind. */
static int
one(struct query *q, bool whole, struct arena *arena,
    struct outbox_row *row_out, struct err *err)
{
	struct outbox_row row;
	struct slice rendered = { NULL, 0 };
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		row = read_row(q, arena);
		if (whole)
			rendered = q_blob(q, RENDERED);
		if (rendered.p != NULL)
			row.rendered = arena_slice(arena, rendered);
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1)
		*row_out = row;
	return ret;
}

int
outbox_get(struct db *db, int64_t id, struct arena *arena,
    struct outbox_row *row_out, struct err *err)
{
	return one(db_query(db, STMT_OUTBOX_GET, err, V_INT(id)), true, arena,
	    row_out, err);
}

int
outbox_head(struct db *db, int64_t id, struct arena *arena,
    struct outbox_row *row_out, struct err *err)
{
	return one(db_query(db, STMT_OUTBOX_HEAD, err, V_INT(id)), false,
	    arena, row_out, err);
}

int
outbox_update(struct db *db, const struct outbox_row *row, struct err *err)
{
	int ret = db_run(db, STMT_OUTBOX_UPDATE, NULL, err, V_INT(row->id),
	    V_INT(row->state), V_INT(row->burnt), V_INT(row->used),
	    V_INT(row->tried_unknown), V_INT(row->attempts),
	    V_INT(row->next_ms), due_value(row), V_INT(row->first_try_ms),
	    V_INT(row->done_ms), V_TEXT(row->error));

	if (ret == 0)
		return err_set(err, ERR_INPUT, "no outbox item %lld",
		    (long long)row->id);
	return ret < 0 ? -1 : 0;
}

int
outbox_set_rendered(struct db *db, int64_t id, struct slice rendered,
    struct err *err)
{
	return db_run(db, STMT_OUTBOX_RENDERED, NULL, err, V_INT(id),
	    V_BLOB(rendered.p == NULL ? "" : rendered.p, rendered.len));
}

int
outbox_due_at(struct db *db, const char *door, int64_t now_ms,
    struct arena *arena, struct outbox_row *row_out, int64_t *next_ms_out,
    struct err *err)
{
	int64_t next = 0;
	int ret = one(db_query(db, STMT_OUTBOX_DUE, err, V_INT(now_ms),
	    V_TEXT(door)), true, arena, row_out, err);

	if (ret != 0)
		return ret;
	if (db_run(db, STMT_OUTBOX_NEXT, &next, err, V_INT(now_ms),
	    V_TEXT(door)) < 0)
		return -1;
	*next_ms_out = next;
	return 0;
}

int
outbox_due(struct db *db, int64_t now_ms, struct arena *arena,
    struct outbox_row *row_out, int64_t *next_ms_out, struct err *err)
{
	return outbox_due_at(db, "", now_ms, arena, row_out, next_ms_out,
	    err);
}

static int
count_rows(struct query *q, struct err *err)
{
	int n = 0, ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1)
		n++;
	db_end(&q);
	return ret < 0 ? -1 : n;
}

int
outbox_recover(struct db *db, int64_t now_ms, int64_t retry_ms,
    struct err *err)
{
	return count_rows(db_query(db, STMT_OUTBOX_RECOVER, err,
	    V_INT(now_ms + retry_ms)), err);
}

int
outbox_recover_at(struct db *db, const char *door, int64_t now_ms,
    struct err *err)
{
	return count_rows(db_query(db, STMT_OUTBOX_RECOVER_CHAT, err,
	    V_INT(now_ms), V_TEXT(door)), err);
}

int
outbox_again(struct db *db, const char *door, const char *room,
    int64_t now_ms, struct err *err)
{
	char lane[FOLD_MAX];

	if (fold_address(room, lane, err) != 0)
		return -1;
	return db_run(db, STMT_OUTBOX_AGAIN, NULL, err, V_INT(now_ms),
	    V_TEXT(door), V_TEXT(lane)) < 0 ? -1 : 0;
}

int
outbox_is_fresh(struct db *db, const struct outbox_row *row, struct err *err)
{
	char lane[FOLD_MAX];

	if (fold_address(row->to, lane, err) != 0)
		return -1;
	return db_run(db, STMT_OUTBOX_FRESH, NULL, err, V_INT(row->ticket),
	    V_TEXT(lane), V_TEXT(row->event), V_TEXT(row->door));
}

int
outbox_list(struct db *db, bool all, int64_t after, int limit,
    struct arena *arena,
    int (*fn)(const struct outbox_row *row, void *arg), void *arg,
    struct err *err)
{
	struct query *q = db_query(db, all ? STMT_OUTBOX_LIST_ALL :
	    STMT_OUTBOX_LIST, err, V_INT(after), V_INT(limit));
	struct outbox_row row;
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

static int
rows(struct query *q, struct arena *arena, struct outbox_row **v_out,
    size_t *n_out, struct err *err)
{
	struct outbox_row *v = NULL;
	size_t n = 0, cap = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v != NULL)
			v[n++] = read_row(q, arena);
		ret = query_arena(arena, ret, err);
		if (ret < 0)
			break;
	}
	db_end(&q);
	*v_out = v;
	*n_out = n;
	return ret < 0 ? -1 : 0;
}

int
outbox_of_moment(struct db *db, int64_t ticket, int64_t created_ms,
    struct arena *arena, struct outbox_row **v_out, size_t *n_out,
    struct err *err)
{
	return rows(db_query(db, STMT_OUTBOX_OF_MOMENT, err, V_INT(ticket),
	    V_INT(created_ms)), arena, v_out, n_out, err);
}

int
outbox_waiting(struct db *db, int64_t ticket, struct arena *arena,
    struct outbox_row **v_out, size_t *n_out, struct err *err)
{
	return rows(db_query(db, STMT_OUTBOX_WAITING, err, V_INT(ticket)),
	    arena, v_out, n_out, err);
}

int
outbox_hold_unsent(struct db *db, struct err *err)
{
	return db_run0(db, STMT_OUTBOX_HOLD, NULL, err);
}

int
outbox_forget(struct db *db, int64_t before_ms, struct err *err)
{
	return db_run(db, STMT_OUTBOX_FORGET, NULL, err, V_INT(before_ms));
}

int
outbox_depth(struct db *db, int64_t *n_out, int64_t *oldest_ms_out,
    struct err *err)
{
	struct query *q = db_query0(db, STMT_OUTBOX_DEPTH, err);
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		*n_out = q_int(q, 0);
		*oldest_ms_out = q_int(q, 1);
	}
	db_end(&q);
	return ret < 0 ? -1 : 0;
}

int
outbox_burn(struct db *db, int64_t ticket, int64_t person, struct err *err)
{
	return db_run(db, STMT_OUTBOX_BURN, NULL, err, V_INT(ticket),
	    V_INT(person));
}

int
outbox_count_open(struct db *db, int64_t person, const char *event,
    int64_t since_ms, int64_t *n_out, struct err *err)
{
	int ret = db_run(db, STMT_OUTBOX_OPEN, n_out, err, V_INT(person),
	    V_TEXT(event), V_INT(since_ms));

	return ret < 0 ? -1 : 0;
}
