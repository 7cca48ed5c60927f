/* proof - how well is it proven who wrote a mail? (design §8) */
#ifndef DESK_PROOF_H
#define DESK_PROOF_H

#include "desk/desk.h"
#include "parsers/mail.h"

enum proof_verdict {
	PROOF_UNKNOWN,		/* nobody we trust says anything of use */
	PROOF_PASS,		/* From is proven by our own border */
	PROOF_FAIL		/* our own border says dmarc=fail */
};

/* What the trusted Authentication-Results say of From. Trusted is only what
 * stands above the border's own Received line (received-by), with the
 * configured authserv-id; "m365" and "gmail" have their own rules; without an
 * authserv-id nothing is. Two Froms, or results that disagree: never a pass. */
enum proof_verdict proof_verdict(const struct settings_mailbox *mailbox,
	    const struct mail *mail);

/* Does that, with a valid token or not, let staff act at once? mailbox NULL:
 * one without an authserv-id. */
bool	proof_staff_may_act(const struct settings *settings,
	    const struct settings_mailbox *mailbox, bool token,
	    enum proof_verdict verdict);

#endif
