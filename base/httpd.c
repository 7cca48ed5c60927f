#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/httpd.h"
#include "base/text.h"

#define BACKLOG		256
#define HEAD_MAX	((size_t)16384)	/* bytes of a head, about */
#define STACK		((size_t)512 << 10)
#define CROWD		(HTTPD_CONNECTIONS * 3 / 4)
#define LOOK_MS		250		/* between two looks at the time */
#define IDLE_S		20		/* the library's own: above ours */
#define FORGET_MAX	((int64_t)32 << 20)	/* of a body that is too long */
#define ANSWER_MAX	((size_t)1 << 20)

struct conn {
	TAILQ_ENTRY(conn)	 all;		/* oldest wait first */
	int			 fd;
	bool			 busy;		/* a handler has it */
	int64_t			 until_ms;	/* monotonic */
};
TAILQ_HEAD(conn_list, conn);

struct httpd {
	struct httpd_options	 options;
	struct MHD_Daemon	*mhd;
	pthread_mutex_t		 lock;
	pthread_cond_t		 wake;
	pthread_t		 reaper;
	struct conn_list	 conns;
	int			 nconns;
	int64_t			 bodies;	/* bytes */
	bool			 stopping;
};

struct exchange {
	struct httpd_request	 request;
	struct httpd		*httpd;
	struct MHD_Connection	*mhd;
	struct buf		 body;
	int64_t			 forgotten;	/* bytes */
	int			 fault;		/* status that refuses it */
	bool			 answered;
};

/* ---- fields ---- */

struct count {
	const char	*name, *value;
	int		 n;
};

static enum MHD_Result
count_field(void *arg, enum MHD_ValueKind kind, const char *key,
    const char *value)
{
	struct count *count = arg;

	(void)kind;
	if (strcasecmp(key, count->name) == 0) {
		count->n++;
		count->value = value;
	}
	return MHD_YES;
}

static int
fields_of(const struct exchange *x, const char *name, const char **value_out)
{
	struct count count = { name, NULL, 0 };

	MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, count_field,
	    &count);
	*value_out = count.value;
	return count.n;
}

const char *
httpd_field(const struct httpd_request *request, const char *name)
{
	const char *value;

	return fields_of(request->inside, name, &value) == 1 ? value : NULL;
}

/* ---- connections and their time ---- */

static struct conn *
conn_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}

/* What it does from now on may take so long; who waits stands last. */
static void
conn_does(struct httpd *httpd, struct conn *conn, bool busy, int64_t ms)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&httpd->lock);
	conn->busy = busy;
	conn->until_ms = clock_mono_ms() + ms;
	TAILQ_REMOVE(&httpd->conns, conn, all);
	TAILQ_INSERT_TAIL(&httpd->conns, conn, all);
	pthread_mutex_unlock(&httpd->lock);
}

/* The lock is held. The library closes what was shut down. */
static void
end_conn(struct conn *conn)
{
	shutdown(conn->fd, SHUT_RDWR);
	conn->busy = true;		/* not twice */
	conn->until_ms = INT64_MAX;
}

static void
make_room(struct httpd *httpd)
{
	struct conn *conn;

	TAILQ_FOREACH(conn, &httpd->conns, all)
		if (!conn->busy) {
			end_conn(conn);
			return;
		}
}

static void
on_connection(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct httpd *httpd = arg;
	struct conn *conn = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *fd = MHD_get_connection_info(
		    mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

		conn = calloc(1, sizeof *conn);
		*context = conn;
		if (conn == NULL)
			return;
		conn->fd = fd->connect_fd;
		conn->until_ms = clock_mono_ms() + HTTPD_READ_MS;
	}
	pthread_mutex_lock(&httpd->lock);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		TAILQ_INSERT_TAIL(&httpd->conns, conn, all);
		if (++httpd->nconns > CROWD)
			make_room(httpd);
	} else if (conn != NULL) {
		TAILQ_REMOVE(&httpd->conns, conn, all);
		httpd->nconns--;
		free(conn);
		*context = NULL;
	}
	pthread_mutex_unlock(&httpd->lock);
}

static void *
reap(void *arg)
{
	struct httpd *httpd = arg;
	struct conn *conn;
	struct timespec ts;
	int64_t now;

	pthread_mutex_lock(&httpd->lock);
	while (!httpd->stopping) {
		now = clock_mono_ms();
		TAILQ_FOREACH(conn, &httpd->conns, all)
			if (conn->until_ms <= now)
				end_conn(conn);
		now += LOOK_MS;
		ts = (struct timespec){ now / 1000, now % 1000 * 1000000 };
		pthread_cond_timedwait(&httpd->wake, &httpd->lock, &ts);
	}
	pthread_mutex_unlock(&httpd->lock);
	return NULL;
}

