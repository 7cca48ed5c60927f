#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "db/audit_store.h"
#include "base/clock.h"
#include "desk/change.h"
#include "desk/chat.h"
#include "desk/promise.h"

int
change_event(struct desk *desk, const struct actor *actor, int64_t ticket,
    const char *action, const char *field, const char *old_value,
    const char *new_value, struct err *err)
{
	struct event event = {
		.time_ms = desk_real_ms(desk),
		.ticket = ticket,
		.person = actor->person,
		.item = actor->item,
		.action = action,
		.actor = actor->name,
		.proof = actor->system ? "system" :
		    message_proof_name(actor->proof),
		.field = field,
		.old_value = old_value,
		.new_value = new_value,
		.because = actor->because,
	};

	return audit_add(desk->db, desk->secret, &event, err);
}

int
change_status(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, enum ticket_status status, struct err *err)
{
	enum ticket_status old = ticket->status;

	if (old == status)
		return 0;
	ticket->status = status;
	if (old == TICKET_WAITING || old == TICKET_CLOSED)
		promise_resumed(desk, ticket, old == TICKET_WAITING ?
		    ticket->waiting_ms : ticket->closed_ms);
	if (status == TICKET_WAITING)
		ticket->alarms &= ~ALARM_REMINDED;
	ticket->reopened += old == TICKET_CLOSED;
	ticket->closed_ms = status == TICKET_CLOSED ? desk->now_ms : 0;
	ticket->waiting_ms = status == TICKET_WAITING ? desk->now_ms : 0;
	return change_event(desk, actor, ticket->number,
	    old == TICKET_CLOSED ? "reopened" : "status", "status",
	    ticket_status_name(old), ticket_status_name(status), err);
}

const char *
change_person_label(struct desk *desk, int64_t id)
{
	struct person person;

	if (id == 0 ||
	    person_get(desk->db, id, desk->arena, &person, NULL) != 1)
		return "none";
	return person.address;
}

int
change_assignee(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, int64_t person, struct err *err)
{
	int64_t old = ticket->assignee;

	if (old == person)
		return 0;
	ticket->assignee = person;
	return change_event(desk, actor, ticket->number, "assigned",
	    "assignee", change_person_label(desk, old),
	    change_person_label(desk, person),
	    err);
}

int
change_text(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, const char *field, const char **where,
    const char *value, struct err *err)
{
	const char *old = *where;

	if (old != NULL && strcmp(old, value) == 0)
		return 0;
	*where = value;
	return change_event(desk, actor, ticket->number, "set", field, old,
	    value, err);
}

int
change_priority(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, enum ticket_priority priority, struct err *err)
{
	enum ticket_priority old = ticket->priority;

	if (old == priority)
		return 0;
	ticket->priority = priority;
	return change_event(desk, actor, ticket->number, "set", "priority",
	    ticket_priority_name(old), ticket_priority_name(priority), err);
}

/* An event when a due time is another than before. */
static int
promised(struct desk *desk, const struct ticket *ticket, bool response,
    int64_t old_ms, int64_t new_ms, struct err *err)
{
	struct actor system = { .name = "system", .system = true };
	char old[CLOCK_TEXT_MAX], new[CLOCK_TEXT_MAX];

	if (old_ms == new_ms)
		return 0;
	system.because = promise_because(desk, ticket, response);
	return change_event(desk, &system, ticket->number, "promised",
	    response ? "first-response" : "resolution",
	    old_ms == 0 ? NULL : clock_rfc3339(old_ms, old),
	    new_ms == 0 ? NULL : clock_rfc3339(new_ms, new), err);
}

static int
renew_promises(struct desk *desk, struct ticket *ticket, struct err *err)
{
	int64_t response = ticket->first_response_due_ms;
	int64_t resolve = ticket->resolve_due_ms;

	promise_renew(desk, ticket);
	if (promised(desk, ticket, true, response,
	    ticket->first_response_due_ms, err) == -1)
		return -1;
	return promised(desk, ticket, false, resolve, ticket->resolve_due_ms,
	    err);
}

static int
keep_fact(struct desk *desk, const struct ticket *ticket, struct err *err)
{
	struct fact fact;

	if ((ticket->flags & TICKET_SPAM) != 0)
		return fact_drop(desk->db, ticket->number, err);
	fact = promise_fact(desk, ticket);
	return fact_put(desk->db, &fact, err);
}

int
change_create(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, struct err *err)
{
	ticket->created_ms = ticket->updated_ms = desk->now_ms;
	promise_renew(desk, ticket);
	if (ticket_insert(desk->db, ticket, err) == -1)
		return -1;
	assert(ticket->number > 0);
	if (change_event(desk, actor, ticket->number, "created", "category",
	    NULL, ticket->category, err) == -1 ||
	    promised(desk, ticket, true, 0, ticket->first_response_due_ms,
	    err) == -1 || promised(desk, ticket, false, 0,
	    ticket->resolve_due_ms, err) == -1 ||
	    chat_created(desk, ticket, err) == -1)
		return -1;
	return keep_fact(desk, ticket, err);
}

