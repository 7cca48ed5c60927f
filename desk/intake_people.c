#include "base/text.h"
#include "desk/change.h"
#include "desk/intake_inside.h"
#include "desk/notify.h"
#include "desk/parked.h"
#include "desk/said.h"

#define DAY_MS		((int64_t)24 * 3600 * 1000)
#define WATCHERS_MAX	10

/* One address of To or Cc: a watcher, or proposed to staff as one. Who is on
 * the ticket stays what they are. */
static int
add_watcher(struct intake *in, const struct ticket *ticket,
    const struct mail_address *a, bool proven, size_t *room, struct err *err)
{
	struct person person;
	int rc = person_find(in->desk->db, a->address, in->desk->arena,
	    &person, err);

	if (rc == 1)
		rc = identify_on_ticket(in->desk, ticket, person.id, err);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	--*room;
	if (!proven)
		return change_event(in->desk, &in->actor, ticket->number,
		    "proposed", "watcher", NULL, a->address, err);
	if (act_person(in->desk, a->address, a->name, &person, err) == -1)
		return -1;
	return change_watcher(in->desk, &in->actor, ticket->number, person.id,
	    a->address, err);
}

/* To and Cc of a proven requester or of staff become watchers, until the
 * ticket has ten; of others, proposals. */
int
intake_watchers(struct intake *in, const struct ticket *ticket,
    struct err *err)
{
	const struct mail_addresses *lists[] = { &in->mail->to,
	    &in->mail->cc };
	bool proven = in->id.may_act ||
	    ((in->id.verdict == PROOF_PASS || in->id.token) && in->id.known &&
	    ticket->requester == in->id.person.id);
	size_t i, j, n, room;
	int64_t *v;

	if (in->mail->kind != MAIL_PERSON || in->mail->list_id != NULL)
		return 0;
	if (watcher_list(in->desk->db, ticket->number, in->desk->arena, &v,
	    &n, err) == -1)
		return -1;
	room = n < WATCHERS_MAX ? WATCHERS_MAX - n : 0;
	for (i = 0; i < 2; i++)
		for (j = 0; j < lists[i]->n && room > 0; j++) {
			const struct mail_address *a = &lists[i]->v[j];

			if (!said_is_person_address(in->desk->settings,
			    a->address) || text_ieq(slice_of(a->address),
			    slice_of(in->actor.name)))
				continue;
			if (add_watcher(in, ticket, a, proven, &room,
			    err) == -1)
				return -1;
		}
	return 0;
}

/* Is the ticket closed for longer than it may be reopened? */
static bool
too_late(const struct intake *in)
{
	const struct ticket *t = &in->id.ticket;

	return t->status == TICKET_CLOSED && in->desk->now_ms - t->closed_ms >
	    in->desk->settings->reopen_days * DAY_MS;
}

/* A watcher may do less than who reported it. */
static unsigned
orders_as(const struct intake *in)
{
	return in->id.ticket.requester == in->id.person.id ?
	    COMMAND_REQUESTER : COMMAND_WATCHER;
}

/* Does the mail say anything beside what it orders? */
static bool
says_more(const struct intake *in, const struct commands *c)
{
	return c->n == 0 || *c->rest != '\0' || *c->say != '\0' ||
	    in->mail->nattachments > 0;
}

/* What a participant orders is done when they are proven: 1 and *words are the
 * rest, 0 nothing was; *report, when not NULL, is for them. */
static int
participant_orders(struct intake *in, const struct commands *c,
    const char **words, const char **report, struct err *err)
{
	bool words_too = *c->rest != '\0' || in->mail->nattachments > 0;
	int rc;

	if (in->id.verdict != PROOF_PASS && !in->id.token)
		return 0;
	if (c->wrong != NULL)
		*report = c->wrong;
	if (c->wrong != NULL || c->n == 0)
		return 0;
	rc = commands_do(in->desk, &in->actor, orders_as(in), words_too ?
	    SPOKE_REQUESTER : SPOKE_NOT, NULL, &in->id.ticket, c, report,
	    err);
	if (rc == 1 && words_too)
		*words = intake_words(in, c);
	return rc;
}

