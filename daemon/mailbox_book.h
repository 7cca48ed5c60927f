/* mailbox_book - which mails of a mailbox are accounted for: its cursor and
 * ledger rows in the store, and what is inside the pump.
 *
 * Writing     own connection, own short transactions; ledger rows themselves
 *             are written by the pump
 * Errors      as of db.h
 * Threads     one book, one thread */
#ifndef DAEMON_MAILBOX_BOOK_H
#define DAEMON_MAILBOX_BOOK_H

#include "db/ledger_store.h"

struct book;

enum book_epoch {
	BOOK_FIRST,	/* this mailbox was never read before */
	BOOK_SAME,
	BOOK_OTHER	/* another UIDVALIDITY: its UIDs mean other mails */
};

/* source: "imap:NAME", borrowed as long as the book lives. */
int	book_open(const char *store_url, const char *source,
	    struct book **book_out, struct err *err);
void	book_close(struct book **book);			/* NULL-safe */

/* From now on UIDs are of this epoch. cursor_out: what is stored, in BOOK_SAME;
 * else {epoch, 0, 1}, not stored yet. */
int	book_enter(struct book *book, int64_t epoch, enum book_epoch *was_out,
	    struct cursor *cursor_out, struct err *err);
/* When this mailbox was first read with start = "new"; 0: never. */
int	book_started_ms(struct book *book, int64_t *ms_out, struct err *err);

/* Has it a ledger row? 1/0/-1. */
int	book_has(struct book *book, int64_t uid, struct err *err);
/* Inside the pump: handed over and not come back. */
bool	book_is_inside(const struct book *book, int64_t uid);
int	book_goes_in(struct book *book, int64_t uid);	/* -1: no memory */
/* epoch and uid as the item says: others than the present are forgotten. */
void	book_comes_out(struct book *book, int64_t epoch, int64_t uid);

/* One transaction: these are acknowledged at the server; cursor (NULL: as it
 * is) is stored. */
int	book_settle(struct book *book, const int64_t *acked, size_t n,
	    const struct cursor *cursor, struct err *err);
/* Up to max UIDs above after whose acknowledgement is still owed, rising. Rows
 * that were there before the start owe none. */
int	book_owed(struct book *book, int64_t after, int64_t *uids, size_t max,
	    size_t *n_out, struct err *err);

#endif
