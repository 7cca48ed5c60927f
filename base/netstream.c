#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/netstream.h"

#define CONNECT_EACH_MS	10000	/* of one address, when there are more */
#define STALL_MS	60000	/* not a byte for so long: given up */
#define AHEAD_MAX	4096	/* bytes read while waiting */
#define NAMES_MAX	10	/* of a certificate, shown in a message */

struct netstream {
	char				*host, *ca_file;
	int				 port, stop_fd, fd;
	int64_t				 deadline_ms;	/* monotonic */
	int64_t				 finish_ms;	/* no limit beyond it */
	int64_t				 budget;	/* bytes left to read */
	gnutls_certificate_credentials_t cred;
	gnutls_session_t		 tls;
	bool				 secure;	/* handshake done */
	char				 ahead[AHEAD_MAX];
	size_t				 ahead_at, ahead_len;
	struct err			 fault;
};

/* A name being looked up. getaddrinfo cannot be told when to give up, so it
 * runs in a thread of its own; who lets go last frees. */
struct lookup {
	atomic_int	 refs;
	char		*host;
	char		 port[8];
	int		 rc, done_fd;
	struct addrinfo	*list;
};

static int
fail(struct netstream *ns, enum err_code code, const char *what)
{
	if (ns->fault.code == ERR_NONE)
		err_set(&ns->fault, code, "%s:%d: %s", ns->host, ns->port,
		    what);
	return -1;
}

static void
lookup_drop(struct lookup *l)
{
	if (atomic_fetch_sub(&l->refs, 1) > 1)
		return;
	if (l->list != NULL)
		freeaddrinfo(l->list);
	if (l->done_fd >= 0)
		close(l->done_fd);
	free(l->host);
	free(l);
}

static void
lookup_names(struct lookup *l, int flags)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};

	l->rc = getaddrinfo(l->host, l->port, &hints, &l->list);
}

static void *
lookup_thread(void *arg)
{
	struct lookup *l = arg;
	uint64_t one = 1;

	lookup_names(l, 0);
	if (write(l->done_fd, &one, sizeof one) != sizeof one)
		l->rc = EAI_SYSTEM;	/* cannot happen to a fresh eventfd */
	lookup_drop(l);
	return NULL;
}

/* Milliseconds until the deadline, as poll takes them; 0 when it has passed. */
static int
left_ms(int64_t deadline_ms)
{
	int64_t left = deadline_ms - clock_mono_ms();

	if (left <= 0)
		return 0;
	return left > 3600000 ? 3600000 : (int)left;
}

bool
netstream_stopped(const struct netstream *ns)
{
	struct pollfd p = { .fd = ns->stop_fd, .events = POLLIN };

	return ns->stop_fd >= 0 && poll(&p, 1, 0) > 0;
}

/* Wait for fd: 1 ready, 0 the time is over or stop_fd is readable, -1. */
static int
wait_fd(const struct netstream *ns, int fd, short events, int64_t deadline_ms)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = events },
		{ .fd = ns->stop_fd, .events = POLLIN },
	};
	int rc;

	for (;;) {
		rc = poll(p, 2, left_ms(deadline_ms));
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc < 0)
			return -1;
		if (p[1].revents != 0)
			return 0;
		if (p[0].revents != 0)
			return 1;
		if (left_ms(deadline_ms) == 0)
			return 0;
	}
}

/* The same for the stream itself, within its deadline: 0 ready, -1. */
static int
wait_stream(struct netstream *ns, short events)
{
	int64_t until_ms = clock_mono_ms() + STALL_MS;
	int rc = wait_fd(ns, ns->fd, events,
	    until_ms < ns->deadline_ms ? until_ms : ns->deadline_ms);

	if (rc > 0)
		return 0;
	if (rc < 0)
		return fail(ns, ERR_RETRY, "waiting failed");
	if (netstream_stopped(ns))
		return fail(ns, ERR_RETRY, "cancelled");
	return fail(ns, ERR_RETRY, "the server did not answer in time");
}

static struct lookup *
lookup_new(const struct netstream *ns)
{
	struct lookup *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	atomic_init(&l->refs, 1);
	l->host = strdup(ns->host);
	l->done_fd = eventfd(0, EFD_CLOEXEC);
	snprintf(l->port, sizeof l->port, "%d", ns->port);
	if (l->host == NULL || l->done_fd < 0) {
		lookup_drop(l);
		return NULL;
	}
	return l;
}

/* Start the thread and wait for it: 0 answered, -1 and fault. */
static int
lookup_run(struct netstream *ns, struct lookup *l)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	atomic_fetch_add(&l->refs, 1);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, lookup_thread, l);
	pthread_attr_destroy(&attr);
	if (rc != 0) {
		lookup_drop(l);
		return fail(ns, ERR_RETRY, "no thread to look the name up");
	}
	rc = wait_fd(ns, l->done_fd, POLLIN, ns->deadline_ms);
	if (rc > 0)
		return 0;
	return fail(ns, ERR_RETRY, netstream_stopped(ns) ? "cancelled" :
	    "the host name could not be looked up in time");
}

