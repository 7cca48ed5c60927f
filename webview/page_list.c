#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/csv.h"
#include "db/people_store.h"
#include "desk/objects.h"
#include "webview/list_ask.h"
#include "webview/view.h"

#define URL_MAX	((size_t)16384)	/* bytes of a row's address */

/* A list being made. */
struct list {
	const struct page_request	*r;
	struct list_ask			 ask;
	struct objects			 objects;
	struct view_people		 people;
	json_t				*status[TICKET_CLOSED + 1];
	struct buf			 url;		/* of a row */
	size_t				 base;		/* bytes, of each */
	json_t				*rows;		/* HTML, JSON */
	struct buf			*csv;
	int				 n;
	bool				 more;		/* below the last */
	int64_t				 last_ms, last_number;
};

/* ---- rows ---- */

/* When a requester may think that something happened last. */
static int64_t
changed_ms(const struct list *l, const struct ticket *t)
{
	int64_t ms = 0;

	if (l->ask.staff)
		return t->updated_ms;
	if (ticket_public_ms(l->r->db, t->number, &ms, NULL) == -1 || ms == 0)
		return t->created_ms;
	return ms;
}

static void
set(json_t *o, const char *name, json_t *value)
{
	json_object_set_new_nocheck(o, name, value);
}

static json_t *
status_view(struct list *l, enum ticket_status status)
{
	if (l->status[status] == NULL)
		l->status[status] = view_status(status);
	return json_incref(l->status[status]);
}

static json_t *
url_view(struct list *l, int64_t number)
{
	json_t *v;

	l->url.len = l->base;
	buf_addi(&l->url, number);
	v = json_stringn(l->url.p, l->url.len);
	return v == NULL ? json_string("") : v;
}

static json_t *
row_view(struct list *l, const struct ticket *t)
{
	const struct page_request *r = l->r;
	json_t *o = json_object();

	set(o, "number", json_integer(t->number));
	set(o, "url", url_view(l, t->number));
	set(o, "subject", view_line(t->subject));
	set(o, "status", status_view(l, t->status));
	set(o, "closed", json_boolean(t->status == TICKET_CLOSED));
	set(o, "category", view_line(view_category(r->settings,
	    t->category)));
	set(o, "location", view_line(t->location));
	set(o, "assignee", view_people_person(&l->people, r, t->assignee));
	set(o, "changed", view_when(r, changed_ms(l, t)));
	if (!l->ask.staff)
		return o;
	set(o, "requester", view_people_person(&l->people, r, t->requester));
	set(o, "priority", t->priority == PRIORITY_NORMAL ?
	    json_null() : view_priority(t->priority));
	set(o, "due", view_due(r, t));
	set(o, "incident", json_boolean((t->flags & TICKET_INCIDENT) != 0));
	set(o, "bulk", json_boolean((t->flags & TICKET_BULK) != 0));
	return o;
}

static const char *
cell_text(json_t *object, const char *name, const char *inner)
{
	json_t *v = json_object_get(object, name);
	const char *text = json_string_value(inner == NULL ? v :
	    json_object_get(v, inner));

	return text == NULL ? "" : text;
}

/* The words of contract §2; of a person the address, the name behind. */
static const struct column {
	const char	*title, *name, *inner;
} columns[] = {
	{ "status", "status", NULL },
	{ "subject", "subject", NULL },
	{ "category", "category", NULL },
	{ "priority", "priority", NULL },
	{ "location", "location", NULL },
	{ "assignee", "assignee", "address" },
	{ "requester", "requester", "address" },
	{ "created", "created", NULL },
	{ "updated", "updated", NULL },
	{ "first_response_due", "first_response_due", NULL },
	{ "resolve_due", "resolve_due", NULL },
	{ "assignee_name", "assignee", "name" },
	{ "requester_name", "requester", "name" },
};
#define NCOLUMNS	(sizeof columns / sizeof columns[0])

static void
csv_head(struct buf *out)
{
	size_t i;

	buf_adds(out, "number");
	for (i = 0; i < NCOLUMNS; i++)
		buf_addf(out, ",%s", columns[i].title);
	buf_adds(out, "\r\n");
}

static void
csv_ticket(struct buf *out, const struct ticket *t, json_t *object)
{
	size_t i;

	buf_addf(out, "%lld", (long long)t->number);
	for (i = 0; i < NCOLUMNS; i++) {
		buf_addc(out, ',');
		csv_cell(out, cell_text(object, columns[i].name,
		    columns[i].inner));
	}
	buf_adds(out, "\r\n");
	json_decref(object);
}

static int
add_row(const struct ticket *t, void *arg)
{
	struct list *l = arg;

	if (l->n == l->ask.filter.limit) {
		l->more = true;
		return 1;
	}
	switch (l->r->format) {
	case PAGE_HTML:
		json_array_append_new(l->rows, row_view(l, t));
		break;
	case PAGE_JSON:
		json_array_append_new(l->rows, object_ticket(&l->objects,
		    t));
		break;
	case PAGE_CSV:
		csv_ticket(l->csv, t, object_ticket(&l->objects, t));
		break;
	}
	l->n++;
	l->last_ms = t->updated_ms;
	l->last_number = t->number;
	return 0;
}

