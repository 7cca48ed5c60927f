/* view - pieces of the JSON that the pages' templates see, and what else the
 * pages make of the store's values. Every json_t is a new reference. */
#ifndef WEBVIEW_VIEW_H
#define WEBVIEW_VIEW_H

#include <jansson.h>

#include "db/ticket_store.h"
#include "webview/page.h"

/* Staff, managers and admins see all; others what is shared (I7). */
bool	view_is_staff(const struct page_request *request);

/* One clean line, cut with "…" after some 200 characters; NULL: "". */
json_t	*view_line(const char *text);
/* Lines, of any bytes. */
json_t	*view_text(const char *p, size_t len);
/* {iso, exact (UTC), local, date (both in the desk's zone), ago|ahead:
 * {now|minutes|hours|days: n} up to a week}; null for 0. */
json_t	*view_when(const struct page_request *request, int64_t ms);
/* "84 KB" */
json_t	*view_size(size_t bytes);
/* {NAME: true}: sections of a template choose by it. */
json_t	*view_is(const char *name);
/* {name, is} of a status, a priority. */
json_t	*view_status(enum ticket_status status);
json_t	*view_priority(enum ticket_priority priority);
/* {shown, address}: staff see the address too; null for 0. */
json_t	*view_person(const struct page_request *request, int64_t id);
/* The same of people who are shown more than once on a page; begin zeroed. */
#define VIEW_PEOPLE	32
struct view_people {
	struct view_people_one {
		int64_t	 id;
		json_t	*person;		/* NULL: not asked for yet */
	}	known[VIEW_PEOPLE];
};
json_t	*view_people_person(struct view_people *people,
	    const struct page_request *request, int64_t id);
void	view_people_free(struct view_people *people);
/* A name as others may see it: what looks like an address is cut. */
const char *view_name(struct arena *arena, const char *name);
/* The category's title, else its name. */
const char *view_category(const struct settings *settings, const char *name);
/* Late, or nearly, and not closed: {"overdue"|"soon": true, due}; null. */
json_t	*view_due(const struct page_request *request, const struct ticket *t);

/* RFC 3986: all but unreserved characters as %XX. */
void	view_percent(struct buf *out, const char *text);
/* A mailto: link (RFC 6068); subject and body "": left out. Line ends of body
 * become CR LF. In the arena. */
const char *view_mailto(struct arena *arena, const char *to,
	    const char *subject, const char *body);
/* base/PATH, with the web view's base in front. In the arena. */
const char *view_url(const struct page_request *request, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
