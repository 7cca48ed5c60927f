/* webhook - where Slack pushes to: POST /slack/events, /slack/command and
 * /slack/interact at webhook.listen (contract §6).
 *
 * Signed     each request, url_verification too, over its raw bytes and within
 *            300 s; else 401. Only Slack's check of our certificate comes
 *            without: it is answered and nothing of it is read
 * I1         200 after the commit to the inbox, 503 when that takes more than
 *            2.5 s; commands and clicks, which Slack does not send again, are
 *            answered with "not done, try again"
 * Forms      /helpdesk alone opens one at once: what opens it lives 3 s
 * What an event means is decided later, by whom came wakes */
#ifndef DAEMON_WEBHOOK_H
#define DAEMON_WEBHOOK_H

#include "daemon/inbox.h"

enum webhook_kind {		/* inbox_row.kind at the door "slack" */
	WEBHOOK_EVENT, WEBHOOK_COMMAND, WEBHOOK_INTERACT
};

struct webhook;

/* *webhook_out is NULL where the configuration has no use for one. settings
 * are borrowed until webhook_stop, or until webhook_reload gave others. */
int	webhook_start(const struct settings *settings,
	    void (*came)(void *arg), void *arg,
	    struct webhook **webhook_out, struct err *err);
/* The listener stays where it is. NULL-safe. */
void	webhook_reload(struct webhook *webhook,
	    const struct settings *settings);
void	webhook_stop(struct webhook **webhook);		/* NULL-safe */

#endif
