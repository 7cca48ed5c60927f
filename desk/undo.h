/* undo - take back what one mail did, by compensating events (contract §4).
 *
 * Each field that nobody has changed since gets its old value, watchers and
 * links come and go; mail that still waits is dropped, mail that was sent is
 * named; a requester who was told a status is told the correction. */
#ifndef DESK_UNDO_H
#define DESK_UNDO_H

#include "desk/act.h"

#define UNDO_DAYS	7
#define UNDO_BECAUSE	"undo"	/* of the events that it writes */

/* item: ledger id of that mail. *ticket is changed in memory, not stored;
 * *report_out: a line for each. 1 something was taken back, 0 nothing could,
 * -1. */
int	undo_item(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, int64_t item, const char **report_out,
	    struct err *err);
/* The same for what this actor did last at the terminal, on a stored ticket.
 * ERR_INPUT: nothing in the last 7 days that could be. */
int	undo_last(struct desk *desk, const struct actor *actor,
	    int64_t ticket, const char **report_out, struct err *err);

#endif
