/* pump - the path of a mail: submit → parse → desk_intake → commit → done (I1).
 *
 * Sources submit in UID order; parse threads (one a core) read the mail in a
 * sandboxed child; the one deciding thread takes what is ready, in UID order a
 * mailbox (one that parses over a second is set aside), into a group commit. */
#ifndef DAEMON_PUMP_H
#define DAEMON_PUMP_H

#include "base/secret.h"
#include "daemon/source.h"

struct pump;

struct pump_options {
	const struct settings	*settings;
	const struct secret	*secret;
	int			 parse_threads;
	void			(*committed)(void *arg);	/* after each commit:
						 * wakes the senders */
	void			*arg;
};

/* The environment variable CAMPUSDESK_TEST_CRASH (docs/testing.md) plants faults
 * in the deciding thread; without it there are none. */
int	pump_start(const struct pump_options *options, struct pump **pump_out,
	    struct err *err);
/* Take nothing more (pump_submit is false), go on with what is inside: sources
 * can still have it done and acknowledge it. */
void	pump_close(struct pump *pump);
/* Stop taking, finish what is in hand (at most wait_ms), free. Items not done
 * are dropped: they come again (I2). */
void	pump_stop(struct pump **pump, int64_t wait_ms);
/* Hand over; blocks while the pump holds more than its bound of bytes (I8).
 * false: it is stopping and did not take the item; stays the caller's. */
bool	pump_submit(struct pump *pump, struct source_item *item);
/* From now on decide and read by these; the former ones must live on. */
void	pump_reload(struct pump *pump, const struct settings *settings);
/* Items of that source that are durable, as a list, removed from the pump;
 * waits up to wait_ms for the first, if any is inside. Their raw is NULL.
 * pending_out: how many of this source are
 * still inside. Frees of the items are the caller's (source_item_free). */
struct source_item *pump_done(struct pump *pump, const char *source,
	    int64_t wait_ms, int *pending_out);
void	source_item_free(struct source_item **item);

/* Several ledger rows without mail ("before start", "expunged"): one
 * transaction through the deciding thread; returns when durable. */
int	pump_note(struct pump *pump, const char *source, int64_t epoch,
	    const int64_t *uids, size_t n, enum ledger_outcome outcome,
	    const char *because, struct err *err);

#endif
