#include <stdio.h>
#include <string.h>

#include "db/audit_store.h"
#include "db/erase_store.h"
#include "desk/change.h"
#include "desk/chat.h"
#include "desk/erase.h"

#define NAME_MIN	5	/* bytes of a name that is looked for in texts */

/* Room for one more in a list of the arena. */
static void *
room(struct desk *desk, void *v, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (n < *cap)
		return v;
	*cap = *cap == 0 ? 64 : 2 * *cap;
	more = arena_calloc(desk->arena, *cap, size);
	if (more != NULL && n > 0)
		memcpy(more, v, n * size);
	return more;
}

/* ---- who ---- */

struct who {
	bool		 known;
	bool		 noted;		/* of the address we know something */
	struct person	 person;
};

static int
find_who(struct desk *desk, const char *address, struct who *who,
    struct err *err)
{
	struct address_state state;
	int rc;

	if (settings_is_ours(desk->settings, address))
		return err_set(err, ERR_INPUT, "%s is the desk's own address",
		    address);
	rc = person_find(desk->db, address, desk->arena, &who->person, err);
	if (rc == -1)
		return -1;
	who->known = rc == 1;
	rc = address_get(desk->db, address, &state, err);
	if (rc == -1)
		return -1;
	who->noted = rc == 1;
	if (who->known && who->person.role != ROLE_REQUESTER &&
	    !who->person.removed)
		return err_set(err, ERR_INPUT, "%s works here: `campusdesk "
		    "staff remove %s` first", address, address);
	return 0;
}

/* All addresses of theirs, the one that was named among them. */
static int
list_addresses(struct desk *desk, const char *address, const struct who *who,
    struct erased *out, struct err *err)
{
	struct person_address *v = NULL;
	size_t n = 0, i;

	if (who->known && person_addresses(desk->db, who->person.id,
	    desk->arena, &v, &n, err) == -1)
		return -1;
	out->addresses = arena_calloc(desk->arena, n + 1,
	    sizeof *out->addresses);
	if (out->addresses == NULL)
		return err_set(err, ERR_RETRY, "erase: out of memory");
	for (i = 0; i < n; i++)
		out->addresses[i] = v[i].address;
	if (n == 0)
		out->addresses[n++] = address;
	out->naddresses = n;
	return 0;
}

/* ---- what ---- */

struct items {
	struct desk	*desk;
	struct erased	*out;
	size_t		 cap;
};

static int
keep_item(const struct ledger_row *row, void *arg)
{
	struct items *items = arg;
	struct desk *desk = items->desk;
	struct erased *out = items->out;
	struct erased_item *item;

	out->items = room(desk, out->items, out->nitems, &items->cap,
	    sizeof *out->items);
	if (out->items == NULL)
		return 1;
	item = &out->items[out->nitems++];
	item->key = row->key;
	item->key.source = arena_strdup(desk->arena, row->key.source);
	item->key.key = arena_strdup(desk->arena, row->key.key);
	item->message_id = arena_strdup(desk->arena, row->message_id);
	memcpy(item->digest, row->raw_digest, sizeof item->digest);
	return 0;
}

/* How much it is, before it is gone. */
static int
count(struct desk *desk, struct erased *out, struct err *err)
{
	struct items items = { desk, out, 0 };

	out->tickets = erase_count(desk->db, DOOM_TICKET);
	out->messages = erase_count(desk->db, DOOM_MESSAGE) +
	    erase_count(desk->db, DOOM_NAME);
	out->raws = erase_count(desk->db, DOOM_RAW);
	out->mails = erase_count(desk->db, DOOM_OUTBOX);
	out->events = erase_count(desk->db, DOOM_EVENT);
	if (erase_items(desk->db, keep_item, &items, err) == -1)
		return -1;
	return arena_failed(desk->arena) ? err_set(err, ERR_RETRY,
	    "erase: out of memory") : 0;
}

static bool
is_nothing(const struct erased *out, const struct who *who)
{
	return !who->known && !who->noted && out->messages == 0 && out->mails == 0 &&
	    out->events == 0 && out->nitems == 0;
}

/* The values go, and an event says how many are missing now. */
static int
forget_values(struct desk *desk, const struct actor *actor, int64_t ticket,
    struct err *err)
{
	char total[24];
	int64_t missing;

	if (erase_values(desk->db, &missing, err) == -1)
		return -1;
	snprintf(total, sizeof total, "%lld", (long long)missing);
	return change_event(desk, actor, ticket, AUDIT_ERASED, "values", NULL,
	    total, err);
}

