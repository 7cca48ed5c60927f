/* query - what a browser sends, taken apart: path, parameters, cookies.
 *
 * Everything that comes out is valid UTF-8 without control characters. Pure:
 * memory is the arena's, nothing else is touched. */
#ifndef WEBVIEW_QUERY_H
#define WEBVIEW_QUERY_H

#include "base/arena.h"
#include "base/err.h"
#include "webview/page.h"

#define QUERY_TARGET_MAX	4096	/* bytes of a request's target */
#define QUERY_PARAMS_MAX	32

struct target {
	const char		*path;		/* "/tickets", decoded */
	const struct page_param	*params;	/* + is a blank in them */
	size_t			 nparams;
};

/* "/path?name=value&…", origin-form (RFC 9112 3.2.1). -1 ERR_INPUT: not such a
 * thing; a coded slash, a dot segment or an empty segment in the path; a
 * character that is no text; a parameter twice. */
int	query_target(const char *text, struct arena *arena,
	    struct target *target_out, struct err *err);
/* "name=value&…" of a form. */
int	query_form(struct slice text, struct arena *arena,
	    const struct page_param **params_out, size_t *n_out,
	    struct err *err);
/* The value of the named cookie in a Cookie field (RFC 6265 4.2.1); false when
 * it is not there, or there twice. */
bool	query_cookie(const char *field, const char *name,
	    struct slice *value_out);
/* Digits without a leading zero, from 1 to INT64_MAX. */
bool	query_number(struct slice text, int64_t *number_out);
/* Does an If-None-Match field name this ETag (with its quotes)? Weak
 * comparison, RFC 9110 13.1.2. */
bool	query_matches(const char *field, const char *etag);
/* Is type the one that an Accept field names first? Lists of browsers begin
 * with text/html. */
bool	query_prefers(const char *field, const char *type);

#endif
