/* check_slack - is the Slack app as it must be: token, scopes, channels, and
 * somewhere to push to? */
#ifndef CLI_CHECK_SLACK_H
#define CLI_CHECK_SLACK_H

#include "cli/cli.h"

/* Called once a finding; fault: what is wrong and what to do, NULL: fine, then
 * text says what was seen. */
typedef void check_slack_tell(void *arg, const char *what, const char *text,
	    const char *fault);

void	check_slack(struct cli *cli, check_slack_tell *tell, void *arg);

#endif
