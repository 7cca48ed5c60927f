/* delivery - what the end of a try does to an outbox row (contract §5). Pure.
 *
 * queued ──try──► sending ──► sent
 *                    │   ├──► failed   refused for good, or refused for now
 *                    │   │             until retry-for has passed
 *                    │   ├──► queued   refused for now: again after a wait
 *                    │   └──► unknown  broke after the end of DATA: again once
 *                    │                 after retry-unknown-after; if that end
 *                    │                 is unclear too, a person decides (I3)
 *                    └ crash: unknown, by outbox_recover
 *
 * Waits       retry-first, doubled at each try up to an hour, ±20 % so that
 *             what failed together does not come back together */
#ifndef DAEMON_DELIVERY_H
#define DAEMON_DELIVERY_H

#include "base/smtp.h"
#include "db/outbox_store.h"
#include "desk/settings.h"

/* The wait after that many tries; random: any 32 bits. Milliseconds. */
int64_t	delivery_wait_ms(int retry_first, int attempts, uint32_t random);

/* A try begins: state, attempts, first_try_ms, tried_unknown. */
void	delivery_begin(struct outbox_row *row, int64_t now_ms);
/* It ended so; reply is what the server said, or the fault, and must live as
 * long as the row. Changes what outbox_update() stores. */
void	delivery_end(struct outbox_row *row, enum smtp_result result,
	    const char *reply, int64_t now_ms, uint32_t random,
	    const struct settings_smtp *smtp);

#endif
