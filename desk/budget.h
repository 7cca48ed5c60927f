/* budget - how much automatic mail an address may get (I6, contract §1
 * limits). Nothing that a person wrote is ever counted here. */
#ifndef DESK_BUDGET_H
#define DESK_BUDGET_H

#include "desk/desk.h"

/* May this automatic mail go to an address that is not staff? Counts it.
 * 1 yes, 0 no, -1 error. */
int	budget_auto_mail(struct desk *desk, const char *address,
	    struct err *err);
/* May one more acknowledgement go to a sender that is not proven? 1/0/-1 */
int	budget_unproven_ack(struct desk *desk, struct err *err);
/* One more new ticket of this sender: 1 within the limit, 0 above, -1. */
int	budget_ticket(struct desk *desk, const char *address,
	    struct err *err);
/* Count a new ticket of the desk: 1 normal, 0 this is a flood, -1. */
int	budget_flood(struct desk *desk, struct err *err);

#endif
