/* import - a history of mail: read in the sandboxed child some at a time,
 * decided in one transaction a batch. The ledger knows each by the digest of
 * its bytes, so that an import that was cut off goes on where it was. */
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/mail_store.h"
#include "cli/progress.h"
#include "cli/take.h"
#include "desk/intake.h"
#include "parsers/reader.h"

#define BATCH		32
#define LARGE_FACTOR	8	/* as `deliver` */
#define BATCH_MEMORY	((size_t)512 * 1024 * 1024)
#define BATCH_BYTES	((size_t)64 * 1024 * 1024)

struct piece {
	struct blob	*raw;
	struct mail	*mail;
	const char	*fault;		/* not NULL: it could not be read */
	char		 key[2 * CRYPT_SHA256 + 1];
	char		 place[512];
};

struct import {
	struct cli		*cli;
	struct mail_store	*store;
	struct worker		*worker;
	struct arena		*arena;		/* of a batch */
	struct progress		 progress;
	bool			 mail;		/* as if they came now */
	int64_t			 date_ms;	/* of the mail before */
	struct piece		 v[BATCH];
	size_t			 n, bytes;
	long			 seen, known, left_out;
	long			 outcome[LEDGER_NOUTCOME];
};

/* ---- reading ---- */

static int
start_worker(struct import *im, struct err *err)
{
	const struct settings_limits *l = &im->cli->settings->limits;
	struct worker_limits wl = {
		.seconds = l->parse_seconds,
		.memory = (size_t)l->parse_memory,
		.answer = (size_t)64 * 1024 * 1024,
		.run = l->parse_run,
	};

	return reader_start((size_t)l->mail_size, &wl, &im->worker, err);
}

/* Once in company, then alone; at last by its header only. */
static int
understand(struct import *im, struct piece *p, struct err *err)
{
	size_t most = (size_t)im->cli->settings->limits.mail_size;
	size_t n = blob_size(p->raw) < most ? 0 : 1;
	enum worker_end end = WORKER_CRASHED;
	char *head;
	int try;

	for (try = 0; n == 0 && try < TAKE_TRIES && end != WORKER_OK; try++)
		if (reader_read(im->worker, p->raw, try > 0, im->arena,
		    &p->mail, &end, err) == -1)
			return -1;
	if (end == WORKER_OK)
		return 0;
	if (n == 0)
		p->fault = arena_strdup(im->arena, err->msg);
	*err = (struct err){ 0 };
	n = blob_size(p->raw) < 262144 ? blob_size(p->raw) : 262144;
	head = arena_alloc(im->arena, n + 1);
	if (head == NULL || blob_read(p->raw, 0, head, n, err) == -1)
		return err_set(err, ERR_RETRY, "out of memory");
	return mail_parse_header((struct slice){ head, n }, im->arena,
	    &p->mail, err);
}

static struct ledger_key
key_of(const struct piece *p)
{
	return (struct ledger_key){ .source = "import", .key = p->key };
}

/* One more mail into the batch: 1, 0 there is none left, -1. */
static int
gather(struct import *im, struct err *err)
{
	struct piece *p = &im->v[im->n];
	unsigned char digest[CRYPT_SHA256];
	struct ledger_key key;
	int rc;

	*p = (struct piece){ .raw = NULL };
	rc = mail_store_next(im->store, &p->raw, err);
	if (rc != 1)
		return rc;
	im->seen++;
	snprintf(p->place, sizeof p->place, "%s",
	    mail_store_place(im->store));
	if (p->raw == NULL || blob_size(p->raw) == 0) {
		im->left_out++;
		cli_fail(0, "%s: %s", p->place, p->raw == NULL ?
		    "too large a mail, left out" : "an empty mail, left out");
		blob_free(&p->raw);
		return 1;
	}
	if (blob_sha256(p->raw, digest, err) == -1)
		return -1;
	crypt_hex(digest, sizeof digest, p->key);
	key = key_of(p);
	rc = ledger_find(im->cli->db, &key, im->arena, NULL, err);
	if (rc == 0) {
		im->bytes += blob_size(p->raw);
		im->n++;
		return understand(im, p, err) == -1 ? -1 : 1;
	}
	im->known += rc == 1;
	blob_free(&p->raw);
	return rc;
}

/* ---- deciding ---- */

/* When it was: its Date, unless that is missing or not of the past. */
static int64_t
date_of(struct import *im, const struct mail *mail, int64_t now_ms)
{
	if (mail->has_date && mail->date_ms > 0 && mail->date_ms <= now_ms)
		im->date_ms = mail->date_ms;
	return im->date_ms == 0 ? now_ms : im->date_ms;
}

