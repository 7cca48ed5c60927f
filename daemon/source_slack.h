/* source_slack - what happens in our Slack channels, taken in by one thread.
 *
 * Pushed     rows of the inbox (daemon/webhook), in order; a row and what it
 *            did leave in one transaction (I2)
 * Who        a user whom we do not know, or did not look at today, is asked
 *            about; until there is an answer their rows wait, those of others
 *            do not. Guests, strangers, apps and deleted users do nothing
 * Gaps       what was said while nobody listened is fetched from the history:
 *            at start, and after a push that could not be kept
 * Poll       mode = "poll": the history is all there is
 * Trouble    a dead token, a missing scope: staff are told once */
#ifndef DAEMON_SOURCE_SLACK_H
#define DAEMON_SOURCE_SLACK_H

#include "base/secret.h"
#include "daemon/watch.h"

struct source_slack;

/* *source_out is NULL where there is no Slack in the settings. committed is
 * called after each commit. All is borrowed until source_slack_stop. */
int	source_slack_start(const struct settings *settings,
	    const struct secret *secret, struct watch *watch,
	    void (*committed)(void *arg), void *arg,
	    struct source_slack **source_out, struct err *err);
/* Something came into the inbox. NULL-safe. */
void	source_slack_wake(struct source_slack *source);
/* Ends within about a second. NULL-safe. */
void	source_slack_stop(struct source_slack **source);

#endif
