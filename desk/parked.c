#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "desk/change.h"
#include "desk/commands.h"
#include "desk/exitcheck.h"
#include "desk/notify.h"
#include "desk/parked.h"
#include "desk/spam.h"

#define HOUR_MS	((int64_t)3600 * 1000)

static int
set_pending(struct desk *desk, struct message *m, enum message_pending pending,
    int64_t hours, struct err *err)
{
	m->pending = pending;
	m->pending_until_ms = desk->now_ms + hours * HOUR_MS;
	return message_update(desk->db, m, err);
}

/* May one more question be asked? 1/0/-1 */
static int
may_ask(struct desk *desk, const struct person *author, bool verified,
    struct err *err)
{
	int64_t open;

	if (outbox_count_open(desk->db, author->id, "confirm",
	    desk->now_ms - PARKED_HOURS * HOUR_MS, &open, err) == -1)
		return -1;
	return verified || open < PARKED_OPEN_MAX;
}

/* Which commands its author may give, who may have left staff since. */
static unsigned
who_of(const struct ticket *ticket, const struct person *author,
    const struct message *m)
{
	if (m->from_staff && author->role != ROLE_REQUESTER &&
	    !author->removed)
		return COMMAND_STAFF;
	return author->id == ticket->requester ? COMMAND_REQUESTER :
	    COMMAND_WATCHER;
}

/* "!close, !reopen": our words for what the message orders, without its own. */
static int
verbs_of(struct desk *desk, const struct ticket *ticket,
    const struct person *author, const struct message *m,
    const char **verbs_out, struct err *err)
{
	const char *verbs = "";
	struct commands c;
	size_t i;

	if (commands_read(desk, m->text, who_of(ticket, author, m), &c,
	    err) == -1)
		return -1;
	for (i = 0; i < c.n && verbs != NULL; i++)
		verbs = arena_printf(desk->arena, "%s%s!%s", verbs,
		    i == 0 ? "" : ", ", command_info(c.v[i].verb)->name);
	*verbs_out = verbs;
	return verbs == NULL ? err_set(err, ERR_FATAL,
	    "parked: out of memory") : 0;
}

/* What the message says beside its commands. */
static const char *
words_of(struct desk *desk, const struct commands *c)
{
	return *c->say == '\0' ? c->rest : arena_printf(desk->arena,
	    "%s%s%s", c->rest, *c->rest == '\0' ? "" : "\n\n", c->say);
}

/* What becomes of it when its author confirms, as the question calls it: orders
 * without words go to nobody. NULL: err. */
static const char *
becomes(struct desk *desk, const struct ticket *ticket,
    const struct person *author, const struct message *m, bool note,
    struct err *err)
{
	const char *words;
	struct commands c;

	if (note)
		return "note";
	if (commands_read(desk, m->text, who_of(ticket, author, m), &c,
	    err) == -1)
		return NULL;
	words = words_of(desk, &c);
	if (words == NULL) {
		err_set(err, ERR_FATAL, "parked: out of memory");
		return NULL;
	}
	return c.n > 0 && c.canned == NULL &&
	    text_trim(slice_of(words)).len == 0 ? "commands" : "reply";
}

int
parked_commands(struct desk *desk, const struct ticket *ticket,
    const struct person *author, struct message *message, bool verified,
    struct err *err)
{
	const char *verbs;
	int rc = may_ask(desk, author, verified, err);

	if (rc == 1 && verbs_of(desk, ticket, author, message, &verbs,
	    err) == -1)
		return -1;
	if (rc == 1)
		rc = notify_claimed(desk, ticket, "confirm", author->id,
		    message->id, notify_detail(desk, "as", "commands",
		    "verbs", verbs, NULL), err);
	if (rc == 1 && set_pending(desk, message, PENDING_COMMANDS,
	    PARKED_HOURS, err) == -1)
		return -1;
	return rc;
}

int
parked_ask(struct desk *desk, const struct ticket *ticket,
    const struct person *author, struct message *message, bool note,
    bool verified, struct err *err)
{
	const char *as = becomes(desk, ticket, author, message, note, err);
	int rc = as == NULL ? -1 : may_ask(desk, author, verified, err);

	/* not asked: it is over at once, but is known to have been a note */
	if (rc == -1 || set_pending(desk, message, note ? PENDING_PROOF_NOTE :
	    PENDING_PROOF, rc == 1 ? PARKED_HOURS : 0, err) == -1)
		return -1;
	if (rc == 1 && notify_author(desk, ticket, "confirm", author,
	    message->id, notify_detail(desk, "as", as, NULL), err) == -1)
		return -1;
	return rc;
}

