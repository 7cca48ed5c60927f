/* autokind - is this mail from a person, or what is it?
 *
 * An ordered table of rules: the first that holds decides mail->kind, and
 * mail->because names it ("Precedence: bulk"). No rule: MAIL_PERSON, "no sign
 * of a machine". What deliberately decides nothing: Auto-Submitted: no, and
 * X-Auto-Response-Suppress, which Outlook puts on people's mail too.
 *
 * Fills    kind, because, null_return_path, auto_generated, list_id, spam,
 *          loop_id; needs subject and from, which must be there
 * Order    after the header is read and before bounce_read, which knows the
 *          body and may change kind
 * Sources  RFC 3834, 2919, 2369, 6522, 8098, 5965; contract §4 */
#ifndef PARSERS_AUTOKIND_H
#define PARSERS_AUTOKIND_H

#include "parsers/header.h"
#include "parsers/mail.h"

/* content_type: the whole Content-Type value of the mail, or NULL. */
void	autokind_read(struct mail *mail, const struct header_list *headers,
	    const char *content_type, struct arena *arena);
/* Does a mailer of some language put this in front of a vacation notice's
 * subject? Then the prefix; else NULL. */
const char *autokind_subject(const char *subject);

#endif
