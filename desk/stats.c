#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/people_store.h"
#include "desk/stats_groups.h"

struct count {
	const struct stats_ask	*ask;
	struct groups		*groups;
	struct group		 total;
	struct arena		*arena;
	bool			 full;		/* no memory */
	int64_t			 day;		/* of a backlog of now */
};

/* ---- which tickets, and what of them ---- */

static bool
is_asked(const struct stats_ask *ask, const struct fact *f)
{
	return (ask->category == NULL ||
	    strcmp(ask->category, f->category) == 0) &&
	    (ask->building == NULL ||
	    strcmp(ask->building, f->building) == 0) &&
	    (ask->source == NULL || strcmp(ask->source, f->source) == 0) &&
	    (ask->priority == 0 || ask->priority - 1 == (int)f->priority) &&
	    (ask->assignee == 0 || ask->assignee == f->assignee);
}

static enum facts
facts_of(enum stats_measure measure)
{
	switch (measure) {
	case STATS_BACKLOG:
		return FACTS_BACKLOG;
	case STATS_CLOSED:
	case STATS_RESOLUTION_P50:
	case STATS_RESOLUTION_P90:
		return FACTS_CLOSED;
	default:
		return FACTS_CREATED;
	}
}

static bool
kept(const struct fact *f)
{
	return (f->promises & (FACT_UNANSWERED | FACT_UNRESOLVED)) == 0;
}

/* What a ticket adds to the sum, or to the spread; -1: it does not count. */
static int64_t
worth(enum stats_measure measure, const struct fact *f)
{
	switch (measure) {
	case STATS_RESPONSE_P50:
	case STATS_RESPONSE_P90:
		return f->response_s;
	case STATS_RESOLUTION_P50:
	case STATS_RESOLUTION_P90:
		return f->resolution_s;
	case STATS_REOPENED:
		return f->reopened > 0 ? 1 : -1;
	case STATS_MESSAGES:
		return f->messages;
	case STATS_SLA_MET:
		return f->promises == 0 ? -1 : kept(f);
	case STATS_SATISFACTION:
		return f->rating > 0 ? f->rating : -1;
	default:
		return 1;
	}
}

static bool
has_spread(enum stats_measure measure)
{
	return stats_unit(measure) == STATS_SECONDS;
}

/* ---- counting ---- */

static void
add(struct count *c, struct group *group, int64_t value)
{
	group->n++;
	group->sum += value;
	if (!has_spread(c->ask->measure))
		return;
	if (group->spread == NULL)
		group->spread = spread_new(c->arena);
	if (group->spread == NULL || !spread_add(group->spread, value))
		c->full = true;
}

static int
count_fact(const struct fact *f, void *arg)
{
	struct count *c = arg;
	int64_t at_ms = facts_of(c->ask->measure) == FACTS_CLOSED ?
	    f->closed_ms : f->created_ms;
	int64_t value = worth(c->ask->measure, f);
	struct group *group;

	if (value < 0 || !is_asked(c->ask, f))
		return 0;
	group = groups_of(c->groups, f, at_ms);
	if (group == NULL)
		return 1;
	add(c, group, value);
	add(c, &c->total, value);
	return c->full;
}

/* A group of several days has what was there at the end of the last. */
static void
add_backlog(struct group *group, int64_t day, int64_t n)
{
	if (group->day != day)
		group->n = 0;
	group->day = day;
	group->n += n;
	group->sum = group->n;
}

static int
count_backlog(const struct backlog *row, void *arg)
{
	struct count *c = arg;
	int64_t day = c->day != 0 ? c->day : row->day;
	struct fact like = { .category = row->category,
	    .priority = row->priority, .building = row->building,
	    .assignee = row->assignee, .source = row->source };
	struct group *group;

	if (!is_asked(c->ask, &like))
		return 0;
	group = groups_of_backlog(c->groups, row, day);
	if (group == NULL)
		return 1;
	add_backlog(group, day, row->n);
	add_backlog(&c->total, day, row->n);
	return 0;
}

static int64_t
today(int64_t now_ms)
{
	int64_t day;
	int second;

	clock_local(now_ms, &day, &second);
	return day;
}

