#include <string.h>

#include "base/text.h"
#include "db/audit_store.h"
#include "db/message_store.h"
#include "desk/objects.h"
#include "webview/prepared.h"
#include "webview/ticket_parts.h"
#include "webview/view.h"

#define THREAD_SHOWN	100	/* messages of a page */
#define THREAD_ROOM	((size_t)400 * 1024)	/* bytes of their texts: as HTML
					 * six times as many, below PAGE_MAX */
#define FILES_SHOWN	300	/* attachments of a page */
#define HISTORY_SHOWN	200	/* events */

/* The ticket as one viewer may see it. */
struct shown {
	const struct page_request	*r;
	struct ticket			 ticket;
	struct objects			 objects;
	struct message			*messages;	/* newest first */
	size_t				 n;
	int64_t				 older;		/* key; 0: no more */
	json_t				*events;	/* oldest first */
};

int
page_absent(const struct page_request *r, struct page_answer *answer,
    struct err *err)
{
	return page_problem(r, 404, "There is no such page", "It may never "
	    "have been there, or it is not yours to see. Look at the list of "
	    "tickets, or log in with the address you wrote from.", answer,
	    err);
}

int
page_may_see(const struct page_request *r, struct ticket *ticket_out,
    struct err *err)
{
	int64_t *v;
	size_t n, i;
	int rc = ticket_get(r->db, r->number, r->arena, ticket_out, err);

