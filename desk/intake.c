#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "db/raw_store.h"
#include "desk/budget.h"
#include "desk/change.h"
#include "desk/exitcheck.h"
#include "desk/identify.h"
#include "desk/notify.h"
#include "desk/parked.h"
#include "desk/route.h"
#include "desk/said.h"
#include "desk/token.h"

#define DAY_MS		((int64_t)24 * 3600 * 1000)
#define HOUR_MS		((int64_t)3600 * 1000)
#define WATCHERS_MAX	10

/* One item on its way through the steps. */
struct intake {
	struct desk			*desk;
	const struct intake_item	*item;
	const struct mail		*mail;
	struct ledger_row		 row;
	struct identity			 id;
	struct actor			 actor;
	struct intake_result		*result;
};

/* End the walk: what became of the item, and why. */
static int
done(struct intake *in, enum ledger_outcome outcome, const char *because)
{
	in->row.outcome = outcome;
	in->row.because = because;
	return 1;
}

static int
done_on(struct intake *in, enum ledger_outcome outcome, int64_t ticket,
    int64_t message, const char *because)
{
	in->row.ticket = ticket;
	in->row.message = message;
	return done(in, outcome, because);
}

/* ---- before anything is decided ---- */

/* The digest of "the same mail" (contract §4): Message-ID, From, Date, Subject
 * and the body bytes; trace headers differ between two mailboxes. */
static int
same_digest(struct intake *in, struct err *err)
{
	const struct mail *m = in->mail;
	const struct blob *raw = in->item->raw;
	char piece[65536], *head;
	struct crypt_hash *hash;
	size_t at, n, size = raw == NULL ? 0 : blob_size(raw);
	int ret = 0;

	if (m->message_id == NULL && !m->has_date) {
		memcpy(in->row.same_digest, in->row.raw_digest, CRYPT_SHA256);
		return 0;
	}
	head = arena_printf(in->desk->arena, "%s\n%s\n%lld\n%s\n%zu\n",
	    m->message_id == NULL ? "" : m->message_id,
	    m->from.address == NULL ? "" : m->from.address,
	    (long long)m->date_ms, m->subject == NULL ? "" : m->subject,
	    in->item->too_large ? in->item->full_size : 0);
	if (head == NULL)
		return err_set(err, ERR_FATAL, "intake: out of memory");
	hash = crypt_hash_new();
	crypt_hash_add(hash, head, strlen(head));
	for (at = m->header_length; ret == 0 && at < size; at += n) {
		n = size - at < sizeof piece ? size - at : sizeof piece;
		ret = blob_read(raw, at, piece, n, err);
		if (ret == 0)
			crypt_hash_add(hash, piece, n);
	}
	crypt_hash_finish(&hash, in->row.same_digest);
	return ret;
}

static int
step_digest(struct intake *in, struct err *err)
{
	if (in->item->raw != NULL &&
	    blob_sha256(in->item->raw, in->row.raw_digest, err) == -1)
		return -1;
	return same_digest(in, err) == -1 ? -1 : 0;
}

/* A fixed category of the second mailbox beats what the first one guessed. */
static int
better_category(struct intake *in, int64_t number, struct err *err)
{
	const struct settings_mailbox *mb = in->item->mailbox;
	struct ticket ticket;
	int rc;

	if (mb == NULL || mb->category[0] == '\0' || number == 0)
		return 0;
	rc = ticket_get(in->desk->db, number, in->desk->arena, &ticket, err);
	if (rc != 1 || strcmp(ticket.category, mb->category) == 0 ||
	    ticket.created_ms + DAY_MS < in->desk->now_ms)
		return rc == -1 ? -1 : 0;
	in->actor.because = "same mail in a mailbox with a fixed category";
	if (change_text(in->desk, &in->actor, &ticket, "category",
	    &ticket.category, mb->category, err) == -1)
		return -1;
	return change_store(in->desk, &ticket, err);
}

