#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "cli/table.h"
#include "db/list_store.h"
#include "desk/change.h"

struct listing {
	struct cli	*cli;
	struct table	*table;		/* NULL: JSON */
};

static int
print_list(const struct mail_list *list, void *arg)
{
	struct listing *l = arg;
	const char *cells[] = { list->id, list_taken_name(list->taken),
	    cli_id(l->cli, "", list->mails), cli_time(l->cli,
	    list->last_ms) };

	if (l->table == NULL)
		cli_json(json_pack("{s:s,s:s,s:I,s:o}", "list", list->id,
		    "taken", list_taken_name(list->taken), "mails",
		    (json_int_t)list->mails, "last",
		    cli_json_time(list->last_ms)));
	else
		table_row(l->table, list->taken == LIST_IGNORE ? CLI_DIM : "",
		    cells);
	return 0;
}

int
cmd_list_show(struct cli *cli)
{
	static const struct table_column columns[] = {
		{ "LIST-ID", 1 }, { "TAKEN AS", 0 }, { "MAILS", 0 },
		{ "LAST", 0 }, { NULL, 0 },
	};
	struct listing l = { .cli = cli };
	struct mail_list one;
	struct err err = { 0 };
	const char *id = cli_next(cli);
	int code = cli_done(cli), rc;

	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	rc = id == NULL ? 1 : list_get(cli->db, id, cli->arena, &one, &err);
	if (rc == 0)
		return cli_fail(CLI_NO, "no mail came of a list %s", id);
	if (rc == 1 && !cli->json) {
		l.table = table_new(cli, columns, "no list has written yet");
		if (l.table == NULL)
			return CLI_TEMPFAIL;
	}
	if (rc == 1)
		rc = id != NULL ? print_list(&one, &l) :
		    list_list(cli->db, print_list, &l, &err);
	table_end(&l.table);
	return rc == -1 ? cli_err(&err, CLI_NO) : 0;
}

struct ask {
	const char	*id;
	enum list_taken	 taken;
};

static int
do_set(struct cli *cli, void *arg, struct err *err)
{
	const struct ask *ask = arg;
	struct mail_list old;
	struct actor actor;
	int rc = list_get(cli->db, ask->id, cli->arena, &old, err);

	if (rc == -1 || act_terminal(&cli->desk, cli->as, &actor, err) == -1)
		return -1;
	actor.because = ask->id;
	if (list_set(cli->db, ask->id, ask->taken, err) == -1)
		return -1;
	return change_event(&cli->desk, &actor, 0, "list set", "list",
	    list_taken_name(rc == 1 ? old.taken : LIST_BULK),
	    list_taken_name(ask->taken), err);
}

/* "<name.example>", as in the header, is name.example. */
static const char *
bare_id(struct cli *cli, const char *id)
{
	size_t len = strlen(id);

	if (len > 2 && id[0] == '<' && id[len - 1] == '>')
		return arena_strndup(cli->arena, id + 1, len - 2);
	return id;
}

int
cmd_list_set(struct cli *cli)
{
	struct ask ask = { .id = cli_next(cli) };
	const char *taken = cli_next(cli);
	struct err err = { 0 };
	int code = cli_done(cli);

	if (code != 0)
		return code;
	if (ask.id == NULL || taken == NULL)
		return cli_usage(cli, "which list, and how is it taken?");
	ask.id = bare_id(cli, ask.id);
	if (*ask.id == '\0' || strlen(ask.id) > LIST_ID_MAX ||
	    !utf8_valid(ask.id, strlen(ask.id)) ||
	    text_has_control(slice_of(ask.id)))
		return cli_usage(cli, "that is no List-Id: what stands in <> "
		    "in that header would be right");
	if (!list_taken_parse(taken, &ask.taken))
		return cli_usage(cli, "a list is taken as ignore, person or "
		    "bulk, not %s", taken);
	code = cli_open(cli);
	if (code != 0)
		return code;
	if (cli_transact(cli, do_set, &ask, &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}
