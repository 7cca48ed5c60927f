#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/utf8.h"
#include "base/worker.h"
#include "base/zygote.h"

#define ARGS_MAX	16
#define START_MS	20000	/* a zygote is warm within */
#define CONTROL_MS	5000	/* a warm zygote answers within */
#define RUN_MS		50	/* a run takes no new request after */
#define PEEK		1

struct worker {
	char			*argv[ARGS_MAX + 2];
	struct worker_limits	 limits;
	pthread_mutex_t		 lock;		/* of zygote and cancelled */
	pid_t			 zygote;	/* 0: none */
	bool			 cancelled;
	int			 control;	/* -1: none */
	int			 child;		/* its connection; -1: none */
	int			 left;		/* requests of this run */
	int64_t			 run_ends_ms;
};

/* ---- the zygote ---- */

void
worker_end_run(struct worker *worker)
{
	if (worker->child != -1)
		close(worker->child);
	worker->child = -1;
}

static void
zygote_end(struct worker *worker)
{
	worker_end_run(worker);
	if (worker->control != -1)
		close(worker->control);
	worker->control = -1;
	pthread_mutex_lock(&worker->lock);
	if (worker->zygote != 0) {
		kill(worker->zygote, SIGKILL);
		while (waitpid(worker->zygote, NULL, 0) == -1 &&
		    errno == EINTR)
			;
	}
	worker->zygote = 0;
	pthread_mutex_unlock(&worker->lock);
}

/* The zygote's end ends its child, and that what waits for the child. */
void
worker_cancel(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->cancelled = true;
	if (worker->zygote != 0)
		kill(worker->zygote, SIGKILL);
	pthread_mutex_unlock(&worker->lock);
}

static bool
is_cancelled(struct worker *worker)
{
	bool cancelled;

	pthread_mutex_lock(&worker->lock);
	cancelled = worker->cancelled;
	pthread_mutex_unlock(&worker->lock);
	return cancelled;
}

/* Between fork and exec of a process with threads: system calls only. */
static void
become(struct worker *worker, int control, pid_t parent)
{
	sigset_t none;
	int null, sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    getppid() != parent)
		_exit(127);
	null = open("/dev/null", O_RDWR);
	if (null == -1 || dup2(null, 0) == -1 || dup2(null, 1) == -1)
		_exit(127);
	if (control == ZYGOTE_FD)
		fcntl(control, F_SETFD, 0);
	else if (dup2(control, ZYGOTE_FD) == -1)
		_exit(127);
	close_range(ZYGOTE_FD + 1, ~0u, 0);
	execv(worker->argv[0], worker->argv);
	_exit(127);
}

/* Wait until it says that it is warm. */
static int
zygote_ready(struct worker *worker, struct err *err)
{
	struct buf why = BUF_INIT(ERR_MSG_MAX);
	enum frame_end end;
	char kind = 0;
	int ret = -1;

	end = frame_recv(worker->control, &kind, &why, NULL,
	    clock_mono_ms() + START_MS);
	if (end == FRAME_OK && kind == 'R')
		ret = 0;
	else if (end == FRAME_OK && kind == 'X')
		err_set(err, ERR_RETRY, "%s: %s", worker->argv[0],
		    buf_str(&why));
	else
		err_set(err, ERR_RETRY, "%s: %s", worker->argv[0],
		    end == FRAME_TIMEOUT ? "not ready in time" :
		    "cannot be started");
	buf_free(&why);
	return ret;
}

static int
zygote_start(struct worker *worker, struct err *err)
{
	pid_t self = getpid(), pid;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return err_set(err, ERR_RETRY, "socketpair: %s",
		    strerror(errno));
	pid = fork();
	if (pid == 0)
		become(worker, sv[1], self);
	close(sv[1]);
	worker->control = sv[0];
	pthread_mutex_lock(&worker->lock);
	worker->zygote = pid == -1 ? 0 : pid;
	pthread_mutex_unlock(&worker->lock);
	if (pid == -1) {
		err_set(err, ERR_RETRY, "fork: %s", strerror(errno));
	} else if (zygote_ready(worker, err) == 0) {
		return 0;
	}
	zygote_end(worker);
	return -1;
}

/* Is there one, or can one be had within about a second? */
static int
zygote_need(struct worker *worker, struct err *err)
{
	static const int wait_ms[] = { 0, 100, 1000 };
	size_t i;

	if (worker->zygote != 0)
		return 0;
	for (i = 0; i < sizeof wait_ms / sizeof wait_ms[0]; i++) {
		if (is_cancelled(worker))
			return err_set(err, ERR_RETRY, "cancelled");
		clock_sleep_ms(wait_ms[i]);
		if (zygote_start(worker, err) == 0)
			return 0;
	}
	return -1;
}