static int
decide(struct import *im, const struct piece *p, struct err *err)
{
	struct desk desk = im->cli->desk;
	size_t most = (size_t)desk.settings->limits.mail_size;
	struct intake_item item = {
		.key = key_of(p), .raw = p->raw, .mail = p->mail,
		.full_size = blob_size(p->raw),
		.too_large = blob_size(p->raw) > most,
		.history = !im->mail,
	};
	struct intake_result result = { 0 };
	int rc;

	desk.arena = im->arena;
	if (!im->mail) {
		desk.real_ms = desk.now_ms;
		desk.now_ms = date_of(im, p->mail, desk.now_ms);
	}
	item.received_ms = desk.now_ms;
	rc = im->mail && p->fault != NULL ? intake_quarantine(&desk, &item,
	    p->fault, TAKE_TRIES, &result, err) :
	    intake_mail(&desk, &item, &result, err);
	if (rc == 0)
		im->outcome[result.outcome]++;
	return rc;
}

/* Each in a savepoint: one that cannot be decided leaves the others. */
static int
do_batch(struct cli *cli, void *arg, struct err *err)
{
	struct import *im = arg;
	size_t i;

	for (i = 0; i < im->n; i++) {
		struct err why = { 0 };

		if (db_savepoint(cli->db, err) == -1)
			return -1;
		if (decide(im, &im->v[i], &why) == 0) {
			if (db_release(cli->db, err) == -1)
				return -1;
			continue;
		}
		if (why.code != ERR_INPUT || !db_in_transaction(cli->db)) {
			*err = why;
			return -1;
		}
		db_rollback_to(cli->db);
		im->left_out++;
		cli_fail(0, "%s: left out: %s", im->v[i].place, why.msg);
	}
	return 0;
}

static int
batch(struct import *im, struct err *err)
{
	char label[48];
	int rc = 1;
	size_t i;

	im->n = im->bytes = 0;
	arena_reset(im->arena);
	while (rc == 1 && im->n < BATCH && im->bytes < BATCH_BYTES)
		rc = gather(im, err);
	if (rc != -1 && im->n > 0 && cli_transact(im->cli, do_batch, im,
	    err) == -1)
		rc = -1;
	for (i = 0; i < im->n; i++)
		blob_free(&im->v[i].raw);
	snprintf(label, sizeof label, "%ld mails", im->seen);
	progress_at(&im->progress, mail_store_at(im->store), label);
	return rc;
}

/* ---- the command ---- */

static void
report(struct cli *cli, const struct import *im)
{
	json_t *o = json_pack("{s:I,s:I,s:I}", "mails", (json_int_t)im->seen,
	    "known", (json_int_t)im->known, "left_out",
	    (json_int_t)im->left_out);
	int i;

	for (i = 0; i < LEDGER_NOUTCOME; i++)
		if (im->outcome[i] > 0)
			json_object_set_new(o, ledger_outcome_name(i),
			    json_integer(im->outcome[i]));
	if (cli->json) {
		cli_json(o);
		return;
	}
	printf("%ld mails", im->seen);
	for (i = 0; i < LEDGER_NOUTCOME; i++)
		if (im->outcome[i] > 0)
			printf(", %ld %s", im->outcome[i],
			    ledger_outcome_name(i));
	printf("; %ld were here already, %ld left out\n", im->known,
	    im->left_out);
	json_decref(o);
}

static int
run(struct import *im)
{
	struct err err = { 0 };
	int rc = start_worker(im, &err);

	progress_start(&im->progress, mail_store_all(im->store));
	if (rc == 0)
		do
			rc = batch(im, &err);
		while (rc == 1);
	progress_end(&im->progress);
	worker_stop(&im->worker);
	report(im->cli, im);
	if (rc == -1)
		return cli_err(&err, CLI_DATA);
	return im->left_out > 0 ? CLI_NO : 0;
}

int
cmd_import(struct cli *cli)
{
	struct import im = { .cli = cli, .mail = cli_flag(cli, "--mail") };
	const char *name = cli_next(cli);
	struct err err = { 0 };
	int code;

	if (name == NULL || (strncmp(name, "mbox:", 5) != 0 &&
	    strncmp(name, "maildir:", 8) != 0))
		return cli_usage(cli, "from where? mbox:FILE or maildir:DIR");
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (mail_store_open(name, (size_t)cli->settings->limits.mail_size *
	    LARGE_FACTOR, &im.store, &err) == -1)
		return cli_err(&err, CLI_NOINPUT);
	im.arena = arena_new(BATCH_MEMORY);
	code = im.arena == NULL ? cli_fail(CLI_TEMPFAIL, "out of memory") :
	    run(&im);
	mail_store_close(&im.store);
	arena_free(&im.arena);
	return code;
}
