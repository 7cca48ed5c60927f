#include "db/fact_store.h"
#include "db/query.h"

int
fact_put(struct db *db, const struct fact *f, struct err *err)
{
	const struct value v[] = {
		V_INT(f->number), V_INT(f->created_ms), V_INT(f->closed_ms),
		V_TEXT(f->category), V_INT(f->priority), V_TEXT(f->building),
		V_INT(f->assignee), V_TEXT(f->source), V_INT(f->response_s),
		V_INT(f->resolution_s), V_INT(f->promises),
		V_INT(f->reopened), V_INT(f->rating),
	};
	const size_t n = sizeof v / sizeof v[0];
	int ret = query_run(db, STMT_FACT_UPDATE, NULL, err, v, n);

	if (ret == 0)
		ret = query_run(db, STMT_FACT_INSERT, NULL, err, v, n);
	return ret == -1 ? -1 : 0;
}

int
fact_message(struct db *db, int64_t number, struct err *err)
{
	return db_run(db, STMT_FACT_MESSAGE, NULL, err, V_INT(number));
}

int
fact_drop(struct db *db, int64_t number, struct err *err)
{
	return db_run(db, STMT_FACT_DROP, NULL, err, V_INT(number));
}

/* The columns that both walks have, after number and the time. */
static struct fact
read_fact(struct query *q)
{
	return (struct fact){
		.number = q_int(q, 0),
		.category = q_borrow(q, 2),
		.priority = (enum ticket_priority)q_int(q, 3),
		.building = q_borrow(q, 4),
		.assignee = q_int(q, 5),
		.source = q_borrow(q, 6),
		.response_s = -1,
		.resolution_s = -1,
	};
}

int
fact_created(struct db *db, int64_t from_ms, int64_t to_ms,
    int (*fn)(const struct fact *fact, void *arg), void *arg, struct err *err)
{
	struct query *q = db_query(db, STMT_FACT_CREATED, err, V_INT(from_ms),
	    V_INT(to_ms));
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		struct fact f = read_fact(q);

		f.created_ms = q_int(q, 1);
		f.response_s = q_int(q, 7);
		f.promises = (unsigned)q_int(q, 8);
		f.reopened = (int)q_int(q, 9);
		f.messages = (int)q_int(q, 10);
		f.rating = (int)q_int(q, 11);
		if (fn(&f, arg) != 0)
			break;
	}
	db_end(&q);
	return ret == -1 ? -1 : 0;
}

int
fact_closed(struct db *db, int64_t from_ms, int64_t to_ms,
    int (*fn)(const struct fact *fact, void *arg), void *arg, struct err *err)
{
	struct query *q = db_query(db, STMT_FACT_CLOSED, err, V_INT(from_ms),
	    V_INT(to_ms));
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		struct fact f = read_fact(q);

		f.closed_ms = q_int(q, 1);
		f.resolution_s = q_int(q, 7);
		if (fn(&f, arg) != 0)
			break;
	}
	db_end(&q);
	return ret == -1 ? -1 : 0;
}

static struct query *
start_back(struct db *db, const struct fact_part *p, struct err *err)
{
	bool first = p->before_ms == 0 && p->before_number == 0;
	int64_t ms = first ? INT64_MAX : p->before_ms;
	int64_t number = first ? INT64_MAX : p->before_number;
	int64_t to = ms < p->to_ms ? ms + 1 : p->to_ms;

	switch (p->which) {
	case FACTS_CREATED:
		return db_query(db, STMT_FACT_BACK_CREATED, err,
		    V_INT(p->from_ms), V_INT(to), V_INT(ms), V_INT(number));
	case FACTS_CLOSED:
		return db_query(db, STMT_FACT_BACK_CLOSED, err,
		    V_INT(p->from_ms), V_INT(to), V_INT(ms), V_INT(number));
	case FACTS_BACKLOG:
		break;
	}
	return db_query(db, p->now ? STMT_FACT_BACK_NOW :
	    STMT_FACT_BACK_THEN, err, V_INT(p->to_ms), V_INT(number));
}

int
fact_back(struct db *db, const struct fact_part *part,
    int (*fn)(const struct fact *fact, int64_t at_ms, void *arg), void *arg,
    struct err *err)
{
	struct query *q = start_back(db, part, err);
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		struct fact f = {
			.number = q_int(q, 0), .created_ms = q_int(q, 1),
			.closed_ms = q_int(q, 2), .category = q_borrow(q, 3),
			.priority = (enum ticket_priority)q_int(q, 4),
			.building = q_borrow(q, 5), .assignee = q_int(q, 6),
			.source = q_borrow(q, 7), .response_s = q_int(q, 8),
			.resolution_s = q_int(q, 9),
			.promises = (unsigned)q_int(q, 10),
			.reopened = (int)q_int(q, 11),
			.messages = (int)q_int(q, 12),
			.rating = (int)q_int(q, 13),
		};

		if (fn(&f, q_int(q, 14), arg) != 0)
			break;
	}
	db_end(&q);
	return ret == -1 ? -1 : 0;
}

int
backlog_keep(struct db *db, int64_t day, struct err *err)
{
	return db_run(db, STMT_BACKLOG_KEEP, NULL, err, V_INT(day));
}

int
backlog_last(struct db *db, int64_t *day_out, struct err *err)
{
	int64_t day = 0;
	int ret = db_run0(db, STMT_BACKLOG_LAST, &day, err);

	if (ret == 1 && day == 0)	/* max of none */
		return 0;
	if (ret == 1)
		*day_out = day;
	return ret;
}

/* first: the column of the category; the day stands before it. */
static int
walk_backlog(struct query *q, int first,
    int (*fn)(const struct backlog *row, void *arg), void *arg,
    struct err *err)
{
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		struct backlog b = {
			.day = first == 0 ? 0 : q_int(q, 0),
			.category = q_borrow(q, first),
			.priority = (enum ticket_priority)q_int(q, first + 1),
			.building = q_borrow(q, first + 2),
			.assignee = q_int(q, first + 3),
			.source = q_borrow(q, first + 4),
			.n = q_int(q, first + 5),
		};

		if (fn(&b, arg) != 0)
			break;
	}
	db_end(&q);
	return ret == -1 ? -1 : 0;
}

int
backlog_list(struct db *db, int64_t first, int64_t last,
    int (*fn)(const struct backlog *row, void *arg), void *arg,
    struct err *err)
{
	return walk_backlog(db_query(db, STMT_BACKLOG_LIST, err, V_INT(first),
	    V_INT(last)), 1, fn, arg, err);
}

int
backlog_now(struct db *db, int (*fn)(const struct backlog *row, void *arg),
    void *arg, struct err *err)
{
	return walk_backlog(db_query0(db, STMT_BACKLOG_NOW, err), 0, fn, arg,
	    err);
}
