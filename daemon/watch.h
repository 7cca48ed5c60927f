/* watch - what the doors of the desk say of themselves, and who hears of it.
 *
 * Any thread tells how its door is, as often as it likes, and is not held up.
 * One thread, with its own connection to the store, tells staff once when a
 * door has a fault and once when it is well again (desk/trouble), and sends
 * the canary and judges it (desk/canary).
 *
 * Names      "mailbox NAME", "smtp", "oauth2 mailbox NAME", "oauth2 smtp",
 *            "matrix", "matrix room ID", "matrix encryption ID" */
#ifndef DAEMON_WATCH_H
#define DAEMON_WATCH_H

#include "base/secret.h"
#include "desk/settings.h"

struct watch;

enum watch_how {
	WATCH_WELL,
	WATCH_DOWN,	/* not to be had for now: told when that lasts, or
			 * with the canary that did not come back */
	WATCH_FAULT	/* somebody must act: told at once */
};

/* queued: called when mail was queued. settings and secret are borrowed until
 * watch_stop, or until watch_reload gave others. */
int	watch_start(const struct settings *settings,
	    const struct secret *secret, void (*queued)(void *arg), void *arg,
	    struct watch **watch_out, struct err *err);
void	watch_reload(struct watch *watch, const struct settings *settings);
/* fault: one line, "" for WATCH_WELL. watch NULL: nobody listens. */
void	watch_tell(struct watch *watch, const char *name, enum watch_how how,
	    const char *fault);
void	watch_stop(struct watch **watch);		/* NULL-safe */

#endif
