#include <string.h>

#include "cli/table.h"
#include "db/audit_store.h"

struct listing {
	struct cli	*cli;
	struct table	*table;		/* NULL: JSON */
};

json_t *
cli_json_event(const struct event *e)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o}",
	    "seq", (json_int_t)e->seq, "time",
	    cli_json_time(e->time_ms), "ticket", e->ticket == 0 ?
	    json_null() : json_integer(e->ticket), "actor",
	    cli_json_text(e->actor), "proof",
	    cli_json_text(e->proof), "action", e->action, "field",
	    cli_json_text(e->field), "old",
	    cli_json_text(e->old_value), "new",
	    cli_json_text(e->new_value), "because",
	    cli_json_text(e->because));
}

/* "status: open → closed" */
static const char *
what(struct cli *cli, const struct event *e)
{
	const char *new_value = e->new_value == NULL ? "" :
	    *e->new_value == '\0' ? "none" : e->new_value;

	return arena_printf(cli->arena, "%s%s%s%s%s",
	    e->field == NULL ? "" : e->field, e->field == NULL ? "" : ": ",
	    e->old_value == NULL ? "" :
	    *e->old_value == '\0' ? "none" : e->old_value,
	    e->old_value == NULL ? "" : " \xe2\x86\x92 ", new_value);
}

static int
print_event(const struct event *e, void *arg)
{
	struct listing *l = arg;
	const char *cells[] = { cli_id(l->cli, "", e->seq),
	    cli_time(l->cli, e->time_ms), e->ticket == 0 ? "-" :
	    cli_id(l->cli, "#", e->ticket), e->erased ? "(erased)" : e->actor,
	    e->action, what(l->cli, e), e->because };

	if (l->table == NULL)
		cli_json(cli_json_event(e));
	else
		table_row(l->table, e->erased ? CLI_DIM : "", cells);
	return 0;
}

int
cmd_audit_show(struct cli *cli)
{
	static const struct table_column columns[] = {
		{ "SEQ", 0 }, { "TIME", 0 }, { "TICKET", 0 },
		{ "WHO", 1 }, { "WHAT", 0 }, { "VALUE", 2 },
		{ "BECAUSE", 1 }, { NULL, 0 },
	};
	struct listing l = { .cli = cli };
	const char *arg = NULL;
	struct err err = { 0 };
	int64_t ticket = 0;
	int code = 0, rc;

	if (cli_option(cli, "--ticket", &arg) == -1)
		return cli_usage(cli, "--ticket needs a number");
	if (arg != NULL)
		ticket = cli_number(cli, arg, &code);
	if (ticket == -1)
		return code;
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code == 0 && !cli->json) {
		l.table = table_new(cli, columns, "no event");
		code = l.table == NULL ? CLI_TEMPFAIL : 0;
	}
	if (code != 0)
		return code;
	rc = audit_list(cli->db, ticket, 0, 10000000, cli->arena,
	    print_event, &l, &err);
	table_end(&l.table);
	return rc == -1 ? cli_err(&err, CLI_NO) : 0;
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
