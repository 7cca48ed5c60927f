#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "webview/conns.h"
#include "webview/http.h"
#include "webview/query.h"

#define BACKLOG		1024
#define IDLE_SECONDS	20	/* the library's own: above ours */
#define DRAIN_MS	3000	/* for what has begun, when we stop */
#define LOOK_MS		20	/* at whether it is over */
#define STREAM_BLOCK	16384	/* bytes read at once */

struct http {
	struct http_options	 options;
	struct MHD_Daemon	*mhd;
	struct conns		*conns;
	_Atomic int64_t		 unsent;	/* bytes of bodies */
	_Atomic int		 streams;
};

/* One request, from its first line until its answer is sent. */
struct exchange {
	struct http_request	 request;
	struct http_note	 note;
	struct http		*http;
	struct conn		*conn;
	struct MHD_Connection	*mhd;
	struct buf		 body;
	char			*target;
	bool			 begun, answered;
	int			 status;
	int64_t			 bytes;
};

/* A body while it is sent. */
struct parcel {
	struct http		*http;
	struct buf		 body;
	struct http_stream	 stream;
	struct arena		*arena;		/* that the stream lives in */
};

void
http_add(struct http_response *response, const char *name, const char *value)
{
	if (value == NULL || response->nfields == HTTP_FIELDS_MAX)
		return;
	response->fields[response->nfields].name = name;
	response->fields[response->nfields++].value = value;
}

/* ---- what no sound client sends ---- */

struct count {
	const char	*name;
	int		 n;
};

static enum MHD_Result
count_field(void *arg, enum MHD_ValueKind kind, const char *key,
    const char *value)
{
	struct count *count = arg;

	(void)kind;
	(void)value;
	count->n += strcasecmp(key, count->name) == 0;
	return MHD_YES;
}

static int
fields_of(const struct exchange *x, const char *name)
{
	struct count count = { name, 0 };

	MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, count_field,
	    &count);
	return count.n;
}

const char *
http_field(const struct http_request *request, const char *name)
{
	const struct exchange *x = request->inside;

	if (fields_of(x, name) != 1)
		return NULL;
	return MHD_lookup_connection_value(x->mhd, MHD_HEADER_KIND, name);
}

bool
http_has(const struct http_request *request, const char *name)
{
	return fields_of(request->inside, name) > 0;
}

/* A field whose name is no token (RFC 9110 5.6.2): the library takes "X :". */
static enum MHD_Result
look_at_name(void *arg, enum MHD_ValueKind kind, const char *key,
    const char *value)
{
	bool *odd = arg;

	(void)kind;
	(void)value;
	for (const char *p = key; *p != '\0'; p++)
		if (!text_is_alnum(*p) && strchr("!#$%&'*+-.^_`|~", *p) ==
		    NULL)
			*odd = true;
	if (key[0] == '\0')
		*odd = true;
	return MHD_YES;
}

static bool
has_odd_names(const struct exchange *x)
{
	bool odd = false;

	MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, look_at_name,
	    &odd);
	return odd;
}

/* Fields that may stand once at most: two of them are two stories. */
static bool
has_doubles(const struct exchange *x)
{
	static const char *const once[] = { "Host", "Cookie", "Origin",
	    "Sec-Fetch-Site", "Content-Type", "Accept", "If-None-Match",
	    "User-Agent" };

	for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
		if (fields_of(x, once[i]) > 1)
			return true;
	return false;
}

/* A method that nothing here has: answered without reading what it brings. */
static bool
is_other(const struct exchange *x)
{
	static const char *const ours[] = { "GET", "HEAD", "POST" };

	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (strcmp(x->request.method, ours[i]) == 0)
			return false;
	return true;
}

/* 0, or the status that refuses it. */
static int
fault_of(const struct exchange *x)
{
	int lengths = fields_of(x, "Content-Length");
	bool post = strcmp(x->request.method, "POST") == 0;
	const char *length;
	uint64_t n;

	if (x->target == NULL)
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	if (strlen(x->target) > QUERY_TARGET_MAX)
		return MHD_HTTP_URI_TOO_LONG;
	if (fields_of(x, "Transfer-Encoding") > 0 || lengths > 1 ||
	    has_doubles(x) || has_odd_names(x))
		return MHD_HTTP_BAD_REQUEST;
	if (!post)
		return lengths > 0 && !is_other(x) ? MHD_HTTP_BAD_REQUEST : 0;
	length = http_field(&x->request, "Content-Length");
	if (length == NULL)
		return MHD_HTTP_LENGTH_REQUIRED;
	if (!text_u64(slice_of(length), &n))
		return MHD_HTTP_BAD_REQUEST;
	return n > HTTP_BODY_MAX ? MHD_HTTP_CONTENT_TOO_LARGE : 0;
}

/* ---- an answer ---- */

