/* alarms - what tickets have coming by the clock (desk/alarm.h), and the
 * backlog of each day that ends. Called by the timers' thread. */
#ifndef DAEMON_ALARMS_H
#define DAEMON_ALARMS_H

#include "base/secret.h"
#include "db/db.h"
#include "desk/settings.h"

/* All that is due, a transaction for each ticket, 100 at most. A ticket that
 * fails is logged and comes again in an hour. How many were done, or -1. */
int	alarms_ring(struct db *db, const struct settings *settings,
	    const struct secret *secret, struct err *err);
/* What is not closed, once the desk's day has ended: kept as the end of it.
 * Days that nobody saw ending stay unknown. */
int	alarms_day(struct db *db, struct err *err);

#endif
