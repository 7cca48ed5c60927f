/* chat - what happens on a ticket, told to the room of its category: outbox
 * rows with a door (contract §6).
 *
 * card      one for each ticket; all that follows stands in its thread
 * move      a ticket in another room gets a new card there; the old card says
 *           where it went on
 * Rows      "card", "card-update", "card-moved", "said", "notice", "mark",
 *           "unmark", "retract"; what they show is made when they are tried first
 *           (desk/chat_post), so that what changes often is told once
 * All run inside the caller's transaction, and say nothing where the category
 * has no room, or this desk no such door. */
#ifndef DESK_CHAT_H
#define DESK_CHAT_H

#include "db/chat_store.h"
#include "desk/act.h"

/* Marks, without U+FE0F: chat systems differ about it. */
#define CHAT_MARK_ASK	"\xe2\x9c\x89"		/* envelope: send it? */
#define CHAT_MARK_GONE	"\xf0\x9f\x93\xa8"	/* it has gone out */
#define CHAT_MARK_TAKE	"\xf0\x9f\x91\x80"	/* eyes */
#define CHAT_MARK_CLOSE	"\xe2\x9c\x85"		/* check mark */

struct chat_place {
	const char	*door, *room;
};

/* Where a category's cards go; 1 there, 0 nowhere, -1. */
int	chat_place_of(struct desk *desk, const char *category,
	    struct chat_place *place_out, struct err *err);
/* What the door calls the room that the configuration names: an alias, or a
 * room that was replaced. "": as it was. */
int	chat_room_is(struct desk *desk, const char *door,
	    const char *configured, const char *room, struct err *err);

/* Called by desk/change: nobody else has to think of chat. */
int	chat_created(struct desk *desk, const struct ticket *ticket,
	    struct err *err);
int	chat_message(struct desk *desk, const struct message *message,
	    struct err *err);
int	chat_changed(struct desk *desk, const struct ticket *ticket,
	    struct err *err);

/* A line of the desk: in the ticket's thread there, behind the item to (NULL:
 * the newest); ticket 0: in the room. */
int	chat_notice(struct desk *desk, const struct chat_place *place,
	    int64_t ticket, const char *to, const char *text,
	    struct err *err);
/* Put a mark of ours on an item, or take it off. */
int	chat_mark(struct desk *desk, const struct chat_item *item,
	    const char *mark, struct err *err);
int	chat_unmark(struct desk *desk, const struct chat_item *item,
	    const char *mark, struct err *err);
/* All that we posted about what is doomed (db/erase_store.h) is to be taken
 * out of the rooms; before it is removed here. */
int	chat_retract(struct desk *desk, struct err *err);

#endif
