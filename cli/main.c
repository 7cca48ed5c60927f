/* campusdesk - the administrator's command line: flags, and who does it.
 * What there is stands in subcommands.c. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/paths.h"
#include "cli/cli.h"
#include "cli/pager.h"
#include "cli/subcommands.h"

#define ARENA_MAX	((size_t)512 * 1024 * 1024)

/* The options that may stand anywhere. 0, or an exit code. */
static int
globals(struct cli *cli)
{
	static const struct cli_command self = { .name = "campusdesk",
	    .args = "-c FILE …" };
	int rc;

	cli->command = &self;
	rc = cli_option(cli, "-c", &cli->conf);
	if (rc == -1)
		return cli_fail(CLI_USAGE, "-c needs a file");
	cli->conf_given = rc == 1;
	if (cli_option(cli, "--as", &cli->as) == -1)
		return cli_fail(CLI_USAGE, "--as needs an address");
	cli->json = cli_flag(cli, "--json");
	return 0;
}

/* "there is no X", with what was probably meant. */
static int
unknown(const char *what, const char *name, const char *near,
    const char *list)
{
	return near == NULL ?
	    cli_fail(CLI_USAGE, "there is no %s %s; `campusdesk %s--help` "
	    "lists them", what, name, list) :
	    cli_fail(CLI_USAGE, "there is no %s %s: did you mean %s?", what,
	    name, near);
}

/* Find the subcommand, and its verb if it has some. 0, or an exit code. */
static int
choose(struct cli *cli, const char *name, bool wants_help)
{
	const struct cli_command *c = subcommands_find(name);
	const char *verb;

	if (c == NULL)
		return unknown("subcommand", name, subcommands_near(name), "");
	cli->command = c;
	if (c->verbs == NULL)
		return 0;
	verb = cli_next(cli);
	if (verb == NULL && wants_help)
		return 0;
	if (verb == NULL)
		return cli_usage(cli, "what is to be done? `campusdesk %s "
		    "--help` lists the verbs", c->name);
	cli->verb = subcommands_verb(c, verb);
	if (cli->verb == NULL)
		return unknown(arena_printf(cli->arena, "verb of %s:",
		    c->name), verb, subcommands_near_verb(c, verb),
		    arena_printf(cli->arena, "%s ", c->name));
	return 0;
}

static int
run(struct cli *cli)
{
	bool wants_help;
	const char *name;
	int code = globals(cli);

	if (code != 0)
		return code;
	wants_help = cli_flag(cli, "--help") || cli_flag(cli, "-h");
	if (cli_flag(cli, "--version")) {
		puts("campusdesk " CAMPUSDESK_VERSION);
		return 0;
	}
	name = cli_next(cli);
	if (name == NULL) {
		subcommands_help(wants_help ? stdout : stderr);
		return wants_help ? 0 : CLI_USAGE;
	}
	code = choose(cli, name, wants_help);
	if (code != 0)
		return code;
	if (wants_help) {
		subcommands_help_of(cli->command, cli->verb);
		return 0;
	}
	return cli->verb != NULL ? cli->verb->fn(cli) : cli->command->fn(cli);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .conf = PATHS_CONFIGURATION, .argc = argc - 1,
	    .argv = argv + 1 };
	int code;

	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	umask(027);
	cli.arena = arena_new(ARENA_MAX);
	if (cli.arena == NULL)
		return cli_fail(CLI_STORE, "out of memory");
	cli_terminal(&cli);
	code = run(&cli);
	db_close(&cli.db);
	secret_free(&cli.secret);
	settings_free(&cli.settings);
	arena_free(&cli.arena);
	if ((fflush(stdout) != 0 || ferror(stdout) != 0) && code == 0)
		code = errno == EPIPE ? CLI_NO : cli_fail(CLI_NO,
		    "standard output: %s", strerror(errno));
	pager_end(&cli);
	return code;
}
