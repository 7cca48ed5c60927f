#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "desk/stats_groups.h"

#define INDEX		4096		/* more than twice the groups */
#define QUARTER		900		/* seconds; clocks change at such ones */
#define HOURS		(7 * 24)

struct groups {
	const struct stats_ask	*ask;
	struct arena		*arena;
	struct group		*v;
	size_t			 n;
	short			*of_day;	/* since ask->first */
	short			 index[INDEX];	/* 1 + number, by hash */
	int64_t			 from_ms, to_ms;	/* a quarter of an hour */
	int64_t			 day;			/* that it lies on */
	int			 hour;
	bool			 too_many;
};

bool
groups_by_time(enum stats_by by)
{
	return by == STATS_DAY || by == STATS_WEEK || by == STATS_MONTH;
}

/* ---- their keys ---- */

/* ISO 8601: the week of the year that its Thursday is in. */
static const char *
week_key(struct arena *arena, int64_t day)
{
	int64_t thursday = day - clock_weekday(day) + 3;
	char text[CLOCK_TEXT_MAX];
	uint64_t year = 1970;

	clock_day_text(thursday, text);
	text_u64((struct slice){ text, 4 }, &year);
	return arena_printf(arena, "%04d-W%02d", (int)year, (int)((thursday -
	    clock_days((int64_t)year, 1, 1)) / 7 + 1));
}

static const char *
time_key(const struct groups *g, int64_t day)
{
	char text[CLOCK_TEXT_MAX];

	if (g->ask->by == STATS_WEEK)
		return week_key(g->arena, day);
	clock_day_text(day, text);
	if (g->ask->by == STATS_MONTH)
		text[7] = '\0';
	return arena_strdup(g->arena, text);
}

/* ---- made beforehand: those of time ---- */

static bool
add_days(struct groups *g)
{
	size_t days = (size_t)(g->ask->last - g->ask->first) + 1, i;

	g->of_day = arena_calloc(g->arena, days, sizeof *g->of_day);
	for (i = 0; g->of_day != NULL && i < days; i++) {
		int64_t day = g->ask->first + (int64_t)i;
		const char *key = time_key(g, day);

		if (key == NULL)
			return false;
		if (g->n == 0 || strcmp(g->v[g->n - 1].text, key) != 0) {
			if (g->n == STATS_GROUPS_MAX)
				return false;
			g->v[g->n++] = (struct group){ .text = key,
			    .first = day, .day = -1 };
		}
		g->v[g->n - 1].last = day;
		g->of_day[i] = (short)(g->n - 1);
	}
	return g->of_day != NULL;
}

static bool
add_hours(struct groups *g)
{
	static const char days[][4] = { "mon", "tue", "wed", "thu", "fri",
	    "sat", "sun" };

	for (; g->n < HOURS; g->n++) {
		const char *key = arena_printf(g->arena, "%s %02d:00",
		    days[g->n / 24], (int)(g->n % 24));

		if (key == NULL)
			return false;
		g->v[g->n] = (struct group){ .text = key };
	}
	return true;
}

static bool
add_priorities(struct groups *g)
{
	for (int p = PRIORITY_LOW; p <= PRIORITY_URGENT; p++)
		g->v[g->n++] = (struct group){ .text =
		    ticket_priority_name((enum ticket_priority)p) };
	return true;
}

int
groups_new(const struct stats_ask *ask, struct arena *arena,
    struct groups **groups_out, struct err *err)
{
	struct groups *g = arena_calloc(arena, 1, sizeof *g);
	bool ok = g != NULL;

	if (ok) {
		g->ask = ask;
		g->arena = arena;
		g->v = arena_calloc(arena, STATS_GROUPS_MAX, sizeof *g->v);
		ok = g->v != NULL;
	}
	if (ok && groups_by_time(ask->by))
		ok = add_days(g);
	else if (ok && ask->by == STATS_WEEKDAY_HOUR)
		ok = add_hours(g);
	else if (ok && ask->by == STATS_PRIORITY)
		ok = add_priorities(g);
	if (!ok)
		return err_set(err, ERR_RETRY, "stats: out of memory");
	*groups_out = g;
	return 0;
}

/* ---- made when they are met ---- */

static size_t
hash(const char *text, int64_t id)
{
	uint64_t h = 14695981039346656037u ^ (uint64_t)id;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	h *= 1099511628211u;
	return (size_t)(h >> 32) % INDEX;
}

static struct group *
named(struct groups *g, const char *text, int64_t id)
{
	size_t at = hash(text, id);
	struct group *one;

	for (; g->index[at] != 0; at = (at + 1) % INDEX) {
		one = &g->v[g->index[at] - 1];
		if (one->id == id && strcmp(one->text, text) == 0)
			return one;
	}
	text = g->n == STATS_GROUPS_MAX ? NULL : arena_strdup(g->arena, text);
	if (text == NULL) {
		g->too_many = true;
		return NULL;
	}
	one = &g->v[g->n++];
	*one = (struct group){ .text = text, .id = id };
	g->index[at] = (short)g->n;
	return one;
}

/* What clocks show, asked anew each quarter of an hour only. */
static void
place(struct groups *g, int64_t ms)
{
	int second;

	if (ms >= g->from_ms && ms < g->to_ms)
		return;
	clock_local(ms, &g->day, &second);
	g->hour = second / 3600;
	g->from_ms = ms - ms % 1000 - second % QUARTER * 1000;
	g->to_ms = g->from_ms + QUARTER * 1000;
}

static struct group *
of_day(struct groups *g, int64_t day)
{
	if (day < g->ask->first || day > g->ask->last)
		return NULL;
	return &g->v[g->of_day[day - g->ask->first]];
}

struct group *
groups_of(struct groups *g, const struct fact *f, int64_t at_ms)
{
	switch (g->ask->by) {
	case STATS_DAY:
	case STATS_WEEK:
	case STATS_MONTH:
		place(g, at_ms);
		return of_day(g, g->day);
	case STATS_WEEKDAY_HOUR:
		place(g, at_ms);
		return &g->v[clock_weekday(g->day) * 24 + g->hour];
	case STATS_CATEGORY:
		return named(g, f->category, 0);
	case STATS_LOCATION:
		return named(g, f->building, 0);
	case STATS_PRIORITY:
		return &g->v[f->priority];
	case STATS_ASSIGNEE:
		return named(g, "", f->assignee);
	case STATS_SOURCE:
		return named(g, f->source, 0);
	case STATS_NBY:
		break;
	}
	assert(false);
	return NULL;
}

struct group *
groups_of_backlog(struct groups *g, const struct backlog *row, int64_t day)
{
	struct fact f = { .category = row->category,
	    .priority = row->priority, .building = row->building,
	    .assignee = row->assignee, .source = row->source };

	return groups_by_time(g->ask->by) ? of_day(g, day) :
	    groups_of(g, &f, 0);
}

int
groups_failed(const struct groups *g, struct err *err)
{
	if (g->too_many)
		return err_set(err, ERR_INPUT, "there are more than %d of "
		    "these: choose another dimension, or fewer tickets",
		    STATS_GROUPS_MAX);
	return 0;
}

struct group *
groups_list(struct groups *g, size_t *n_out)
{
	*n_out = g->n;
	return g->v;
}
