#include <jansson.h>
#include <string.h>

#include "db/outbox_store.h"
#include "db/quota_store.h"
#include "desk/chat.h"
#include "desk/notify.h"
#include "desk/token.h"

/* ---- places ---- */

static const char *
room_key(struct desk *desk, const char *door, const char *configured)
{
	return arena_printf(desk->arena, "chat-room:%s:%s", door, configured);
}

int
chat_room_is(struct desk *desk, const char *door, const char *configured,
    const char *room, struct err *err)
{
	const char *key = room_key(desk, door, configured);

	if (key == NULL)
		return err_set(err, ERR_RETRY, "chat: out of memory");
	return *room == '\0' ? state_drop(desk->db, key, err) :
	    state_set(desk->db, key, room, err);
}

int
chat_place_of(struct desk *desk, const char *category,
    struct chat_place *place_out, struct err *err)
{
	const struct settings_category *c = settings_category(desk->settings,
	    category);
	struct chat_place place = { "matrix", NULL };
	const char *key, *room;
	int rc;

	if (c == NULL || *c->chat == '\0')
		return 0;
	if (strncmp(c->chat, "slack:", 6) == 0)
		place.door = "slack";
	if (!(place.door[0] == 's' ? desk->settings->slack.present :
	    desk->settings->matrix.present))
		return 0;
	place.room = strchr(c->chat, ':') + 1;
	key = room_key(desk, place.door, place.room);
	if (key == NULL)
		return err_set(err, ERR_RETRY, "chat: out of memory");
	rc = state_get(desk->db, key, desk->arena, &room, err);
	if (rc == -1)
		return -1;
	if (rc == 1)
		place.room = room;
	*place_out = place;
	return 1;
}

/* ---- rows ---- */

static int
queue(struct desk *desk, const struct chat_place *place, int64_t number,
    const char *event, int64_t message, const char *detail, struct err *err)
{
	struct outbox_row row = {
		.door = place->door,
		.to = place->room,
		.ticket = number,
		.event = event,
		.message = message,
		.detail = detail,
		.automatic = true,
		.state = OUTBOX_QUEUED,
		.created_ms = desk->now_ms,
		.next_ms = desk->now_ms,
	};
	struct ticket ticket = { .key = 0 };
	char id[TOKEN_ID_MAX];

	if (number != 0 && ticket_get(desk->db, number, desk->arena, &ticket,
	    err) == -1)
		return -1;
	if (outbox_next_id(desk->db, &row.id, err) == -1)
		return -1;
	row.message_id = token_message_id(desk->secret, ticket.key, number,
	    row.id, desk->settings->domain, id);
	return outbox_insert(desk->db, &row, err);
}

/* The same, unless one is queued that will show it anyway. */
static int
queue_once(struct desk *desk, const struct chat_place *place, int64_t ticket,
    const char *event, struct err *err)
{
	const struct outbox_row row = {
		.door = place->door,
		.to = place->room,
		.ticket = ticket,
		.event = event,
	};
	int rc = outbox_is_fresh(desk->db, &row, err);

	return rc != 0 ? (rc == 1 ? 0 : -1) :
	    queue(desk, place, ticket, event, 0, NULL, err);
}

static int
new_card(struct desk *desk, const struct chat_place *place, int64_t ticket,
    struct err *err)
{
	struct chat_card card = { ticket, place->door, place->room, "", "" };

	if (chat_card_put(desk->db, &card, err) == -1)
		return -1;
	return queue_once(desk, place, ticket, "card", err);
}

/* ---- what desk/change tells ---- */

int
chat_created(struct desk *desk, const struct ticket *ticket, struct err *err)
{
	struct chat_place place;
	int rc;

	if ((ticket->flags & TICKET_SPAM) != 0 || desk->real_ms != 0)
		return 0;	/* a history comes without cards */
	rc = chat_place_of(desk, ticket->category, &place, err);
	return rc != 1 ? rc : new_card(desk, &place, ticket->number, err);
}

