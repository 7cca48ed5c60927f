#include <string.h>

#include "cli/table.h"
#include "db/audit_store.h"
#include "db/outbox_store.h"
#include "desk/change.h"

struct listing {
	struct cli	*cli;
	struct table	*table;		/* NULL: JSON */
};

json_t *
cli_json_mail(const struct outbox_row *r)
{
	return json_pack("{s:I,s:o,s:s,s:s,s:s,s:s,s:i,s:o,s:o}",
	    "id", (json_int_t)r->id, "ticket", r->ticket == 0 ?
	    json_null() : json_integer(r->ticket), "to", r->to,
	    "event", r->event, "message_id", r->message_id,
	    "state", outbox_state_name(r->state), "attempts",
	    r->attempts, "next", r->state == OUTBOX_QUEUED ||
	    r->state == OUTBOX_UNKNOWN ? cli_json_time(r->next_ms) :
	    json_null(), "error", cli_json_text(r->error));
}

static int
print_row(const struct outbox_row *r, void *arg)
{
	static const char *const styles[] = {
		[OUTBOX_SENT] = CLI_DIM, [OUTBOX_DROPPED] = CLI_DIM,
		[OUTBOX_FAILED] = CLI_RED, [OUTBOX_BOUNCED] = CLI_RED,
		[OUTBOX_UNKNOWN] = CLI_YELLOW, [OUTBOX_HELD] = CLI_YELLOW,
		[OUTBOX_QUEUED] = "", [OUTBOX_SENDING] = "",
	};
	struct listing *l = arg;
	const char *cells[] = { cli_id(l->cli, "", r->id), r->ticket == 0 ?
	    "-" : cli_id(l->cli, "#", r->ticket), outbox_state_name(r->state),
	    r->event, r->to, cli_id(l->cli, "", r->attempts), r->error };

	if (l->table == NULL)
		cli_json(cli_json_mail(r));
	else
		table_row(l->table, styles[r->state], cells);
	return 0;
}

int
cmd_outbox_list(struct cli *cli)
{
	static const struct table_column columns[] = {
		{ "ID", 0 }, { "TICKET", 0 }, { "STATE", 0 },
		{ "EVENT", 0 }, { "TO", 1 }, { "TRIES", 0 },
		{ "ERROR", 2 }, { NULL, 0 },
	};
	struct listing l = { .cli = cli };
	struct err err = { 0 };
	bool all = cli_flag(cli, "--all");
	int code = cli_done(cli), rc;

	if (code == 0)
		code = cli_open(cli);
	if (code == 0 && !cli->json) {
		l.table = table_new(cli, columns, all ? "nothing was ever "
		    "sent" : "nothing waits");
		code = l.table == NULL ? CLI_TEMPFAIL : 0;
	}
	if (code != 0)
		return code;
	rc = outbox_list(cli->db, all, 0, 1000000, cli->arena, print_row, &l,
	    &err);
	table_end(&l.table);
	return rc == -1 ? cli_err(&err, CLI_NO) : 0;
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
	int rc = outbox_head(cli->db, ask->id, cli->arena, &row, err);

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
