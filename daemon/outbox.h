/* outbox - sender threads: which row next, render at the first lease, mark
 * `sending` durably, send, mark the end; backoff with jitter; fixed ids (I3). */
#ifndef DAEMON_OUTBOX_H
#define DAEMON_OUTBOX_H

#include "base/secret.h"
#include "desk/settings.h"

struct outbox;

int	outbox_start(const struct settings *settings,
	    const struct secret *secret, struct outbox **outbox_out,
	    struct err *err);
void	outbox_wake(struct outbox *outbox);	/* something was committed */
/* Ends after the dialogues in hand, at most wait_ms. */
void	outbox_stop(struct outbox **outbox, int64_t wait_ms);

#endif
