#include "cli/pager.h"
#include "db/audit_store.h"
#include "db/ledger_store.h"
#include "db/message_store.h"

/* What the ledger says of the item that an event came from. */
static json_t *
item_json(struct cli *cli, int64_t item)
{
	struct ledger_row r;

	if (item == 0 ||
	    ledger_get(cli->db, item, cli->arena, &r, NULL) != 1)
		return json_null();
	return json_pack("{s:I,s:s,s:o,s:s,s:o,s:o}", "id", (json_int_t)r.id,
	    "source", r.key.source, "kind", cli_json_text(r.kind), "outcome",
	    ledger_outcome_name(r.outcome), "because",
	    cli_json_text(r.because), "from", cli_json_text(r.from));
}

static void
item_line(struct cli *cli, int64_t item)
{
	struct ledger_row r;

	if (item == 0 ||
	    ledger_get(cli->db, item, cli->arena, &r, NULL) != 1)
		return;
	printf("      item %lld from %s", (long long)r.id, r.key.source);
	if (r.kind != NULL)
		printf(", read as %s", cli_text(cli, r.kind, 0));
	printf(": %s", ledger_outcome_name(r.outcome));
	if (r.because != NULL)
		printf(", %s", cli_text(cli, r.because, 100));
	putchar('\n');
}

struct story {
	struct cli	*cli;
	int64_t		 last_item;
};

/* Of a field; an empty one is none. */
static const char *
value(struct cli *cli, const char *text)
{
	return *text == '\0' ? "none" : cli_text(cli, text, 60);
}

static int
tell(const struct event *e, void *arg)
{
	struct story *story = arg;
	struct cli *cli = story->cli;

	if (cli->json) {
		cli_json(json_pack("{s:I,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o}",
		    "seq", (json_int_t)e->seq, "time",
		    cli_json_time(e->time_ms), "actor",
		    cli_json_text(e->actor), "proof",
		    cli_json_text(e->proof), "action", e->action, "field",
		    cli_json_text(e->field), "old",
		    cli_json_text(e->old_value), "new",
		    cli_json_text(e->new_value), "because",
		    cli_json_text(e->because), "item",
		    item_json(cli, e->item)));
		return 0;
	}
	printf("%s%s  %s%s", cli_style(cli, CLI_BOLD),
	    cli_time(cli, e->time_ms), e->action, cli_style(cli, CLI_PLAIN));
	if (e->field != NULL)
		printf(" %s", cli_text(cli, e->field, 0));
	if (e->old_value != NULL)
		printf(" from %s", value(cli, e->old_value));
	if (e->new_value != NULL)
		printf(" %s%s", e->old_value == NULL ? "" : "to ",
		    value(cli, e->new_value));
	printf("\n      by %s, proven: %s", cli_text(cli, e->actor, 60),
	    cli_text(cli, e->proof, 0));
	if (e->because != NULL)
		printf("; because: %s", cli_text(cli, e->because, 100));
	putchar('\n');
	if (e->item != story->last_item)
		item_line(cli, e->item);
	story->last_item = e->item;
	return 0;
}

int
cmd_why(struct cli *cli)
{
	struct story story = { .cli = cli };
	struct ticket t;
	struct err err = { 0 };
	int code, rc;
	int64_t number = cli_number(cli, cli_next(cli), &code);

	if (number == -1)
		return code;
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	rc = ticket_get(cli->db, number, cli->arena, &t, &err);
	if (rc == 0)
		return cli_fail(CLI_NO, "there is no ticket #%lld",
		    (long long)number);
	pager_start(cli);
	if (rc == -1 || audit_list(cli->db, number, 0, 1000000, cli->arena,
	    tell, &story, &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}