static void
parcel_free(void *arg)
{
	struct parcel *parcel = arg;

	if (parcel->stream.read != NULL) {
		parcel->stream.close(parcel->stream.self);
		atomic_fetch_sub(&parcel->http->streams, 1);
	}
	atomic_fetch_sub(&parcel->http->unsent, (int64_t)parcel->body.len);
	buf_free(&parcel->body);
	arena_free(&parcel->arena);
	free(parcel);
}

static ssize_t
parcel_read(void *arg, uint64_t pos, char *p, size_t len)
{
	struct parcel *parcel = arg;
	ssize_t n = parcel->stream.read(parcel->stream.self, p, len);

	(void)pos;
	if (n > 0)
		return n;
	return n == 0 ? MHD_CONTENT_READER_END_OF_STREAM :
	    MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *
stream_response(struct parcel *parcel)
{
	int64_t size = parcel->stream.size;

	return MHD_create_response_from_callback(size < 0 ? MHD_SIZE_UNKNOWN :
	    (uint64_t)size, STREAM_BLOCK, parcel_read, parcel, parcel_free);
}

/* NULL: too much is on its way. What the response holds is taken or freed. */
static struct MHD_Response *
wrap(struct exchange *x, struct http_response *r)
{
	struct http *http = x->http;
	struct MHD_Response *out;
	struct parcel *parcel;

	if (r->lasting.p != NULL)
		return MHD_create_response_from_buffer(r->lasting.len,
		    (void *)r->lasting.p, MHD_RESPMEM_PERSISTENT);
	parcel = calloc(1, sizeof *parcel);
	if (parcel == NULL) {
		if (r->stream.read != NULL)
			r->stream.close(r->stream.self);
		buf_free(&r->body);
		return NULL;
	}
	*parcel = (struct parcel){ .http = http, .body = r->body,
	    .stream = r->stream };
	r->body = BUF_INIT(0);
	if (parcel->stream.read != NULL) {
		atomic_fetch_add(&http->streams, 1);
		parcel->arena = x->request.arena;
		x->request.arena = NULL;
	}
	if (atomic_fetch_add(&http->unsent, (int64_t)parcel->body.len) >
	    HTTP_UNSENT_MAX || atomic_load(&http->streams) >
	    HTTP_STREAMS_MAX) {
		parcel_free(parcel);
		return NULL;
	}
	out = parcel->stream.read != NULL ? stream_response(parcel) :
	    MHD_create_response_from_buffer_with_free_callback_cls(
	    parcel->body.len, parcel->body.p == NULL ? (void *)"" :
	    parcel->body.p, parcel_free, parcel);
	if (out == NULL)
		parcel_free(parcel);
	return out;
}

/* Queue it. end: nothing more is read from this connection. */
static enum MHD_Result
answer(struct exchange *x, struct http_response *r, bool end)
{
	struct http *http = x->http;
	int64_t size = r->lasting.p != NULL ? (int64_t)r->lasting.len :
	    r->stream.read != NULL ? r->stream.size : (int64_t)r->body.len;
	struct MHD_Response *out = wrap(x, r);
	enum MHD_Result rc = MHD_YES;

	x->answered = true;
	if (out == NULL)
		return MHD_NO;
	for (size_t i = 0; i < r->nfields; i++)
		if (MHD_add_response_header(out, r->fields[i].name,
		    r->fields[i].value) != MHD_YES)
			rc = MHD_NO;
	if (end)
		MHD_add_response_header(out, "Connection", "close");
	x->status = r->status;
	x->bytes = size;
	conn_busy(http->conns, x->conn, HTTP_ANSWER_MS + (size < 0 ?
	    (int64_t)1 << 20 : size) / HTTP_BYTES_PER_S * 1000);
	if (rc == MHD_YES)
		rc = MHD_queue_response(x->mhd, (unsigned)r->status, out);
	MHD_destroy_response(out);
	return rc;
}

static enum MHD_Result
refuse(struct exchange *x, int status)
{
	struct http_response response = { .status = status };

	x->http->options.refuser(status, &response, x->http->options.arg);
	return answer(x, &response, true);
}

static enum MHD_Result
handle(struct exchange *x, bool end)
{
	struct http_response response = { 0 };
	enum MHD_Result rc;

	x->request.body = buf_slice(&x->body);
	x->request.arena = arena_new(HTTP_ARENA_MAX);
	if (x->request.arena == NULL)
		return refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE);
	x->http->options.handler(&x->request, &response,
	    x->http->options.arg);
	rc = answer(x, &response, end);
	arena_free(&x->request.arena);
	return rc;
}

/* ---- what the library calls ---- */

static struct conn *
conn_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}

/* The first line is there; what this returns comes back as *context. */
static void *
first_line(void *arg, const char *uri, struct MHD_Connection *mhd)
{
	struct exchange *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL;
	x->http = arg;
	x->mhd = mhd;
	x->body.max = HTTP_BODY_MAX;
	x->conn = conn_of(mhd);
	x->target = strdup(uri);
	return x;
}

