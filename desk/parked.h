/* parked - acts of staff that wait for a proof or for a second word (design
 * §8): the message is stored, its author is asked by mail to the known
 * address, and the answer, with its one-use token, does it. */
#ifndef DESK_PARKED_H
#define DESK_PARKED_H

#include "desk/act.h"
#include "desk/identify.h"

#define PARKED_HOURS	24
#define PARKED_OPEN_MAX	3	/* questions open for a claimed sender */

/* Park a held message until its author confirms; note: it becomes an internal
 * note then, else a public reply. verified senders are always asked. 1 asked,
 * 0 too many questions are open (staff can accept it), -1. */
int	parked_ask(struct desk *desk, const struct ticket *ticket,
	    const struct person *author, struct message *message, bool note,
	    bool verified, struct err *err);
/* What this message orders waits until its author, not proven, confirms; its
 * words are on the ticket already. 1 asked, 0 not (too many questions are
 * open, or the budgets forbid it), -1. */
int	parked_commands(struct desk *desk, const struct ticket *ticket,
	    const struct person *author, struct message *message,
	    bool verified, struct err *err);
/* A proven staff mail that must not go out as it is: it is a note, its author
 * is told why (found: the words, or NULL) and may answer "send". */
int	parked_refuse(struct desk *desk, const struct ticket *ticket,
	    const struct person *author, struct message *message,
	    const char *why, const char *found, struct err *err);

struct parked_answer {
	int64_t		 ticket, message;
	const char	*because;
};
/* Is this mail the answer to such a question? 1 done, 0 not, -1. */
int	parked_answer(struct desk *desk, const struct actor *actor,
	    const struct mail *mail, const struct identity *id,
	    struct parked_answer *answer_out, struct err *err);

#endif
