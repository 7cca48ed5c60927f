/* mailboxes - a thread for each configured mailbox, so that one that fails does
 * not touch the others (I8). */
#ifndef DAEMON_MAILBOXES_H
#define DAEMON_MAILBOXES_H

#include "daemon/source.h"

struct mailboxes;

/* settings must live until mailboxes_stop(). watch hears how each is. */
int	mailboxes_start(const struct settings *settings, struct pump *pump,
	    struct watch *watch, struct mailboxes **mailboxes_out,
	    struct err *err);
/* Ask all to end, wait at most wait_ms. false: one did not, and nothing that it
 * uses may be freed. */
bool	mailboxes_stop(struct mailboxes **mailboxes, int64_t wait_ms);

#endif
