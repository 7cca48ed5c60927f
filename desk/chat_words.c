#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "desk/change.h"
#include "desk/chat_inside.h"
#include "desk/commands.h"

/* What somebody's words are. */
enum sense {
	SENSE_NOTHING,		/* the desk says why */
	SENSE_PUBLIC,		/* go out */
	SENSE_ASK,		/* go out when that is clicked */
	SENSE_NOTE,
	SENSE_COMMANDS		/* done at once */
};
struct meaning {
	enum sense	 sense;
	const char	*words;		/* without what orders */
	const char	*why;		/* SENSE_NOTHING */
	struct commands	 commands;
};

/* ---- reading ---- */

/* The rest behind a word at the beginning, or NULL. */
static const char *
behind(struct desk *desk, const char *text, const char *word)
{
	struct slice rest;

	if (!text_istarts(slice_of(text), word))
		return NULL;
	text += strlen(word);
	if (word[strlen(word) - 1] != ':' && *text != '\0' &&
	    strchr(" \t\n:", *text) == NULL)
		return NULL;
	rest = text_trim(slice_of(*text == ':' ? text + 1 : text));
	return arena_strndup(desk->arena, rest.p, rest.len);
}

static const char *
no_command(struct desk *desk, const char *text)
{
	size_t n = strcspn(text, " \t\n");

	return arena_printf(desk->arena, "Not done: there is no command "
	    "%.*s. Nothing was sent; !help lists them.", (int)(n > 40 ? 40 :
	    n), text);
}

/* Commands at the top, and the words below or behind them. */
static int
read_commands(struct desk *desk, const char *text, struct meaning *m,
    struct err *err)
{
	struct commands *c = &m->commands;

	if (commands_read(desk, text, COMMAND_STAFF, c, err) == -1)
		return -1;
	if (c->wrong != NULL || c->n == 0) {
		m->sense = SENSE_NOTHING;
		m->why = c->wrong != NULL ? arena_printf(desk->arena,
		    "Not done: %s. Nothing was sent.", c->wrong) :
		    no_command(desk, text);
		return 0;
	}
	m->words = *c->rest != '\0' ? c->rest : c->say;
	m->sense = *m->words != '\0' && !c->silent ? SENSE_PUBLIC :
	    SENSE_COMMANDS;
	return 0;
}

static enum sense
plain_sense(struct desk *desk, const struct ticket *ticket)
{
	const struct settings_category *c = settings_category(desk->settings,
	    ticket->category);

	switch (c == NULL ? SAY_ASK : c->chat_thread) {
	case SAY_REPLY:
		return SENSE_PUBLIC;
	case SAY_NOTE:
		return SENSE_NOTE;
	case SAY_ASK:
		break;
	}
	return SENSE_ASK;
}

static int
understand(struct desk *desk, const struct ticket *ticket, const char *said,
    struct meaning *m, struct err *err)
{
	struct slice trimmed = text_trim(slice_of(said));
	const char *text = arena_strndup(desk->arena, trimmed.p == NULL ? "" :
	    trimmed.p, trimmed.len), *words, *near;

	*m = (struct meaning){ .sense = SENSE_NOTHING, .words = "",
	    .commands = { .rest = "", .say = "" } };
	if (text == NULL)
		return err_set(err, ERR_RETRY, "chat: out of memory");
	if (*text == '/') {
		m->why = "Text that begins with / is never sent out.";
		return 0;
	}
	if ((words = behind(desk, text, "note:")) != NULL ||
	    (words = behind(desk, text, "!note")) != NULL)
		m->sense = SENSE_NOTE;
	else if ((words = behind(desk, text, "!reply")) != NULL)
		m->sense = SENSE_PUBLIC;
	else if (*text == '!')
		return read_commands(desk, text, m, err);
	else {
		words = text;
		m->sense = plain_sense(desk, ticket);
	}
	m->words = words;
	near = m->sense == SENSE_NOTE ? NULL : commands_near(desk, words);
	if (near != NULL) {
		m->sense = SENSE_NOTHING;
		m->why = arena_printf(desk->arena, "Not sent: there is %s in "
		    "it: %s", commands_near_why(desk, near), near);
	} else if (*words == '\0') {
		m->sense = SENSE_NOTHING;
		m->why = NULL;
	}
	return 0;
}

