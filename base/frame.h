/* frame - how two of our processes talk over an AF_UNIX stream socket.
 *
 *	frame = length kind payload
 *	length = 4 bytes, big endian, of the payload
 *	kind = 1 byte
 *
 * A frame may carry one descriptor (SCM_RIGHTS) with its first byte; received
 * ones are close-on-exec, and more than one are closed unseen.
 *
 * Bounded     a payload longer than the given max is not read
 * Deadline    clock_mono_ms(); FRAME_NO_DEADLINE waits for ever, with no other
 *             system call than recvmsg and write: fit for the sandbox
 * Threads     any, one at a time on each side of a socket */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

#define FRAME_HEAD		5	/* bytes before the payload */
#define FRAME_NO_DEADLINE	INT64_MAX

enum frame_end {
	FRAME_OK,
	FRAME_CLOSED,		/* the other side is gone */
	FRAME_TIMEOUT,
	FRAME_TOO_LONG,		/* a length above max */
	FRAME_BROKEN		/* cut in the middle, or no memory */
};

/* pass_fd -1: none. With a deadline the socket's end never raises SIGPIPE. */
enum frame_end frame_send(int fd, char kind, struct slice payload,
	    int pass_fd, int64_t deadline_ms);
/* The payload is put into *payload, which is reset first; payload->max is the
 * longest taken. fd_out NULL: descriptors are not wanted, and closed; else -1
 * or a descriptor that is the caller's, also when this fails. */
enum frame_end frame_recv(int fd, char *kind_out, struct buf *payload,
	    int *fd_out, int64_t deadline_ms);

/* The same without kind and descriptor: length and payload. A deadline there
 * must be. */
enum frame_end frame_send_plain(int fd, struct slice payload,
	    int64_t deadline_ms);
enum frame_end frame_recv_plain(int fd, struct buf *payload,
	    int64_t deadline_ms);

/* Big-endian numbers of the payloads. */
void	 frame_put(struct buf *buf, uint64_t value, int bytes);
/* Take bytes off the front of *s; false when there are not as many. */
bool	 frame_take(struct slice *s, int bytes, uint64_t *value_out);

#endif
