#include <assert.h>

#include "base/buf.h"
#include "base/crypt.h"
#include "db/connection.h"
#include "db/names.h"
#include "db/query.h"
#include "db/search.h"
#include "db/ticket_store.h"

/* What a view shows is one shelf or a run of them; see schema.sql. */
enum shelf { SHELF_OPEN, SHELF_ACTIVE, SHELF_CLOSED, SHELF_SPAM };

static const char *const status_names[] = {
	[TICKET_OPEN]		= "open",
	[TICKET_ACTIVE]		= "active",
	[TICKET_WAITING]	= "waiting",
	[TICKET_CLOSED]		= "closed",
};
static const char *const priority_names[] = {
	[PRIORITY_LOW]		= "low",
	[PRIORITY_NORMAL]	= "normal",
	[PRIORITY_HIGH]		= "high",
	[PRIORITY_URGENT]	= "urgent",
};
static const char *const link_names[] = {
	[LINK_MERGED]		= "merged",
	[LINK_LINKED]		= "linked",
	[LINK_JOINED]		= "joined",
	[LINK_INCIDENT]		= "incident",
	[LINK_CONTINUES]	= "continues",
};
static const struct view {
	const char	*name;
	enum shelf	 first, last;
} views[] = {
	[VIEW_OPEN]	= { "open",	SHELF_OPEN,	SHELF_OPEN },
	[VIEW_ACTIVE]	= { "active",	SHELF_ACTIVE,	SHELF_ACTIVE },
	[VIEW_CLOSED]	= { "closed",	SHELF_CLOSED,	SHELF_CLOSED },
	[VIEW_SPAM]	= { "spam",	SHELF_SPAM,	SHELF_SPAM },
	[VIEW_ALL]	= { "all",	SHELF_OPEN,	SHELF_CLOSED },
};

const char *
ticket_status_name(enum ticket_status status)
{
	assert((int)status < NAMES_N(status_names));
	return status_names[status];
}

bool
ticket_status_parse(const char *name, enum ticket_status *status_out)
{
	int i = names_find(status_names, NAMES_N(status_names), name);

	if (i >= 0)
		*status_out = (enum ticket_status)i;
	return i >= 0;
}

const char *
ticket_priority_name(enum ticket_priority priority)
{
	assert((int)priority < NAMES_N(priority_names));
	return priority_names[priority];
}

bool
ticket_priority_parse(const char *name, enum ticket_priority *priority_out)
{
	int i = names_find(priority_names, NAMES_N(priority_names), name);

	if (i >= 0)
		*priority_out = (enum ticket_priority)i;
	return i >= 0;
}

const char *
link_kind_name(enum link_kind kind)
{
	assert((int)kind < NAMES_N(link_names));
	return link_names[kind];
}

bool
ticket_view_parse(const char *name, enum ticket_view *view_out)
{
	for (int i = 0; i < NAMES_N(views); i++)
		if (strcmp(views[i].name, name) == 0) {
			*view_out = (enum ticket_view)i;
			return true;
		}
	return false;
}

static enum shelf
shelf_of(const struct ticket *ticket)
{
	if (ticket->flags & TICKET_SPAM)
		return SHELF_SPAM;
	if (ticket->status == TICKET_CLOSED)
		return SHELF_CLOSED;
	return ticket->status == TICKET_OPEN ? SHELF_OPEN : SHELF_ACTIVE;
}

/* The 64 bits of a key as SQL's signed number, and back. */
static int64_t
bits(uint64_t key)
{
	int64_t number;

	memcpy(&number, &key, sizeof number);
	return number;
}

int
ticket_insert(struct db *db, struct ticket *t, struct err *err)
{
	uint64_t key = crypt_random_u64();
	int64_t number = 0;
	int ret = db_run(db, STMT_COUNTER_NEXT, &number, err,
	    V_TEXT("ticket"));

	if (ret == 0)
		return err_set(err, ERR_FATAL, "store: ticket counter is gone");
	if (ret < 0)
		return -1;
	if (db_run(db, STMT_TICKET_INSERT, NULL, err, V_INT(number),
	    V_INT(bits(key)), V_TEXT(t->subject), V_INT(t->status),
	    V_TEXT(t->category), V_INT(t->priority),
	    V_TEXT(t->location == NULL ? "" : t->location),
	    V_ID(t->assignee), V_ID(t->requester), V_TEXT(t->source),
	    V_TEXT(t->tags == NULL ? "" : t->tags), V_INT(t->flags),
	    V_INT(t->created_ms), V_INT(t->updated_ms), V_INT(t->closed_ms),
	    V_INT(t->waiting_ms), V_INT(t->first_response_ms),
	    V_INT(t->first_response_due_ms), V_INT(t->resolve_due_ms),
	    V_INT(t->due_ms), V_INT(t->paused_ms), V_INT(t->alarm_ms),
	    V_INT(t->alarms), V_INT(t->reopened), V_INT(t->rating),
	    V_INT(shelf_of(t))) < 0)
		return -1;
	t->number = number;
	t->key = key;
	return 0;
}

