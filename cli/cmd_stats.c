#include <string.h>

#include "base/csv.h"
#include "cli/table.h"
#include "desk/promise.h"
#include "desk/stats.h"

#define ROW_MAX		4096	/* bytes of a row of CSV */

struct asked {
	const char	*measure, *by, *from, *to, *category;
	bool		 csv;
};

static const char *
text_of(const char *text)
{
	return text == NULL ? "" : text;
}

static int
read_options(struct cli *cli, struct asked *a)
{
	const struct { const char *name; const char **value; } options[] = {
		{ "--measure", &a->measure }, { "--by", &a->by },
		{ "--from", &a->from }, { "--to", &a->to },
		{ "--category", &a->category },
	};

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (cli_option(cli, options[i].name, options[i].value) == -1)
			return cli_usage(cli, "%s needs a value",
			    options[i].name);
	a->csv = cli_flag(cli, "--csv");
	return cli_done(cli);
}

static int
ask_of(struct cli *cli, const struct asked *a, struct stats_ask *ask)
{
	struct err err = { 0 };

	if (!stats_measure_parse(text_of(a->measure), &ask->measure))
		return cli_usage(cli, "--measure %s: no such measure",
		    text_of(a->measure));
	if (!stats_by_parse(text_of(a->by), &ask->by))
		return cli_usage(cli, "--by %s: no such dimension",
		    text_of(a->by));
	if (!stats_possible(ask->measure, ask->by))
		return cli_usage(cli, "%s by %s makes no sense", a->measure,
		    a->by);
	ask->category = a->category;
	if (stats_period(ask, text_of(a->from), text_of(a->to),
	    cli->desk.now_ms, &err) == -1)
		return cli_usage(cli, "%s", err.msg);
	return 0;
}

static void
print_csv(struct cli *cli, const struct stats_ask *ask,
    const struct stats *stats)
{
	struct buf b = BUF_INIT(ROW_MAX);
	size_t i;

	printf("key,value\r\n");
	for (i = 0; i < stats->n; i++) {
		buf_reset(&b);
		csv_cell(&b, stats->rows[i].key);
		printf("%s,%s\r\n", buf_str(&b), stats_text(ask->measure,
		    &stats->rows[i], cli->arena));
	}
	buf_free(&b);
}

/* For eyes: durations as people say them. */
static const char *
shown(struct cli *cli, enum stats_measure measure,
    const struct stats_row *row)
{
	const char *text = stats_text(measure, row, cli->arena);

	if (row->few)
		return "too few";
	if (!row->known)
		return "-";
	if (stats_unit(measure) == STATS_SECONDS)
		return promise_length(cli->arena, (int64_t)row->value);
	return stats_unit(measure) == STATS_PERCENT ?
	    arena_printf(cli->arena, "%s %%", text) : text;
}

static int
print_table(struct cli *cli, const struct stats_ask *ask,
    const struct stats *stats)
{
	const struct table_column columns[] = {
		{ stats_by_name(ask->by), 2 },
		{ stats_measure_name(ask->measure), 0 },
		{ "tickets", 0 }, { NULL, 0 },
	};
	struct table *table = table_new(cli, columns, "nothing was counted");
	size_t i;

	if (table == NULL)
		return CLI_TEMPFAIL;
	for (i = 0; i <= stats->n; i++) {
		const struct stats_row *row = i < stats->n ?
		    &stats->rows[i] : &stats->total;
		const char *cells[] = { i == stats->n ? "all" :
		    row->key[0] == '\0' ? "(none)" : row->key,
		    shown(cli, ask->measure, row), cli_id(cli, "", row->n) };

		if (i < stats->n || stats->n > 0)
			table_row(table, i < stats->n ? "" : CLI_BOLD,
			    cells);
	}
	table_end(&table);
	return 0;
}

int
cmd_stats(struct cli *cli)
{
	struct asked asked = { NULL, NULL, NULL, NULL, NULL, false };
	struct stats_ask ask = { .first = 0 };
	struct stats stats = { NULL, 0, { .key = "" } };
	struct err err = { 0 };
	int code = read_options(cli, &asked), rc;
	size_t i;

	if (code == 0)
		code = cli_open(cli);
	if (code == 0)
		code = ask_of(cli, &asked, &ask);
	if (code != 0)
		return code;
	rc = db_begin(cli->db, &err);
	if (rc == 0)
		rc = stats_make(cli->db, &ask, cli->desk.now_ms, cli->arena,
		    &stats, &err);
	db_rollback(cli->db);
	if (rc == -1)
		return cli_err(&err, CLI_NO);
	if (asked.csv) {
		print_csv(cli, &ask, &stats);
		return 0;
	}
	if (!cli->json)
		return print_table(cli, &ask, &stats);
	for (i = 0; i < stats.n; i++)
		cli_json(json_pack("{s:s, s:o}", "key", stats.rows[i].key,
		    "value", stats_json(ask.measure, &stats.rows[i])));
	return 0;
}
