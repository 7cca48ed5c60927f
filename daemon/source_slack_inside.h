/* source_slack_inside - what the files of the Slack source share: source_slack.c
 * (the inbox, and the thread), slack_who.c (who a user is), slack_history.c
 * (gaps and polling). */
#ifndef DAEMON_SOURCE_SLACK_INSIDE_H
#define DAEMON_SOURCE_SLACK_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/slack_api.h"
#include "daemon/source_slack.h"
#include "desk/chat_intake.h"
#include "desk/chat_user.h"
#include "parsers/slack_chat.h"
#include "parsers/slack_text.h"

#define SLACK_DOOR	"slack"

struct source_slack {
	struct slack_api	 api;
	struct watch		*watch;
	void			(*committed)(void *arg);
	void			*arg;
	struct desk		 desk;		/* its own connection */
	struct arena		*read;		/* what was read from Slack */
	pthread_t		 thread;
	pthread_mutex_t		 lock;		/* of wakes */
	pthread_cond_t		 wake;
	uint64_t		 wakes;
	atomic_bool		 stopping;
	bool			 poll;
	char			 self[SLACK_ID_MAX], bot[SLACK_ID_MAX];
	char			 team[SLACK_ID_MAX];
	int64_t			 history_ms;	/* monotonic: next look */
	size_t			 round_room;	/* where the look is: category, */
	int64_t			 round_ticket;	/* and ticket that was read */
	/* what goes out by itself in the thread that is read; "" nothing */
	char			 waits[SLACK_TS_MAX];
	bool			 waits_there;	/* it was read */
	int64_t			 quiet_ms;
	/* whose rows wait, in this pass */
	char			 blocked[16][SLACK_ID_MAX];
	size_t			 nblocked;
};

enum slack_done {
	SLACK_DONE,
	SLACK_LATER,		/* Slack, or the store, is not to be had */
};

/* One transaction: fn; whoever waits for rows is woken. */
int	slack_transact(struct source_slack *s,
	    int (*fn)(struct source_slack *s, void *arg, struct err *err),
	    void *arg, struct err *err);
/* How a call ended, for staff and for the next try. */
void	slack_trouble(struct source_slack *s,
	    const struct slack_api_reply *reply);
void	slack_well(struct source_slack *s);

/* Who is that? direct: they speak to us alone. *user_out lives in s->read. */
enum slack_done slack_who(struct source_slack *s, const char *user,
	    bool direct, struct chat_user *user_out);

/* An event of Slack's; row 0: it was not pushed. */
enum slack_done slack_take(struct source_slack *s,
	    struct slack_event *event, int64_t row, const char *row_key);

/* Look at the history, when it is time to; how long until the next, ms. */
int64_t	slack_history(struct source_slack *s);

#endif
