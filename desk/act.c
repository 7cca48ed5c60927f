#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/utf8.h"
#include "desk/change.h"
#include "desk/exitcheck.h"
#include "desk/field.h"
#include "desk/incident.h"
#include "desk/notify.h"
#include "desk/said.h"
#include "desk/spam.h"

#define RELEASE_PAGE	8	/* messages at a time, */
#define RELEASE_MEMORY	((size_t)128 * 1024 * 1024)	/* bytes of them */


int
act_person(struct desk *desk, const char *address, const char *name,
    struct person *person_out, struct err *err)
{
	struct person person = {
		.name = name == NULL ? "" : name,
		.address = address,
		.role = ROLE_REQUESTER,
		.mail = PMAIL_CATEGORY,
		.categories = "",
	};
	int rc;

	rc = person_find(desk->db, address, desk->arena, person_out, err);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (person_add(desk->db, &person, desk->now_ms, &person.id, err) == -1)
		return -1;
	*person_out = person;
	return 0;
}

static const char *
login_name(struct desk *desk)
{
	struct passwd *pw = getpwuid(getuid());

	return pw == NULL ?
	    arena_printf(desk->arena, "os:%ld", (long)getuid()) :
	    arena_printf(desk->arena, "os:%s", pw->pw_name);
}

int
act_terminal(struct desk *desk, const char *as_address,
    struct actor *actor_out, struct err *err)
{
	struct actor actor = { .proof = PROVEN_STAFF, .source = "cli" };
	struct person person;
	int rc;

	if (as_address == NULL) {
		actor.name = login_name(desk);
		*actor_out = actor;
		return 0;
	}
	rc = person_find(desk->db, as_address, desk->arena, &person, err);
	if (rc == -1)
		return -1;
	if (rc == 0 || person.role == ROLE_REQUESTER || person.removed)
		return err_set(err, ERR_INPUT, "%s is not staff here: see "
		    "`campusdesk staff list`", as_address);
	actor.person = person.id;
	actor.name = person.address;
	*actor_out = actor;
	return 0;
}

/* The ticket, or ERR_INPUT. */
static int
load(struct desk *desk, int64_t number, struct ticket *ticket_out,
    struct err *err)
{
	int rc = ticket_get(desk->db, number, desk->arena, ticket_out, err);

	if (rc == 0)
		return err_set(err, ERR_INPUT, "there is no ticket #%lld",
		    (long long)number);
	return rc == 1 ? 0 : -1;
}

/* A message of the actor, staff at a terminal or in chat. */
static int
own_message(struct desk *desk, const struct actor *actor,
    enum message_visibility visibility, const char *text,
    struct message *message_out, struct err *err)
{
	struct message m = {
		.author = actor->person,
		.visibility = visibility,
		.proof = actor->proof,
		.source = actor->source,
		.text = text,
		.from_staff = true,
	};
	struct person person;

	if (actor->person != 0) {
		int rc = person_get(desk->db, actor->person, desk->arena,
		    &person, err);

		if (rc == -1)
			return -1;
		if (rc == 1) {
			m.author_name = person.name;
			m.author_address = person.address;
		}
	}
	*message_out = m;
	return 0;
}

static int
need_text(const char *text, struct err *err)
{
	if (text == NULL || text_trim(slice_of(text)).len == 0)
		return err_set(err, ERR_INPUT, "the text is empty");
	if (!utf8_valid(text, strlen(text)))
		return err_set(err, ERR_INPUT, "the text is not UTF-8");
	return 0;
}

int
act_new(struct desk *desk, const struct actor *actor, const char *requester,
    const char *subject, const char *category, const char *text,
    int64_t *ticket_out, struct err *err)
{
	struct ticket ticket = { .priority = PRIORITY_NORMAL,
	    .source = actor->source, .tags = "", .location = "" };
	struct message message;
	struct person person;

	struct slice line = utf8_clean_line(desk->arena, subject,
	    utf8_cut(subject, strlen(subject), FIELD_SUBJECT_MAX));

	if (category == NULL)
		category = desk->settings->default_category;
	if (need_text(text, err) == -1 ||
	    field_is_category(desk, category, err) == -1 ||
	    act_person(desk, requester, NULL, &person, err) == -1)
		return -1;
	line = text_trim(line);
	ticket.subject = arena_strndup(desk->arena, line.p, line.len);
	ticket.category = category;
	ticket.requester = person.id;
	message = (struct message){
		.author = person.id,
		.author_name = person.name,
		.author_address = person.address,
		.visibility = MESSAGE_PUBLIC,
		.proof = actor->proof,
		.source = actor->source,
		.text = text,
	};
	if (change_create(desk, actor, &ticket, err) == -1 ||
	    change_message(desk, actor, &ticket, &message, err) == -1 ||
	    notify_acknowledged(desk, &ticket, &message, false, err) == -1 ||
	    notify_staff(desk, &ticket, "staff-new-ticket", message.id, NULL,
	    actor->person, err) == -1)
		return -1;
	*ticket_out = ticket.number;
	return 0;
}

