/* http - one request to a web service, by libcurl; with base/smtp the only file
 * that sees curl.
 *
 * Trust       https:// verified against ca_file or the system's trust; http://
 *             only where the caller has seen that it is a loopback address
 * Bounds      the answer in bytes, the whole in time; redirects are not
 *             followed, since what is sent is secret: *location_out says where
 * Proxy       that of the environment (HTTPS_PROXY, NO_PROXY); none for http://
 * Errors      ERR_RETRY: nobody answered, or broke off; ERR_INPUT: URL,
 *             certificate, an answer that is too long. Never what was sent
 * Threads     any */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct http_request {
	const char		*url;
	const char		*ca_file;	/* "" the system's */
	const char *const	*headers;	/* "Name: value"; NULL at the end;
						 * may be NULL */
	const char		*method;	/* NULL: POST with a body, else
						 * GET */
	struct slice		 body;		/* {NULL,0}: none */
	long			 timeout_ms;	/* of the whole */
	/* asked about once a second: give up? NULL: never */
	bool			(*stop)(void *arg);
	void			*arg;
};

/* *status_out is the HTTP status, whatever it is; the body is appended to out,
 * up to its max. */
int	http_send(const struct http_request *request, int *status_out,
	    struct buf *out, struct err *err);

#define HTTP_URL_MAX	2048

/* What an answer says beside its body. */
struct http_answer {
	int	 status;
	int64_t	 retry_after_ms;		/* Retry-After; 0: none */
	char	 type[128];			/* Content-Type; "" */
	char	 location[HTTP_URL_MAX];	/* Location; "" */
};
int	http_ask(const struct http_request *request,
	    struct http_answer *answer_out, struct buf *out, struct err *err);
/* Bytes of s as a part of a path or a value of a query (RFC 3986), appended. */
void	http_escape(struct buf *out, const char *s);

#endif
