#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/requests.h"
#include "daemon/answerer.h"

#define TALK_MS	1000	/* one request and its answer */

struct answerer {
	pthread_t	 thread;
	char		*store_path;
	int		 fd, stop_fd;
	void		(*wake)(void *arg);
	void		*arg;
};

static json_t *
answer_ping(struct answerer *a, const json_t *request)
{
	(void)a;
	(void)request;
	return json_pack("{s:b, s:s, s:I}", "ok", 1, "version",
	    CAMPUSDESK_VERSION, "pid", (json_int_t)getpid());
}

static json_t *
answer_wake(struct answerer *a, const json_t *request)
{
	(void)request;
	a->wake(a->arg);
	return json_pack("{s:b}", "ok", 1);
}

static const struct handler {
	const char	*name;
	json_t		*(*fn)(struct answerer *a, const json_t *request);
} handlers[] = {
	{ "ping",	answer_ping },
	{ "wake",	answer_wake },
};

static json_t *
answer_to(struct answerer *a, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request,
	    "type"));
	size_t i;

	for (i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
		if (name != NULL && strcmp(name, handlers[i].name) == 0)
			return handlers[i].fn(a, request);
	return json_pack("{s:b, s:s}", "ok", 0, "error", "unknown request");
}

static void
talk(struct answerer *a, int fd)
{
	int64_t deadline = clock_mono_ms() + TALK_MS;
	json_t *request = NULL, *answer = NULL;
	struct err err = { 0 };

	if (requests_read(fd, deadline, &request, &err) == 0) {
		answer = answer_to(a, request);
		requests_write(fd, answer, deadline, NULL);
	} else {
		log_at(LOG_DEBUG, "requests", "not a request",
		    LOG_S("error", err.msg));
	}
	json_decref(request);
	json_decref(answer);
}

static void *
answerer_main(void *arg)
{
	struct answerer *a = arg;
	struct pollfd p[] = {
		{ .fd = a->stop_fd, .events = POLLIN },
		{ .fd = a->fd, .events = POLLIN },
	};
	int fd;

	for (;;) {
		if (poll(p, 2, -1) == -1 && errno != EINTR)
			clock_sleep_ms(TALK_MS);
		if (p[0].revents != 0)
			return NULL;
		fd = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd != -1) {
			talk(a, fd);
			close(fd);
		} else if (errno == EMFILE || errno == ENFILE) {
			clock_sleep_ms(TALK_MS);
		}
	}
}

static void
answerer_free(struct answerer *a)
{
	if (a->fd != -1) {
		close(a->fd);
		requests_unlink(a->store_path);
	}
	if (a->stop_fd != -1)
		close(a->stop_fd);
	free(a->store_path);
	free(a);
}

int
answerer_start(const char *store_path, void (*wake)(void *arg), void *arg,
    struct answerer **answerer_out, struct err *err)
{
	struct answerer *a = calloc(1, sizeof *a);

	if (a == NULL)
		return err_set(err, ERR_FATAL, "requests: out of memory");
	a->wake = wake;
	a->arg = arg;
	a->fd = -1;
	a->stop_fd = eventfd(0, EFD_CLOEXEC);
	a->store_path = strdup(store_path);
	if (a->stop_fd == -1 || a->store_path == NULL)
		err_set(err, ERR_FATAL, "requests: out of memory");
	else if (requests_listen(store_path, &a->fd, err) == 0) {
		if (pthread_create(&a->thread, NULL, answerer_main,
		    a) == 0) {
			*answerer_out = a;
			return 0;
		}
		err_set(err, ERR_FATAL, "requests: no thread");
	}
	answerer_free(a);
	return -1;
}

void
answerer_stop(struct answerer **answerer)
{
	uint64_t one = 1;

	if (*answerer == NULL)
		return;
	if (write((*answerer)->stop_fd, &one, sizeof one) == sizeof one)
		pthread_join((*answerer)->thread, NULL);
	answerer_free(*answerer);
	*answerer = NULL;
}