/* The days that were kept, and now for today. */
static int
walk_backlog(struct db *db, struct count *c, int64_t now_ms, struct err *err)
{
	int64_t now = today(now_ms), last = c->ask->last, first;
	size_t n, i;
	struct group *v = groups_list(c->groups, &n);
	bool time = groups_by_time(c->ask->by);

	/* a day without any is known as soon as it is over */
	for (i = 0; time && i < n; i++)
		v[i].day = -1;
	first = time ? c->ask->first : last;
	c->total.day = -1;
	if (last < now || time)
		if (backlog_list(db, first, last < now ? last : now - 1,
		    count_backlog, c, err) == -1)
			return -1;
	if (last < now)
		return 0;
	c->day = now;
	c->total.n = c->total.sum = 0;
	c->total.day = now;
	for (i = 0; time && i < n; i++)
		if (now >= v[i].first && now <= v[i].last)
			v[i] = (struct group){ .text = v[i].text,
			    .first = v[i].first, .last = v[i].last,
			    .day = now };
	return backlog_now(db, count_backlog, c, err);
}

static int
walk(struct db *db, struct count *c, int64_t now_ms, struct err *err)
{
	int64_t from = clock_local_ms(c->ask->first, 0);
	int64_t to = clock_local_ms(c->ask->last + 1, 0);

	switch (facts_of(c->ask->measure)) {
	case FACTS_BACKLOG:
		return walk_backlog(db, c, now_ms, err);
	case FACTS_CLOSED:
		return fact_closed(db, from, to, count_fact, c, err);
	case FACTS_CREATED:
		break;
	}
	return fact_created(db, from, to, count_fact, c, err);
}

/* ---- results ---- */

static bool
is_hidden(const struct stats_ask *ask, int64_t n)
{
	return ask->measure == STATS_SATISFACTION && n > 0 && n < STATS_FEW &&
	    (ask->by == STATS_ASSIGNEE || ask->assignee != 0);
}

static struct stats_row
result(const struct stats_ask *ask, struct group *g)
{
	struct stats_row row = { .key = g->text, .first = g->first,
	    .last = g->last, .n = g->n };
	double n = (double)g->n, sum = (double)g->sum;

	row.few = is_hidden(ask, g->n);
	row.known = g->n > 0 && !row.few;
	switch (stats_unit(ask->measure)) {
	case STATS_TICKETS:
		row.known = ask->measure != STATS_BACKLOG || g->day >= 0;
		row.value = sum;
		break;
	case STATS_SECONDS:
		row.p50 = (double)spread_percentile(g->spread, 50);
		row.p90 = (double)spread_percentile(g->spread, 90);
		row.value = ask->measure == STATS_RESPONSE_P50 ||
		    ask->measure == STATS_RESOLUTION_P50 ? row.p50 : row.p90;
		break;
	case STATS_PERCENT:
		row.value = row.known ? 100 * sum / n : 0;
		break;
	case STATS_PER_TICKET:
	case STATS_MARK:
		row.value = row.known ? sum / n : 0;
		break;
	}
	if (!row.known)
		row.value = row.p50 = row.p90 = 0;
	return row;
}

static int
compare(const void *a, const void *b)
{
	const struct stats_row *x = a, *y = b;

	if (x->known != y->known)
		return y->known - x->known;
	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return strcmp(x->key, y->key);
}

static int
address_of(struct db *db, int64_t id, struct arena *arena,
    const char **address_out, struct err *err)
{
	struct person p;
	int rc = id == 0 ? 0 : person_get(db, id, arena, &p, err);

	if (rc != -1)
		*address_out = rc == 1 && p.address != NULL ? p.address : "";
	return rc == -1 ? -1 : 0;
}

static int
results(struct db *db, struct count *c, struct stats *out, struct err *err)
{
	struct group *v;
	size_t n, i;

	v = groups_list(c->groups, &n);
	out->rows = arena_calloc(c->arena, n + 1, sizeof *out->rows);
	if (out->rows == NULL)
		return err_set(err, ERR_RETRY, "stats: out of memory");
	for (i = 0; i < n; i++) {
		out->rows[i] = result(c->ask, &v[i]);
		if (c->ask->by == STATS_ASSIGNEE && address_of(db, v[i].id,
		    c->arena, &out->rows[i].key, err) == -1)
			return -1;
	}
	out->n = n;
	c->total.text = "";
	out->total = result(c->ask, &c->total);
	if (!groups_by_time(c->ask->by) && c->ask->by != STATS_WEEKDAY_HOUR)
		qsort(out->rows, n, sizeof *out->rows, compare);
	return 0;
}

