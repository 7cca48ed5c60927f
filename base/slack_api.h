/* slack_api - calls of Slack's Web API, over base/http.
 *
 * Answers    JSON objects; 200 says nothing, "ok" and "error" do; 429 says how
 *            long a method is to be left alone, and until then it is not asked
 * Bounds     an answer of 8 MiB, a time for each call
 * Secrets    the token goes to the API and to Slack's own file hosts alone,
 *            and in no message
 * Threads    a struct slack_api belongs to one thread */
#ifndef BASE_SLACK_API_H
#define BASE_SLACK_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define SLACK_API_MS		20000	/* for a call */
#define SLACK_API_METHODS	16	/* that are left alone at a time */

struct slack_api {
	const char	*url, *token;		/* borrowed */
	/* asked about once a second: give up? NULL: never */
	bool		(*stop)(void *arg);
	void		*arg;
	struct {
		char	method[48];
		int64_t	until_ms;		/* monotonic */
	} paused[SLACK_API_METHODS];
};

/* How a call ended: what to do next. */
enum slack_api_how {
	SLACK_API_OK,
	SLACK_API_AWAY,		/* nobody answered, or 5xx; perhaps it was done */
	SLACK_API_LIMITED,	/* surely not done: wait_ms */
	SLACK_API_SHUT,		/* the token is not (or no more) good for it */
	SLACK_API_NO		/* refused: error */
};

struct slack_api_reply {
	enum slack_api_how how;
	int		 status;
	int64_t		 wait_ms;
	char		 error[64];	/* Slack's word; "" none */
	json_t		*json;		/* an object, or NULL; the caller's */
	struct err	 why;		/* unless SLACK_API_OK */
};

/* A method with JSON for arguments. Texts of reply_out live as long as its json. */
enum slack_api_how slack_api_call(struct slack_api *api, const char *method,
	    const json_t *arguments, int64_t timeout_ms,
	    struct slack_api_reply *reply_out);
/* The same with texts as a form, NULL at the end: for methods that read. */
enum slack_api_how slack_api_ask(struct slack_api *api,
	    struct slack_api_reply *reply_out, const char *method, ...)
	    __attribute__((sentinel));
/* Bytes to the address that files.getUploadURLExternal gave; no token. */
enum slack_api_how slack_api_upload(struct slack_api *api, const char *url,
	    struct slice bytes, int64_t timeout_ms,
	    struct slack_api_reply *reply_out);
/* A file, appended to out. NO: an address that is not Slack's, a page to log in
 * instead of a file, more than out takes. */
enum slack_api_how slack_api_download(struct slack_api *api, const char *url,
	    int64_t timeout_ms, struct buf *out,
	    struct slack_api_reply *reply_out);
/* An answer to a command or click, at its response_url: no token. */
enum slack_api_how slack_api_respond(struct slack_api *api, const char *url,
	    const json_t *body, int64_t timeout_ms,
	    struct slack_api_reply *reply_out);
void	slack_api_free(struct slack_api_reply *reply);

/* The text of a member; "" when it is none. */
const char *slack_api_text(const json_t *object, const char *key);
/* May a token be sent there: https at a host of Slack's, or where the API
 * is? */
bool	slack_api_is_ours(const struct slack_api *api, const char *url);

#endif