static int
step_same(struct intake *in, struct err *err)
{
	struct ledger_row first;
	const struct settings_mailbox *other;
	const char *name;
	int rc = ledger_find_same(in->desk->db, in->row.same_digest,
	    in->desk->arena, &first, err);

	if (rc != 1 || first.outcome == LEDGER_BEFORE_START)
		return rc == -1 ? -1 : 0;
	name = strchr(first.key.source, ':');
	other = name == NULL ? NULL : settings_mailbox(in->desk->settings,
	    name + 1);
	if ((other == NULL || other->category[0] == '\0') &&
	    first.outcome == LEDGER_TICKET &&
	    better_category(in, first.ticket, err) == -1)
		return -1;
	return done_on(in, LEDGER_DUPLICATE, first.ticket, first.message,
	    arena_printf(in->desk->arena, "same mail as item %lld",
	    (long long)first.id));
}

/* Keep the bytes (I11) and open the ledger row, so that events can name it. */
static int
step_keep(struct intake *in, struct err *err)
{
	struct desk *desk = in->desk;

	if (in->item->raw != NULL && raw_put(desk->db, in->item->raw,
	    in->mail->header_length < blob_size(in->item->raw) ?
	    in->mail->header_length : blob_size(in->item->raw), desk->now_ms,
	    &in->row.raw, err) == -1)
		return -1;
	in->row.outcome = LEDGER_FILED;
	in->row.because = "being decided";
	if (ledger_add(desk->db, &in->row, &in->row.id, err) == -1)
		return -1;
	in->actor.item = in->row.id;
	return 0;
}

static int
step_identify(struct intake *in, struct err *err)
{
	struct address_state *state = &in->id.state;

	if (identify(in->desk, in->item, &in->id, err) == -1)
		return -1;
	in->actor.person = in->id.known ? in->id.person.id : 0;
	in->actor.name = in->mail->from.address == NULL ? "unknown" :
	    in->mail->from.address;
	in->actor.proof = in->id.proof;
	in->actor.because = in->id.thread_rule;
	/* whoever writes again can be reached again */
	if (state->suppressed && in->mail->kind == MAIL_PERSON) {
		state->suppressed = false;
		return address_set(in->desk->db, in->mail->from.address,
		    state, err) == -1 ? -1 : 0;
	}
	return 0;
}

/* ---- mail of machines ---- */

/* Our own mail coming back: a loop header or a Message-ID of ours that only we
 * can have made. */
static int
step_loop(struct intake *in, struct err *err)
{
	struct outbox_row row;
	int rc = 0;

	if (in->mail->loop_id != NULL && in->mail->kind != MAIL_BOUNCE &&
	    token_loop_check(in->desk->secret, slice_of(in->mail->loop_id)))
		return done(in, LEDGER_LOOP, "our own loop header");
	if (in->mail->message_id != NULL)
		rc = identify_own_id(in->desk, in->mail->message_id, &row,
		    err);
	if (rc == 1)
		return done(in, LEDGER_LOOP, "our own Message-ID");
	return rc;
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
	if (permanent) {
		if (address_get(desk->db, row->to, &state, err) == -1)
			return -1;
		state.suppressed = true;
		if (address_set(desk->db, row->to, &state, err) == -1)
			return -1;
	}
	if (row->ticket != 0)
		rc = ticket_get(desk->db, row->ticket, desk->arena, &ticket,
		    err);
	if (rc == -1 || !first || strcmp(row->event, "delivery-failed") == 0)
		return rc == -1 ? -1 : 0;
	return notify_delivery_failed(desk, rc == 1 ? &ticket : NULL,
	    notify_detail(desk, "to", row->to, "error", why, "subject",
	    rc == 1 ? ticket.subject : "", NULL), err);
}

static int
step_bounce(struct intake *in, struct err *err)
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
		return done(in, LEDGER_FILED, "bounce of no mail of ours");
	bounce_weight(in->mail, &failed, &permanent, &why);
	in->actor.because = in->mail->because;
	if (change_event(in->desk, &in->actor, row.ticket,
	    failed ? "bounced" : "delayed", "to", NULL, row.to, err) == -1)
		return -1;
	if (failed && bounce_failed(in, &row, permanent, why, err) == -1)
		return -1;
	return done_on(in, LEDGER_BOUNCE, row.ticket, 0, in->mail->because);
}

