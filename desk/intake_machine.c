#include <string.h>

#include "base/text.h"
#include "desk/canary.h"
#include "desk/change.h"
#include "desk/intake_inside.h"
#include "desk/notify.h"
#include "desk/said.h"
#include "desk/token.h"

/* Our own mail coming back: a loop header or a Message-ID of ours that only we
 * can have made. */
int
intake_step_loop(struct intake *in, struct err *err)
{
	struct outbox_row row;
	int rc = 0;

	if (in->mail->message_id != NULL)
		rc = identify_own_id(in->desk, in->mail->message_id, &row,
		    err);
	if (rc == -1)
		return -1;
	if (rc == 1 && strcmp(row.event, CANARY) == 0)
		return canary_back(in->desk, &row, err) == -1 ? -1 :
		    intake_done(in, LEDGER_LOOP, "our own canary");
	if (in->mail->loop_id != NULL && in->mail->kind != MAIL_BOUNCE &&
	    token_loop_check(in->desk->secret, slice_of(in->mail->loop_id)))
		return intake_done(in, LEDGER_LOOP, "our own loop header");
	if (rc == 1)
		return intake_done(in, LEDGER_LOOP, "our own Message-ID");
	return 0;
}

/* The outbox row that a bounce is about; 1/0/-1. */
static int
bounced_row(struct intake *in, struct outbox_row *row_out, struct err *err)
{
	const struct mail *m = in->mail;
	size_t i;
	int rc = 0;

	if (m->bounce != NULL && m->bounce->original_message_id != NULL)
		rc = identify_own_id(in->desk, m->bounce->original_message_id,
		    row_out, err);
	for (i = 0; rc == 0 && i < m->our_ids.n; i++)
		rc = identify_own_id(in->desk, m->our_ids.v[i], row_out, err);
	if (rc == 0 && in->id.has_row) {
		*row_out = in->id.row;
		rc = 1;
	}
	return rc;
}

/* failed for good, for now, or only delayed? The worst recipient counts. */
static void
bounce_weight(const struct mail *m, bool *failed, bool *permanent,
    const char **why)
{
	size_t i;

	*failed = m->bounce == NULL || m->bounce->n == 0;
	*permanent = false;
	*why = "";
	for (i = 0; m->bounce != NULL && i < m->bounce->n; i++) {
		const struct mail_bounced *b = &m->bounce->v[i];

		if (b->action != NULL && strcmp(b->action, "failed") != 0)
			continue;
		*failed = true;
		if (b->status != NULL && b->status[0] == '5')
			*permanent = true;
		if (b->diagnostic != NULL)
			*why = b->diagnostic;
		else if (b->status != NULL)
			*why = b->status;
	}
}

static int
bounce_failed(struct intake *in, struct outbox_row *row, bool permanent,
    const char *why, struct err *err)
{
	struct desk *desk = in->desk;
	struct address_state state = { 0 };
	struct ticket ticket;
	bool first = row->state != OUTBOX_BOUNCED;
	int rc = 0;

	row->state = OUTBOX_BOUNCED;
	row->error = why;
	row->done_ms = desk->now_ms;
	if (outbox_update(desk->db, row, err) == -1)
		return -1;
	if (permanent && strcmp(row->event, CANARY) != 0) {
		if (address_get(desk->db, row->to, &state, err) == -1)
			return -1;
		state.suppressed = true;
		if (address_set(desk->db, row->to, &state, err) == -1)
			return -1;
	}
	if (row->ticket != 0)
		rc = ticket_get(desk->db, row->ticket, desk->arena, &ticket,
		    err);
	if (rc == -1 || !first || notify_is_about_us(row->event))
		return rc == -1 ? -1 : 0;
	return notify_delivery_failed(desk, rc == 1 ? &ticket : NULL,
	    notify_detail(desk, "to", row->to, "error", why, "subject",
	    rc == 1 ? ticket.subject : "", NULL), err);
}

int
intake_step_bounce(struct intake *in, struct err *err)
{
	struct outbox_row row;
	bool failed, permanent;
	const char *why;
	int rc;

	if (in->mail->kind != MAIL_BOUNCE)
		return 0;
	rc = bounced_row(in, &row, err);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return intake_done(in, LEDGER_FILED,
		    "bounce of no mail of ours");
	bounce_weight(in->mail, &failed, &permanent, &why);
	in->actor.because = in->mail->because;
	if (change_event(in->desk, &in->actor, row.ticket,
	    failed ? "bounced" : "delayed", "to", NULL, row.to, err) == -1)
		return -1;
	if (failed && bounce_failed(in, &row, permanent, why, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_BOUNCE, row.ticket, 0,
	    in->mail->because);
}

/* An abuse report: that address gets no more automatic mail. */
int
intake_step_abuse(struct intake *in, struct err *err)
{
	struct outbox_row row;
	struct address_state state = { 0 };
	int rc;

	if (in->mail->kind != MAIL_ABUSE_REPORT)
		return 0;
	rc = bounced_row(in, &row, err);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return intake_done(in, LEDGER_FILED,
		    "abuse report of no mail of ours");
	if (address_get(in->desk->db, row.to, &state, err) == -1)
		return -1;
	state.suppressed = true;
	if (address_set(in->desk->db, row.to, &state, err) == -1 ||
	    change_event(in->desk, &in->actor, row.ticket, "complained", "to",
	    NULL, row.to, err) == -1 ||
	    notify_delivery_failed(in->desk, NULL, notify_detail(in->desk,
	    "to", row.to, "error", "the recipient reported our mail as abuse",
	    NULL), err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_BOUNCE, row.ticket, 0, "abuse report");
}

bool
intake_is_machine(const struct mail *m)
{
	return m->kind == MAIL_AUTO_REPLY || m->kind == MAIL_RECEIPT ||
	    m->kind == MAIL_LOOP;
}

/* Vacation notices and receipts: on a ticket stored quietly, else filed. */
int
intake_step_machine(struct intake *in, struct err *err)
{
	const struct settings_mailbox *mb = in->item->mailbox;
	struct message m;

	if (!intake_is_machine(in->mail))
		return 0;
	if (!in->id.has_ticket) {
		if (mb != NULL && mb->automatic == AUTO_TICKET &&
		    in->mail->auto_generated)
			return 0;	/* a monitoring system reports */
		return intake_done(in, LEDGER_FILED, in->mail->because);
	}
	if (intake_store(in, &in->id.ticket, MESSAGE_NOTE, intake_text(in,
	    false), &m, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_NOTE, m.ticket, m.id,
	    in->mail->because);
}
