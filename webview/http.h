/* http - the server: the only file that sees libmicrohttpd.
 *
 * It takes whole requests, has the handler answer them, and sends that. It
 * refuses by itself what no sound client sends: a body or Transfer-Encoding on
 * what has none, two lengths, a length that is no number, a large body, and
 * what the library finds wrong (no Host, header fields without end).
 *
 * Time       CONNS_WAIT_MS for a request's head, HTTP_BODY_MS for a body,
 *            HTTP_ANSWER_MS and a second for each HTTP_BYTES_PER_S for an
 *            answer; then the connection ends, whatever goes on
 * Memory     an arena a request; bodies that wait to be sent HTTP_UNSENT_MAX
 *            bytes in all, then 503
 * Threads    HTTP_THREADS; the handler runs in several at once */
#ifndef WEBVIEW_HTTP_H
#define WEBVIEW_HTTP_H

#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define HTTP_THREADS		4
#define HTTP_HEAD_MAX		16384	/* bytes of a request's head, about */
#define HTTP_BODY_MAX		8192	/* bytes of a form */
#define HTTP_ARENA_MAX		((size_t)32 << 20)
#define HTTP_UNSENT_MAX		((int64_t)64 << 20)
#define HTTP_STREAMS_MAX	64	/* at a time */
#define HTTP_BODY_MS		10000
#define HTTP_ANSWER_MS		30000
#define HTTP_BYTES_PER_S	16384
#define HTTP_FIELDS_MAX		20

struct http_note {		/* for the log: filled by the handler */
	const char	*route;		/* a constant */
	int64_t		 person;
};

struct http_request {
	const char	*method;	/* as sent */
	const char	*target;	/* as sent: path and query */
	const char	*peer;		/* address; "unix" */
	struct slice	 body;		/* of a POST */
	struct arena	*arena;		/* until the answer is sent */
	struct http_note *note;
	int64_t		 came_ms;	/* monotonic: when it was whole */
	void		*inside;
};
/* A field of the request's head, without regard to case; NULL: none, or more
 * than one (which none that is asked for may be). */
const char *http_field(const struct http_request *request, const char *name);
/* Is there such a field, once or more? */
bool	http_has(const struct http_request *request, const char *name);

struct http_stream {
	int64_t	  size;			/* bytes in all; -1 unknown */
	/* The next up to len bytes, 0 at the end, -1: cut. */
	ssize_t	(*read)(void *self, char *p, size_t len);
	void	(*close)(void *self);
	void	 *self;
};

struct http_response {
	int		 status;
	struct {
		const char	*name, *value;	/* live in the arena, or long */
	} fields[HTTP_FIELDS_MAX];
	size_t		 nfields;
	struct buf	 body;		/* taken over */
	struct slice	 lasting;	/* instead: outlives the server */
	struct http_stream stream;	/* instead: .read is set; taken over */
};
void	http_add(struct http_response *response, const char *name,
	    const char *value);

/* Fills the response: called once for each sound request. */
typedef void http_handler(const struct http_request *request,
	    struct http_response *response, void *arg);
/* Fills the response to a request that was refused here. */
typedef void http_refuser(int status, struct http_response *response,
	    void *arg);
/* An answer was sent: status, bytes of the body, time it took; or not: 0. The
 * arena may be gone by now. */
typedef void http_logger(const struct http_request *request, int status,
	    int64_t bytes, int64_t ms, void *arg);

struct http_options {
	int		 fd;		/* listens; taken over */
	int		 per_peer;	/* connections of one address; 0 any */
	http_handler	*handler;
	http_refuser	*refuser;
	http_logger	*logger;
	void		*arg;
};

struct http;

/* A socket that listens: "HOST:PORT" or "unix:PATH". */
int	http_listen(const char *place, int *fd_out, struct err *err);
int	http_start(const struct http_options *options, struct http **http_out,
	    struct err *err);
void	http_stop(struct http **http);			/* NULL-safe */

#endif