int
act_publish(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, struct message *message, struct err *err)
{
	message->visibility = MESSAGE_PUBLIC;
	message->pending = PENDING_NONE;
	message->pending_until_ms = 0;
	if (message_update(desk->db, message, err) == -1 ||
	    change_event(desk, actor, ticket->number, "released", "message",
	    "not public", "public", err) == -1)
		return -1;
	if (message->from_staff &&
	    change_staff_spoke(desk, actor, ticket, err) == -1)
		return -1;
	return notify_public(desk, ticket, "replied", message->id,
	    message->author, false, err);
}

/* ERR_INPUT: the ticket is, and so nothing goes out. */
static int
not_spam(struct desk *desk, const struct ticket *ticket, struct err *err)
{
	const char *why;

	switch (spam_silences(desk, ticket, &why)) {
	case 0:
		return 0;
	case 1:
		return err_set(err, ERR_INPUT, "not sent: %s", why);
	}
	return err_set(err, ERR_FATAL, "act: out of memory");
}

int
act_reply(struct desk *desk, const struct actor *actor, int64_t number,
    const char *text, int64_t *message_out, struct err *err)
{
	struct ticket ticket;
	struct message message;
	const char *found;
	int rc;

	if (need_text(text, err) == -1 ||
	    load(desk, number, &ticket, err) == -1 ||
	    not_spam(desk, &ticket, err) == -1)
		return -1;
	rc = exitcheck(desk, number, 0, text, &found, err);
	if (rc == -1)
		return -1;
	if (rc == 1)
		return err_set(err, ERR_INPUT, "not sent: words of an internal "
		    "note of #%lld stand in it: \"%s\"", (long long)number,
		    found);
	if (own_message(desk, actor, MESSAGE_PUBLIC, text, &message,
	    err) == -1 ||
	    change_message(desk, actor, &ticket, &message, err) == -1 ||
	    change_staff_spoke(desk, actor, &ticket, err) == -1 ||
	    notify_public(desk, &ticket, "replied", message.id, actor->person,
	    false, err) == -1)
		return -1;
	*message_out = message.id;
	return change_store(desk, &ticket, err);
}

int
act_note(struct desk *desk, const struct actor *actor, int64_t number,
    const char *text, int64_t *message_out, struct err *err)
{
	struct ticket ticket;
	struct message message;

	if (need_text(text, err) == -1 ||
	    load(desk, number, &ticket, err) == -1 ||
	    own_message(desk, actor, MESSAGE_NOTE, text, &message,
	    err) == -1 ||
	    change_message(desk, actor, &ticket, &message, err) == -1)
		return -1;
	*message_out = message.id;
	return change_store(desk, &ticket, err);
}

int
act_close(struct desk *desk, const struct actor *actor, int64_t number,
    const char *text, struct err *err)
{
	struct ticket ticket;
	struct message message = { 0 };
	const char *found;
	int rc, joined;

	if (load(desk, number, &ticket, err) == -1)
		return -1;
	if (ticket.status == TICKET_CLOSED)
		return err_set(err, ERR_INPUT, "#%lld is closed already",
		    (long long)number);
	if (text != NULL && text_trim(slice_of(text)).len > 0) {
		rc = exitcheck(desk, number, 0, text, &found, err);
		if (rc == 1)
			err_set(err, ERR_INPUT, "not closed: words of an "
			    "internal note stand in the text: \"%s\"", found);
		if (rc != 0 || need_text(text, err) == -1 ||
		    own_message(desk, actor, MESSAGE_PUBLIC, text, &message,
		    err) == -1 ||
		    change_message(desk, actor, &ticket, &message,
		    err) == -1 ||
		    change_staff_spoke(desk, actor, &ticket, err) == -1)
			return -1;
	}
	if (change_status(desk, actor, &ticket, TICKET_CLOSED, err) == -1 ||
	    notify_public(desk, &ticket, "closed", message.id, actor->person,
	    message.id == 0, err) == -1 ||
	    incident_closed(desk, actor, &ticket, text, &joined, err) == -1)
		return -1;
	return change_store(desk, &ticket, err);
}

int
act_reopen(struct desk *desk, const struct actor *actor, int64_t number,
    struct err *err)
{
	struct ticket ticket;

	if (load(desk, number, &ticket, err) == -1)
		return -1;
	if (ticket.status != TICKET_CLOSED)
		return err_set(err, ERR_INPUT, "#%lld is not closed",
		    (long long)number);
	if (change_status(desk, actor, &ticket, TICKET_ACTIVE, err) == -1 ||
	    notify_public(desk, &ticket, "reopened", 0, actor->person, true,
	    err) == -1)
		return -1;
	return change_store(desk, &ticket, err);
}

int
act_take(struct desk *desk, const struct actor *actor, int64_t number,
    struct err *err)
{
	struct ticket ticket;

	if (actor->person == 0)
		return err_set(err, ERR_INPUT,
		    "who takes it? say --as ADDRESS of a staff member");
	if (load(desk, number, &ticket, err) == -1 ||
	    change_assignee(desk, actor, &ticket, actor->person, err) == -1)
		return -1;
	if (ticket.status == TICKET_OPEN &&
	    change_status(desk, actor, &ticket, TICKET_ACTIVE, err) == -1)
		return -1;
	return change_store(desk, &ticket, err);
}

