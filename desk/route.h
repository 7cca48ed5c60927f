/* route - which category a new mail gets, and why (contract §4). */
#ifndef DESK_ROUTE_H
#define DESK_ROUTE_H

#include "desk/desk.h"
#include "parsers/mail.h"

/* The category's name; *because_out says which rule: mailbox, address,
 * sub-address, keyword, default. mailbox may be NULL. Never fails. */
const char *route_category(struct desk *desk,
	    const struct settings_mailbox *mailbox, const struct mail *mail,
	    const char **because_out);

/* The code of the room that it names, "" none; *because_out says which rule:
 * sub-address (desk+r.CODE@…), subject or text. */
const char *route_location(struct desk *desk, const struct mail *mail,
	    const char **because_out);

/* The part behind the + of one of the desk's own addresses; len 0: none. */
struct slice route_subaddress(const struct settings *settings,
	    const char *address);

#endif
