/* address - the lists of From, To, Cc, Reply-To, and what is sent instead.
 *
 * Reads       RFC 5322 with its obsolete forms and RFC 6532: groups (their
 *             members), comments (a name when there is no other), quoted names
 *             and local parts, routes, encoded words anywhere; dots and commas
 *             in names without quotes, semicolons between addresses, missing
 *             brackets, "mailto:", a whole address inside an encoded word
 * Address     as written, blanks and comments out; NULL when there is no "@"
 *             with something on both sides
 * Bounded     ADDRESS_MAX of one list; linear */
#ifndef PARSERS_ADDRESS_H
#define PARSERS_ADDRESS_H

#include "base/arena.h"
#include "base/slice.h"
#include "parsers/mail.h"

#define ADDRESS_MAX		2000
#define ADDRESS_LENGTH_MAX	320	/* bytes, of one address */
#define ADDRESS_NAME_MAX	998	/* bytes, of one name */

/* Append what value holds to *list (zeroed: an empty one). hint: charset of raw
 * bytes, may be empty. Without memory: what was read. */
void	address_parse(struct slice value, struct slice hint,
	    struct arena *arena, struct mail_addresses *list);

#endif