/* ---- requests ---- */

static int
fault_of(const struct exchange *x)
{
	const char *value;
	int lengths;
	uint64_t n;

	if (fields_of(x, "Transfer-Encoding", &value) > 0)
		return MHD_HTTP_LENGTH_REQUIRED;
	lengths = fields_of(x, "Content-Length", &value);
	if (lengths == 0)
		return 0;
	if (lengths > 1 || !text_u64(slice_of(value), &n))
		return MHD_HTTP_BAD_REQUEST;
	return n > x->httpd->options.body_max ? MHD_HTTP_CONTENT_TOO_LARGE : 0;
}

static struct exchange *
begin(struct httpd *httpd, struct MHD_Connection *mhd, const char *method,
    const char *path)
{
	struct exchange *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL;
	x->httpd = httpd;
	x->mhd = mhd;
	x->body = BUF_INIT(httpd->options.body_max);
	x->request = (struct httpd_request){ .method = method, .path = path,
	    .inside = x };
	x->fault = fault_of(x);
	return x;
}

/* false: there is no room for it now. */
static bool
count_body(struct httpd *httpd, int64_t bytes)
{
	bool fits;

	pthread_mutex_lock(&httpd->lock);
	fits = bytes < 0 || httpd->bodies + bytes <= HTTPD_BODIES_MAX;
	if (fits)
		httpd->bodies += bytes;
	pthread_mutex_unlock(&httpd->lock);
	return fits;
}

