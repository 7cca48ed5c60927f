/* init - six questions, and a desk is there: configuration, secret, store,
 * first admin. What is given as an option is not asked. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/check.h"
#include "cli/files.h"
#include "desk/settings_check.h"

#define ANSWER_MAX	1024		/* bytes of one answer */
#define CONF_MAX	((size_t)65536)

enum answer { ADDRESS, NAME, IMAP, USER, PASSWORD, ADMIN, NANSWERS };

struct init {
	struct cli	*cli;
	const char	*answers[NANSWERS];
	/* never asked */
	const char	*password_file, *smtp, *store, *tls, *ca_file;
	const char	*folder;	/* of the configuration, absolute */
	bool		 new_password_file;
};

static const char *
check_imap(const char *text)
{
	struct arena *arena = arena_new(65536);
	struct server_place place;
	const char *fault = arena == NULL ? "out of memory" :
	    check_server_url(text, "imap", 993, 143, arena, &place);

	arena_free(&arena);
	return fault;
}

static const struct question {
	const char	*option, *text, *example;
	const char	*fallback;	/* what Enter means; NULL: nothing */
	const char	*(*fault)(const char *value);
} questions[NANSWERS] = {
	[ADDRESS] = { "--address", "Mail address of the desk",
	    "helpdesk@campus.example", NULL, check_address },
	[NAME] = { "--name", "Its name, as people see it in From",
	    "Physics Helpdesk", "Campus Helpdesk", check_name },
	[IMAP] = { "--imap", "Its mailbox; none: an MTA pipes mail in",
	    "imaps://mail.campus.example/INBOX", "", check_imap },
	[USER] = { "--user", "User name there", "helpdesk", "", NULL },
	[PASSWORD] = { NULL, "Password there, not shown", NULL, "", NULL },
	[ADMIN] = { "--admin", "Your own address: the first administrator",
	    "mia@campus.example", NULL, check_address },
};

/* ---- asking ---- */

static struct termios terminal;	/* as it was before a password was typed */

/* Ctrl-C at the password: a shell that shows nothing is not left behind. */
static void
give_back(int sig)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
	raise(sig);		/* once more when this returns, as ever */
}

static void
echo(bool on)
{
	struct sigaction action = { .sa_handler = give_back,
	    .sa_flags = (int)SA_RESETHAND };
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &t) == -1)
		return;
	if (on)
		action.sa_handler = SIG_DFL;
	else
		terminal = t;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (on)
		t.c_lflag |= ECHO;
	else
		t.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &t);
}

/* What is wrong with an answer; NULL: nothing. */
static const char *
answer_fault(const struct question *q, const char *text)
{
	if (*text == '\0')
		return q->fallback != NULL ? NULL : "something is needed here";
	if (!utf8_valid(text, strlen(text)) ||
	    text_has_control(slice_of(text)))
		return "no control characters, and UTF-8, would be right";
	return q->fault == NULL ? NULL : q->fault(text);
}

/* One line from the terminal, a password unseen; false at the end of input. */
static bool
read_answer(char text[ANSWER_MAX], bool hidden)
{
	char *got;

	if (hidden)
		echo(false);
	got = fgets(text, ANSWER_MAX, stdin);
	if (hidden) {
		echo(true);
		putchar('\n');
	}
	if (got != NULL)
		text[strcspn(text, "\r\n")] = '\0';
	return got != NULL;
}

/* "Its name (like Physics Helpdesk) [Campus Helpdesk]: " */
static void
prompt(const struct init *in, const struct question *q)
{
	printf("%s%s%s", cli_style(in->cli, CLI_BOLD), q->text,
	    cli_style(in->cli, CLI_PLAIN));
	if (q->example != NULL)
		printf(" (like %s)", q->example);
	if (q->fallback != NULL)
		printf(" [%s]", *q->fallback == '\0' ? "none" : q->fallback);
	printf(": ");
	fflush(stdout);
}

/* Until it is right, or the input ends. */
static int
ask(struct init *in, enum answer which)
{
	const struct question *q = &questions[which];
	const char *fault = NULL;
	char text[ANSWER_MAX];

	do {
		if (fault != NULL)
			printf("  %s%s%s\n", cli_style(in->cli, CLI_YELLOW),
			    fault, cli_style(in->cli, CLI_PLAIN));
		prompt(in, q);
		if (!read_answer(text, which == PASSWORD))
			return cli_fail(CLI_USAGE, "no answer; nothing was "
			    "written");
		fault = answer_fault(q, text);
	} while (fault != NULL);
	in->answers[which] = arena_strdup(in->cli->arena, *text == '\0' &&
	    q->fallback != NULL ? q->fallback : text);
	explicit_bzero(text, sizeof text);
	return in->answers[which] == NULL ? CLI_TEMPFAIL : 0;
}

