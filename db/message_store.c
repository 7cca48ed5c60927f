#include <assert.h>
#include <string.h>

#include "db/message_store.h"
#include "db/names.h"
#include "db/query.h"

static const char *const visibility_names[] = {
	[MESSAGE_PUBLIC]	= "public",
	[MESSAGE_NOTE]		= "note",
	[MESSAGE_HELD]		= "held",
};
static const char *const proof_names[] = {
	[PROVEN_CLAIMED]	= "claimed",
	[PROVEN_TOKEN]		= "token",
	[PROVEN_VERIFIED]	= "verified",
	[PROVEN_STAFF]		= "staff",
};

const char *
message_visibility_name(enum message_visibility visibility)
{
	assert((int)visibility < NAMES_N(visibility_names));
	return visibility_names[visibility];
}

const char *
message_proof_name(enum message_proof proof)
{
	assert((int)proof < NAMES_N(proof_names));
	return proof_names[proof];
}

int
message_insert(struct db *db, const struct message *m, int64_t *id_out,
    struct err *err)
{
	int64_t id = 0;

	if (db_run(db, STMT_MESSAGE_INSERT, &id, err, V_INT(m->ticket),
	    V_INT(m->date_ms), V_ID(m->author), V_TEXT(m->author_name),
	    V_TEXT(m->author_address), V_INT(m->visibility), V_INT(m->proof),
	    V_TEXT(m->source), V_TEXT(m->text == NULL ? "" : m->text),
	    V_TEXT(m->full_text), V_TEXT(m->spans), V_ID(m->raw),
	    V_TEXT(m->message_id), V_TEXT(m->references),
	    V_INT(m->automatic), V_INT(m->from_staff), V_INT(m->pending),
	    V_INT(m->pending_until_ms)) < 0)
		return -1;
	if (db_reindex(db, id, true, err) != 0)
		return -1;
	*id_out = id;
	return 0;
}

static struct message
read_message(struct query *q, struct arena *arena)
{
	return (struct message){
		.id = q_int(q, 0),
		.ticket = q_int(q, 1),
		.date_ms = q_int(q, 2),
		.author = q_int(q, 3),
		.author_name = q_text(q, 4, arena),
		.author_address = q_text(q, 5, arena),
		.visibility = (enum message_visibility)q_int(q, 6),
		.proof = (enum message_proof)q_int(q, 7),
		.source = q_text(q, 8, arena),
		.text = q_text(q, 9, arena),
		.full_text = q_text(q, 10, arena),
		.spans = q_text(q, 11, arena),
		.raw = q_int(q, 12),
		.message_id = q_text(q, 13, arena),
		.references = q_text(q, 14, arena),
		.automatic = q_bool(q, 15),
		.from_staff = q_bool(q, 16),
		.pending = (enum message_pending)q_int(q, 17),
		.pending_until_ms = q_int(q, 18),
	};
}

/* The one row of a started query, which is ended. */
static int
one(struct query *q, struct arena *arena, struct message *message_out,
    struct err *err)
{
	struct message message;
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		message = read_message(q, arena);
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1)
		*message_out = message;
	return ret;
}

/* All rows of a started query, which is ended. */
static int
many(struct query *q, struct arena *arena, struct message **v_out,
    size_t *n_out, struct err *err)
{
	struct message *v = NULL;
	size_t n = 0, cap = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v != NULL)
			v[n++] = read_message(q, arena);
		ret = query_arena(arena, ret, err);
		if (ret < 0)
			break;
	}
	db_end(&q);
	if (ret < 0)
		return -1;
	*v_out = v;
	*n_out = n;
	return 0;
}

int
message_get(struct db *db, int64_t id, struct arena *arena,
    struct message *message_out, struct err *err)
{
	return one(db_query(db, STMT_MESSAGE_GET, err, V_INT(id)), arena,
	    message_out, err);
}

