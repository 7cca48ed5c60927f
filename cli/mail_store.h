/* mail_store - the mails of an mbox file or a Maildir folder, one after the
 * other.
 *
 * mbox     "From " behind an empty line begins one; ">From " loses a ">"
 *          (mboxrd, which `ticket mbox` writes). Lines end as in the file
 * Maildir  cur and new, in order of their names; drafts and what is marked as
 *          trashed are left out
 * Bounded  a mail longer than max is passed over */
#ifndef CLI_MAIL_STORE_H
#define CLI_MAIL_STORE_H

#include "base/blob.h"

struct mail_store;

/* "mbox:FILE" or "maildir:DIR". ERR_INPUT: not there, or none of both. */
int	mail_store_open(const char *name, size_t max,
	    struct mail_store **store_out, struct err *err);
void	mail_store_close(struct mail_store **store);	/* NULL-safe */
/* 1 *blob_out is the caller's; 0 there is none left; -1. A mail that was too
 * long: 1 and a NULL blob. */
int	mail_store_next(struct mail_store *store, struct blob **blob_out,
	    struct err *err);
/* How far, of how much: bytes, or files. */
int64_t	mail_store_at(const struct mail_store *store);
int64_t	mail_store_all(const struct mail_store *store);
/* Where the last mail stands: "byte 4711", or the name of its file. */
const char *mail_store_place(const struct mail_store *store);

#endif
