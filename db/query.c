#include <assert.h>
#include <stdlib.h>

#include "db/connection.h"

static void
bind(struct driver_stmt *stmt, const struct value *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct value *v = &values[i];
		int at = (int)i + 1;

		switch (v->kind) {
		case VALUE_NULL:
			driver_bind_null(stmt, at);
			break;
		case VALUE_INT:
			driver_bind_int(stmt, at, v->number);
			break;
		case VALUE_TEXT:
			driver_bind_text(stmt, at, v->bytes.p);
			break;
		case VALUE_BLOB:
			driver_bind_blob(stmt, at, v->bytes);
			break;
		}
	}
}

struct query *
query_start(struct db *db, enum stmt id, struct err *err,
    const struct value *values, size_t n)
{
	struct query *q = &db->query[id];

	assert((int)n == driver_params(q->stmt));
	if (q->busy) {
		err_set(err, ERR_FATAL, "store: %s inside itself",
		    catalogue[id].name);
		return NULL;
	}
	if (driver_writes(q->stmt) && !driver_in_transaction(db->driver)) {
		err_set(err, db->broken ? ERR_RETRY : ERR_FATAL,
		    "store: %s outside a transaction", catalogue[id].name);
		return NULL;
	}
	bind(q->stmt, values, n);
	q->busy = true;
	return q;
}

int
db_next(struct query *q, struct err *err)
{
	int ret = driver_step(q->stmt, err);

	/* a full disk, say, ends the whole transaction (design §5.5) */
	if (ret < 0 && q->db->writing &&
	    !driver_in_transaction(q->db->driver)) {
		connection_ended(q->db);
		q->db->broken = true;
	}
	return ret;
}

void
db_end(struct query **q)
{
	if (q == NULL || *q == NULL)
		return;
	driver_reset((*q)->stmt);
	(*q)->busy = false;
	*q = NULL;
}

int
query_run(struct db *db, enum stmt id, int64_t *int_out, struct err *err,
    const struct value *values, size_t n)
{
	struct query *q = query_start(db, id, err, values, n);
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1 && int_out != NULL)
		*int_out = q_int(q, 0);
	db_end(&q);
	return ret;
}

int64_t
q_int(struct query *q, int column)
{
	return driver_int(q->stmt, column);
}

bool
q_bool(struct query *q, int column)
{
	return driver_int(q->stmt, column) != 0;
}

const char *
q_text(struct query *q, int column, struct arena *arena)
{
	return arena_strdup(arena, driver_text(q->stmt, column));
}

const char *
q_borrow(struct query *q, int column)
{
	return driver_text(q->stmt, column);
}

struct slice
q_blob(struct query *q, int column)
{
	return driver_blob(q->stmt, column);
}

int
query_arena(const struct arena *arena, int ret, struct err *err)
{
	if (ret >= 0 && arena_failed(arena))
		return err_set(err, ERR_RETRY,
		    "store: the memory given is too little");
	return ret;
}

void *
query_room(struct arena *arena, void *v, size_t n, size_t *cap, size_t size)
{
	size_t more = n == 0 ? 8 : 2 * n;
	void *p;

	if (n < *cap)
		return v;
	p = arena_calloc(arena, more, size);
	if (p == NULL)
		return NULL;
	if (n > 0)
		memcpy(p, v, n * size);
	*cap = more;
	return p;
}

static bool
is_stale(const struct db *db, int64_t message)
{
	for (size_t i = 0; i < db->nstale; i++)
		if (db->stale[i] == message)
			return true;
	return false;
}

/* Run FTS_ADD or FTS_DROP with what full text has of the message. */
static int
full_text(struct db *db, enum stmt id, int64_t message, struct err *err)
{
	struct query *q = db_query(db, STMT_FTS_TEXT, err, V_INT(message));
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		const char *text = q_borrow(q, 0);
		bool is_public = q_int(q, 1) == 0;

		ret = db_run(db, id, NULL, err, V_INT(message),
		    V_TEXT(is_public ? text : ""),
		    V_TEXT(is_public ? "" : text));
	}
	db_end(&q);
	return ret;
}

int
db_reindex(struct db *db, int64_t message, bool fresh, struct err *err)
{
	if (!fresh && is_stale(db, message))
		return 0;
	if (!fresh && full_text(db, STMT_FTS_DROP, message, err) < 0)
		return -1;
	if (db->nstale == db->cap) {
		size_t cap = db->cap == 0 ? 64 : 2 * db->cap;
		int64_t *more = realloc(db->stale, cap * sizeof *more);

		if (more == NULL)
			return err_set(err, ERR_RETRY, "store: out of memory");
		db->stale = more;
		db->cap = cap;
	}
	db->stale[db->nstale++] = message;
	return 0;
}

static int
by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* In order of id: FTS5 gathers ascending rows in memory and writes once. */
int
connection_index(struct db *db, struct err *err)
{
	if (db->nstale > 1)
		qsort(db->stale, db->nstale, sizeof *db->stale, by_id);
	for (size_t i = 0; i < db->nstale; i++)
		if (full_text(db, STMT_FTS_ADD, db->stale[i], err) < 0)
			return -1;
	return 0;
}

struct zstd *
db_zstd(struct db *db, struct err *err)
{
	if (db->zstd == NULL)
		db->zstd = zstd_new();
	if (db->zstd == NULL)
		err_set(err, ERR_RETRY, "store: out of memory");
	return db->zstd;
}
