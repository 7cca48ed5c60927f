/* identify - who wrote this mail, how well is that proven, and on which ticket
 * does it belong? (contract §4, design §8) */
#ifndef DESK_IDENTIFY_H
#define DESK_IDENTIFY_H

#include "db/message_store.h"
#include "db/outbox_store.h"
#include "db/people_store.h"
#include "db/ticket_store.h"
#include "desk/intake.h"
#include "desk/proof.h"

struct identity {
	/* who */
	bool			 known;		/* person is filled */
	struct person		 person;	/* of the From address */
	struct address_state	 state;
	bool			 from_ours;	/* From is one of our addresses */
	bool			 staff;		/* role above requester */
	enum proof_verdict	 verdict;
	bool			 token;		/* proves person (design §8) */
	bool			 may_act;	/* proven staff */
	enum message_proof	 proof;		/* for the message stored */
	/* where */
	bool			 has_ticket;
	struct ticket		 ticket;
	const char		*thread_rule;	/* which rule found it */
	bool			 on_ticket;	/* requester or watcher of it */
	bool			 has_row;	/* row: what the token was for */
	struct outbox_row	 row;
	bool			 has_answered;	/* answered: whose signed id is
						 * the newest in the thread */
	struct outbox_row	 answered;
	int64_t			 hinted;	/* a ticket named by somebody who
						 * is not on it; 0 none */
};

int	identify(struct desk *desk, const struct intake_item *item,
	    struct identity *id_out, struct err *err);
/* Is the person requester or watcher of the ticket? 1/0/-1 */
int	identify_on_ticket(struct desk *desk, const struct ticket *ticket,
	    int64_t person, struct err *err);
/* The outbox row that one of our Message-IDs names, when its MAC holds;
 * 1/0/-1. ticket_out may be NULL. */
int	identify_own_id(struct desk *desk, const char *message_id,
	    struct outbox_row *row_out, struct err *err);

#endif
