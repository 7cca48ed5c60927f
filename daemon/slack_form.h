/* slack_form - the modal that /helpdesk opens: category, location, what is
 * wrong. What comes back: parsers/slack.h, SLACK_FORM. */
#ifndef DAEMON_SLACK_FORM_H
#define DAEMON_SLACK_FORM_H

#include <jansson.h>

#include "desk/settings.h"

/* A view for views.open; NULL without memory. */
json_t	*slack_form(const struct settings *settings);
/* {"type": "plain_text", …} of at most max bytes of text. */
json_t	*slack_plain(const char *text, size_t max);
/* A menu of the desk's categories (static_select), 100 at most. */
json_t	*slack_categories(const struct settings *settings,
	    const char *action_id, const char *prefix);

#endif
