#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_text.h"
#include "base/text.h"
#include "db/outbox_store.h"
#include "desk/budget.h"
#include "desk/notify.h"
#include "desk/token.h"

#define REFERENCES_MAX	900	/* bytes of ids handed on */
#define SCRATCH_MAX	((size_t)64 * 1024 * 1024)	/* bytes of one message */

const char *
notify_detail(struct desk *desk, const char *key, const char *value, ...)
{
	json_t *o = json_object();
	const char *result = NULL;
	char *dumped;
	va_list ap;

	va_start(ap, value);
	while (o != NULL && key != NULL) {
		json_object_set_new(o, key, json_string(value == NULL ? "" :
		    value));
		key = va_arg(ap, const char *);
		if (key != NULL)
			value = va_arg(ap, const char *);
	}
	va_end(ap);
	dumped = o == NULL ? NULL : json_text(o, JSON_COMPACT);
	if (dumped != NULL)
		result = arena_strdup(desk->arena, dumped);
	free(dumped);
	json_decref(o);
	return result;
}

/* The thread of a staff member: all our mails about one ticket refer to one
 * id that no mail has, so that every client shows them as one thread. */
static void
thread_of_ours(struct desk *desk, const struct ticket *ticket,
    struct outbox_row *row)
{
	char root[TOKEN_ID_MAX];

	token_message_id(desk->secret, ticket->key, ticket->number, 0,
	    desk->settings->domain, root);
	row->in_reply_to = arena_strdup(desk->arena, root);
	row->references = arena_printf(desk->arena, "<%s>", root);
}

/* A desk whose finds are forgotten: a message may be megabytes, of which only
 * its ids are wanted, for each recipient. */
static int
scratch(struct desk *desk, struct desk *scratch_out, struct err *err)
{
	*scratch_out = *desk;
	scratch_out->arena = arena_new(SCRATCH_MAX);
	return scratch_out->arena != NULL ? 0 : err_set(err, ERR_RETRY,
	    "notify: out of memory");
}

/* "<id> " of the mail that opened the ticket, when this person wrote it and
 * refs lacks it: a client that lost the References still threads; "" else. */
static int
opening_id(struct desk *desk, const struct ticket *ticket, int64_t person,
    const char *refs, const char *last, const char **id_out, struct err *err)
{
	struct message *first;
	struct desk own;
	size_t n;
	int rc;

	*id_out = "";
	if (scratch(desk, &own, err) == -1)
		return -1;
	rc = message_list(desk->db, ticket->number, 0, 1, own.arena, &first,
	    &n, err);
	if (rc == 0 && n == 1 && first->author == person &&
	    first->message_id != NULL &&
	    strcmp(first->message_id, last) != 0 &&
	    strstr(refs, first->message_id) == NULL)
		*id_out = arena_printf(desk->arena, "<%s> ",
		    first->message_id);
	arena_free(&own.arena);
	return rc;
}

/* Ids of the last mail of the row's person; 1/0/-1. */
static int
last_ids(struct desk *desk, const struct ticket *ticket, int64_t person,
    const char **id_out, const char **refs_out, struct err *err)
{
	struct message last;
	struct desk own;
	int rc;

	if (scratch(desk, &own, err) == -1)
		return -1;
	rc = message_last_of(desk->db, ticket->number, person, own.arena,
	    &last, err);
	if (rc == 1 && last.message_id == NULL)
		rc = 0;
	if (rc == 1) {
		*id_out = arena_strdup(desk->arena, last.message_id);
		*refs_out = last.references == NULL ||
		    strlen(last.references) > REFERENCES_MAX ? "" :
		    arena_strdup(desk->arena, last.references);
	}
	arena_free(&own.arena);
	if (rc == 1 && (*id_out == NULL || *refs_out == NULL))
		return err_set(err, ERR_RETRY, "notify: out of memory");
	return rc;
}

/* The recipient's own thread: their last mail, what it referred to, and the
 * mail that opened the ticket. */
static int
thread_of_theirs(struct desk *desk, const struct ticket *ticket,
    struct outbox_row *row, struct err *err)
{
	const char *id = NULL, *refs = NULL, *first;
	int rc = last_ids(desk, ticket, row->person, &id, &refs, err);