/* A ticket behind a figure: in the order of the time it is counted by. */
static int
add_behind(int64_t number, int64_t at_ms, void *arg)
{
	struct list *l = arg;
	struct ticket t;

	if (ticket_get(l->r->db, number, l->r->arena, &t, NULL) != 1)
		return 0;
	if (add_row(&t, l) != 0)
		return 1;
	l->last_ms = at_ms;
	return 0;
}

static int
read_behind(struct list *l, struct err *err)
{
	const struct figure *f = &l->ask.figure;
	struct stats_part part = { &f->ask, f->key, l->ask.filter.before_ms,
	    l->ask.filter.before_number };
	struct err why = { 0 };
	int rc = stats_tickets(l->r->db, &part, l->r->now_ms, l->r->arena,
	    add_behind, l, &why);

	/* a key that no row has is behind nothing */
	return rc == -1 && why.code != ERR_INPUT ? err_set(err, why.code,
	    "%s", why.msg) : 0;
}

/* One more than is shown, to know whether there is more. */
static int
read_rows(struct list *l, struct err *err)
{
	struct ticket_filter f = l->ask.filter;

	f.limit++;
	if (l->ask.nobody)
		return 0;
	if (l->ask.behind)
		return read_behind(l, err);
	return l->ask.staff ? ticket_list(l->r->db, &f, add_row, l, err) :
	    ticket_list_own(l->r->db, &f, add_row, l, err);
}

/* ---- what stands around them ---- */

static int
tabs_view(const struct list *l, json_t *root, struct err *err)
{
	json_t *tabs = json_array();
	const char *const *v;
	int64_t open = 0, active = 0;

	json_object_set_new(root, "tabs", tabs);
	if (l->ask.staff && ticket_shown(l->r->db, &open, &active, err) == -1)
		return -1;
	for (v = list_views(l->ask.staff); *v != NULL; v++) {
		json_t *o = json_object();

		json_object_set_new(o, "is", view_is(*v));
		json_object_set_new(o, "url", json_string(list_url(l->r,
		    "tickets", *v, "")));
		json_object_set_new(o, "on",
		    json_boolean(strcmp(*v, l->ask.view) == 0));
		if (l->ask.staff && strcmp(*v, "open") == 0)
			json_object_set_new(o, "count", json_integer(open));
		if (l->ask.staff && strcmp(*v, "active") == 0)
			json_object_set_new(o, "count",
			    json_integer(active));
		json_array_append_new(tabs, o);
	}
	return 0;
}

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

static json_t *
categories_view(const struct page_request *r)
{
	const struct settings *s = r->settings;
	const char *chosen = page_param(r, "category");
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->ncategories; i++)
		json_array_append_new(list, option(s->categories[i].name,
		    view_category(s, s->categories[i].name),
		    strcmp(s->categories[i].name, chosen) == 0));
	return list;
}

static json_t *
priorities_view(const struct page_request *r)
{
	const char *chosen = page_param(r, "priority");
	json_t *list = json_array();
	int p;

	for (p = PRIORITY_URGENT; p >= PRIORITY_LOW; p--) {
		const char *name =
		    ticket_priority_name((enum ticket_priority)p);

		json_array_append_new(list, option(name, name,
		    strcmp(name, chosen) == 0));
	}
	return list;
}

