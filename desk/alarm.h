/* alarm - what happens to tickets by the clock: a promise is nearly or not
 * kept, a date that staff set has come, a requester who is waited for is
 * reminded, a ticket that waited long enough is closed.
 *
 * Each once; a warning is no change of the ticket: it stays where it is in
 * lists. */
#ifndef DESK_ALARM_H
#define DESK_ALARM_H

#include "desk/act.h"

/* Do all that is due on the ticket whose alarm is longest over, inside the
 * caller's transaction. 1 done, 0 none is due, -1. */
int	alarm_run(struct desk *desk, struct err *err);

#endif
