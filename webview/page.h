/* page - the seam between HTTP and the pages. http.c and routes.c find out who
 * asks, and for what; a page_*.c reads the store and fills a page_answer.
 *
 * Reading     db is open for reading only and inside one transaction, so that
 *             a page is one consistent view
 * Rights      routes.c has checked that the viewer may use the route; whether
 *             this viewer may see this ticket is the page's to ask, and one
 *             that may not gets 404 as if there were none (I7)
 * Memory      all strings live in the arena until the answer is sent */
#ifndef WEBVIEW_PAGE_H
#define WEBVIEW_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "db/db.h"
#include "db/people_store.h"
#include "desk/settings.h"
#include "desk/template.h"

#define PAGE_MAX	(4u << 20)	/* bytes of a rendered page */

enum page_format { PAGE_HTML, PAGE_JSON, PAGE_CSV };

/* Who asks. */
struct viewer {
	int64_t			 person;	/* 0: nobody is logged in */
	enum person_role	 role;
	const char		*address, *name;	/* name "": unknown */
};

struct page_param {
	const char	*name, *value;		/* decoded, valid UTF-8 */
};

struct page_request {
	const struct settings	*settings;
	struct db		*db;
	struct arena		*arena;
	struct template_cache	*templates;	/* NULL: read each time */
	struct viewer		 viewer;
	const char		*path;		/* as asked for, no query */
	int64_t			 number;	/* ticket, from the path; 0 */
	int64_t			 id;		/* attachment, likewise; 0 */
	enum page_format	 format;
	int64_t			 now_ms;	/* UTC */
	const struct page_param	*params;	/* of the query */
	size_t			 nparams;
};

/* Bytes that are not in memory: the next up to len into p, 0 at the end, -1.
 * Called with a db of its own, from one thread at a time. */
struct page_stream {
	int64_t	  size;				/* bytes in all; -1 unknown */
	ssize_t	(*read)(void *self, struct db *db, char *p, size_t len);
	void	(*close)(void *self);
	void	 *self;
};

struct page_answer {
	int			 status;	/* HTTP's; 0 is taken as 200 */
	const char		*type;		/* NULL: text/html, UTF-8 */
	struct buf		 body;		/* .max is PAGE_MAX */
	const char		*etag;		/* with quotes; NULL none */
	const char		*location;	/* for 303 */
	const char		*download;	/* file name of an attachment */
	struct page_stream	*stream;	/* instead of body; NULL */
};

/* 0, or -1: 500, and the error is logged. */
typedef int page_fn(const struct page_request *request,
	    struct page_answer *answer, struct err *err);

page_fn	page_tickets;		/* /tickets         page_list.c */
page_fn	page_ticket;		/* /tickets/N       page_ticket.c */
page_fn	page_attachment;	/* /tickets/N/attachments/ID */
page_fn	page_analytics;		/* /analytics       page_analytics.c */
page_fn	page_report;		/* /report          page_report.c */

/* The value of a query's parameter, "" when there is none. page_render.c */
const char *page_param(const struct page_request *request, const char *name);
/* The shipped or the administrator's template web/LOCALE/NAME.html.mustache
 * inside the layout (title, navigation, viewer), over context, which is
 * borrowed. */
int	page_render(const struct page_request *request, const char *name,
	    json_t *context, struct page_answer *answer, struct err *err);
/* JSON as the body; object is consumed. */
int	page_json(json_t *object, struct page_answer *answer,
	    struct err *err);
/* An ETag of what the viewer gets to see, so that it tells nothing more. */
void	page_etag(const struct page_request *request,
	    struct page_answer *answer);
/* A page that says what is wrong and what to do. */
int	page_problem(const struct page_request *request, int status,
	    const char *title, const char *what_to_do,
	    struct page_answer *answer, struct err *err);

#endif
