/* slack_chat - what Slack says in the words that all chat systems share.
 *
 * Names     a message is "CHANNEL:TS", its thread and what is marked as well; an
 *           edit, a deletion has a name made of it, so that one that comes by
 *           push and by history is one; marks and clicks are named by their event
 * Not here  who somebody is, and where a command is answered */
#ifndef PARSERS_SLACK_CHAT_H
#define PARSERS_SLACK_CHAT_H

#include "parsers/chat.h"
#include "parsers/slack.h"

/* Names of buttons (action_id). */
#define SLACK_TAKE	"take"
#define SLACK_CLOSE	"close"
#define SLACK_CATEGORY	"category"	/* value NUMBER:CATEGORY */
#define SLACK_SEND	"send"		/* value CHANNEL:TS */
#define SLACK_SEND_WAIT	"send-wait"	/* the same */

/* self: our user id there; text that begins with its mention is said to us.
 * 1 *event_out; 0 it is nothing to anybody. Memory is the arena's, and that of
 * in must live as long. */
int	slack_chat(const struct slack_event *in, const char *self,
	    struct arena *arena, struct chat_event *event_out);
/* "CHANNEL:TS" → "TS"; NULL: no such name, or of another channel. */
const char *slack_chat_ts(const char *name, const char *channel);
const char *slack_chat_name(struct arena *arena, const char *channel,
	    const char *ts);

#endif