int
worker_start(const char *program, const char *const *args,
    const struct worker_limits *limits, struct worker **worker_out,
    struct err *err)
{
	struct worker *worker = calloc(1, sizeof *worker);
	size_t i, n = 0;

	if (worker == NULL)
		return err_set(err, ERR_FATAL, "worker: out of memory");
	worker->control = worker->child = -1;
	worker->limits = *limits;
	pthread_mutex_init(&worker->lock, NULL);
	worker->argv[n++] = strdup(program);
	for (i = 0; args != NULL && args[i] != NULL && i < ARGS_MAX; i++)
		worker->argv[n++] = strdup(args[i]);
	for (i = 0; i < n; i++) {
		if (worker->argv[i] != NULL)
			continue;
		err_set(err, ERR_FATAL, "worker: out of memory");
		worker_stop(&worker);
		return -1;
	}
	if (zygote_start(worker, err) == -1) {
		worker_stop(&worker);
		return -1;
	}
	*worker_out = worker;
	return 0;
}

void
worker_stop(struct worker **worker)
{
	size_t i;

	if (*worker == NULL)
		return;
	zygote_end(*worker);
	for (i = 0; i < ARGS_MAX + 1; i++)
		free((*worker)->argv[i]);
	pthread_mutex_destroy(&(*worker)->lock);
	free(*worker);
	*worker = NULL;
}

/* ---- one run ---- */

/* A child that has said more than it was asked, or nothing ever again. */
static bool
child_is_odd(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, PEEK, MSG_PEEK | MSG_DONTWAIT);

	return n >= 0 || (errno != EAGAIN && errno != EINTR);
}

/* Ask the zygote for a new child. -1: the zygote is gone. */
static int
run_start(struct worker *worker, size_t extra, bool alone)
{
	struct buf out = BUF_INIT(64);
	enum frame_end end;
	int sv[2];

	worker_end_run(worker);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return -1;
	/* CPU, so that our deadline comes first */
	frame_put(&out, (uint64_t)worker->limits.seconds + 1, 4);
	frame_put(&out, worker->limits.memory + extra, 8);
	frame_put(&out, worker->limits.answer, 8);
	end = frame_send(worker->control, 'F', buf_slice(&out), sv[1],
	    clock_mono_ms() + CONTROL_MS);
	buf_free(&out);
	close(sv[1]);
	worker->child = sv[0];
	worker->left = alone ? 1 : worker->limits.run;
	worker->run_ends_ms = clock_mono_ms() + RUN_MS;
	return end == FRAME_OK ? 0 : -1;
}

/* How the child ended, after ending it; -1: the zygote is gone. */
static int
child_status(struct worker *worker, uint32_t *status_out)
{
	struct buf in = BUF_INIT(64);
	int64_t deadline = clock_mono_ms() + CONTROL_MS;
	uint64_t status;
	struct slice s;
	char kind = 0;
	int ret = -1;

	worker_end_run(worker);
	if (frame_send(worker->control, 'W', (struct slice){ "", 0 }, -1,
	    deadline) == FRAME_OK && frame_recv(worker->control, &kind, &in,
	    NULL, deadline) == FRAME_OK && kind == 'S') {
		s = buf_slice(&in);
		if (frame_take(&s, 4, &status)) {
			*status_out = (uint32_t)status;
			ret = 0;
		}
	}
	buf_free(&in);
	return ret;
}

static void
describe(uint32_t status, struct err *why)
{
	int code = (int)status;

	if (WIFSIGNALED(code) && WTERMSIG(code) == SIGXCPU)
		err_set(why, ERR_INPUT, "used up its time");
	else if (WIFSIGNALED(code) && WTERMSIG(code) == SIGSYS)
		err_set(why, ERR_INPUT, "made a forbidden system call");
	else if (WIFSIGNALED(code))
		err_set(why, ERR_INPUT, "crashed by signal %d (%s)",
		    WTERMSIG(code), strsignal(WTERMSIG(code)));
	else
		err_set(why, ERR_INPUT, "ended with code %d without an answer",
		    WEXITSTATUS(code));
}

/* ---- one request ---- */

