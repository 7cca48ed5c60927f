/* ask - one request while it is being answered, and the answers that routes,
 * login and health share. */
#ifndef WEBVIEW_ASK_H
#define WEBVIEW_ASK_H

#include "desk/settings.h"
#include "webview/files.h"
#include "webview/http.h"
#include "webview/page.h"
#include "webview/pool.h"
#include "webview/query.h"

struct site {			/* as long as the server lives */
	const struct settings	*settings;
	const struct files	*files;
	struct pool		*pool;
	struct template_cache	*templates;
	const char		*base;	/* "", or "/desk": before each path */
	bool			 https;
	_Atomic int64_t		*quiet_until_ms;	/* monotonic: views are not
						 * noted until then */
};

struct ask {
	const struct site	*site;
	const struct http_request *http;
	struct http_response	*out;
	struct target		 target;
	const char		*path;	/* behind the base */
	struct page_request	 page;
	const char		*rest;	/* "*" of the route */
	const char		*session;	/* of the cookie; "" */
	bool			 store_failed;	/* for good */
	struct kept		*kept;	/* of the connection */
};

/* Answers. Each says the security fields, and that nobody may keep it. */
void	ask_answer(struct ask *ask, int status, const char *type,
	    const char *text);
void	ask_redirect(struct ask *ask, const char *path);	/* behind base */
/* A page that says what is wrong and what to do, or JSON that does. */
void	ask_problem(struct ask *ask, int status, const char *title,
	    const char *what_to_do);
/* What a page_* function left. */
void	ask_page(struct ask *ask, struct page_answer *answer);
/* The same words on a page that needs neither store nor template. */
void	ask_plain(struct http_response *out, bool https, int status);

/* The address behind the base, for a link. */
const char *ask_url(const struct ask *ask, const char *path);
/* Did the request come from a proxy that is believed? */
bool	ask_from_proxy(const struct ask *ask);

#endif
