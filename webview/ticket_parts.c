#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "db/people_store.h"
#include "parsers/mail.h"
#include "webview/ticket_parts.h"
#include "webview/view.h"

/* ---- a message ---- */

static struct slice
without_blank_ends(struct slice s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.p[s.len - 1]) != NULL)
		s.len--;
	while (s.len > 0 && (*s.p == '\n' || *s.p == '\r')) {
		s.p++;
		s.len--;
	}
	return s;
}

static size_t
lines_of(struct slice s)
{
	struct slice line;
	size_t n = 0;

	while (text_line(&s, &line))
		n++;
	return n;
}

static bool
is_new(json_t *span)
{
	const char *kind = json_string_value(json_object_get(span, "kind"));

	return kind != NULL && (strcmp(kind, mail_span_name(SPAN_NEW)) == 0 ||
	    strcmp(kind, mail_span_name(SPAN_COMMAND)) == 0);
}

/* Where a span ends; what lies behind the cut text is not there. */
static size_t
span_end(json_t *span, size_t whole)
{
	json_int_t at = json_integer_value(json_object_get(span, "offset"));
	json_int_t len = json_integer_value(json_object_get(span, "length"));

	if (at < 0 || len < 0 || (uint64_t)at > whole ||
	    (uint64_t)len > whole - (uint64_t)at)
		return whole;
	return (size_t)at + (size_t)len;
}

static void
add_piece(json_t *list, struct slice s, bool quoted)
{
	json_t *o;

	s = without_blank_ends(s);
	if (s.len == 0)
		return;
	o = json_object();
	json_object_set_new(o, "text", view_text(s.p, s.len));
	json_object_set_new(o, "quoted", json_boolean(quoted));
	json_array_append_new(list, o);
}

/* The whole mail in pieces, the newly written ones apart from the rest. */
static json_t *
pieces(struct slice whole, json_t *spans)
{
	json_t *list = json_array(), *span;
	size_t from = 0, at = 0, i;
	bool quoted = false;

	json_array_foreach(spans, i, span) {
		bool now = !is_new(span);
		size_t end = span_end(span, whole.len);

		if (now != quoted) {
			add_piece(list, (struct slice){ whole.p + from,
			    at - from }, quoted);
			from = at;
			quoted = now;
		}
		if (end > at)
			at = end;
	}
	add_piece(list, (struct slice){ whole.p + from, whole.len - from },
	    quoted);
	return list;
}

/* What the mail had beside its new words, folded: quotes, signature. */
static void
set_whole(json_t *o, const struct message *m)
{
	struct slice whole = slice_of(m->full_text == NULL ? "" :
	    m->full_text);
	json_t *spans, *fold;

	if (slice_eq(without_blank_ends(whole),
	    without_blank_ends(slice_of(m->text))) || whole.len == 0)
		return;
	spans = m->spans == NULL ? NULL : json_loads(m->spans, 0, NULL);
	fold = json_object();
	json_object_set_new(fold, "pieces", pieces(whole, spans));
	json_object_set_new(fold, "lines", json_integer(
	    (json_int_t)lines_of(without_blank_ends(whole))));
	json_object_set_new(o, "whole", fold);
	json_decref(spans);
}