static enum MHD_Result
take(struct exchange *x, const char *data, size_t size)
{
	size_t was = x->body.cap;

	if (x->fault == 0) {
		buf_add(&x->body, data, size);
		if (x->body.failed || !count_body(x->httpd,
		    (int64_t)(x->body.cap - was)))
			x->fault = MHD_HTTP_SERVICE_UNAVAILABLE;
		/* what was not counted is not taken off again */
		if (x->fault != 0) {
			count_body(x->httpd, -(int64_t)was);
			buf_free(&x->body);
		}
		return MHD_YES;
	}
	x->forgotten += (int64_t)size;
	return x->forgotten > FORGET_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result
answer(struct exchange *x)
{
	struct httpd *httpd = x->httpd;
	struct httpd_response r = { .status = x->fault,
	    .body = BUF_INIT(ANSWER_MAX) };
	struct MHD_Response *out;
	enum MHD_Result rc;

	x->answered = true;
	conn_does(httpd, conn_of(x->mhd), true, HTTPD_ANSWER_MS);
	x->request.body = buf_slice(&x->body);
	if (x->fault == 0)
		httpd->options.handler(&x->request, &r, httpd->options.arg);
	out = MHD_create_response_from_buffer(r.body.len, r.body.p == NULL ?
	    (void *)"" : r.body.p, MHD_RESPMEM_MUST_COPY);
	buf_free(&r.body);
	if (out == NULL)
		return MHD_NO;
	if (r.type != NULL)
		MHD_add_response_header(out, "Content-Type", r.type);
	if (r.allow != NULL)
		MHD_add_response_header(out, "Allow", r.allow);
	if (x->fault != 0)
		MHD_add_response_header(out, "Connection", "close");
	rc = MHD_queue_response(x->mhd, (unsigned)r.status, out);
	MHD_destroy_response(out);
	return rc;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **context)
{
	struct exchange *x = *context;

	(void)version;
	if (x == NULL) {
		*context = begin(arg, mhd, method, url);
		return *context == NULL ? MHD_NO : MHD_YES;
	}
	if (*size > 0) {
		enum MHD_Result rc = take(x, data, *size);

		*size = 0;
		return rc;
	}
	return x->answered ? MHD_YES : answer(x);
}

static void
on_end(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *context;
	struct httpd *httpd = arg;

	(void)code;
	if (x == NULL)
		return;
	conn_does(httpd, conn_of(mhd), false, HTTPD_READ_MS);
	count_body(httpd, -(int64_t)x->body.cap);
	buf_free(&x->body);
	free(x);
	*context = NULL;
}

/* ---- life ---- */

static int
listen_unix(const char *path, int *fd_out, struct err *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (snprintf(sun.sun_path, sizeof sun.sun_path, "%s", path) >=
	    (int)sizeof sun.sun_path)
		return err_set(err, ERR_INPUT, "%s: too long a path", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_set(err, ERR_FATAL, "socket: %s", strerror(errno));
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof sun) == -1 ||
	    chmod(path, 0660) == -1 || listen(fd, BACKLOG) == -1) {
		err_set(err, ERR_RETRY, "%s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	*fd_out = fd;
	return 0;
}

static int
listen_at(const struct addrinfo *ai)
{
	int one = 1, fd = socket(ai->ai_family, ai->ai_socktype |
	    SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
listen_tcp(const char *place, int *fd_out, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE }, *list = NULL;
	const char *colon = strrchr(place, ':'), *host = place;
	char name[256];
	int fd, rc, n;

	if (colon == NULL)
		return err_set(err, ERR_INPUT, "%s: no port", place);
	n = (int)(colon - place);
	if (n >= 2 && place[0] == '[' && colon[-1] == ']') {
		host++;
		n -= 2;
	}
	snprintf(name, sizeof name, "%.*s", n, host);
	rc = getaddrinfo(name, colon + 1, &hints, &list);
	if (rc != 0)
		return err_set(err, ERR_RETRY, "%s: %s", place,
		    gai_strerror(rc));
	fd = listen_at(list);
	if (fd == -1)
		err_set(err, ERR_RETRY, "%s: %s", place, strerror(errno));
	freeaddrinfo(list);
	if (fd == -1)
		return -1;
	*fd_out = fd;
	return 0;
}

static void	ignore(void *arg, const char *fmt, va_list ap)
	    __attribute__((format(printf, 2, 0)));

/* The library tells of what strangers send: of no use to anybody. */
static void
ignore(void *arg, const char *fmt, va_list ap)
{
	(void)arg;
	(void)fmt;
	(void)ap;
}

static struct MHD_Daemon *
serve(struct httpd *httpd, int fd)
{
	return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION |
	    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC |
	    MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, httpd,
	    MHD_OPTION_EXTERNAL_LOGGER, ignore, NULL,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_THREAD_STACK_SIZE, STACK,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTPD_CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_MAX,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_NOTIFY_COMPLETED, on_end, httpd,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, httpd,
	    MHD_OPTION_END);
}

static void
stop_reaper(struct httpd *httpd)
{
	pthread_mutex_lock(&httpd->lock);
	httpd->stopping = true;
	pthread_cond_broadcast(&httpd->wake);
	pthread_mutex_unlock(&httpd->lock);
	pthread_join(httpd->reaper, NULL);
}

static void
dispose(struct httpd **httpd)
{
	pthread_cond_destroy(&(*httpd)->wake);
	pthread_mutex_destroy(&(*httpd)->lock);
	free(*httpd);
	*httpd = NULL;
}

static struct httpd *
make(const struct httpd_options *options)
{
	struct httpd *httpd = calloc(1, sizeof *httpd);
	pthread_condattr_t attr;

	if (httpd == NULL)
		return NULL;
	httpd->options = *options;
	TAILQ_INIT(&httpd->conns);
	pthread_mutex_init(&httpd->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&httpd->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&httpd->reaper, NULL, reap, httpd) != 0)
		dispose(&httpd);
	return httpd;
}

int
httpd_start(const struct httpd_options *options, struct httpd **httpd_out,
    struct err *err)
{
	struct httpd *httpd;
	int fd;

	if ((text_istarts(slice_of(options->place), "unix:") ?
	    listen_unix(options->place + 5, &fd, err) :
	    listen_tcp(options->place, &fd, err)) == -1)
		return -1;
	httpd = make(options);
	if (httpd != NULL)
		httpd->mhd = serve(httpd, fd);
	if (httpd == NULL || httpd->mhd == NULL) {
		close(fd);
		if (httpd != NULL) {
			stop_reaper(httpd);
			dispose(&httpd);
		}
		return err_set(err, ERR_FATAL, "%s: the server does not start",
		    options->place);
	}
	*httpd_out = httpd;
	return 0;
}

void
httpd_stop(struct httpd **httpd)
{
	MHD_socket fd;

	if (*httpd == NULL)
		return;
	fd = MHD_quiesce_daemon((*httpd)->mhd);
	if (fd != MHD_INVALID_SOCKET)
		close(fd);
	MHD_stop_daemon((*httpd)->mhd);
	stop_reaper(*httpd);
	dispose(httpd);
}