int
message_update(struct db *db, const struct message *m, struct err *err)
{
	if (db_reindex(db, m->id, false, err) != 0)
		return -1;
	return db_run(db, STMT_MESSAGE_UPDATE, NULL, err, V_INT(m->id),
	    V_INT(m->visibility), V_INT(m->pending),
	    V_INT(m->pending_until_ms),
	    V_TEXT(m->text == NULL ? "" : m->text));
}

int
message_restate(struct db *db, const struct message *m, struct err *err)
{
	if (db_reindex(db, m->id, false, err) != 0)
		return -1;
	return db_run(db, STMT_MESSAGE_RESTATE, NULL, err, V_INT(m->id),
	    V_TEXT(m->text == NULL ? "" : m->text), V_TEXT(m->full_text),
	    V_TEXT(m->spans)) < 0 ? -1 : 0;
}

int
message_list(struct db *db, int64_t ticket, int64_t after, int limit,
    struct arena *arena, struct message **v_out, size_t *n_out,
    struct err *err)
{
	return many(db_query(db, STMT_MESSAGE_LIST, err, V_INT(ticket),
	    V_INT(after), V_INT(limit)), arena, v_out, n_out, err);
}

static size_t
text_bytes(const struct message *m)
{
	return (m->text == NULL ? 0 : strlen(m->text)) +
	    (m->full_text == NULL ? 0 : strlen(m->full_text)) +
	    (m->spans == NULL ? 0 : strlen(m->spans));
}

int
message_thread(struct db *db, const struct message_part *part,
    struct arena *arena, struct message **v_out, size_t *n_out,
    bool *more_out, struct err *err)
{
	struct query *q = db_query(db, STMT_MESSAGE_THREAD, err,
	    V_INT(part->ticket), V_INT(part->before == 0 ? INT64_MAX :
	    part->before), V_INT(part->limit + 1), V_INT(part->shared),
	    V_INT(MESSAGE_SHOWN));
	struct message *v = NULL;
	size_t n = 0, cap = 0, bytes = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		if (n == (size_t)part->limit || (n > 0 &&
		    bytes >= part->room))
			break;		/* there is one more */
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v != NULL) {
			v[n] = read_message(q, arena);
			bytes += text_bytes(&v[n++]);
		}
		ret = query_arena(arena, ret, err);
		if (ret < 0)
			break;
	}
	db_end(&q);
	if (ret < 0)
		return -1;
	*v_out = v;
	*n_out = n;
	*more_out = ret == 1;
	return 0;
}

int
message_has_earlier(struct db *db, int64_t ticket, int64_t message,
    struct err *err)
{
	return db_run(db, STMT_MESSAGE_EARLIER, NULL, err, V_INT(ticket),
	    V_INT(message));
}

int
message_last_of(struct db *db, int64_t ticket, int64_t person,
    struct arena *arena, struct message *message_out, struct err *err)
{
	return one(db_query(db, STMT_MESSAGE_LAST_OF, err, V_INT(ticket),
	    V_INT(person)), arena, message_out, err);
}

int
message_last_answer(struct db *db, int64_t ticket, struct arena *arena,
    struct message *message_out, struct err *err)
{
	return one(db_query(db, STMT_MESSAGE_LAST_ANSWER, err, V_INT(ticket)),
	    arena, message_out, err);
}

/* Both texts: what an answer may quote is in either. */
int
message_secrets(struct db *db, int64_t ticket,
    int (*fn)(const char *text, void *arg), void *arg, struct err *err)
{
	struct query *q = db_query(db, STMT_MESSAGE_SECRETS, err,
	    V_INT(ticket));
	const char *text;
	int ret, stop = 0;

	if (q == NULL)
		return -1;
	while (stop == 0 && (ret = db_next(q, err)) == 1)
		for (int column = 0; column < 2 && stop == 0; column++) {
			text = q_borrow(q, column);
			if (text != NULL)
				stop = fn(text, arg);
		}
	db_end(&q);
	return stop == 0 && ret < 0 ? -1 : 0;
}

