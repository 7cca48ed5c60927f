/* fact_store - what analyses count: a narrow row for each ticket that is not
 * spam, kept in the transaction of its change, and how many were not closed at
 * the end of each day. Reading walks one index over one period. */
#ifndef DB_FACT_STORE_H
#define DB_FACT_STORE_H

#include "db/ticket_store.h"

/* What became of the promises. */
#define FACT_ANSWERED	0x1u	/* in time */
#define FACT_UNANSWERED	0x2u	/* too late, or not yet and late */
#define FACT_RESOLVED	0x4u	/* in time */
#define FACT_UNRESOLVED	0x8u	/* too late, or not yet and late */

struct fact {
	int64_t			 number;
	int64_t			 created_ms, closed_ms;	/* closed 0: not now */
	const char		*category;
	enum ticket_priority	 priority;
	const char		*building;	/* "" none */
	int64_t			 assignee;	/* person; 0 none */
	const char		*source;
	int64_t			 response_s, resolution_s;	/* opening
						 * hours, in s; -1 none yet */
	unsigned		 promises;	/* FACT_… */
	int			 reopened, messages, rating;
};
struct backlog {
	int64_t			 day;		/* since 1970-01-01 */
	const char		*category;
	enum ticket_priority	 priority;
	const char		*building;
	int64_t			 assignee;
	const char		*source;
	int64_t			 n;
};

/* messages is not written: it is kept by fact_message. */
int	fact_put(struct db *db, const struct fact *fact, struct err *err);
int	fact_message(struct db *db, int64_t number, struct err *err);
int	fact_drop(struct db *db, int64_t number, struct err *err);

/* By when they were created, or closed: from ≤ time < to, in order of it.
 * Created ones come without closed_ms and resolution_s, closed ones only with
 * them. fn's strings live until it returns; not 0 ends the walk. */
int	fact_created(struct db *db, int64_t from_ms, int64_t to_ms,
	    int (*fn)(const struct fact *fact, void *arg), void *arg,
	    struct err *err);
int	fact_closed(struct db *db, int64_t from_ms, int64_t to_ms,
	    int (*fn)(const struct fact *fact, void *arg), void *arg,
	    struct err *err);

/* The same facts whole and newest first, for a list of the tickets behind a
 * figure: FACTS_CREATED and FACTS_CLOSED by that time from ≤ time < to,
 * FACTS_BACKLOG those that are not closed at to, by number (of a past time: as
 * far as they were not opened again). at_ms of a row is the time it is found
 * by; below the row before_ms, before_number (0, 0: from the newest). */
enum facts { FACTS_CREATED, FACTS_CLOSED, FACTS_BACKLOG };
struct fact_part {
	enum facts	which;
	int64_t		from_ms, to_ms;
	bool		now;		/* FACTS_BACKLOG: to is now */
	int64_t		before_ms, before_number;
};
int	fact_back(struct db *db, const struct fact_part *part,
	    int (*fn)(const struct fact *fact, int64_t at_ms, void *arg),
	    void *arg, struct err *err);

/* What is not closed now, kept as the end of that day, once. */
int	backlog_keep(struct db *db, int64_t day, struct err *err);
/* The newest day that was kept: 1/0/-1. */
int	backlog_last(struct db *db, int64_t *day_out, struct err *err);
/* Days from first to last in order, by groups; and those of now (day 0). */
int	backlog_list(struct db *db, int64_t first, int64_t last,
	    int (*fn)(const struct backlog *row, void *arg), void *arg,
	    struct err *err);
int	backlog_now(struct db *db,
	    int (*fn)(const struct backlog *row, void *arg), void *arg,
	    struct err *err);

#endif
