/* canary - a mail to ourselves now and then, to see that mail leaves and comes
 * in; late or lost is a trouble (desk/trouble, "canary").
 *
 * Path        the outbox, smtp, the world, a mailbox, the decider; known by its
 *             signed Message-ID, it ends in the ledger as our own mail
 * Well again  once one comes back in time. Until then one is sent every
 *             warn-after seconds where the interval is longer
 * At most     one is on its way that matters: one that is not sent when the
 *             next is due is dropped, so that a dead server gets no heap
 * Off         without canary.interval, and without smtp
 * State       one row; turn and start are one thread's, back the decider's,
 *             each inside the caller's transaction */
#ifndef DESK_CANARY_H
#define DESK_CANARY_H

#include "db/outbox_store.h"
#include "desk/desk.h"

#define CANARY	"canary"	/* the event of its mail, and its trouble */

enum canary_news { CANARY_NONE, CANARY_LATE, CANARY_WELL };

struct canary_result {
	bool			 queued;	/* mail, of either kind */
	enum canary_news	 news;
	const char		*words;		/* of them, in desk->arena */
};

/* Is there anything for a turn to do? 1/0/-1; writes nothing. */
int	canary_wants(struct desk *desk, struct err *err);
/* Judge and send. doors: what is known to be wrong with mailboxes and smtp,
 * one line, "" nothing. */
int	canary_turn(struct desk *desk, const char *doors,
	    struct canary_result *result_out, struct err *err);
/* Nobody was there to receive it: what is on its way is not judged. */
int	canary_start(struct desk *desk, struct err *err);
/* This row of ours has come in. */
int	canary_back(struct desk *desk, const struct outbox_row *row,
	    struct err *err);

#endif
