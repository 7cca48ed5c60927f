#include <string.h>

#include "base/text.h"
#include "db/outbox_store.h"
#include "desk/chat_inside.h"
#include "desk/chat_post.h"
#include "desk/token.h"

int
chat_outcome(struct taking *t, enum ledger_outcome outcome, int64_t ticket,
    int64_t message, const char *because)
{
	t->row.outcome = outcome;
	t->row.ticket = ticket;
	t->row.message = message;
	t->row.because = because;
	return 0;
}

static int
nothing(struct taking *t, const char *because)
{
	return chat_outcome(t, LEDGER_CHAT, 0, 0, because);
}

int
chat_say(struct taking *t, const struct chat_item *item, const char *text,
    struct err *err)
{
	const struct chat_place place = { item->door, item->room };

	return chat_notice(t->desk, &place, item->ticket, item->item, text,
	    err);
}

/* ---- who and where ---- */

static int
find_person(struct taking *t, struct err *err)
{
	int rc = person_find_chat(t->desk->db, t->door, t->event->sender,
	    t->desk->arena, &t->person, err);

	if (rc == -1)
		return -1;
	t->has_person = rc == 1;
	t->staff = rc == 1 && t->person.role != ROLE_REQUESTER &&
	    !t->person.removed;
	if (t->staff)
		t->actor = (struct actor){
			.person = t->person.id,
			.name = t->person.address,
			.proof = PROVEN_STAFF,
			.source = t->door,
			.item = t->row.id,
			.because = arena_printf(t->desk->arena, "in chat as "
			    "%s", t->event->sender),
		};
	return 0;
}

static int
find_item(struct taking *t, const char *name, struct chat_item *item_out,
    struct err *err)
{
	if (name == NULL)
		return 0;
	return chat_item_find(t->desk->db, t->door, t->event->room, name,
	    t->desk->arena, item_out, err);
}

/* The item that says on which ticket this stands: the root of its thread, or
 * what it answers (old clients know no threads). 1/0/-1. */
static int
find_thread(struct taking *t, struct chat_item *item_out, struct err *err)
{
	int rc = find_item(t, t->event->root, item_out, err);

	return rc != 0 ? rc : find_item(t, t->event->after, item_out, err);
}

/* ---- each kind of event ---- */

static int
says(struct taking *t, struct err *err)
{
	const struct chat_event *e = t->event;
	struct chat_item in, item;
	int rc;

	if (e->automatic)
		return nothing(t, "a program says so");
	rc = find_thread(t, &in, err);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return chat_in_room(t, err);
	if (!t->staff)
		return nothing(t, "not one of staff");
	item = (struct chat_item){
		.door = t->door,
		.room = e->room,
		.item = e->id,
		.ticket = in.ticket,
		.kind = CHAT_SAID,
		.state = CHAT_DONE,
		.person = t->person.id,
		/* "/me" never goes out, like all that begins so */
		.words = e->action ? arena_printf(t->desk->arena, "/me %s",
		    e->text) : e->text,
		.time_ms = t->desk->now_ms,
	};
	rc = chat_item_add(t->desk->db, &item, &item.id, err);
	if (rc != 1)
		return rc == 0 ? nothing(t, "known") : -1;
	return chat_words(t, &item, err);
}

static int
edits(struct taking *t, struct err *err)
{
	struct chat_item item;
	int rc = find_item(t, t->event->target, &item, err);

	if (rc == -1)
		return -1;
	if (rc == 0 || item.kind != CHAT_SAID)
		return nothing(t, "an edit of nothing that matters");
	/* servers take edits by others, clients do not show them */
	if (!t->staff || item.person != t->person.id || t->event->automatic)
		return nothing(t, "an edit by somebody else");
	return chat_reworded(t, &item, t->event->action ? arena_printf(
	    t->desk->arena, "/me %s", t->event->text) : t->event->text, err);
}

