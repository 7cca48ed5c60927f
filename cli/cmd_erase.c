#include <string.h>

#include "cli/erasing.h"
#include "cli/erasures.h"
#include "desk/field.h"

struct ask {
	const char	*address;
	int64_t		 ticket;	/* address NULL: this ticket */
	bool		 listed;	/* in the list of erasures */
	struct erased	 what;
	int		 found;		/* 1, or 0: nothing here */
};

/* The list first: whatever is committed is in it. */
static int
do_erase(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (act_terminal(&cli->desk, cli->as, &actor, err) == -1)
		return -1;
	ask->found = ask->address != NULL ? erase_person(&cli->desk, &actor,
	    ask->address, &ask->what, err) : erase_ticket(&cli->desk, &actor,
	    ask->ticket, &ask->what, err);
	if (ask->found != 1)
		return ask->found;
	return ask->listed ? erasures_add(cli, erasures_path(cli), &ask->what,
	    err) : 0;
}

/* What would be erased: done, and taken back. 0, or an exit code. */
static int
look(struct cli *cli, struct ask *ask)
{
	struct err err = { 0 };
	int rc = db_begin(cli->db, &err);

	if (rc == 0)
		rc = do_erase(cli, ask, &err);
	db_rollback(cli->db);
	if (rc == -1)
		return cli_err(&err, CLI_NO);
	if (ask->found == 1)
		return 0;
	return ask->address != NULL ? cli_fail(CLI_NO, "nothing here is of %s",
	    ask->address) : cli_fail(CLI_NO, "there is no ticket #%lld",
	    (long long)ask->ticket);
}

static int
erase(struct cli *cli, struct ask *ask, bool server)
{
	struct err err = { 0 };
	int64_t taken = -1;

	if (server) {
		taken = erase_on_server(cli, &ask->what);
		if (taken == -1)
			return cli_fail(CLI_UNAVAILABLE, "nothing was erased "
			    "here yet: do it again when the server answers, or "
			    "without --server");
	}
	ask->listed = true;
	if (cli_transact(cli, do_erase, ask, &err) == -1)
		return cli_err(&err, CLI_NO);
	erasing_report(cli, &ask->what, taken, erasing_purge(cli));
	return 0;
}

static const char *
amount(struct cli *cli, const struct ask *ask)
{
	const struct erased *w = &ask->what;
	const char *text = arena_printf(cli->arena, "%lld tickets, %lld "
	    "messages, %lld mails as they came, %lld mails of ours",
	    (long long)w->tickets, (long long)w->messages,
	    (long long)w->raws, (long long)w->mails);

	return text == NULL ? "" : text;
}

/* Nothing is left on the command line; who asks may; how much is it? */
static int
open_for(struct cli *cli, struct ask *ask, bool server)
{
	int code = cli_done(cli);

	if (code == 0)
		code = cli_settings(cli, server ? SETTINGS_CLI :
		    SETTINGS_NO_SECRETS);
	if (code == 0)
		code = cli_open(cli);
	if (code == 0)
		code = erasing_may(cli);
	return code == 0 ? look(cli, ask) : code;
}

int
cmd_erase(struct cli *cli)
{
	struct ask ask = { .listed = false };
	bool yes = cli_flag(cli, "--yes"), server = cli_flag(cli, "--server");
	int code;

	ask.address = cli_next(cli);
	if (ask.address == NULL || !field_is_address(ask.address))
		return cli_usage(cli, "whose data? NAME@DOMAIN would be "
		    "right");
	code = open_for(cli, &ask, server);
	if (code != 0)
		return code;
	if (!yes && !erasing_asked(cli, arena_printf(cli->arena, "Erase %s "
	    "for good: %s?", cli_text(cli, ask.address, 0),
	    amount(cli, &ask))))
		return cli_fail(CLI_NO, "nothing was erased: %s would be; "
		    "--yes does it", amount(cli, &ask));
	return erase(cli, &ask, server);
}

int
cmd_ticket_delete(struct cli *cli)
{
	struct ask ask = { .listed = false };
	bool yes = cli_flag(cli, "--yes"), server = cli_flag(cli, "--server");
	int code;

	ask.ticket = cli_number(cli, cli_next(cli), &code);
	if (ask.ticket == -1)
		return code;
	code = open_for(cli, &ask, server);
	if (code != 0)
		return code;
	/* a program that asks for it means it; a person may have mistyped */
	if (!yes && cli->terminal && !erasing_asked(cli, arena_printf(
	    cli->arena, "Erase #%lld for good: %s?", (long long)ask.ticket,
	    amount(cli, &ask))))
		return cli_fail(CLI_NO, "nothing was erased");
	return erase(cli, &ask, server);
}
