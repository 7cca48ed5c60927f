#include <stdlib.h>
#include <string.h>

#include "db/audit_store.h"
#include "db/outbox_store.h"
#include "desk/change.h"
#include "desk/field.h"
#include "desk/notify.h"
#include "desk/undo.h"

#define EVENTS_MAX	64	/* of one mail */

struct undo {
	struct desk		*desk;
	const struct actor	*actor;
	struct ticket		*ticket;
	int64_t			 item;
	struct event		 v[EVENTS_MAX];
	size_t			 n;
	int64_t			 time_ms;	/* of the mail's own events */
	const char		*report;
	int			 taken_back;
	bool			 told;		/* requester heard the status */
};

static int
say(struct undo *u, const char *what, const char *detail, struct err *err)
{
	u->report = arena_printf(u->desk->arena, "%s%s%s\n", u->report, what,
	    detail);
	return u->report == NULL ? err_set(err, ERR_FATAL,
	    "undo: out of memory") : 0;
}

static int
keep_event(const struct event *e, void *arg)
{
	struct undo *u = arg;

	if (e->item == u->item && u->n < EVENTS_MAX)
		u->v[u->n++] = *e;
	return 0;
}

static int
load_events(struct undo *u, struct err *err)
{
	/* the chain of one ticket; an item's events lie close together */
	if (audit_list(u->desk->db, u->ticket->number, 0, 100000,
	    u->desk->arena, keep_event, u, err) == -1)
		return -1;
	if (u->n > 0)
		u->time_ms = u->v[0].time_ms;
	return 0;
}

static int
undo_field(struct undo *u, const struct event *e, struct err *err)
{
	const char *now = field_get(u->desk, u->ticket, e->field);

	if (now == NULL || e->new_value == NULL)
		return 0;
	if (strcmp(now, e->new_value) != 0)
		return say(u, e->field, ": left, it was changed since", err);
	if (field_set(u->desk, u->actor, u->ticket, e->field,
	    e->old_value == NULL ? "" : e->old_value, err) == -1)
		return -1;
	u->taken_back++;
	return say(u, e->field, arena_printf(u->desk->arena, ": %s again",
	    e->old_value == NULL || *e->old_value == '\0' ? "none" :
	    e->old_value), err);
}

static int
undo_watch(struct undo *u, const struct event *e, struct err *err)
{
	bool watched = strcmp(e->action, "watch") == 0;
	const char *address = watched ? e->new_value : e->old_value;
	struct person person;

	if (address == NULL)
		return 0;
	if (act_person(u->desk, address, NULL, &person, err) == -1)
		return -1;
	if ((watched ? change_unwatch : change_watcher)(u->desk, u->actor,
	    u->ticket->number, person.id, person.address, err) == -1)
		return -1;
	u->taken_back++;
	return say(u, person.address, watched ? " is no watcher any more" :
	    " is a watcher again", err);
}

static int
undo_link(struct undo *u, const struct event *e, struct err *err)
{
	if (e->new_value == NULL || strcmp(e->field, "links") != 0)
		return 0;
	if (link_remove(u->desk->db, u->ticket->number, LINK_LINKED,
	    strtoll(e->new_value, NULL, 10), err) == -1 ||
	    change_event(u->desk, u->actor, u->ticket->number, "unlink",
	    "links", e->new_value, NULL, err) == -1)
		return -1;
	u->taken_back++;
	return say(u, "not linked any more to #", e->new_value, err);
}

/* Words whose mails were all stopped are an internal note. */
static int
undo_message(struct undo *u, int64_t id, struct err *err)
{
	struct message m;
	int rc = message_get(u->desk->db, id, u->desk->arena, &m, err);

	if (rc != 1 || m.visibility != MESSAGE_PUBLIC || !m.from_staff)
		return rc == -1 ? -1 : 0;
	m.visibility = MESSAGE_NOTE;
	if (message_update(u->desk->db, &m, err) == -1)
		return -1;
	return change_event(u->desk, u->actor, u->ticket->number, "undone",
	    "message", "public", "note", err);
}

static int
undo_mail(struct undo *u, struct outbox_row *row, bool *sent_out,
    struct err *err)
{
	*sent_out = row->state != OUTBOX_QUEUED || row->attempts > 0;
	if (*sent_out) {
		u->told = u->told || strcmp(row->event, "closed") == 0 ||
		    strcmp(row->event, "reopened") == 0;
		return say(u, "sent already: the mail to ", row->to, err);
	}
	row->state = OUTBOX_DROPPED;
	row->done_ms = u->desk->now_ms;
	row->error = "taken back";
	u->taken_back++;
	if (outbox_update(u->desk->db, row, err) == -1)
		return -1;
	return say(u, "not sent: the mail to ", row->to, err);
}

static int
undo_mails(struct undo *u, struct err *err)
{
	struct outbox_row *v;
	int64_t message = 0;
	size_t n, i;
	bool sent, any = false;

	if (u->n == 0)
		return 0;
	if (outbox_of_moment(u->desk->db, u->ticket->number, u->time_ms,
	    u->desk->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (strcmp(v[i].event, "transcript") == 0)
			continue;
		if (undo_mail(u, &v[i], &sent, err) == -1)
			return -1;
		any = any || sent;
		if (v[i].message != 0)
			message = v[i].message;
	}
	return message == 0 || any ? 0 : undo_message(u, message, err);
}

static int
undo_event(struct undo *u, const struct event *e, struct err *err)
{
	if (e->erased || e->field == NULL)
		return 0;
	if (strcmp(e->action, "status") == 0 ||
	    strcmp(e->action, "reopened") == 0 ||
	    strcmp(e->action, "assigned") == 0 ||
	    strcmp(e->action, "set") == 0)
		return undo_field(u, e, err);
	if (strcmp(e->action, "watch") == 0 ||
	    strcmp(e->action, "unwatch") == 0)
		return undo_watch(u, e, err);
	if (strcmp(e->action, "link") == 0)
		return undo_link(u, e, err);
	return 0;
}

int
undo_item(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, int64_t item, const char **report_out,
    struct err *err)
{
	struct undo u = { .desk = desk, .actor = actor, .ticket = ticket,
	    .item = item, .report = "" };
	enum ticket_status old = ticket->status;
	size_t i;

	if (load_events(&u, err) == -1)
		return -1;
	for (i = u.n; i > 0; i--)
		if (undo_event(&u, &u.v[i - 1], err) == -1)
			return -1;
	if (undo_mails(&u, err) == -1)
		return -1;
	if (u.told && (old == TICKET_CLOSED) !=
	    (ticket->status == TICKET_CLOSED) && notify_public(desk, ticket,
	    old == TICKET_CLOSED ? "reopened" : "closed", 0, actor->person,
	    true, err) == -1)
		return -1;
	*report_out = u.report;
	return u.taken_back > 0;
}
