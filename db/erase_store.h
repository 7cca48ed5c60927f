/* erase_store - what is taken away for good, as sets of ids: what is doomed is
 * gathered first, then removed, all in one transaction of the caller.
 *
 * Two ways: a person (erase_person_gather, erase_person_apply), whose tickets
 * stay as shells without words, so that numbers and figures stay right; a
 * ticket (erase_ticket_gather, erase_ticket_apply), which goes altogether. The
 * rows of the ledger stay, without who and what: the same mail seen again must
 * not come back. Events stay without values, so that their chain holds (I4). */
#ifndef DB_ERASE_STORE_H
#define DB_ERASE_STORE_H

#include "db/ledger_store.h"

#define ERASED_TEXT	"(erased)"	/* what stands for a lost text */

enum doom { DOOM_TICKET = 1, DOOM_MESSAGE, DOOM_RAW, DOOM_OUTBOX, DOOM_EVENT,
	DOOM_PERSON, DOOM_ITEM,
	DOOM_NAME	/* messages whose words stay: what staff answered */
};

int	erase_begin(struct db *db, struct err *err);	/* nothing is doomed */
int	erase_doom(struct db *db, enum doom kind, int64_t id, struct err *err);
int64_t	erase_count(struct db *db, enum doom kind);
/* The doomed id above after: 1/0/-1. */
int	erase_next(struct db *db, enum doom kind, int64_t after,
	    int64_t *id_out, struct err *err);

/* An address, whether or not somebody has it: doom its owner, messages, items,
 * mail and what events say of it. Once for each address of a person, before
 * erase_person_gather. */
int	erase_address_gather(struct db *db, const char *address,
	    struct err *err);
/* All that belongs to the doomed persons, messages, items. */
int	erase_person_gather(struct db *db, struct err *err);
/* All that belongs to the doomed tickets. */
int	erase_ticket_gather(struct db *db, struct err *err);

int	erase_person_apply(struct db *db, struct err *err);
int	erase_address_apply(struct db *db, const char *address,
	    struct err *err);
int	erase_ticket_apply(struct db *db, struct err *err);
/* Remove the values of the doomed events. How many of all events have none
 * now: into *missing_out, which the caller notes in an event "erased". */
int	erase_values(struct db *db, int64_t *missing_out, struct err *err);
int	erase_end(struct db *db, struct err *err);

/* The doomed items in order of id. fn's strings live until it returns. */
int	erase_items(struct db *db,
	    int (*fn)(const struct ledger_row *row, void *arg), void *arg,
	    struct err *err);
/* Messages that still have the words in them: fn with the ticket of each. */
int	erase_mentions(struct db *db, const char *words,
	    int (*fn)(int64_t ticket, void *arg), void *arg,
	    struct err *err);
/* Every address in the store, folded, each once. */
int	erase_addresses(struct db *db,
	    int (*fn)(const char *address, void *arg), void *arg,
	    struct err *err);

/* Raw mails taken in before then, in quarantine or not: remove their bytes, at
 * most limit of them; how many, or -1. Those in quarantine stay. */
int	erase_old_raw(struct db *db, int64_t before_ms, int limit,
	    struct err *err);

#endif
