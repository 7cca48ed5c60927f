/* erase - what is taken away for good: a person, or one ticket.
 *
 * A person: all addresses, what they reported and said, the mail as it came,
 * what was sent about it, the full text, and what events say of it. Their
 * tickets stay as closed shells without words, so that figures stay right; what
 * staff answered on other tickets keeps its words and loses its name.
 * A ticket goes altogether; a reply to it makes a new one.
 * The ledger keeps its rows without who and what, so that the same mail does
 * not come back; the event chain holds (I4).
 *
 * Runs inside the caller's transaction; db_purge afterwards takes it out of the
 * file itself. */
#ifndef DESK_ERASE_H
#define DESK_ERASE_H

#include "db/ledger_store.h"
#include "desk/act.h"

/* A mail that was taken in, as far as it must be known to find it elsewhere. */
struct erased_item {
	struct ledger_key	 key;
	const char		*message_id;	/* NULL: none */
	unsigned char		 digest[CRYPT_SHA256];	/* of the mail */
};
struct erased {
	const char		**addresses;	/* of the person, folded or as
						 * written; none for a ticket */
	size_t			 naddresses;
	int64_t			 ticket;	/* 0: a person */
	uint64_t		 key;		/* of that ticket */
	int64_t			 tickets, messages, raws, mails, events;
	struct erased_item	*items;
	size_t			 nitems;
	/* tickets of others whose texts still have an address or the name */
	int64_t			*mentions;
	size_t			 nmentions;
};

/* 1 done, 0 nothing here is of that address, -1. ERR_INPUT: they are staff, or
 * it is the desk's own. */
int	erase_person(struct desk *desk, const struct actor *actor,
	    const char *address, struct erased *out, struct err *err);
/* 1 done, 0 there is no such ticket, -1. */
int	erase_ticket(struct desk *desk, const struct actor *actor,
	    int64_t number, struct erased *out, struct err *err);

#endif
