/* ticket_parts - what a ticket's page is made of, and who may see it. */
#ifndef WEBVIEW_TICKET_PARTS_H
#define WEBVIEW_TICKET_PARTS_H

#include "db/audit_store.h"
#include "db/message_store.h"
#include "db/ticket_store.h"
#include "webview/page.h"

/* The ticket of the request, when the viewer may see it: 1; 0 there is none
 * for them (I7); -1. */
int	page_may_see(const struct page_request *request,
	    struct ticket *ticket_out, struct err *err);
/* 404, the same whatever the reason. */
int	page_absent(const struct page_request *request,
	    struct page_answer *answer, struct err *err);

/* A message as the template sees it; for people who are not staff nothing
 * but what they may see. *files: how many attachments there is room for, less
 * those shown. NULL: the store failed. */
json_t	*part_message(const struct page_request *request,
	    const struct message *message, size_t *files, struct err *err);
/* A line of the history. */
json_t	*part_event(const struct page_request *request,
	    const struct event *event);

#endif
