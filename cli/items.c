#include "cli/items.h"
#include "cli/take.h"
#include "db/raw_store.h"
#include "desk/intake.h"

struct list {
	struct cli		*cli;
	enum ledger_outcome	 outcome;
};

static int
print_row(const struct ledger_row *r, void *arg)
{
	struct list *list = arg;
	struct cli *cli = list->cli;
	char id[24];

	if (cli->json && list->outcome == LEDGER_QUARANTINED) {
		cli_json(json_pack("{s:I,s:s,s:o,s:o,s:o,s:o,s:i}",
		    "id", (json_int_t)r->id, "mailbox", r->key.source,
		    "date", cli_json_time(r->seen_ms), "from",
		    cli_json_text(r->from), "subject",
		    cli_json_text(r->subject), "error",
		    cli_json_text(r->because), "attempts", r->attempts));
		return 0;
	}
	if (cli->json) {
		cli_json(json_pack("{s:I,s:o,s:o,s:o,s:o,s:o}",
		    "id", (json_int_t)r->id, "date",
		    cli_json_time(r->seen_ms), "from",
		    cli_json_text(r->from), "subject",
		    cli_json_text(r->subject), "kind",
		    cli_json_text(r->kind), "because",
		    cli_json_text(r->because)));
		return 0;
	}
	snprintf(id, sizeof id, "%lld", (long long)r->id);
	cli_column(cli, id, 6);
	printf("%s  ", cli_time(cli, r->seen_ms));
	cli_column(cli, r->from == NULL ? "-" : r->from, 28);
	cli_column(cli, r->subject == NULL ? "-" : r->subject, 36);
	printf("%s\n", cli_text(cli, r->because, 60));
	return 0;
}

int
items_list(struct cli *cli, enum ledger_outcome outcome)
{
	struct list list = { cli, outcome };
	struct err err = { 0 };
	int code = cli_done(cli);

	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (ledger_list(cli->db, outcome, 0, 1000000, cli->arena, print_row,
	    &list, &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}

/* The row that the next argument names. 0, or an exit code. */
static int
row_of(struct cli *cli, enum ledger_outcome outcome, struct ledger_row *row)
{
	struct err err = { 0 };
	int64_t id;
	int code, rc;

	id = cli_number(cli, cli_next(cli), &code);
	if (id == -1)
		return code;
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	rc = ledger_get(cli->db, id, cli->arena, row, &err);
	if (rc == -1)
		return cli_err(&err, CLI_NO);
	if (rc == 0 || row->outcome != outcome)
		return cli_fail(CLI_NO, "no %s mail has the id %lld",
		    ledger_outcome_name(outcome), (long long)id);
	return 0;
}

static int
print_piece(const void *p, size_t len, void *arg)
{
	return fwrite(p, 1, len, arg) == len ? 0 : 1;
}

int
items_show(struct cli *cli, enum ledger_outcome outcome)
{
	struct ledger_row row = { 0 };
	struct err err = { 0 };
	size_t size;
	int code = row_of(cli, outcome, &row);

	if (code != 0)
		return code;
	if (row.raw == 0 || raw_size(cli->db, row.raw, &size, &err) != 1)
		return cli_fail(CLI_NO, "its bytes are not kept");
	if (raw_stream(cli->db, row.raw, 0, size, print_piece, stdout,
	    &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}

struct again {
	const struct ledger_row	*row;
	const struct mail	*mail;
	bool			 make_ticket;
	struct intake_result	 result;
};

static int
do_again(struct cli *cli, void *arg, struct err *err)
{
	struct again *a = arg;

	return intake_again(&cli->desk, a->row->id, a->mail, a->make_ticket,
	    &a->result, err);
}

int
items_again(struct cli *cli, enum ledger_outcome outcome, bool make_ticket)
{
	struct ledger_row row = { 0 };
	struct again again = { .row = &row, .make_ticket = make_ticket };
	struct blob *raw = NULL;
	struct mail *mail = NULL;
	const char *fault = "";
	struct err err = { 0 };
	int code = row_of(cli, outcome, &row), rc;

	if (code != 0)
		return code;
	if (row.raw == 0 || raw_get(cli->db, row.raw, &raw, &err) == -1)
		return cli_fail(CLI_NO, "its bytes are not kept");
	rc = take_read(cli, raw, &cli->settings->limits, &mail, &fault, &err);
	if (rc == 0 && mail == NULL && !make_ticket)
		code = cli_fail(CLI_NO, "still not to be read: %s", fault);
	else if (rc == 0 && mail == NULL)
		rc = take_header(cli, raw, &mail, &err);
	if (rc == 0 && code == 0) {
		again.mail = mail;
		rc = cli_transact(cli, do_again, &again, &err);
	}
	blob_free(&raw);
	if (code != 0)
		return code;
	if (rc == -1)
		return cli_err(&err, CLI_NO);
	printf("%s", ledger_outcome_name(again.result.outcome));
	if (again.result.ticket != 0)
		printf(" #%lld", (long long)again.result.ticket);
	putchar('\n');
	return 0;
}
