/* ticket_store - tickets, their watchers and links. Only desk/ calls what
 * writes (I4). Numbers come from a counter row. */
#ifndef DB_TICKET_STORE_H
#define DB_TICKET_STORE_H

#include "db/db.h"

enum ticket_status { TICKET_OPEN, TICKET_ACTIVE, TICKET_WAITING,
	TICKET_CLOSED };
enum ticket_priority { PRIORITY_LOW, PRIORITY_NORMAL, PRIORITY_HIGH,
	PRIORITY_URGENT };
const char *ticket_status_name(enum ticket_status status);
bool	ticket_status_parse(const char *name, enum ticket_status *status_out);
const char *ticket_priority_name(enum ticket_priority priority);
bool	ticket_priority_parse(const char *name,
	    enum ticket_priority *priority_out);

#define TICKET_BULK	0x1u	/* from a mailing list */
#define TICKET_SPAM	0x2u	/* in view spam only */
#define TICKET_QUIET	0x4u	/* made by a machine: never acknowledged */
#define TICKET_INCIDENT	0x8u	/* others may be joined to it */

/* Alarms: what the clock has done already. */
#define ALARM_RESPONSE_WARNED	0x1u
#define ALARM_RESPONSE_LATE	0x2u
#define ALARM_RESOLVE_WARNED	0x4u
#define ALARM_RESOLVE_LATE	0x8u
#define ALARM_DUE		0x10u
#define ALARM_REMINDED		0x20u

struct ticket {
	int64_t			 number;
	uint64_t		 key;		/* random; signed things cover it */
	const char		*subject;
	enum ticket_status	 status;
	const char		*category;
	enum ticket_priority	 priority;
	const char		*location;	/* "" none */
	int64_t			 assignee;	/* person; 0 none */
	int64_t			 requester;	/* person; 0: From is missing */
	const char		*source;	/* mail slack matrix cli import */
	const char		*tags;		/* "a,b" sorted; "" none */
	unsigned		 flags;
	int64_t			 created_ms, updated_ms;
	int64_t			 closed_ms, waiting_ms;		/* 0: not now */
	int64_t			 first_response_ms;		/* 0: none yet */
	int64_t			 first_response_due_ms, resolve_due_ms;
	int64_t			 due_ms;			/* 0: none */
	int64_t			 paused_ms;	/* opening hours that it was
						 * waiting or closed */
	int64_t			 alarm_ms;	/* next look of the clock; 0 */
	unsigned		 alarms;	/* ALARM_RESPONSE_WARNED … */
	int			 reopened;	/* how often */
	int			 rating;	/* 1 to 5; 0 none */
};

/* number and key are set by the store and given back in *ticket. */
int	ticket_insert(struct db *db, struct ticket *ticket, struct err *err);
int	ticket_get(struct db *db, int64_t number, struct arena *arena,
	    struct ticket *ticket_out, struct err *err);	/* 1/0/-1 */
/* The next number above after: 1/0/-1. */
int	ticket_next(struct db *db, int64_t after, int64_t *number_out,
	    struct err *err);
/* Writes every field but number, key and created_ms. */
int	ticket_update(struct db *db, const struct ticket *ticket,
	    struct err *err);
/* The ticket whose alarm is longest over: 1/0/-1. */
int	ticket_alarm(struct db *db, int64_t now_ms, int64_t *number_out,
	    struct err *err);
/* Skip numbers after a restore (design §7). */
int	ticket_counter_jump(struct db *db, int64_t by, struct err *err);

enum ticket_view { VIEW_OPEN, VIEW_ACTIVE, VIEW_CLOSED, VIEW_SPAM, VIEW_ALL };
bool	ticket_view_parse(const char *name, enum ticket_view *view_out);
struct ticket_filter {
	enum ticket_view	 view;	/* active: active and waiting; closed and
					 * all leave out spam */
	const char		*category, *q;	/* NULL: any; q: words, all of
						 * them, in both columns */
	const char		*location;	/* NULL: any; else exactly this */
	int			 priority;	/* 0 any; else 1 + the enum */
	int64_t			 assignee, requester;	/* person; 0 any */
	int64_t			 before_ms, before_number;	/* key of the
						 * last row shown; 0: first */
	int			 limit;
};
/* Newest change first. fn gets a row whose strings live until it returns. */
int	ticket_list(struct db *db, const struct ticket_filter *filter,
	    int (*fn)(const struct ticket *ticket, void *arg), void *arg,
	    struct err *err);
/* The tickets of filter.requester by number, newest first, as that person may
 * see them (I7): neither order nor q tells of what is not public. Of the filter
 * view, category, q, before_number and limit count; q looks at public messages
 * of the newest 500 tickets below before_number. */
int	ticket_list_own(struct db *db, const struct ticket_filter *filter,
	    int (*fn)(const struct ticket *ticket, void *arg), void *arg,
	    struct err *err);
/* When something public was said last; 0: never. */
int	ticket_public_ms(struct db *db, int64_t number, int64_t *ms_out,
	    struct err *err);
/* How many tickets the views open and active show. */
int	ticket_shown(struct db *db, int64_t *open_out, int64_t *active_out,
	    struct err *err);
/* Tickets with that status, by category: *v_out has n rows. */
struct ticket_count { const char *category; int64_t n; };
int	ticket_counts(struct db *db, enum ticket_status status,
	    struct arena *arena, struct ticket_count **v_out, size_t *n_out,
	    struct err *err);

/* Watchers: persons that get the public messages besides the requester. */
int	watcher_add(struct db *db, int64_t ticket, int64_t person,
	    struct err *err);				/* twice is fine */
int	watcher_remove(struct db *db, int64_t ticket, int64_t person,
	    struct err *err);
int	watcher_list(struct db *db, int64_t ticket, struct arena *arena,
	    int64_t **v_out, size_t *n_out, struct err *err);

/* Staff who want no more mail about a ticket. */
int	mute_set(struct db *db, int64_t ticket, int64_t person, bool muted,
	    struct err *err);
int	mute_get(struct db *db, int64_t ticket, int64_t person,
	    struct err *err);				/* 1/0/-1 */

enum link_kind { LINK_MERGED, LINK_LINKED, LINK_JOINED, LINK_INCIDENT,
	LINK_CONTINUES };
const char *link_kind_name(enum link_kind kind);
struct link {
	enum link_kind	kind;
	int64_t		number;		/* the other ticket */
};
/* continues: ticket continues number; linked goes both ways. */
int	link_add(struct db *db, int64_t ticket, enum link_kind kind,
	    int64_t number, struct err *err);
int	link_remove(struct db *db, int64_t ticket, enum link_kind kind,
	    int64_t number, struct err *err);		/* not there is fine */
int	link_list(struct db *db, int64_t ticket, struct arena *arena,
	    struct link **v_out, size_t *n_out, struct err *err);

#endif
