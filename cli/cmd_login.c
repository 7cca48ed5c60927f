#include "cli/cli.h"
#include "db/people_store.h"
#include "desk/field.h"
#include "desk/login.h"

/* ---- login-link ---- */

struct new_link {
	const char	*address;
	char		 token[LOGIN_TEXT_MAX];
};

static int
find(struct cli *cli, const char *address, struct person *p, struct err *err)
{
	int rc = person_find(cli->db, address, cli->arena, p, err);

	if (rc == 0)
		return err_set(err, ERR_INPUT, "nobody here has the address "
		    "%s", cli_text(cli, address, 0));
	return rc == 1 ? 0 : -1;
}

/* Is it one, and is nothing behind it? */
static int
check_address(struct cli *cli, const char *address)
{
	if (address == NULL)
		return cli_usage(cli, "whose address?");
	if (!field_is_address(address))
		return cli_usage(cli, "%s is not a mail address",
		    cli_text(cli, address, 0));
	return cli_done(cli);
}

static int
do_link(struct cli *cli, void *arg, struct err *err)
{
	struct new_link *link = arg;
	struct person p;

	if (find(cli, link->address, &p, err) == -1)
		return -1;
	return login_make(cli->db, p.id, cli->desk.now_ms, link->token, err);
}

/* Where the web view is, ending in a slash. */
static const char *
web_url(struct cli *cli)
{
	const struct settings *s = cli->settings;
	const char *url = s->url[0] != '\0' ? s->url :
	    arena_printf(cli->arena, "http://%s%s", s->web.listen,
	    s->web.base);
	size_t len = strlen(url);

	return len > 0 && url[len - 1] == '/' ? url :
	    arena_printf(cli->arena, "%s/", url);
}

int
cmd_login_link(struct cli *cli)
{
	struct new_link link = { .address = cli_next(cli) };
	struct err err = { 0 };
	const char *url;
	int code;

	code = check_address(cli, link.address);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (cli_transact(cli, do_link, &link, &err) == -1)
		return cli_err(&err, CLI_NO);
	url = arena_printf(cli->arena, "%slogin/%s", web_url(cli), link.token);
	if (cli->json)
		cli_json(json_pack("{s:s, s:o}", "url", url, "until",
		    cli_json_time(cli->desk.now_ms + LOGIN_LINK_MS)));
	else
		puts(url);
	return 0;
}

/* ---- session ---- */

static int
print_session(const struct session *s, void *arg)
{
	struct cli *cli = arg;

	if (cli->json) {
		cli_json(json_pack("{s:s, s:o, s:o, s:s}", "address",
		    s->address, "since", cli_json_time(s->created_ms),
		    "until", cli_json_time(s->until_ms), "agent", s->agent));
		return 0;
	}
	cli_column(cli, cli_text(cli, s->address, 32), 34);
	cli_column(cli, cli_time(cli, s->created_ms), 18);
	puts(cli_text(cli, s->agent, 60));
	return 0;
}

int
cmd_session_list(struct cli *cli)
{
	struct err err = { 0 };
	int code = cli_done(cli);

	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (session_list(cli->db, cli->desk.now_ms, print_session, cli,
	    &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}

struct revoke {
	const char	*address;
	int		 n;
};

static int
do_revoke(struct cli *cli, void *arg, struct err *err)
{
	struct revoke *revoke = arg;
	struct person p;

	if (find(cli, revoke->address, &p, err) == -1)
		return -1;
	revoke->n = session_revoke(cli->db, p.id, err);
	return revoke->n == -1 ? -1 : 0;
}

int
cmd_session_revoke(struct cli *cli)
{
	struct revoke revoke = { .address = cli_next(cli) };
	struct err err = { 0 };
	int code;

	code = check_address(cli, revoke.address);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (cli_transact(cli, do_revoke, &revoke, &err) == -1)
		return cli_err(&err, CLI_NO);
	printf("%d session%s ended\n", revoke.n, revoke.n == 1 ? "" : "s");
	return 0;
}
