#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/csv.h"
#include "desk/promise.h"
#include "desk/stats_groups.h"
#include "webview/figure.h"
#include "webview/ticket_parts.h"
#include "webview/view.h"

#define BAR	100		/* units of the longest bar */
#define HEATS	5		/* shades of the map of a week */

struct analysis {
	const struct page_request	*r;
	struct figure			 f;
	struct stats_ask		 earlier;
	struct stats			 now, before;
};

static bool
by_time(const struct analysis *a)
{
	return groups_by_time(a->f.ask.by);
}

static bool
is_spread(const struct analysis *a)
{
	return stats_unit(a->f.ask.measure) == STATS_SECONDS;
}

/* ---- CSV, JSON ---- */

static int
answer_csv(const struct analysis *a, struct page_answer *answer,
    struct err *err)
{
	struct buf *b = &answer->body;
	size_t i;

	answer->type = "text/csv; charset=utf-8";
	buf_adds(b, "key,value\r\n");
	for (i = 0; i < a->now.n; i++) {
		csv_cell(b, a->now.rows[i].key);
		buf_addf(b, ",%s\r\n", stats_text(a->f.ask.measure,
		    &a->now.rows[i], a->r->arena));
	}
	return b->failed ? err_set(err, ERR_INPUT, "too long") : 0;
}

static json_t *
day_json(int64_t day)
{
	char text[CLOCK_TEXT_MAX];

	return json_string(clock_day_text(day, text));
}

static int
answer_json(const struct analysis *a, struct page_answer *answer,
    struct err *err)
{
	enum stats_measure measure = a->f.ask.measure;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->now.n; i++)
		json_array_append_new(list, json_pack("{s:s, s:o}", "key",
		    a->now.rows[i].key, "value", stats_json(measure,
		    &a->now.rows[i])));
	return page_json(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}",
	    "measure", stats_measure_name(measure),
	    "by", stats_by_name(a->f.ask.by),
	    "from", day_json(a->f.ask.first), "to", day_json(a->f.ask.last),
	    "total", stats_json(measure, &a->now.total),
	    "before", stats_json(measure, &a->before.total),
	    "stats", list), answer, err);
}

/* ---- HTML: the rows ---- */

/* What the same row was before: by time the one in the same place. */
static const struct stats_row *
earlier(const struct analysis *a, size_t at)
{
	size_t i;

	if (by_time(a) || a->f.ask.by == STATS_WEEKDAY_HOUR)
		return at < a->before.n ? &a->before.rows[at] : NULL;
	for (i = 0; i < a->before.n; i++)
		if (strcmp(a->before.rows[i].key, a->now.rows[at].key) == 0)
			return &a->before.rows[i];
	return NULL;
}

/* {up|down|same: true, percent}; null where it says nothing. */
static json_t *
change(const struct stats_row *now, const struct stats_row *before)
{
	double percent;
	json_t *o;

	if (before == NULL || !now->known || !before->known ||
	    before->value <= 0)
		return json_null();
	percent = round(100 * (now->value - before->value) / before->value);
	o = view_is(percent > 0 ? "up" : percent < 0 ? "down" : "same");
	json_object_set_new(o, "percent",
	    json_integer((json_int_t)fabs(percent)));
	return o;
}

static double
largest(const struct stats *s)
{
	double most = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->rows[i].value > most)
			most = s->rows[i].value;
	return most;
}

static const char *
tickets_url(const struct analysis *a, const struct stats_row *row,
    bool total)
{
	struct figure_other other = figure_same(&a->f);

	other.key = total ? NULL : row->key;
	return row->n == 0 ? "" : figure_url(a->r, "tickets", &other);
}

static json_t *
percentile(const struct page_request *r, const struct stats_row *row,
    double seconds)
{
	json_t *o = json_object();

	json_object_set_new(o, "none", json_boolean(!row->known));
	json_object_set_new(o, "value", json_integer((json_int_t)seconds));
	json_object_set_new(o, "shown", json_string(promise_length(r->arena,
	    (int64_t)seconds)));
	return o;
}

static json_t *
row_view(const struct analysis *a, const struct stats_row *row,
    const struct stats_row *before, double most)
{
	enum stats_measure measure = a->f.ask.measure;
	json_t *o = json_object();

	json_object_set_new(o, "key", figure_key(a->r, a->f.ask.by,
	    row->key));
	json_object_set_new(o, "value", figure_value(a->r, measure, row));
	json_object_set_new(o, "n", json_integer(row->n));
	json_object_set_new(o, "url", json_string(tickets_url(a, row,
	    false)));
	json_object_set_new(o, "bar", json_integer(most <= 0 ? 0 :
	    (json_int_t)ceil(BAR * row->value / most)));
	json_object_set_new(o, "before", before == NULL ? json_null() :
	    figure_value(a->r, measure, before));
	json_object_set_new(o, "change", change(row, before));
	if (is_spread(a)) {
		json_object_set_new(o, "p50", percentile(a->r, row,
		    row->p50));
		json_object_set_new(o, "p90", percentile(a->r, row,
		    row->p90));
	}
	return o;
}

