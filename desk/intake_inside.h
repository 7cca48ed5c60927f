/* intake_inside - one item on its way through the steps of intake.c; for
 * intake*.c only. A step: 1 decided, 0 the next one, -1 error. */
#ifndef DESK_INTAKE_INSIDE_H
#define DESK_INTAKE_INSIDE_H

#include "desk/act.h"
#include "desk/commands.h"
#include "desk/identify.h"
#include "desk/intake.h"

struct intake {
	struct desk			*desk;
	const struct intake_item	*item;
	const struct mail		*mail;
	struct ledger_row		 row;
	struct identity			 id;
	struct actor			 actor;
	bool				 obeyed;	/* its commands were done */
	struct intake_result		*result;
};

/* End the walk: what became of the item, and why; 1 always. */
int	intake_done(struct intake *in, enum ledger_outcome outcome,
	    const char *because);
int	intake_done_on(struct intake *in, enum ledger_outcome outcome,
	    int64_t ticket, int64_t message, const char *because);
/* The mail as a message of the ticket, with its attachments and thread ids. */
int	intake_store(struct intake *in, struct ticket *ticket,
	    enum message_visibility visibility, const char *text,
	    struct message *message_out, struct err *err);
/* What it says, with its commands (of staff without those about the message);
 * of a mail that was too large, that it was. */
const char *intake_text(struct intake *in, bool staff);
/* An automatic answer of some kind? */
bool	intake_is_machine(const struct mail *mail);
bool	intake_has_command(const struct mail *mail, const char *verb);
/* To and Cc of somebody proven become watchers; of others, proposals. */
int	intake_watchers(struct intake *in, const struct ticket *ticket,
	    struct err *err);

/* intake_history.c: mail of an import */
int	intake_step_history(struct intake *in, struct err *err);
/* intake_list.c: mailing lists that staff said something about */
int	intake_step_list(struct intake *in, struct err *err);
/* intake_commands.c: "undo", and what a mail orders */
int	intake_step_undo(struct intake *in, struct err *err);
int	intake_commands(struct intake *in, const char *text, unsigned who,
	    struct commands *commands_out, struct err *err);
const char *intake_words(struct intake *in, const struct commands *c);
/* intake_machine.c: our own mail, bounces, abuse reports, automatic answers */
int	intake_step_loop(struct intake *in, struct err *err);
int	intake_step_bounce(struct intake *in, struct err *err);
int	intake_step_abuse(struct intake *in, struct err *err);
int	intake_step_machine(struct intake *in, struct err *err);
/* intake_staff.c: answers to our questions; replies and notes of staff */
int	intake_step_answer(struct intake *in, struct err *err);
int	intake_step_staff(struct intake *in, struct err *err);
/* intake_people.c: requesters, watchers, strangers on a ticket */
int	intake_step_participant(struct intake *in, struct err *err);
int	intake_step_held(struct intake *in, struct err *err);
/* intake_ticket.c: a new ticket, its acknowledgement */
int	intake_step_ticket(struct intake *in, struct err *err);

#endif