int
parked_refuse(struct desk *desk, const struct ticket *ticket,
    const struct person *author, struct message *message, const char *why,
    const char *found, struct err *err)
{
	if (set_pending(desk, message, PENDING_SEND, 7 * 24, err) == -1)
		return -1;
	return notify_author(desk, ticket, "refused", author, message->id,
	    notify_detail(desk, "why", why, "found", found == NULL ? "" :
	    found, NULL), err);
}

static int
settle(struct desk *desk, const struct actor *actor, struct message *m,
    enum message_visibility visibility, struct err *err)
{
	m->visibility = visibility;
	m->pending = PENDING_NONE;
	m->pending_until_ms = 0;
	if (message_update(desk->db, m, err) == -1)
		return -1;
	return change_event(desk, actor, m->ticket, "confirmed", "message",
	    "held", message_visibility_name(visibility), err);
}

/* Proven does not mean that it may go out (design §8): 1 it is doubtful and
 * *why_out says why, 0, -1. */
static int
doubtful(struct desk *desk, const struct message *m,
    const struct commands *c, const char **why_out, const char **found_out,
    struct err *err)
{
	const char *words = words_of(desk, c);
	struct attachment *v;
	size_t n;

	if (words == NULL || attachment_list(desk->db, m->id, desk->arena,
	    &v, &n, err) == -1)
		return words != NULL ? -1 : err_set(err, ERR_FATAL,
		    "parked: out of memory");
	*found_out = NULL;
	*why_out = c->wrong;
	if (c->canned != NULL)		/* it could not be had */
		return 1;
	*found_out = commands_near(desk, c->rest);
	*why_out = c->wrong != NULL ? c->wrong : *found_out == NULL ? NULL :
	    commands_near_why(desk, *found_out);
	if (*found_out != NULL)
		return 1;
	*why_out = "no new words were found in it";
	if (text_trim(slice_of(words)).len == 0 && n == 0 && c->n == 0)
		return 1;
	*why_out = "words of an internal note stand in it";
	return exitcheck(desk, m->ticket, m->id, words, found_out, err);
}

/* The words and the commands of a message that is proven now. Commands that
 * cannot be done leave it an internal note, and its author is told. */
static int
carry_out(struct desk *desk, const struct actor *actor,
    const struct person *author, struct ticket *ticket, struct message *m,
    const struct commands *c, struct err *err)
{
	enum message_pending pending = m->pending;
	enum ticket_status old = ticket->status;
	const char *report, *words = words_of(desk, c);
	bool public = m->from_staff && pending == PENDING_PROOF;
	int rc;

	if (words == NULL)
		return err_set(err, ERR_FATAL, "parked: out of memory");
	public = public && !c->silent && text_trim(slice_of(words)).len > 0;
	/* it is held no longer: its own "accept" does not mean itself */
	if (m->visibility == MESSAGE_HELD) {
		m->visibility = MESSAGE_NOTE;
		if (message_update(desk->db, m, err) == -1)
			return -1;
	}
	rc = commands_do(desk, actor, who_of(ticket, author, m), public ?
	    SPOKE_STAFF : SPOKE_NOT, public ? words : NULL, ticket, c,
	    &report, err);
	if (rc == -1)
		return -1;
	if (rc == 1 && public)
		m->text = words;
	if (settle(desk, actor, m, pending == PENDING_COMMANDS ?
	    m->visibility : rc == 1 && public ? MESSAGE_PUBLIC : MESSAGE_NOTE,
	    err) == -1)
		return -1;
	if (rc == 1 && commands_tell(desk, actor, ticket, old, public ?
	    m->id : 0, err) == -1)
		return -1;
	return commands_transcript(desk, actor, ticket, report, rc == 1, err);
}

/* Its author's, but doubtful: a note, and the author may answer "send". */
static int
keep_back(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, const struct person *author,
    struct message *m, const char *why, const char *found, struct err *err)
{
	if (settle(desk, actor, m, MESSAGE_NOTE, err) == -1)
		return -1;
	return parked_refuse(desk, ticket, author, m, why, found, err);
}

