/* httpd - a small HTTP server for other programs that push to us; with
 * webview/http the only file that sees libmicrohttpd.
 *
 * It takes whole requests, hands each with its raw body to the handler, and
 * sends what that made. The handler may wait: each connection is a thread.
 *
 * Refused    by itself: Transfer-Encoding, two lengths or two fields of a name
 *            that is asked for, a body above body_max (read and forgotten, so
 *            that the other side hears of it)
 * Time       HTTPD_READ_MS in all for a request to come, HTTPD_ANSWER_MS for
 *            handler and answer; then the connection ends
 * Crowds     HTTPD_CONNECTIONS at a time; when most are taken, those who have
 *            sent no whole request for longest make room
 * Memory     bodies HTTPD_BODIES_MAX bytes in all, then 503 */
#ifndef BASE_HTTPD_H
#define BASE_HTTPD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define HTTPD_CONNECTIONS	256
#define HTTPD_READ_MS		5000
#define HTTPD_ANSWER_MS		15000
#define HTTPD_BODIES_MAX	((int64_t)32 << 20)

struct httpd;

struct httpd_request {
	const char	*method, *path;		/* path without the query */
	struct slice	 body;			/* as sent */
	void		*inside;
};
/* A field of the head, without regard to case; NULL: none, or several. */
const char *httpd_field(const struct httpd_request *request,
	    const char *name);

struct httpd_response {
	int		 status;
	const char	*type;		/* Content-Type; NULL none; a constant */
	const char	*allow;		/* Allow; NULL none; a constant */
	struct buf	 body;		/* freed by the server */
};

struct httpd_options {
	const char	*place;		/* "HOST:PORT" or "unix:PATH" */
	size_t		 body_max;	/* bytes */
	/* Several at once. response is zeroed; its body takes 1 MiB. */
	void		(*handler)(const struct httpd_request *request,
			    struct httpd_response *response, void *arg);
	void		*arg;
};

int	httpd_start(const struct httpd_options *options,
	    struct httpd **httpd_out, struct err *err);
/* Requests in a handler are waited for. NULL-safe. */
void	httpd_stop(struct httpd **httpd);

#endif
