/* source_matrix - what happens in our Matrix rooms, taken in by one thread.
 *
 * I1         the place in the stream is stored in a transaction after those of
 *            the events before it
 * I2         events are told apart by their id; those that come again do nothing
 * Gaps       what a sync left out is fetched from the history of the room
 * Trouble    a dead token, a room that is encrypted or that we were put out of:
 *            staff are told once (daemon/watch)
 * Invites    from servers in invite-from, and into rooms of categories */
#ifndef DAEMON_SOURCE_MATRIX_H
#define DAEMON_SOURCE_MATRIX_H

#include "base/secret.h"
#include "daemon/watch.h"

struct source_matrix;

/* *source_out is NULL where there is no matrix in the settings. committed is
 * called after each commit. All is borrowed until source_matrix_stop. */
int	source_matrix_start(const struct settings *settings,
	    const struct secret *secret, struct watch *watch,
	    void (*committed)(void *arg), void *arg,
	    struct source_matrix **source_out, struct err *err);
/* Ends within about a second. NULL-safe. */
void	source_matrix_stop(struct source_matrix **source);

#endif
