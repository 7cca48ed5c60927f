#include <string.h>

#include "cli/cli.h"
#include "db/audit_store.h"

static int
print_event(const struct event *e, void *arg)
{
	struct cli *cli = arg;

	if (cli->json) {
		cli_json(json_pack("{s:I,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o}",
		    "seq", (json_int_t)e->seq, "time",
		    cli_json_time(e->time_ms), "ticket", e->ticket == 0 ?
		    json_null() : json_integer(e->ticket), "actor",
		    cli_json_text(e->actor), "proof",
		    cli_json_text(e->proof), "action", e->action, "field",
		    cli_json_text(e->field), "old",
		    cli_json_text(e->old_value), "new",
		    cli_json_text(e->new_value), "because",
		    cli_json_text(e->because)));
		return 0;
	}
	printf("%6lld  %s  ", (long long)e->seq, cli_time(cli, e->time_ms));
	printf("%s%-7lld", e->ticket == 0 ? " " : "#", (long long)e->ticket);
	cli_column(cli, e->erased ? "(erased)" : e->actor, 28);
	cli_column(cli, e->action, 14);
	if (e->field != NULL)
		printf("%s: ", cli_text(cli, e->field, 0));
	if (e->old_value != NULL)
		printf("%s -> ", cli_text(cli, e->old_value, 60));
	printf("%s%s%s%s\n", cli_text(cli, e->new_value, 60),
	    e->because == NULL ? "" : "  (", cli_text(cli, e->because, 60),
	    e->because == NULL ? "" : ")");
	return 0;
}

int
cmd_audit_show(struct cli *cli)
{
	const char *arg = NULL;
	struct err err = { 0 };
	int64_t ticket = 0;
	int code = 0;

	if (cli_option(cli, "--ticket", &arg) == -1)
		return cli_usage(cli, "--ticket needs a number");
	if (arg != NULL)
		ticket = cli_number(cli, arg, &code);
	if (ticket == -1)
		return code;
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (audit_list(cli->db, ticket, 0, 10000000, cli->arena, print_event,
	    cli, &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}

int
cmd_audit_verify(struct cli *cli)
{
	const char *noted = NULL;
	char head[AUDIT_HEAD_MAX];
	struct err err = { 0 };
	int code;

	if (cli_option(cli, "--head", &noted) == -1)
		return cli_usage(cli, "--head needs SEQ:HASH");
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (audit_verify(cli->db, cli->secret, noted, &err) == -1 ||
	    audit_head(cli->db, head, &err) == -1)
		return cli_err(&err, CLI_NO);
	if (cli->json)
		cli_json(json_pack("{s:s}", "head", head));
	else
		puts(head);
	return 0;
}
