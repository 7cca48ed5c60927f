/* campusdesk - the administrator's command line: a table of subcommands. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

#define DEFAULT_CONF	"/etc/campusdesk/campusdesk.conf"
#define ARENA_MAX	((size_t)512 * 1024 * 1024)

static const struct cli_command commands[] = {
	{ "init", "[--address A --name N --imap URL --user U "
	  "--password-file F --smtp URL --admin A --store PATH --tls none "
	  "--ca-file F]",
	  "ask six questions, write configuration, secret and first admin,\n"
	  "run check; what is given as an option is not asked",
	  "campusdesk init", cmd_init },
	{ "check", "", "try everything the configuration names",
	  "campusdesk check", cmd_check },
	{ "ticket",
	  "list|show|new|reply|note|set|close|reopen|take|link|accept …",
	  "everything that is done to tickets",
	  "campusdesk ticket list --view open --category it\n"
	  "  campusdesk ticket show 1042\n"
	  "  campusdesk ticket reply 1042 \"It is fixed.\" --as mia@campus.example\n"
	  "  campusdesk ticket set 1042 priority=high location=\"Library 2.14\"",
	  cmd_ticket },
	{ "staff", "list | add|set|remove ADDRESS [--name N --role staff|"
	  "manager|admin --category C,… --mail all|mine|category|none "
	  "--digest --slack U… --matrix @…:…]",
	  "who works here",
	  "campusdesk staff add mia@campus.example --name \"Mia Adler\"",
	  cmd_staff },
	{ "outbox", "list [--all] | retry ID | drop ID",
	  "mail that is to be sent, is stuck or held, and why",
	  "campusdesk outbox list", cmd_outbox },
	{ "quarantine", "list | show ID | retry ID",
	  "mail that could not be processed, kept as it came",
	  "campusdesk quarantine show 17", cmd_quarantine },
	{ "filed", "list | show ID | ticket ID",
	  "mail that made no ticket, and why; `ticket` makes one of it",
	  "campusdesk filed list", cmd_filed },
	{ "why", "NUMBER", "the story of a ticket: which rule decided what",
	  "campusdesk why 1042", cmd_why },
	{ "audit", "show [--ticket N] | verify [--head SEQ:HASH]",
	  "the chain of events", "campusdesk audit verify", cmd_audit },
	{ "secret", "rotate", "new keys; the former ones are kept",
	  "campusdesk secret rotate", cmd_secret },
	{ "parse", "[FILE]",
	  "how a mail would be understood, and why; without -c no\n"
	  "configuration is needed (ids and tags are then read by form only)",
	  "campusdesk parse --json mail.eml", cmd_parse },
	{ "deliver", "[--mailbox NAME]",
	  "take in one mail from standard input, as an MTA's pipe calls it;\n"
	  "0 means durable and decided, 75 that the MTA must keep it",
	  "campusdesk deliver --mailbox inbox < mail.eml", cmd_deliver },
	{ "reconcile", "[--mailbox NAME]",
	  "compare what the IMAP server holds with the ledger, UID by UID",
	  "campusdesk reconcile", cmd_reconcile },
	{ "backup", "DIR [--verify]",
	  "a consistent copy of store, secret, templates and configuration;\n"
	  "--verify: checks it, or one that is there already",
	  "campusdesk backup /var/backups/desk-2026-11-25", cmd_backup },
	{ "restore", "DIR [--force]",
	  "bring a backup back; nothing is mailed until released; --force:\n"
	  "set store and secret that are there aside",
	  "campusdesk restore /var/backups/desk-2026-11-25", cmd_restore },
};

#define NCOMMANDS	(sizeof commands / sizeof commands[0])

static void
help(FILE *f)
{
	size_t i;

	fprintf(f, "usage: campusdesk [-c FILE] [--json] [--as ADDRESS] "
	    "SUBCOMMAND …\n\n");
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(f, "  %-12s %.*s\n", commands[i].name,
		    (int)strcspn(commands[i].what, ";\n"), commands[i].what);
	fprintf(f, "\n`campusdesk SUBCOMMAND --help` shows how it is used.\n");
}

static void
help_of(const struct cli_command *c)
{
	printf("usage: campusdesk %s %s\n\n%s\n\nexample:\n  %s\n", c->name,
	    c->args, c->what, c->example);
}

static const struct cli_command *
find(const char *name)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The options that may stand anywhere. 0, or an exit code. */
static int
globals(struct cli *cli)
{
	static const struct cli_command self = { "campusdesk", "-c FILE …",
	    "", "", NULL };
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
		help(wants_help ? stdout : stderr);
		return wants_help ? 0 : CLI_USAGE;
	}
	cli->command = find(name);
	if (cli->command == NULL)
		return cli_fail(CLI_USAGE, "there is no subcommand %s; "
		    "`campusdesk --help` lists them", name);
	if (wants_help) {
		help_of(cli->command);
		return 0;
	}
	return cli->command->fn(cli);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .conf = DEFAULT_CONF, .argc = argc - 1,
	    .argv = argv + 1 };
	int code;

	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	umask(027);
	cli.arena = arena_new(ARENA_MAX);
	if (cli.arena == NULL)
		return cli_fail(CLI_STORE, "out of memory");
	code = run(&cli);
	db_close(&cli.db);
	secret_free(&cli.secret);
	settings_free(&cli.settings);
	arena_free(&cli.arena);
	if (fflush(stdout) != 0 && code == 0)
		code = CLI_NO;
	return code;
}
