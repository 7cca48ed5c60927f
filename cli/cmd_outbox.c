#include <string.h>

#include "cli/cli.h"
#include "db/audit_store.h"
#include "db/outbox_store.h"
#include "desk/change.h"

static int
print_row(const struct outbox_row *r, void *arg)
{
	struct cli *cli = arg;
	char id[24], ticket[24];

	if (cli->json) {
		cli_json(json_pack("{s:I,s:o,s:s,s:s,s:s,s:s,s:i,s:o,s:o}",
		    "id", (json_int_t)r->id, "ticket", r->ticket == 0 ?
		    json_null() : json_integer(r->ticket), "to", r->to,
		    "event", r->event, "message_id", r->message_id,
		    "state", outbox_state_name(r->state), "attempts",
		    r->attempts, "next", r->state == OUTBOX_QUEUED ||
		    r->state == OUTBOX_UNKNOWN ? cli_json_time(r->next_ms) :
		    json_null(), "error", cli_json_text(r->error)));
		return 0;
	}
	snprintf(id, sizeof id, "%lld", (long long)r->id);
	snprintf(ticket, sizeof ticket, "#%lld", (long long)r->ticket);
	cli_column(cli, id, 6);
	cli_column(cli, r->ticket == 0 ? "-" : ticket, 7);
	cli_column(cli, outbox_state_name(r->state), 8);
	cli_column(cli, r->event, 22);
	cli_column(cli, r->to, 30);
	printf("%d tries  %s\n", r->attempts, cli_text(cli, r->error, 70));
	return 0;
}

int
cmd_outbox_list(struct cli *cli)
{
	struct err err = { 0 };
	bool all = cli_flag(cli, "--all");
	int code = cli_done(cli);

	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (outbox_list(cli->db, all, 0, 1000000, cli->arena, print_row, cli,
	    &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}

struct ask {
	int64_t	id;
	bool	drop;
};

static int
do_change(struct cli *cli, void *arg, struct err *err)
{
	const struct ask *ask = arg;
	struct outbox_row row;
	struct actor actor;
	int rc = outbox_get(cli->db, ask->id, cli->arena, &row, err);

	if (rc == -1)
		return -1;
	if (rc == 0)
		return err_set(err, ERR_INPUT, "the outbox has no item %lld",
		    (long long)ask->id);
	if (row.state == OUTBOX_SENT || row.state == OUTBOX_DROPPED ||
	    row.state == OUTBOX_SENDING)
		return err_set(err, ERR_INPUT, "item %lld is %s",
		    (long long)ask->id, outbox_state_name(row.state));
	row.state = ask->drop ? OUTBOX_DROPPED : OUTBOX_QUEUED;
	row.next_ms = cli->desk.now_ms;
	row.first_try_ms = 0;
	row.tried_unknown = false;
	if (ask->drop)
		row.done_ms = cli->desk.now_ms;
	if (act_terminal(&cli->desk, cli->as, &actor, err) == -1 ||
	    outbox_update(cli->db, &row, err) == -1)
		return -1;
	return change_event(&cli->desk, &actor, row.ticket, ask->drop ?
	    "mail dropped" : "mail sent again", "to", NULL, row.to, err);
}

static int
change(struct cli *cli, bool drop)
{
	struct ask ask = { .drop = drop };
	struct err err = { 0 };
	int code;

	ask.id = cli_number(cli, cli_next(cli), &code);
	if (ask.id == -1)
		return code;
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (cli_transact(cli, do_change, &ask, &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}

int
cmd_outbox_retry(struct cli *cli)
{
	return change(cli, false);
}

int
cmd_outbox_drop(struct cli *cli)
{
	return change(cli, true);
}