/* An abuse report: that address gets no more automatic mail. */
static int
step_abuse(struct intake *in, struct err *err)
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
		return done(in, LEDGER_FILED, "abuse report of no mail of ours");
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
	return done_on(in, LEDGER_BOUNCE, row.ticket, 0, "abuse report");
}

/* ---- storing what was said ---- */

static int
store(struct intake *in, struct ticket *ticket,
    enum message_visibility visibility, const char *text,
    struct message *message_out, struct err *err)
{
	struct message m;

	if (said_message(in->desk, in->item, &in->id, text, &m, err) == -1)
		return -1;
	m.visibility = visibility;
	m.raw = in->row.raw;
	if (change_message(in->desk, &in->actor, ticket, &m, err) == -1 ||
	    said_attachments(in->desk, in->mail, &m, err) == -1 ||
	    said_thread(in->desk, in->mail, &m, err) == -1)
		return -1;
	*message_out = m;
	return 0;
}

static bool
is_machine(const struct mail *m)
{
	return m->kind == MAIL_AUTO_REPLY || m->kind == MAIL_RECEIPT ||
	    m->kind == MAIL_LOOP;
}

/* Vacation notices and receipts: on a ticket stored quietly, else filed. */
static int
step_machine(struct intake *in, struct err *err)
{
	const struct settings_mailbox *mb = in->item->mailbox;
	struct message m;

	if (!is_machine(in->mail))
		return 0;
	if (!in->id.has_ticket) {
		if (mb != NULL && mb->automatic == AUTO_TICKET &&
		    in->mail->auto_generated)
			return 0;	/* a monitoring system reports */
		return done(in, LEDGER_FILED, in->mail->because);
	}
	if (store(in, &in->id.ticket, MESSAGE_NOTE, said_text(in->desk,
	    in->mail, false), &m, err) == -1)
		return -1;
	return done_on(in, LEDGER_NOTE, m.ticket, m.id, in->mail->because);
}

/* ---- staff ---- */

/* An answer to one of our questions: what was parked is done. */
static int
step_answer(struct intake *in, struct err *err)
{
	struct parked_answer answer;
	int rc;

	if (!in->id.has_row || !in->id.staff || in->mail->kind != MAIL_PERSON)
		return 0;
	rc = parked_answer(in->desk, &in->actor, in->mail, &in->id, &answer,
	    err);
	if (rc != 1)
		return rc;
	return done_on(in, LEDGER_NOTE, answer.ticket, answer.message,
	    answer.because);
}

/* Store as internal note, tell the author why and how to send it. */
static int
staff_refused(struct intake *in, const char *text, const char *why,
    const char *found, struct err *err)
{
	struct message m;

	if (store(in, &in->id.ticket, MESSAGE_NOTE, text, &m, err) == -1 ||
	    parked_refuse(in->desk, &in->id.ticket, &in->id.person, &m, why,
	    found, err) == -1 ||
	    change_store(in->desk, &in->id.ticket, err) == -1)
		return -1;
	return done_on(in, LEDGER_NOTE, m.ticket, m.id, why);
}

static int
staff_note(struct intake *in, const char *text, const char *because,
    struct err *err)
{
	struct message m;

	if (store(in, &in->id.ticket, MESSAGE_NOTE, text, &m, err) == -1 ||
	    change_store(in->desk, &in->id.ticket, err) == -1)
		return -1;
	return done_on(in, LEDGER_NOTE, m.ticket, m.id, because);
}

static int
staff_reply(struct intake *in, const char *text, struct err *err)
{
	struct ticket *ticket = &in->id.ticket;
	struct message m;

	if (store(in, ticket, MESSAGE_PUBLIC, text, &m, err) == -1 ||
	    change_staff_spoke(in->desk, &in->actor, ticket, err) == -1 ||
	    notify_public(in->desk, ticket, "replied", m.id, m.author, false,
	    err) == -1 ||
	    change_store(in->desk, ticket, err) == -1)
		return -1;
	return done_on(in, LEDGER_MESSAGE, m.ticket, m.id,
	    in->id.thread_rule);
}

/* What in a proven staff mail forbids that it goes out (design §8); NULL:
 * nothing does. */
