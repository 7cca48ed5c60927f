/* netstream - one connection to a mail server, plain or TLS, that can never
 * hang, spin or grow.
 *
 * Deadline    absolute: netstream_limit() says how long, and how many bytes,
 *             what follows may take altogether; a dripping server is stopped
 * Cancel      every wait also watches stop_fd (readable: give up)
 * TLS         1.2 and 1.3; chain and host name verified against ca_file or the
 *             system's trust; SNI sent
 * Descriptors poll only: numbers above 1023 work. No SIGPIPE
 * Errors      the first one stays (netstream_fault) and every later call fails.
 *             ERR_INPUT: the configuration or the certificate; ERR_RETRY: the
 *             network, a time-out, cancelled
 * Threads     one stream, one thread */
#ifndef BASE_NETSTREAM_H
#define BASE_NETSTREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct netstream;

struct netstream_peer {
	const char	*host;
	int		 port;
	const char	*ca_file;	/* "" the system's trust */
	int		 stop_fd;	/* -1: none */
};

/* Look the name up (never longer than ms) and connect; ms bounds both. peer's
 * strings are copied. */
int	netstream_open(const struct netstream_peer *peer, int64_t ms,
	    struct netstream **ns_out, struct err *err);
void	netstream_close(struct netstream **ns);			/* NULL-safe */
/* Handshake and verify on the connection as it is, within the limit set. */
int	netstream_tls(struct netstream *ns, struct err *err);

void	netstream_limit(struct netstream *ns, int64_t ms, int64_t bytes);
/* Bytes read, at least one; -1 on end of stream too. */
ssize_t	netstream_read(struct netstream *ns, void *p, size_t len);
/* len, or -1. */
ssize_t	netstream_write(struct netstream *ns, const void *p, size_t len);
/* 1: bytes can be read (or the end has come); 0: ms have passed or stop_fd is
 * readable; -1 broken. */
int	netstream_wait(struct netstream *ns, int64_t ms);

/* Last words: stop_fd no longer counts, but all that follows has ms together. */
void	netstream_finish(struct netstream *ns, int64_t ms);

int	netstream_fd(const struct netstream *ns);
bool	netstream_stopped(const struct netstream *ns);	/* stop_fd readable */
/* The first failure; code ERR_NONE while there is none. */
const struct err *netstream_fault(const struct netstream *ns);

#endif