int
change_message(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, struct message *message, struct err *err)
{
	static const char *const action[] = {
		[MESSAGE_PUBLIC] = "message",
		[MESSAGE_NOTE] = "note",
		[MESSAGE_HELD] = "held",
	};
	char id[24];

	assert(ticket->number > 0);
	message->ticket = ticket->number;
	message->date_ms = desk->now_ms;
	if (message_insert(desk->db, message, &message->id, err) == -1)
		return -1;
	if (message->visibility == MESSAGE_PUBLIC &&
	    fact_message(desk->db, ticket->number, err) == -1)
		return -1;
	if (chat_message(desk, message, err) == -1)
		return -1;
	snprintf(id, sizeof id, "%lld", (long long)message->id);
	return change_event(desk, actor, ticket->number,
	    action[message->visibility], "message", NULL, id, err);
}

int
change_staff_spoke(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, struct err *err)
{
	if (actor->person != 0 && mute_set(desk->db, ticket->number,
	    actor->person, false, err) == -1)
		return -1;
	if (ticket->first_response_ms == 0)
		ticket->first_response_ms = desk->now_ms;
	if (ticket->assignee == 0 && actor->person != 0 &&
	    change_assignee(desk, actor, ticket, actor->person, err) == -1)
		return -1;
	if (ticket->status == TICKET_CLOSED)
		return 0;
	return change_status(desk, actor, ticket, TICKET_ACTIVE, err);
}

int
change_requester_spoke(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, bool thanks_only, struct err *err)
{
	if (actor->person != 0 && mute_set(desk->db, ticket->number,
	    actor->person, false, err) == -1)
		return -1;
	switch (ticket->status) {
	case TICKET_WAITING:
		return change_status(desk, actor, ticket,
		    ticket->assignee == 0 ? TICKET_OPEN : TICKET_ACTIVE, err);
	case TICKET_CLOSED:
		if (thanks_only)
			return 0;
		return change_status(desk, actor, ticket, TICKET_ACTIVE, err);
	case TICKET_OPEN:
	case TICKET_ACTIVE:
		break;
	}
	return 0;
}

/* Is the person a watcher of it? 1/0/-1 */
static int
watches(struct desk *desk, int64_t ticket, int64_t person, struct err *err)
{
	int64_t *v;
	size_t n;

	if (watcher_list(desk->db, ticket, desk->arena, &v, &n, err) == -1)
		return -1;
	while (n-- > 0)
		if (v[n] == person)
			return 1;
	return 0;
}

int
change_watcher(struct desk *desk, const struct actor *actor, int64_t ticket,
    int64_t person, const char *address, struct err *err)
{
	int rc = watches(desk, ticket, person, err);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (watcher_add(desk->db, ticket, person, err) == -1)
		return -1;
	return change_event(desk, actor, ticket, "watch", "watcher", NULL,
	    address, err);
}

int
change_mute(struct desk *desk, const struct actor *actor, int64_t ticket,
    int64_t person, bool muted, struct err *err)
{
	int is = mute_get(desk->db, ticket, person, err);

	if (is == -1 || is == muted)
		return is == -1 ? -1 : 0;
	if (mute_set(desk->db, ticket, person, muted, err) == -1)
		return -1;
	return change_event(desk, actor, ticket, muted ? "mute" : "unmute",
	    "mail", muted ? "yes" : "no", muted ? "no" : "yes", err);
}

int
change_rating(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, int rating, struct err *err)
{
	char old[8], new[8];

	if (ticket->rating == rating)
		return 0;
	snprintf(old, sizeof old, "%d", ticket->rating);
	snprintf(new, sizeof new, "%d", rating);
	ticket->rating = rating;
	return change_event(desk, actor, ticket->number, "rated", "rating",
	    old[0] == '0' ? NULL : old, rating == 0 ? NULL : new, err);
}

int
change_unwatch(struct desk *desk, const struct actor *actor, int64_t ticket,
    int64_t person, const char *address, struct err *err)
{
	int rc = watches(desk, ticket, person, err);

	if (rc != 1)
		return rc;
	if (watcher_remove(desk->db, ticket, person, err) == -1)
		return -1;
	return change_event(desk, actor, ticket, "unwatch", "watcher", address,
	    NULL, err);
}

int
change_link(struct desk *desk, const struct actor *actor, int64_t ticket,
    enum link_kind kind, int64_t number, struct err *err)
{
	char text[24];
	struct link *v;
	size_t n;

	if (link_list(desk->db, ticket, desk->arena, &v, &n, err) == -1)
		return -1;
	while (n-- > 0)
		if (v[n].kind == kind && v[n].number == number)
			return 0;
	snprintf(text, sizeof text, "%lld", (long long)number);
	if (link_add(desk->db, ticket, kind, number, err) == -1)
		return -1;
	return change_event(desk, actor, ticket, "link", kind == LINK_LINKED ?
	    "links" : link_kind_name(kind), NULL, text, err);
}

int
change_store(struct desk *desk, struct ticket *ticket, struct err *err)
{
	ticket->updated_ms = desk->now_ms;
	return change_keep(desk, ticket, err);
}

int
change_keep(struct desk *desk, struct ticket *ticket, struct err *err)
{
	if (renew_promises(desk, ticket, err) == -1 ||
	    ticket_update(desk->db, ticket, err) == -1 ||
	    chat_changed(desk, ticket, err) == -1)
		return -1;
	return keep_fact(desk, ticket, err);
}
