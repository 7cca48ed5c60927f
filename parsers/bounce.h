/* bounce - mail that came back, in all the ways mail systems say so.
 *
 * Reports    RFC 3464 and 6533 (delivery status), RFC 8098 (receipts), RFC 5965
 *            (feedback), wherever their parts stand; RFC 3464 fields typed
 *            into a text part too
 * Prose      Exchange, Exim, qmail, Postfix, Sendmail, Gmail, Yahoo, Domino,
 *            Courier, MDaemon, GroupWise, AOL, IMail, OpenSMTPD, GMX, Mail.Ru
 *            and what looks like them (bounce_text.h)
 * Kind       sets MAIL_BOUNCE, MAIL_RECEIPT or MAIL_ABUSE_REPORT and because
 *            where the body says so; runs after autokind_read, whose word
 *            stands otherwise. A delay is a bounce whose action is "delayed":
 *            only the action tells whether anything failed
 * Bounded    BOUNCE_RECIPIENTS_MAX; linear in the parts */
#ifndef PARSERS_BOUNCE_H
#define PARSERS_BOUNCE_H

#include "parsers/header.h"
#include "parsers/mail.h"

#define BOUNCE_RECIPIENTS_MAX	200

/* A part that holds no others, decoded. A message/rfc822 or text/rfc822-headers
 * part is given whole, as one part of that type. */
struct bounce_part {
	const char	*type;		/* "message/delivery-status" */
	struct slice	 body;		/* bytes, transfer encoding undone */
};

/* Needs subject, from, text, null_return_path, kind; fills bounce. */
void	bounce_read(struct mail *mail, const struct bounce_part *parts,
	    size_t n, const struct header_list *headers, struct arena *arena);

#endif
