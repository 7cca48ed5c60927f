/* answerer - the thread behind the requests socket (base/requests.h): ping and
 * wake. One connection at a time, each with a short deadline. */
#ifndef DAEMON_ANSWERER_H
#define DAEMON_ANSWERER_H

#include "base/err.h"

struct answerer;

/* wake: something was committed by another program. */
int	answerer_start(const char *store_path, void (*wake)(void *arg),
	    void *arg, struct answerer **answerer_out, struct err *err);
void	answerer_stop(struct answerer **answerer);	/* NULL-safe */

#endif