static struct ticket
read_ticket(struct query *q, struct arena *arena)
{
	return (struct ticket){
		.number = q_int(q, 0),
		.key = (uint64_t)q_int(q, 1),
		.subject = q_text(q, 2, arena),
		.status = (enum ticket_status)q_int(q, 3),
		.category = q_text(q, 4, arena),
		.priority = (enum ticket_priority)q_int(q, 5),
		.location = q_text(q, 6, arena),
		.assignee = q_int(q, 7),
		.requester = q_int(q, 8),
		.source = q_text(q, 9, arena),
		.tags = q_text(q, 10, arena),
		.flags = (unsigned)q_int(q, 11),
		.created_ms = q_int(q, 12),
		.updated_ms = q_int(q, 13),
		.closed_ms = q_int(q, 14),
		.waiting_ms = q_int(q, 15),
		.first_response_ms = q_int(q, 16),
		.first_response_due_ms = q_int(q, 17),
		.resolve_due_ms = q_int(q, 18),
		.due_ms = q_int(q, 19),
		.paused_ms = q_int(q, 20),
		.alarm_ms = q_int(q, 21),
		.alarms = (unsigned)q_int(q, 22),
		.reopened = (int)q_int(q, 23),
		.rating = (int)q_int(q, 24),
	};
}

int
ticket_get(struct db *db, int64_t number, struct arena *arena,
    struct ticket *ticket_out, struct err *err)
{
	struct query *q = db_query(db, STMT_TICKET_GET, err, V_INT(number));
	struct ticket ticket;
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		ticket = read_ticket(q, arena);
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1)
		*ticket_out = ticket;
	return ret;
}

/* Full text has the subject with each message: 1 it will change. */
static int
subject_changes(struct db *db, const struct ticket *t, struct err *err)
{
	struct query *q = db_query(db, STMT_TICKET_SUBJECT, err,
	    V_INT(t->number));
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 0)
		ret = err_set(err, ERR_INPUT, "no ticket %lld",
		    (long long)t->number);
	else if (ret == 1)
		ret = t->subject == NULL || strcmp(q_borrow(q, 0),
		    t->subject) != 0;
	db_end(&q);
	return ret;
}

static int
reindex_messages(struct db *db, int64_t ticket, struct err *err)
{
	int64_t id = 0;
	int ret;

	while ((ret = db_run(db, STMT_MESSAGE_IDS, &id, err, V_INT(ticket),
	    V_INT(id))) == 1)
		if (db_reindex(db, id, false, err) != 0)
			return -1;
	return ret;
}

int
ticket_update(struct db *db, const struct ticket *t, struct err *err)
{
	int ret = subject_changes(db, t, err);

	if (ret == 1)
		ret = reindex_messages(db, t->number, err);
	if (ret < 0)
		return -1;
	return db_run(db, STMT_TICKET_UPDATE, NULL, err, V_INT(t->number),
	    V_TEXT(t->subject), V_INT(t->status), V_TEXT(t->category),
	    V_INT(t->priority),
	    V_TEXT(t->location == NULL ? "" : t->location),
	    V_ID(t->assignee), V_ID(t->requester), V_TEXT(t->source),
	    V_TEXT(t->tags == NULL ? "" : t->tags), V_INT(t->flags),
	    V_INT(t->updated_ms), V_INT(t->closed_ms), V_INT(t->waiting_ms),
	    V_INT(t->first_response_ms), V_INT(t->first_response_due_ms),
	    V_INT(t->resolve_due_ms), V_INT(t->due_ms), V_INT(t->paused_ms),
	    V_INT(t->alarm_ms), V_INT(t->alarms), V_INT(t->reopened),
	    V_INT(t->rating), V_INT(shelf_of(t)));
}

int
ticket_alarm(struct db *db, int64_t now_ms, int64_t *number_out,
    struct err *err)
{
	return db_run(db, STMT_TICKET_ALARM, number_out, err, V_INT(now_ms));
}