/* Sense that makes no sense (closing what is closed) is nothing. */
static int
or_nothing(struct taking *t, int rc, const struct chat_item *item,
    const char *because, const struct err *why, struct err *err)
{
	if (rc == -1 && why->code != ERR_INPUT)
		return err_set(err, why->code, "%s", why->msg);
	if (rc == -1)
		return chat_outcome(t, LEDGER_CHAT, item->ticket, 0,
		    arena_strdup(t->desk->arena, why->msg));
	return chat_outcome(t, LEDGER_CHAT, item->ticket, 0, because);
}

static int
mark_does(struct taking *t, struct chat_item *item, const char *mark,
    struct err *err)
{
	struct err why = { 0 };
	bool ours = item->kind == CHAT_CARD || item->kind == CHAT_POST;

	if (strcmp(mark, CHAT_MARK_ASK) == 0 && item->kind == CHAT_SAID &&
	    item->state == CHAT_ASKING)
		return or_nothing(t, chat_release(t->desk, item, &why), item,
		    "sent by a click", &why, err);
	if (strcmp(mark, CHAT_MARK_TAKE) == 0 && ours)
		return or_nothing(t, act_take(t->desk, &t->actor,
		    item->ticket, &why), item, "taken", &why, err);
	if (strcmp(mark, CHAT_MARK_CLOSE) == 0 && ours)
		return or_nothing(t, act_close(t->desk, &t->actor,
		    item->ticket, NULL, &why), item, "closed", &why, err);
	return chat_outcome(t, LEDGER_CHAT, item->ticket, 0,
	    "a mark without a meaning");
}

static int
marks(struct taking *t, struct err *err)
{
	const struct chat_event *e = t->event;
	struct chat_item item, mark;
	int rc;

	if (!t->staff)
		return nothing(t, "not one of staff");
	rc = find_item(t, e->target, &item, err);
	if (rc != 1)
		return rc == -1 ? -1 : nothing(t, "a mark on nothing of ours");
	mark = (struct chat_item){
		.door = t->door,
		.room = e->room,
		.item = e->id,
		.ticket = item.ticket,
		.kind = CHAT_REACTION,
		.person = t->person.id,
		.target = e->target,
		.words = e->mark,
		.time_ms = t->desk->now_ms,
	};
	if (chat_item_add(t->desk->db, &mark, NULL, err) == -1)
		return -1;
	return mark_does(t, &item, e->mark, err);
}

static int
is_taken_by(struct taking *t, int64_t number, int64_t person,
    struct err *err)
{
	struct ticket ticket;
	int rc = ticket_get(t->desk->db, number, t->desk->arena, &ticket,
	    err);

	return rc != 1 ? rc : ticket.assignee == person;
}

/* A mark of who did it goes: so does what it did. */
static int
unmark_does(struct taking *t, struct chat_item *item, const char *mark,
    struct err *err)
{
	struct err why = { 0 };
	bool ours = item->kind == CHAT_CARD || item->kind == CHAT_POST;
	int rc;

	if (strcmp(mark, CHAT_MARK_ASK) == 0 && item->kind == CHAT_SAID &&
	    item->state == CHAT_WAITING)
		return or_nothing(t, chat_hold(t->desk, item, &why), item,
		    "the click is taken back", &why, err);
	if (strcmp(mark, CHAT_MARK_CLOSE) == 0 && ours)
		return or_nothing(t, act_reopen(t->desk, &t->actor,
		    item->ticket, &why), item, "reopened", &why, err);
	if (strcmp(mark, CHAT_MARK_TAKE) != 0 || !ours)
		return nothing(t, "a mark without a meaning");
	rc = is_taken_by(t, item->ticket, t->person.id, err);
	if (rc != 1)
		return rc == -1 ? -1 : nothing(t, "somebody else has it");
	return or_nothing(t, act_set(t->desk, &t->actor, item->ticket,
	    "assignee", "none", &why), item, "given back", &why, err);
}

static int
unmarks(struct taking *t, const char *target, const char *mark,
    struct err *err)
{
	struct chat_item item;
	int rc;

	if (!t->staff)
		return nothing(t, "not one of staff");
	rc = find_item(t, target, &item, err);
	if (rc != 1)
		return rc == -1 ? -1 : nothing(t, "a mark on nothing of ours");
	return unmark_does(t, &item, mark, err);
}

