/* chat_post - an outbox row with a door becomes what is posted, as JSON that
 * every door understands; and what follows when it was posted.
 *
 *	{"do":"post", "text":…, "html":…, "root":ITEM, "after":ITEM}
 *	{"do":"edit", "text":…, "html":…, "item":ITEM}
 *	{"do":"mark", "item":ITEM, "mark":EMOJI}
 *	{"do":"unmark", "item":ITEM, "mark":EMOJI, "ours":ITEM}
 *	{"do":"retract", "ours":ITEM}
 *
 * root is the card whose thread it stands in, after the item before it there;
 * both are left out in a room. ours is the item that our mark is. */
#ifndef DESK_CHAT_POST_H
#define DESK_CHAT_POST_H

#include "base/buf.h"
#include "db/outbox_store.h"
#include "desk/chat.h"

/* 1 made, appended to out; 0 there is nothing (more) to post, *why_out says
 * why; -1. */
int	chat_post_render(struct desk *desk, const struct outbox_row *row,
	    struct buf *out, const char **why_out, struct err *err);
/* It was posted as item: the card has a place, the thread an item more. In the
 * transaction that ends the row, which has its rendered text. */
int	chat_post_done(struct desk *desk, const struct outbox_row *row,
	    const char *item, struct err *err);

#endif
