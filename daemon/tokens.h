/* tokens - a thread that renews the OAuth2 tokens of mailboxes and smtp before
 * they end, so that no mail waits for one, and tells the watch how that goes:
 * at once when somebody must act; when only the endpoint is away, once there
 * is no token left that is good. */
#ifndef DAEMON_TOKENS_H
#define DAEMON_TOKENS_H

#include "daemon/watch.h"

struct tokens;

/* boxes: the settings that the mailboxes run with; smtp: those of the senders.
 * Both are borrowed until tokens_stop. Without oauth2 there is no thread. */
int	tokens_start(const struct settings *boxes, const struct settings *smtp,
	    struct watch *watch, struct tokens **tokens_out, struct err *err);
void	tokens_stop(struct tokens **tokens);		/* NULL-safe */

#endif
