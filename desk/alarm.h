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
 * caller's transaction. 1 done, 0 none is due, -1; its number in
 * *number_out, also when it fails. */
int	alarm_run(struct desk *desk, int64_t *number_out, struct err *err);
/* Let the alarm of a ticket that fails ring again in an hour. */
int	alarm_put_off(struct desk *desk, int64_t number, struct err *err);

#endif
