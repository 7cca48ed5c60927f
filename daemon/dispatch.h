/* dispatch - one turn of a sender: the end of its last mail and the beginning
 * of its next one, in one commit.
 *
 * The row is taken, rendered if it never was, and marked `sending` inside one
 * write transaction: no other thread can take the same row, nor another row of
 * the same ticket and recipient, and nothing is sent that is not marked (I3).
 * Rows that need no dialogue (suppressed address, cannot be rendered) are
 * ended on the way. */
#ifndef DAEMON_DISPATCH_H
#define DAEMON_DISPATCH_H

#include "base/smtp.h"
#include "db/outbox_store.h"
#include "desk/desk.h"

struct dispatch_end {
	int64_t			id;		/* of the row; 0: none to end */
	enum smtp_result	result;
	bool			interrupted;	/* by us, while shutting down */
	char			reply[ERR_MSG_MAX];
};

/* Is anything due? 1 yes, 0 no and *next_ms_out when the next is (0: none). A
 * read; desk->arena is used for it. */
int	dispatch_peek(struct desk *desk, int64_t *next_ms_out, struct err *err);
/* End last; with take also begin the next. 1: *row_out is to be sent, lives in
 * desk->arena and has its rendered text; 0: nothing; -1: the store has none of
 * it, to be tried again. */
int	dispatch_turn(struct desk *desk, const struct dispatch_end *last,
	    bool take, struct outbox_row *row_out, struct err *err);
/* Rows that a former process left `sending` become unknown. Count or -1. */
int	dispatch_recover(struct desk *desk, struct err *err);

#endif
