/* prepared - mails that a page prepares: links that open one with address,
 * subject and command filled in (contract §7), and the same to copy.
 *
 * [{is: {WHAT: true}, href, line, choices: [{href, shown, line, on}]}] */
#ifndef WEBVIEW_PREPARED_H
#define WEBVIEW_PREPARED_H

#include "db/ticket_store.h"
#include "webview/page.h"

/* What the viewer may do with the ticket. */
json_t	*prepared_for(const struct page_request *request,
	    const struct ticket *ticket);
/* The subject that such a mail has: "[#1042] No light". In the arena. */
const char *prepared_subject(const struct page_request *request,
	    const struct ticket *ticket);

#endif
