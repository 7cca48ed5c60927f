/* inbox - makes what was pushed to us durable while the other side waits (I1):
 * one thread that takes all that wait into one commit.
 *
 * Given up   what was not begun when its time is over is never kept: who was
 *            told "not done" does it again
 * Threads    any may put; each waits for its own */
#ifndef DAEMON_INBOX_H
#define DAEMON_INBOX_H

#include "db/inbox_store.h"
#include "desk/settings.h"

struct inbox;

enum inbox_end {
	INBOX_KEPT,		/* durable, and new */
	INBOX_KNOWN,		/* it is durable since before */
	INBOX_NOT		/* not in time */
};

/* kept: called after each commit that kept something. */
int	inbox_start(const struct settings *settings,
	    void (*kept)(void *arg), void *arg, struct inbox **inbox_out,
	    struct err *err);
enum inbox_end inbox_put(struct inbox *inbox, const struct inbox_row *row,
	    int64_t wait_ms);
/* From now on nothing is kept: those who wait are told at once. */
void	inbox_close(struct inbox *inbox);
/* Nobody may be in inbox_put any more, or come. NULL-safe. */
void	inbox_stop(struct inbox **inbox);

#endif
