/* change - the primitives that change a ticket; each writes its event (I4).
 *
 * They alter *ticket in memory and the event chain; change_store() then writes
 * the ticket once. All run inside the caller's transaction. */
#ifndef DESK_CHANGE_H
#define DESK_CHANGE_H

#include "desk/act.h"

/* One event about ticket (0: about none); texts may be NULL. */
int	change_event(struct desk *desk, const struct actor *actor,
	    int64_t ticket, const char *action, const char *field,
	    const char *old_value, const char *new_value, struct err *err);
/* The address of a person, as events have it; "none" for 0. */
const char *change_person_label(struct desk *desk, int64_t person);
int	change_status(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, enum ticket_status status, struct err *err);
int	change_assignee(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, int64_t person, struct err *err);
/* category, location, subject, tags: the text fields. */
int	change_text(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, const char *field, const char **where,
	    const char *value, struct err *err);
int	change_priority(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, enum ticket_priority priority,
	    struct err *err);
/* A new ticket with its "created" event; number and key come back in it. */
int	change_create(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, struct err *err);
/* A message with its event ("message", "note" or "held"); id comes back. */
int	change_message(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, struct message *message, struct err *err);
/* A public message of staff: assigns, makes active, is a first response. Who
 * speaks gets mail about it again, here and below. */
int	change_staff_spoke(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, struct err *err);
/* A public message of requester or watcher: what it does to the status. */
int	change_requester_spoke(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, bool thanks_only, struct err *err);
/* Of these three, what is so already: nothing, and no event. */
int	change_watcher(struct desk *desk, const struct actor *actor,
	    int64_t ticket, int64_t person, const char *address,
	    struct err *err);
/* No more mail about it to that person, or again; as it is already: nothing. */
int	change_mute(struct desk *desk, const struct actor *actor,
	    int64_t ticket, int64_t person, bool muted, struct err *err);
/* How content its requester is, 1 to 5; 0: not said. */
int	change_rating(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, int rating, struct err *err);
int	change_unwatch(struct desk *desk, const struct actor *actor,
	    int64_t ticket, int64_t person, const char *address,
	    struct err *err);
int	change_link(struct desk *desk, const struct actor *actor,
	    int64_t ticket, enum link_kind kind, int64_t number,
	    struct err *err);
/* Writes the ticket, with what is promised of it and the row that analyses
 * count; an event when a due time is another. */
int	change_store(struct desk *desk, struct ticket *ticket,
	    struct err *err);
/* The same, but it stays where it is in lists. */
int	change_keep(struct desk *desk, struct ticket *ticket,
	    struct err *err);

#endif
