#include <string.h>

#include "desk/change.h"
#include "desk/intake_inside.h"
#include "desk/route.h"
#include "desk/said.h"

#define DAY_MS		((int64_t)24 * 3600 * 1000)
#define ALARMS_ALL	(ALARM_RESPONSE_WARNED | ALARM_RESPONSE_LATE |	\
			ALARM_RESOLVE_WARNED | ALARM_RESOLVE_LATE |	\
			ALARM_DUE | ALARM_REMINDED)

/* As its newest mail leaves it: closed when that is too old to be reopened.
 * Only what the import itself made. */
static int
settle(struct intake *in, struct ticket *ticket, bool staff, struct err *err)
{
	struct desk *desk = in->desk;
	bool old = desk_real_ms(desk) - desk->now_ms >
	    desk->settings->reopen_days * DAY_MS;
	bool newest = ticket->updated_ms <= desk->now_ms;
	int reopened = ticket->reopened;

	in->actor.because = "history";
	if (strcmp(ticket->source, "import") == 0 && newest) {
		if (old && ticket->status == TICKET_CLOSED)
			ticket->closed_ms = desk->now_ms;
		if (change_status(desk, &in->actor, ticket, old ?
		    TICKET_CLOSED : staff ? TICKET_ACTIVE : TICKET_OPEN,
		    err) == -1)
			return -1;
		ticket->reopened = reopened;
	}
	return newest ? change_store(desk, ticket, err) :
	    change_keep(desk, ticket, err);
}

static int
on_ticket(struct intake *in, struct err *err)
{
	struct ticket *ticket = &in->id.ticket;
	bool staff = in->id.staff && in->id.person.id != ticket->requester;
	bool shown = (in->id.on_ticket || staff) &&
	    in->mail->kind != MAIL_UNREADABLE;
	struct message m;

	if (intake_store(in, ticket, shown ? MESSAGE_PUBLIC : MESSAGE_HELD,
	    intake_text(in, false), &m, err) == -1)
		return -1;
	if (staff && ticket->first_response_ms == 0)
		ticket->first_response_ms = in->desk->now_ms;
	if (settle(in, ticket, staff, err) == -1)
		return -1;
	return intake_done_on(in, shown ? LEDGER_MESSAGE : LEDGER_HELD,
	    m.ticket, m.id, in->id.thread_rule);
}

static int
find_requester(struct intake *in, struct ticket *ticket, struct err *err)
{
	const struct mail_address *from = &in->mail->from;

	if (from->address == NULL)
		return 0;
	if (!in->id.known && act_person(in->desk, from->address, from->name,
	    &in->id.person, err) == -1)
		return -1;
	in->id.known = true;
	in->actor.person = ticket->requester = in->id.person.id;
	return 0;
}

/* A ticket that it names or answers, of which its sender is not a part. */
static int
link_hinted(struct intake *in, int64_t number, struct err *err)
{
	const char *other = arena_printf(in->desk->arena, "%lld",
	    (long long)in->id.hinted);

	if (in->id.hinted == 0)
		return 0;
	if (link_add(in->desk->db, number, LINK_LINKED, in->id.hinted,
	    err) == -1)
		return -1;
	return change_event(in->desk, &in->actor, number, "link",
	    link_kind_name(LINK_LINKED), NULL, other, err);
}

static int
new_ticket(struct intake *in, struct err *err)
{
	const char *text = said_opening(in->desk, in->item), *rule, *room;
	struct ticket ticket = {
		.subject = said_subject(in->desk, in->item),
		.category = route_category(in->desk, in->item->mailbox,
		    in->mail, &rule),
		.location = route_location(in->desk, in->mail, &room),
		.priority = PRIORITY_NORMAL, .tags = "", .source = "import",
		.alarms = ALARMS_ALL,
	};
	struct message m;

	if (in->mail->kind == MAIL_BULK)
		ticket.flags |= TICKET_BULK | TICKET_QUIET;
	if (in->mail->spam != NULL || in->id.state.blocked)
		ticket.flags |= TICKET_SPAM | TICKET_QUIET;
	if (find_requester(in, &ticket, err) == -1)
		return -1;
	in->actor.because = arena_printf(in->desk->arena, "category by %s",
	    rule);
	if (change_create(in->desk, &in->actor, &ticket, err) == -1 ||
	    intake_store(in, &ticket, MESSAGE_PUBLIC, text, &m, err) == -1 ||
	    link_hinted(in, ticket.number, err) == -1 ||
	    settle(in, &ticket, false, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_TICKET, ticket.number, m.id,
	    "history");
}

/* What a mail of long ago says is kept where it belongs. Nothing in it is
 * obeyed, nobody is told: whoever was to answer it has. */
int
intake_step_history(struct intake *in, struct err *err)
{
	int rc;

	if (!in->item->history)
		return 0;
	if (in->mail->kind == MAIL_BOUNCE ||
	    in->mail->kind == MAIL_ABUSE_REPORT)
		return intake_done(in, LEDGER_FILED, in->mail->because);
	rc = intake_step_loop(in, err);
	if (rc == 0)
		rc = intake_step_machine(in, err);
	if (rc != 0)
		return rc;
	return in->id.has_ticket ? on_ticket(in, err) : new_ticket(in, err);
}