static enum MHD_Result
begin(struct exchange *x, const char *method)
{
	int fault;

	x->begun = true;
	x->request = (struct http_request){ .method = method,
	    .target = x->target, .peer = conn_peer(x->conn),
	    .note = &x->note, .came_ms = clock_mono_ms(), .inside = x };
	conn_busy(x->http->conns, x->conn, HTTP_BODY_MS);
	fault = fault_of(x);
	if (fault != 0)
		return refuse(x, fault);
	return is_other(x) ? handle(x, true) : MHD_YES;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **context)
{
	struct exchange *x = *context;

	(void)arg;
	(void)mhd;
	(void)url;
	(void)version;
	if (x == NULL || x->conn == NULL)
		return MHD_NO;
	if (!x->begun)
		return begin(x, method);
	if (*size > 0) {
		buf_add(&x->body, data, *size);
		*size = 0;
		return x->body.failed ? MHD_NO : MHD_YES;
	}
	return x->answered ? MHD_YES : handle(x, false);
}

static void
on_end(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *context;
	struct http *http = arg;
	bool sent = code == MHD_REQUEST_TERMINATED_COMPLETED_OK;

	(void)mhd;
	if (x == NULL)
		return;
	if (x->begun)
		http->options.logger(&x->request, sent ? x->status : 0,
		    sent ? x->bytes : 0, clock_mono_ms() - x->request.came_ms,
		    http->options.arg);
	if (x->conn != NULL)
		conn_waits(http->conns, x->conn);
	arena_free(&x->request.arena);
	buf_free(&x->body);
	free(x->target);
	free(x);
	*context = NULL;
}

static void
on_connection(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *fd, *peer;
	struct http *http = arg;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		conn_gone(http->conns, *context);
		*context = NULL;
		return;
	}
	fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	peer = MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	*context = conn_come(http->conns, fd->connect_fd,
	    peer == NULL ? NULL : peer->client_addr);
}

static enum MHD_Result
on_peer(void *arg, const struct sockaddr *peer, socklen_t len)
{
	struct http *http = arg;

	(void)len;
	return conns_admit(http->conns, peer) ? MHD_YES : MHD_NO;
}

static void	on_trouble(void *arg, const char *fmt, va_list ap)
	    __attribute__((format(printf, 2, 0)));

static void
on_trouble(void *arg, const char *fmt, va_list ap)
{
	char line[200];

	(void)arg;
	vsnprintf(line, sizeof line, fmt, ap);
	log_at(LOG_DEBUG, "http", "the library says", LOG_S("text", line));
}

/* Targets are decoded by query.c, which is strict: here they stay as sent. */
static size_t
as_sent(void *arg, struct MHD_Connection *mhd, char *s)
{
	(void)arg;
	(void)mhd;
	return strlen(s);
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

int
http_listen(const char *place, int *fd_out, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE }, *list = NULL;
	const char *colon = strrchr(place, ':'), *host = place;
	int fd, rc, n;
	char name[256];

	if (text_istarts(slice_of(place), "unix:"))
		return listen_unix(place + 5, fd_out, err);
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

int
http_start(const struct http_options *options, struct http **http_out,
    struct err *err)
{
	struct http *http = calloc(1, sizeof *http);

	if (http == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	http->options = *options;
	if (conns_start(options->per_peer, &http->conns, err) == -1) {
		free(http);
		return -1;
	}
	http->mhd = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_USE_ERROR_LOG | MHD_USE_ITC, 0, on_peer, http, on_request,
	    http, MHD_OPTION_EXTERNAL_LOGGER, on_trouble, NULL,
	    MHD_OPTION_LISTEN_SOCKET, options->fd,
	    MHD_OPTION_THREAD_POOL_SIZE, (unsigned)HTTP_THREADS,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEAD_MAX,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_UNESCAPE_CALLBACK, as_sent, NULL,
	    MHD_OPTION_URI_LOG_CALLBACK, first_line, http,
	    MHD_OPTION_NOTIFY_COMPLETED, on_end, http,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
	    MHD_OPTION_END);
	if (http->mhd == NULL) {
		conns_stop(&http->conns);
		free(http);
		return err_set(err, ERR_FATAL, "the HTTP server does not "
		    "start");
	}
	*http_out = http;
	return 0;
}

void
http_stop(struct http **http)
{
	int64_t until_ms = clock_mono_ms() + DRAIN_MS;
	MHD_socket fd;

	if (*http == NULL)
		return;
	/* else the library shuts the socket down, which others listen on */
	fd = MHD_quiesce_daemon((*http)->mhd);
	if (fd != MHD_INVALID_SOCKET)
		close(fd);
	while (conns_busy((*http)->conns) > 0 && clock_mono_ms() < until_ms)
		clock_sleep_ms(LOOK_MS);
	MHD_stop_daemon((*http)->mhd);
	conns_stop(&(*http)->conns);
	free(*http);
	*http = NULL;
}
