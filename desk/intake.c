#include <stdio.h>
#include <string.h>

#include "db/raw_store.h"
#include "desk/change.h"
#include "desk/intake_inside.h"
#include "desk/notify.h"
#include "desk/said.h"

#define DAY_MS		((int64_t)24 * 3600 * 1000)

/* End the walk: what became of the item, and why. */
int
intake_done(struct intake *in, enum ledger_outcome outcome, const char *because)
{
	in->row.outcome = outcome;
	in->row.because = because;
	return 1;
}

int
intake_done_on(struct intake *in, enum ledger_outcome outcome, int64_t ticket,
    int64_t message, const char *because)
{
	in->row.ticket = ticket;
	in->row.message = message;
	return intake_done(in, outcome, because);
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
	return intake_done_on(in, LEDGER_DUPLICATE, first.ticket, first.message,
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
	    in->mail->header_length : blob_size(in->item->raw),
	    desk_real_ms(desk), &in->row.raw, err) == -1)
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
	if (state->suppressed && in->mail->kind == MAIL_PERSON &&
	    !in->item->history) {
		state->suppressed = false;
		return address_set(in->desk->db, in->mail->from.address,
		    state, err) == -1 ? -1 : 0;
	}
	return 0;
}

/* ---- storing what was said ---- */

int
intake_store(struct intake *in, struct ticket *ticket,
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

const char *
intake_text(struct intake *in, bool staff)
{
	return in->item->too_large ? said_opening(in->desk, in->item) :
	    said_text(in->desk, in->mail, staff);
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
	{ "history",		intake_step_history },
	{ "loop",		intake_step_loop },
	{ "bounce",		intake_step_bounce },
	{ "list",		intake_step_list },
	{ "abuse report",	intake_step_abuse },
	{ "machine",		intake_step_machine },
	{ "undo",		intake_step_undo },
	{ "answer",		intake_step_answer },
	{ "staff",		intake_step_staff },
	{ "participant",	intake_step_participant },
	{ "held",		intake_step_held },
	{ "ticket",		intake_step_ticket },
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
		.seen_ms = desk_real_ms(desk),
		.message_id = m->message_id,
		.from = m->from.address,
		.subject = m->subject,
		.kind = mail_kind_name(m->kind),
		/* what is too large stays as it is on the server */
		.acked = item->too_large,
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
	if (walk(&in, step_identify, make_ticket ? intake_step_ticket : NULL,
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
	intake_done_on(&in, LEDGER_QUARANTINED, ticket.number, m.id, fault);
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
