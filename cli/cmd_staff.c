#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "cli/table.h"
#include "db/people_store.h"
#include "desk/field.h"

/* What is asked for; NULL: not said. */
struct ask {
	const char	*address, *name, *role, *mail, *categories;
	const char	*slack, *matrix;
	bool		 digest, add, remove;
};

static int
check_categories(struct cli *cli, const char *list, struct err *err)
{
	char *copy = arena_strdup(cli->arena, list), *save = NULL, *word;

	for (word = strtok_r(copy, ",", &save); word != NULL;
	    word = strtok_r(NULL, ",", &save))
		if (settings_category(cli->settings, word) == NULL)
			return err_set(err, ERR_INPUT, "there is no category "
			    "%s", word);
	return 0;
}

static int
apply(struct cli *cli, const struct ask *ask, struct person *p,
    struct err *err)
{
	if (ask->name != NULL)
		p->name = ask->name;
	if (ask->role != NULL && (!person_role_parse(ask->role, &p->role) ||
	    p->role == ROLE_REQUESTER))
		return err_set(err, ERR_INPUT, "role is staff, manager or "
		    "admin, not %s", ask->role);
	if (ask->mail != NULL && !person_mail_parse(ask->mail, &p->mail))
		return err_set(err, ERR_INPUT, "mail is all, mine, category "
		    "or none, not %s", ask->mail);
	if (ask->categories != NULL) {
		if (check_categories(cli, ask->categories, err) == -1)
			return -1;
		p->categories = ask->categories;
	}
	if (ask->slack != NULL)
		p->slack = ask->slack;
	if (ask->matrix != NULL)
		p->matrix = ask->matrix;
	p->digest = p->digest || ask->digest;
	p->removed = ask->remove;
	return 0;
}

static int
do_change(struct cli *cli, void *arg, struct err *err)
{
	const struct ask *ask = arg;
	struct person p;
	int rc;

	rc = person_find(cli->db, ask->address, cli->arena, &p, err);
	if (rc == -1)
		return -1;
	if (!ask->add && (rc == 0 || p.role == ROLE_REQUESTER))
		return err_set(err, ERR_INPUT, "%s is not staff here",
		    ask->address);
	if (rc == 0) {
		p = (struct person){ .address = ask->address, .name = "",
		    .mail = PMAIL_CATEGORY, .categories = "" };
		if (person_add(cli->db, &p, cli->desk.now_ms, &p.id,
		    err) == -1)
			return -1;
	}
	if (ask->add && p.role == ROLE_REQUESTER) {
		p.role = ROLE_STAFF;
		p.mail = PMAIL_CATEGORY;
	}
	if (apply(cli, ask, &p, err) == -1)
		return -1;
	return person_update(cli->db, &p, err);
}

static int
change(struct cli *cli, bool add, bool remove)
{
	struct ask ask = { .add = add, .remove = remove };
	const struct { const char *name, **where; } options[] = {
		{ "--name", &ask.name }, { "--role", &ask.role },
		{ "--mail", &ask.mail }, { "--category", &ask.categories },
		{ "--slack", &ask.slack }, { "--matrix", &ask.matrix },
	};
	struct err err = { 0 };
	size_t i;
	int code;

	for (i = 0; i < sizeof options / sizeof options[0]; i++)
		if (cli_option(cli, options[i].name, options[i].where) == -1)
			return cli_usage(cli, "%s needs a value",
			    options[i].name);
	ask.digest = cli_flag(cli, "--digest");
	ask.address = cli_next(cli);
	if (ask.address == NULL)
		return cli_usage(cli, "whose address?");
	if (!field_is_address(ask.address))
		return cli_usage(cli, "%s: NAME@DOMAIN would be right",
		    ask.address);
	if (ask.name != NULL && (!utf8_valid(ask.name, strlen(ask.name)) ||
	    text_has_control(slice_of(ask.name))))
		return cli_usage(cli, "the name is not plain UTF-8");
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (cli_transact(cli, do_change, &ask, &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}

/* "it,services" as a JSON list. */
static json_t *
categories_json(struct cli *cli, const char *list)
{
	json_t *out = json_array();
	char *copy = arena_strdup(cli->arena, list), *save = NULL, *word;

	if (copy == NULL)
		return out;
	for (word = strtok_r(copy, ",", &save); word != NULL;
	    word = strtok_r(NULL, ",", &save))
		json_array_append_new(out, json_string(word));
	return out;
}

static void
list_row(struct cli *cli, struct table *table, const struct person *p)
{
	const char *cells[] = { p->address, p->name,
	    person_role_name(p->role),
	    p->categories[0] == '\0' ? "all" : p->categories,
	    person_mail_name(p->mail) };

	if (table != NULL)
		table_row(table, "", cells);
	else
		cli_json(json_pack("{s:s,s:s,s:s,s:o,s:s}", "address",
		    p->address, "name", p->name, "role",
		    person_role_name(p->role), "categories",
		    categories_json(cli, p->categories), "mail",
		    person_mail_name(p->mail)));
}

int
cmd_staff_list(struct cli *cli)
{
	static const struct table_column columns[] = {
		{ "ADDRESS", 1 }, { "NAME", 1 }, { "ROLE", 0 },
		{ "CATEGORIES", 1 }, { "MAIL", 0 }, { NULL, 0 },
	};
	struct table *table = NULL;
	struct person *v;
	struct err err = { 0 };
	size_t n, i;
	int code = cli_done(cli);

	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (person_staff(cli->db, NULL, cli->arena, &v, &n, &err) == -1)
		return cli_err(&err, CLI_NO);
	if (!cli->json)
		table = table_new(cli, columns, "nobody yet: campusdesk staff "
		    "add ADDRESS");
	for (i = 0; i < n && (cli->json || table != NULL); i++)
		list_row(cli, table, &v[i]);
	table_end(&table);
	return 0;
}

int
cmd_staff_add(struct cli *cli)
{
	return change(cli, true, false);
}

int
cmd_staff_set(struct cli *cli)
{
	return change(cli, false, false);
}

int
cmd_staff_remove(struct cli *cli)
{
	return change(cli, false, true);
}