/* ---- the states of an item ---- */

static int
set_state(struct desk *desk, struct chat_item *item, enum chat_state state,
    int64_t due_ms, struct err *err)
{
	item->state = state;
	item->due_ms = due_ms;
	return chat_item_update(desk->db, item, err);
}

int
chat_release(struct desk *desk, struct chat_item *item, struct err *err)
{
	return set_state(desk, item, CHAT_WAITING, desk->now_ms +
	    (int64_t)desk->settings->chat_undo_seconds * 1000, err);
}

int
chat_hold(struct desk *desk, struct chat_item *item, struct err *err)
{
	return set_state(desk, item, CHAT_ASKING, 0, err);
}

static int
ask(struct taking *t, struct chat_item *item, struct err *err)
{
	if (chat_hold(t->desk, item, err) == -1 ||
	    chat_mark(t->desk, item, CHAT_MARK_ASK, err) == -1)
		return -1;
	return chat_outcome(t, LEDGER_CHAT, item->ticket, 0,
	    "asked whether it is to be sent");
}

/* A second answer while one is on its way is asked about first. */
static int
go_out(struct taking *t, struct chat_item *item, struct err *err)
{
	struct chat_item other;
	int rc = chat_item_waiting(t->desk->db, item->ticket, item->id,
	    t->desk->arena, &other, err);

	if (rc == -1)
		return -1;
	if (rc == 1)
		return chat_say(t, item, "Another answer is about to go out. "
		    "A click on " CHAT_MARK_ASK " sends this one, too.",
		    err) == -1 ? -1 : ask(t, item, err);
	if (chat_release(t->desk, item, err) == -1)
		return -1;
	return chat_outcome(t, LEDGER_CHAT, item->ticket, 0,
	    "goes out after the time for second thoughts");
}

/* ---- doing ---- */

static int
keep_note(struct taking *t, struct chat_item *item, const char *words,
    struct err *err)
{
	struct err why = { 0 };

	if (act_note(t->desk, &t->actor, item->ticket, words, &item->message,
	    &why) == -1) {
		if (why.code != ERR_INPUT)
			return err_set(err, why.code, "%s", why.msg);
		return chat_say(t, item, why.msg, err);
	}
	chat_outcome(t, LEDGER_NOTE, item->ticket, item->message,
	    "a note in chat");
	return set_state(t->desk, item, CHAT_NOTED, 0, err);
}

/* 1 done, *report_out says what; 0 not, and why; -1. */
static int
do_commands(struct desk *desk, const struct actor *actor, int64_t number,
    const struct commands *commands, const char **report_out,
    struct err *err)
{
	enum ticket_status old;
	struct ticket ticket;
	int rc = ticket_get(desk->db, number, desk->arena, &ticket, err);
	bool silent;

	if (rc != 1)
		return rc;
	old = ticket.status;
	silent = (ticket.flags & TICKET_SPAM) != 0;
	rc = commands_do(desk, actor, COMMAND_STAFF, SPOKE_NOT, NULL, &ticket,
	    commands, report_out, err);
	if (rc != 1)
		return rc;
	if (silent)
		old = ticket.status;
	if (commands_tell(desk, actor, &ticket, old, 0, err) == -1)
		return -1;
	return change_store(desk, &ticket, err) == -1 ? -1 : 1;
}

static int
obey(struct taking *t, struct chat_item *item, const struct meaning *m,
    struct err *err)
{
	const char *report = "";
	int rc = do_commands(t->desk, &t->actor, item->ticket, &m->commands,
	    &report, err);

	if (rc == -1)
		return -1;
	if (rc == 0)
		report = arena_printf(t->desk->arena, "Not done: %s", report);
	chat_outcome(t, LEDGER_CHAT, item->ticket, 0, rc == 1 ?
	    "commands done" : "commands refused");
	if (set_state(t->desk, item, rc == 1 ? CHAT_DONE : CHAT_DROPPED, 0,
	    err) == -1)
		return -1;
	return chat_say(t, item, report, err);
}

