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
#include "desk/login.h"

#define TALK_MS	1000	/* one request and its answer */

struct answerer {
	pthread_t	 thread;
	const struct settings *settings;
	struct db	*db;		/* NULL: not needed yet */
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

/* ---- the web view's (design §3): logins and sessions are ours ---- */

static json_t *
refuse(const struct err *err)
{
	return json_pack("{s:b, s:s, s:b}", "ok", 0, "error", err->msg,
	    "retry", err->code != ERR_INPUT);
}

static const char *
text_of(const json_t *request, const char *name)
{
	const char *text = json_string_value(json_object_get(request, name));

	return text == NULL ? "" : text;
}

/* A transaction, on a connection that is opened when it is first needed. */
static int
begin(struct answerer *a, struct err *err)
{
	if (a->db == NULL && db_open(a->settings->store_url, DB_WRITE,
	    &a->db, err) == -1)
		return -1;
	return db_begin(a->db, err);
}

/* ret -1 takes all back. */
static int
finish(struct answerer *a, int ret, struct err *err)
{
	if (ret != -1 && db_commit(a->db, err) == 0)
		return ret;
	if (a->db != NULL)
		db_rollback(a->db);
	return -1;
}

static json_t *
answer_login_consume(struct answerer *a, const json_t *request)
{
	int64_t now = clock_now_ms(), person = 0, until;
	char session[LOGIN_TEXT_MAX];
	struct err err = { 0 };
	int ret = begin(a, &err);

	if (ret == 0)
		ret = login_consume(a->db, text_of(request, "token"),
		    text_of(request, "agent"), now, session, &person, &err);
	ret = finish(a, ret, &err);
	if (ret == 0)
		err_set(&err, ERR_INPUT, "the link is used up or too old");
	if (ret != 1)
		return refuse(&err);
	log_at(LOG_INFO, "login", "logged in", LOG_N("person", person));
	until = now + LOGIN_SESSION_MS;
	return json_pack("{s:b, s:s, s:I}", "ok", 1, "session", session,
	    "until_ms", (json_int_t)until);
}

static json_t *
answer_logout(struct answerer *a, const json_t *request)
{
	struct err err = { 0 };
	int ret = begin(a, &err);

	if (ret == 0)
		ret = login_end(a->db, text_of(request, "session"), &err);
	if (finish(a, ret, &err) == -1)
		return refuse(&err);
	return json_pack("{s:b}", "ok", 1);
}

static json_t *
answer_viewed(struct answerer *a, const json_t *request)
{
	int64_t person = json_integer_value(json_object_get(request,
	    "person"));
	int64_t ticket = json_integer_value(json_object_get(request,
	    "ticket"));
	struct err err = { 0 };
	int ret = begin(a, &err);

	if (ret == 0)
		ret = viewed_add(a->db, person, ticket, clock_now_ms(), &err);
	if (finish(a, ret, &err) == -1)
		return refuse(&err);
	return json_pack("{s:b}", "ok", 1);
}

static const struct handler {
	const char	*name;
	json_t		*(*fn)(struct answerer *a, const json_t *request);
} handlers[] = {
	{ "ping",	answer_ping },
	{ "wake",	answer_wake },
	{ "login-consume", answer_login_consume },
	{ "logout",	answer_logout },
	{ "viewed",	answer_viewed },
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
		requests_unlink(a->settings->store_path);
	}
	if (a->stop_fd != -1)
		close(a->stop_fd);
	db_close(&a->db);
	free(a);
}

int
answerer_start(const struct settings *settings, void (*wake)(void *arg),
    void *arg, struct answerer **answerer_out, struct err *err)
{
	struct answerer *a = calloc(1, sizeof *a);

	if (a == NULL)
		return err_set(err, ERR_FATAL, "requests: out of memory");
	a->wake = wake;
	a->arg = arg;
	a->fd = -1;
	a->stop_fd = eventfd(0, EFD_CLOEXEC);
	a->settings = settings;
	if (a->stop_fd == -1)
		err_set(err, ERR_FATAL, "requests: out of memory");
	else if (requests_listen(settings->store_path, &a->fd, err) == 0) {
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
