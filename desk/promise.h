/* promise - when a ticket must be answered and resolved by, in opening hours
 * (desk/hours.h), and what the clock does to it next.
 *
 * Targets come from its category and priority. The time that it waits for its
 * requester, or is closed, does not count. A bulk mail or spam is promised
 * nothing. Pure: nothing is stored or told here. */
#ifndef DESK_PROMISE_H
#define DESK_PROMISE_H

#include "db/fact_store.h"
#include "desk/desk.h"

enum promise_kind {
	PROMISE_NONE,
	PROMISE_RESPONSE_WARN,		/* three quarters are over */
	PROMISE_RESPONSE_LATE,
	PROMISE_RESOLVE_WARN,
	PROMISE_RESOLVE_LATE,
	PROMISE_DUE,			/* the date that staff set */
	PROMISE_REMIND,			/* the requester, whom it waits for */
	PROMISE_CLOSE			/* it waited long enough */
};

/* first_response_due_ms, resolve_due_ms and alarm_ms anew. What was promised
 * for a thing that is done by now stays. */
void	promise_renew(const struct desk *desk, struct ticket *ticket);
/* What comes next, and when (*when_out, may be past); PROMISE_NONE. */
enum promise_kind promise_next(const struct desk *desk,
	    const struct ticket *ticket, int64_t *when_out);
/* The ticket leaves waiting or closed, where it was since then. */
void	promise_resumed(const struct desk *desk, struct ticket *ticket,
	    int64_t since_ms);
/* How a due time came about: "4 h of opening hours: it, normal". response: of
 * the first answer, else of the resolution. In desk->arena. */
const char *promise_because(const struct desk *desk,
	    const struct ticket *ticket, bool response);
/* "4 h", "3 d 2 h", "45 min": hours as people say them, a day of 24 h. */
const char *promise_length(struct arena *arena, int64_t seconds);
/* The row that analyses count. */
struct fact promise_fact(const struct desk *desk,
	    const struct ticket *ticket);

#endif