/* The first message stands on the card; what was written in the thread itself
 * is there already. */
int
chat_message(struct desk *desk, const struct message *message,
    struct err *err)
{
	struct chat_card card;
	struct chat_place place;
	int rc = chat_card_get(desk->db, message->ticket, desk->arena, &card,
	    err);

	if (rc != 1)
		return rc;
	if (message->from_staff && message->source != NULL &&
	    strcmp(message->source, card.door) == 0)
		return 0;
	rc = message_has_earlier(desk->db, message->ticket, message->id, err);
	if (rc != 1)
		return rc;
	place = (struct chat_place){ card.door, card.room };
	return queue(desk, &place, message->ticket, "said", message->id, NULL,
	    err);
}

/* The old card says where it goes on; one that is not posted yet is never. */
static int
leave(struct desk *desk, const struct chat_card *card, struct err *err)
{
	const struct chat_place place = { card->door, card->room };

	if (card->item[0] != '\0' && queue(desk, &place, card->ticket,
	    "card-moved", 0, notify_detail(desk, "item", card->item, NULL),
	    err) == -1)
		return -1;
	return chat_card_drop(desk->db, card->ticket, err);
}

int
chat_changed(struct desk *desk, const struct ticket *ticket, struct err *err)
{
	struct chat_place place;
	struct chat_card card;
	int there, has;

	if (desk->real_ms != 0)
		return 0;
	there = chat_place_of(desk, ticket->category, &place, err);
	if (there == -1)
		return -1;
	has = chat_card_get(desk->db, ticket->number, desk->arena, &card, err);
	if (has == -1)
		return -1;
	if (has == 1 && there == 1 && strcmp(card.door, place.door) == 0 &&
	    strcmp(card.room, place.room) == 0)
		return queue_once(desk, &place, ticket->number, "card-update",
		    err);
	if (has == 1 && leave(desk, &card, err) == -1)
		return -1;
	if (there == 0 || (ticket->flags & TICKET_SPAM) != 0 ||
	    (has == 0 && ticket->status == TICKET_CLOSED))
		return 0;
	return new_card(desk, &place, ticket->number, err);
}

/* ---- what the desk says and marks there ---- */

int
chat_notice(struct desk *desk, const struct chat_place *place,
    int64_t ticket, const char *to, const char *text, struct err *err)
{
	const char *detail = to == NULL ?
	    notify_detail(desk, "text", text, NULL) :
	    notify_detail(desk, "text", text, "to", to, NULL);

	if (detail == NULL)
		return err_set(err, ERR_RETRY, "chat: out of memory");
	return queue(desk, place, ticket, "notice", 0, detail, err);
}

static int
queue_mark(struct desk *desk, const struct chat_item *item,
    const char *event, const char *mark, struct err *err)
{
	const struct chat_place place = { item->door, item->room };
	const char *detail = notify_detail(desk, "item", item->item, "mark",
	    mark, NULL);

	if (detail == NULL)
		return err_set(err, ERR_RETRY, "chat: out of memory");
	return queue(desk, &place, item->ticket, event, 0, detail, err);
}

int
chat_mark(struct desk *desk, const struct chat_item *item, const char *mark,
    struct err *err)
{
	return queue_mark(desk, item, "mark", mark, err);
}

int
chat_unmark(struct desk *desk, const struct chat_item *item,
    const char *mark, struct err *err)
{
	return queue_mark(desk, item, "unmark", mark, err);
}

int
chat_retract(struct desk *desk, struct err *err)
{
	struct chat_item item = { .id = 0 };
	int rc;

	while ((rc = chat_item_doomed(desk->db, item.id, desk->arena, &item,
	    err)) == 1) {
		const struct chat_place place = { item.door, item.room };

		if (queue(desk, &place, 0, "retract", 0, notify_detail(desk,
		    "item", item.item, NULL), err) == -1)
			return -1;
	}
	return rc;
}
