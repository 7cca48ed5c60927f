#include <string.h>

#include "base/clock.h"
#include "db/people_store.h"
#include "desk/compose_context.h"
#include "desk/objects.h"

json_t *
object_time(int64_t ms)
{
	char text[CLOCK_TEXT_MAX];

	return ms == 0 ? json_null() : json_string(clock_rfc3339(ms, text));
}

json_t *
object_text(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

/* Many are named by their address: others see its local part at most (I7). */
static json_t *
name_of(const struct objects *o, const char *name, bool whole)
{
	return object_text(whole || name == NULL ? name :
	    compose_author(o->arena, name));
}

json_t *
object_person(const struct objects *o, int64_t id)
{
	bool whole = !o->shared || id == o->viewer;
	struct person p;

	if (id == 0 || person_get(o->db, id, o->arena, &p, NULL) != 1)
		return json_null();
	return json_pack("{s:o,s:o}", "name", name_of(o, p.name, whole),
	    "address", object_text(whole ? p.address : NULL));
}

json_t *
object_ticket(const struct objects *o, const struct ticket *t)
{
	json_t *v = json_object(), *who = object_person(o, t->requester);
	int64_t updated = t->updated_ms;

	if (json_is_null(who))
		who = json_pack("{s:n,s:n}", "name", "address");
	if (o->shared && (ticket_public_ms(o->db, t->number, &updated,
	    NULL) == -1 || updated == 0))
		updated = t->created_ms;
	json_object_set_new(v, "number", json_integer(t->number));
	json_object_set_new(v, "status",
	    json_string(ticket_status_name(t->status)));
	json_object_set_new(v, "subject", object_text(t->subject));
	json_object_set_new(v, "category", object_text(t->category));
	json_object_set_new(v, "priority", o->shared ? json_null() :
	    json_string(ticket_priority_name(t->priority)));
	json_object_set_new(v, "location",
	    t->location[0] == '\0' ? json_null() : json_string(t->location));
	json_object_set_new(v, "assignee", object_person(o, t->assignee));
	json_object_set_new(v, "requester", who);
	json_object_set_new(v, "created", object_time(t->created_ms));
	json_object_set_new(v, "updated", object_time(updated));
	json_object_set_new(v, "first_response_due", object_time(o->shared ?
	    0 : t->first_response_due_ms));
	json_object_set_new(v, "resolve_due", object_time(o->shared ? 0 :
	    t->resolve_due_ms));
	return v;
}

static json_t *
attachments(const struct objects *o, int64_t message)
{
	json_t *list = json_array();
	struct attachment *v;
	size_t n, i;

	if (attachment_list(o->db, message, o->arena, &v, &n, NULL) == -1)
		return list;
	for (i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:I,s:o,s:o,s:I}",
		    "id", (json_int_t)v[i].id,
		    "name", object_text(v[i].name),
		    "type", object_text(v[i].type),
		    "size", (json_int_t)v[i].size));
	return list;
}

json_t *
object_message(const struct objects *o, const struct message *m)
{
	bool own = !o->shared || (m->author != 0 && m->author == o->viewer);

	return json_pack("{s:I,s:o,s:{s:o,s:o},s:s,s:o,s:s,s:o,s:o}",
	    "id", (json_int_t)m->id,
	    "date", object_time(m->date_ms),
	    "author", "name", name_of(o, m->author_name, own),
	    "address", object_text(own ? m->author_address : NULL),
	    "visibility", message_visibility_name(m->visibility),
	    "proof", o->shared ? json_null() :
	    json_string(message_proof_name(m->proof)),
	    "source", m->source,
	    "text", object_text(m->text),
	    "attachments", attachments(o, m->id));
}

json_t *
object_event(const struct objects *o, const struct event *e)
{
	bool mine = e->person != 0 && e->person == o->viewer;

	return json_pack("{s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o}",
	    "seq", o->shared ? json_null() : json_integer(e->seq),
	    "time", object_time(e->time_ms),
	    "actor", object_text(o->shared && !mine ? NULL : e->actor),
	    "proof", object_text(o->shared ? NULL : e->proof),
	    "action", e->action,
	    "field", object_text(e->field),
	    "old", object_text(e->old_value),
	    "new", object_text(e->new_value),
	    "because", object_text(o->shared ? NULL : e->because));
}

json_t *
object_watchers(const struct objects *o, int64_t ticket)
{
	json_t *list = json_array();
	int64_t *v;
	size_t n, i;

	if (o->shared || watcher_list(o->db, ticket, o->arena, &v, &n,
	    NULL) == -1)
		return list;
	for (i = 0; i < n; i++)
		json_array_append_new(list, object_person(o, v[i]));
	return list;
}

json_t *
object_links(const struct objects *o, int64_t ticket)
{
	json_t *list = json_array();
	struct link *v;
	size_t n, i;

	if (link_list(o->db, ticket, o->arena, &v, &n, NULL) == -1)
		return list;
	for (i = 0; i < n; i++)
		if (!o->shared || v[i].kind == LINK_MERGED)
			json_array_append_new(list, json_pack("{s:s,s:I}",
			    "kind", link_kind_name(v[i].kind),
			    "number", (json_int_t)v[i].number));
	return list;
}
