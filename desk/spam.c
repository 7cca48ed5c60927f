#include "db/outbox_store.h"
#include "desk/change.h"
#include "desk/spam.h"

int
spam_block(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, bool blocked, struct err *err)
{
	struct address_state state = { 0 };
	struct person person;
	int rc;

	if (ticket->requester == 0)
		return 0;
	rc = person_get(desk->db, ticket->requester, desk->arena, &person,
	    err);
	if (rc != 1 || (blocked && person.role != ROLE_REQUESTER))
		return rc == -1 ? -1 : 0;
	if (address_get(desk->db, person.address, &state, err) == -1)
		return -1;
	if (state.blocked == blocked)
		return 0;
	state.blocked = blocked;
	if (address_set(desk->db, person.address, &state, err) == -1)
		return -1;
	return change_event(desk, actor, ticket->number, blocked ? "blocked" :
	    "unblocked", "address", blocked ? NULL : person.address,
	    blocked ? person.address : NULL, err);
}

static int
drop_mail(struct desk *desk, int64_t number, struct err *err)
{
	struct outbox_row *v;
	size_t n, i;

	if (outbox_waiting(desk->db, number, desk->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		v[i].state = OUTBOX_DROPPED;
		v[i].done_ms = desk->now_ms;
		v[i].error = "spam";
		if (outbox_update(desk->db, &v[i], err) == -1)
			return -1;
	}
	return 0;
}

int
spam_silences(struct desk *desk, const struct ticket *ticket,
    const char **why_out)
{
	*why_out = NULL;
	if ((ticket->flags & TICKET_SPAM) == 0)
		return 0;
	*why_out = arena_printf(desk->arena, "#%lld is marked as spam: nothing "
	    "goes out before that is undone (`campusdesk "
	    "ticket spam %lld --lift`)", (long long)ticket->number,
	    (long long)ticket->number);
	return *why_out == NULL ? -1 : 1;
}

int
spam_flag(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, bool spam, struct err *err)
{
	if (((ticket->flags & TICKET_SPAM) != 0) == spam)
		return err_set(err, ERR_INPUT, spam ? "#%lld is spam already" :
		    "#%lld is not spam", (long long)ticket->number);
	if (spam)
		ticket->flags |= TICKET_SPAM | TICKET_QUIET;
	else
		ticket->flags &= ~(TICKET_SPAM | TICKET_QUIET);
	if (change_event(desk, actor, ticket->number, "spam", "spam",
	    spam ? "no" : "yes", spam ? "yes" : "no", err) == -1)
		return -1;
	return spam ? drop_mail(desk, ticket->number, err) : 0;
}

int
spam_mark(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, struct err *err)
{
	if (spam_flag(desk, actor, ticket, true, err) == -1 ||
	    change_status(desk, actor, ticket, TICKET_CLOSED, err) == -1)
		return -1;
	return spam_block(desk, actor, ticket, true, err);
}

int
spam_lift(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, struct err *err)
{
	if (spam_flag(desk, actor, ticket, false, err) == -1 ||
	    (ticket->status == TICKET_CLOSED &&
	    change_status(desk, actor, ticket, TICKET_OPEN, err) == -1))
		return -1;
	return spam_block(desk, actor, ticket, false, err);
}
