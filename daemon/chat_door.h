/* chat_door - how posts leave by one chat system: what a sender_*.c is.
 *
 * Idempotent  a post has an id of its own (row->message_id), fixed before the
 *             first try: sending it again must not post it twice. perhaps: an
 *             earlier try may have arrived; a door that cannot send twice
 *             without posting twice looks first
 * Time        each call ends within seconds, or when stop says so */
#ifndef DAEMON_CHAT_DOOR_H
#define DAEMON_CHAT_DOOR_H

#include <jansson.h>
#include <stdbool.h>

#include "db/outbox_store.h"
#include "desk/settings.h"

enum chat_end {
	CHAT_END_SENT,
	CHAT_END_UNCLEAR,	/* it may have arrived */
	CHAT_END_LATER,		/* not now; wait_ms */
	CHAT_END_REFUSED,	/* never: what is posted is wrong */
	CHAT_END_ROOM,		/* the room does not take us: a person must act */
	CHAT_END_SHUT		/* the door is shut: token; a person must act */
};

struct chat_reply {
	char		 item[256];	/* what the post is called there */
	int64_t		 wait_ms;	/* the door asks for so much patience;
					 * 0: it does not say */
	bool		 away;		/* the whole door: nobody answered */
	char		 why[ERR_MSG_MAX];
};

struct chat_door {
	const char	*name;		/* "matrix" */
	bool		(*is_configured)(const struct settings *settings);
	/* NULL and *err: it can never be */
	void		*(*open)(const struct settings *settings,
			    bool (*stop)(void *arg), void *arg,
			    struct err *err);
	/* post: desk/chat_post.h */
	enum chat_end	(*send)(void *door, const struct outbox_row *row,
			    const json_t *post, bool perhaps,
			    struct chat_reply *reply_out);
	void		(*close)(void *door);		/* NULL-safe */
};
extern const struct chat_door chat_door_matrix, chat_door_slack;

#endif