int
mute_set(struct db *db, int64_t ticket, int64_t person, bool muted,
    struct err *err)
{
	return db_run(db, muted ? STMT_MUTE_ADD : STMT_MUTE_REMOVE, NULL, err,
	    V_INT(ticket), V_INT(person));
}

int
mute_get(struct db *db, int64_t ticket, int64_t person, struct err *err)
{
	return db_run(db, STMT_MUTE_GET, NULL, err, V_INT(ticket),
	    V_INT(person));
}

int
ticket_counter_jump(struct db *db, int64_t by, struct err *err)
{
	return db_run(db, STMT_COUNTER_ADD, NULL, err, V_TEXT("ticket"),
	    V_INT(by));
}

/* The statement whose index fits the filter best. */
static enum stmt
list_stmt(const struct ticket_filter *f, const struct view *view,
    const char *words)
{
	if (words != NULL)
		return STMT_TICKET_SEARCH;
	if (f->requester != 0)
		return STMT_TICKET_LIST_REQUESTER;
	if (f->assignee != 0)
		return STMT_TICKET_LIST_ASSIGNEE;
	if (view->first != view->last)
		return STMT_TICKET_LIST_ALL;
	return f->category != NULL ? STMT_TICKET_LIST_CATEGORY :
	    STMT_TICKET_LIST_SHELF;
}

#define ANY_PRIORITY	(-1)

static struct query *
list_start(struct db *db, const struct ticket_filter *f, const char *words,
    struct err *err)
{
	const struct view *view = &views[f->view];
	bool first = f->before_ms == 0 && f->before_number == 0;
	const struct value values[] = {
		V_INT(view->first), V_INT(view->last),
		V_TEXT(f->category == NULL ? "" : f->category),
		V_INT(f->assignee), V_INT(f->requester),
		V_INT(first ? INT64_MAX : f->before_ms),
		V_INT(first ? INT64_MAX : f->before_number),
		V_INT(f->limit),
		V_INT(f->priority == 0 ? ANY_PRIORITY : f->priority - 1),
		V_TEXT(f->location == NULL ? "" : f->location),
		V_TEXT(words),
	};
	size_t n = sizeof values / sizeof values[0];

	return query_start(db, list_stmt(f, view, words), err, values,
	    words == NULL ? n - 1 : n);
}

static struct query *
own_start(struct db *db, const struct ticket_filter *f, const char *words,
    struct err *err)
{
	const struct view *view = &views[f->view];
	const struct value values[] = {
		V_INT(view->first), V_INT(view->last), V_INT(f->requester),
		V_TEXT(f->category == NULL ? "" : f->category),
		V_INT(f->before_number == 0 ? INT64_MAX : f->before_number),
		V_INT(f->limit), V_TEXT(words),
	};
	size_t n = sizeof values / sizeof values[0];

	return query_start(db, words == NULL ? STMT_TICKET_OWN :
	    STMT_TICKET_OWN_SEARCH, err, values, words == NULL ? n - 1 : n);
}

#define LIST_ROW_MAX	(1024 * 1024)	/* bytes of one ticket's strings */

typedef struct query *start_fn(struct db *db, const struct ticket_filter *f,
	    const char *words, struct err *err);

static int
list(struct db *db, start_fn *start, const struct ticket_filter *filter,
    int (*fn)(const struct ticket *ticket, void *arg), void *arg,
    struct err *err)
{
	struct arena *arena = arena_new(LIST_ROW_MAX);
	struct buf words = BUF_INIT(SEARCH_MAX);
	struct query *q = NULL;
	struct ticket ticket;
	int ret = -1;

	assert((int)filter->view < NAMES_N(views));
	if (filter->q != NULL)
		search_words(&words, filter->q);
	if (arena == NULL || words.failed) {
		err_set(err, ERR_RETRY, "store: out of memory");
		goto out;
	}
	/* no word at all asks for nothing in particular */
	q = start(db, filter, words.len == 0 ? NULL : buf_str(&words), err);
	if (q == NULL)
		goto out;
	while ((ret = db_next(q, err)) == 1) {
		arena_reset(arena);
		ticket = read_ticket(q, arena);
		ret = query_arena(arena, ret, err);
		if (ret < 0 || fn(&ticket, arg) != 0)
			break;
	}
	if (ret > 0)
		ret = 0;
out:
	db_end(&q);
	buf_free(&words);
	arena_free(&arena);
	return ret;
}

int
ticket_list(struct db *db, const struct ticket_filter *filter,
    int (*fn)(const struct ticket *ticket, void *arg), void *arg,
    struct err *err)
{
	return list(db, list_start, filter, fn, arg, err);
}