/* What requester and watchers hear when the status has changed from old. */
static int
tell_status(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, enum ticket_status old, struct err *err)
{
	if ((old == TICKET_CLOSED) == (ticket->status == TICKET_CLOSED))
		return 0;
	return notify_public(desk, ticket, old == TICKET_CLOSED ?
	    "reopened" : "closed", 0, actor->person, true, err);
}

int
act_set(struct desk *desk, const struct actor *actor, int64_t number,
    const char *field, const char *value, struct err *err)
{
	struct ticket ticket;
	enum ticket_status old;

	if (load(desk, number, &ticket, err) == -1)
		return -1;
	old = ticket.status;
	if (field_set(desk, actor, &ticket, field, value, err) == -1 ||
	    tell_status(desk, actor, &ticket, old, err) == -1)
		return -1;
	return change_store(desk, &ticket, err);
}

int
act_link(struct desk *desk, const struct actor *actor, int64_t number,
    int64_t other, struct err *err)
{
	struct ticket a, b;

	if (number == other)
		return err_set(err, ERR_INPUT, "a ticket is not linked to "
		    "itself");
	if (load(desk, number, &a, err) == -1 ||
	    load(desk, other, &b, err) == -1)
		return -1;
	return change_link(desk, actor, number, LINK_LINKED, other, err);
}

/* Make the author of a released message a watcher; a stranger becomes known by
 * that. Never a machine, nor us. */
static int
watch_author(struct desk *desk, const struct actor *actor,
    const struct message *m, struct err *err)
{
	struct person person = { .id = m->author };

	if (m->from_staff || !said_is_person_address(desk->settings,
	    m->author_address))
		return 0;
	if (person.id == 0 && act_person(desk, m->author_address,
	    m->author_name, &person, err) == -1)
		return -1;
	return change_watcher(desk, actor, m->ticket, person.id,
	    m->author_address, err);
}

struct release {
	int64_t	message;	/* 0: all */
	bool	watch;		/* their authors become watchers */
};

/* Held words of staff (nobody has proven that they wrote them) may have been
 * meant for inside: 1 it may go out, 0 not, -1. */
static int
may_release(struct desk *desk, const struct message *m, struct err *err)
{
	const char *found;
	int rc;

	if (m->pending == PENDING_PROOF_NOTE)
		return 0;
	if (!m->from_staff)
		return 1;
	rc = exitcheck(desk, m->ticket, m->id, m->text, &found, err);
	return rc == -1 ? -1 : rc == 0;
}

/* One page of messages of the ticket behind *after: those that are held go
 * out, or are kept. 1 there may be more, 0, -1. */
static int
release_page(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, struct arena *arena, const struct release *r,
    int64_t *after, int n_out[2], struct err *err)
{
	struct message *v;
	size_t n, i;
	int rc;

	if (message_list(desk->db, ticket->number, *after, RELEASE_PAGE,
	    arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		*after = v[i].id;
		if (v[i].visibility != MESSAGE_HELD ||
		    (r->message != 0 && v[i].id != r->message))
			continue;
		rc = may_release(desk, &v[i], err);
		if (rc == 1 && (act_publish(desk, actor, ticket, &v[i],
		    err) == -1 || (r->watch && watch_author(desk, actor,
		    &v[i], err) == -1)))
			rc = -1;
		if (rc == -1)
			return -1;
		n_out[rc]++;
	}
	return n == RELEASE_PAGE;
}

int
act_release(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, int64_t message, bool watch, int *n_out,
    struct err *err)
{
	const struct release r = { message, watch };
	struct arena *arena = arena_new(RELEASE_MEMORY);
	int64_t after = 0;
	int n[2] = { 0, 0 }, rc = 1;	/* kept, released */

	if (not_spam(desk, ticket, err) == -1) {
		arena_free(&arena);
		return -1;
	}
	if (arena == NULL)
		return err_set(err, ERR_RETRY, "accept: out of memory");
	while (rc == 1) {
		arena_reset(arena);
		rc = release_page(desk, actor, ticket, arena, &r, &after, n,
		    err);
	}
	arena_free(&arena);
	if (rc == -1)
		return -1;
	if (n[1] == 0 && n[0] > 0)
		return err_set(err, ERR_INPUT, "what #%lld holds was meant as "
		    "an internal note, or has words of one",
		    (long long)ticket->number);
	if (n[1] == 0)
		return err_set(err, ERR_INPUT, "#%lld holds no such message",
		    (long long)ticket->number);
	*n_out = n[1];
	return 0;
}

int
act_accept(struct desk *desk, const struct actor *actor, int64_t number,
    int64_t message, bool watch, int *n_out, struct err *err)
{
	struct ticket ticket;

	if (load(desk, number, &ticket, err) == -1 ||
	    act_release(desk, actor, &ticket, message, watch, n_out,
	    err) == -1)
		return -1;
	return change_store(desk, &ticket, err);
}