/* Tell staff and the others what was said, and its sender what was done. */
static int
participant_told(struct intake *in, const struct message *m,
    enum ticket_status old, bool obeyed, bool speaks, const char *report,
    struct err *err)
{
	struct ticket *ticket = &in->id.ticket;

	if (in->item->stale)
		return 0;
	if (notify_staff(in->desk, ticket, "staff-requester-reply", m->id,
	    NULL, m->author, err) == -1)
		return -1;
	if (!obeyed && speaks && notify_public(in->desk, ticket, "replied", m->id,
	    m->author, false, err) == -1)
		return -1;
	if (obeyed && commands_tell(in->desk, &in->actor, ticket, old, speaks ?
	    m->id : 0, err) == -1)
		return -1;
	return report == NULL ? 0 : commands_transcript(in->desk, &in->actor,
	    ticket, report, obeyed, err);
}

static int
participant_spoke(struct intake *in, struct err *err)
{
	struct ticket *ticket = &in->id.ticket;
	enum ticket_status old = ticket->status;
	bool person = in->mail->kind == MAIL_PERSON;
	const char *text = intake_text(in, false);
	const char *words = text, *report = NULL;
	struct commands c;
	struct message m;
	bool speaks;
	int rc;

	if (intake_commands(in, text, orders_as(in), &c, err) == -1)
		return -1;
	speaks = says_more(in, &c);
	rc = participant_orders(in, &c, &words, &report, err);
	if (rc == -1 || intake_store(in, ticket, MESSAGE_PUBLIC, words, &m,
	    err) == -1)
		return -1;
	if (person && ((rc == 0 && speaks && change_requester_spoke(in->desk, &in->actor,
	    ticket, said_is_thanks(in->mail, text), err) == -1) ||
	    intake_watchers(in, ticket, err) == -1 ||
	    participant_told(in, &m, old, rc == 1, rc == 0 ? speaks :
	    words != text, report, err) == -1))
		return -1;
	if (c.n > 0 && rc == 0 && report == NULL && in->id.known &&
	    !in->item->stale && parked_commands(in->desk, ticket,
	    &in->id.person, &m, false, err) == -1)
		return -1;
	if (change_store(in->desk, ticket, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_MESSAGE, m.ticket, m.id,
	    in->id.thread_rule);
}

int
intake_step_participant(struct intake *in, struct err *err)
{
	struct message m;

	if (!in->id.has_ticket || !in->id.on_ticket ||
	    in->mail->kind == MAIL_UNREADABLE || too_late(in))
		return 0;
	if (!in->id.state.blocked)
		return participant_spoke(in, err);
	if ((in->id.ticket.flags & TICKET_SPAM) == 0)
		return 0;	/* a ticket of its own, under spam */
	if (intake_store(in, &in->id.ticket, MESSAGE_PUBLIC, intake_text(in,
	    false), &m, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_MESSAGE, m.ticket, m.id,
	    "the sender is blocked");
}

/* Somebody who is not on the ticket, or a mail that cannot be read: staff
 * only, mailed to nobody, until staff release it. */
int
intake_step_held(struct intake *in, struct err *err)
{
	struct ticket *ticket = &in->id.ticket;
	bool unreadable = in->mail->kind == MAIL_UNREADABLE;
	struct message m;

	if (!in->id.has_ticket || (in->id.on_ticket && !unreadable))
		return 0;
	if (intake_store(in, ticket, MESSAGE_HELD, intake_text(in, false), &m,
	    err) == -1)
		return -1;
	if (in->mail->kind != MAIL_BULK && !in->item->stale &&
	    !in->id.state.blocked && notify_staff(in->desk, ticket,
	    "staff-requester-reply", m.id, NULL, m.author, err) == -1)
		return -1;
	if (change_store(in->desk, ticket, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_HELD, m.ticket, m.id, unreadable ?
	    "could not be read" : "sender is not on the ticket");
}