static int
staff_view(const struct page_request *r, json_t *root, struct err *err)
{
	const char *chosen = page_param(r, "assignee");
	json_t *list = json_array();
	struct person *v;
	size_t n, i;

	json_object_set_new(root, "assignees", list);
	if (person_staff(r->db, NULL, r->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		json_array_append_new(list, option(v[i].address,
		    v[i].name[0] == '\0' ? v[i].address : v[i].name,
		    strcmp(v[i].address, chosen) == 0 ||
		    (strcmp(chosen, "me") == 0 &&
		    v[i].id == r->viewer.person)));
	return 0;
}

static int
filters_view(const struct list *l, json_t *root, struct err *err)
{
	static const char *const same[] = { "q", "location", "requester" };
	const struct page_request *r = l->r;
	json_t *f = json_object();
	size_t i;

	json_object_set_new(root, "filter", f);
	for (i = 0; i < sizeof same / sizeof same[0]; i++)
		json_object_set_new(f, same[i], view_line(page_param(r,
		    same[i])));
	json_object_set_new(f, "view", view_line(l->ask.view));
	json_object_set_new(f, "on", json_boolean(l->ask.filtered));
	json_object_set_new(f, "none", json_string(view_url(r,
	    "tickets?view=%s", l->ask.view)));
	json_object_set_new(root, "categories", categories_view(r));
	if (!l->ask.staff)
		return 0;
	json_object_set_new(root, "priorities", priorities_view(r));
	return staff_view(r, root, err);
}

/* Why there is nothing, for the words that help. */
static json_t *
empty_view(const struct list *l)
{
	if (l->n > 0)
		return json_null();
	if (*page_param(l->r, "after") != '\0')
		return view_is("end");
	if (l->ask.nobody)
		return view_is("nobody");
	return view_is(l->ask.behind ? "none_behind" : l->ask.filtered ?
	    "filtered" : l->ask.view);
}

/* Which figure's tickets these are, and the way back to it. */
static json_t *
behind_view(const struct list *l)
{
	const struct page_request *r = l->r;
	const struct figure *f = &l->ask.figure;
	struct figure_other same = figure_same(f);
	char from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];
	json_t *o;

	if (!l->ask.behind)
		return json_null();
	same.key = NULL;
	o = json_object();
	json_object_set_new(o, "measure", view_is(stats_measure_name(
	    f->ask.measure)));
	json_object_set_new(o, "by", view_is(stats_by_name(f->ask.by)));
	json_object_set_new(o, "key", f->key == NULL ? json_null() :
	    figure_key(r, f->ask.by, f->key));
	json_object_set_new(o, "from", json_string(clock_day_text(
	    f->ask.first, from)));
	json_object_set_new(o, "to", json_string(clock_day_text(f->ask.last,
	    to)));
	json_object_set_new(o, "url", json_string(figure_url(r, "analytics",
	    &same)));
	json_object_set_new(o, "all", json_integer(l->n));
	json_object_set_new(o, "whole", json_boolean(!l->more &&
	    *page_param(r, "after") == '\0'));
	return o;
}

static int
answer_html(const struct list *l, struct page_answer *answer,
    struct err *err)
{
	json_t *root = json_object();
	const struct page_request *r = l->r;
	const char *key = l->more ? list_key(r, &l->ask, l->last_ms,
	    l->last_number) : "";
	int rc = -1;

	json_object_set(root, "rows", l->rows);
	json_object_set_new(root, "on_tickets", json_true());
	json_object_set_new(root, "staff", json_boolean(l->ask.staff));
	json_object_set_new(root, "view", view_is(l->ask.behind ? "behind" :
	    l->ask.view));
	json_object_set_new(root, "behind", behind_view(l));
	json_object_set_new(root, "empty", empty_view(l));
	json_object_set_new(root, "next", json_string(l->more ? list_url(r,
	    "tickets", l->ask.view, key) : ""));
	json_object_set_new(root, "first", json_string(*page_param(r, "after")
	    == '\0' ? "" : list_url(r, "tickets", l->ask.view, "")));
	json_object_set_new(root, "json", json_string(list_url(r,
	    "tickets.json", l->ask.view, "")));
	json_object_set_new(root, "csv", json_string(list_url(r,
	    "tickets.csv", l->ask.view, "")));
	if (tabs_view(l, root, err) == 0 && filters_view(l, root, err) == 0)
		rc = page_render(r, "tickets", root, answer, err);
	json_decref(root);
	return rc;
}

static int
answer_json(const struct list *l, struct page_answer *answer,
    struct err *err)
{
	return page_json(json_pack("{s:O,s:o}", "tickets", l->rows, "next",
	    l->more ? json_string(list_key(l->r, &l->ask, l->last_ms,
	    l->last_number)) : json_null()), answer, err);
}

static int
answer_list(struct list *l, struct page_answer *answer, struct err *err)
{
	if (l->r->format == PAGE_CSV) {
		answer->type = "text/csv; charset=utf-8";
		csv_head(&answer->body);
	}
	if (read_rows(l, err) == -1)
		return -1;
	if (l->r->format == PAGE_HTML)
		return answer_html(l, answer, err);
	if (l->r->format == PAGE_JSON)
		return answer_json(l, answer, err);
	return answer->body.failed ? err_set(err, ERR_INPUT,
	    "the list is too long") : 0;
}

int
page_tickets(const struct page_request *r, struct page_answer *answer,
    struct err *err)
{
	struct list l = { .r = r, .csv = &answer->body,
	    .url = BUF_INIT(URL_MAX) };
	size_t i;
	int rc;

	if (list_ask(r, &l.ask, err) == -1)
		return -1;
	if (l.ask.wrong != NULL)
		return page_problem(r, 400, l.ask.wrong, "Open the list from "
		    "its start, and choose there.", answer, err);
	l.objects = (struct objects){ r->db, r->arena, !l.ask.staff,
	    r->viewer.person };
	buf_adds(&l.url, view_url(r, "tickets/"));
	l.base = l.url.len;
	l.rows = json_array();
	rc = answer_list(&l, answer, err);
	json_decref(l.rows);
	buf_free(&l.url);
	view_people_free(&l.people);
	for (i = 0; i < sizeof l.status / sizeof l.status[0]; i++)
		json_decref(l.status[i]);
	if (rc == 0)
		page_etag(r, answer);
	return rc;
}
