#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "webview/conns.h"

#define TICK_MS	500

struct conn {
	TAILQ_ENTRY(conn) entries;
	int		 fd;
	bool		 waits, ended;
	int64_t		 since_ms, until_ms;	/* monotonic */
	unsigned char	 key[16];	/* of the address; zeros: this machine */
	char		 peer[INET6_ADDRSTRLEN];
};

struct conns {
	pthread_mutex_t	 lock;
	pthread_cond_t	 stop;
	pthread_t	 thread;
	bool		 stopping;
	int		 per_peer, n;
	TAILQ_HEAD(conn_list, conn) list;
};

static void *
reaper(void *arg)
{
	struct conns *conns = arg;
	struct timespec ts;
	bool stopping = false;
	int64_t at;

	while (!stopping) {
		conns_reap(conns, clock_mono_ms());
		at = clock_mono_ms() + TICK_MS;
		ts = (struct timespec){ at / 1000, at % 1000 * 1000000 };
		pthread_mutex_lock(&conns->lock);
		if (!conns->stopping)
			pthread_cond_timedwait(&conns->stop, &conns->lock,
			    &ts);
		stopping = conns->stopping;
		pthread_mutex_unlock(&conns->lock);
	}
	return NULL;
}

int
conns_start(int per_peer, struct conns **conns_out, struct err *err)
{
	struct conns *conns = calloc(1, sizeof *conns);
	pthread_condattr_t attr;

	if (conns == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	conns->per_peer = per_peer;
	TAILQ_INIT(&conns->list);
	pthread_mutex_init(&conns->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&conns->stop, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&conns->thread, NULL, reaper, conns) != 0) {
		free(conns);
		return err_set(err, ERR_FATAL, "no thread");
	}
	*conns_out = conns;
	return 0;
}

void
conns_stop(struct conns **conns)
{
	struct conns *c = *conns;
	struct conn *conn;

	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_cond_signal(&c->stop);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	while ((conn = TAILQ_FIRST(&c->list)) != NULL) {
		TAILQ_REMOVE(&c->list, conn, entries);
		free(conn);
	}
	pthread_cond_destroy(&c->stop);
	pthread_mutex_destroy(&c->lock);
	free(c);
	*conns = NULL;
}

/* What counts as one address: an IPv4 address, the /64 of an IPv6 one. */
static void
key_of(const struct sockaddr *peer, unsigned char key[16])
{
	const struct sockaddr_in6 *in6 = (const void *)peer;
	const struct sockaddr_in *in = (const void *)peer;

	memset(key, 0, 16);
	if (peer != NULL && peer->sa_family == AF_INET) {
		if ((ntohl(in->sin_addr.s_addr) >> 24) != 127)
			memcpy(key + 12, &in->sin_addr, 4);
	} else if (peer != NULL && peer->sa_family == AF_INET6) {
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
			memcpy(key, &in6->sin6_addr, 16);
		else if (!IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
			memcpy(key, &in6->sin6_addr, 8);
	}
}

static void
name_of(const struct sockaddr *peer, char out[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in6 *in6 = (const void *)peer;
	const struct sockaddr_in *in = (const void *)peer;

	snprintf(out, INET6_ADDRSTRLEN, "unix");
	if (peer == NULL)
		return;
	if (peer->sa_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, out, INET6_ADDRSTRLEN);
	else if (peer->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, out,
		    INET6_ADDRSTRLEN);
	else if (peer->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, out, INET6_ADDRSTRLEN);
}

bool
conns_admit(struct conns *conns, const struct sockaddr *peer)
{
	static const unsigned char here[16];
	unsigned char key[16];
	struct conn *conn;
	int n = 0;
	bool yes;

	key_of(peer, key);
	pthread_mutex_lock(&conns->lock);
	if (conns->per_peer > 0 && memcmp(key, here, sizeof key) != 0)
		TAILQ_FOREACH(conn, &conns->list, entries)
			n += memcmp(conn->key, key, sizeof key) == 0;
	yes = conns->n < CONNS_MAX &&
	    (conns->per_peer == 0 || n < conns->per_peer);
	pthread_mutex_unlock(&conns->lock);
	return yes;
}

static void
wait_from(struct conn *conn, int64_t now_ms)
{
	conn->waits = true;
	conn->since_ms = now_ms;
	conn->until_ms = now_ms + CONNS_WAIT_MS;
}

struct conn *
conn_come(struct conns *conns, int fd, const struct sockaddr *peer)
{
	struct conn *conn = calloc(1, sizeof *conn);

	if (conn == NULL)
		return NULL;
	conn->fd = fd;
	key_of(peer, conn->key);
	name_of(peer, conn->peer);
	wait_from(conn, clock_mono_ms());
	pthread_mutex_lock(&conns->lock);
	TAILQ_INSERT_TAIL(&conns->list, conn, entries);
	conns->n++;
	pthread_mutex_unlock(&conns->lock);
	return conn;
}

void
conn_gone(struct conns *conns, struct conn *conn)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&conns->lock);
	TAILQ_REMOVE(&conns->list, conn, entries);
	conns->n--;
	pthread_mutex_unlock(&conns->lock);
	free(conn);
}

void
conn_busy(struct conns *conns, struct conn *conn, int64_t ms)
{
	pthread_mutex_lock(&conns->lock);
	conn->waits = false;
	conn->until_ms = clock_mono_ms() + ms;
	pthread_mutex_unlock(&conns->lock);
}

void
conn_waits(struct conns *conns, struct conn *conn)
{
	pthread_mutex_lock(&conns->lock);
	wait_from(conn, clock_mono_ms());
	pthread_mutex_unlock(&conns->lock);
}

int
conns_busy(struct conns *conns)
{
	struct conn *conn;
	int n = 0;

	pthread_mutex_lock(&conns->lock);
	TAILQ_FOREACH(conn, &conns->list, entries)
		n += !conn->waits && !conn->ended;
	pthread_mutex_unlock(&conns->lock);
	return n;
}

const char *
conn_peer(const struct conn *conn)
{
	return conn->peer;
}

int
conns_reap(struct conns *conns, int64_t now_ms)
{
	struct conn *conn;
	bool many;
	int n = 0;

	pthread_mutex_lock(&conns->lock);
	many = conns->n > CONNS_MANY;
	TAILQ_FOREACH(conn, &conns->list, entries) {
		if (conn->ended || (conn->until_ms > now_ms && !(many &&
		    conn->waits && conn->since_ms + CONNS_SHORT_MS <= now_ms)))
			continue;
		shutdown(conn->fd, SHUT_RDWR);
		conn->ended = true;
		n++;
	}
	pthread_mutex_unlock(&conns->lock);
	return n;
}
