/* conns - every connection of a browser, and until when it may live.
 *
 * The HTTP library closes who is silent; who sends a byte a second it would
 * keep for ever. So each connection has a time in all for what it is doing, and
 * a thread that ends those that are over. When many connections wait for a
 * request, they are given less.
 *
 * Ending     shutdown(2), which the library sees as the other side's end; the
 *            descriptor is closed by the library, after conn_gone
 * Threads    any */
#ifndef WEBVIEW_CONNS_H
#define WEBVIEW_CONNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CONNS_MAX	2048		/* at a time */
#define CONNS_MANY	512		/* from here on the wait is short */
#define CONNS_WAIT_MS	15000		/* idle, and a request's head */
#define CONNS_SHORT_MS	3000		/* the same when there are many */

struct conns;
struct conn;

/* per_peer: connections of one address at a time; 0 any. */
int	conns_start(int per_peer, struct conns **conns_out, struct err *err);
void	conns_stop(struct conns **conns);		/* NULL-safe */

/* May this address have one more? Addresses of this machine and of unix
 * sockets may: a proxy has them. */
bool	conns_admit(struct conns *conns, const struct sockaddr *peer);
/* NULL: no memory or too many; the connection should be ended. */
struct conn *conn_come(struct conns *conns, int fd,
	    const struct sockaddr *peer);
void	conn_gone(struct conns *conns, struct conn *conn);
/* A request has begun, which may take so long in all. */
void	conn_busy(struct conns *conns, struct conn *conn, int64_t ms);
/* How many have begun one that is not over. */
int	conns_busy(struct conns *conns);
/* It is over: the next is waited for. */
void	conn_waits(struct conns *conns, struct conn *conn);
/* The address as text; "unix". */
const char *conn_peer(const struct conn *conn);

/* End those that are over by then (clock_mono_ms()); how many. */
int	conns_reap(struct conns *conns, int64_t now_ms);

#endif
