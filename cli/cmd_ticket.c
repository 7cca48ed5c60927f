#include <string.h>

#include "base/utf8.h"
#include "cli/cli.h"
#include "desk/commands.h"
#include "desk/field.h"
#include "desk/undo.h"

/* What one verb was asked to do. */
struct ask {
	int64_t		 number, other, message;
	const char	*text, *from, *subject, *category;
	char		**pairs;	/* FIELD=VALUE… */
	int		 npairs;
	bool		 watch;
	enum command_verb verb;		/* with its arguments in text */
	const char	*report;	/* what was done, a line each */
	int64_t		 made;		/* ticket or message that came of it */
	int		 released;
};

static int
actor_of(struct cli *cli, struct actor *actor_out, struct err *err)
{
	return act_terminal(&cli->desk, cli->as, actor_out, err);
}

static int
do_new(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return act_new(&cli->desk, &actor, ask->from, ask->subject,
	    ask->category, ask->text, &ask->made, err);
}

static int
do_reply(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return act_reply(&cli->desk, &actor, ask->number, ask->text,
	    &ask->made, err);
}

static int
do_note(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return act_note(&cli->desk, &actor, ask->number, ask->text,
	    &ask->made, err);
}

static int
do_set(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;
	int i;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	for (i = 0; i < ask->npairs; i++) {
		const char *eq = strchr(ask->pairs[i], '=');
		char *field = arena_strndup(cli->arena, ask->pairs[i],
		    (size_t)(eq - ask->pairs[i]));

		if (act_set(&cli->desk, &actor, ask->number, field, eq + 1,
		    err) == -1)
			return -1;
	}
	return 0;
}

static int
do_close(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return act_close(&cli->desk, &actor, ask->number, ask->text, err);
}

static int
do_reopen(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return act_reopen(&cli->desk, &actor, ask->number, err);
}

static int
do_take(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return act_take(&cli->desk, &actor, ask->number, err);
}

static int
do_link(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return act_link(&cli->desk, &actor, ask->number, ask->other, err);
}

static int
do_accept(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return act_accept(&cli->desk, &actor, ask->number, ask->message,
	    ask->watch, &ask->released, err);
}

static int
do_order(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return commands_order(&cli->desk, &actor, ask->number, ask->verb,
	    ask->text, &ask->report, err);
}

static int
do_undo(struct cli *cli, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct actor actor;

	if (actor_of(cli, &actor, err) == -1)
		return -1;
	return undo_last(&cli->desk, &actor, ask->number, &ask->report, err);
}

/* Open the store and do it in one transaction. */
static int
carry_out(struct cli *cli, struct ask *ask, int (*fn)(struct cli *, void *,
    struct err *))
{
	struct err err = { 0 };
	int code = cli_open(cli);

