/* campusdesk-web - shows the desk to browsers. This file: flags, settings, the
 * listening socket, and the process that answers on it: started, replaced at
 * SIGHUP by one with new settings, started again should it ever end. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/flags.h"
#include "base/json_pool.h"
#include "base/log.h"
#include "base/sdnotify.h"
#include "webview/http.h"
#include "webview/serve.h"

#define READY_MS	20000	/* a process that answers is ready within */
#define AGAIN_MS	1000	/* before one that ended is started again */

enum exit_code { EXIT_OK = 0, EXIT_STORE = 70, EXIT_LATER = 75, EXIT_SETTINGS = 78 };

struct master {
	struct settings	*settings;
	sigset_t	 set;
	int		 fd;		/* listens */
	pid_t		 child;		/* 0: none */
};

static void
block_signals(sigset_t *set)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaddset(set, signals[i]);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
use_settings(const struct settings *settings)
{
	log_setup(settings->log_level, settings->log_json);
	if (settings->time_zone[0] != '\0')
		setenv("TZ", settings->time_zone, 1);
	tzset();
}

/* In the child: it ends with us. */
static int
child_main(const struct master *m, const struct settings *settings,
    int ready_fd)
{
	unsetenv("NOTIFY_SOCKET");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	use_settings(settings);
	return serve(settings, m->fd, ready_fd, &m->set);
}

/* A process that answers by these settings; -1: it did not get that far, and
 * *code_out says how it ended. */
static pid_t
start_child(const struct master *m, const struct settings *settings,
    int *code_out)
{
	struct pollfd p = { .events = POLLIN };
	int fds[2], status = 0;
	pid_t pid;
	char c;

	*code_out = EXIT_LATER;
	if (pipe(fds) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		_exit(child_main(m, settings, fds[1]));
	}
	close(fds[1]);
	p.fd = fds[0];
	if (pid != -1 && poll(&p, 1, READY_MS) == 1 &&
	    read(fds[0], &c, 1) == 1) {
		close(fds[0]);
		return pid;
	}
	close(fds[0]);
	if (pid == -1)
		return -1;
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		*code_out = WEXITSTATUS(status);
	return -1;
}

static void
end_child(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

/* By the file as it is now: a new process, then the old one may go. */
static void
reload(struct master *m)
{
	struct settings *settings;
	struct err err = { 0 };
	pid_t pid;
	int code;

	if (settings_load(m->settings->file, SETTINGS_WEB, &settings,
	    &err) == -1) {
		log_at(LOG_ERROR, "reload", "old settings kept",
		    LOG_S("error", err.msg));
		return;
	}
	pid = start_child(m, settings, &code);
	if (pid == -1) {
		log_at(LOG_ERROR, "reload", "old settings kept",
		    LOG_N("code", code));
		settings_free(&settings);
		return;
	}
	end_child(m->child);
	m->child = pid;
	settings_free(&m->settings);
	m->settings = settings;
	use_settings(settings);
	log_at(LOG_INFO, "reload", "settings read again",
	    LOG_S("file", settings->file));
}

/* Somebody's child ended: ours, unasked? */
static void
look_after_child(struct master *m)
{
	int status, code;

	if (m->child > 0 && waitpid(m->child, &status, WNOHANG) == m->child) {
		log_at(LOG_ERROR, "main", "the process that answers ended",
		    LOG_N("status", status));
		m->child = 0;
	}
	if (m->child != 0)
		return;
	clock_sleep_ms(AGAIN_MS);
	m->child = start_child(m, m->settings, &code);
	if (m->child == -1) {
		m->child = 0;
		kill(getpid(), SIGCHLD);	/* and again */
	}
}

static enum exit_code
watch(struct master *m)
{
	int code, sig;

	m->child = start_child(m, m->settings, &code);
	if (m->child == -1)
		return (enum exit_code)(code == 0 ? EXIT_LATER : code);
	log_at(LOG_INFO, "main", "ready", LOG_S("version",
	    CAMPUSDESK_VERSION), LOG_S("listen", m->settings->web.listen));
	sdnotify("READY=1");
	for (;;) {
		if (sigwait(&m->set, &sig) != 0)
			continue;
		if (sig == SIGHUP)
			reload(m);
		else if (sig == SIGCHLD)
			look_after_child(m);
		else
			break;
	}
	sdnotify("STOPPING=1");
	end_child(m->child);
	log_msg(LOG_INFO, "main", "stopped");
	return EXIT_OK;
}

int
main(int argc, char **argv)
{
	static const struct flags flags = { "campusdesk-web",
	    "shows tickets to browsers" };
	struct master m = { .fd = -1 };
	struct err err = { 0 };
	const char *file;
	int code;

	if (!flags_read(&flags, argc, argv, &file, &code))
		return code;
	json_pool_use();
	umask(0027);
	block_signals(&m.set);
	if (settings_load(file, SETTINGS_WEB, &m.settings, &err) == -1) {
		fprintf(stderr, "%s\n", err.msg);
		return EXIT_SETTINGS;
	}
	use_settings(m.settings);
	if (http_listen(m.settings->web.listen, &m.fd, &err) == -1) {
		fprintf(stderr, "campusdesk-web: %s\n", err.msg);
		settings_free(&m.settings);
		return EXIT_LATER;
	}
	code = watch(&m);
	close(m.fd);
	settings_free(&m.settings);
	return code;
}
