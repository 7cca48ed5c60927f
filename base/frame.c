#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"

#define PIECE	65536		/* bytes read at once */
#define FDS_MAX	8		/* descriptors looked for in one message */

void
frame_put(struct buf *buf, uint64_t value, int bytes)
{
	while (bytes-- > 0)
		buf_addc(buf, (char)(value >> (8 * bytes)));
}

bool
frame_take(struct slice *s, int bytes, uint64_t *value_out)
{
	uint64_t value = 0;
	int i;

	if (s->len < (size_t)bytes)
		return false;
	for (i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)s->p[i];
	s->p += bytes;
	s->len -= (size_t)bytes;
	*value_out = value;
	return true;
}

/* Wait until fd is ready for events; nothing to do without a deadline. */
static enum frame_end
await(int fd, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int rc;

	if (deadline_ms == FRAME_NO_DEADLINE)
		return FRAME_OK;
	for (;;) {
		left = deadline_ms - clock_mono_ms();
		if (left < 0)
			left = 0;
		rc = poll(&p, 1, left > 60000 ? 60000 : (int)left);
		if (rc > 0)
			return FRAME_OK;
		if (rc == -1 && errno != EINTR)
			return FRAME_BROKEN;
		if (left == 0)
			return FRAME_TIMEOUT;
	}
}

/* One write, with the descriptor if there is one. */
static ssize_t
put_some(int fd, struct slice s, int pass_fd, bool waits)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)s.p, s.len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (waits)
		return write(fd, s.p, s.len);
	if (pass_fd != -1) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof control;
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pass_fd, sizeof pass_fd);
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static enum frame_end
put_all(int fd, struct slice s, int pass_fd, int64_t deadline_ms)
{
	enum frame_end end;
	ssize_t n;

	while (s.len > 0) {
		end = await(fd, POLLOUT, deadline_ms);
		if (end != FRAME_OK)
			return end;
		n = put_some(fd, s, pass_fd,
		    deadline_ms == FRAME_NO_DEADLINE);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n == -1)
			return errno == EPIPE || errno == ECONNRESET ?
			    FRAME_CLOSED : FRAME_BROKEN;
		pass_fd = -1;
		s.p += n;
		s.len -= (size_t)n;
	}
	return FRAME_OK;
}

static void
put_length(size_t len, char out[4])
{
	int i;

	for (i = 0; i < 4; i++)
		out[i] = (char)(len >> (24 - 8 * i));
}

enum frame_end
frame_send(int fd, char kind, struct slice payload, int pass_fd,
    int64_t deadline_ms)
{
	char head[FRAME_HEAD];
	enum frame_end end;

	put_length(payload.len, head);
	head[4] = kind;
	end = put_all(fd, (struct slice){ head, sizeof head }, pass_fd,
	    deadline_ms);
	return end == FRAME_OK ? put_all(fd, payload, -1, deadline_ms) : end;
}

/* Keep the first descriptor that came, close what is not wanted. */
static void
take_fds(struct msghdr *msg, int *fd_out)
{
	struct cmsghdr *c;
	size_t i, n;
	int fd;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof fd;
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (fd_out != NULL && *fd_out == -1)
				*fd_out = fd;
			else
				close(fd);
		}
	}
}

/* One read of at most len bytes; 0: the other side closed. */
static ssize_t
get_some(int fd, void *p, size_t len, int *fd_out, bool waits)
{
	char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct iovec iov = { p, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof control };
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC |
	    (waits ? 0 : MSG_DONTWAIT));

	if (n >= 0)
		take_fds(&msg, fd_out);
	return n;
}

/* Exactly len bytes, appended to out. */
static enum frame_end
get_all(int fd, struct buf *out, size_t len, int *fd_out, int64_t deadline_ms)
{
	char piece[PIECE];
	enum frame_end end;
	size_t want, got = 0;
	ssize_t n;

	while (got < len) {
		end = await(fd, POLLIN, deadline_ms);
		if (end != FRAME_OK)
			return end;
		want = len - got < sizeof piece ? len - got : sizeof piece;
		n = get_some(fd, piece, want, fd_out,
		    deadline_ms == FRAME_NO_DEADLINE);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return n == -1 && errno != ECONNRESET ? FRAME_BROKEN :
			    got == 0 ? FRAME_CLOSED : FRAME_BROKEN;
		buf_add(out, piece, (size_t)n);
		if (out->failed)
			return FRAME_BROKEN;
		got += (size_t)n;
	}
	return FRAME_OK;
}

enum frame_end
frame_recv(int fd, char *kind_out, struct buf *payload, int *fd_out,
    int64_t deadline_ms)
{
	struct buf head = BUF_INIT(FRAME_HEAD);
	struct slice s;
	uint64_t len = 0;
	enum frame_end end;

	if (fd_out != NULL)
		*fd_out = -1;
	buf_reset(payload);
	end = get_all(fd, &head, FRAME_HEAD, fd_out, deadline_ms);
	if (end != FRAME_OK)
		goto out;
	s = buf_slice(&head);
	frame_take(&s, 4, &len);
	*kind_out = s.p[0];
	end = len > payload->max ? FRAME_TOO_LONG :
	    get_all(fd, payload, (size_t)len, fd_out, deadline_ms);
	if (end == FRAME_CLOSED)
		end = FRAME_BROKEN;
out:
	buf_free(&head);
	return end;
}

enum frame_end
frame_send_plain(int fd, struct slice payload, int64_t deadline_ms)
{
	char head[4];
	enum frame_end end;

	put_length(payload.len, head);
	end = put_all(fd, (struct slice){ head, sizeof head }, -1,
	    deadline_ms);
	return end == FRAME_OK ? put_all(fd, payload, -1, deadline_ms) : end;
}

enum frame_end
frame_recv_plain(int fd, struct buf *payload, int64_t deadline_ms)
{
	struct buf head = BUF_INIT(4);
	struct slice s;
	uint64_t len = 0;
	enum frame_end end;

	buf_reset(payload);
	end = get_all(fd, &head, 4, NULL, deadline_ms);
	if (end == FRAME_OK) {
		s = buf_slice(&head);
		frame_take(&s, 4, &len);
		end = len > payload->max ? FRAME_TOO_LONG :
		    get_all(fd, payload, (size_t)len, NULL, deadline_ms);
	}
	buf_free(&head);
	return end;
}