/* Is this one to be asked? Without a mailbox there is no user. */
static bool
needed(const struct init *in, enum answer which)
{
	const char *imap = in->answers[IMAP];

	if (in->answers[which] != NULL)
		return false;
	if (which == PASSWORD && in->password_file != NULL)
		return false;
	return (which != USER && which != PASSWORD) ||
	    (imap != NULL && *imap != '\0');
}

static int
ask_all(struct init *in)
{
	int code = 0, i;

	for (i = 0; i < NANSWERS && code == 0; i++) {
		if (!needed(in, i))
			continue;
		if (isatty(STDIN_FILENO))
			code = ask(in, i);
		else if (questions[i].fallback != NULL && i != IMAP)
			in->answers[i] = questions[i].fallback;
		else
			code = cli_usage(in->cli, "%s is missing, and there is "
			    "no terminal to ask at", questions[i].option);
	}
	for (i = 0; i < NANSWERS && code == 0; i++)
		if (in->answers[i] == NULL)
			in->answers[i] = "";
	return code;
}

static int
take_options(struct init *in)
{
	struct cli *cli = in->cli;
	const struct {
		const char *name, **value;
	} more[] = {
		{ "--password-file", &in->password_file },
		{ "--smtp", &in->smtp }, { "--store", &in->store },
		{ "--tls", &in->tls }, { "--ca-file", &in->ca_file },
	};
	const char *fault;
	size_t i;

	for (i = 0; i < sizeof more / sizeof more[0]; i++)
		if (cli_option(cli, more[i].name, more[i].value) == -1)
			return cli_usage(cli, "%s needs a value", more[i].name);
	for (i = 0; i < NANSWERS; i++) {
		if (questions[i].option == NULL)
			continue;
		switch (cli_option(cli, questions[i].option,
		    &in->answers[i])) {
		case -1:
			return cli_usage(cli, "%s needs a value",
			    questions[i].option);
		case 1:
			fault = answer_fault(&questions[i], in->answers[i]);
			if (fault != NULL)
				return cli_usage(cli, "%s: %s",
				    questions[i].option, fault);
		}
	}
	return cli_done(cli);
}

/* ---- writing ---- */

/* NAME = "value", with what libconfig wants escaped. */
static void
add(struct buf *b, const char *indent, const char *name, const char *value)
{
	buf_addf(b, "%s%s = \"", indent, name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *value);
	}
	buf_adds(b, "\";\n");
}

static void
add_login(struct init *in, struct buf *b, const char *indent)
{
	if (*in->answers[USER] != '\0')
		add(b, indent, "user", in->answers[USER]);
	if (in->password_file != NULL)
		add(b, indent, "password-file", in->password_file);
	if (in->tls != NULL)
		add(b, indent, "tls", in->tls);
	if (in->ca_file != NULL)
		add(b, indent, "ca-file", in->ca_file);
}

/* smtp://HOST:587 of the mailbox's host, when nothing else is said. */
static const char *
smtp_url(struct init *in)
{
	struct server_place place;

	if (in->smtp != NULL)
		return in->smtp;
	if (*in->answers[IMAP] == '\0' || check_server_url(in->answers[IMAP],
	    "imap", 993, 143, in->cli->arena, &place) != NULL)
		return "";
	return arena_printf(in->cli->arena, strchr(place.host, ':') == NULL ?
	    "smtp://%s:587" : "smtp://[%s]:587", place.host);
}

static void
compose_conf(struct init *in, struct buf *b)
{
	const char *smtp = smtp_url(in);

	buf_adds(b, "# Written by `campusdesk init`. What else there is to "
	    "set:\n# campusdesk.conf.sample, campusdesk.conf(5).\ndesk = {\n");
	add(b, "  ", "name", in->answers[NAME]);
	add(b, "  ", "address", in->answers[ADDRESS]);
	buf_adds(b, "};\nstore = {\n");
	add(b, "  ", "url", arena_printf(in->cli->arena, "sqlite:%s",
	    in->store));
	buf_adds(b, "};\n");
	if (*in->answers[IMAP] != '\0') {
		buf_adds(b, "mailbox = {\n  inbox = {\n");
		add(b, "    ", "imap", in->answers[IMAP]);
		add_login(in, b, "    ");
		buf_adds(b, "  };\n};\n");
	}
	if (smtp != NULL && *smtp != '\0') {
		buf_adds(b, "smtp = {\n");
		add(b, "  ", "url", smtp);
		add_login(in, b, "  ");
		buf_adds(b, "};\n");
	}
}