	if (code != 0)
		return code;
	if (cli_transact(cli, fn, ask, &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}

/* ---- one function a verb: what it takes ---- */

int
cmd_ticket_new(struct cli *cli)
{
	struct ask ask = { 0 };
	int code;

	if (cli_option(cli, "--from", &ask.from) != 1 ||
	    cli_option(cli, "--subject", &ask.subject) != 1 ||
	    cli_option(cli, "--category", &ask.category) == -1)
		return cli_usage(cli, "--from ADDRESS and --subject TEXT "
		    "are needed");
	if (!field_is_address(ask.from))
		return cli_usage(cli, "%s is not a mail address: NAME@DOMAIN "
		    "would be right", ask.from);
	if (!utf8_valid(ask.subject, strlen(ask.subject)))
		return cli_fail(CLI_DATA, "the subject is not UTF-8");
	ask.text = cli_words(cli, &code);
	if (ask.text == NULL)
		return code;
	code = carry_out(cli, &ask, do_new);
	if (code != 0)
		return code;
	if (cli->json)
		cli_json(json_pack("{s:I}", "number", (json_int_t)ask.made));
	else
		printf("#%lld\n", (long long)ask.made);
	return 0;
}

/* "N [TEXT]": the text from the argument or standard input. */
static int
verb_text(struct cli *cli, int (*fn)(struct cli *, void *, struct err *))
{
	struct ask ask = { 0 };
	int code;

	ask.number = cli_number(cli, cli_next(cli), &code);
	if (ask.number == -1)
		return code;
	ask.text = cli_words(cli, &code);
	return ask.text == NULL ? code : carry_out(cli, &ask, fn);
}

int
cmd_ticket_reply(struct cli *cli)
{
	return verb_text(cli, do_reply);
}

int
cmd_ticket_note(struct cli *cli)
{
	return verb_text(cli, do_note);
}

int
cmd_ticket_set(struct cli *cli)
{
	struct ask ask = { 0 };
	int code, i;

	ask.number = cli_number(cli, cli_next(cli), &code);
	if (ask.number == -1)
		return code;
	if (cli->argc == 0)
		return cli_usage(cli, "what is to be set? FIELD=VALUE");
	for (i = 0; i < cli->argc; i++)
		if (strchr(cli->argv[i], '=') == NULL)
			return cli_usage(cli, "%s is not FIELD=VALUE",
			    cli->argv[i]);
	ask.pairs = cli->argv;
	ask.npairs = cli->argc;
	return carry_out(cli, &ask, do_set);
}

/* close: the text is an argument only; nothing is read from a terminal. */
int
cmd_ticket_close(struct cli *cli)
{
	struct ask ask = { 0 };
	int code;

	ask.number = cli_number(cli, cli_next(cli), &code);
	if (ask.number == -1)
		return code;
	ask.text = cli_next(cli);
	code = cli_done(cli);
	return code != 0 ? code : carry_out(cli, &ask, do_close);
}

static int
verb_plain(struct cli *cli, int (*fn)(struct cli *, void *, struct err *))
{
	struct ask ask = { 0 };
	int code;

	ask.number = cli_number(cli, cli_next(cli), &code);
	if (ask.number == -1)
		return code;
	code = cli_done(cli);
	return code != 0 ? code : carry_out(cli, &ask, fn);
}

int
cmd_ticket_reopen(struct cli *cli)
{
	return verb_plain(cli, do_reopen);
}

int
cmd_ticket_take(struct cli *cli)
{
	return verb_plain(cli, do_take);
}

int
cmd_ticket_link(struct cli *cli)
{
	struct ask ask = { 0 };
	int code;

	ask.number = cli_number(cli, cli_next(cli), &code);
	if (ask.number == -1)
		return code;
	ask.other = cli_number(cli, cli_next(cli), &code);
	if (ask.other == -1)
		return code;
	code = cli_done(cli);
	return code != 0 ? code : carry_out(cli, &ask, do_link);
}

/* "N [OTHER]": one command, done; what it did is printed. */
static int
verb_order(struct cli *cli, enum command_verb verb, bool other,
    const char *args)
{
	struct ask ask = { .verb = verb, .text = args };
	int code;

	ask.number = cli_number(cli, cli_next(cli), &code);
	if (ask.number == -1)
		return code;
	if (other) {
		ask.other = cli_number(cli, cli_next(cli), &code);
		if (ask.other == -1)
			return code;
		ask.text = arena_printf(cli->arena, "%lld",
		    (long long)ask.other);
	}
	code = cli_done(cli);
	if (code == 0)
		code = carry_out(cli, &ask, do_order);
	if (code == 0 && !cli->json)
		fputs(ask.report, stdout);
	return code;
}

int
cmd_ticket_merge(struct cli *cli)
{
	return verb_order(cli, COMMAND_MERGE, true, "");
}

int
cmd_ticket_join(struct cli *cli)
{
	return verb_order(cli, COMMAND_JOIN, true, "");
}

int
cmd_ticket_incident(struct cli *cli)
{
	return verb_order(cli, COMMAND_INCIDENT, false, "");
}

int
cmd_ticket_spam(struct cli *cli)
{
	return verb_order(cli, COMMAND_SPAM, false,
	    cli_flag(cli, "--lift") ? "lift" : "");
}

int
cmd_ticket_undo(struct cli *cli)
{
	struct ask ask = { 0 };
	int code;

	ask.number = cli_number(cli, cli_next(cli), &code);
	if (ask.number == -1)
		return code;
	code = cli_done(cli);
	if (code == 0)
		code = carry_out(cli, &ask, do_undo);
	if (code == 0 && !cli->json)
		fputs(ask.report, stdout);
	return code;
}

int
cmd_ticket_accept(struct cli *cli)
{
	struct ask ask = { 0 };
	const char *message;
	int code;

	ask.watch = cli_flag(cli, "--watch");
	ask.number = cli_number(cli, cli_next(cli), &code);
	if (ask.number == -1)
		return code;
	do {
		message = cli_next(cli);
		ask.message = message == NULL ? 0 :
		    cli_number(cli, message, &code);
		if (ask.message == -1)
			return code;
		code = carry_out(cli, &ask, do_accept);
	} while (code == 0 && cli->argc > 0);
	return code;
}
