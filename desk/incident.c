#include <stdio.h>

#include "base/text.h"
#include "desk/change.h"
#include "desk/exitcheck.h"
#include "desk/identify.h"
#include "desk/incident.h"
#include "desk/notify.h"

#define MERGES_MAX	8

static int
load(struct desk *desk, int64_t number, struct ticket *ticket_out,
    struct err *err)
{
	int rc = ticket_get(desk->db, number, desk->arena, ticket_out, err);

	if (rc == 0)
		return err_set(err, ERR_INPUT, "there is no ticket #%lld",
		    (long long)number);
	return rc == 1 ? 0 : -1;
}

/* The first other ticket under that kind of link; 0 none, -1. */
static int64_t
linked(struct desk *desk, int64_t number, enum link_kind kind,
    struct err *err)
{
	struct link *v;
	size_t n, i;

	if (link_list(desk->db, number, desk->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (v[i].kind == kind)
			return v[i].number;
	return 0;
}

int
incident_mark(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, struct err *err)
{
	if ((ticket->flags & TICKET_INCIDENT) != 0)
		return 0;
	ticket->flags |= TICKET_INCIDENT;
	return change_event(desk, actor, ticket->number, "incident",
	    "incident", "no", "yes", err);
}

int
incident_join(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, int64_t incident, struct err *err)
{
	struct ticket other;
	int64_t above;

	if (incident == ticket->number)
		return err_set(err, ERR_INPUT, "a ticket does not report "
		    "itself");
	if (load(desk, incident, &other, err) == -1)
		return -1;
	above = linked(desk, incident, LINK_JOINED, err);
	if (above > 0)
		return err_set(err, ERR_INPUT, "#%lld reports incident #%lld "
		    "itself: join that one", (long long)incident,
		    (long long)above);
	if (above == -1 || incident_mark(desk, actor, &other, err) == -1 ||
	    change_store(desk, &other, err) == -1 ||
	    change_link(desk, actor, ticket->number, LINK_JOINED, incident,
	    err) == -1)
		return -1;
	return change_link(desk, actor, incident, LINK_INCIDENT,
	    ticket->number, err);
}

/* One joined ticket: the words, its closing, one mail in its own thread. */
static int
close_joined(struct desk *desk, const struct actor *actor, int64_t number,
    const char *text, int *n_out, struct err *err)
{
	struct person person = { 0 };
	struct ticket ticket;
	struct message m;
	const char *found;
	int rc;

	if (load(desk, number, &ticket, err) == -1)
		return -1;
	if (ticket.status == TICKET_CLOSED)
		return 0;
	rc = exitcheck(desk, number, 0, text, &found, err);
	if (rc == 1)
		return err_set(err, ERR_INPUT, "not closed: words of an "
		    "internal note of #%lld, which reports it, stand in the "
		    "text: \"%s\"", (long long)number, found);
	if (rc == -1 || (actor->person != 0 && person_get(desk->db,
	    actor->person, desk->arena, &person, err) == -1))
		return -1;
	m = (struct message){ .author = actor->person,
	    .author_name = person.name, .author_address = person.address,
	    .visibility = MESSAGE_PUBLIC, .proof = actor->proof,
	    .source = actor->source, .text = text, .from_staff = true };
	if (change_message(desk, actor, &ticket, &m, err) == -1 ||
	    change_staff_spoke(desk, actor, &ticket, err) == -1 ||
	    change_status(desk, actor, &ticket, TICKET_CLOSED, err) == -1 ||
	    notify_public(desk, &ticket, "incident-closed", m.id,
	    actor->person, false, err) == -1)
		return -1;
	(*n_out)++;
	return change_store(desk, &ticket, err);
}

int
incident_closed(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, const char *text, int *n_out,
    struct err *err)
{
	struct link *v;
	size_t n, i;

	*n_out = 0;
	if (text == NULL || text_trim(slice_of(text)).len == 0)
		return 0;
	if (link_list(desk->db, ticket->number, desk->arena, &v, &n,
	    err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (v[i].kind == LINK_INCIDENT && close_joined(desk, actor,
		    v[i].number, text, n_out, err) == -1)
			return -1;
	return 0;
}

int
incident_merge(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, int64_t into, struct err *err)
{
	struct ticket other;
	char number[24];
	int64_t already;
	int rc;

	if (into == ticket->number)
		return err_set(err, ERR_INPUT, "a ticket is not merged into "
		    "itself");
	already = linked(desk, ticket->number, LINK_MERGED, err);
	if (already > 0)
		return err_set(err, ERR_INPUT, "#%lld is merged into #%lld "
		    "already", (long long)ticket->number, (long long)already);
	if (already == -1 || load(desk, into, &other, err) == -1 ||
	    incident_follow(desk, &other, err) == -1)
		return -1;
	if (other.number == ticket->number)
		return err_set(err, ERR_INPUT, "#%lld is merged into #%lld: "
		    "that would be a circle", (long long)into,
		    (long long)ticket->number);
	rc = ticket->requester == 0 ? 1 : identify_on_ticket(desk, &other,
	    ticket->requester, err);
	if (rc == 0)
		return err_set(err, ERR_INPUT, "who reported #%lld is not on "
		    "#%lld and would read its messages: join it instead, or "
		    "make them a watcher first", (long long)ticket->number,
		    (long long)other.number);
	snprintf(number, sizeof number, "%lld", (long long)other.number);
	if (rc == -1 || change_link(desk, actor, ticket->number, LINK_MERGED,
	    other.number, err) == -1 ||
	    change_link(desk, actor, other.number, LINK_LINKED, ticket->number,
	    err) == -1 ||
	    change_status(desk, actor, ticket, TICKET_CLOSED, err) == -1)
		return -1;
	return ticket->requester == 0 ? 0 : notify_merged(desk, ticket,
	    number, actor->person, err);
}

int
incident_follow(struct desk *desk, struct ticket *ticket, struct err *err)
{
	struct ticket next;
	int64_t number;
	int i, rc;

	for (i = 0; i < MERGES_MAX; i++) {
		number = linked(desk, ticket->number, LINK_MERGED, err);
		if (number <= 0)
			return number == -1 ? -1 : 0;
		rc = ticket_get(desk->db, number, desk->arena, &next, err);
		if (rc != 1)
			return rc == -1 ? -1 : 0;
		*ticket = next;
	}
	return 0;
}
