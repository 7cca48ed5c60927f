/* matrix - requests of the Matrix client-server API, over base/http.
 *
 * Answers    JSON objects; what an error means is told by errcode, never by
 *            text; 429 says how long to wait, in header or body
 * Bounds     an answer of 16 MiB, a time for each request
 * Secrets    the access token goes to the homeserver alone, and in no message
 * Threads    a struct matrix belongs to one thread */
#ifndef BASE_MATRIX_H
#define BASE_MATRIX_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/http.h"

#define MATRIX_ID_MAX	256	/* bytes of a user, room or event id, and NUL */

struct matrix {
	const char	*homeserver, *token;	/* borrowed */
	/* asked about once a second: give up? NULL: never */
	bool		(*stop)(void *arg);
	void		*arg;
};

/* How a request ended. */
enum matrix_how {
	MATRIX_OK,
	MATRIX_AWAY,	/* nobody answered, or 5xx; perhaps it was done */
	MATRIX_LIMITED,	/* 429: wait_ms */
	MATRIX_TOKEN,	/* the token is not (or no more) good */
	MATRIX_NO	/* refused: errcode */
};

struct matrix_reply {
	enum matrix_how	 how;
	int		 status;
	int64_t		 wait_ms;
	char		 errcode[64];	/* "" none */
	json_t		*json;		/* an object, or NULL; the caller's */
	struct err	 why;		/* unless MATRIX_OK */
};

/* method PATH with body (NULL: none). path begins with "/_matrix/". */
enum matrix_how matrix_call(const struct matrix *m, const char *method,
	    const char *path, const json_t *body, int64_t timeout_ms,
	    struct matrix_reply *reply_out);
/* The same with bytes of a type for a body. */
enum matrix_how matrix_upload(const struct matrix *m, const char *path,
	    const char *type, struct slice body, int64_t timeout_ms,
	    struct matrix_reply *reply_out);
/* A file: bytes appended to out. A redirect is followed once, then without our
 * token. */
enum matrix_how matrix_download(const struct matrix *m, const char *path,
	    int64_t timeout_ms, struct buf *out,
	    struct matrix_reply *reply_out);
void	matrix_reply_free(struct matrix_reply *reply);

/* A path of parts: fmt with %s for parts that are escaped, appended. */
void	matrix_path(struct buf *out, const char *fmt, ...);
/* The text of a member; "" when it is none. */
const char *matrix_text(const json_t *object, const char *key);

/* Whose token is it? user_out gets the user id. */
enum matrix_how matrix_whoami(const struct matrix *m,
	    char user_out[MATRIX_ID_MAX], struct matrix_reply *reply_out);
/* Does the server speak this version ("v1.11") or a later one of v1? */
enum matrix_how matrix_speaks(const struct matrix *m, int minor,
	    bool *speaks_out, struct matrix_reply *reply_out);

#endif
