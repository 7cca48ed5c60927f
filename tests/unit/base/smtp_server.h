/* smtp_server - a server that follows a script, on a loopback port of its own:
 * what it says at each stage of a dialogue, a script a connection. */
#ifndef TESTS_UNIT_BASE_SMTP_SERVER_H
#define TESTS_UNIT_BASE_SMTP_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/server.h"

/* What the server says; DROP: closes instead; STALL: says nothing. */
static const char DROP[] = "drop", STALL[] = "stall";
#define HELLO "250-here\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN\r\n"
#define HELLO8 "250-here\r\n250 SMTPUTF8\r\n"

enum at { GREET, EHLO, AUTH, FROM, RCPT, DATA, END, NAT };
struct script {
	const char *say[NAT];
};
#define GOOD "220 hi\r\n", HELLO, "235 in\r\n", "250 m\r\n", "250 r\r\n", \
	"354 go\r\n", "250 2.0.0 queued\r\n"
static const struct script good = { { GOOD } };

struct server_state {
	int			 listener, connections, nscripts;
	const struct script	*scripts;	/* a connection each; the last
						 * again and again */
	struct buf		 seen;
	_Atomic int		 fd;		/* of the connection */
	pthread_t		 thread;
};

/* false: the connection is over. */
static bool
say(int fd, const char *text)
{
	if (text == DROP)
		return false;
	if (text == STALL)
		return poll(&(struct pollfd){ fd, POLLRDHUP, 0 }, 1, 5000) < 0;
	return send(fd, text, strlen(text), MSG_NOSIGNAL) > 0;
}

static bool
answer(int fd, const struct script *s, const char *line, bool *in_data)
{
	static const char *const verbs[NAT] = { [EHLO] = "EHLO",
	    [AUTH] = "AUTH", [FROM] = "MAIL", [RCPT] = "RCPT",
	    [DATA] = "DATA" };

	if (*in_data) {
		if (strcmp(line, ".\r\n") != 0)
			return true;
		*in_data = false;
		return say(fd, s->say[END]);
	}
	for (int i = EHLO; i <= DATA; i++)
		if (strncmp(line, verbs[i], 4) == 0) {
			*in_data = i == DATA && s->say[i][0] == '3';
			return say(fd, s->say[i]);
		}
	say(fd, "250 ok\r\n");
	return strncmp(line, "NOOP", 4) == 0;
}

static void
serve(struct server_state *state, int fd, const struct script *s)
{
	char line[2000];
	size_t n = 0;
	bool in_data = false;

	if (!say(fd, s->say[GREET]))
		return;
	while (n < sizeof line - 1 && recv(fd, line + n, 1, 0) == 1) {
		if (line[n++] != '\n')
			continue;
		line[n] = '\0';
		buf_adds(&state->seen, line);
		n = 0;
		if (!answer(fd, s, line, &in_data))
			return;
	}
}

static void *
run(void *arg)
{
	struct server_state *state = arg;
	int fd;

	while ((fd = accept(state->listener, NULL, NULL)) >= 0) {
		int i = state->connections++;

		state->fd = fd;
		serve(state, fd, &state->scripts[i < state->nscripts ? i :
		    state->nscripts - 1]);
		state->fd = -1;
		close(fd);
	}
	return NULL;
}

static inline struct server
server_start(struct server_state *state, const struct script *scripts, int n)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;

	*state = (struct server_state){ .scripts = scripts, .nscripts = n,
	    .seen = BUF_INIT(1 << 20), .fd = -1 };
	state->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(state->listener, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(state->listener, 5), 0);
	getsockname(state->listener, (struct sockaddr *)&a, &len);
	pthread_create(&state->thread, NULL, run, state);
	return (struct server){ .url = "smtp://127.0.0.1", .host = "127.0.0.1",
	    .port = ntohs(a.sin_port), .plain = true, .user = "",
	    .password = "", .ca_file = "" };
}

static inline void
server_stop(struct server_state *state)
{
	shutdown(state->listener, SHUT_RDWR);
	if (state->fd >= 0)
		shutdown(state->fd, SHUT_RDWR);
	pthread_join(state->thread, NULL);
	close(state->listener);
	buf_free(&state->seen);
}

#endif
