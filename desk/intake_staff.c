#include <string.h>

#include "base/text.h"
#include "desk/change.h"
#include "desk/commands.h"
#include "desk/exitcheck.h"
#include "desk/intake_inside.h"
#include "desk/notify.h"
#include "desk/parked.h"
#include "desk/said.h"
#include "desk/spam.h"

/* An answer to one of our questions: what was parked is done. */
int
intake_step_answer(struct intake *in, struct err *err)
{
	struct parked_answer answer;
	int rc;

	if (!in->id.has_row || in->mail->kind != MAIL_PERSON)
		return 0;
	rc = parked_answer(in->desk, &in->actor, in->mail, &in->id, &answer,
	    err);
	if (rc != 1)
		return rc;
	return intake_done_on(in, LEDGER_NOTE, answer.ticket, answer.message,
	    answer.because);
}

/* Store as internal note, tell the author why and how to send it. */
static int
staff_refused(struct intake *in, const char *text, const char *why,
    const char *found, struct err *err)
{
	struct message m;

	if (intake_store(in, &in->id.ticket, MESSAGE_NOTE, text, &m,
	    err) == -1 ||
	    parked_refuse(in->desk, &in->id.ticket, &in->id.person, &m, why,
	    found, err) == -1 ||
	    change_store(in->desk, &in->id.ticket, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_NOTE, m.ticket, m.id, why);
}

static int
staff_note(struct intake *in, const char *text, const char *because,
    struct err *err)
{
	struct message m;

	if (intake_store(in, &in->id.ticket, MESSAGE_NOTE, text, &m,
	    err) == -1 ||
	    change_store(in->desk, &in->id.ticket, err) == -1)
		return -1;
	return intake_done_on(in, LEDGER_NOTE, m.ticket, m.id, because);
}

/* Public words, or commands, or both: what is doubtful has been sorted out. */
static int
staff_act(struct intake *in, const struct commands *c, const char *text,
    bool note, struct err *err)
{
	struct ticket *ticket = &in->id.ticket;
	enum ticket_status old = ticket->status;
	const char *words = intake_words(in, c), *report = "";
	bool public = !note && !c->silent && (text_trim(slice_of(words)).len > 0 ||
	    in->mail->nattachments > 0);
	struct message m;
	int rc = commands_do(in->desk, &in->actor, COMMAND_STAFF, public ?
	    SPOKE_STAFF : SPOKE_NOT, public ? words : NULL, ticket, c, &report,
	    err);

	if (rc == -1)
		return -1;
	if (rc == 0)
		return staff_refused(in, text, report, NULL, err);
	if (intake_store(in, ticket, public ? MESSAGE_PUBLIC : MESSAGE_NOTE,
	    public ? words : text, &m, err) == -1 ||
	    (public && intake_watchers(in, ticket, err) == -1) ||
	    commands_tell(in->desk, &in->actor, ticket, old, public ? m.id : 0,
	    err) == -1 || (c->n > 0 && commands_transcript(in->desk,
	    &in->actor, ticket, report, true, err) == -1) ||
	    change_store(in->desk, ticket, err) == -1)
		return -1;
	return intake_done_on(in, public ? LEDGER_MESSAGE : LEDGER_NOTE,
	    m.ticket, m.id, in->id.thread_rule);
}

/* What in a proven staff mail forbids that it goes out (design §8); NULL:
 * nothing does. */
static int
staff_doubt(struct intake *in, const struct commands *c,
    const char **why_out, const char **found_out, struct err *err)
{
	const struct mail *m = in->mail;
	const char *text = intake_words(in, c);

	*why_out = *found_out = NULL;
	if (in->item->too_large) {
		*why_out = "the mail is too large to be taken in";
		return 0;
	}
	if (c->canned != NULL) {	/* it could not be had */
		*why_out = c->wrong;
		return 0;
	}
	if (m->near_commands.n > 0) {
		*why_out = c->wrong != NULL ? c->wrong :
		    commands_near_why(in->desk, m->near_commands.v[0]);
		*found_out = m->near_commands.v[0];
		return *why_out == NULL ? err_set(err, ERR_FATAL,
		    "commands: out of memory") : 0;
	}
	if (text_trim(slice_of(text)).len == 0 && m->nattachments == 0 &&
	    c->n == 0) {
		*why_out = "no new words were found in it";
		return 0;
	}
	if (!c->silent && (text_trim(slice_of(text)).len > 0 ||
	    m->nattachments > 0) && spam_silences(in->desk, &in->id.ticket,
	    why_out) != 0)
		return *why_out == NULL ? err_set(err, ERR_FATAL,
		    "intake: out of memory") : 0;
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

bool
intake_has_command(const struct mail *mail, const char *verb)
{
	size_t i;

	for (i = 0; i < mail->ncommands; i++)
		if (strcmp(mail->commands[i].verb, verb) == 0)
			return true;
	return false;
}

/* Is an answer to that mail of ours a note, since it showed one? */
static int
showed_note(struct desk *desk, const struct outbox_row *row, bool *note_out,
    struct err *err)
{
	struct message shown;
	int rc;

	*note_out = said_is_note_answer(row->event);
	if (*note_out || row->message == 0)
		return 0;
	rc = message_get(desk->db, row->message, desk->arena, &shown, err);
	if (rc == 1)
		*note_out = shown.visibility != MESSAGE_PUBLIC;
	return rc == -1 ? -1 : 0;
}

/* Does the mail say that it is a note, or answer one that showed a note? */
static int
is_note(struct intake *in, bool *note_out, struct err *err)
{
	*note_out = in->mail->note_marker ||
	    intake_has_command(in->mail, "note");
	if (!*note_out && in->id.has_row && showed_note(in->desk, &in->id.row,
	    note_out, err) == -1)
		return -1;
	if (!*note_out && in->id.has_answered && showed_note(in->desk,
	    &in->id.answered, note_out, err) == -1)
		return -1;
	return 0;
}

/* What a plain staff answer is, as the category has it (mail-reply). */
static enum settings_say
what_is_said(const struct intake *in)
{
	const struct settings_category *c = settings_category(
	    in->desk->settings, in->id.ticket.category);

	if (c == NULL || intake_has_command(in->mail, "reply"))
		return SAY_REPLY;
	return c->mail_reply;
}

/* Not proven: parked for 24 hours, and the known address is asked; of old mail
 * nobody is. */
static int
staff_park(struct intake *in, const char *text, bool note, struct err *err)
{
	struct message m;
	int rc = 0;

	if (intake_store(in, &in->id.ticket, note && in->item->stale ?
	    MESSAGE_NOTE : MESSAGE_HELD, text, &m, err) == -1)
		return -1;
	if (!in->item->stale)
		rc = parked_ask(in->desk, &in->id.ticket, &in->id.person, &m,
		    note, in->id.verdict == PROOF_PASS, err);
	if (rc == -1 || change_store(in->desk, &in->id.ticket, err) == -1)
		return -1;
	return intake_done_on(in, m.visibility == MESSAGE_NOTE ? LEDGER_NOTE :
	    LEDGER_HELD, m.ticket, m.id, rc == 1 ?
	    "staff without proof: asked" : "staff without proof: held");
}

int
intake_step_staff(struct intake *in, struct err *err)
{
	const char *text, *why = NULL, *found = NULL;
	struct commands c;
	bool note;

	if (!in->id.has_ticket || !in->id.staff ||
	    in->mail->kind != MAIL_PERSON ||
	    (in->id.on_ticket && in->id.ticket.requester == in->id.person.id))
		return 0;
	text = intake_text(in, true);
	if (is_note(in, &note, err) == -1 ||
	    intake_commands(in, text, COMMAND_STAFF, &c, err) == -1)
		return -1;
	note = note || what_is_said(in) == SAY_NOTE;
	if (in->id.may_act && commands_fill(in->desk, &in->actor,
	    &in->id.ticket, &c, err) == -1)
		return -1;
	if (!in->id.may_act)
		return staff_park(in, text, note || in->item->too_large, err);
	if (note && c.n == 0)
		return staff_note(in, text, "note", err);
	if (!note && staff_doubt(in, &c, &why, &found, err) == -1)
		return -1;
	if (!note && why == NULL && what_is_said(in) == SAY_ASK &&
	    *c.rest != '\0')
		why = "answers by mail are asked about first here";
	if (!note && why != NULL)
		return staff_refused(in, text, why, found, err);
	return staff_act(in, &c, text, note, err);
}