static int
lookup_fault(struct netstream *ns, int rc)
{
	char what[200];

	snprintf(what, sizeof what, "no address for this host name: %s",
	    gai_strerror(rc));
	/* may come right: names are served by machines too */
	return fail(ns, ERR_RETRY, what);
}

/* 0 connected, else why not (an errno, or ETIMEDOUT). */
static int
connect_one(struct netstream *ns, const struct addrinfo *a, int64_t until_ms)
{
	int on = 1, rc, soerr = 0;
	socklen_t len = sizeof soerr;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, a->ai_protocol);

	if (fd < 0)
		return errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
		soerr = errno;
		if (soerr == EINPROGRESS) {
			rc = wait_fd(ns, fd, POLLOUT, until_ms);
			soerr = ETIMEDOUT;
			if (rc > 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR,
			    &soerr, &len) != 0)
				soerr = errno;
		}
	}
	if (soerr == 0)
		ns->fd = fd;
	else
		close(fd);
	return soerr;
}

static int
connect_any(struct netstream *ns, const struct addrinfo *list)
{
	char what[200];
	int rc = EADDRNOTAVAIL;
	int64_t until_ms;

	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
		until_ms = clock_mono_ms() + CONNECT_EACH_MS;
		if (a->ai_next == NULL || until_ms > ns->deadline_ms)
			until_ms = ns->deadline_ms;
		rc = connect_one(ns, a, until_ms);
		if (rc == 0)
			return 0;
		if (netstream_stopped(ns))
			return fail(ns, ERR_RETRY, "cancelled");
		if (left_ms(ns->deadline_ms) == 0)
			break;
	}
	snprintf(what, sizeof what, "no connection: %s", strerror(rc));
	return fail(ns, ERR_RETRY, what);
}

int
netstream_open(const struct netstream_peer *peer, int64_t ms,
    struct netstream **ns_out, struct err *err)
{
	struct netstream *ns = calloc(1, sizeof *ns);
	struct lookup *l = NULL;
	int ret = -1;

	if (ns == NULL)
		return err_set(err, ERR_RETRY, "no memory for a connection");
	ns->fd = -1;
	ns->finish_ms = INT64_MAX;
	ns->stop_fd = peer->stop_fd;
	ns->port = peer->port;
	ns->host = strdup(peer->host);
	ns->ca_file = strdup(peer->ca_file);
	netstream_limit(ns, ms, INT64_MAX);
	if (ns->host == NULL || ns->ca_file == NULL) {
		err_set(err, ERR_RETRY, "no memory for a connection");
		goto out;
	}
	l = lookup_new(ns);
	if (l == NULL) {
		err_set(err, ERR_RETRY, "no memory for a connection");
		goto out;
	}
	lookup_names(l, AI_NUMERICHOST);
	if (l->rc != 0 && lookup_run(ns, l) != 0)
		goto fault;
	if (l->rc != 0) {
		lookup_fault(ns, l->rc);
		goto fault;
	}
	if (connect_any(ns, l->list) != 0)
		goto fault;
	*ns_out = ns;
	ns = NULL;		/* the caller's now */
	ret = 0;
	goto out;
fault:
	if (err != NULL)
		*err = ns->fault;
out:
	if (l != NULL)
		lookup_drop(l);
	netstream_close(&ns);
	return ret;
}

void
netstream_close(struct netstream **nsp)
{
	struct netstream *ns = *nsp;

	if (ns == NULL)
		return;
	if (ns->secure)		/* one try: nobody waits for a farewell */
		gnutls_bye(ns->tls, GNUTLS_SHUT_WR);
	if (ns->tls != NULL)
		gnutls_deinit(ns->tls);
	if (ns->cred != NULL)
		gnutls_certificate_free_credentials(ns->cred);
	if (ns->fd >= 0)
		close(ns->fd);
	free(ns->host);
	free(ns->ca_file);
	free(ns);
	*nsp = NULL;
}

void
netstream_limit(struct netstream *ns, int64_t ms, int64_t bytes)
{
	ns->deadline_ms = clock_mono_ms() + ms;
	if (ns->deadline_ms > ns->finish_ms)
		ns->deadline_ms = ns->finish_ms;
	ns->budget = bytes;
}

void
netstream_finish(struct netstream *ns, int64_t ms)
{
	ns->stop_fd = -1;
	ns->finish_ms = clock_mono_ms() + ms;
	ns->deadline_ms = ns->finish_ms;
}