	if (rc == -1)
		return -1;
	if (rc == 0) {
		thread_of_ours(desk, ticket, row);
		return 0;
	}
	if (opening_id(desk, ticket, row->person, refs, id, &first,
	    err) == -1)
		return -1;
	row->in_reply_to = id;
	row->references = arena_printf(desk->arena, "%s%s%s<%s>", first, refs,
	    *refs == '\0' ? "" : " ", id);
	return 0;
}

/* Their Message-ID is all that comes back (contract §5). */
static void
only_their_id(struct desk *desk, struct outbox_row *row)
{
	row->references = row->in_reply_to == NULL ? NULL :
	    arena_printf(desk->arena, "<%s>", row->in_reply_to);
}

/* Make the row: id, Message-ID, state. ticket NULL: about none. */
static int
insert(struct desk *desk, const struct ticket *ticket, struct outbox_row *row,
    struct err *err)
{
	char id[TOKEN_ID_MAX];
	int rc;

	if (outbox_next_id(desk->db, &row->id, err) == -1)
		return -1;
	token_message_id(desk->secret, ticket == NULL ? 0 : ticket->key,
	    ticket == NULL ? 0 : ticket->number, row->id,
	    desk->settings->domain, id);
	row->message_id = id;
	row->ticket = ticket == NULL ? 0 : ticket->number;
	row->state = OUTBOX_QUEUED;
	row->created_ms = row->next_ms = desk->now_ms;
	rc = outbox_insert(desk->db, row, err);
	row->message_id = NULL;		/* ours ends here */
	return rc == -1 ? -1 : 1;
}

/* The same, unless no automatic mail may go there: 0. */
static int
queue(struct desk *desk, const struct ticket *ticket, struct outbox_row *row,
    struct err *err)
{
	struct address_state state = { 0 };

	if (address_get(desk->db, row->to, &state, err) == -1)
		return -1;
	if (row->automatic && (state.suppressed || state.blocked))
		return 0;
	return insert(desk, ticket, row, err);
}

int
notify_acknowledged(struct desk *desk, const struct ticket *ticket,
    const struct message *message, bool bare, struct err *err)
{
	struct outbox_row row = {
		.person = message->author,
		.to = message->author_address,
		.event = "acknowledged",
		.message = bare ? 0 : message->id,
		.automatic = true,
		.bare = bare,
	};
	int rc;

	rc = budget_auto_mail(desk, row.to, err);
	if (rc == 1 && bare)
		rc = budget_unproven_ack(desk, err);
	if (rc != 1)
		return rc;
	if (thread_of_theirs(desk, ticket, &row, err) == -1)
		return -1;
	if (bare)
		only_their_id(desk, &row);
	return queue(desk, ticket, &row, err);
}

static int
queue_staff(struct desk *desk, const struct ticket *ticket,
    const struct person *person, const char *event, int64_t message,
    const char *detail, struct err *err)
{
	struct outbox_row row = {
		.person = person->id,
		.to = person->address,
		.event = event,
		.message = message,
		.detail = detail,
		.automatic = true,
	};

	if (ticket != NULL)
		thread_of_ours(desk, ticket, &row);
	return queue(desk, ticket, &row, err);
}

/* Does this member wish to hear of this ticket? A promise that was not kept is
 * for managers, too. */
static bool
wants(const struct person *p, const struct ticket *ticket, const char *event,
    bool serves)
{
	bool breach = strcmp(event, "sla-breach") == 0;

	if (p->mail == PMAIL_NONE)
		return false;
	if (ticket->assignee == p->id || p->mail == PMAIL_ALL)
		return true;
	return p->mail == PMAIL_CATEGORY && serves &&
	    (ticket->assignee == 0 || (breach && p->role == ROLE_MANAGER));
}

static bool
among(const struct person *v, size_t n, int64_t id)
{
	for (; n > 0; n--)
		if (v[n - 1].id == id)
			return true;
	return false;
}

/* Addresses of category.notify: informed, cannot act. */
static int
notify_lists(struct desk *desk, const struct ticket *ticket,
    const char *event, int64_t message, const char *detail, struct err *err)
{
	const struct settings_category *c = settings_category(desk->settings,
	    ticket->category);
	size_t i;

	for (i = 0; c != NULL && i < c->notify.n; i++) {
		struct person list = { .address = c->notify.v[i] };

		if (strcmp(list.address, "staff") == 0)
			continue;
		if (queue_staff(desk, ticket, &list, event, message, detail,
		    err) == -1)
			return -1;
	}
	return 0;
}