static int
set_files(const struct page_request *r, json_t *o, const struct message *m,
    size_t *room, struct err *err)
{
	json_t *list = json_array(), *file;
	struct attachment *v;
	size_t n, i;

	json_object_set_new(o, "files", list);
	if (attachment_list(r->db, m->id, r->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n && *room > 0; i++, (*room)--) {
		file = json_object();
		json_object_set_new(file, "name", view_line(v[i].name));
		json_object_set_new(file, "type", view_line(v[i].type));
		json_object_set_new(file, "size", view_size(v[i].size));
		json_object_set_new(file, "url", json_string(view_url(r,
		    "tickets/%lld/attachments/%lld", (long long)m->ticket,
		    (long long)v[i].id)));
		json_array_append_new(list, file);
	}
	json_object_set_new(o, "attached", json_boolean(n > 0));
	if (i < n)
		json_object_set_new(o, "more_files", json_integer(
		    (json_int_t)(n - i)));
	return 0;
}

/* Anybody can write any From: only what is proven is said to be somebody's. */
static bool
proven(const struct message *m)
{
	return m->automatic || m->proof != PROVEN_CLAIMED;
}

static void
set_author(const struct page_request *r, json_t *o, const struct message *m)
{
	bool you = m->author != 0 && m->author == r->viewer.person &&
	    (m->proof != PROVEN_CLAIMED || !view_is_staff(r));
	bool all = view_is_staff(r) || you;
	bool named = m->author_name != NULL && m->author_name[0] != '\0';

	json_object_set_new(o, "you", json_boolean(you && proven(m)));
	json_object_set_new(o, "author", view_line(!all ?
	    view_name(r->arena, m->author_name) : named ? m->author_name :
	    m->author_address));
	if (all)
		json_object_set_new(o, "address", view_line(
		    m->author_address));
}

json_t *
part_message(const struct page_request *r, const struct message *m,
    size_t *files, struct err *err)
{
	struct slice text = without_blank_ends(slice_of(m->text == NULL ?
	    "" : m->text));
	bool staff = view_is_staff(r);
	json_t *o = json_object();

	json_object_set_new(o, "id", json_integer(m->id));
	json_object_set_new(o, "when", view_when(r, m->date_ms));
	json_object_set_new(o, "is", view_is(message_visibility_name(
	    m->visibility)));
	json_object_set_new(o, "by", view_is(m->source));
	json_object_set_new(o, "text", view_text(text.p, text.len));
	json_object_set_new(o, "cut", json_boolean(m->text != NULL &&
	    strlen(m->text) >= MESSAGE_SHOWN));
	json_object_set_new(o, "from_staff", json_boolean(m->from_staff &&
	    proven(m)));
	json_object_set_new(o, "automatic", json_boolean(m->automatic));
	set_author(r, o, m);
	if (staff) {
		json_object_set_new(o, "unproven", json_boolean(!proven(m)));
		json_object_set_new(o, "waits", json_boolean(m->pending !=
		    PENDING_NONE && m->pending_until_ms > r->now_ms));
		set_whole(o, m);
	}
	if (set_files(r, o, m, files, err) == -1) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* ---- the history ---- */

static bool
has(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* What the template has words for; the rest is shown as it is called. */
static bool
has_words(const char *what)
{
	static const char *const known[] = { "created", "status", "reopened",
	    "assigned", "took", "category", "priority", "location", "subject", "tags",
	    "due", "requester", "watch", "unwatch", "link", "unlink",
	    "released", "confirmed", "bounced", "undone", "spam",
	    "incident" };
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i], what) == 0)
			return true;
	return false;
}

/* Who did it: to others than staff a name at most. */
static void
set_actor(const struct page_request *r, json_t *o, const struct event *e)
{
	bool desk = e->person == 0 && (e->actor == NULL ||
	    strcmp(e->actor, "system") == 0);

	json_object_set_new(o, "you", json_boolean(e->person != 0 &&
	    e->person == r->viewer.person));
	json_object_set_new(o, "desk_did", json_boolean(desk));
	json_object_set_new(o, "who", e->person == 0 ? json_null() :
	    view_person(r, e->person));
	if (view_is_staff(r))
		json_object_set_new(o, "actor", view_line(e->actor));
}

/* Gave it to themselves? */
static bool
took(const struct event *e)
{
	return strcmp(e->action, "assigned") == 0 && has(e->actor) &&
	    has(e->new_value) && strcmp(e->actor, e->new_value) == 0;
}

json_t *
part_event(const struct page_request *r, const struct event *e)
{
	const char *category = e->field != NULL &&
	    strcmp(e->field, "category") == 0 && has(e->new_value) ?
	    view_category(r->settings, e->new_value) : NULL;
	const char *what = strcmp(e->action, "set") == 0 && has(e->field) ?
	    e->field : took(e) ? "took" : e->action;
	json_t *o = json_object();

	json_object_set_new(o, "when", view_when(r, e->time_ms));
	json_object_set_new(o, "erased", json_boolean(e->erased));
	json_object_set_new(o, "is", view_is(what));
	json_object_set_new(o, "other", json_boolean(!has_words(what)));
	json_object_set_new(o, "action", view_line(e->action));
	json_object_set_new(o, "field", view_line(e->field));
	json_object_set_new(o, "old", view_line(e->old_value));
	json_object_set_new(o, "new", view_line(category != NULL ? category :
	    e->new_value));
	set_actor(r, o, e);
	if (view_is_staff(r))
		json_object_set_new(o, "because", view_line(e->because));
	return o;
}