/* TLS: what the library reads and writes goes through these. */
static ssize_t
tls_push(gnutls_transport_ptr_t arg, const void *p, size_t len)
{
	return send((int)(intptr_t)arg, p, len, MSG_NOSIGNAL);
}

static int
tls_prepare(struct netstream *ns)
{
	static const char versions[] =
	    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
	struct in6_addr ip;
	char what[300];
	int rc;

	if (gnutls_certificate_allocate_credentials(&ns->cred) != 0)
		return fail(ns, ERR_RETRY, "no memory for TLS");
	if (ns->ca_file[0] == '\0')
		rc = gnutls_certificate_set_x509_system_trust(ns->cred);
	else
		rc = gnutls_certificate_set_x509_trust_file(ns->cred,
		    ns->ca_file, GNUTLS_X509_FMT_PEM);
	if (rc <= 0 && ns->ca_file[0] != '\0') {
		snprintf(what, sizeof what, "ca-file %s holds no certificate "
		    "that can be read: %s", ns->ca_file, rc == 0 ?
		    "it is empty" : gnutls_strerror(rc));
		return fail(ns, ERR_INPUT, what);
	}
	if (rc <= 0)
		return fail(ns, ERR_INPUT, "the system trusts no certificate "
		    "authority; install ca-certificates or set ca-file");
	if (gnutls_init(&ns->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
	    GNUTLS_NO_SIGNAL) != 0)
		return fail(ns, ERR_RETRY, "no memory for TLS");
	if (gnutls_priority_set_direct(ns->tls, versions, NULL) != 0 ||
	    gnutls_credentials_set(ns->tls, GNUTLS_CRD_CERTIFICATE,
	    ns->cred) != 0)
		return fail(ns, ERR_RETRY, "TLS could not be set up");
	if (inet_pton(AF_INET, ns->host, &ip) != 1 &&
	    inet_pton(AF_INET6, ns->host, &ip) != 1 &&
	    gnutls_server_name_set(ns->tls, GNUTLS_NAME_DNS, ns->host,
	    strlen(ns->host)) != 0)
		return fail(ns, ERR_INPUT, "not a host name");
	gnutls_session_set_verify_cert(ns->tls, ns->host, 0);
	gnutls_transport_set_int(ns->tls, ns->fd);
	gnutls_transport_set_push_function(ns->tls, tls_push);
	return 0;
}

/* The names a certificate is made out to, for a person to compare. */
static void
cert_names(struct netstream *ns, struct buf *out)
{
	const gnutls_datum_t *chain;
	gnutls_x509_crt_t cert = NULL;
	unsigned n = 0, critical;
	char name[256];
	size_t size;
	int type;

	chain = gnutls_certificate_get_peers(ns->tls, &n);
	if (chain == NULL || n == 0 || gnutls_x509_crt_init(&cert) != 0)
		return;
	if (gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER) != 0)
		goto out;
	for (unsigned i = 0; i < NAMES_MAX; i++) {
		size = sizeof name - 1;
		type = gnutls_x509_crt_get_subject_alt_name(cert, i, name,
		    &size, &critical);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (type != GNUTLS_SAN_DNSNAME)
			continue;
		name[size] = '\0';
		buf_addf(out, "%s%s", out->len > 0 ? ", " : "", name);
	}
out:
	gnutls_x509_crt_deinit(cert);
}

static int
refuse_certificate(struct netstream *ns)
{
	unsigned status = gnutls_session_get_verify_cert_status(ns->tls);
	struct buf names = BUF_INIT(200);
	char what[ERR_MSG_MAX];

	if (status & GNUTLS_CERT_UNEXPECTED_OWNER) {
		cert_names(ns, &names);
		snprintf(what, sizeof what, "the certificate is made out to "
		    "%s, not to %s: write the server as its certificate "
		    "names it", names.len > 0 ? buf_str(&names) :
		    "another host", ns->host);
	} else if (status & (GNUTLS_CERT_EXPIRED |
	    GNUTLS_CERT_NOT_ACTIVATED)) {
		snprintf(what, sizeof what, "the certificate is %s: the "
		    "server needs a new one, or a clock is wrong",
		    status & GNUTLS_CERT_EXPIRED ? "expired" :
		    "not valid yet");
	} else {
		snprintf(what, sizeof what, "the certificate is not signed by "
		    "an authority that is trusted here: name that authority's "
		    "certificate in ca-file%s%s", ns->ca_file[0] != '\0' ?
		    " instead of " : "", ns->ca_file);
	}
	buf_free(&names);
	return fail(ns, ERR_INPUT, what);
}

/* GnuTLS says "again": wait for the direction it needs. */
static int
tls_again(struct netstream *ns)
{
	return wait_stream(ns, gnutls_record_get_direction(ns->tls) ?
	    POLLOUT : POLLIN);
}

