/* serve - the process that answers: files, store, sandbox, server. */
#ifndef WEBVIEW_SERVE_H
#define WEBVIEW_SERVE_H

#include <signal.h>

#include "desk/settings.h"

/* Answer on the listening fd, in the sandbox, until SIGTERM or SIGINT, which
 * set must hold and be blocked. A byte is written to ready_fd when all runs.
 * 0; or 70, 75 after saying why. */
int	serve(const struct settings *settings, int fd, int ready_fd,
	    const sigset_t *set);

#endif