/* A parked message becomes what its author meant. */
static int
release(struct desk *desk, const struct actor *actor,
    const struct person *author, struct message *m, struct err *err)
{
	bool ordered = m->pending != PENDING_SEND;
	struct commands c = { .n = 0, .rest = m->text, .say = "" };
	const char *why, *found;
	struct ticket ticket;
	int rc = ticket_get(desk->db, m->ticket, desk->arena, &ticket, err);

	if (rc != 1)
		return rc;
	if (ordered && (commands_read(desk, m->text, who_of(&ticket, author,
	    m), &c, err) == -1 || commands_fill(desk, actor, &ticket, &c,
	    err) == -1))
		return -1;
	rc = m->from_staff && m->pending == PENDING_PROOF ? doubtful(desk, m,
	    &c, &why, &found, err) : 0;
	if (rc == 0 && m->from_staff && !c.silent &&
	    m->pending != PENDING_PROOF_NOTE &&
	    (c.n == 0 || *c.rest != '\0' || *c.say != '\0')) {
		found = NULL;
		rc = spam_silences(desk, &ticket, &why);
	}
	if (rc == -1)
		return -1;
	if (rc == 1)
		rc = keep_back(desk, actor, &ticket, author, m, why, found,
		    err);
	else if (c.n > 0)
		rc = carry_out(desk, actor, author, &ticket, m, &c, err);
	else if (m->pending == PENDING_PROOF_NOTE)
		rc = settle(desk, actor, m, MESSAGE_NOTE, err);
	else
		rc = act_publish(desk, actor, &ticket, m, err);
	return rc == -1 ? -1 : change_store(desk, &ticket, err);
}

/* What the question was about, when it still waits; 1/0/-1. */
static int
waiting(struct desk *desk, const struct identity *id, bool send,
    struct message *m_out, struct err *err)
{
	int rc;

	if (id->row.message == 0)
		return 0;
	rc = message_get(desk->db, id->row.message, desk->arena, m_out, err);
	if (rc != 1)
		return rc;
	return m_out->pending != PENDING_NONE &&
	    (m_out->pending == PENDING_SEND) == send &&
	    m_out->author == id->person.id &&
	    (id->staff || m_out->pending == PENDING_COMMANDS) &&
	    m_out->pending_until_ms >= desk->now_ms;
}

static int
use_up(struct desk *desk, const struct outbox_row *row, struct err *err)
{
	struct outbox_row used = *row;

	used.used = true;
	return outbox_update(desk->db, &used, err);
}

/* One answer of a verified sender confirms all that waits. */
static int
release_others(struct desk *desk, const struct actor *actor,
    const struct identity *id, struct err *err)
{
	struct message *v, m;
	size_t n, i;

	if (message_pending_of(desk->db, id->person.id, desk->now_ms,
	    desk->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		/* as it is now: one before may have released it */
		if (message_get(desk->db, v[i].id, desk->arena, &m,
		    err) == -1)
			return -1;
		if (m.pending != PENDING_NONE && m.pending != PENDING_SEND &&
		    (id->staff || m.pending == PENDING_COMMANDS) &&
		    release(desk, actor, &id->person, &m, err) == -1)
			return -1;
	}
	return 0;
}

static int
confirmed(struct desk *desk, const struct actor *actor,
    const struct identity *id, struct parked_answer *answer_out,
    struct err *err)
{
	struct message m;
	int rc;

	if (!id->token || id->row.used || id->verdict == PROOF_FAIL)
		return 0;
	rc = waiting(desk, id, false, &m, err);
	if (rc != 1)
		return rc;
	if (use_up(desk, &id->row, err) == -1 ||
	    release(desk, actor, &id->person, &m, err) == -1)
		return -1;
	if (id->verdict == PROOF_PASS &&
	    release_others(desk, actor, id, err) == -1)
		return -1;
	*answer_out = (struct parked_answer){ m.ticket, m.id,
	    "confirmed by its author" };
	return 1;
}

static bool
says_send(const struct mail *mail)
{
	size_t i;

	for (i = 0; i < mail->ncommands; i++)
		if (strcmp(mail->commands[i].verb, "send") == 0)
			return true;
	/* the word alone is plain enough for a person */
	return strncasecmp(mail->reply, "send", 4) == 0 &&
	    strspn(mail->reply + 4, " .!\n") == strlen(mail->reply + 4);
}

int
parked_answer(struct desk *desk, const struct actor *actor,
    const struct mail *mail, const struct identity *id,
    struct parked_answer *answer_out, struct err *err)
{
	struct message m;
	int rc;

	if (strcmp(id->row.event, "confirm") == 0)
		return confirmed(desk, actor, id, answer_out, err);
	if (strcmp(id->row.event, "refused") != 0 || !id->may_act ||
	    !says_send(mail))
		return 0;
	rc = waiting(desk, id, true, &m, err);
	if (rc != 1)
		return rc;
	if (release(desk, actor, &id->person, &m, err) == -1)
		return -1;
	*answer_out = (struct parked_answer){ m.ticket, m.id,
	    "sent by its author's word" };
	return 1;
}
