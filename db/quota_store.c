#include "db/query.h"
#include "db/quota_store.h"

static int64_t
window_end(int64_t now_ms, int64_t window_ms)
{
	return now_ms - now_ms % window_ms + window_ms;
}

int
quota_take(struct db *db, const char *key, int64_t now_ms, int64_t window_ms,
    int64_t limit, struct err *err)
{
	if (limit <= 0)
		return 0;
	return db_run(db, STMT_QUOTA_TAKE, NULL, err, V_TEXT(key),
	    V_INT(window_ms), V_INT(window_end(now_ms, window_ms)),
	    V_INT(limit));
}

int
quota_count(struct db *db, const char *key, int64_t now_ms, int64_t window_ms,
    int64_t *n_out, struct err *err)
{
	int ret = db_run(db, STMT_QUOTA_COUNT, n_out, err, V_TEXT(key),
	    V_INT(window_ms), V_INT(window_end(now_ms, window_ms)));

	return ret < 0 ? -1 : 0;
}

int
quota_sweep(struct db *db, int64_t now_ms, struct err *err)
{
	return db_run(db, STMT_QUOTA_SWEEP, NULL, err, V_INT(now_ms));
}

int
state_get(struct db *db, const char *name, struct arena *arena,
    const char **value_out, struct err *err)
{
	struct query *q = db_query(db, STMT_STATE_GET, err, V_TEXT(name));
	const char *value = NULL;
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1)
		value = q_text(q, 0, arena);
	db_end(&q);
	ret = query_arena(arena, ret, err);
	if (ret == 1)
		*value_out = value;
	return ret;
}

int
state_set(struct db *db, const char *name, const char *value, struct err *err)
{
	return db_run(db, STMT_STATE_SET, NULL, err, V_TEXT(name),
	    V_TEXT(value));
}

int
state_drop(struct db *db, const char *name, struct err *err)
{
	return db_run(db, STMT_STATE_DROP, NULL, err, V_TEXT(name));
}

int
state_list(struct db *db, const char *kind, int limit, struct arena *arena,
    struct state **v_out, size_t *n_out, struct err *err)
{
	struct query *q = db_query(db, STMT_STATE_LIST, err,
	    V_TEXT(arena_printf(arena, "%s:", kind)),
	    V_TEXT(arena_printf(arena, "%s;", kind)), V_INT(limit));
	struct state *v = arena_calloc(arena, (size_t)limit + 1, sizeof *v);
	size_t n = 0;
	int ret = -1;

	if (q == NULL)
		return -1;
	while (v != NULL && (ret = db_next(q, err)) == 1) {
		v[n].name = q_text(q, 0, arena);
		v[n++].value = q_text(q, 1, arena);
	}
	db_end(&q);
	ret = query_arena(arena, ret, err);
	if (ret == -1)
		return -1;
	*v_out = v;
	*n_out = n;
	return 0;
}
