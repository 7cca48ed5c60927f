/* requests - the socket by which our other programs ask the daemon something
 * (design §3): requests.sock beside the store, group-accessible.
 *
 *	message = length JSON-object
 *	length = 4 bytes, big endian, of the JSON
 *
 * A connection is one request, {"type":NAME,…}, and one answer, {"ok":true,…}
 * or {"ok":false,"error":TEXT} (with "retry":true when it is so for now). */
#ifndef BASE_REQUESTS_H
#define BASE_REQUESTS_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

#define REQUESTS_MAX	65536	/* bytes of a message */

/* A listening socket; a stale file of a former daemon is replaced. */
int	requests_listen(const char *store_path, int *fd_out, struct err *err);
void	requests_unlink(const char *store_path);
/* One message; deadline: clock_mono_ms(). */
int	requests_read(int fd, int64_t deadline_ms, json_t **message_out,
	    struct err *err);
int	requests_write(int fd, const json_t *message, int64_t deadline_ms,
	    struct err *err);
/* Ask the daemon of that store; the answer's ok is checked. ERR_RETRY: it is
 * away or busy; ERR_INPUT: it refuses. answer_out NULL: not wanted. */
int	requests_call(const char *store_path, const json_t *request,
	    int64_t wait_ms, json_t **answer_out, struct err *err);
/* "Something was committed": no answer is waited for long, no failure matters,
 * since the daemon looks by itself each second. */
void	requests_wake(const char *store_path);

#endif