static int
staff_doubt(struct intake *in, const char *text, const char **why_out,
    const char **found_out, struct err *err)
{
	const struct mail *m = in->mail;
	size_t i;

	*why_out = *found_out = NULL;
	for (i = 0; i < m->ncommands; i++)
		if (strcmp(m->commands[i].verb, "reply") != 0) {
			*why_out = "a command that cannot be done by mail";
			*found_out = m->commands[i].verb;
			return 0;
		}
	if (m->near_commands.n > 0) {
		*why_out = "a line that looks like a command";
		*found_out = m->near_commands.v[0];
		return 0;
	}
	if (text_trim(slice_of(text)).len == 0 && m->nattachments == 0) {
		*why_out = "no new words were found in it";
		return 0;
	}
	switch (exitcheck(in->desk, in->id.ticket.number, 0, text, found_out,
	    err)) {
	case 1:
		*why_out = "words of an internal note stand in it";
		return 0;
	case 0:
		return 0;
	}
	return -1;
}

static bool
has_command(const struct mail *mail, const char *verb)
{
	size_t i;

	for (i = 0; i < mail->ncommands; i++)
		if (strcmp(mail->commands[i].verb, verb) == 0)
			return true;
	return false;
}

/* Does the mail say that it is a note, or answer one that showed a note? */
static int
is_note(struct intake *in, bool *note_out, struct err *err)
{
	struct message shown;
	int rc;

	*note_out = in->mail->note_marker || has_command(in->mail, "note") ||
	    said_is_note_answer(in->id.has_row ? in->id.row.event : "");
	if (*note_out || !in->id.has_row || in->id.row.message == 0)
		return 0;
	rc = message_get(in->desk->db, in->id.row.message, in->desk->arena,
	    &shown, err);
	if (rc == 1)
		*note_out = shown.visibility != MESSAGE_PUBLIC;
	return rc == -1 ? -1 : 0;
}

/* What a plain staff answer is, as the category has it (mail-reply). */
static enum settings_say
what_is_said(const struct intake *in)
{
	const struct settings_category *c = settings_category(
	    in->desk->settings, in->id.ticket.category);

	if (c == NULL || has_command(in->mail, "reply"))
		return SAY_REPLY;
	return c->mail_reply;
}

/* Not proven: parked for 24 hours, and the known address is asked. */
static int
staff_park(struct intake *in, const char *text, bool note, struct err *err)
{
	struct message m;
	int rc;

	if (store(in, &in->id.ticket, MESSAGE_HELD, text, &m, err) == -1)
		return -1;
	rc = parked_ask(in->desk, &in->id.ticket, &in->id.person, &m, note,
	    in->id.verdict == PROOF_PASS, err);
	if (rc == -1 || change_store(in->desk, &in->id.ticket, err) == -1)
		return -1;
	return done_on(in, LEDGER_HELD, m.ticket, m.id, rc == 1 ?
	    "staff without proof: asked" : "staff without proof: held");
}

static int
step_staff(struct intake *in, struct err *err)
{
	const char *text, *why, *found;
	bool note;

	if (!in->id.has_ticket || !in->id.staff ||
	    in->mail->kind != MAIL_PERSON ||
	    (in->id.on_ticket && in->id.ticket.requester == in->id.person.id))
		return 0;
	text = said_text(in->desk, in->mail, true);
	if (is_note(in, &note, err) == -1)
		return -1;
	if (!in->id.may_act)
		return staff_park(in, text, note, err);
	if (note || what_is_said(in) == SAY_NOTE)
		return staff_note(in, text, "note", err);
	if (staff_doubt(in, text, &why, &found, err) == -1)
		return -1;
	if (why == NULL && what_is_said(in) == SAY_ASK)
		why = "answers by mail are asked about first here";
	if (why != NULL)
		return staff_refused(in, text, why, found, err);
	return staff_reply(in, text, err);
}

/* ---- requesters, watchers, strangers ---- */

/* To and Cc of somebody proven become watchers; of others, proposals. */
static int
take_watchers(struct intake *in, const struct ticket *ticket,
    struct err *err)
{
	const struct mail_addresses *lists[] = { &in->mail->to,
	    &in->mail->cc };
	bool proven = in->id.verdict == PROOF_PASS || in->id.token;
	struct person person;
	size_t i, j;
	int taken = 0;

