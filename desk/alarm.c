#include "base/clock.h"
#include "desk/alarm.h"
#include "desk/change.h"
#include "desk/notify.h"
#include "desk/promise.h"

#define STEPS_MAX	8	/* things due on one ticket at once */
#define HOUR_MS		3600000

/* What is told to staff of a promise, and the bits that remember it. */
static const struct {
	const char	*event, *field, *what;
	unsigned	 bits;
} promises[] = {
	[PROMISE_RESPONSE_WARN] = { "sla-warning", "first-response",
	    "the first answer", ALARM_RESPONSE_WARNED },
	[PROMISE_RESPONSE_LATE] = { "sla-breach", "first-response",
	    "the first answer", ALARM_RESPONSE_WARNED | ALARM_RESPONSE_LATE },
	[PROMISE_RESOLVE_WARN] = { "sla-warning", "resolution",
	    "the resolution", ALARM_RESOLVE_WARNED },
	[PROMISE_RESOLVE_LATE] = { "sla-breach", "resolution",
	    "the resolution", ALARM_RESOLVE_WARNED | ALARM_RESOLVE_LATE },
	[PROMISE_DUE] = { "sla-breach", "due", "the date that was set",
	    ALARM_DUE },
};

static int64_t
due_of(const struct ticket *t, enum promise_kind kind)
{
	if (kind == PROMISE_DUE)
		return t->due_ms;
	return kind == PROMISE_RESPONSE_WARN || kind ==
	    PROMISE_RESPONSE_LATE ? t->first_response_due_ms :
	    t->resolve_due_ms;
}

static int
tell_staff(struct desk *desk, const struct actor *clock,
    struct ticket *ticket, enum promise_kind kind, struct err *err)
{
	int64_t due = due_of(ticket, kind);
	char text[CLOCK_TEXT_MAX];
	const char *when, *how = kind == PROMISE_DUE ? "" :
	    promise_because(desk, ticket, due == ticket->first_response_due_ms
	    && kind <= PROMISE_RESPONSE_LATE);

	ticket->alarms |= promises[kind].bits;
	when = notify_time(desk, due);
	if (change_event(desk, clock, ticket->number, promises[kind].event,
	    promises[kind].field, NULL, clock_rfc3339(due, text), err) == -1)
		return -1;
	return notify_staff(desk, ticket, promises[kind].event, 0,
	    notify_detail(desk, "what", promises[kind].what, "when", when,
	    "how", how, NULL), 0, err);
}

static int
remind(struct desk *desk, const struct actor *clock, struct ticket *ticket,
    struct err *err)
{
	const struct settings *s = desk->settings;
	const char *closes = s->autoclose_waiting_days == 0 ? "" :
	    notify_day(desk, ticket->waiting_ms +
	    (int64_t)s->autoclose_waiting_days * 86400000);

	ticket->alarms |= ALARM_REMINDED;
	if (change_event(desk, clock, ticket->number, "reminded", NULL, NULL,
	    NULL, err) == -1)
		return -1;
	return notify_reminder(desk, ticket, notify_detail(desk, "closes",
	    closes, NULL), err);
}

static int
close_it(struct desk *desk, struct actor *clock, struct ticket *ticket,
    struct err *err)
{
	clock->because = arena_printf(desk->arena, "it waited for its "
	    "requester for %d days", desk->settings->autoclose_waiting_days);
	if (change_status(desk, clock, ticket, TICKET_CLOSED, err) == -1)
		return -1;
	ticket->updated_ms = desk->now_ms;
	return notify_public(desk, ticket, "closed", 0, 0, true, err);
}

static int
step(struct desk *desk, struct actor *clock, struct ticket *ticket,
    enum promise_kind kind, struct err *err)
{
	switch (kind) {
	case PROMISE_REMIND:
		return remind(desk, clock, ticket, err);
	case PROMISE_CLOSE:
		return close_it(desk, clock, ticket, err);
	default:
		return tell_staff(desk, clock, ticket, kind, err);
	}
}

int
alarm_run(struct desk *desk, int64_t *number_out, struct err *err)
{
	struct actor clock = { .name = "system", .system = true,
	    .source = "clock" };
	enum promise_kind kind;
	struct ticket ticket;
	int64_t when;
	int i, rc;

	rc = ticket_alarm(desk->db, desk->now_ms, number_out, err);
	if (rc != 1)
		return rc;
	if (ticket_get(desk->db, *number_out, desk->arena, &ticket, err) != 1)
		return -1;
	for (i = 0; i < STEPS_MAX; i++) {
		kind = promise_next(desk, &ticket, &when);
		if (kind == PROMISE_NONE || when > desk->now_ms)
			break;
		if (step(desk, &clock, &ticket, kind, err) == -1)
			return -1;
	}
	return change_keep(desk, &ticket, err) == -1 ? -1 : 1;
}

int
alarm_put_off(struct desk *desk, int64_t number, struct err *err)
{
	struct ticket ticket;

	if (ticket_get(desk->db, number, desk->arena, &ticket, err) != 1)
		return -1;
	ticket.alarm_ms = desk->now_ms + HOUR_MS;
	return ticket_update(desk->db, &ticket, err);
}
