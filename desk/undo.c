#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "db/audit_store.h"
#include "db/outbox_store.h"
#include "desk/change.h"
#include "desk/field.h"
#include "desk/notify.h"
#include "desk/spam.h"
#include "desk/undo.h"

#define EVENTS_MAX	64	/* of one mail */

struct undo {
	struct desk		*desk;
	const struct actor	*actor;
	struct ticket		*ticket;
	int64_t			 item;		/* of a mail; 0: a moment */
	const char		*who;		/* the actor of that moment */
	struct event		 v[EVENTS_MAX];
	size_t			 n;
	int64_t			 time_ms;	/* of the mail's own events */
	const char		*report;
	const char		*beside;	/* "#7 " before its lines: another
						 * ticket that it changed, too */
	int			 taken_back;
	bool			 told;		/* requester heard the status */
	bool			 outside;	/* the actor is not staff: hears
						 * nobody's address (I7) */
};

static int
say(struct undo *u, const char *what, const char *detail, struct err *err)
{
	u->report = arena_printf(u->desk->arena, "%s%s%s%s\n", u->report,
	    u->beside, what, detail);
	return u->report == NULL ? err_set(err, ERR_FATAL,
	    "undo: out of memory") : 0;
}

/* Somebody, as the actor may hear of them. */
static const char *
called(const struct undo *u, const char *address, const char *otherwise)
{
	return !u->outside || strcasecmp(address, u->actor->name) == 0 ?
	    address : otherwise;
}

static bool
by(const struct undo *u, const struct event *e)
{
	return e->item == 0 && e->actor != NULL && strcmp(e->actor, u->who) == 0;
}

/* A later moment of the same person at the terminal? */
static bool
is_newer(const struct undo *u, const struct event *e)
{
	return by(u, e) && e->time_ms > u->time_ms &&
	    (e->because == NULL || strcmp(e->because, UNDO_BECAUSE) != 0);
}

