#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/sandbox.h"
#include "base/zygote.h"

#define CONTROL_MAX	64	/* bytes of a control payload */

struct zygote {
	zygote_answer_fn	*answer;
	void			*arg;
	struct sandbox		*sandbox;
	size_t			 mapped;	/* bytes of our libraries */
	pid_t			 self, child;	/* child 0: none */
	volatile char		*entered;	/* shared with it until it is
						 * in its sandbox */
};

#define ENTERED_SIZE	4096	/* bytes, a page */

struct run {			/* what one child was told at its start */
	struct sandbox_limits	limits;
	size_t			answer;
};

/* ---- in the child ---- */

static void
reply(struct zygote *z, const struct run *run, struct slice request)
{
	struct buf answer = BUF_INIT(run->answer);
	struct err err = { 0 };
	enum frame_end end;

	if (z->answer(request, &answer, z->arg, &err) == 0 && answer.failed)
		err_set(&err, ERR_RETRY, "the answer is too long");
	if (err.code == ERR_NONE)
		end = frame_send(ZYGOTE_FD, 'A', buf_slice(&answer), -1,
		    FRAME_NO_DEADLINE);
	else
		end = frame_send(ZYGOTE_FD, 'E', slice_of(err.msg), -1,
		    FRAME_NO_DEADLINE);
	if (end != FRAME_OK)
		_exit(1);
	buf_free(&answer);
}

static void
reply_mapped(struct zygote *z, const struct run *run, struct slice payload,
    int fd)
{
	uint64_t size;
	void *p;

	if (fd == -1 || !frame_take(&payload, 8, &size) || size == 0)
		_exit(1);
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		_exit(1);
	reply(z, run, (struct slice){ p, (size_t)size });
	munmap(p, (size_t)size);
}

/* Only the connection is left open; then nothing can be opened any more. */
static void
child_enter(struct zygote *z, const struct run *run, int connection)
{
	/* nor does it write into our log: 1 is /dev/null */
	if (dup2(connection, ZYGOTE_FD) == -1 || dup2(1, 2) == -1 ||
	    close_range(ZYGOTE_FD + 1, ~0u, 0) == -1)
		_exit(ZYGOTE_EXIT_SANDBOX);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    getppid() != z->self)
		_exit(ZYGOTE_EXIT_SANDBOX);
	if (sandbox_enter(z->sandbox, &run->limits, NULL) == -1)
		_exit(ZYGOTE_EXIT_SANDBOX);
	/* from here on a mail may act, and could say that there was none */
	*z->entered = 1;
	munmap((void *)z->entered, ENTERED_SIZE);
}

static void
child_main(struct zygote *z, const struct run *run, int connection)
{
	struct buf payload = BUF_INIT(ZYGOTE_INLINE_MAX);
	char kind;
	int fd;

	child_enter(z, run, connection);
	while (frame_recv(ZYGOTE_FD, &kind, &payload, &fd,
	    FRAME_NO_DEADLINE) == FRAME_OK) {
		if (kind == 'D')
			reply_mapped(z, run, buf_slice(&payload), fd);
		else if (kind == 'M' && fd == -1)
			reply(z, run, buf_slice(&payload));
		else
			_exit(1);
	}
	_exit(0);
}

/* ---- in the zygote ---- */

/* The status of wait(2). That it had no sandbox is only believed of a child
 * that did not come to read a mail. */
static uint32_t
end_child(struct zygote *z, bool kill_it)
{
	int status = 0;

	if (z->child == 0)
		return ZYGOTE_NO_CHILD;
	if (kill_it)
		kill(z->child, SIGKILL);
	while (waitpid(z->child, &status, 0) == -1 && errno == EINTR)
		;
	z->child = 0;
	if (*z->entered && WIFEXITED(status) &&
	    WEXITSTATUS(status) == ZYGOTE_EXIT_SANDBOX)
		status = W_EXITCODE(1, 0);
	return (uint32_t)status;
}

static void
start_child(struct zygote *z, const struct run *run, int connection)
{
	pid_t pid;

	end_child(z, true);
	*z->entered = 0;
	pid = fork();
	if (pid == 0)
		child_main(z, run, connection);
	if (pid > 0)
		z->child = pid;
}

/* The limit is of what a child takes beyond the libraries it is born with. */
static bool
read_run(const struct zygote *z, struct slice s, struct run *run_out)
{
	uint64_t seconds, memory, answer;

	if (!frame_take(&s, 4, &seconds) || !frame_take(&s, 8, &memory) ||
	    !frame_take(&s, 8, &answer))
		return false;
	*run_out = (struct run){ { (int)seconds, z->mapped +
	    (size_t)memory, 0 }, (size_t)answer };
	return true;
}

static void
report_end(struct zygote *z)
{
	struct buf out = BUF_INIT(CONTROL_MAX);

	frame_put(&out, end_child(z, true), 4);
	frame_send(ZYGOTE_FD, 'S', buf_slice(&out), -1, FRAME_NO_DEADLINE);
	buf_free(&out);
}

/* A child that comes as far as the end of its input. */
static int
trial(struct zygote *z, struct err *err)
{
	struct run run = { { 10, (size_t)1 << 30, 0 }, CONTROL_MAX };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	uint32_t status;

	if (null == -1)
		return err_set(err, ERR_FATAL, "/dev/null: %s",
		    strerror(errno));
	start_child(z, &run, null);
	close(null);
	status = end_child(z, false);
	/* reading /dev/null as a socket fails, and ends it with 0 */
	if (status != 0)
		return err_set(err, ERR_FATAL, "no sandboxed child can be had "
		    "(wait status 0x%x)", (unsigned)status);
	return 0;
}

/* Bytes of address space in use, the first number of statm. */
static size_t
mapped_now(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL || fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static int
begin(struct zygote *z, struct err *err)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	size_t i;

	/* a stop of the whole service ends us by closing the control socket */
	for (i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		signal(ignored[i], SIG_IGN);
	z->entered = mmap(NULL, ENTERED_SIZE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (z->entered == MAP_FAILED)
		return err_set(err, ERR_FATAL, "mmap: %s", strerror(errno));
	if (sandbox_new(&z->sandbox, err) == -1)
		return -1;
	z->mapped = mapped_now();
	return trial(z, err);
}

int
zygote_serve(zygote_answer_fn *answer, void *arg, struct err *err)
{
	struct zygote z = { .answer = answer, .arg = arg, .self = getpid() };
	struct buf payload = BUF_INIT(CONTROL_MAX);
	struct run run;
	char kind;
	int fd = -1;

	if (begin(&z, err) == -1) {
		frame_send(ZYGOTE_FD, 'X', slice_of(err->msg), -1,
		    FRAME_NO_DEADLINE);
		sandbox_free(&z.sandbox);
		return -1;
	}
	frame_send(ZYGOTE_FD, 'R', (struct slice){ "", 0 }, -1,
	    FRAME_NO_DEADLINE);
	while (frame_recv(ZYGOTE_FD, &kind, &payload, &fd,
	    FRAME_NO_DEADLINE) == FRAME_OK) {
		if (kind == 'F' && fd != -1 &&
		    read_run(&z, buf_slice(&payload), &run))
			start_child(&z, &run, fd);
		else if (kind == 'W')
			report_end(&z);
		if (fd != -1)
			close(fd);
	}
	end_child(&z, true);
	buf_free(&payload);
	sandbox_free(&z.sandbox);
	return 0;
}