static int
do_meaning(struct taking *t, struct chat_item *item, const struct meaning *m,
    struct err *err)
{
	switch (m->sense) {
	case SENSE_PUBLIC:
		return go_out(t, item, err);
	case SENSE_ASK:
		return ask(t, item, err);
	case SENSE_NOTE:
		return keep_note(t, item, m->words, err);
	case SENSE_COMMANDS:
		return obey(t, item, m, err);
	case SENSE_NOTHING:
		break;
	}
	chat_outcome(t, LEDGER_CHAT, item->ticket, 0, "nothing to do");
	if (set_state(t->desk, item, CHAT_DROPPED, 0, err) == -1)
		return -1;
	return m->why == NULL ? 0 : chat_say(t, item, m->why, err);
}

static int
meaning_of(struct desk *desk, const struct chat_item *item,
    struct meaning *m, struct err *err)
{
	struct ticket ticket;
	int rc = ticket_get(desk->db, item->ticket, desk->arena, &ticket,
	    err);

	if (rc == 0)
		return err_set(err, ERR_INPUT, "there is no ticket #%lld",
		    (long long)item->ticket);
	return rc == -1 ? -1 : understand(desk, &ticket, item->words, m, err);
}

int
chat_words(struct taking *t, struct chat_item *item, struct err *err)
{
	struct meaning m;

	if (meaning_of(t->desk, item, &m, err) == -1)
		return -1;
	return do_meaning(t, item, &m, err);
}

/* ---- second thoughts ---- */

static int
reword_note(struct taking *t, struct chat_item *item, struct err *err)
{
	struct message message;
	struct meaning m;
	char id[24];
	int rc = message_get(t->desk->db, item->message, t->desk->arena,
	    &message, err);

	if (rc != 1 || meaning_of(t->desk, item, &m, err) == -1)
		return rc == 0 ? 0 : -1;
	message.text = *m.words != '\0' ? m.words : item->words;
	snprintf(id, sizeof id, "%lld", (long long)message.id);
	if (message_update(t->desk->db, &message, err) == -1 ||
	    change_event(t->desk, &t->actor, item->ticket, "edited",
	    "message", id, id, err) == -1)
		return -1;
	chat_outcome(t, LEDGER_NOTE, item->ticket, message.id,
	    "a note was edited");
	return chat_item_update(t->desk->db, item, err);
}

static int
reword_waiting(struct taking *t, struct chat_item *item, struct err *err)
{
	struct meaning m;

	if (meaning_of(t->desk, item, &m, err) == -1)
		return -1;
	/* still to go out the same way: only the words are others */
	if (m.sense == SENSE_ASK || (m.sense == SENSE_PUBLIC &&
	    item->state == CHAT_WAITING)) {
		chat_outcome(t, LEDGER_CHAT, item->ticket, 0,
		    "what goes out was edited");
		return chat_item_update(t->desk->db, item, err);
	}
	if (item->state == CHAT_ASKING &&
	    chat_unmark(t->desk, item, CHAT_MARK_ASK, err) == -1)
		return -1;
	return do_meaning(t, item, &m, err);
}

int
chat_reworded(struct taking *t, struct chat_item *item, const char *words,
    struct err *err)
{
	if (item->words != NULL && strcmp(item->words, words) == 0)
		return chat_outcome(t, LEDGER_CHAT, item->ticket, 0,
		    "an edit that changes nothing");
	item->words = words;
	switch (item->state) {
	case CHAT_ASKING:
	case CHAT_WAITING:
		return reword_waiting(t, item, err);
	case CHAT_DROPPED:
		return chat_words(t, item, err);
	case CHAT_NOTED:
		return reword_note(t, item, err);
	case CHAT_GONE:
		chat_outcome(t, LEDGER_CHAT, item->ticket, 0,
		    "edited after it had gone");
		return chat_say(t, item, "The mail has gone, with the words "
		    "from before. Write again to correct it.", err);
	case CHAT_DONE:
		break;
	}
	return chat_outcome(t, LEDGER_CHAT, item->ticket, 0,
	    "edited after it was done");
}

int
chat_unsaid(struct taking *t, struct chat_item *item, struct err *err)
{
	chat_outcome(t, LEDGER_CHAT, item->ticket, 0, "taken back");
	switch (item->state) {
	case CHAT_ASKING:
	case CHAT_WAITING:
		return set_state(t->desk, item, CHAT_DROPPED, 0, err);
	case CHAT_GONE:
		return chat_say(t, item, "The mail has gone: deleting it here "
		    "does not take it back.", err);
	case CHAT_NOTED:
		return chat_say(t, item, "The note stays on the ticket.", err);
	case CHAT_DONE:
	case CHAT_DROPPED:
		break;
	}
	return 0;
}