static int
keep_event(const struct event *e, void *arg)
{
	struct undo *u = arg;

	if (u->item == 0 && *u->beside == '\0' && is_newer(u, e)) {
		u->n = 0;
		u->time_ms = e->time_ms;
	}
	if ((u->item == 0 ? e->time_ms == u->time_ms && by(u, e) :
	    e->item == u->item) && u->n < EVENTS_MAX)
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

/* The assignee alone: that a ticket with one becomes active is another event. */
static int
put_back(struct undo *u, const char *field, const char *value,
    struct err *err)
{
	struct person person = { 0 };

	if (strcmp(field, "assignee") != 0)
		return field_set(u->desk, u->actor, u->ticket, field, value,
		    err);
	if (strcmp(value, "none") != 0 && person_find(u->desk->db, value,
	    u->desk->arena, &person, err) == -1)
		return -1;
	return change_assignee(u->desk, u->actor, u->ticket, person.id, err);
}

static int
undo_field(struct undo *u, const struct event *e, struct err *err)
{
	const char *now = field_get(u->desk, u->ticket, e->field);

	if (now == NULL || e->new_value == NULL)
		return 0;
	if (strcmp(now, e->new_value) != 0)
		return say(u, e->field, ": left, it was changed since", err);
	if (put_back(u, e->field, e->old_value == NULL ? "" : e->old_value,
	    err) == -1)
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
	return say(u, called(u, person.address, "somebody"), watched ? " is no watcher any more" :
	    " is a watcher again", err);
}

/* What a link event made: also its other end, where that is another kind. */
static const struct linked {
	const char	*field;
	enum link_kind	 kind, back;
} links[] = {
	{ "links",	LINK_LINKED,	LINK_LINKED },
	{ "merged",	LINK_MERGED,	LINK_LINKED },
	{ "joined",	LINK_JOINED,	LINK_INCIDENT },
};

static int
undo_link(struct undo *u, const struct event *e, struct err *err)
{
	int64_t here = u->ticket->number, there;
	size_t i;

	for (i = 0; i < sizeof links / sizeof links[0]; i++)
		if (strcmp(e->field, links[i].field) == 0)
			break;
	if (e->new_value == NULL || i == sizeof links / sizeof links[0])
		return 0;
	there = strtoll(e->new_value, NULL, 10);
	if (link_remove(u->desk->db, here, links[i].kind, there, err) == -1 ||
	    link_remove(u->desk->db, there, links[i].back, here, err) == -1 ||
	    change_event(u->desk, u->actor, here, "unlink", e->field,
	    e->new_value, NULL, err) == -1)
		return -1;
	u->taken_back++;
	return say(u, arena_printf(u->desk->arena, "%s: no longer with #",
	    e->field), e->new_value, err);
}

/* Does any other ticket report it? 1/0/-1 */
static int
has_reports(struct undo *u, struct err *err)
{
	struct link *v;
	size_t n;

	if (link_list(u->desk->db, u->ticket->number, u->desk->arena, &v, &n,
	    err) == -1)
		return -1;
	while (n-- > 0)
		if (v[n].kind == LINK_INCIDENT)
			return 1;
	return 0;
}

static int
undo_incident(struct undo *u, struct err *err)
{
	int rc = has_reports(u, err);

	if (rc != 0)
		return rc == -1 ? -1 : say(u, "incident", ": left, others "
		    "report it", err);
	u->ticket->flags &= ~TICKET_INCIDENT;
	if (change_event(u->desk, u->actor, u->ticket->number, "incident",
	    "incident", "yes", "no", err) == -1)
		return -1;
	u->taken_back++;
	return say(u, "incident", ": no longer", err);
}

static int
undo_spam(struct undo *u, const struct event *e, struct err *err)
{
	bool was = e->old_value != NULL && strcmp(e->old_value, "yes") == 0;
	struct err why = { 0 };

	if (spam_flag(u->desk, u->actor, u->ticket, was, &why) == -1)
		return why.code == ERR_INPUT ? say(u, "spam", ": left, it was "
		    "changed since", err) : err_set(err, why.code, "%s",
		    why.msg);
	u->taken_back++;
	return say(u, "spam", was ? ": yes again" : ": no longer", err);
}

static int
undo_mute(struct undo *u, const struct event *e, struct err *err)
{
	bool was = strcmp(e->action, "mute") == 0;

	if (change_mute(u->desk, u->actor, u->ticket->number, e->person, !was,
	    err) == -1)
		return -1;
	u->taken_back++;
	return say(u, "mail about it: ", was ? "yes again" : "no again", err);
}

static int
undo_rating(struct undo *u, const struct event *e, struct err *err)
{
	int old = e->old_value == NULL ? 0 : *e->old_value - '0';

	if (e->new_value == NULL || u->ticket->rating != *e->new_value - '0')
		return say(u, "rating", ": left, it was changed since", err);
	if (change_rating(u->desk, u->actor, u->ticket, old, err) == -1)
		return -1;
	u->taken_back++;
	return say(u, "rating", old == 0 ? ": none again" : ": as before",
	    err);
}

/* The sender is heard again, unless already blocked before. */
static int
undo_block(struct undo *u, bool blocked, struct err *err)
{
	if (spam_block(u->desk, u->actor, u->ticket, !blocked, err) == -1)
		return -1;
	u->taken_back++;
	return say(u, "sender", blocked ? ": no longer blocked" :
	    ": blocked again", err);
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

/* Mail of what somebody reported or asked, or about this mail itself: nothing
 * of that is taken back. 1/0/-1 */
static int
stays(struct undo *u, const struct outbox_row *row, struct err *err)
{
	static const char *const events[] = { "transcript", "acknowledged",
	    "staff-new-ticket", "staff-requester-reply", "confirm",
	    "refused", "delivery-failed" };
	struct message m = { .from_staff = true };
	size_t i;

	for (i = 0; i < sizeof events / sizeof events[0]; i++)
		if (strcmp(row->event, events[i]) == 0)
			return 1;
	if (row->message != 0 && message_get(u->desk->db, row->message,
	    u->desk->arena, &m, err) == -1)
		return -1;
	return !m.from_staff && strcmp(row->event, "replied") == 0;
}

static int
undo_mail(struct undo *u, struct outbox_row *row, bool *sent_out,
    struct err *err)
{
	*sent_out = row->state != OUTBOX_QUEUED || row->attempts > 0;
	if (*sent_out) {
		u->told = u->told || strcmp(row->event, "closed") == 0 ||
		    strcmp(row->event, "incident-closed") == 0 ||
		    strcmp(row->event, "reopened") == 0;
		return say(u, "sent already: the mail to ",
		    called(u, row->to, "others"), err);
	}
	row->state = OUTBOX_DROPPED;
	row->done_ms = u->desk->now_ms;
	row->error = "taken back";
	u->taken_back++;
	if (outbox_update(u->desk->db, row, err) == -1)
		return -1;
	return say(u, "not sent: the mail to ", called(u, row->to, "others"),
	    err);
}

static int
undo_mails(struct undo *u, struct err *err)
{
	struct outbox_row *v;
	int64_t message = 0;
	size_t n, i;
	bool sent, any = false;
	int rc;

	if (u->n == 0)
		return 0;
	if (outbox_of_moment(u->desk->db, u->ticket->number, u->time_ms,
	    u->desk->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		rc = stays(u, &v[i], err);
		if (rc == -1 || (rc == 0 &&
		    undo_mail(u, &v[i], &sent, err) == -1))
			return -1;
		if (rc == 1)
			continue;
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
	if (strcmp(e->action, "mute") == 0 ||
	    strcmp(e->action, "unmute") == 0)
		return undo_mute(u, e, err);
	if (strcmp(e->action, "rated") == 0)
		return undo_rating(u, e, err);
	if (strcmp(e->action, "link") == 0)	/* both ends at once */
		return *u->beside == '\0' ? undo_link(u, e, err) : 0;
	if (strcmp(e->action, "spam") == 0)
		return undo_spam(u, e, err);
	if (strcmp(e->action, "blocked") == 0 ||
	    strcmp(e->action, "unblocked") == 0)
		return undo_block(u, *e->action == 'b', err);
	return strcmp(e->action, "incident") == 0 ? undo_incident(u, err) : 0;
}

static int
take_back(struct undo *u, struct err *err)
{
	enum ticket_status old = u->ticket->status;
	size_t i;

	if (load_events(u, err) == -1)
		return -1;
	for (i = u->n; i > 0; i--)
		if (undo_event(u, &u->v[i - 1], err) == -1)
			return -1;
	if (undo_mails(u, err) == -1)
		return -1;
	if (u->told && (old == TICKET_CLOSED) !=
	    (u->ticket->status == TICKET_CLOSED) && notify_public(u->desk,
	    u->ticket, old == TICKET_CLOSED ? "reopened" : "closed", 0,
	    u->actor->person, true, err) == -1)
		return -1;
	return 0;
}

/* What it did to a ticket that hangs together with that one: an incident that
 * was joined, reports that were closed with it. */
static int
take_back_beside(struct undo *u, int64_t number, struct err *err)
{
	struct ticket ticket;
	struct undo other = *u;
	int rc = ticket_get(u->desk->db, number, u->desk->arena, &ticket, err);

	if (rc != 1)
		return rc;
	other.ticket = &ticket;
	other.told = false;
	other.n = 0;
	other.taken_back = 0;
	other.beside = arena_printf(u->desk->arena, "#%lld ",
	    (long long)number);
	if (other.beside == NULL)
		return err_set(err, ERR_FATAL, "undo: out of memory");
	if (take_back(&other, err) == -1)
		return -1;
	u->report = other.report;
	u->taken_back += other.taken_back;
	return other.taken_back == 0 ? 0 : change_store(u->desk, &ticket,
	    err);
}

/* 1 something was taken back, 0, -1 */
static int
take_back_all(struct undo *u, const char **report_out, struct err *err)
{
	struct link *v;
	size_t n, i;

	/* before the links go */
	if (link_list(u->desk->db, u->ticket->number, u->desk->arena, &v, &n,
	    err) == -1 || take_back(u, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if ((v[i].kind == LINK_JOINED || v[i].kind == LINK_INCIDENT) &&
		    take_back_beside(u, v[i].number, err) == -1)
			return -1;
	*report_out = u->report;
	return u->taken_back > 0;
}

int
undo_item(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, int64_t item, const char **report_out,
    struct err *err)
{
	struct undo u = { .desk = desk, .actor = actor, .ticket = ticket,
	    .item = item, .report = "", .beside = "" };
	struct person person = { .role = ROLE_REQUESTER };

	if (actor->person != 0 && person_get(desk->db, actor->person,
	    desk->arena, &person, err) == -1)
		return -1;
	u.outside = person.role == ROLE_REQUESTER || person.removed;

	return take_back_all(&u, report_out, err);
}

int
undo_last(struct desk *desk, const struct actor *actor, int64_t number,
    const char **report_out, struct err *err)
{
	struct actor undoer = *actor;
	struct ticket ticket;
	struct undo u = { .desk = desk, .actor = &undoer, .ticket = &ticket,
	    .who = actor->name, .report = "", .beside = "",
	    .time_ms = desk->now_ms - (int64_t)UNDO_DAYS * 24 * 3600 * 1000 };
	int rc = ticket_get(desk->db, number, desk->arena, &ticket, err);

	undoer.because = UNDO_BECAUSE;
	if (rc == 0)
		return err_set(err, ERR_INPUT, "there is no ticket #%lld",
		    (long long)number);
	if (rc == 1)
		rc = take_back_all(&u, report_out, err);
	if (rc == 0) {
		struct slice left = text_trim(slice_of(u.report));

		return err_set(err, ERR_INPUT, "%s did nothing on #%lld in the "
		    "last 7 days that can be taken back%s%.*s", actor->name,
		    (long long)number, left.len == 0 ? "" : ": ",
		    (int)left.len, left.p);
	}
	return rc == -1 ? -1 : change_store(desk, &ticket, err);
}
