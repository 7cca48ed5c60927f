/* chat_inside - what the files of chat_intake share: chat_intake.c (who and
 * where), chat_words.c (what is said in a thread), chat_room.c (what is asked
 * for outside of threads, and by single persons). */
#ifndef DESK_CHAT_INSIDE_H
#define DESK_CHAT_INSIDE_H

#include "db/ledger_store.h"
#include "desk/chat_intake.h"

struct taking {
	struct desk		*desk;
	const char		*door, *self;
	const struct chat_event	*event;
	struct ledger_row	 row;		/* of this event */
	bool			 has_person, staff;
	struct person		 person;
	struct actor		 actor;		/* staff only */
};

/* What becomes of the event; 0 always. */
int	chat_outcome(struct taking *t, enum ledger_outcome outcome,
	    int64_t ticket, int64_t message, const char *because);
/* The desk says something in the thread of item, behind it. */
int	chat_say(struct taking *t, const struct chat_item *item,
	    const char *text, struct err *err);

/* chat_words.c */
/* Words of staff in a ticket's thread, stored as item already. */
int	chat_words(struct taking *t, struct chat_item *item, struct err *err);
/* The same item says something else now. */
int	chat_reworded(struct taking *t, struct chat_item *item,
	    const char *words, struct err *err);
/* It is gone in the room. */
int	chat_unsaid(struct taking *t, struct chat_item *item,
	    struct err *err);
/* It goes out by itself from now on. */
int	chat_release(struct desk *desk, struct chat_item *item,
	    struct err *err);
/* It does not, until somebody says so. */
int	chat_hold(struct desk *desk, struct chat_item *item,
	    struct err *err);

/* chat_room.c: outside of threads. */
int	chat_in_room(struct taking *t, struct err *err);

#endif
