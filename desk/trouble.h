/* trouble - what is wrong with the desk's own doors: a mailbox that lets nobody
 * in, a token that cannot be had, a canary that does not come back.
 *
 * Told once   when it begins ("trouble") and when it is over ("trouble-over"),
 *             to those who look after the desk (notify_operators); it is kept
 *             in the store, so a restart tells nothing again
 * Flapping    of one name's troubles at most four an hour are mailed; of one
 *             that was not, neither is the end
 * Writes      inside the caller's transaction */
#ifndef DESK_TROUBLE_H
#define DESK_TROUBLE_H

#include "desk/desk.h"

#define TROUBLES_MAX	200	/* of a list */

struct trouble {
	const char	*name;		/* "smtp", "mailbox NAME" … */
	const char	*what;		/* one line: what, and what to do */
	int64_t		 since_ms;
	bool		 mailed;
};

/* 1 it is new; 0 it was known, and only its words are renewed; -1. */
int	trouble_begin(struct desk *desk, const char *name, const char *what,
	    struct err *err);
/* how: how it ended, "" nothing to say. 1 it was one, 0 there was none, -1. */
int	trouble_end(struct desk *desk, const char *name, const char *how,
	    struct err *err);
/* What it was about is no more: nobody is told. 0 or -1. */
int	trouble_drop(struct desk *desk, const char *name, struct err *err);
/* 1/0/-1 */
int	trouble_get(struct db *db, const char *name, struct arena *arena,
	    struct trouble *trouble_out, struct err *err);
/* All of them, by name. */
int	trouble_list(struct db *db, struct arena *arena,
	    struct trouble **v_out, size_t *n_out, struct err *err);

#endif
