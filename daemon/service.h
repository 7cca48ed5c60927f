/* service - everything the daemon runs, started, reloaded and stopped as one.
 *
 * Order       pump, senders, requests, timers, mailboxes; stopped so that what
 *             is durable is still acknowledged and sent, within 10 seconds */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include "base/secret.h"
#include "desk/settings.h"

struct service;

/* settings are the service's from here on, also when this fails. */
int	service_start(struct settings *settings, const struct secret *secret,
	    struct service **service_out, struct err *err);
/* Read the file again: all but store, secret, listeners and mailbox
 * connections. A broken file is logged and the old settings stay. */
void	service_reload(struct service *service);
/* false: something hangs; the caller should end the process at once. */
bool	service_stop(struct service **service);

#endif
