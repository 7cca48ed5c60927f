#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/pager.h"

/* What is there, colours kept, nothing to leave when all fits the screen. */
#define DEFAULT_PAGER	\
	"command -v less >/dev/null 2>&1 && exec less -R; exec cat"

/* The pager was left before the end: so is the list. */
static void
left(int sig)
{
	(void)sig;
	_exit(0);
}

static const char *
wanted(void)
{
	const char *pager = getenv("PAGER");

	if (pager == NULL)
		return DEFAULT_PAGER;
	return *pager == '\0' || strcmp(pager, "cat") == 0 ? NULL : pager;
}

static void
run_pager(const char *command, int in)
{
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	close(in);
	setenv("LESS", "FRX", 0);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

void
pager_start(struct cli *cli)
{
	const char *command = wanted();
	int ends[2];

	if (!cli->terminal || cli->json || command == NULL ||
	    cli->pager != 0 || pipe(ends) == -1)
		return;
	fflush(stdout);
	cli->pager = fork();
	if (cli->pager == 0) {
		close(ends[1]);
		run_pager(command, ends[0]);
	}
	close(ends[0]);
	if (cli->pager != -1) {
		dup2(ends[1], STDOUT_FILENO);
		signal(SIGPIPE, left);
		signal(SIGINT, SIG_IGN);	/* it is the pager's */
	} else
		cli->pager = 0;
	close(ends[1]);
}

void
pager_end(struct cli *cli)
{
	if (cli->pager == 0)
		return;
	fflush(stdout);
	close(STDOUT_FILENO);
	while (waitpid(cli->pager, NULL, 0) == -1)
		;
	cli->pager = 0;
}