static bool
is_again(ssize_t rc)
{
	return rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED;
}

int
netstream_tls(struct netstream *ns, struct err *err)
{
	char what[300];
	int rc;

	if (ns->fault.code != ERR_NONE || tls_prepare(ns) != 0)
		goto fault;
	for (;;) {
		rc = gnutls_handshake(ns->tls);
		if (rc == 0)
			break;
		if (is_again(rc)) {
			if (tls_again(ns) != 0)
				goto fault;
		} else if (rc == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
			refuse_certificate(ns);
			goto fault;
		} else if (gnutls_error_is_fatal(rc)) {
			snprintf(what, sizeof what, "no TLS with this server: "
			    "%s", gnutls_strerror(rc));
			fail(ns, ERR_RETRY, what);
			goto fault;
		}
	}
	ns->secure = true;
	return 0;
fault:
	if (err != NULL)
		*err = ns->fault;
	return -1;
}

/* One try: bytes, 0 end of stream, negative: *again says whether to wait. */
static ssize_t
read_once(struct netstream *ns, void *p, size_t len, bool *again)
{
	ssize_t n;

	if (ns->tls != NULL) {
		n = gnutls_record_recv(ns->tls, p, len);
		*again = is_again(n) || n == GNUTLS_E_REHANDSHAKE;
		if (n == GNUTLS_E_PREMATURE_TERMINATION)
			return 0;
		return n;
	}
	n = recv(ns->fd, p, len, 0);
	*again = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == EINTR);
	return n;
}

ssize_t
netstream_read(struct netstream *ns, void *p, size_t len)
{
	bool again = false;
	ssize_t n;

	if (ns->fault.code != ERR_NONE)
		return -1;
	if (ns->ahead_len > 0) {
		n = (ssize_t)(len < ns->ahead_len ? len : ns->ahead_len);
		memcpy(p, ns->ahead + ns->ahead_at, (size_t)n);
		ns->ahead_at += (size_t)n;
		ns->ahead_len -= (size_t)n;
		return n;
	}
	if (left_ms(ns->deadline_ms) == 0)	/* drip after drip */
		return fail(ns, ERR_RETRY,
		    "the server did not answer in time");
	for (;;) {
		n = read_once(ns, p, len, &again);
		if (n > 0)
			break;
		if (n == 0)
			return fail(ns, ERR_RETRY,
			    "the server closed the connection");
		if (!again)
			return fail(ns, ERR_RETRY, "the connection broke");
		if (wait_stream(ns, POLLIN) != 0)
			return -1;
	}
	ns->budget -= n;
	if (ns->budget < 0)
		return fail(ns, ERR_RETRY, "the server sent far more than "
		    "was asked for");
	return n;
}

ssize_t
netstream_write(struct netstream *ns, const void *p, size_t len)
{
	const char *at = p;
	size_t left = len;
	ssize_t n;
	bool again;

	if (ns->fault.code != ERR_NONE)
		return -1;
	while (left > 0) {
		if (ns->tls != NULL) {
			n = gnutls_record_send(ns->tls, at, left);
			again = is_again(n);
		} else {
			n = send(ns->fd, at, left, MSG_NOSIGNAL);
			again = n < 0 && (errno == EAGAIN ||
			    errno == EWOULDBLOCK || errno == EINTR);
		}
		if (n < 0 && !again)
			return fail(ns, ERR_RETRY, "the connection broke");
		if (n < 0) {
			if (wait_stream(ns, POLLOUT) != 0)
				return -1;
			continue;
		}
		at += n;
		left -= (size_t)n;
	}
	return (ssize_t)len;
}

/* A readable descriptor may hold only a TLS record of the protocol's own, so
 * what is there is read ahead: then it is known. */
int
netstream_wait(struct netstream *ns, int64_t ms)
{
	int64_t until_ms = clock_mono_ms() + ms;
	bool again = false;
	ssize_t n;
	int rc;

	if (ns->fault.code != ERR_NONE)
		return -1;
	while (ns->ahead_len == 0) {
		if (ns->tls == NULL ||
		    gnutls_record_check_pending(ns->tls) == 0) {
			rc = wait_fd(ns, ns->fd, POLLIN, until_ms);
			if (rc < 0)
				return fail(ns, ERR_RETRY, "waiting failed");
			if (rc == 0)
				return 0;
		}
		n = read_once(ns, ns->ahead, sizeof ns->ahead, &again);
		if (n > 0) {
			ns->ahead_at = 0;
			ns->ahead_len = (size_t)n;
		} else if (n == 0 || !again) {
			return 1;	/* the next read says what is wrong */
		}
	}
	return 1;
}

int
netstream_fd(const struct netstream *ns)
{
	return ns->fd;
}

const struct err *
netstream_fault(const struct netstream *ns)
{
	return &ns->fault;
}
