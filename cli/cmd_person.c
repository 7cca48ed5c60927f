#include "base/clock.h"
#include "cli/cli.h"
#include "desk/alias.h"
#include "desk/field.h"

/* ---- show ---- */

static json_t *
addresses_json(const struct person_address *v, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s,s:b,s:b}",
		    "address", v[i].address, "bounced", v[i].state.suppressed,
		    "blocked", v[i].state.blocked));
	return list;
}

static void
print_address(struct cli *cli, const struct person_address *a)
{
	printf("  %s%s%s\n", cli_text(cli, a->address, 0),
	    a->state.suppressed ? "  (bounced: no automatic mail)" : "",
	    a->state.blocked ? "  (blocked as spam)" : "");
}

static void
print_person(struct cli *cli, const struct person *p,
    const struct person_figures *f, const struct person_address *v, size_t n)
{
	size_t i;

	if (cli->json) {
		cli_json(json_pack("{s:s,s:s,s:s,s:b,s:o,s:I,s:I,s:I,s:o,"
		    "s:s?,s:s?}", "address", p->address, "name", p->name,
		    "role", person_role_name(p->role), "removed", p->removed,
		    "addresses", addresses_json(v, n), "reported",
		    (json_int_t)f->reported, "assigned",
		    (json_int_t)f->assigned, "watched", (json_int_t)f->watched,
		    "since", cli_json_time(f->created_ms), "slack", p->slack,
		    "matrix", p->matrix));
		return;
	}
	printf("%s%s%s%s%s\n", cli_style(cli, CLI_BOLD),
	    cli_text(cli, p->name[0] == '\0' ? p->address : p->name, 0),
	    cli_style(cli, CLI_PLAIN), p->role == ROLE_REQUESTER ? "" : ", ",
	    p->role == ROLE_REQUESTER ? "" : p->removed ? "former staff" :
	    person_role_name(p->role));
	for (i = 0; i < n; i++)
		print_address(cli, &v[i]);
	printf("  reported %lld, watches %lld, has %lld assigned; known since "
	    "%s\n", (long long)f->reported, (long long)f->watched,
	    (long long)f->assigned, cli_time(cli, f->created_ms));
}

static int
show(struct cli *cli, const char *address)
{
	struct person_figures figures = { 0 };
	struct person_address *v = NULL;
	struct person p;
	struct err err = { 0 };
	size_t n = 0;
	int rc = person_find(cli->db, address, cli->arena, &p, &err);

	if (rc == 0)
		return cli_fail(CLI_NO, "nobody here has the address %s",
		    address);
	if (rc == -1 || person_figures(cli->db, p.id, &figures, &err) == -1 ||
	    person_addresses(cli->db, p.id, cli->arena, &v, &n, &err) == -1)
		return cli_err(&err, CLI_NO);
	print_person(cli, &p, &figures, v, n);
	return 0;
}

/* All that are left must be addresses, at least so many. */
static int
need_addresses(struct cli *cli, int least)
{
	int i;

	if (cli->argc < least)
		return cli_usage(cli, least == 1 ? "whose address?" :
		    "two addresses or more are needed");
	for (i = 0; i < cli->argc; i++)
		if (!field_is_address(cli->argv[i]))
			return cli_usage(cli, "%s: NAME@DOMAIN would be right",
			    cli->argv[i]);
	return cli_open(cli);
}

int
cmd_person_show(struct cli *cli)
{
	int code = need_addresses(cli, 1), one, i;

	for (i = 0; (code == 0 || code == CLI_NO) && i < cli->argc; i++) {
		one = show(cli, cli->argv[i]);
		code = one == 0 ? code : one;
	}
	return code;
}

/* ---- merge ---- */

static int
do_merge(struct cli *cli, void *arg, struct err *err)
{
	struct actor actor;
	int i;

	(void)arg;
	if (act_terminal(&cli->desk, cli->as, &actor, err) == -1)
		return -1;
	for (i = 1; i < cli->argc; i++)
		if (alias_merge(&cli->desk, &actor, cli->argv[0],
		    cli->argv[i], err) == -1)
			return -1;
	return 0;
}

int
cmd_person_merge(struct cli *cli)
{
	struct err err = { 0 };
	int code = need_addresses(cli, 2);

	if (code != 0)
		return code;
	if (cli_transact(cli, do_merge, NULL, &err) == -1)
		return cli_err(&err, CLI_NO);
	return show(cli, cli->argv[0]);
}