/* Priorities that nobody has are of no interest, days without tickets are. */
static bool
is_shown(const struct analysis *a, const struct stats_row *row)
{
	return by_time(a) || row->n > 0;
}

static json_t *
rows_view(const struct analysis *a)
{
	double most = largest(&a->now);
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->now.n; i++)
		if (is_shown(a, &a->now.rows[i]))
			json_array_append_new(list, row_view(a,
			    &a->now.rows[i], earlier(a, i), most));
	return list;
}

/* A week: seven rows of 24 hours. */
static json_t *
week_view(const struct analysis *a)
{
	static const char *const days[] = { "mon", "tue", "wed", "thu", "fri",
	    "sat", "sun" };
	double most = largest(&a->now);
	json_t *week = json_array(), *day, *hours = NULL, *o;
	size_t i;

	for (i = 0; i < a->now.n; i++) {
		const struct stats_row *row = &a->now.rows[i];

		if (i % 24 == 0) {
			day = json_object();
			hours = json_array();
			json_object_set_new(day, "is", view_is(days[i / 24]));
			json_object_set_new(day, "hours", hours);
			json_array_append_new(week, day);
		}
		o = json_object();
		json_object_set_new(o, "value", figure_value(a->r,
		    a->f.ask.measure, row));
		json_object_set_new(o, "heat", json_integer(row->value <= 0 ||
		    most <= 0 ? 0 : (json_int_t)ceil(HEATS * row->value /
		    most)));
		json_object_set_new(o, "url", json_string(tickets_url(a, row,
		    false)));
		json_array_append_new(hours, o);
	}
	return week;
}

/* ---- HTML: what may be asked ---- */

static json_t *
option(const char *value, const char *shown, bool chosen)
{
	json_t *o = json_object();

	json_object_set_new(o, "value", view_line(value));
	json_object_set_new(o, "shown", view_line(shown));
	json_object_set_new(o, "is", view_is(value));
	json_object_set_new(o, "chosen", json_boolean(chosen));
	return o;
}

static void
set_options(const struct analysis *a, json_t *root)
{
	const struct settings *s = a->r->settings;
	const char *chosen = page_param(a->r, "category");
	json_t *measures = json_array(), *bys = json_array();
	json_t *categories = json_array();
	size_t i;

	for (int m = 0; m < STATS_NMEASURES; m++)
		json_array_append_new(measures, option(stats_measure_name(
		    (enum stats_measure)m), "", m == (int)
		    a->f.ask.measure));
	for (int b = 0; b < STATS_NBY; b++)
		json_array_append_new(bys, option(stats_by_name(
		    (enum stats_by)b), "", b == (int)a->f.ask.by));
	for (i = 0; i < s->ncategories; i++)
		json_array_append_new(categories, option(
		    s->categories[i].name, view_category(s,
		    s->categories[i].name), strcmp(s->categories[i].name,
		    chosen) == 0));
	json_object_set_new(root, "measures", measures);
	json_object_set_new(root, "bys", bys);
	json_object_set_new(root, "categories", categories);
}

/* The usual periods, each a click, up to today. */
static json_t *
periods_view(const struct analysis *a)
{
	static const struct { const char *name; int days; } periods[] = {
		{ "week", 7 }, { "weeks4", 28 }, { "weeks13", 91 },
		{ "year", 364 },
	};
	json_t *list = json_array(), *o;
	struct figure_other other = figure_same(&a->f);
	int64_t today;
	int second;
	size_t i;

	clock_local(a->r->now_ms, &today, &second);
	other.key = NULL;
	other.last = today;
	for (i = 0; i < sizeof periods / sizeof periods[0]; i++) {
		other.first = today - periods[i].days + 1;
		o = json_object();
		json_object_set_new(o, "is", view_is(periods[i].name));
		json_object_set_new(o, "url", json_string(figure_url(a->r,
		    "analytics", &other)));
		json_object_set_new(o, "on", json_boolean(a->f.ask.last ==
		    today && a->f.ask.first == other.first));
		json_array_append_new(list, o);
	}
	return list;
}

