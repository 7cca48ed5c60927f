/* chat_store - where tickets stand in chat: the card of each, and what was
 * said, posted and marked in its thread.
 *
 * door     "matrix", "slack"; room and item are what it calls them
 * One card a ticket at a time; cards it had elsewhere stay as items */
#ifndef DB_CHAT_STORE_H
#define DB_CHAT_STORE_H

#include "db/db.h"

struct chat_card {
	int64_t		 ticket;
	const char	*door, *room;
	const char	*item;		/* "" not posted yet */
	const char	*shown;		/* digest of what it shows; "" */
};

enum chat_kind {		/* up to CHAT_SAID: stands in the thread */
	CHAT_CARD,
	CHAT_POST,		/* ours: a message, a notice */
	CHAT_SAID,		/* words of a person there */
	CHAT_REACTION,		/* a mark that a person put on target */
	CHAT_MARK		/* a mark of ours */
};
enum chat_state {
	CHAT_DONE,		/* nothing more comes of it by itself */
	CHAT_ASKING,		/* goes out when somebody of staff says so */
	CHAT_WAITING,		/* goes out at due_ms */
	CHAT_GONE,		/* public message */
	CHAT_NOTED,		/* internal note */
	CHAT_DROPPED		/* taken back before it went out */
};

struct chat_item {
	int64_t		 id;
	const char	*door, *room, *item;
	int64_t		 ticket;
	enum chat_kind	 kind;
	enum chat_state	 state;
	int64_t		 person;	/* 0: the desk */
	const char	*target;	/* NULL none */
	const char	*words;		/* what is said; the mark; NULL */
	int64_t		 message;	/* 0 none */
	int64_t		 due_ms;	/* 0: not by itself */
	int64_t		 time_ms;
};

/* All 1/0/-1 but for those that store. */
int	chat_card_get(struct db *db, int64_t ticket, struct arena *arena,
	    struct chat_card *card_out, struct err *err);
int	chat_card_put(struct db *db, const struct chat_card *card,
	    struct err *err);
/* The card in that room of the open ticket next above after. */
int	chat_card_next(struct db *db, const char *door, const char *room,
	    int64_t after, struct arena *arena, struct chat_card *card_out,
	    struct err *err);
int	chat_card_drop(struct db *db, int64_t ticket, struct err *err);

/* 1 added, id into *id_out (may be NULL); 0 it was known; -1. */
int	chat_item_add(struct db *db, const struct chat_item *item,
	    int64_t *id_out, struct err *err);
int	chat_item_find(struct db *db, const char *door, const char *room,
	    const char *item, struct arena *arena, struct chat_item *item_out,
	    struct err *err);
/* state, words, message, due_ms. */
int	chat_item_update(struct db *db, const struct chat_item *item,
	    struct err *err);
/* The newest that stands in the thread of a ticket in that room. */
int	chat_item_last(struct db *db, int64_t ticket, const char *door,
	    const char *room, struct arena *arena, struct chat_item *item_out,
	    struct err *err);
/* The newest card of a ticket in that room: the root of its thread. */
int	chat_item_card(struct db *db, int64_t ticket, const char *door,
	    const char *room, struct arena *arena, struct chat_item *item_out,
	    struct err *err);
/* The oldest that is to go out by now. */
int	chat_item_due(struct db *db, int64_t now_ms, struct arena *arena,
	    struct chat_item *item_out, struct err *err);
/* One of the ticket that goes out by itself, other than id except. */
int	chat_item_waiting(struct db *db, int64_t ticket, int64_t except,
	    struct arena *arena, struct chat_item *item_out, struct err *err);
/* Our newest mark of that kind on target (its door, room, item). */
int	chat_item_mark(struct db *db, const struct chat_item *target,
	    const char *mark, struct arena *arena,
	    struct chat_item *item_out, struct err *err);
/* What we posted about what is doomed (db/erase_store.h): the next above id
 * after. */
int	chat_item_doomed(struct db *db, int64_t after, struct arena *arena,
	    struct chat_item *item_out, struct err *err);

#endif
