#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/httpd.h"

#define BODY_MAX	1000

static char place[108];

/* Says what it was asked, so that the other side can compare. */
static void
echo(const struct httpd_request *request, struct httpd_response *response,
    void *arg)
{
	const char *field = httpd_field(request, "X-Word");

	(void)arg;
	response->status = 200;
	response->type = "text/plain";
	buf_addf(&response->body, "%s %s %s ", request->method, request->path,
	    field == NULL ? "-" : field);
	buf_addslice(&response->body, request->body);
}

static struct httpd *
start(void)
{
	struct httpd_options options = { .place = place,
	    .body_max = BODY_MAX, .handler = echo };
	struct httpd *httpd = NULL;
	struct err err = { 0 };

	snprintf(place, sizeof place, "unix:/tmp/test_httpd.%d",
	    (int)getpid());
	assert_int_equal(httpd_start(&options, &httpd, &err), 0);
	return httpd;
}

static int
dial(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", place + 5);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	return fd;
}

/* All that comes until the other side ends. */
static size_t
hear(int fd, char *out, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;
	ssize_t got;

	while (n < size - 1 && poll(&p, 1, 8000) == 1) {
		got = read(fd, out + n, size - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	out[n] = '\0';
	return n;
}

static void
say(int fd, const char *s)
{
	size_t n = strlen(s);

	assert_int_equal(write(fd, s, n), n);
}

static void
test_requests(void **state)
{
	static const struct {
		const char	*request, *status, *body;
	} t[] = {
		{ "POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-Word: w\r\n"
		  "Connection: close\r\nContent-Length: 3\r\n\r\nabc",
		  " 200 ", "POST /a w abc" },
		{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		  " 200 ", "GET / - " },
		{ "POST / HTTP/1.1\r\nHost: x\r\nX-Word: a\r\nx-word: b\r\n"
		  "Connection: close\r\nContent-Length: 0\r\n\r\n", " 200 ",
		  "POST / - " },
		{ "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
		  "Content-Length: 2\r\nConnection: close\r\n\r\na", " 400 ",
		  "" },
		{ "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
		  " 411 ", "" },
	};
	struct httpd *httpd = start();
	char out[4096];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int fd = dial();

		print_message("%s\n", t[i].request);
		say(fd, t[i].request);
		hear(fd, out, sizeof out);
		assert_non_null(strstr(out, t[i].status));
		assert_non_null(strstr(out, t[i].body));
		close(fd);
	}
	httpd_stop(&httpd);
	assert_null(httpd);
}

static void
test_too_long(void **state)
{
	struct httpd *httpd = start();
	char out[4096], *body = calloc(1, 2000000);
	int fd = dial();

	(void)state;
	memset(body, 'x', 1999999);
	say(fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1999999\r\n"
	    "\r\n");
	say(fd, body);
	hear(fd, out, sizeof out);
	assert_non_null(strstr(out, " 413 "));
	close(fd);
	free(body);
	httpd_stop(&httpd);
}

/* Who sends a byte now and then is cut at the end of the time for all of it. */
static void
test_slow(void **state)
{
	struct httpd *httpd = start();
	int64_t began = clock_mono_ms();
	struct pollfd p = { .fd = dial(), .events = POLLIN };
	int64_t took = 0;

	(void)state;
	say(p.fd, "POST / HTTP/1.1\r\nHost: x\r\n");
	while (took < HTTPD_READ_MS + 3000) {
		if (poll(&p, 1, 400) == 1)
			break;
		(void)!send(p.fd, "X: y\r\n", 6, MSG_NOSIGNAL);
		took = clock_mono_ms() - began;
	}
	assert_in_range(took, HTTPD_READ_MS - 1000, HTTPD_READ_MS + 1500);
	close(p.fd);
	httpd_stop(&httpd);
}

/* More silent ones than there is room for: others are heard all the same. */
static void
test_crowd(void **state)
{
	struct httpd *httpd = start();
	int fds[HTTPD_CONNECTIONS + 40], fd;
	char out[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof fds / sizeof fds[0]; i++) {
		fds[i] = dial();
		say(fds[i], "POST / HTTP/1.1\r\n");
	}
	fd = dial();
	say(fd, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	    "Content-Length: 2\r\n\r\nhi");
	hear(fd, out, sizeof out);
	assert_non_null(strstr(out, "POST / - hi"));
	close(fd);
	for (i = 0; i < sizeof fds / sizeof fds[0]; i++)
		close(fds[i]);
	httpd_stop(&httpd);
}

static void
test_place(void **state)
{
	struct httpd_options options = { .place = "127.0.0.1",
	    .body_max = 1, .handler = echo };
	struct httpd *httpd = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(httpd_start(&options, &httpd, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	options.place = "unix:/nowhere/at/all";
	assert_int_equal(httpd_start(&options, &httpd, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	options.place = "127.0.0.1:0";
	assert_int_equal(httpd_start(&options, &httpd, &err), 0);
	httpd_stop(&httpd);
	httpd_stop(&httpd);
	unlink(place + 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