/* ---- going out ---- */

/* The words, and what stands above them, as one mail where that can be. */
static int
send_words(struct desk *desk, const struct actor *actor,
    struct chat_item *item, const struct meaning *m, struct err *err)
{
	const struct commands *c = &m->commands;
	const char *report = "";
	int rc;

	if (c->n == 1 && c->v[0].verb == COMMAND_CLOSE)
		return act_close(desk, actor, item->ticket, m->words, err);
	if (act_reply(desk, actor, item->ticket, m->words, &item->message,
	    err) == -1)
		return -1;
	rc = c->n == 0 ? 1 : do_commands(desk, actor, item->ticket, c,
	    &report, err);
	return rc == 0 ? err_set(err, ERR_INPUT, "not sent: %s", report) :
	    rc == 1 ? 0 : -1;
}

static int
not_sent(struct taking *t, struct chat_item *item, const struct meaning *m,
    const char *why, struct err *err)
{
	const char *say = arena_printf(t->desk->arena, "It did not go out and "
	    "is kept as an internal note: %s", why);

	item->message = 0;
	if (keep_note(t, item, m->words, err) == -1)
		return -1;
	return chat_say(t, item, say, err);
}

static int
gone(struct taking *t, struct chat_item *item, struct err *err)
{
	if (set_state(t->desk, item, CHAT_GONE, 0, err) == -1 ||
	    chat_unmark(t->desk, item, CHAT_MARK_ASK, err) == -1)
		return -1;
	return chat_mark(t->desk, item, CHAT_MARK_GONE, err);
}

/* Whose words these are, as long as they are staff. 1/0/-1. */
static int
author_of(struct taking *t, const struct chat_item *item, struct err *err)
{
	int rc = person_get(t->desk->db, item->person, t->desk->arena,
	    &t->person, err);

	if (rc != 1)
		return rc;
	t->actor = (struct actor){
		.person = t->person.id,
		.name = t->person.address,
		.proof = PROVEN_STAFF,
		.source = item->door,
		.because = "written in chat",
	};
	return t->person.role != ROLE_REQUESTER && !t->person.removed;
}

static int
send_item(struct taking *t, struct chat_item *item, struct err *err)
{
	struct desk *desk = t->desk;
	struct err why = { 0 };
	struct meaning m;

	if (meaning_of(desk, item, &m, err) == -1)
		return -1;
	/* the category may mean something else by now: nothing is sent then
	 * that would be a note */
	if (m.sense != SENSE_PUBLIC && m.sense != SENSE_ASK)
		return do_meaning(t, item, &m, err);
	if (db_savepoint(desk->db, err) == -1)
		return -1;
	if (send_words(desk, &t->actor, item, &m, &why) == 0)
		return db_release(desk->db, err) == -1 ? -1 :
		    gone(t, item, err);
	if (why.code != ERR_INPUT || !db_in_transaction(desk->db))
		return err_set(err, why.code, "%s", why.msg);
	db_rollback_to(desk->db);
	return not_sent(t, item, &m, why.msg, err);
}

int
chat_is_due(struct desk *desk, struct err *err)
{
	struct chat_item item;

	return chat_item_due(desk->db, desk->now_ms, desk->arena, &item, err);
}

int
chat_due(struct desk *desk, struct err *err)
{
	struct taking t = { .desk = desk };
	struct chat_item item;
	int rc = chat_item_due(desk->db, desk->now_ms, desk->arena, &item,
	    err);

	if (rc != 1)
		return rc;
	t.door = item.door;
	rc = author_of(&t, &item, err);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return set_state(desk, &item, CHAT_DROPPED, 0, err) == -1 ?
		    -1 : 1;
	return send_item(&t, &item, err) == -1 ? -1 : 1;
}

int
chat_due_hold(struct desk *desk, struct err *err)
{
	struct chat_item item;
	int rc = chat_item_due(desk->db, desk->now_ms, desk->arena, &item,
	    err);

	return rc != 1 ? rc : chat_hold(desk, &item, err);
}
