/* query - how the stores run a statement of the catalogue.
 *
 *	q = db_query(db, STMT_X, err, V_ID(ticket), V_TEXT(name));
 *	while ((ret = db_next(q, err)) == 1)
 *		… q_int(q, 0) …
 *	db_end(&q);
 *
 * Values     in the order of $1, $2 …: all of them, borrowed until db_end
 * Writes     only inside db_begin: ERR_FATAL otherwise; ERR_RETRY when a full
 *            disk, say, has ended the transaction and somebody goes on
 * Nesting    a statement runs once at a time on a connection */
#ifndef DB_QUERY_H
#define DB_QUERY_H

#include "db/catalogue.h"
#include "db/db.h"

struct query;

enum value_kind { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_BLOB };
struct value {
	enum value_kind	 kind;
	int64_t		 number;
	struct slice	 bytes;		/* text: len unused */
};

static inline struct value
V_INT(int64_t number)
{
	return (struct value){ .kind = VALUE_INT, .number = number };
}

static inline struct value
V_ID(int64_t id)			/* 0: NULL */
{
	return (struct value){ .kind = id == 0 ? VALUE_NULL : VALUE_INT,
	    .number = id };
}

static inline struct value
V_TEXT(const char *text)		/* NULL: NULL */
{
	return (struct value){ .kind = text == NULL ? VALUE_NULL : VALUE_TEXT,
	    .bytes = { text, 0 } };
}

static inline struct value
V_BLOB(const void *p, size_t len)	/* p NULL: NULL */
{
	return (struct value){ .kind = p == NULL ? VALUE_NULL : VALUE_BLOB,
	    .bytes = { p, len } };
}

/* NULL and *err. The result is ended by db_end, also after a failed step. */
struct query *query_start(struct db *db, enum stmt id, struct err *err,
	    const struct value *values, size_t n);
int	db_next(struct query *q, struct err *err);	/* 1 row, 0 end, -1 */
void	db_end(struct query **q);			/* NULL-safe */
/* Start, step once, end: 1 there was a row, its column 0 into *int_out unless
 * that is NULL; 0 no row; -1 error. */
int	query_run(struct db *db, enum stmt id, int64_t *int_out,
	    struct err *err, const struct value *values, size_t n);

#define VALUES_(...)	(const struct value[]){ __VA_ARGS__ },		\
	sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value)
#define db_query(db, id, err, ...)					\
	query_start((db), (id), (err), VALUES_(__VA_ARGS__))
#define db_query0(db, id, err)	query_start((db), (id), (err), NULL, 0)
#define db_run(db, id, int_out, err, ...)				\
	query_run((db), (id), (int_out), (err), VALUES_(__VA_ARGS__))
#define db_run0(db, id, int_out, err)					\
	query_run((db), (id), (int_out), (err), NULL, 0)

int64_t	q_int(struct query *q, int column);		/* NULL: 0 */
bool	q_bool(struct query *q, int column);
/* Copied into the arena; NULL for NULL. */
const char *q_text(struct query *q, int column, struct arena *arena);
/* Borrowed until the next step. */
const char *q_borrow(struct query *q, int column);
struct slice q_blob(struct query *q, int column);

/* -1 ERR_RETRY when the arena has failed, else ret: a row is built whole, then
 * checked once. */
int	query_arena(const struct arena *arena, int ret, struct err *err);

/* Room for one more element of size bytes in a list of n in the arena: the list,
 * moved when it had to grow; NULL when the arena is full (arena_failed). */
void	*query_room(struct arena *arena, void *v, size_t n, size_t *cap,
	    size_t size);

/* The message's full text is stale: it is taken out as it stands, and written
 * anew just before the commit, once a transaction (each savepoint would flush
 * the index). Call before the row changes; fresh: it has never been in. */
int	db_reindex(struct db *db, int64_t message, bool fresh,
	    struct err *err);

/* Memory a store keeps with the connection (compression). */
struct zstd;
struct zstd *db_zstd(struct db *db, struct err *err);

#endif
