#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/people_store.h"
#include "desk/promise.h"
#include "webview/figure.h"
#include "webview/view.h"

#define URL_MAX		((size_t)8192)

/* ---- the question ---- */

static const char *
asked(const struct page_request *r, const char *name)
{
	const char *value = page_param(r, name);

	return *value == '\0' ? NULL : value;
}

static const char *
given(const struct page_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nparams; i++)
		if (strcmp(r->params[i].name, name) == 0)
			return r->params[i].value;
	return NULL;
}

static int
read_assignee(const struct page_request *r, struct figure *f,
    struct err *err)
{
	const char *address = asked(r, "assignee");
	struct person p;
	int rc;

	if (address == NULL)
		return 0;
	if (strcmp(address, "me") == 0) {
		f->ask.assignee = r->viewer.person;
		return 0;
	}
	rc = person_find(r->db, address, r->arena, &p, err);
	if (rc == 1)
		f->ask.assignee = p.id;
	else
		f->nobody = true;
	return rc == -1 ? -1 : 0;
}

static void
read_names(const struct page_request *r, struct figure *f)
{
	const char *measure = asked(r, "measure"), *by = asked(r, "by");
	const char *priority = asked(r, "priority");
	enum ticket_priority p;

	if (measure != NULL && !stats_measure_parse(measure,
	    &f->ask.measure))
		f->wrong = "There is no such measure.";
	if (by != NULL && !stats_by_parse(by, &f->ask.by))
		f->wrong = "There is no such dimension.";
	if (f->wrong == NULL && !stats_possible(f->ask.measure, f->ask.by))
		f->wrong = "A backlog is counted at the end of a day: it has "
		    "no hours.";
	if (f->ask.category != NULL && settings_category(r->settings,
	    f->ask.category) == NULL)
		f->wrong = "There is no such category.";
	if (priority != NULL && !ticket_priority_parse(priority, &p))
		f->wrong = "There is no such priority.";
	else if (priority != NULL)
		f->ask.priority = 1 + (int)p;
}

int
figure_ask(const struct page_request *r, struct figure *figure_out,
    struct err *err)
{
	struct figure f = { .key = given(r, "key") };
	struct err why = { 0 };

	f.ask.category = asked(r, "category");
	f.ask.building = asked(r, "building");
	f.ask.source = asked(r, "source");
	read_names(r, &f);
	if (read_assignee(r, &f, err) == -1)
		return -1;
	if (f.wrong == NULL && stats_period(&f.ask, page_param(r, "from"),
	    page_param(r, "to"), r->now_ms, &why) == -1)
		f.wrong = arena_strdup(r->arena, why.msg);
	if (f.nobody)
		f.ask.assignee = -1;
	*figure_out = f;
	return 0;
}

/* ---- addresses ---- */

struct figure_other
figure_same(const struct figure *f)
{
	return (struct figure_other){ f->ask.measure, f->ask.by,
	    f->ask.first, f->ask.last, f->key };
}

static void
add(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_addf(b, "&%s=", name);
	view_percent(b, value);
}

const char *
figure_url(const struct page_request *r, const char *path,
    const struct figure_other *other)
{
	static const char *const same[] = { "category", "priority",
	    "assignee", "building", "source" };
	struct buf b = BUF_INIT(URL_MAX);
	char day[CLOCK_TEXT_MAX];
	const char *url;
	size_t i;

	buf_addf(&b, "%s?measure=%s&by=%s", path,
	    stats_measure_name(other->measure), stats_by_name(other->by));
	buf_addf(&b, "&from=%s", clock_day_text(other->first, day));
	buf_addf(&b, "&to=%s", clock_day_text(other->last, day));
	for (i = 0; i < sizeof same / sizeof same[0]; i++)
		add(&b, same[i], asked(r, same[i]));
	add(&b, "key", other->key);
	url = view_url(r, "%s", b.failed ? path : buf_str(&b));
	buf_free(&b);
	return url;
}

