/* act - what people do to tickets: the verbs shared by mail, terminal, chat.
 *
 * Each runs inside the caller's transaction, writes the events (I4) and the
 * outbox rows. ERR_INPUT: the act makes no sense; the message says why. */
#ifndef DESK_ACT_H
#define DESK_ACT_H

#include "db/message_store.h"
#include "db/people_store.h"
#include "db/ticket_store.h"
#include "desk/desk.h"

struct actor {
	int64_t			 person;	/* 0: nobody we know */
	const char		*name;		/* shown: address, "system",
						 * "os:root" */
	enum message_proof	 proof;
	bool			 system;	/* the desk itself: proof "system" */
	const char		*source;	/* mail cli … */
	int64_t			 item;		/* ledger id; 0 none */
	const char		*because;	/* NULL or the rule */
};

/* The person of an address, made as a requester when not known. */
int	act_person(struct desk *desk, const char *address, const char *name,
	    struct person *person_out, struct err *err);
/* Actor of `--as ADDRESS`, or of the operating-system user. */
int	act_terminal(struct desk *desk, const char *as_address,
	    struct actor *actor_out, struct err *err);

/* A ticket made by staff at a terminal in the name of requester. */
int	act_new(struct desk *desk, const struct actor *actor,
	    const char *requester, const char *subject, const char *category,
	    const char *text, int64_t *ticket_out, struct err *err);
/* Public answer of staff: assigns, makes active, goes to requester and
 * watchers. ERR_INPUT when the exit check finds words of a note in it. */
int	act_reply(struct desk *desk, const struct actor *actor, int64_t ticket,
	    const char *text, int64_t *message_out, struct err *err);
int	act_note(struct desk *desk, const struct actor *actor, int64_t ticket,
	    const char *text, int64_t *message_out, struct err *err);
/* Close, with an optional last public answer (text NULL or "": none). */
int	act_close(struct desk *desk, const struct actor *actor, int64_t ticket,
	    const char *text, struct err *err);
int	act_reopen(struct desk *desk, const struct actor *actor,
	    int64_t ticket, struct err *err);
/* take: assign to the actor. */
int	act_take(struct desk *desk, const struct actor *actor, int64_t ticket,
	    struct err *err);
/* One field, as desk/field.h names them; closing and reopening are told. */
int	act_set(struct desk *desk, const struct actor *actor, int64_t ticket,
	    const char *field, const char *value, struct err *err);
int	act_link(struct desk *desk, const struct actor *actor, int64_t ticket,
	    int64_t other, struct err *err);
/* A message that is stored and not public yet (a released note, a confirmed
 * answer) becomes public and is sent: "replied" to requester and watchers.
 * staff: it speaks for the desk. *ticket is changed, not stored. */
int	act_publish(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, struct message *message, struct err *err);
/* Release a held or parked message: it becomes public and is sent as such.
 * message 0: all of the ticket; *n_out how many. */
int	act_accept(struct desk *desk, const struct actor *actor,
	    int64_t ticket, int64_t message, bool watch, int *n_out,
	    struct err *err);
/* The same on a ticket in memory, which is not stored. */
int	act_release(struct desk *desk, const struct actor *actor,
	    struct ticket *ticket, int64_t message, bool watch, int *n_out,
	    struct err *err);

#endif
