/* outbox - the senders: smtp.connections threads, each with a connection of its
 * own to the store and to the mail server, take what is due and send it.
 *
 * Order       per ticket and recipient as it was queued; between those, what
 *             is due first
 * I3          bytes fixed and the row marked `sending`, durably, before the
 *             dialogue; its end stored with the beginning of the next
 *             (daemon/dispatch); what each end leads to: daemon/delivery
 * Trouble     a store that is busy or full is waited for; a mail server that
 *             cannot be had makes all senders pause; both are logged once
 * No smtp     in the configuration: nothing is sent, rows stay queued */
#ifndef DAEMON_OUTBOX_H
#define DAEMON_OUTBOX_H

#include "daemon/watch.h"

struct outbox;

/* Rows left `sending` by a former process become unknown; senders start.
 * settings and secret are borrowed until outbox_stop; watch hears how smtp
 * is. */
int	outbox_start(const struct settings *settings,
	    const struct secret *secret, struct watch *watch,
	    struct outbox **outbox_out, struct err *err);
void	outbox_wake(struct outbox *outbox);	/* something was committed */
/* Ends after the dialogues in hand, at most wait_ms; then they are cut, and
 * what that leaves unclear is unknown. NULL-safe. */
void	outbox_stop(struct outbox **outbox, int64_t wait_ms);

#endif