	if (rc != 1)
		return rc;
	if (r->viewer.person == 0)
		return 0;
	if (view_is_staff(r) || ticket_out->requester == r->viewer.person)
		return 1;
	if (watcher_list(r->db, r->number, r->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (v[i] == r->viewer.person)
			return 1;
	return 0;
}

static int
keep_event(const struct event *e, void *arg)
{
	struct shown *s = arg;

	if (s->r->format == PAGE_HTML)
		json_array_insert_new(s->events, 0, part_event(s->r, e));
	else
		json_array_insert_new(s->events, 0,
		    object_event(&s->objects, e));
	return 0;
}

static int
load(struct shown *s, int64_t before, struct err *err)
{
	const struct page_request *r = s->r;
	struct message_part part = { r->number, before, s->objects.shared,
	    THREAD_SHOWN, THREAD_ROOM };
	bool more;

	if (message_thread(r->db, &part, r->arena, &s->messages, &s->n,
	    &more, err) == -1)
		return -1;
	if (more)
		s->older = s->messages[s->n - 1].id;
	return audit_history(r->db, r->number, part.shared, HISTORY_SHOWN,
	    r->arena, keep_event, s, err);
}

/* ---- JSON ---- */

static int
answer_json(const struct shown *s, struct page_answer *answer,
    struct err *err)
{
	const struct objects *o = &s->objects;
	json_t *root = object_ticket(o, &s->ticket), *list = json_array();
	size_t i;

	for (i = s->n; i > 0; i--)
		json_array_append_new(list, object_message(o,
		    &s->messages[i - 1]));
	json_object_set_new(root, "messages", list);
	json_object_set_new(root, "watchers", object_watchers(o,
	    s->ticket.number));
	json_object_set_new(root, "links", object_links(o,
	    s->ticket.number));
	json_object_set_new(root, "tags", o->shared ? json_null() :
	    object_text(s->ticket.tags));
	json_object_set(root, "events", s->events);
	json_object_set_new(root, "before", s->older == 0 ? json_null() :
	    json_integer(s->older));
	return page_json(root, answer, err);
}

/* ---- HTML ---- */

/* Of the files those of the newest messages are shown. */
static json_t *
messages_view(const struct shown *s, struct err *err)
{
	json_t *list = json_array(), *m;
	size_t i, files = FILES_SHOWN;

	for (i = 0; i < s->n; i++) {
		m = part_message(s->r, &s->messages[i], &files, err);
		if (m == NULL) {
			json_decref(list);
			return NULL;
		}
		json_array_insert_new(list, 0, m);
	}
	return list;
}

/* For a query; NULL: "". */
static const char *
encoded(const struct page_request *r, const char *text)
{
	struct buf b = BUF_INIT(4096);
	const char *copy;

	view_percent(&b, text == NULL ? "" : text);
	copy = arena_strdup(r->arena, buf_str(&b));
	buf_free(&b);
	return copy == NULL ? "" : copy;
}

static int
set_people(const struct shown *s, json_t *o, struct err *err)
{
	const struct page_request *r = s->r;
	json_t *list = json_array(), *who = view_person(r,
	    s->ticket.requester);
	int64_t *v;
	size_t n, i;

	json_object_set_new(o, "requester", who);
	json_object_set_new(o, "theirs", json_string(view_url(r,
	    "tickets?view=all&requester=%s", encoded(r,
	    json_string_value(json_object_get(who, "address"))))));
	json_object_set_new(o, "assignee", view_person(r,
	    s->ticket.assignee));
	json_object_set_new(o, "watchers", list);
	if (s->objects.shared)
		return 0;
	if (watcher_list(r->db, s->ticket.number, r->arena, &v, &n,
	    err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		json_array_append_new(list, view_person(r, v[i]));
	json_object_set_new(o, "watched", json_boolean(n > 0));
	return 0;
}

static int
set_links(const struct shown *s, json_t *o, struct err *err)
{
	json_t *list = json_array(), *one;
	struct link *v;
	size_t n, i;

	json_object_set_new(o, "links", list);
	if (link_list(s->r->db, s->ticket.number, s->r->arena, &v, &n,
	    err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (s->objects.shared && v[i].kind != LINK_MERGED)
			continue;
		one = json_object();
		json_object_set_new(one, "is", view_is(link_kind_name(
		    v[i].kind)));
		json_object_set_new(one, "number", json_integer(
		    v[i].number));
		json_object_set_new(one, "url", json_string(view_url(s->r,
		    "tickets/%lld", (long long)v[i].number)));
		json_array_append_new(list, one);
	}
	json_object_set_new(o, "linked", json_boolean(
	    json_array_size(list) > 0));
	return 0;
}

static void
set_internal(const struct shown *s, json_t *o)
{
	const struct ticket *t = &s->ticket;

	json_object_set_new(o, "priority", view_priority(t->priority));
	json_object_set_new(o, "late", view_due(s->r, t));
	json_object_set_new(o, "due", view_when(s->r, t->due_ms));
	json_object_set_new(o, "answer_due", view_when(s->r,
	    t->first_response_ms == 0 && t->status != TICKET_CLOSED ?
	    t->first_response_due_ms : 0));
	json_object_set_new(o, "resolve_due", view_when(s->r,
	    t->status == TICKET_CLOSED ? 0 : t->resolve_due_ms));
	json_object_set_new(o, "tags", view_line(t->tags));
	json_object_set_new(o, "spam", json_boolean((t->flags &
	    TICKET_SPAM) != 0));
	json_object_set_new(o, "bulk", json_boolean((t->flags &
	    TICKET_BULK) != 0));
	json_object_set_new(o, "incident", json_boolean((t->flags &
	    TICKET_INCIDENT) != 0));
}

static json_t *
ticket_view(const struct shown *s, struct err *err)
{
	const struct ticket *t = &s->ticket;
	json_t *o = json_object();

	json_object_set_new(o, "number", json_integer(t->number));
	json_object_set_new(o, "subject", view_line(t->subject));
	json_object_set_new(o, "status", view_status(t->status));
	json_object_set_new(o, "closed", json_boolean(t->status ==
	    TICKET_CLOSED));
	json_object_set_new(o, "closed_at", view_when(s->r, t->closed_ms));
	json_object_set_new(o, "category", view_line(view_category(
	    s->r->settings, t->category)));
	json_object_set_new(o, "location", view_line(t->location));
	json_object_set_new(o, "created", view_when(s->r, t->created_ms));
	if (!s->objects.shared)
		set_internal(s, o);
	if (set_people(s, o, err) == -1 || set_links(s, o, err) == -1) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static int
answer_html(const struct shown *s, struct page_answer *answer,
    struct err *err)
{
	const struct page_request *r = s->r;
	json_t *root = json_object(), *ticket = ticket_view(s, err);
	json_t *messages = ticket == NULL ? NULL : messages_view(s, err);
	int rc = -1;

	json_object_set_new(root, "on_tickets", json_true());
	json_object_set_new(root, "staff", json_boolean(!s->objects.shared));
	json_object_set_new(root, "json", json_string(view_url(r,
	    "tickets/%lld.json", (long long)s->ticket.number)));
	json_object_set_new(root, "older", json_string(s->older == 0 ? "" :
	    view_url(r, "tickets/%lld?before=%lld",
	    (long long)s->ticket.number, (long long)s->older)));
	json_object_set_new(root, "newest", json_string(*page_param(r,
	    "before") == '\0' ? "" : view_url(r, "tickets/%lld",
	    (long long)s->ticket.number)));
	json_object_set(root, "history", s->events);
	json_object_set_new(root, "happened", json_boolean(
	    json_array_size(s->events) > 0));
	json_object_set_new(root, "actions", prepared_for(r, &s->ticket));
	json_object_set_new(root, "mail_subject", view_line(
	    prepared_subject(r, &s->ticket)));
	if (ticket != NULL && messages != NULL) {
		json_object_set(root, "ticket", ticket);
		json_object_set(root, "messages", messages);
		rc = page_render(r, "ticket", root, answer, err);
	}
	json_decref(ticket);
	json_decref(messages);
	json_decref(root);
	return rc;
}

int
page_ticket(const struct page_request *r, struct page_answer *answer,
    struct err *err)
{
	struct shown s = { .r = r, .objects = { r->db, r->arena,
	    !view_is_staff(r), r->viewer.person } };
	const char *before = page_param(r, "before");
	uint64_t key = 0;
	int rc = page_may_see(r, &s.ticket, err);

	if (rc == 1 && *before != '\0' && (!text_u64(slice_of(before),
	    &key) || key == 0 || key > INT64_MAX))
		rc = 0;
	if (rc == 0)
		return page_absent(r, answer, err);
	if (rc == -1)
		return -1;
	s.events = json_array();
	rc = load(&s, (int64_t)key, err);
	if (rc == 0)
		rc = r->format == PAGE_JSON ? answer_json(&s, answer, err) :
		    answer_html(&s, answer, err);
	json_decref(s.events);
	if (rc == 0)
		page_etag(r, answer);
	return rc;
}
