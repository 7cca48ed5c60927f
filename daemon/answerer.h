/* answerer - the thread behind the requests socket (base/requests.h). One
 * connection at a time, each with a short deadline. What it answers:
 *
 *	{type:ping}                         version, pid
 *	{type:wake}                         something was committed
 *	{type:login-consume, token, agent}  session, until_ms; uses the link up
 *	{type:logout, session}
 *	{type:viewed, person, ticket}       a row a day
 *
 * An answer with retry:true failed for now only. */
#ifndef DAEMON_ANSWERER_H
#define DAEMON_ANSWERER_H

#include "base/err.h"
#include "desk/settings.h"

struct answerer;

/* settings are borrowed until answerer_stop. wake: something was committed by
 * another program. */
int	answerer_start(const struct settings *settings,
	    void (*wake)(void *arg), void *arg,
	    struct answerer **answerer_out, struct err *err);
void	answerer_stop(struct answerer **answerer);	/* NULL-safe */

#endif