const char *
figure_list_url(const struct page_request *r, const char *path,
    const char *after)
{
	static const char *const names[] = { "by", "from", "to", "category",
	    "priority", "assignee", "building", "source" };
	struct buf b = BUF_INIT(URL_MAX);
	const char *url;
	size_t i;

	buf_addf(&b, "%s?measure=", path);
	view_percent(&b, page_param(r, "measure"));
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		add(&b, names[i], asked(r, names[i]));
	add(&b, "key", given(r, "key"));
	add(&b, "after", *after == '\0' ? NULL : after);
	url = view_url(r, "%s", b.failed ? path : buf_str(&b));
	buf_free(&b);
	return url;
}

/* ---- what is shown ---- */

json_t *
figure_value(const struct page_request *r, enum stats_measure measure,
    const struct stats_row *row)
{
	static const char *const units[] = { [STATS_TICKETS] = "tickets",
	    [STATS_SECONDS] = "seconds", [STATS_PER_TICKET] = "per_ticket",
	    [STATS_PERCENT] = "percent", [STATS_MARK] = "mark" };
	enum stats_unit unit = stats_unit(measure);
	json_t *o = json_object();

	json_object_set_new(o, "few", json_boolean(row->few));
	json_object_set_new(o, "none", json_boolean(!row->known));
	if (!row->known)
		return o;
	json_object_set_new(o, "unit", view_is(units[unit]));
	json_object_set_new(o, "value", json_string(stats_text(measure, row,
	    r->arena)));
	json_object_set_new(o, "shown", json_string(unit == STATS_SECONDS ?
	    promise_length(r->arena, (int64_t)row->value) :
	    unit == STATS_PERCENT ? arena_printf(r->arena, "%.0f",
	    row->value) : unit == STATS_TICKETS ? stats_text(measure, row,
	    r->arena) : arena_printf(r->arena, "%.1f", row->value)));
	return o;
}

static const char *
name_of(const struct page_request *r, const char *address)
{
	struct person p;

	if (person_find(r->db, address, r->arena, &p, NULL) != 1 ||
	    p.name == NULL || p.name[0] == '\0')
		return address;
	return p.name;
}

json_t *
figure_key(const struct page_request *r, enum stats_by by, const char *key)
{
	json_t *o = json_object();
	const char *shown = by == STATS_CATEGORY ?
	    view_category(r->settings, key) : by == STATS_ASSIGNEE &&
	    *key != '\0' ? name_of(r, key) : key;

	json_object_set_new(o, "shown", view_line(shown));
	json_object_set_new(o, "is", view_is(*key == '\0' ? "none" : key));
	json_object_set_new(o, "of", view_is(stats_by_name(by)));
	return o;
}

/* The first day of the month that lies so many before that day's. */
static int64_t
months_before(int64_t day, int months)
{
	char text[CLOCK_TEXT_MAX];
	uint64_t y = 1970, m = 1;
	int64_t n;

	clock_day_text(day, text);
	text_u64((struct slice){ text, 4 }, &y);
	text_u64((struct slice){ text + 5, 2 }, &m);
	n = (int64_t)(y * 12 + m - 1) - months;
	return clock_days(n / 12, (int)(n % 12) + 1, 1);
}

static int
months_of(int64_t first, int64_t last)
{
	int n = 1;

	while (n < STATS_DAYS_MAX / 28 && months_before(last, n - 1) > first)
		n++;
	return n;
}

struct stats_ask
figure_before(const struct stats_ask *ask)
{
	struct stats_ask before = *ask;
	int64_t days = ask->last - ask->first + 1;

	if (ask->by == STATS_WEEK || ask->by == STATS_WEEKDAY_HOUR)
		days = (days + 6) / 7 * 7;
	before.first = ask->first - days;
	before.last = ask->last - days;
	if (ask->by == STATS_MONTH) {
		before.first = months_before(ask->first,
		    months_of(ask->first, ask->last));
		before.last = ask->first - 1;
	}
	return before;
}
