/* forward - who wrote a mail that somebody passed on by hand, and when. */
#ifndef PARSERS_FORWARD_H
#define PARSERS_FORWARD_H

#include "parsers/mail.h"

/* text starts at the rule or header block above the forwarded mail. Where it was
 * passed on already, and nobody on its way said anything, it is the one that
 * started: *chain_out. NULL: it says nothing of its sender, date or subject. */
struct mail_forwarded *forward_read(struct slice text, struct arena *arena,
	    bool *chain_out);
/* A date as clients write it for people, in any of their languages, taken as
 * UTC where it names no zone. false: not understood, or of two meanings. */
bool	forward_date(struct slice value, int64_t *ms_out);
/* "Name <a@b>", "Name [mailto:a@b]", "a@b", "Name": either may be NULL. */
struct mail_address forward_address(struct slice s, struct arena *arena);

#endif
