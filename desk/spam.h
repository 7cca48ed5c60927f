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
/* The two parts that are no status, for undo: it is spam, or not, and its waiting
 * mail is dropped (ERR_INPUT as above); its requester, never staff, is blocked,
 * or not: nothing when that is so. */
int	spam_flag(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, bool spam, struct err *err);
int	spam_block(struct desk *desk, const struct actor *actor,
	    const struct ticket *ticket, bool blocked, struct err *err);
/* Nothing goes out from a ticket that is marked: 1 and why, 0, -1 out of
 * memory. */
int	spam_silences(struct desk *desk, const struct ticket *ticket,
	    const char **why_out);

#endif