/* The password into a file of its own beside the configuration. */
static int
write_password(struct init *in, struct err *err)
{
	if (*in->answers[PASSWORD] == '\0')
		return 0;
	in->password_file = arena_printf(in->cli->arena, "%s/mail.secret",
	    in->folder);
	if (in->password_file == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (files_write(in->password_file, slice_of(in->answers[PASSWORD]),
	    0600, err) == -1)
		return -1;
	in->new_password_file = true;
	return 0;
}

/* Absolute places, so that it does not matter where the programs start. */
static int
settle_places(struct init *in)
{
	struct cli *cli = in->cli;
	const char *folder = files_folder(cli->arena, cli->conf);
	char real[PATH_MAX];

	if (folder == NULL || files_make_folder(folder) == -1 ||
	    realpath(folder, real) == NULL)
		return cli_fail(CLI_CONFIG, "%s: %s", folder, strerror(errno));
	in->folder = arena_strdup(cli->arena, real);
	if (in->store == NULL)
		in->store = cli->conf_given ?
		    arena_printf(cli->arena, "%s/desk.db", in->folder) :
		    "/var/lib/campusdesk/desk.db";
	if (in->folder == NULL || in->store == NULL)
		return CLI_TEMPFAIL;
	folder = files_folder(cli->arena, in->store);
	if (files_make_folder(folder) == -1)
		return cli_fail(CLI_CONFIG, "%s: %s", folder, strerror(errno));
	if (in->password_file != NULL) {
		if (realpath(in->password_file, real) == NULL)
			return cli_fail(CLI_NOINPUT, "%s: %s",
			    in->password_file, strerror(errno));
		in->password_file = arena_strdup(cli->arena, real);
	}
	return 0;
}

static int
write_conf(struct init *in)
{
	struct cli *cli = in->cli;
	struct buf b = BUF_INIT(CONF_MAX);
	struct err err = { 0 };
	int code = 0;

	if (write_password(in, &err) == -1)
		return cli_err(&err, CLI_NO);
	compose_conf(in, &b);
	if (files_write(cli->conf, buf_slice(&b), 0640, &err) == -1)
		code = cli_err(&err, CLI_NO);
	buf_free(&b);
	if (code == 0)
		code = cli_settings(cli, SETTINGS_CLI);
	if (code != 0 && code != CLI_NO)
		unlink(cli->conf);	/* ours, and wrong: not left */
	if (code != 0 && in->new_password_file)
		unlink(in->password_file);
	return code;
}

static int
add_admin(struct cli *cli, void *arg, struct err *err)
{
	struct init *in = arg;
	struct person p;
	int64_t id;
	int rc = person_find(cli->db, in->answers[ADMIN], cli->arena, &p, err);

	if (rc == 1) {
		p.role = ROLE_ADMIN;
		p.removed = false;
		return person_update(cli->db, &p, err);
	}
	p = (struct person){ .name = "", .address = in->answers[ADMIN],
	    .role = ROLE_ADMIN, .mail = PMAIL_CATEGORY, .categories = "" };
	return rc == -1 ? -1 : person_add(cli->db, &p, cli->desk.now_ms, &id,
	    err);
}

/* What root made, the daemon must be able to use. */
static void
give_to_daemon(struct init *in)
{
	struct cli *cli = in->cli;
	const char *model = files_folder(cli->arena, in->store);

	files_own(in->store, model);
	files_own(cli->settings->secret_file, model);
	files_own(cli->conf, model);
	if (in->new_password_file)
		files_own(in->password_file, model);
}

/* What to do now that it is there. */
static void
say_next(struct cli *cli, int code)
{
	bool is_default = !cli->conf_given;

	if (cli->json)
		return;
	if (code == CLI_UNAVAILABLE)
		printf("\nA server does not answer as it should: mend %s, "
		    "then `campusdesk%s%s check`.\n", cli_text(cli, cli->conf,
		    0), is_default ? "" : " -c ", is_default ? "" :
		    cli_text(cli, cli->conf, 0));
	else if (code == 0)
		printf("\nNext: campusdesk%s%s staff add ADDRESS\n      %s%s\n",
		    is_default ? "" : " -c ", is_default ? "" :
		    cli_text(cli, cli->conf, 0), is_default &&
		    access("/run/systemd/system", F_OK) == 0 ?
		    "systemctl enable --now campusdeskd" : "campusdeskd -c ",
		    is_default && access("/run/systemd/system", F_OK) == 0 ?
		    "" : cli_text(cli, cli->conf, 0));
}

int
cmd_init(struct cli *cli)
{
	struct init in = { .cli = cli };
	struct err err = { 0 };
	int code = take_options(&in);

	if (code == 0 && files_exist(cli->conf))
		return cli_fail(CLI_NO, "%s is there already: -c FILE names "
		    "another", cli->conf);
	if (code == 0 && isatty(STDIN_FILENO) && !cli->json)
		printf("Six questions, then the desk is there. Ctrl-C ends; "
		    "nothing is written before the last.\n\n");
	if (code == 0)
		code = ask_all(&in);
	if (code == 0)
		code = settle_places(&in);
	if (code == 0)
		code = write_conf(&in);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (cli_transact(cli, add_admin, &in, &err) == -1)
		return cli_err(&err, CLI_NO);
	give_to_daemon(&in);
	if (!cli->json)
		printf("%s: written; %s is its first administrator\n\n",
		    cli_text(cli, cli->conf, 0),
		    cli_text(cli, in.answers[ADMIN], 0));
	code = check_all(cli);
	say_next(cli, code);
	return code;
}
