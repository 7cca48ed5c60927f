/* spam - a ticket that is none: closed without a word, its waiting mail
 * dropped, its sender blocked (further mail goes to view spam, unanswered)
 * until that is lifted (contract §4). */
#ifndef DESK_SPAM_H
#define DESK_SPAM_H

#include "desk/act.h"

/* Changes *ticket in memory. ERR_INPUT: it is (or is not) spam already. */
int	spam_mark(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, struct err *err);
int	spam_lift(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, struct err *err);

#endif
