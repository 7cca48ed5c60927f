#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "desk/change.h"
#include "desk/intake_inside.h"
#include "desk/notify.h"
#include "desk/undo.h"

#define DAY_MS	((int64_t)24 * 3600 * 1000)

/* The one word, as a person writes it, or the command. */
static bool
says_undo(const struct mail *mail)
{
	if (intake_has_command(mail, "undo"))
		return true;
	return strncasecmp(mail->reply, "undo", 4) == 0 &&
	    strspn(mail->reply + 4, " .!\n") == strlen(mail->reply + 4);
}

/* The ledger id of what a transcript says was done; 0: nothing was. */
static int64_t
item_of(const struct outbox_row *row)
{
	json_t *detail = row->detail == NULL ? NULL :
	    json_loads(row->detail, 0, NULL);
	const char *item = json_string_value(json_object_get(detail, "item"));
	const char *done = json_string_value(json_object_get(detail, "done"));
	int64_t id = item == NULL || done == NULL || *done == '\0' ? 0 :
	    strtoll(item, NULL, 10);

	json_decref(detail);
	return id;
}

int
intake_step_undo(struct intake *in, struct err *err)
{
	const struct outbox_row *row = &in->id.row;
	struct ticket ticket;
	const char *report = "";
	struct message m;
	int64_t item;
	int rc;

	if (!in->id.has_row || !in->id.has_ticket || !in->id.token ||
	    (in->id.staff && !in->id.may_act) || in->mail->kind != MAIL_PERSON ||
	    strcmp(row->event, "transcript") != 0 || !says_undo(in->mail))
		return 0;
	/* the ticket it is about, not one that this was merged into */
	rc = ticket_get(in->desk->db, row->ticket, in->desk->arena, &ticket,
	    err);
	if (rc != 1)
		return rc;
	item = item_of(row);
	in->actor.because = UNDO_BECAUSE;
	if (item == 0) {
		report = "There was nothing to take back.";
		rc = 0;
	} else if (row->created_ms + UNDO_DAYS * DAY_MS <
	    in->desk->now_ms) {
		report = "It is more than 7 days ago.";
		rc = 0;
	} else
		rc = undo_item(in->desk, &in->actor, &ticket, item, &report,
		    err);
	if (rc == -1)
		return -1;
	if (rc == 0 && *report == '\0')
		report = "There was nothing to take back.";
	if (intake_store(in, &ticket, in->id.staff ? MESSAGE_NOTE :
	    MESSAGE_PUBLIC, "!undo", &m, err) == -1 ||
	    commands_transcript(in->desk, &in->actor, &ticket, report, rc == 1,
	    err) == -1 || change_store(in->desk, &ticket, err) == -1)
		return -1;
	return intake_done_on(in, in->id.staff ? LEDGER_NOTE : LEDGER_MESSAGE,
	    ticket.number, m.id, "undo");
}

/* What the mail orders, of what its sender may; n 0: nothing. */
int
intake_commands(struct intake *in, const char *text, unsigned who,
    struct commands *commands_out, struct err *err)
{
	*commands_out = (struct commands){ .rest = text, .say = "" };
	if (in->mail->kind != MAIL_PERSON || (in->mail->ncommands == 0 &&
	    in->mail->near_commands.n == 0))
		return 0;
	return commands_read(in->desk, text, who, commands_out, err);
}

/* Words of the message with those of "close TEXT". */
const char *
intake_words(struct intake *in, const struct commands *c)
{
	if (*c->say == '\0')
		return c->rest;
	return arena_printf(in->desk->arena, "%s%s%s", c->rest,
	    *c->rest == '\0' ? "" : "\n\n", c->say);
}