/* What is left out, each with the address that has it in again. */
static json_t *
narrowed_view(const struct analysis *a)
{
	static const char *const names[] = { "priority", "assignee",
	    "building", "source" };
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = page_param(a->r, names[i]);

		if (*value == '\0')
			continue;
		o = json_object();
		json_object_set_new(o, "name", json_string(names[i]));
		json_object_set_new(o, "is", view_is(names[i]));
		json_object_set_new(o, "value", view_line(value));
		json_array_append_new(list, o);
	}
	return list;
}

static void
set_total(const struct analysis *a, json_t *root)
{
	struct stats_row same = a->now.total;
	struct figure_other other = figure_same(&a->f);
	json_t *o = json_object();

	json_object_set_new(o, "value", figure_value(a->r, a->f.ask.measure,
	    &same));
	json_object_set_new(o, "n", json_integer(same.n));
	json_object_set_new(o, "url", json_string(tickets_url(a, &same,
	    true)));
	json_object_set_new(o, "change", change(&same, &a->before.total));
	json_object_set_new(o, "before", figure_value(a->r, a->f.ask.measure,
	    &a->before.total));
	json_object_set_new(o, "from", day_json(a->earlier.first));
	json_object_set_new(o, "to", day_json(a->earlier.last));
	other.key = NULL;
	other.first = a->earlier.first;
	other.last = a->earlier.last;
	json_object_set_new(o, "earlier", json_string(figure_url(a->r,
	    "analytics", &other)));
	if (is_spread(a)) {
		json_object_set_new(o, "p50", percentile(a->r, &same,
		    same.p50));
		json_object_set_new(o, "p90", percentile(a->r, &same,
		    same.p90));
	}
	json_object_set_new(root, "total", o);
}

static int
answer_html(const struct analysis *a, struct page_answer *answer,
    struct err *err)
{
	const struct page_request *r = a->r;
	bool week = a->f.ask.by == STATS_WEEKDAY_HOUR;
	struct figure_other same = figure_same(&a->f);
	json_t *root = json_object();
	int rc;

	same.key = NULL;
	json_object_set_new(root, "on_analytics", json_true());
	json_object_set_new(root, "measure", view_is(stats_measure_name(
	    a->f.ask.measure)));
	json_object_set_new(root, "by", view_is(stats_by_name(
	    a->f.ask.by)));
	json_object_set_new(root, "by_time", json_boolean(by_time(a)));
	json_object_set_new(root, "counts", json_boolean(stats_unit(
	    a->f.ask.measure) == STATS_TICKETS));
	json_object_set_new(root, "spread", json_boolean(is_spread(a)));
	json_object_set_new(root, "from", day_json(a->f.ask.first));
	json_object_set_new(root, "to", day_json(a->f.ask.last));
	json_object_set_new(root, "empty", json_boolean(a->now.total.n ==
	    0));
	json_object_set_new(root, week ? "week" : "rows", week ?
	    week_view(a) : rows_view(a));
	json_object_set_new(root, "periods", periods_view(a));
	json_object_set_new(root, "narrowed", narrowed_view(a));
	json_object_set_new(root, "csv", json_string(figure_url(r,
	    "analytics.csv", &same)));
	json_object_set_new(root, "json", json_string(figure_url(r,
	    "analytics.json", &same)));
	set_options(a, root);
	set_total(a, root);
	rc = page_render(r, "analytics", root, answer, err);
	json_decref(root);
	return rc;
}

/* ---- the page ---- */

static int
wrong(const struct page_request *r, const char *what,
    struct page_answer *answer, struct err *err)
{
	return page_problem(r, 400, "This cannot be shown", what, answer,
	    err);
}

int
page_analytics(const struct page_request *r, struct page_answer *answer,
    struct err *err)
{
	struct analysis a = { .r = r };
	struct err why = { 0 };
	int rc;

	if (!view_is_staff(r))
		return page_absent(r, answer, err);
	if (figure_ask(r, &a.f, err) == -1)
		return -1;
	if (a.f.wrong != NULL)
		return wrong(r, a.f.wrong, answer, err);
	a.earlier = figure_before(&a.f.ask);
	rc = stats_make(r->db, &a.f.ask, r->now_ms, r->arena, &a.now, &why);
	if (rc == 0)
		rc = stats_make(r->db, &a.earlier, r->now_ms, r->arena,
		    &a.before, &why);
	if (rc == -1 && why.code == ERR_INPUT)
		return wrong(r, why.msg, answer, err);
	if (rc == -1)
		return err_set(err, why.code, "%s", why.msg);
	rc = r->format == PAGE_CSV ? answer_csv(&a, answer, err) :
	    r->format == PAGE_JSON ? answer_json(&a, answer, err) :
	    answer_html(&a, answer, err);
	if (rc == 0)
		page_etag(r, answer);
	return rc;
}
