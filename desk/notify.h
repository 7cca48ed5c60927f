/* notify - which mails a change sends: outbox rows with their ids fixed.
 *
 * One mail in makes at most one mail to each other person; never one to who
 * did it. Automatic mail goes through the budgets (desk/budget) and never to a
 * suppressed address. Events are the template names of desk/compose. */
#ifndef DESK_NOTIFY_H
#define DESK_NOTIFY_H

#include "desk/act.h"

/* The acknowledgement of a new ticket. bare: the sender is not proven. 1 it is
 * queued, 0 budgets forbid it, -1. */
int	notify_acknowledged(struct desk *desk, const struct ticket *ticket,
	    const struct message *message, bool bare, struct err *err);
/* To staff: event "staff-new-ticket", "staff-requester-reply", "quarantined",
 * "sla-warning", "sla-breach" (managers hear of it, too);
 * message 0: none. except: the person who did it; 0 nobody. */
int	notify_staff(struct desk *desk, const struct ticket *ticket,
	    const char *event, int64_t message, const char *detail,
	    int64_t except, struct err *err);
/* To requester and watchers: event "replied", "closed", "reopened",
 * "incident-closed"; not to those whom notify_staff told of the message in the
 * same step. */
int	notify_public(struct desk *desk, const struct ticket *ticket,
	    const char *event, int64_t message, int64_t except,
	    bool automatic, struct err *err);
/* To requester and watchers: "merged", it goes on as ticket into ("1042"). */
int	notify_merged(struct desk *desk, const struct ticket *ticket,
	    const char *into, int64_t except, struct err *err);
/* To one staff member: "refused" or "confirm", about a message of theirs. */
int	notify_author(struct desk *desk, const struct ticket *ticket,
	    const char *event, const struct person *author, int64_t message,
	    const char *detail, struct err *err);
/* To who sent a mail, staff or not: "transcript". 1 it is queued, 0 budgets
 * forbid it, -1. */
int	notify_sender(struct desk *desk, const struct ticket *ticket,
	    const char *event, int64_t person, int64_t message,
	    const char *detail, struct err *err);
/* The same to whom a mail claims to be from: "confirm". Who is not staff gets
 * nothing back of what the mail said (contract §5). */
int	notify_claimed(struct desk *desk, const struct ticket *ticket,
	    const char *event, int64_t person, int64_t message,
	    const char *detail, struct err *err);
/* To the staff of the ticket's category (ticket NULL: admins), once:
 * "delivery-failed". detail: JSON with to, error. */
int	notify_delivery_failed(struct desk *desk, const struct ticket *ticket,
	    const char *detail, struct err *err);
/* To who looks after the desk, its admins (all staff while there is none),
 * about the desk itself: "trouble", "trouble-over". */
int	notify_operators(struct desk *desk, const char *event,
	    const char *detail, struct err *err);
/* To ourselves: "canary". The id of its row. */
int	notify_canary(struct desk *desk, int64_t *id_out, struct err *err);
/* Is a mail of this event about the desk or its mail? Of its own fate staff
 * hear in no further mail. */
bool	notify_is_about_us(const char *event);
/* To requester and watchers of a waiting ticket: "reminder", which shows the
 * newest public words of staff. */
int	notify_reminder(struct desk *desk, const struct ticket *ticket,
	    const char *detail, struct err *err);
/* "Wed, 25 November 2026, 14:00" and "25 November 2026", for people. */
const char *notify_time(struct desk *desk, int64_t ms);
const char *notify_day(struct desk *desk, int64_t ms);
/* {"key":"value",…} in desk->arena; pairs end with NULL. NULL: no memory. */
const char *notify_detail(struct desk *desk, const char *key,
	    const char *value, ...) __attribute__((sentinel));

#endif