static int
takes_back(struct taking *t, struct err *err)
{
	struct chat_item item;
	int rc = find_item(t, t->event->target, &item, err);

	if (rc == -1)
		return -1;
	if (rc == 1 && item.kind == CHAT_REACTION)
		return t->has_person && item.person == t->person.id ?
		    unmarks(t, item.target, item.words, err) :
		    nothing(t, "a mark of somebody else");
	/* whoever the server lets delete it: stopping does no harm */
	if (rc == 1 && item.kind == CHAT_SAID)
		return chat_unsaid(t, &item, err);
	return nothing(t, "nothing that matters is gone");
}

/* ---- our own ---- */

/* What we posted comes back: a post whose answer got lost has arrived. */
static int
echo(struct taking *t, struct err *err)
{
	const struct chat_event *e = t->event;
	struct outbox_row row;
	int64_t ticket, id;
	int rc;

	if (e->post == NULL ||
	    !token_message_id_read(slice_of(e->post), &ticket, &id))
		return 0;
	rc = outbox_get(t->desk->db, id, t->desk->arena, &row, err);
	if (rc != 1 || strcmp(row.message_id, e->post) != 0 ||
	    strcmp(row.door, t->door) != 0 || row.attempts == 0 ||
	    (row.state != OUTBOX_UNKNOWN && row.state != OUTBOX_QUEUED))
		return rc == -1 ? -1 : 0;
	if (chat_post_done(t->desk, &row, e->id, err) == -1)
		return -1;
	row.state = OUTBOX_SENT;
	row.done_ms = t->desk->now_ms;
	row.error = NULL;
	return outbox_update(t->desk->db, &row, err);
}

/* ---- the way of an event ---- */

static int
decide(struct taking *t, struct err *err)
{
	switch (t->event->what) {
	case CHAT_SAYS:
		return says(t, err);
	case CHAT_EDITS:
		return edits(t, err);
	case CHAT_TAKES_BACK:
		return takes_back(t, err);
	case CHAT_MARKS:
		return marks(t, err);
	case CHAT_UNMARKS:
		return unmarks(t, t->event->target, t->event->mark, err);
	case CHAT_ENCRYPTED:
		return nothing(t, "encrypted: it cannot be read");
	case CHAT_ROOM_ENCRYPTED:
	case CHAT_ROOM_REPLACED:
	case CHAT_ROOM_JOINED:
	case CHAT_ROOM_LEFT:
		break;
	}
	return nothing(t, "about the room");
}

static struct ledger_row
ledger_of(struct desk *desk, const char *door, const struct chat_event *e)
{
	return (struct ledger_row){
		.key = { door, 0, 0, e->id },
		.seen_ms = desk->now_ms,
		.outcome = LEDGER_CHAT,
		.from = e->sender,
		.acked = true,
	};
}

int
chat_take(struct desk *desk, const char *door, const char *self,
    const struct chat_event *event, struct chat_result *result_out,
    struct err *err)
{
	struct taking t = { .desk = desk, .door = door, .self = self,
	    .event = event, .row = ledger_of(desk, door, event) };
	int rc;

	*result_out = (struct chat_result){ .because = "our own" };
	if (strcmp(event->sender, self) == 0)
		return echo(&t, err);
	rc = ledger_find(desk->db, &t.row.key, desk->arena, NULL, err);
	result_out->known = rc == 1;
	result_out->because = "known";
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (ledger_add(desk->db, &t.row, &t.row.id, err) == -1 ||
	    find_person(&t, err) == -1 || decide(&t, err) == -1)
		return -1;
	result_out->ticket = t.row.ticket;
	result_out->because = t.row.because;
	return ledger_update(desk->db, &t.row, err);
}

int
chat_quarantine(struct desk *desk, const char *door,
    const struct chat_event *event, const char *why, struct err *err)
{
	struct ledger_row row = ledger_of(desk, door, event);

	row.outcome = LEDGER_QUARANTINED;
	row.because = why;
	return ledger_add(desk->db, &row, &row.id, err);
}
