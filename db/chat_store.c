#include "db/chat_store.h"
#include "db/query.h"

/* The one row of a started query, which is ended. */
static int
one_card(struct query *q, struct arena *arena, struct chat_card *card_out,
    struct err *err)
{
	struct chat_card card = { 0 };
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		card.ticket = q_int(q, 0);
		card.door = q_text(q, 1, arena);
		card.room = q_text(q, 2, arena);
		card.item = q_text(q, 3, arena);
		card.shown = q_text(q, 4, arena);
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1)
		*card_out = card;
	return ret;
}

int
chat_card_get(struct db *db, int64_t ticket, struct arena *arena,
    struct chat_card *card_out, struct err *err)
{
	return one_card(db_query(db, STMT_CHAT_CARD_GET, err, V_INT(ticket)),
	    arena, card_out, err);
}

int
chat_card_next(struct db *db, const char *door, const char *room,
    int64_t after, struct arena *arena, struct chat_card *card_out,
    struct err *err)
{
	return one_card(db_query(db, STMT_CHAT_CARD_NEXT, err, V_TEXT(door),
	    V_TEXT(room), V_INT(after)), arena, card_out, err);
}

int
chat_card_put(struct db *db, const struct chat_card *card, struct err *err)
{
	return db_run(db, STMT_CHAT_CARD_PUT, NULL, err, V_INT(card->ticket),
	    V_TEXT(card->door), V_TEXT(card->room), V_TEXT(card->item),
	    V_TEXT(card->shown)) < 0 ? -1 : 0;
}

int
chat_card_drop(struct db *db, int64_t ticket, struct err *err)
{
	return db_run(db, STMT_CHAT_CARD_DROP, NULL, err,
	    V_INT(ticket)) < 0 ? -1 : 0;
}

int
chat_item_add(struct db *db, const struct chat_item *i, int64_t *id_out,
    struct err *err)
{
	int64_t id = 0;
	int ret = db_run(db, STMT_CHAT_ITEM_ADD, &id, err, V_TEXT(i->door),
	    V_TEXT(i->room), V_TEXT(i->item), V_INT(i->ticket),
	    V_INT(i->kind), V_INT(i->state), V_ID(i->person),
	    V_TEXT(i->target), V_TEXT(i->words), V_ID(i->message),
	    V_INT(i->due_ms), V_INT(i->time_ms));

	if (ret == 1 && id_out != NULL)
		*id_out = id;
	return ret;
}

/* The one row of a started query, which is ended. */
static int
one(struct query *q, struct arena *arena, struct chat_item *item_out,
    struct err *err)
{
	struct chat_item item;
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		item = (struct chat_item){
			.id = q_int(q, 0),
			.door = q_text(q, 1, arena),
			.room = q_text(q, 2, arena),
			.item = q_text(q, 3, arena),
			.ticket = q_int(q, 4),
			.kind = (enum chat_kind)q_int(q, 5),
			.state = (enum chat_state)q_int(q, 6),
			.person = q_int(q, 7),
			.target = q_text(q, 8, arena),
			.words = q_text(q, 9, arena),
			.message = q_int(q, 10),
			.due_ms = q_int(q, 11),
			.time_ms = q_int(q, 12),
		};
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1)
		*item_out = item;
	return ret;
}

int
chat_item_find(struct db *db, const char *door, const char *room,
    const char *item, struct arena *arena, struct chat_item *item_out,
    struct err *err)
{
	return one(db_query(db, STMT_CHAT_ITEM_FIND, err, V_TEXT(door),
	    V_TEXT(room), V_TEXT(item)), arena, item_out, err);
}

int
chat_item_update(struct db *db, const struct chat_item *i, struct err *err)
{
	int ret = db_run(db, STMT_CHAT_ITEM_UPDATE, NULL, err, V_INT(i->id),
	    V_INT(i->state), V_TEXT(i->words), V_ID(i->message),
	    V_INT(i->due_ms));

	if (ret == 0)
		return err_set(err, ERR_INPUT, "no chat item %lld",
		    (long long)i->id);
	return ret < 0 ? -1 : 0;
}

int
chat_item_last(struct db *db, int64_t ticket, const char *door,
    const char *room, struct arena *arena, struct chat_item *item_out,
    struct err *err)
{
	return one(db_query(db, STMT_CHAT_ITEM_LAST, err, V_INT(ticket),
	    V_TEXT(door), V_TEXT(room)), arena, item_out, err);
}

int
chat_item_card(struct db *db, int64_t ticket, const char *door,
    const char *room, struct arena *arena, struct chat_item *item_out,
    struct err *err)
{
	return one(db_query(db, STMT_CHAT_ITEM_CARD, err, V_INT(ticket),
	    V_TEXT(door), V_TEXT(room)), arena, item_out, err);
}

int
chat_item_due(struct db *db, int64_t now_ms, struct arena *arena,
    struct chat_item *item_out, struct err *err)
{
	return one(db_query(db, STMT_CHAT_ITEM_DUE, err, V_INT(now_ms)),
	    arena, item_out, err);
}

int
chat_item_waiting(struct db *db, int64_t ticket, int64_t except,
    struct arena *arena, struct chat_item *item_out, struct err *err)
{
	return one(db_query(db, STMT_CHAT_ITEM_WAITING, err, V_INT(ticket),
	    V_INT(except)), arena, item_out, err);
}

int
chat_item_mark(struct db *db, const struct chat_item *target,
    const char *mark, struct arena *arena, struct chat_item *item_out,
    struct err *err)
{
	return one(db_query(db, STMT_CHAT_ITEM_MARK, err,
	    V_TEXT(target->item), V_TEXT(mark), V_TEXT(target->door),
	    V_TEXT(target->room)), arena, item_out, err);
}

int
chat_item_doomed(struct db *db, int64_t after, struct arena *arena,
    struct chat_item *item_out, struct err *err)
{
	return one(db_query(db, STMT_CHAT_ITEM_DOOMED, err, V_INT(after)),
	    arena, item_out, err);
}