/* Nobody is left whom an answer could reach: their open tickets close. */
static int
close_shells(struct desk *desk, const struct actor *actor, struct err *err)
{
	struct ticket ticket;
	int64_t number = 0;
	int rc;

	while ((rc = erase_next(desk->db, DOOM_TICKET, number, &number,
	    err)) == 1) {
		rc = ticket_get(desk->db, number, desk->arena, &ticket, err);
		if (rc == -1)
			return -1;
		if (rc == 1 && (change_status(desk, actor, &ticket,
		    TICKET_CLOSED, err) == -1 || change_keep(desk, &ticket,
		    err) == -1))
			return -1;
	}
	return rc;
}

/* ---- what is left of them elsewhere ---- */

struct mentions {
	struct desk	*desk;
	struct erased	*out;
	size_t		 cap;
};

static int
keep_mention(int64_t ticket, void *arg)
{
	struct mentions *m = arg;
	struct erased *out = m->out;
	size_t i;

	for (i = 0; i < out->nmentions; i++)
		if (out->mentions[i] == ticket)
			return 0;
	out->mentions = room(m->desk, out->mentions, out->nmentions, &m->cap,
	    sizeof *out->mentions);
	if (out->mentions == NULL)
		return 1;
	out->mentions[out->nmentions++] = ticket;
	return 0;
}

static int
find_mentions(struct desk *desk, const struct who *who, struct erased *out,
    struct err *err)
{
	struct mentions m = { desk, out, 0 };
	const char *name = who->known ? who->person.name : "";
	size_t i;

	for (i = 0; i < out->naddresses; i++)
		if (erase_mentions(desk->db, out->addresses[i], keep_mention,
		    &m, err) == -1)
			return -1;
	if (strlen(name) < NAME_MIN)
		return 0;
	return erase_mentions(desk->db, name, keep_mention, &m, err);
}

/* ---- the acts ---- */

static int
gather_person(struct desk *desk, struct erased *out, struct err *err)
{
	size_t i;

	if (erase_begin(desk->db, err) == -1)
		return -1;
	for (i = 0; i < out->naddresses; i++)
		if (erase_address_gather(desk->db, out->addresses[i],
		    err) == -1)
			return -1;
	if (erase_person_gather(desk->db, err) == -1)
		return -1;
	return count(desk, out, err);
}

static int
apply_person(struct desk *desk, const struct actor *actor,
    const struct erased *out, struct err *err)
{
	size_t i;

	if (chat_retract(desk, err) == -1 ||
	    erase_person_apply(desk->db, err) == -1)
		return -1;
	for (i = 0; i < out->naddresses; i++)
		if (erase_address_apply(desk->db, out->addresses[i],
		    err) == -1)
			return -1;
	if (forget_values(desk, actor, 0, err) == -1)
		return -1;
	return close_shells(desk, actor, err);
}

int
erase_person(struct desk *desk, const struct actor *actor,
    const char *address, struct erased *out, struct err *err)
{
	struct who who = { .known = false };

	*out = (struct erased){ .ticket = 0 };
	if (find_who(desk, address, &who, err) == -1 ||
	    list_addresses(desk, address, &who, out, err) == -1 ||
	    gather_person(desk, out, err) == -1)
		return -1;
	if (is_nothing(out, &who))
		return 0;
	if (apply_person(desk, actor, out, err) == -1 ||
	    find_mentions(desk, &who, out, err) == -1 ||
	    erase_end(desk->db, err) == -1)
		return -1;
	return 1;
}

int
erase_ticket(struct desk *desk, const struct actor *actor, int64_t number,
    struct erased *out, struct err *err)
{
	struct ticket ticket;
	int rc = ticket_get(desk->db, number, desk->arena, &ticket, err);

	if (rc != 1)
		return rc;
	*out = (struct erased){ .ticket = number, .key = ticket.key };
	if (erase_begin(desk->db, err) == -1 ||
	    erase_doom(desk->db, DOOM_TICKET, number, err) == -1 ||
	    erase_ticket_gather(desk->db, err) == -1 ||
	    count(desk, out, err) == -1 || chat_retract(desk, err) == -1 ||
	    erase_ticket_apply(desk->db, err) == -1 ||
	    forget_values(desk, actor, number, err) == -1 ||
	    erase_end(desk->db, err) == -1)
		return -1;
	return 1;
}
