/* timers - what happens by the clock: a heartbeat row, a look for commits of
 * other programs each second, the head of the event chain to the log and a
 * checkpoint each hour, forgetting what is over, raw mail older than
 * keep-raw-days, what tickets have coming (daemon/alarms.h). One thread, its own
 * connection to the store; a job that fails is logged and comes again. */
#ifndef DAEMON_TIMERS_H
#define DAEMON_TIMERS_H

#include "base/err.h"
#include "base/secret.h"
#include "desk/settings.h"

struct timers;

/* somebody_wrote: another connection has committed since (PRAGMA
 * data_version), or we queued mail; called from the timers' thread. settings
 * and secret are borrowed until timers_stop, or until timers_reload gave
 * others. */
int	timers_start(const struct settings *settings,
	    const struct secret *secret, void (*somebody_wrote)(void *arg),
	    void *arg, struct timers **timers_out, struct err *err);
void	timers_reload(struct timers *timers, const struct settings *settings);
void	timers_stop(struct timers **timers);		/* NULL-safe */

#endif
