#include "cli/items.h"
#include "cli/table.h"
#include "cli/take.h"
#include "db/raw_store.h"
#include "desk/intake.h"

struct listing {
	struct cli		*cli;
	enum ledger_outcome	 outcome;
	struct table		*table;		/* NULL: JSON */
};

static void
row_json(const struct ledger_row *r, enum ledger_outcome outcome)
{
	if (outcome == LEDGER_QUARANTINED)
		cli_json(json_pack("{s:I,s:s,s:o,s:o,s:o,s:o,s:i}",
		    "id", (json_int_t)r->id, "mailbox", r->key.source,
		    "date", cli_json_time(r->seen_ms), "from",
		    cli_json_text(r->from), "subject",
		    cli_json_text(r->subject), "error",
		    cli_json_text(r->because), "attempts", r->attempts));
	else
		cli_json(json_pack("{s:I,s:o,s:o,s:o,s:o,s:o}",
		    "id", (json_int_t)r->id, "date",
		    cli_json_time(r->seen_ms), "from",
		    cli_json_text(r->from), "subject",
		    cli_json_text(r->subject), "kind",
		    cli_json_text(r->kind), "because",
		    cli_json_text(r->because)));
}

static int
print_row(const struct ledger_row *r, void *arg)
{
	struct listing *l = arg;
	const char *cells[] = { cli_id(l->cli, "", r->id),
	    cli_time(l->cli, r->seen_ms), r->from == NULL ? "-" : r->from,
	    r->subject == NULL ? "-" : r->subject, r->because };

	if (l->table == NULL)
		row_json(r, l->outcome);
	else
		table_row(l->table, "", cells);
	return 0;
}

int
items_list(struct cli *cli, enum ledger_outcome outcome)
{
	static const struct table_column columns[] = {
		{ "ID", 0 }, { "SEEN", 0 }, { "FROM", 1 },
		{ "SUBJECT", 2 }, { "BECAUSE", 1 }, { NULL, 0 },
	};
	struct listing l = { .cli = cli, .outcome = outcome };
	struct err err = { 0 };
	int code = cli_done(cli), rc;

	if (code == 0)
		code = cli_open(cli);
	if (code == 0 && !cli->json) {
		l.table = table_new(cli, columns, outcome ==
		    LEDGER_QUARANTINED ? "nothing is in quarantine" :
		    "nothing was filed");
		code = l.table == NULL ? CLI_TEMPFAIL : 0;
	}
	if (code != 0)
		return code;
	rc = ledger_list(cli->db, outcome, 0, 1000000, cli->arena, print_row,
	    &l, &err);
	table_end(&l.table);
	return rc == -1 ? cli_err(&err, CLI_NO) : 0;
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

/* As it came; but a terminal takes orders from what it is sent, and this is
 * mail that may have been made to give some. */
static int
print_piece(const void *p, size_t len, void *arg)
{
	const struct cli *cli = arg;
	const char *s = p;
	size_t i;

	if (!cli->terminal)
		return fwrite(p, 1, len, stdout) == len ? 0 : 1;
	for (i = 0; i < len; i++) {
		if (s[i] == '\r')
			continue;
		if (putchar(s[i] == '\n' || s[i] == '\t' || (s[i] >= ' ' &&
		    s[i] < 0x7f) ? s[i] : '?') == EOF)
			return 1;
	}
	return 0;
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
	if (raw_stream(cli->db, row.raw, 0, size, print_piece, cli,
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
