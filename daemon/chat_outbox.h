/* chat_outbox - one thread a door of chat: takes what is due for it, has it
 * posted, and writes down what became of it. Mail never waits for it.
 *
 * Order       per ticket and room as it was queued
 * I3          what is posted is fixed, and the row marked, before the first try
 * Trouble     a door that is away or limits us is left alone for as long as it
 *             asks; rows stay queued however long that is
 * Room        one that does not take us any more: staff are told once, its
 *             rows wait */
#ifndef DAEMON_CHAT_OUTBOX_H
#define DAEMON_CHAT_OUTBOX_H

#include "base/secret.h"
#include "daemon/chat_door.h"
#include "daemon/watch.h"

struct chat_outbox;

/* settings and secret are borrowed until chat_outbox_stop. *outbox_out is NULL
 * where the door is not configured. */
int	chat_outbox_start(const struct chat_door *door,
	    const struct settings *settings, const struct secret *secret,
	    struct watch *watch, struct chat_outbox **outbox_out,
	    struct err *err);
void	chat_outbox_wake(struct chat_outbox *outbox);	/* NULL-safe */
/* What is on its way may end within wait_ms. NULL-safe. */
void	chat_outbox_stop(struct chat_outbox **outbox, int64_t wait_ms);

#endif
