/* thread - which conversation a mail belongs to, as far as its own words say.
 *
 * Fills       in_reply_to, references, our_ids, subject_ticket, ticket,
 *             recipients; needs subject, text, to, cc and bounce, which
 *             must be there
 * Ids         without <>; RFC 5322 msg-id and what is sent instead: comments,
 *             phrases, commas, no <>, folded inside, cut at the end
 * Our ids     campusdesk.TICKET.ITEM.MAC@domain, MAC 16 base32 letters, by form
 *             only: whether we wrote it is desk/token's to say
 * Bounded     THREAD_IDS_MAX of a field, the newest are kept; linear */
#ifndef PARSERS_THREAD_H
#define PARSERS_THREAD_H

#include "parsers/header.h"
#include "parsers/mail.h"

#define THREAD_IDS_MAX		200
#define THREAD_OUR_IDS_MAX	50
#define THREAD_RECIPIENTS_MAX	200

void	thread_read(struct mail *mail, const struct header_list *headers,
	    struct arena *arena);
/* The ids of a In-Reply-To or References value. */
struct mail_strings thread_ids(struct slice value, struct arena *arena);
/* Has id the form of one of ours? Then its ticket; 0 is "about no ticket". */
bool	thread_our_id(struct slice id, int64_t *ticket_out);
/* N of the first [#N] in a subject; 0: none. */
int64_t	thread_subject_ticket(struct slice subject);
/* Without any chain of Re: AW: SV: Antw: RE[2]: Fwd: … in front; is_forward
 * says whether the first of them means "forwarded", is_reply "answered". */
struct slice thread_subject_base(struct slice subject, bool *is_reply,
	    bool *is_forward);

#endif