static enum frame_end
put_request(struct worker *worker, const struct blob *blob, int64_t deadline)
{
	struct buf out = BUF_INIT(64);
	enum frame_end end;

	if (blob_fd(blob) == -1)
		return frame_send(worker->child, 'M', blob_inline(blob), -1,
		    deadline);
	frame_put(&out, blob_size(blob), 8);
	end = frame_send(worker->child, 'D', buf_slice(&out), blob_fd(blob),
	    deadline);
	buf_free(&out);
	return end;
}

/* Request and answer. FRAME_OK: *kind_out and *answer. */
static enum frame_end
exchange(struct worker *worker, const struct blob *blob, char *kind_out,
    struct buf *answer)
{
	int64_t deadline = clock_mono_ms() + worker->limits.seconds * 1000;
	enum frame_end end = put_request(worker, blob, deadline);

	if (end != FRAME_OK)
		return end;
	return frame_recv(worker->child, kind_out, answer, NULL, deadline);
}

/* The reason that a child gives is a mail's word: plain letters only, when it
 * is not UTF-8. */
static void
keep_reason(struct buf *answer, struct err *why)
{
	size_t i;

	if (!utf8_valid(answer->p, answer->len))
		for (i = 0; i < answer->len; i++)
			if ((answer->p[i] & 0x80) != 0)
				answer->p[i] = '?';
	err_set(why, ERR_INPUT, "%s", buf_str(answer));
}

/* What a whole frame says. */
static enum worker_end
judge_answer(struct worker *worker, char kind, struct buf *answer,
    struct err *why)
{
	if (kind == 'A')
		return WORKER_OK;
	worker_end_run(worker);
	if (kind == 'E') {
		keep_reason(answer, why);
		return WORKER_CRASHED;
	}
	err_set(why, ERR_INPUT, "answered with a frame that does not exist");
	return WORKER_LIED;
}

/* No whole frame came. -1: no fault of the request; ask again. */
static int
judge_end(struct worker *worker, enum frame_end end, enum worker_end *end_out,
    struct err *why)
{
	uint32_t status;

	if (child_status(worker, &status) == -1) {
		zygote_end(worker);
		return err_set(why, ERR_RETRY, "the zygote is gone");
	}
	if (end == FRAME_TIMEOUT) {
		*end_out = WORKER_TIMEOUT;
		err_set(why, ERR_INPUT, "no answer within %d seconds",
		    worker->limits.seconds);
		return 0;
	}
	if (end == FRAME_TOO_LONG) {
		*end_out = WORKER_LIED;
		err_set(why, ERR_INPUT, "answer longer than %zu bytes",
		    worker->limits.answer);
		return 0;
	}
	if (status == ZYGOTE_NO_CHILD || (WIFEXITED((int)status) &&
	    WEXITSTATUS((int)status) == ZYGOTE_EXIT_SANDBOX))
		return err_set(why, ERR_RETRY, "no sandboxed child to be had");
	*end_out = WORKER_CRASHED;
	describe(status, why);
	return 0;
}

static int
ask_once(struct worker *worker, const struct blob *blob, bool alone,
    struct buf *answer, enum worker_end *end_out, struct err *why)
{
	size_t extra = blob_fd(blob) == -1 ? 0 : blob_size(blob);
	enum frame_end end;
	char kind = 0;
	int ret = 0;

	if (worker->child == -1 || alone || worker->left <= 0 ||
	    clock_mono_ms() >= worker->run_ends_ms ||
	    child_is_odd(worker->child)) {
		if (run_start(worker, extra, alone) == -1) {
			zygote_end(worker);
			return err_set(why, ERR_RETRY, "the zygote is gone");
		}
	}
	worker->left--;
	end = exchange(worker, blob, &kind, answer);
	if (end == FRAME_OK)
		*end_out = judge_answer(worker, kind, answer, why);
	else
		ret = judge_end(worker, end, end_out, why);
	if (alone || worker->left <= 0)
		worker_end_run(worker);
	return ret;
}

int
worker_ask(struct worker *worker, const struct blob *blob, bool alone,
    struct buf *answer, enum worker_end *end_out, struct err *why)
{
	size_t max = answer->max;
	int try, ret = -1;

	/* a mail by descriptor needs a limit of its own */
	alone = alone || blob_fd(blob) != -1;
	answer->max = worker->limits.answer;
	for (try = 0; ret == -1 && try < 2; try++) {
		if (zygote_need(worker, why) == -1)
			break;
		ret = ask_once(worker, blob, alone, answer, end_out, why);
		alone = true;
	}
	answer->max = max;
	assert(ret == 0 || why->code == ERR_RETRY);
	return ret;
}