int
stats_make(struct db *db, const struct stats_ask *ask, int64_t now_ms,
    struct arena *arena, struct stats *stats_out, struct err *err)
{
	struct count c = { .ask = ask, .arena = arena };
	struct stats stats = { 0 };

	if (!stats_possible(ask->measure, ask->by))
		return err_set(err, ERR_INPUT, "%s by %s makes no sense",
		    stats_measure_name(ask->measure),
		    stats_by_name(ask->by));
	if (groups_new(ask, arena, &c.groups, err) == -1 ||
	    walk(db, &c, now_ms, err) == -1 ||
	    groups_failed(c.groups, err) == -1)
		return -1;
	if (c.full || results(db, &c, &stats, err) == -1)
		return c.full ? err_set(err, ERR_RETRY, "stats: out of "
		    "memory") : -1;
	*stats_out = stats;
	return 0;
}

/* ---- the tickets behind a figure ---- */

struct behind {
	struct count	 c;
	const char	*key;		/* NULL: any */
	int64_t		 id;		/* of an assignee */
	int		 (*fn)(int64_t number, int64_t at_ms, void *arg);
	void		*arg;
};

static int
tell_fact(const struct fact *f, int64_t at_ms, void *arg)
{
	struct behind *b = arg;
	const struct stats_ask *ask = b->c.ask;
	struct group *g;

	if (worth(ask->measure, f) < 0 || !is_asked(ask, f))
		return 0;
	if (b->key != NULL && !groups_by_time(ask->by)) {
		g = groups_of(b->c.groups, f, at_ms);
		if (g == NULL)
			return 1;
		if (ask->by == STATS_ASSIGNEE ? g->id != b->id :
		    strcmp(g->text, b->key) != 0)
			return 0;
	}
	return b->fn(f->number, at_ms, b->arg);
}

/* By time the key says which days; false: it is no such key. */
static bool
days_of(struct groups *groups, const char *key, int64_t *first, int64_t *last)
{
	struct group *v;
	size_t n, i;

	v = groups_list(groups, &n);
	for (i = 0; i < n; i++)
		if (strcmp(v[i].text, key) == 0) {
			*first = v[i].first;
			*last = v[i].last;
			return true;
		}
	return false;
}

static int
find_assignee(struct db *db, struct behind *b, struct err *err)
{
	struct person p = { .id = 0 };
	int rc = *b->key == '\0' ? 1 : person_find(db, b->key, b->c.arena, &p,
	    err);

	b->id = rc == 1 ? p.id : -1;
	return rc == -1 ? -1 : 0;
}

int
stats_tickets(struct db *db, const struct stats_part *part, int64_t now_ms,
    struct arena *arena, int (*fn)(int64_t number, int64_t at_ms, void *arg),
    void *arg, struct err *err)
{
	const struct stats_ask *ask = part->ask;
	struct behind b = { .c = { .ask = ask, .arena = arena },
	    .key = part->key, .fn = fn, .arg = arg };
	int64_t first = ask->first, last = ask->last, now = today(now_ms);
	struct fact_part facts = { .which = facts_of(ask->measure),
	    .before_ms = part->before_ms,
	    .before_number = part->before_number };

	if (groups_new(ask, arena, &b.c.groups, err) == -1)
		return -1;
	if (b.key != NULL && groups_by_time(ask->by) &&
	    !days_of(b.c.groups, b.key, &first, &last))
		return err_set(err, ERR_INPUT, "there is no such row");
	if (b.key != NULL && ask->by == STATS_ASSIGNEE && find_assignee(db,
	    &b, err) == -1)
		return -1;
	facts.now = last >= now;
	facts.from_ms = clock_local_ms(first, 0);
	facts.to_ms = clock_local_ms(last + 1, 0);
	return fact_back(db, &facts, tell_fact, &b, err) == -1 ? -1 :
	    groups_failed(b.c.groups, err);
}
