/* list_ask - what a list was asked for: the query's parameters, checked. */
#ifndef WEBVIEW_LIST_ASK_H
#define WEBVIEW_LIST_ASK_H

#include "webview/page.h"
#include "db/ticket_store.h"
#include "webview/figure.h"

struct list_ask {
	bool			 staff;		/* else: one's own only */
	const char		*view;		/* name, "mine" too */
	struct ticket_filter	 filter;	/* .limit: rows to show */
	bool			 nobody;	/* a person nobody knows */
	bool			 filtered;	/* more than a view */
	bool			 behind;	/* the tickets of a figure */
	struct figure		 figure;
	const char		*wrong;		/* what cannot be; NULL */
};

/* The views that this viewer has, in order; NULL at the end. */
const char *const *list_views(bool staff);
/* -1: the store failed. */
int	list_ask(const struct page_request *request,
	    struct list_ask *ask_out, struct err *err);
/* "tickets?view=…" with the filters asked for, another view, and the key to go
 * on behind (after "": from the start). In the arena. */
const char *list_url(const struct page_request *request, const char *path,
	    const char *view, const char *after);
/* The key of the row shown last, for after=. In the arena. */
const char *list_key(const struct page_request *request,
	    const struct list_ask *ask, int64_t updated_ms, int64_t number);

#endif
