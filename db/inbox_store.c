#include "db/inbox_store.h"
#include "db/ledger_store.h"
#include "db/query.h"

int
inbox_add(struct db *db, const struct inbox_row *row, struct err *err)
{
	const struct ledger_key key = { row->door, 0, 0, row->key };
	int rc = ledger_find(db, &key, NULL, NULL, err);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	return db_run(db, STMT_INBOX_ADD, NULL, err, V_TEXT(row->door),
	    V_TEXT(row->key), V_INT(row->kind), V_BLOB(row->body.p == NULL ?
	    "" : row->body.p, row->body.len), V_INT(row->came_ms));
}

int
inbox_list(struct db *db, const char *door, int64_t after, int limit,
    struct arena *arena, struct inbox_row **v_out, size_t *n_out,
    struct err *err)
{
	struct query *q = db_query(db, STMT_INBOX_LIST, err, V_TEXT(door),
	    V_INT(after), V_INT(limit));
	struct inbox_row *v = NULL;
	size_t n = 0, cap = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v == NULL)
			break;
		v[n++] = (struct inbox_row){
			.id = q_int(q, 0),
			.door = q_text(q, 1, arena),
			.key = q_text(q, 2, arena),
			.kind = (int)q_int(q, 3),
			.body = arena_slice(arena, q_blob(q, 4)),
			.came_ms = q_int(q, 5),
			.attempts = (int)q_int(q, 6),
		};
	}
	db_end(&q);
	ret = query_arena(arena, ret, err);
	if (ret == -1)
		return -1;
	*v_out = v;
	*n_out = n;
	return 0;
}

int
inbox_failed(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, STMT_INBOX_FAILED, NULL, err, V_INT(id)) == -1 ?
	    -1 : 0;
}

int
inbox_drop(struct db *db, int64_t id, struct err *err)
{
	return db_run(db, STMT_INBOX_DROP, NULL, err, V_INT(id)) == -1 ?
	    -1 : 0;
}

static int
user_of(struct query *q, struct arena *arena, struct chat_user *user_out,
    struct err *err)
{
	struct chat_user user;
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		user = (struct chat_user){
			.door = q_text(q, 0, arena),
			.team = q_text(q, 1, arena),
			.id = q_text(q, 2, arena),
			.person = q_int(q, 3),
			.refused = q_text(q, 4, arena),
			.checked_ms = q_int(q, 5),
		};
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1)
		*user_out = user;
	return ret;
}

int
chat_user_get(struct db *db, const char *door, const char *team,
    const char *id, struct arena *arena, struct chat_user *user_out,
    struct err *err)
{
	return user_of(db_query(db, STMT_CHAT_USER_GET, err, V_TEXT(door),
	    V_TEXT(team), V_TEXT(id)), arena, user_out, err);
}

int
chat_user_of(struct db *db, const char *door, const char *team,
    int64_t person, struct arena *arena, struct chat_user *user_out,
    struct err *err)
{
	return user_of(db_query(db, STMT_CHAT_USER_OF, err, V_TEXT(door),
	    V_TEXT(team), V_INT(person)), arena, user_out, err);
}

int
chat_user_put(struct db *db, const struct chat_user *user, struct err *err)
{
	return db_run(db, STMT_CHAT_USER_PUT, NULL, err, V_TEXT(user->door),
	    V_TEXT(user->team), V_TEXT(user->id), V_ID(user->person),
	    V_TEXT(user->refused), V_INT(user->checked_ms)) == -1 ? -1 : 0;
}
