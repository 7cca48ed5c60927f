#include <string.h>

#include "base/text.h"
#include "cli/table.h"
#include "db/audit_store.h"
#include "db/people_store.h"

#define PAGE	1000	/* events at a time */

struct listing {
	struct cli		*cli;
	struct table		*table;		/* NULL: JSON */
	int64_t			 ticket, person;	/* 0: any */
	struct person_address	*addresses;	/* of the person */
	size_t			 naddresses;	/* 0: of anybody */
	int64_t			 since_ms, until_ms;	/* until 0: now */
	int64_t			 last;		/* seq seen */
	int			 rows;		/* of this page */
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

/* ---- which ---- */

/* Did they do it, or was it done to them? */
static bool
is_about(const struct listing *l, const struct event *e)
{
	const char *texts[] = { e->actor, e->old_value, e->new_value };
	size_t i, j;

	if (e->person != 0 && e->person == l->person)
		return true;
	for (i = 0; i < l->naddresses; i++)
		for (j = 0; j < sizeof texts / sizeof texts[0]; j++)
			if (texts[j] != NULL && text_ieq(slice_of(texts[j]),
			    slice_of(l->addresses[i].address)))
				return true;
	return false;
}

static int
choose(const struct event *e, void *arg)
{
	struct listing *l = arg;

	l->last = e->seq;
	l->rows++;
	if (e->time_ms < l->since_ms || (l->until_ms != 0 &&
	    e->time_ms >= l->until_ms) || (l->naddresses > 0 &&
	    !is_about(l, e)))
		return 0;
	return print_event(e, l);
}

/* Page by page: the chain may be longer than memory. */
static int
walk(struct listing *l, struct err *err)
{
	struct arena *own = l->cli->arena;
	struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
	int rc = arena == NULL ? err_set(err, ERR_RETRY, "out of memory") : 0;

	l->cli->arena = arena;		/* for what a row prints */
	do {
		l->rows = 0;
		if (rc == 0) {
			arena_reset(arena);
			rc = audit_list(l->cli->db, l->ticket, l->last, PAGE,
			    arena, choose, l, err);
		}
	} while (rc == 0 && l->rows == PAGE);
	l->cli->arena = own;
	arena_free(&arena);
	return rc;
}

/* ---- the options ---- */

/* All addresses of the person; of one that nobody has, that one. */
static int
find_person(struct listing *l, const char *address)
{
	struct cli *cli = l->cli;
	struct person p;
	struct err err = { 0 };
	int rc = person_find(cli->db, address, cli->arena, &p, &err);

	if (rc == 1) {
		l->person = p.id;
		rc = person_addresses(cli->db, p.id, cli->arena,
		    &l->addresses, &l->naddresses, &err);
	}
	if (rc == -1)
		return cli_err(&err, CLI_NO);
	if (l->naddresses > 0)
		return 0;
	l->addresses = arena_calloc(cli->arena, 1, sizeof *l->addresses);
	if (l->addresses == NULL)
		return cli_fail(CLI_TEMPFAIL, "out of memory");
	l->addresses[l->naddresses++].address = address;
	return 0;
}

static int
moments(struct listing *l)
{
	static const struct { const char *name; bool end; } options[] = {
		{ "--since", false }, { "--until", true },
	};
	int64_t *const where[] = { &l->since_ms, &l->until_ms };
	const char *arg;
	size_t i;

	for (i = 0; i < 2; i++) {
		arg = NULL;
		if (cli_option(l->cli, options[i].name, &arg) == -1)
			return cli_usage(l->cli, "%s needs a day",
			    options[i].name);
		if (arg != NULL && !cli_moment(arg, options[i].end, where[i]))
			return cli_usage(l->cli, "%s: 2026-11-01, or "
			    "2026-11-01T14:30, would be right", arg);
	}
	return 0;
}

static int
options(struct listing *l)
{
	const char *arg = NULL;
	int code = moments(l);

	if (code != 0)
		return code;
	if (cli_option(l->cli, "--ticket", &arg) == -1)
		return cli_usage(l->cli, "--ticket needs a number");
	if (arg != NULL)
		l->ticket = cli_number(l->cli, arg, &code);
	arg = NULL;
	if (code == 0 && cli_option(l->cli, "--person", &arg) == -1)
		return cli_usage(l->cli, "--person needs an address");
	if (code == 0)
		code = cli_done(l->cli);
	if (code == 0)
		code = cli_open(l->cli);
	return code == 0 && arg != NULL ? find_person(l, arg) : code;
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
	struct err err = { 0 };
	int code = options(&l), rc;

	if (code == 0 && !cli->json) {
		l.table = table_new(cli, columns, "no event");
		code = l.table == NULL ? CLI_TEMPFAIL : 0;
	}
	if (code != 0)
		return code;
	rc = walk(&l, &err);
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
