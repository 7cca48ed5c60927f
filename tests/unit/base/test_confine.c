/* What a server can still do once it is confined, each tried in a child of its
 * own: the number it returns is the errno of the try, 0 for success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"

static char folder[64], inside[96], outside[96], sock[96];

static int
result(long rc)
{
	return rc == -1 ? errno : 0;
}

static int
try_open(const char *path, int flags)
{
	return result(open(path, flags, 0600));
}

static int
read_inside(void)
{
	return try_open(inside, O_RDONLY);
}

static int
read_outside(void)
{
	return try_open(outside, O_RDONLY);
}

static int
write_inside(void)
{
	return try_open(inside, O_RDWR);
}

static int
append_inside(void)
{
	return try_open(inside, O_WRONLY | O_APPEND);
}

static int
create_inside(void)
{
	char path[128];

	snprintf(path, sizeof path, "%s/in/new", folder);
	return try_open(path, O_CREAT | O_RDONLY);
}

static int
remove_inside(void)
{
	return result(unlink(inside));
}

static int
run_program(void)
{
	return result(execl("/bin/true", "true", NULL));
}

static int
trace(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
fork_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
start_thread(void)
{
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, nothing, NULL);

	return rc != 0 ? rc : pthread_join(thread, NULL);
}

static int
internet_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int
unix_socket(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", sock);
	return fd == -1 ? errno :
	    result(connect(fd, (struct sockaddr *)&sun, sizeof sun));
}

static int
executable_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno :
	    result(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
kill_parent(void)
{
	return result(kill(getppid(), 0));
}

/* Exit code of fn in a confined child; 1000 and the signal that killed it. */
static int
confined(int (*fn)(void), bool *paths_out)
{
	const char *readable[] = { NULL, "/nowhere/at/all", NULL };
	struct confine confine = { readable, 64 };
	struct err err = { 0 };
	char in[96];
	int status, fds[2];
	bool paths = false;
	pid_t pid;

	snprintf(in, sizeof in, "%s/in", folder);
	readable[0] = in;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		if (confine_enter(&confine, &paths, &err) == -1) {
			fprintf(stderr, "%s\n", err.msg);
			_exit(255);
		}
		if (write(fds[1], &paths, sizeof paths) != sizeof paths)
			_exit(254);
		_exit(fn());
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &paths, sizeof paths), sizeof paths);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	*paths_out = paths;
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

static void
test_confine(void **state)
{
	static const struct {
		const char	*name;
		int		 (*fn)(void);
		int		 want;
		bool		 needs_paths;	/* Landlock refuses it */
	} t[] = {
		{ "read inside", read_inside, 0, false },
		{ "read outside", read_outside, EACCES, true },
		{ "write inside", write_inside, EACCES, false },
		{ "append inside", append_inside, EACCES, false },
		{ "create inside", create_inside, EPERM, false },
		{ "remove inside", remove_inside, EPERM, false },
		{ "run a program", run_program, 1000 + SIGSYS, false },
		{ "trace", trace, 1000 + SIGSYS, false },
		{ "fork", fork_child, EPERM, false },
		{ "start a thread", start_thread, 0, false },
		{ "internet socket", internet_socket, EPERM, false },
		{ "unix socket", unix_socket, 0, false },
		{ "executable memory", executable_memory, EPERM, false },
		{ "signal others", kill_parent, EPERM, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		bool paths;
		int got = confined(t[i].fn, &paths);

		print_message("%s: %d\n", t[i].name, got);
		if (!t[i].needs_paths || paths)
			assert_int_equal(got, t[i].want);
	}
}

/* A socket that was there before cannot be used to call somebody, where the
 * kernel can tell (Landlock 4). */
static int listener, spare;

static int
call_somebody(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof in;

	if (getsockname(listener, (struct sockaddr *)&in, &len) == -1)
		return 253;
	return result(connect(spare, (struct sockaddr *)&in, len));
}

static void
test_no_calls(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	bool paths;

	(void)state;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	spare = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&in, sizeof in), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(confined(call_somebody, &paths),
	    abi >= 4 ? EACCES : 0);
	assert_int_equal(call_somebody(), 0);
	close(listener);
	close(spare);
}

static void
put(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static int
setup(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	snprintf(folder, sizeof folder, "/tmp/campusdesk-confine.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(inside, sizeof inside, "%s/in", folder);
	assert_int_equal(mkdir(inside, 0700), 0);
	snprintf(inside, sizeof inside, "%s/in/file", folder);
	snprintf(outside, sizeof outside, "%s/file", folder);
	snprintf(sock, sizeof sock, "%s/in/sock", folder);
	put(inside);
	put(outside);
	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", sock);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	return listen(fd, 16);
}

static int
teardown(void **state)
{
	char path[96];

	(void)state;
	unlink(inside);
	unlink(outside);
	unlink(sock);
	snprintf(path, sizeof path, "%s/in", folder);
	rmdir(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confine),
		cmocka_unit_test(test_no_calls),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
