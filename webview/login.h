/* login - who is asking, and the pages to become somebody (contract §7).
 *
 * Cookie     random, HttpOnly, SameSite=Lax; with https Secure and __Host-
 * Writing    all of it is the daemon's (requests socket); without it nobody
 *            logs in or out, and reading goes on
 * CSRF       a POST must come from a page of ours: Sec-Fetch-Site, or Origin */
#ifndef WEBVIEW_LOGIN_H
#define WEBVIEW_LOGIN_H

#include "webview/ask.h"

/* Fill ask->page.viewer and ask->session; nobody is no error. -1: the store. */
int	login_who(struct ask *ask, struct err *err);
void	login_page(struct ask *ask);		/* GET /login */
void	login_link(struct ask *ask);		/* GET /login/TOKEN: a button */
void	login_use(struct ask *ask);		/* POST /login/TOKEN */
void	login_out(struct ask *ask);		/* POST /logout */
/* The viewer has looked at the ticket: noted once a day, by the daemon. */
void	login_viewed(struct ask *ask, int64_t ticket);

#endif
