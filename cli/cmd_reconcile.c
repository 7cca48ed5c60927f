#include <stdlib.h>
#include <string.h>

#include "base/imap.h"
#include "cli/cli.h"
#include "db/ledger_store.h"

#define UIDS_MAX	((size_t)50 * 1000 * 1000)
#define WALK		10000		/* ledger rows at a time */

/* A message on the server that the ledger has not been asked about yet. */
struct entry {
	int64_t	 uid;
	char	*message_id;		/* NULL: none */
	bool	 known;
};

struct holding {
	struct cli	*cli;
	struct entry	*v;
	size_t		 n, cap;
	size_t		 at;		/* walking: first not yet passed */
	int64_t		 last;		/* UID of the last ledger row */
	int		 rows;
};

static void
holding_free(struct holding *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		free(h->v[i].message_id);
	free(h->v);
	h->v = NULL;
	h->n = h->cap = 0;
}

static int
hold(int64_t uid, const char *message_id, void *arg)
{
	struct holding *h = arg;
	struct entry *v;
	size_t cap;

	if (h->n == h->cap) {
		cap = h->cap == 0 ? 1024 : 2 * h->cap;
		v = cap > UIDS_MAX ? NULL : realloc(h->v, cap * sizeof *v);
		if (v == NULL)
			return 1;
		h->v = v;
		h->cap = cap;
	}
	h->v[h->n++] = (struct entry){ uid, message_id == NULL ? NULL :
	    strdup(message_id), false };
	return 0;
}

static int
by_uid(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* What the server holds, in order of UID. */
static int
ask_server(const struct settings_mailbox *m, struct imap_folder *folder,
    struct holding *h, struct err *err)
{
	struct imap *imap = NULL;
	int rc = imap_open(&m->server, -1, &imap, err);

	if (rc == 0)
		rc = imap_select(imap, m->folder, folder, err);
	if (rc == 0)
		rc = imap_message_ids(imap, hold, h, err);
	imap_close(&imap);
	if (rc == 1)
		return err_set(err, ERR_FATAL, "too many mails for the memory "
		    "there is");
	if (rc == 0 && h->n > 0)
		qsort(h->v, h->n, sizeof *h->v, by_uid);
	return rc;
}

/* A ledger row: rows come in order of UID, as the entries stand. */
static int
tick_off(const struct ledger_row *row, void *arg)
{
	struct holding *h = arg;

	h->last = row->key.uid;
	h->rows++;
	while (h->at < h->n && h->v[h->at].uid < row->key.uid)
		h->at++;
	for (; h->at < h->n && h->v[h->at].uid == row->key.uid; h->at++)
		h->v[h->at].known = true;
	return 0;
}

static int
ask_ledger(struct cli *cli, const char *source, int64_t epoch,
    struct holding *h, struct err *err)
{
	struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
	int rc = arena == NULL ? err_set(err, ERR_RETRY, "out of memory") : 0;

	h->rows = WALK;
	while (rc == 0 && h->rows == WALK && h->at < h->n) {
		arena_reset(arena);
		h->rows = 0;
		rc = ledger_walk(cli->db, source, epoch, h->last, false, WALK,
		    arena, tick_off, h, err);
	}
	arena_free(&arena);
	return rc;
}

static void
report(struct cli *cli, const char *mailbox, const struct entry *e,
    const char *state)
{
	char uid[24];

	if (cli->json) {
		cli_json(json_pack("{s:s,s:I,s:s,s:o}", "mailbox", mailbox,
		    "uid", (json_int_t)e->uid, "state", state, "message_id",
		    cli_json_text(e->message_id)));
		return;
	}
	snprintf(uid, sizeof uid, "%lld", (long long)e->uid);
	cli_column(cli, mailbox, 12);
	cli_column(cli, uid, 10);
	cli_column(cli, state, 8);
	printf("%s\n", cli_text(cli, e->message_id == NULL ? "-" :
	    e->message_id, 0));
}

/* Missing: at or below the cursor, where everything should have a row. */
static int
compare(struct cli *cli, const char *mailbox, const struct cursor *cursor,
    const struct holding *h)
{
	size_t i, pending = 0, missing = 0;
	bool lost;

	for (i = 0; i < h->n; i++) {
		/* one row stands for all mail from before the start */
		if (h->v[i].known || h->v[i].uid < cursor->first_uid)
			continue;
		lost = h->v[i].uid <= cursor->uid;
		missing += lost;
		pending += !lost;
		report(cli, mailbox, &h->v[i], lost ? "missing" : "pending");
	}
	if (!cli->json)
		printf("%s: %zu on the server, %zu accounted for, %zu "
		    "pending, %zu missing\n", mailbox, h->n,
		    h->n - pending - missing, pending, missing);
	return missing > 0 ? CLI_NO : 0;
}

static int
reconcile(struct cli *cli, const struct settings_mailbox *m)
{
	const char *source = arena_printf(cli->arena, "imap:%s", m->name);
	struct holding h = { .cli = cli };
	struct cursor cursor = { 0 };
	struct imap_folder folder;
	struct err err = { 0 };
	int rc, code;

	/* cursor first, ledger last: what is fetched meanwhile has a row */
	rc = source == NULL ? err_set(&err, ERR_RETRY, "out of memory") :
	    cursor_get(cli->db, source, &cursor, &err);
	if (rc == -1)
		return cli_err(&err, CLI_NO);
	if (ask_server(m, &folder, &h, &err) == -1) {
		code = cli_fail(CLI_UNAVAILABLE, "mailbox %s: %s", m->name,
		    err.msg);
		goto out;
	}
	if (cursor.epoch != folder.uidvalidity)	/* a new numbering */
		cursor = (struct cursor){ .epoch = folder.uidvalidity };
	code = ask_ledger(cli, source, folder.uidvalidity, &h, &err) == -1 ?
	    cli_err(&err, CLI_NO) : compare(cli, m->name, &cursor, &h);
out:
	holding_free(&h);
	return code;
}

int
cmd_reconcile(struct cli *cli)
{
	const char *only = NULL;
	int code, worst = 0;
	size_t i;

	if (cli_option(cli, "--mailbox", &only) == -1)
		return cli_usage(cli, "--mailbox needs a name");
	code = cli_done(cli);
	if (code == 0)
		code = cli_settings(cli, SETTINGS_CLI);
	if (code == 0 && only != NULL &&
	    settings_mailbox(cli->settings, only) == NULL)
		return cli_usage(cli, "there is no mailbox %s in %s", only,
		    cli->settings->file);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (cli->settings->nmailboxes == 0 && !cli->json)
		printf("no mailbox: mail comes by campusdesk deliver only\n");
	for (i = 0; i < cli->settings->nmailboxes; i++) {
		const struct settings_mailbox *m = &cli->settings->mailboxes[i];

		if (only != NULL && strcmp(only, m->name) != 0)
			continue;
		code = reconcile(cli, m);
		worst = code > worst ? code : worst;
	}
	return worst;
}
