#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/take.h"
#include "desk/intake.h"

/* A mail over mail-size becomes a ticket from its headers and is kept whole,
 * since nobody else has it; beyond this many times mail-size it is refused. */
#define LARGE_FACTOR	8

struct delivery {
	struct intake_item	 item;
	struct blob		*raw;
	char			 key[2 * CRYPT_SHA256 + 1];
	const char		*fault;		/* not NULL: to quarantine */
	struct intake_result	 result;
};

static int
do_deliver(struct cli *cli, void *arg, struct err *err)
{
	struct delivery *d = arg;

	d->item.received_ms = cli->desk.now_ms;
	if (d->fault != NULL)
		return intake_quarantine(&cli->desk, &d->item, d->fault,
		    TAKE_TRIES, &d->result, err);
	return intake_mail(&cli->desk, &d->item, &d->result, err);
}

/* Standard input, and what identifies it: its digest. */
static int
read_mail(struct cli *cli, const char *mailbox, struct delivery *d)
{
	size_t most = (size_t)cli->settings->limits.mail_size;
	unsigned char digest[CRYPT_SHA256];
	struct err err = { 0 };

	if (blob_read_fd(STDIN_FILENO, most * LARGE_FACTOR, &d->raw,
	    &err) == -1 || blob_sha256(d->raw, digest, &err) == -1)
		return cli_err(&err, CLI_DATA);
	if (blob_size(d->raw) == 0)
		return cli_fail(CLI_DATA, "no mail on standard input");
	crypt_hex(digest, sizeof digest, d->key);
	d->item.key.source = mailbox == NULL ? "deliver" :
	    arena_printf(cli->arena, "deliver:%s", mailbox);
	d->item.key.key = d->key;
	d->item.raw = d->raw;
	d->item.full_size = blob_size(d->raw);
	d->item.too_large = d->item.full_size > most;
	return d->item.key.source == NULL ? CLI_TEMPFAIL : 0;
}

/* In the child; what its tries do not read is known by its header. */
static int
understand(struct cli *cli, struct delivery *d)
{
	struct mail *mail = NULL;
	struct err err = { 0 };
	int rc = 0;

	if (!d->item.too_large)
		rc = take_read(cli, d->raw, &cli->settings->limits, &mail,
		    &d->fault, &err);
	if (rc == 0 && mail == NULL)
		rc = take_header(cli, d->raw, &mail, &err);
	d->item.mail = mail;
	return rc == -1 ? cli_err(&err, CLI_TEMPFAIL) : 0;
}

static int
take_in(struct cli *cli, struct delivery *d)
{
	struct ledger_row row;
	struct err err = { 0 };
	int rc = ledger_find(cli->db, &d->item.key, cli->arena, &row, &err);

	if (rc == 1) {			/* the MTA tries again what was taken */
		d->result.outcome = row.outcome;
		d->result.ticket = row.ticket;
		return 0;
	}
	if (rc == 0) {
		rc = understand(cli, d);
		if (rc != 0)
			return rc;
		rc = cli_transact(cli, do_deliver, d, &err);
	}
	if (rc == -1) {
		cli_err(&err, CLI_TEMPFAIL);
		return CLI_TEMPFAIL;	/* whatever it was: the MTA keeps it */
	}
	return 0;
}

static void
report(struct cli *cli, const struct intake_result *r)
{
	if (cli->json) {
		cli_json(json_pack("{s:s,s:o}", "outcome",
		    ledger_outcome_name(r->outcome), "ticket",
		    r->ticket == 0 ? json_null() :
		    json_integer((json_int_t)r->ticket)));
		return;
	}
	printf("%s", ledger_outcome_name(r->outcome));
	if (r->ticket != 0)
		printf(" #%lld", (long long)r->ticket);
	putchar('\n');
}

int
cmd_deliver(struct cli *cli)
{
	struct delivery d = { .item = { .key = { .source = NULL } } };
	const char *mailbox = NULL;
	int code;

	if (cli_option(cli, "--mailbox", &mailbox) == -1)
		return cli_usage(cli, "--mailbox needs a name");
	code = cli_done(cli);
	if (code != 0)
		return code;
	if (cli_settings(cli, SETTINGS_NO_SECRETS) != 0)
		return CLI_TEMPFAIL;	/* 78 is final to an MTA: it would bounce
					 * what a person will mend */
	if (mailbox != NULL) {
		d.item.mailbox = settings_mailbox(cli->settings, mailbox);
		if (d.item.mailbox == NULL)
			return cli_usage(cli, "there is no mailbox %s in %s",
			    mailbox, cli->settings->file);
	}
	code = read_mail(cli, mailbox, &d);
	if (code == 0 && cli_open(cli) != 0)
		code = CLI_TEMPFAIL;	/* no store now: the MTA keeps it */
	if (code == 0)
		code = take_in(cli, &d);
	if (code == 0)
		report(cli, &d.result);
	blob_free(&d.raw);
	return code;
}
