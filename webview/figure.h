/* figure - an analysis as an address asks for it, and the addresses of its
 * figures' tickets. One reading of the parameters for the page that counts and
 * the list that shows what was counted.
 *
 *	measure by from to category priority assignee building source key */
#ifndef WEBVIEW_FIGURE_H
#define WEBVIEW_FIGURE_H

#include "desk/stats.h"
#include "webview/page.h"

struct figure {
	struct stats_ask	 ask;
	const char		*key;		/* of a row; NULL: all rows */
	bool			 nobody;	/* an assignee nobody knows */
	const char		*wrong;		/* what cannot be; NULL */
};

/* -1: the store failed. Without a measure: tickets made, by day. */
int	figure_ask(const struct page_request *request,
	    struct figure *figure_out, struct err *err);
/* PATH?… with what was asked for, but other days, and another dimension and
 * measure; key NULL: none. In the arena. */
struct figure_other {
	enum stats_measure	 measure;
	enum stats_by		 by;
	int64_t			 first, last;
	const char		*key;
};
struct figure_other figure_same(const struct figure *figure);
const char *figure_url(const struct page_request *request, const char *path,
	    const struct figure_other *other);
/* PATH?… the tickets of the figure that was asked for, going on behind a key.
 * In the arena. */
const char *figure_list_url(const struct page_request *request,
	    const char *path, const char *after);
/* {value, none|few: true, seconds|percent|mark|…} as the template shows it. */
json_t	*figure_value(const struct page_request *request,
	    enum stats_measure measure, const struct stats_row *row);
/* {shown, is} of a row's key. */
json_t	*figure_key(const struct page_request *request, enum stats_by by,
	    const char *key);
/* The days before, of the same length, weekdays or months. */
struct stats_ask figure_before(const struct stats_ask *ask);

#endif
