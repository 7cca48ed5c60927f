/* slack - what Slack posts to us, as one struct: events, slash commands, clicks
 * and forms, and messages of its history.
 *
 * Hostile    bodies come from outside: depth and size are bounded by jansson
 *            and by the caller; ids and times have the form that Slack gives
 *            them or the whole is refused
 * Signed     slack_signed() is asked first, over the raw bytes
 * Text       valid UTF-8, Slack's own marks read: see parsers/slack_text.h
 * Pure: memory is the arena's */
#ifndef PARSERS_SLACK_H
#define PARSERS_SLACK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#define SLACK_AGE_S	300	/* a signature's time may be off by so much */
#define SLACK_ID_MAX	64	/* bytes of a user, channel, event or file id */
#define SLACK_TS_MAX	24	/* bytes of a time that is a message's name */
#define SLACK_TEXT_MAX	40000	/* bytes of a text; what is longer is cut */
#define SLACK_FILES_MAX	20

enum slack_kind {
	SLACK_NOTHING,		/* sound, and nothing to us */
	SLACK_CHALLENGE,	/* url_verification: text comes back */
	SLACK_SSL_CHECK,	/* answered with 200, whatever else it says */
	SLACK_SAID,		/* words in a channel, a thread, a conversation */
	SLACK_CHANGED,		/* item has now this text */
	SLACK_DELETED,		/* item */
	SLACK_MARKED, SLACK_UNMARKED,		/* item, mark */
	SLACK_COMMAND,		/* a slash command: text */
	SLACK_CLICK,		/* action and value, on item */
	SLACK_FORM,		/* a modal was sent: category, location, text */
	SLACK_LIMITED		/* events are being withheld from us */
};

struct slack_file {
	const char	*id, *name, *type, *url;	/* url "": ask files.info */
	int64_t		 size;
};

/* Texts that are not said are "". */
struct slack_event {
	enum slack_kind	 kind;
	const char	*key;		/* the same when it comes again */
	const char	*team, *user;	/* who did it */
	const char	*bot;		/* bot_id, of a message by an app */
	const char	*channel;
	bool		 direct;	/* a conversation with the bot alone */
	bool		 emote;		/* "/me" */
	const char	*ts, *thread;	/* name of the message; root of its thread */
	const char	*item;		/* that is changed, marked, clicked on */
	const char	*edited;	/* time of the last edit */
	const char	*text;
	const char	*before;	/* CHANGED: the former text */
	const char	*mark;		/* a character, or :name: */
	const char	*action, *value;	/* CLICK */
	const char	*view, *category, *location;	/* FORM */
	const char	*trigger, *reply_url;	/* secrets: never logged */
	struct slack_file files[SLACK_FILES_MAX];
	size_t		 nfiles;
};

/* Does the signature ("v0=…") belong to this body, at this time ("1531420618"),
 * and is that time now? Fields that are NULL: no. */
bool	slack_signed(struct slice secret, const char *time_s,
	    const char *signature, struct slice body, int64_t now_s);

/* The body of each of the three places. -1 ERR_INPUT. */
int	slack_event(struct slice body, struct arena *arena,
	    struct slack_event *event_out, struct err *err);
int	slack_command(struct slice body, struct arena *arena,
	    struct slack_event *event_out, struct err *err);
int	slack_interact(struct slice body, struct arena *arena,
	    struct slack_event *event_out, struct err *err);
/* Is it the check of our certificate, which is not signed? */
bool	slack_is_ssl_check(struct slice body);
/* A message as history gives it, of that team and channel. */
int	slack_message(const json_t *message, const char *team,
	    const char *channel, struct arena *arena,
	    struct slack_event *event_out, struct err *err);

/* "C0123456": letters and digits of ASCII, - and _. "1531420618.000200". */
bool	slack_is_id(const char *s);
bool	slack_is_ts(const char *s);
/* -1, 0, 1: which is earlier; both are such times. */
int	slack_ts_compare(const char *a, const char *b);

#endif
