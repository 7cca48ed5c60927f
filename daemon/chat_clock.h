/* chat_clock - what was written in chat goes out when the time for second
 * thoughts is over. */
#ifndef DAEMON_CHAT_CLOCK_H
#define DAEMON_CHAT_CLOCK_H

#include "base/secret.h"
#include "db/db.h"
#include "desk/settings.h"

/* All that is due, each in a transaction of its own. How many, or -1. */
int	chat_clock(struct db *db, const struct settings *settings,
	    const struct secret *secret, struct err *err);

#endif
