#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "webview/conns.h"

static struct sockaddr_in
v4(const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
	return in;
}

/* A connection: ours, and the other side's end of it. */
struct pair {
	int		 fd[2];
	struct conn	*conn;
};

static void
open_pair(struct conns *conns, struct pair *p, const void *peer)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, p->fd), 0);
	p->conn = conn_come(conns, p->fd[0], peer);
	assert_non_null(p->conn);
}

static void
close_pair(struct conns *conns, struct pair *p)
{
	conn_gone(conns, p->conn);
	close(p->fd[0]);
	close(p->fd[1]);
}

static bool
is_ended(const struct pair *p)
{
	char c;

	return recv(p->fd[1], &c, 1, MSG_DONTWAIT) == 0;
}

static void
test_times(void **state)
{
	struct conns *conns = NULL;
	struct pair idle, busy, done;
	struct err err = { 0 };
	int64_t now;

	(void)state;
	assert_int_equal(conns_start(0, &conns, &err), 0);
	open_pair(conns, &idle, NULL);
	open_pair(conns, &busy, NULL);
	open_pair(conns, &done, NULL);
	conn_busy(conns, busy.conn, 60000);
	now = clock_mono_ms();
	assert_int_equal(conns_reap(conns, now + CONNS_WAIT_MS - 1000), 0);
	/* a finished request gives time for the next */
	conn_busy(conns, done.conn, 1);
	conn_waits(conns, done.conn);
	assert_int_equal(conns_reap(conns, now + CONNS_WAIT_MS + 1000), 2);
	assert_true(is_ended(&idle));
	assert_true(is_ended(&done));
	assert_false(is_ended(&busy));
	/* nobody is ended twice */
	assert_int_equal(conns_reap(conns, now + 70000), 1);
	assert_true(is_ended(&busy));
	assert_int_equal(conns_reap(conns, now + 80000), 0);
	close_pair(conns, &idle);
	close_pair(conns, &busy);
	close_pair(conns, &done);
	conns_stop(&conns);
	assert_null(conns);
}

/* Many that wait are waited for shortly; who is being answered is not hurt. */
static void
test_many(void **state)
{
	struct conn *conn[CONNS_MANY + 1];
	struct conns *conns = NULL;
	struct err err = { 0 };
	int fd[2], n = CONNS_MANY;
	int64_t now;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(conns_start(0, &conns, &err), 0);
	for (int i = 0; i <= n; i++)
		conn[i] = conn_come(conns, fd[0], NULL);
	conn_busy(conns, conn[0], 60000);
	now = clock_mono_ms();
	assert_int_equal(conns_reap(conns, now + CONNS_SHORT_MS - 1000), 0);
	conn_gone(conns, conn[n]);
	assert_int_equal(conns_reap(conns, now + CONNS_SHORT_MS + 1000), 0);
	conn[n] = conn_come(conns, fd[0], NULL);
	assert_int_equal(conns_reap(conns, now + CONNS_SHORT_MS + 1000), n);
	for (int i = 0; i <= n; i++)
		conn_gone(conns, conn[i]);
	conns_stop(&conns);
	close(fd[0]);
	close(fd[1]);
}

static void
test_admit(void **state)
{
	static const struct { const char *peer; bool may; } t[] = {
		{ "192.0.2.1", false }, { "192.0.2.2", true },
		{ "127.0.0.1", true }, { "127.3.2.1", true },
	};
	struct conn *conn[CONNS_MAX];
	struct sockaddr_in a = v4("192.0.2.1");
	struct sockaddr_in here = v4("127.0.0.1");
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct conns *conns = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(conns_start(2, &conns, &err), 0);
	conn[0] = conn_come(conns, -1, (struct sockaddr *)&a);
	assert_true(conns_admit(conns, (struct sockaddr *)&a));
	conn[1] = conn_come(conns, -1, (struct sockaddr *)&a);
	assert_string_equal(conn_peer(conn[1]), "192.0.2.1");
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct sockaddr_in in = v4(t[i].peer);

		print_message("%s\n", t[i].peer);
		assert_int_equal(conns_admit(conns, (struct sockaddr *)&in),
		    t[i].may);
	}
	assert_true(conns_admit(conns, NULL));		/* a unix socket */

	/* one house has many addresses of IPv6 */
	inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr);
	conn[2] = conn_come(conns, -1, (struct sockaddr *)&six);
	conn[3] = conn_come(conns, -1, (struct sockaddr *)&six);
	inet_pton(AF_INET6, "2001:db8::2", &six.sin6_addr);
	assert_false(conns_admit(conns, (struct sockaddr *)&six));
	inet_pton(AF_INET6, "2001:db8:0:1::2", &six.sin6_addr);
	assert_true(conns_admit(conns, (struct sockaddr *)&six));

	for (int i = 4; i < CONNS_MAX; i++)
		conn[i] = conn_come(conns, -1, (struct sockaddr *)&here);
	assert_false(conns_admit(conns, (struct sockaddr *)&here));
	for (int i = 0; i < CONNS_MAX; i++)
		conn_gone(conns, conn[i]);
	conn_gone(conns, NULL);
	conns_stop(&conns);
	conns_stop(&conns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_admit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