int
message_pending_of(struct db *db, int64_t person, int64_t now_ms,
    struct arena *arena, struct message **v_out, size_t *n_out,
    struct err *err)
{
	return many(db_query(db, STMT_MESSAGE_PENDING, err, V_INT(person),
	    V_INT(now_ms)), arena, v_out, n_out, err);
}

int
attachment_insert(struct db *db, const struct attachment *a,
    int64_t *id_out, struct err *err)
{
	int64_t id = 0;

	if (db_run(db, STMT_ATTACHMENT_INSERT, &id, err, V_INT(a->message),
	    V_ID(a->raw), V_TEXT(a->name), V_TEXT(a->type),
	    V_INT((int64_t)a->size), V_TEXT(a->sha256), V_INT(a->is_inline),
	    V_TEXT(a->content_id), V_INT((int64_t)a->offset),
	    V_INT((int64_t)a->length), V_TEXT(a->encoding)) < 0)
		return -1;
	if (id_out != NULL)
		*id_out = id;
	return 0;
}

int
attachment_rename(struct db *db, const struct attachment *a, struct err *err)
{
	return db_run(db, STMT_ATTACHMENT_RENAME, NULL, err, V_INT(a->id),
	    V_TEXT(a->name), V_TEXT(a->type)) < 0 ? -1 : 0;
}

static struct attachment
read_attachment(struct query *q, struct arena *arena)
{
	return (struct attachment){
		.id = q_int(q, 0),
		.message = q_int(q, 1),
		.raw = q_int(q, 2),
		.name = q_text(q, 3, arena),
		.type = q_text(q, 4, arena),
		.size = (size_t)q_int(q, 5),
		.sha256 = q_text(q, 6, arena),
		.is_inline = q_bool(q, 7),
		.content_id = q_text(q, 8, arena),
		.offset = (size_t)q_int(q, 9),
		.length = (size_t)q_int(q, 10),
		.encoding = q_text(q, 11, arena),
	};
}

int
attachment_list(struct db *db, int64_t message, struct arena *arena,
    struct attachment **v_out, size_t *n_out, struct err *err)
{
	struct query *q = db_query(db, STMT_ATTACHMENT_LIST, err,
	    V_INT(message));
	struct attachment *v = NULL;
	size_t n = 0, cap = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v != NULL)
			v[n++] = read_attachment(q, arena);
		ret = query_arena(arena, ret, err);
		if (ret < 0)
			break;
	}
	db_end(&q);
	if (ret < 0)
		return -1;
	*v_out = v;
	*n_out = n;
	return 0;
}

int
attachment_get(struct db *db, int64_t id, struct arena *arena,
    struct attachment *attachment_out, struct err *err)
{
	struct query *q = db_query(db, STMT_ATTACHMENT_GET, err, V_INT(id));
	struct attachment attachment;
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		attachment = read_attachment(q, arena);
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1)
		*attachment_out = attachment;
	return ret;
}

int
thread_add(struct db *db, const char *message_id, enum thread_rel rel,
    int64_t ticket, int64_t message, struct err *err)
{
	return db_run(db, STMT_THREAD_ADD, NULL, err, V_TEXT(message_id),
	    V_INT(rel), V_INT(ticket), V_ID(message));
}

int
thread_find(struct db *db, const char *message_id, enum thread_rel rel,
    int64_t person, int64_t *ticket_out, struct err *err)
{
	int rc = person == 0 ? 0 : db_run(db, STMT_THREAD_FIND_OWN,
	    ticket_out, err, V_TEXT(message_id), V_INT(rel), V_INT(person));

	return rc != 0 ? rc : db_run(db, STMT_THREAD_FIND, ticket_out, err,
	    V_TEXT(message_id), V_INT(rel));
}