	if (in->mail->kind != MAIL_PERSON || in->mail->list_id != NULL)
		return 0;
	for (i = 0; i < 2; i++)
		for (j = 0; j < lists[i]->n && taken < WATCHERS_MAX; j++) {
			const struct mail_address *a = &lists[i]->v[j];

			if (!said_is_person_address(in->desk->settings,
			    a->address) || text_ieq(slice_of(a->address),
			    slice_of(in->actor.name)))
				continue;
			taken++;
			if (!proven) {
				if (change_event(in->desk, &in->actor,
				    ticket->number, "proposed", "watcher",
				    NULL, a->address, err) == -1)
					return -1;
				continue;
			}
			if (act_person(in->desk, a->address, a->name, &person,
			    err) == -1 || change_watcher(in->desk, &in->actor,
			    ticket->number, person.id, a->address, err) == -1)
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

static int
participant_spoke(struct intake *in, struct err *err)
{
	struct ticket *ticket = &in->id.ticket;
	bool person = in->mail->kind == MAIL_PERSON;
	const char *text = said_text(in->desk, in->mail, false);
	struct message m;

	if (store(in, ticket, MESSAGE_PUBLIC, text, &m, err) == -1)
		return -1;
	if (person && (change_requester_spoke(in->desk, &in->actor, ticket,
	    said_is_thanks(in->mail, text), err) == -1 ||
	    take_watchers(in, ticket, err) == -1))
		return -1;
	if (person && !in->item->stale && (notify_staff(in->desk, ticket,
	    "staff-requester-reply", m.id, NULL, m.author, err) == -1 ||
	    notify_public(in->desk, ticket, "replied", m.id, m.author, false,
	    err) == -1))
		return -1;
	if (change_store(in->desk, ticket, err) == -1)
		return -1;
	return done_on(in, LEDGER_MESSAGE, m.ticket, m.id,
	    in->id.thread_rule);
}

static int
step_participant(struct intake *in, struct err *err)
{
	if (!in->id.has_ticket || !in->id.on_ticket ||
	    in->mail->kind == MAIL_UNREADABLE || too_late(in))
		return 0;
	return participant_spoke(in, err);
}

/* Somebody who is not on the ticket, or a mail that cannot be read: staff
 * only, mailed to nobody, until staff release it. */
static int
step_held(struct intake *in, struct err *err)
{
	struct ticket *ticket = &in->id.ticket;
	bool unreadable = in->mail->kind == MAIL_UNREADABLE;
	struct message m;

	if (!in->id.has_ticket || (in->id.on_ticket && !unreadable))
		return 0;
	if (store(in, ticket, MESSAGE_HELD, said_text(in->desk, in->mail,
	    false), &m, err) == -1)
		return -1;
	if (in->mail->kind != MAIL_BULK && !in->item->stale &&
	    notify_staff(in->desk, ticket, "staff-requester-reply", m.id,
	    NULL, m.author, err) == -1)
		return -1;
	if (change_store(in->desk, ticket, err) == -1)
		return -1;
	return done_on(in, LEDGER_HELD, m.ticket, m.id, unreadable ?
	    "could not be read" : "sender is not on the ticket");
}

/* ---- a new ticket ---- */

/* Above the sender's limit: a message of this hour's newest ticket. 1 done. */
static int
collect(struct intake *in, struct err *err)
{
	struct message m;
	int64_t number;
	int rc;

	rc = said_newest_of(in->desk, in->id.known ? in->id.person.id : 0,
	    in->desk->now_ms - HOUR_MS, &number, err);
	if (rc != 1)
		return rc;
	rc = ticket_get(in->desk->db, number, in->desk->arena,
	    &in->id.ticket, err);
	if (rc != 1)
		return rc;
	if (store(in, &in->id.ticket, MESSAGE_PUBLIC, said_text(in->desk,
	    in->mail, false), &m, err) == -1 ||
	    change_store(in->desk, &in->id.ticket, err) == -1)
		return -1;
	return done_on(in, LEDGER_MESSAGE, m.ticket, m.id,
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

static int
new_ticket(struct intake *in, struct ticket *ticket, struct message *m,
    struct err *err)
{
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
	if (is_machine(mail))
		ticket->flags |= TICKET_QUIET;
	if (find_requester(in, ticket, err) == -1)
		return -1;
	in->actor.because = arena_printf(in->desk->arena, "category by %s",
	    rule);
	if (change_create(in->desk, &in->actor, ticket, err) == -1)
		return -1;
	in->actor.because = in->id.thread_rule;
	return store(in, ticket, MESSAGE_PUBLIC, said_opening(in->desk,
	    in->item), m, err);
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

static int
step_ticket(struct intake *in, struct err *err)
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
	    take_watchers(in, &ticket, err) == -1 ||
	    acknowledge(in, &ticket, &m, err) == -1)
		return -1;
	if ((ticket.flags & (TICKET_SPAM | TICKET_BULK)) == 0 &&
	    !in->item->stale && notify_staff(in->desk, &ticket,
	    "staff-new-ticket", m.id, NULL, m.author, err) == -1)
		return -1;
	return done_on(in, LEDGER_TICKET, ticket.number, m.id,
	    in->mail->because);
}

/* ---- the walk ---- */

static const struct step {
	const char	*name;
	/* 1 decided, 0 the next step, -1 error */
	int		(*fn)(struct intake *in, struct err *err);
} steps[] = {
	{ "digest",		step_digest },
	{ "same mail",		step_same },
	{ "keep",		step_keep },
	{ "identify",		step_identify },
	{ "loop",		step_loop },
	{ "bounce",		step_bounce },
	{ "abuse report",	step_abuse },
	{ "machine",		step_machine },
	{ "answer",		step_answer },
	{ "staff",		step_staff },
	{ "participant",	step_participant },
	{ "held",		step_held },
	{ "ticket",		step_ticket },
};

/* What the ledger can say before anything is decided. */
static void
begin(struct intake *in, struct desk *desk, const struct intake_item *item,
    struct intake_result *result)
{
	const struct mail *m = item->mail;

	*in = (struct intake){ .desk = desk, .item = item, .mail = m,
	    .result = result };
	in->row = (struct ledger_row){
		.key = item->key,
		.seen_ms = desk->now_ms,
		.message_id = m->message_id,
		.from = m->from.address,
		.subject = m->subject,
		.kind = mail_kind_name(m->kind),
	};
	in->actor = (struct actor){ .name = "system", .source = "mail",
	    .system = true };
}

/* Close the ledger row with its outcome. */
static int
finish(struct intake *in, const char *step, struct err *err)
{
	int rc;

	if (in->row.id == 0)
		rc = ledger_add(in->desk->db, &in->row, &in->row.id, err);
	else
		rc = ledger_update(in->desk->db, &in->row, err);
	if (rc == -1)
		return -1;
	*in->result = (struct intake_result){
		.outcome = in->row.outcome,
		.ledger = in->row.id,
		.ticket = in->row.ticket,
		.message = in->row.message,
		.because = in->row.because,
		.step = step,
	};
	return 0;
}

/* 1 it is in the ledger already and *result_out says so; 0 not; -1 error. */
static int
known(struct desk *desk, const struct ledger_key *key,
    struct intake_result *result_out, struct err *err)
{
	struct ledger_row row;
	int rc = ledger_find(desk->db, key, desk->arena, &row, err);

	if (rc != 1)
		return rc;
	*result_out = (struct intake_result){ row.outcome, row.id, row.ticket,
	    row.message, row.because, "known" };
	return 1;
}

/* Run the steps from first on; only: that one alone. */
static int
walk(struct intake *in, int (*first)(struct intake *, struct err *),
    int (*only)(struct intake *, struct err *), struct err *err)
{
	const size_t n = sizeof steps / sizeof steps[0];
	size_t i;
	int rc;

	for (i = 0; i < n && steps[i].fn != first; i++)
		;
	for (; i < n; i++) {
		if (only != NULL && steps[i].fn != only &&
		    steps[i].fn != first)
			continue;
		/* until who wrote is known, the desk itself acts */
		in->actor.system = i < 4;
		rc = steps[i].fn(in, err);
		if (rc == -1)
			return err_prefix(err, "%s", steps[i].name);
		if (rc == 1)
			return finish(in, steps[i].name, err);
	}
	return err_set(err, ERR_FATAL, "intake: no step decided");
}

int
intake_again(struct desk *desk, int64_t ledger, const struct mail *mail,
    bool make_ticket, struct intake_result *result_out, struct err *err)
{
	struct ledger_row row;
	struct intake_item item = { .mail = mail };
	struct intake in;
	const char *name;
	int64_t old;
	int rc = ledger_get(desk->db, ledger, desk->arena, &row, err);

	if (rc == -1)
		return -1;
	if (rc == 0 || (row.outcome != LEDGER_QUARANTINED &&
	    row.outcome != LEDGER_FILED))
		return err_set(err, ERR_INPUT, "no quarantined or filed item "
		    "has the id %lld", (long long)ledger);
	name = strchr(row.key.source, ':');
	item.key = row.key;
	item.mailbox = name == NULL ? NULL : settings_mailbox(desk->settings,
	    name + 1);
	item.received_ms = row.seen_ms;
	begin(&in, desk, &item, result_out);
	old = row.ticket;
	row.kind = in.row.kind;
	row.ticket = row.message = 0;
	in.row = row;
	in.actor.item = row.id;
	if (walk(&in, step_identify, make_ticket ? step_ticket : NULL,
	    err) == -1)
		return -1;
	if (old == 0 || result_out->ticket == 0 || old == result_out->ticket)
		return 0;
	return link_add(desk->db, result_out->ticket, LINK_LINKED, old, err);
}

int
intake_mail(struct desk *desk, const struct intake_item *item,
    struct intake_result *result_out, struct err *err)
{
	struct intake in;
	int rc = known(desk, &item->key, result_out, err);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	begin(&in, desk, item, result_out);
	return walk(&in, step_digest, NULL, err);
}

int
intake_quarantine(struct desk *desk, const struct intake_item *item,
    const char *fault, int attempts, struct intake_result *result_out,
    struct err *err)
{
	struct intake in;
	struct ticket ticket;
	struct message m;
	const char *from;
	int rc = known(desk, &item->key, result_out, err);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	begin(&in, desk, item, result_out);
	from = in.mail->from.address == NULL ? "" : in.mail->from.address;
	if (step_digest(&in, err) == -1 || step_keep(&in, err) == -1)
		return -1;
	in.actor.because = fault;
	ticket = (struct ticket){
		.subject = arena_printf(desk->arena,
		    "A mail could not be processed: %s", said_subject(desk,
		    item)),
		.category = item->mailbox != NULL &&
		    item->mailbox->category[0] != '\0' ?
		    item->mailbox->category : desk->settings->default_category,
		.priority = PRIORITY_NORMAL, .location = "", .tags = "",
		.source = "mail", .flags = TICKET_QUIET,
	};
	m = (struct message){
		.visibility = MESSAGE_NOTE, .source = "mail",
		.automatic = true, .raw = in.row.raw,
		.text = arena_printf(desk->arena, "A mail from %s could not be "
		    "processed: %s. It was tried %d times and is kept as it "
		    "came: `campusdesk quarantine show %lld` prints it, "
		    "`quarantine retry` tries again.", *from == '\0' ?
		    "an unknown sender" : from, fault, attempts,
		    (long long)in.row.id),
	};
	if (change_create(desk, &in.actor, &ticket, err) == -1 ||
	    change_message(desk, &in.actor, &ticket, &m, err) == -1 ||
	    notify_staff(desk, &ticket, "quarantined", m.id, notify_detail(
	    desk, "fault", fault, "from", from, "subject", said_subject(desk,
	    item), NULL), 0, err) == -1)
		return -1;
	in.row.attempts = attempts;
	done_on(&in, LEDGER_QUARANTINED, ticket.number, m.id, fault);
	return finish(&in, "quarantine", err);
}

int
intake_note(struct desk *desk, const struct ledger_key *key,
    enum ledger_outcome outcome, const char *because, struct err *err)
{
	struct ledger_row row = {
		.key = *key,
		.seen_ms = desk->now_ms,
		.outcome = outcome,
		.because = because,
	};
	int rc = ledger_find(desk->db, key, desk->arena, NULL, err);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	return ledger_add(desk->db, &row, &row.id, err);
}