/* Does the category's notify name its staff? */
static bool
staff_are_told(struct desk *desk, const struct ticket *ticket)
{
	const struct settings_category *c = settings_category(desk->settings,
	    ticket->category);
	size_t i;

	for (i = 0; c != NULL && i < c->notify.n; i++)
		if (strcmp(c->notify.v[i], "staff") == 0)
			return true;
	return c == NULL || c->notify.n == 0;
}

int
notify_staff(struct desk *desk, const struct ticket *ticket,
    const char *event, int64_t message, const char *detail, int64_t except,
    struct err *err)
{
	struct person *all, *serving;
	size_t n, nserving, i;
	bool told = staff_are_told(desk, ticket);

	if (person_staff(desk->db, NULL, desk->arena, &all, &n, err) == -1 ||
	    person_staff(desk->db, ticket->category, desk->arena, &serving,
	    &nserving, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		bool serves = nserving == 0 ? all[i].role == ROLE_ADMIN :
		    among(serving, nserving, all[i].id);

		int muted;

		if (all[i].id == except || all[i].id == ticket->requester ||
		    !wants(&all[i], ticket, event, serves && told))
			continue;
		muted = mute_get(desk->db, ticket->number, all[i].id, err);
		if (muted == -1)
			return -1;
		if (muted == 0 && queue_staff(desk, ticket, &all[i], event, message, detail,
		    err) == -1)
			return -1;
	}
	return ticket->assignee != 0 ? 0 : notify_lists(desk, ticket, event,
	    message, detail, err);
}

static int
queue_public(struct desk *desk, const struct ticket *ticket,
    const char *event, int64_t message, const char *detail, int64_t person,
    bool automatic, struct err *err)
{
	struct person p;
	struct outbox_row row = {
		.person = person,
		.event = event,
		.message = message,
		.detail = detail,
		.automatic = automatic,
	};
	int rc = mute_get(desk->db, ticket->number, person, err);

	if (rc != 0)
		return rc == -1 ? -1 : 0;
	rc = person_get(desk->db, person, desk->arena, &p, err);
	if (rc != 1)
		return rc;
	row.to = p.address;
	if (automatic && p.role == ROLE_REQUESTER) {
		rc = budget_auto_mail(desk, p.address, err);
		if (rc != 1)
			return rc;
	}
	if (thread_of_theirs(desk, ticket, &row, err) == -1)
		return -1;
	return queue(desk, ticket, &row, err);
}

/* Was this member of staff told of the message just now, as staff? */
static int
is_told(struct desk *desk, const struct ticket *ticket, int64_t message,
    int64_t person, struct err *err)
{
	struct outbox_row *v;
	size_t n;

	if (message == 0)
		return 0;
	if (outbox_of_moment(desk->db, ticket->number, desk->now_ms,
	    desk->arena, &v, &n, err) == -1)
		return -1;
	while (n-- > 0)
		if (v[n].person == person && v[n].message == message)
			return 1;
	return 0;
}

static int
queue_publics(struct desk *desk, const struct ticket *ticket,
    const char *event, int64_t message, const char *detail, int64_t except,
    bool automatic, struct err *err)
{
	int64_t *v;
	size_t n, i;

	if (watcher_list(desk->db, ticket->number, desk->arena, &v, &n,
	    err) == -1)
		return -1;
	if (ticket->requester != 0 && ticket->requester != except &&
	    queue_public(desk, ticket, event, message, detail,
	    ticket->requester, automatic, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		int rc = v[i] == except || v[i] == ticket->requester ? 1 :
		    is_told(desk, ticket, message, v[i], err);

		if (rc == -1 || (rc == 0 && queue_public(desk, ticket, event,
		    message, detail, v[i], automatic, err) == -1))
			return -1;
	}
	return 0;
}

int
notify_public(struct desk *desk, const struct ticket *ticket,
    const char *event, int64_t message, int64_t except, bool automatic,
    struct err *err)
{
	return queue_publics(desk, ticket, event, message, NULL, except,
	    automatic, err);
}

static struct tm
local_time(int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm = { 0 };

	localtime_r(&t, &tm);
	return tm;
}

const char *
notify_time(struct desk *desk, int64_t ms)
{
	struct tm tm = local_time(ms);
	char text[64];

	strftime(text, sizeof text, "%A, %-d %B %Y, %H:%M", &tm);
	return arena_strdup(desk->arena, text);
}

const char *
notify_day(struct desk *desk, int64_t ms)
{
	struct tm tm = local_time(ms);
	char text[64];

	strftime(text, sizeof text, "%-d %B %Y", &tm);
	return arena_strdup(desk->arena, text);
}

int
notify_reminder(struct desk *desk, const struct ticket *ticket,
    const char *detail, struct err *err)
{
	struct message m = { .id = 0 };

	if (message_last_answer(desk->db, ticket->number, desk->arena, &m,
	    err) == -1)
		return -1;
	return queue_publics(desk, ticket, "reminder", m.id, detail, 0, true,
	    err);
}

int
notify_merged(struct desk *desk, const struct ticket *ticket,
    const char *into, int64_t except, struct err *err)
{
	return queue_publics(desk, ticket, "merged", 0, notify_detail(desk,
	    "into", into, NULL), except, true, err);
}

int
notify_author(struct desk *desk, const struct ticket *ticket,
    const char *event, const struct person *author, int64_t message,
    const char *detail, struct err *err)
{
	return queue_staff(desk, ticket, author, event, message, detail, err);
}

/* bare: a sender who is not proven. */
static int
queue_sender(struct desk *desk, const struct ticket *ticket,
    const char *event, int64_t person, int64_t message, const char *detail,
    bool bare, struct err *err)
{
	struct outbox_row row = {
		.person = person,
		.event = event,
		.message = message,
		.detail = detail,
		.automatic = true,
		.bare = bare,
	};
	struct person p;
	int rc = person_get(desk->db, person, desk->arena, &p, err);

	if (rc != 1)
		return rc;
	if (p.role != ROLE_REQUESTER && !p.removed)
		return queue_staff(desk, ticket, &p, event, message, detail,
		    err);
	row.to = p.address;
	rc = budget_auto_mail(desk, p.address, err);
	if (rc == 1 && bare)
		rc = budget_unproven_ack(desk, err);
	if (rc != 1)
		return rc;
	if (thread_of_theirs(desk, ticket, &row, err) == -1)
		return -1;
	if (bare)
		only_their_id(desk, &row);
	return queue(desk, ticket, &row, err);
}

int
notify_sender(struct desk *desk, const struct ticket *ticket,
    const char *event, int64_t person, int64_t message, const char *detail,
    struct err *err)
{
	return queue_sender(desk, ticket, event, person, message, detail,
	    false, err);
}

int
notify_claimed(struct desk *desk, const struct ticket *ticket,
    const char *event, int64_t person, int64_t message, const char *detail,
    struct err *err)
{
	return queue_sender(desk, ticket, event, person, message, detail,
	    true, err);
}

int
notify_delivery_failed(struct desk *desk, const struct ticket *ticket,
    const char *detail, struct err *err)
{
	if (ticket != NULL)
		return notify_staff(desk, ticket, "delivery-failed", 0,
		    detail, 0, err);
	return notify_operators(desk, "delivery-failed", detail, err);
}

int
notify_operators(struct desk *desk, const char *event, const char *detail,
    struct err *err)
{
	struct person *v;
	bool admins = false;
	size_t n, i;

	if (person_staff(desk->db, NULL, desk->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		admins |= v[i].role == ROLE_ADMIN;
	for (i = 0; i < n; i++)
		if ((!admins || v[i].role == ROLE_ADMIN) &&
		    queue_staff(desk, NULL, &v[i], event, 0, detail,
		    err) == -1)
			return -1;
	return 0;
}

/* Whatever bounced or was blocked: this one must go out. */
int
notify_canary(struct desk *desk, int64_t *id_out, struct err *err)
{
	struct outbox_row row = {
		.to = desk->settings->address,
		.event = "canary",
		.automatic = true,
	};

	if (insert(desk, NULL, &row, err) == -1)
		return -1;
	*id_out = row.id;
	return 0;
}

bool
notify_is_about_us(const char *event)
{
	return strcmp(event, "delivery-failed") == 0 ||
	    strcmp(event, "trouble") == 0 ||
	    strcmp(event, "trouble-over") == 0 ||
	    strcmp(event, "canary") == 0;
}
