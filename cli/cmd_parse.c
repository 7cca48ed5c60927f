#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/explain.h"
#include "cli/pager.h"
#include "cli/take.h"
#include "desk/identify.h"
#include "desk/token.h"
#include "parsers/mail_json.h"

#define READ_MAX	((size_t)1024 * 1024 * 1024)	/* bytes of a mail */
#define JSON_MAX	((size_t)128 * 1024 * 1024)

static int
read_input(const char *file, struct blob **raw_out)
{
	struct err err = { 0 };
	struct stat st;
	int fd = STDIN_FILENO, rc;

	if (file != NULL && strcmp(file, "-") != 0)
		fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return cli_fail(CLI_NOINPUT, "%s: %s", file, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return cli_fail(CLI_NOINPUT, "%s: a folder, not a mail", file);
	}
	rc = blob_read_fd(fd, READ_MAX, raw_out, &err);
	if (fd != STDIN_FILENO)
		close(fd);
	return rc == -1 ? cli_err(&err, CLI_DATA) : 0;
}

/* ---- which ticket, when the store can be asked ---- */

/* The ticket of a Reply-To token in one of the addresses; 1/0/-1. */
static int
by_token(struct cli *cli, const char *address, int64_t *ticket_out,
    struct err *err)
{
	const char *plus = strchr(address, '+'), *at = strrchr(address, '@');
	struct outbox_row row;
	struct ticket ticket;
	struct slice token;
	int64_t item;
	int rc;

	if (plus == NULL || at == NULL || plus > at ||
	    !settings_is_ours(cli->settings, address))
		return 0;
	token = (struct slice){ plus + 1, (size_t)(at - plus) - 1 };
	if (!token_reply_read(token, &item))
		return 0;
	rc = outbox_head(cli->db, item, cli->arena, &row, err);
	if (rc == 1 && row.ticket != 0)
		rc = ticket_get(cli->db, row.ticket, cli->arena, &ticket, err);
	if (rc != 1 || row.ticket == 0 || !token_reply_check(cli->secret,
	    token, ticket.key, row.person))
		return rc == -1 ? -1 : 0;
	*ticket_out = row.ticket;
	return 1;
}

static int
find_ticket(struct cli *cli, const struct mail *mail, int64_t *ticket_out,
    struct err *err)
{
	struct outbox_row row;
	struct ticket ticket;
	size_t i;
	int rc = 0;

	for (i = 0; i < mail->recipients.n && rc == 0; i++)
		rc = by_token(cli, mail->recipients.v[i], ticket_out, err);
	for (i = 0; i < mail->our_ids.n && rc == 0; i++) {
		rc = identify_own_id(&cli->desk, mail->our_ids.v[i], &row,
		    err);
		if (rc == 1)
			*ticket_out = row.ticket;
	}
	if (rc == 0 && mail->subject_ticket != 0) {
		rc = ticket_get(cli->db, mail->subject_ticket, cli->arena,
		    &ticket, err);
		if (rc == 1)
			*ticket_out = ticket.number;
	}
	return rc;
}

/* With -c: ids must carry our MAC, a tag must name a ticket that is there. */
static int
confirm_ticket(struct cli *cli, struct mail *mail)
{
	struct err err = { 0 };
	int code;

	if (access(cli->settings->store_path, F_OK) == -1)
		return 0;			/* before the first start */
	if (secret_load(cli->settings->secret_file, false, &cli->secret,
	    &err) == -1)
		return cli_err(&err, CLI_CONFIG);
	if (db_open(cli->settings->store_url, DB_READ, &cli->db, &err) == -1)
		return cli_err(&err, CLI_NOINPUT);
	cli->desk = (struct desk){ cli->db, cli->settings, cli->secret, 0,
	    cli->arena, 0 };
	if (db_begin(cli->db, &err) == -1)
		return cli_err(&err, CLI_NO);
	mail->ticket = 0;
	code = find_ticket(cli, mail, &mail->ticket, &err) == -1 ?
	    cli_err(&err, CLI_NO) : 0;
	db_rollback(cli->db);
	return code;
}

/* What could not be read is known by its header, and says why. */
static int
unreadable(struct cli *cli, const struct blob *raw, const char *fault,
    struct mail **mail_out, struct err *err)
{
	const char **warning = arena_alloc(cli->arena, sizeof *warning);

	if (warning == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (take_header(cli, raw, mail_out, err) == -1)
		return -1;
	*warning = fault;
	(*mail_out)->warnings = (struct mail_strings){ warning, 1 };
	return 0;
}

static int
understand(struct cli *cli, const struct blob *raw, struct mail **mail_out)
{
	const struct settings_limits *limits = cli->settings == NULL ? NULL :
	    &cli->settings->limits;
	size_t most = limits == NULL ? mail_limits_default.mail :
	    (size_t)limits->mail_size;
	const char *fault = NULL;
	struct err err = { 0 };
	int rc = 0;

	*mail_out = NULL;
	if (blob_size(raw) > most)
		fault = arena_printf(cli->arena, "larger than mail-size, %zu "
		    "bytes: only the header was read", most);
	else
		rc = take_read(cli, raw, limits, mail_out, &fault, &err);
	if (rc == 0 && *mail_out == NULL)
		rc = unreadable(cli, raw, fault, mail_out, &err);
	return rc == -1 ? cli_err(&err, CLI_DATA) : 0;
}

static int
print_json(const struct mail *mail)
{
	struct buf out = BUF_INIT(JSON_MAX);
	struct err err = { 0 };
	int code = 0;

	if (mail_json_dump(mail, false, &out, &err) == -1)
		code = cli_err(&err, CLI_DATA);
	else
		puts(buf_str(&out));
	buf_free(&out);
	return code;
}

int
cmd_parse(struct cli *cli)
{
	bool headers = cli_flag(cli, "--headers");
	const char *file = cli_next(cli);
	struct blob *raw = NULL;
	struct mail *mail = NULL;
	struct err err = { 0 };
	int code = cli_done(cli);

	if (code == 0 && cli->conf_given)
		code = cli_settings(cli, SETTINGS_NO_SECRETS);
	if (code == 0)
		code = read_input(file, &raw);
	if (code == 0)
		code = understand(cli, raw, &mail);
	if (code == 0 && cli->conf_given)
		code = confirm_ticket(cli, mail);
	if (code == 0 && cli->json)
		code = print_json(mail);
	else if (code == 0) {
		pager_start(cli);
		explain_mail(cli, mail);
		if (headers && explain_header(cli, raw, &err) == -1)
			code = cli_err(&err, CLI_DATA);
		else if (!headers)
			explain_text(cli, mail);
		pager_end(cli);
	}
	blob_free(&raw);
	return code;
}