int
ticket_list_own(struct db *db, const struct ticket_filter *filter,
    int (*fn)(const struct ticket *ticket, void *arg), void *arg,
    struct err *err)
{
	assert(filter->requester != 0);
	return list(db, own_start, filter, fn, arg, err);
}

int
ticket_public_ms(struct db *db, int64_t number, int64_t *ms_out,
    struct err *err)
{
	int64_t ms = 0;

	if (db_run(db, STMT_TICKET_PUBLIC, &ms, err, V_INT(number)) < 0)
		return -1;
	*ms_out = ms;
	return 0;
}

/* A reader counts once for each state of the store: a count reads as much of
 * an index as there are tickets that are not closed. */
int
ticket_shown(struct db *db, int64_t *open_out, int64_t *active_out,
    struct err *err)
{
	bool reader = db->mode == DB_READ;
	int64_t version = reader ? db_data_version(db) : 0;
	int64_t open = db->shown.open, active = db->shown.active;

	if (!reader || !db->shown.known || db->shown.version != version) {
		if (db_run(db, STMT_TICKET_SHELF, &open, err,
		    V_INT(SHELF_OPEN)) < 0 ||
		    db_run(db, STMT_TICKET_SHELF, &active, err,
		    V_INT(SHELF_ACTIVE)) < 0)
			return -1;
		db->shown.known = reader;
		db->shown.version = version;
		db->shown.open = open;
		db->shown.active = active;
	}
	*open_out = open;
	*active_out = active;
	return 0;
}

int
ticket_counts(struct db *db, enum ticket_status status, struct arena *arena,
    struct ticket_count **v_out, size_t *n_out, struct err *err)
{
	struct ticket like = { .status = status };
	struct query *q = db_query(db, STMT_TICKET_COUNTS, err,
	    V_INT(shelf_of(&like)), V_INT(status));
	struct ticket_count *v = NULL;
	size_t n = 0, cap = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v != NULL)
			v[n++] = (struct ticket_count){
				q_text(q, 0, arena), q_int(q, 1) };
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
watcher_add(struct db *db, int64_t ticket, int64_t person, struct err *err)
{
	return db_run(db, STMT_WATCHER_ADD, NULL, err, V_INT(ticket),
	    V_INT(person));
}

int
watcher_remove(struct db *db, int64_t ticket, int64_t person,
    struct err *err)
{
	return db_run(db, STMT_WATCHER_REMOVE, NULL, err, V_INT(ticket),
	    V_INT(person));
}

int
watcher_list(struct db *db, int64_t ticket, struct arena *arena,
    int64_t **v_out, size_t *n_out, struct err *err)
{
	struct query *q = db_query(db, STMT_WATCHER_LIST, err, V_INT(ticket));
	int64_t *v = NULL;
	size_t n = 0, cap = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v != NULL)
			v[n++] = q_int(q, 0);
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
link_add(struct db *db, int64_t ticket, enum link_kind kind, int64_t number,
    struct err *err)
{
	if (db_run(db, STMT_LINK_ADD, NULL, err, V_INT(ticket), V_INT(kind),
	    V_INT(number)) < 0)
		return -1;
	if (kind != LINK_LINKED)
		return 0;
	return db_run(db, STMT_LINK_ADD, NULL, err, V_INT(number),
	    V_INT(kind), V_INT(ticket));
}

int
link_remove(struct db *db, int64_t ticket, enum link_kind kind,
    int64_t number, struct err *err)
{
	if (db_run(db, STMT_LINK_REMOVE, NULL, err, V_INT(ticket),
	    V_INT(kind), V_INT(number)) < 0)
		return -1;
	if (kind != LINK_LINKED)
		return 0;
	return db_run(db, STMT_LINK_REMOVE, NULL, err, V_INT(number),
	    V_INT(kind), V_INT(ticket));
}

int
link_list(struct db *db, int64_t ticket, struct arena *arena,
    struct link **v_out, size_t *n_out, struct err *err)
{
	struct query *q = db_query(db, STMT_LINK_LIST, err, V_INT(ticket));
	struct link *v = NULL;
	size_t n = 0, cap = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v != NULL)
			v[n++] = (struct link){
				(enum link_kind)q_int(q, 0), q_int(q, 1) };
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
ticket_next(struct db *db, int64_t after, int64_t *number_out, struct err *err)
{
	return db_run(db, STMT_TICKET_NEXT, number_out, err, V_INT(after));
}
