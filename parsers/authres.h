/* authres - the trace block: who handled a mail and what they found out.
 *
 * Received (RFC 5321 §4.4): the "by" host. Authentication-Results (RFC 8601):
 * the authserv-id and each result with the one property that says whom it
 * speaks of; and the form of Microsoft 365, which writes no authserv-id.
 * In the order of the header, top first, at most AUTHRES_MAX of both.
 *
 * Nothing is decided here about whom to believe (design §8), but a field that
 * breaks its grammar gives an entry without results, and a property that is
 * given twice with different values is given as none: doubt is no proof. */
#ifndef PARSERS_AUTHRES_H
#define PARSERS_AUTHRES_H

#include "parsers/header.h"
#include "parsers/mail.h"

#define AUTHRES_MAX		60	/* entries of the trace */
#define AUTHRES_RESULTS_MAX	50	/* results of one field */

void	authres_read(struct mail *mail, const struct header_list *headers,
	    struct arena *arena);
/* One Authentication-Results value; false: it breaks the grammar, and
 * trace_out has no results. */
bool	authres_parse(struct slice value, struct arena *arena,
	    struct mail_trace *trace_out);
/* The "by" host of a Received value in lower case; NULL: none. */
const char *authres_received_by(struct slice value, struct arena *arena);

#endif
