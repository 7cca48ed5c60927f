/* reparse - what today's parser makes of a mail that was taken in before (I11).
 *
 * Only what shows a message is renewed: its text, its spans, its files. What
 * was decided then (ticket, status, who may see it, what was sent) stays.
 *
 * The text stays too, whatever is read now, where it was acted upon: words of
 * staff (they may have been sent), a message that waits for a proof, one with
 * commands, one that was not taken in whole. Files are added and get better
 * names; none is taken away. */
#ifndef DESK_REPARSE_H
#define DESK_REPARSE_H

#include "db/ledger_store.h"
#include "db/message_store.h"
#include "desk/act.h"
#include "parsers/mail.h"

struct reparse {
	struct message	 old;		/* as it is stored */
	struct message	 now;		/* as it would be */
	bool		 text;		/* what was newly written differs */
	bool		 reading;	/* the whole text or its spans do */
	size_t		 files;		/* added, or named otherwise */
	const char	*kept;		/* why the text stays; NULL: it may go */
};

/* The message of row, read again as mail. 1 something differs, 0 nothing, or it
 * has no message, -1 error. */
int	reparse_compare(struct desk *desk, const struct ledger_row *row,
	    const struct mail *mail, struct reparse *out, struct err *err);
/* Store it, with an event; inside the caller's transaction. */
int	reparse_store(struct desk *desk, const struct actor *actor,
	    const struct mail *mail, const struct reparse *reparse,
	    struct err *err);

#endif
