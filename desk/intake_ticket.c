#include <stdio.h>

#include "desk/budget.h"
#include "desk/change.h"
#include "desk/incident.h"
#include "desk/intake_inside.h"
#include "desk/notify.h"
#include "desk/parked.h"
#include "desk/route.h"
#include "desk/said.h"

#define HOUR_MS		((int64_t)3600 * 1000)

/* Above the sender's limit: a message of this hour's newest ticket, of which
 * staff hear only when it was not before them any more. 1 done. */
static int
collect(struct intake *in, struct err *err)
{
	bool heard = in->mail->kind == MAIL_PERSON && in->mail->spam == NULL &&
	    !in->id.state.blocked;
	enum ticket_status old;
	struct message m;
	int64_t number;
	int rc;

	rc = said_newest_of(in->desk, in->id.known ? in->id.person.id : 0,
	    in->desk->now_ms - HOUR_MS, &number, err);
	if (rc != 1)
		return rc;
	rc = ticket_get(in->desk->db, number, in->desk->arena,
	    &in->id.ticket, err);
	if (rc == 1 && incident_follow(in->desk, &in->id.ticket, err) == -1)
		return -1;
	if (rc != 1)
		return rc;
	old = in->id.ticket.status;
	if (intake_store(in, &in->id.ticket, MESSAGE_PUBLIC, intake_text(in,
	    false), &m, err) == -1 || (heard &&
	    change_requester_spoke(in->desk, &in->actor, &in->id.ticket,
	    false, err) == -1) ||
	    (old != in->id.ticket.status && !in->item->stale &&
	    notify_staff(in->desk, &in->id.ticket, "staff-requester-reply",
	    m.id, NULL, m.author, err) == -1) ||
	    change_store(in->desk, &in->id.ticket, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_MESSAGE, m.ticket, m.id,
	    "too many tickets of one sender in an hour");
}

/* Why nobody is acknowledged; NULL: an acknowledgement is due. */
static const char *
no_ack(const struct intake *in)
{
	if (in->mail->kind != MAIL_PERSON && in->mail->kind != MAIL_UNREADABLE)
		return "not a person's mail";
	if (in->mail->kind == MAIL_UNREADABLE && (in->mail->null_return_path ||
	    in->mail->auto_generated || in->mail->list_id != NULL))
		return "not a person's mail";
	if (in->item->stale)
		return "old mail";
	if (in->mail->from.address == NULL || in->mail->from_count != 1)
		return "no single From address";
	if (in->id.from_ours)
		return "From is our own address";
	if (in->id.verdict == PROOF_FAIL)
		return "dmarc=fail";
	if (in->mail->spam != NULL || in->id.state.blocked)
		return "spam";
	if (said_is_machine_address(in->mail->from.address))
		return "no-reply address";
	return NULL;
}

/* The requester: From; of a proven staff member's forward, who wrote it. */
static int
find_requester(struct intake *in, struct ticket *ticket, struct err *err)
{
	const struct mail *m = in->mail;
	const struct mail_address *from = &m->from;
	struct person person;

	if (in->id.may_act && m->forwarded != NULL &&
	    said_is_person_address(in->desk->settings,
	    m->forwarded->from.address))
		from = &m->forwarded->from;
	if (from->address == NULL)
		return 0;
	if (from == &m->from && in->id.known) {
		ticket->requester = in->id.person.id;
		return 0;
	}
	if (act_person(in->desk, from->address, from->name, &person,
	    err) == -1)
		return -1;
	ticket->requester = person.id;
	if (from == &m->from) {
		in->id.person = person;
		in->id.known = true;
		in->actor.person = person.id;
	}
	return 0;
}

/* What the first mail orders: of a sender who is not proven category,
 * location, subject; the rest is asked for. *text loses what was done. */
static int
opening_orders(struct intake *in, struct ticket *ticket, const char **text,
    bool *ask_out, const char **report_out, struct err *err)
{
	bool proven = in->id.verdict == PROOF_PASS || in->id.token ||
	    in->id.may_act;
	unsigned who = in->id.may_act ? COMMAND_STAFF | COMMAND_REQUESTER :
	    COMMAND_REQUESTER;
	struct commands all, plain;
	const char *report;
	int rc;

	*ask_out = false;
	*report_out = NULL;
	if (intake_commands(in, *text, who, &all, err) == -1)
		return -1;
	if (all.n == 0)
		return 0;
	if (!proven) {
		commands_plain(&all, &plain);
		*ask_out = all.n > 0 && no_ack(in) == NULL;
	}
	rc = commands_do(in->desk, &in->actor, who, SPOKE_NOT, NULL,
	    ticket, proven ? &all : &plain, &report, err);
	if (rc == -1)
		return -1;
	if (proven && no_ack(in) == NULL)
		*report_out = report;
	if (rc == 1 && !*ask_out && *all.rest != '\0')
		*text = all.rest;
	in->obeyed = rc == 1;
	return 0;
}

/* The room that the mail names, with an event that says by which rule. */
static int
find_location(struct intake *in, struct ticket *ticket, struct err *err)
{
	const char *rule, *code;

	if (in->mail->kind != MAIL_PERSON)
		return 0;
	code = route_location(in->desk, in->mail, &rule);
	if (*code == '\0')
		return 0;
	in->actor.because = arena_printf(in->desk->arena, "location by %s",
	    rule);
	if (change_text(in->desk, &in->actor, ticket, "location",
	    &ticket->location, code, err) == -1)
		return -1;
	return change_store(in->desk, ticket, err);
}

static int
new_ticket(struct intake *in, struct ticket *ticket, struct message *m,
    struct err *err)
{
	const char *text = said_opening(in->desk, in->item), *report;
	bool ask;
	const struct mail *mail = in->mail;
	const char *rule;

	*ticket = (struct ticket){
		.subject = said_subject(in->desk, in->item),
		.category = route_category(in->desk, in->item->mailbox, mail,
		    &rule),
		.priority = PRIORITY_NORMAL,
		.location = "", .tags = "", .source = "mail",
	};
	if (mail->kind == MAIL_BULK)
		ticket->flags |= TICKET_BULK | TICKET_QUIET;
	if (mail->spam != NULL || in->id.state.blocked)
		ticket->flags |= TICKET_SPAM | TICKET_QUIET;
	if (intake_is_machine(mail))
		ticket->flags |= TICKET_QUIET;
	if (find_requester(in, ticket, err) == -1)
		return -1;
	in->actor.because = arena_printf(in->desk->arena, "category by %s",
	    rule);
	if (change_create(in->desk, &in->actor, ticket, err) == -1 ||
	    find_location(in, ticket, err) == -1)
		return -1;
	in->actor.because = in->id.thread_rule;
	if (opening_orders(in, ticket, &text, &ask, &report, err) == -1 ||
	    intake_store(in, ticket, MESSAGE_PUBLIC, text, m, err) == -1)
		return -1;
	if (ask && in->id.known && parked_commands(in->desk, ticket,
	    &in->id.person, m, false, err) == -1)
		return -1;
	if (report != NULL && commands_transcript(in->desk, &in->actor, ticket,
	    report, in->obeyed, err) == -1)
		return -1;
	return report == NULL && !in->obeyed ? 0 : change_store(in->desk,
	    ticket, err);
}

/* The link to a ticket that this one continues, or was named by a stranger. */
static int
link_to(struct intake *in, const struct ticket *ticket, struct err *err)
{
	char number[24];
	int64_t other = in->id.has_ticket ? in->id.ticket.number :
	    in->id.hinted;
	enum link_kind kind = in->id.has_ticket ? LINK_CONTINUES :
	    LINK_LINKED;

	if (other == 0)
		return 0;
	snprintf(number, sizeof number, "%lld", (long long)other);
	if (link_add(in->desk->db, ticket->number, kind, other, err) == -1)
		return -1;
	return change_event(in->desk, &in->actor, ticket->number, "link",
	    link_kind_name(kind), NULL, number, err);
}

static int
acknowledge(struct intake *in, const struct ticket *ticket,
    const struct message *m, struct err *err)
{
	const char *why = no_ack(in);
	bool bare = in->id.verdict != PROOF_PASS && !in->id.token;
	int rc;

	rc = budget_flood(in->desk, err);
	if (rc == -1)
		return -1;
	if (why == NULL && rc == 0 && bare)
		why = "flood of new tickets";
	if (why == NULL) {
		rc = notify_acknowledged(in->desk, ticket, m, bare, err);
		if (rc != 0)
			return rc == -1 ? -1 : 0;
		why = "budget";
	}
	return change_event(in->desk, &in->actor, ticket->number,
	    "unacknowledged", "why", NULL, why, err);
}

int
intake_step_ticket(struct intake *in, struct err *err)
{
	struct ticket ticket;
	struct message m;
	int rc;

	rc = in->mail->from.address == NULL ? 1 : budget_ticket(in->desk,
	    in->mail->from.address, err);
	if (rc == -1)
		return -1;
	if (rc == 0) {
		rc = collect(in, err);
		if (rc != 0)
			return rc;
	}
	if (new_ticket(in, &ticket, &m, err) == -1 ||
	    link_to(in, &ticket, err) == -1 ||
	    intake_watchers(in, &ticket, err) == -1 ||
	    acknowledge(in, &ticket, &m, err) == -1)
		return -1;
	if ((ticket.flags & (TICKET_SPAM | TICKET_BULK)) == 0 &&
	    !in->item->stale && notify_staff(in->desk, &ticket,
	    "staff-new-ticket", m.id, NULL, m.author, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_TICKET, ticket.number, m.id,
	    in->mail->because);
}
