/* chat_intake - a chat event becomes what it does to a ticket (contract §6).
 *
 * Who         only staff that are linked to their user id count in the rooms of
 *             categories; what others say, and what programs say, does nothing
 * In a thread !verbs as in mail; "!reply …" and "!note …" or "note: …"; else
 *             what the category's chat-thread says: sent, noted, or asked about
 * Going out   what is public waits chat-undo-seconds, in which editing or
 *             deleting it there changes or stops it (chat_due)
 * Never out   what begins with "/", or looks like a command and is none
 * I2          each event has a row of the ledger, under the door and its id */
#ifndef DESK_CHAT_INTAKE_H
#define DESK_CHAT_INTAKE_H

#include "desk/chat.h"
#include "parsers/chat.h"

struct chat_result {
	bool		 known;		/* it was taken before */
	int64_t		 ticket;	/* 0 none */
	const char	*because;	/* a few words, for the log */
};

/* Inside the caller's transaction. self: what the door calls the desk. */
int	chat_take(struct desk *desk, const char *door, const char *self,
	    const struct chat_event *event, struct chat_result *result_out,
	    struct err *err);
/* It cannot be decided: its row of the ledger says why. */
int	chat_quarantine(struct desk *desk, const char *door,
	    const struct chat_event *event, const char *why,
	    struct err *err);
/* Is anything due to go out? 1/0/-1; a read. */
int	chat_is_due(struct desk *desk, struct err *err);
/* The oldest that is due goes out: 1 it did, 0 none is, -1. */
int	chat_due(struct desk *desk, struct err *err);
/* It cannot: it is held, until somebody says that it is to be sent. */
int	chat_due_hold(struct desk *desk, struct err *err);

#endif
