#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/pager.h"
#include "cli/take.h"
#include "db/raw_store.h"
#include "desk/reparse.h"

#define PAGE		100		/* rows of the ledger at a time */
#define MEMORY_MAX	((size_t)512 << 20)	/* bytes for one mail */

struct walk {
	struct cli		*cli;
	struct worker		*worker;
	struct arena		*arena;	/* of the mail in hand */
	bool			 apply;
	int64_t			 since_ms;
	int64_t			 ids[PAGE];
	int			 n;	/* of this page */
	bool			 end;	/* the rest is older */
	long			 seen, differ, stored, unread;
};

struct found {
	const struct ledger_row	*row;
	const struct mail	*mail;
	const char		*old_kind;	/* NULL: as it was */
	struct reparse		 r;
	bool			 message;	/* r says that it differs */
};

/* ---- how it is shown ---- */

static const char *
what(struct walk *w, const struct found *f)
{
	const struct reparse *r = &f->r;

	return arena_printf(w->arena, "%s%s%s%s",
	    f->message && r->text ? " text" : "",
	    f->message && r->reading ? " spans" : "",
	    f->message && r->files > 0 ? " files" : "",
	    f->old_kind != NULL ? " kind" : "");
}

static void
print_json(struct walk *w, const struct found *f)
{
	const struct reparse *r = &f->r;
	json_t *changes = json_array();
	struct slice rest = slice_of(what(w, f));
	size_t n;

	while (rest.len > 1) {
		rest.p++;
		for (n = 0, rest.len--; n < rest.len && rest.p[n] != ' '; n++)
			;
		json_array_append_new(changes, json_stringn(rest.p, n));
		rest.p += n;
		rest.len -= n;
	}
	cli_json(json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}",
	    "id", (json_int_t)f->row->id,
	    "ticket", f->row->ticket == 0 ? json_null() :
	    json_integer(f->row->ticket), "message", f->row->message == 0 ?
	    json_null() : json_integer(f->row->message),
	    "changes", changes,
	    "old", f->message ? cli_json_text(r->old.text) : json_null(),
	    "new", f->message ? cli_json_text(r->now.text) : json_null(),
	    "old_kind", cli_json_text(f->row->kind), "new_kind",
	    cli_json_text(mail_kind_name(f->mail->kind)), "kept",
	    f->message ? cli_json_text(r->kept) : json_null(), "stored",
	    w->apply && f->message));
}

static struct slice
last_line(struct slice s, struct slice *rest_out)
{
	size_t n = s.len;

	while (n > 0 && s.p[n - 1] != '\n')
		n--;
	*rest_out = (struct slice){ s.p, n == 0 ? 0 : n - 1 };
	return (struct slice){ s.p + n, s.len - n };
}

/* Lines that both have in front and behind go. */
static void
cut_common(struct slice *a, struct slice *b)
{
	struct slice ra, rb, la, lb;

	for (;;) {
		ra = *a;
		rb = *b;
		if (!text_line(&ra, &la) || !text_line(&rb, &lb) ||
		    !slice_eq(la, lb))
			break;
		*a = ra;
		*b = rb;
	}
	while (a->len > 0 && b->len > 0) {
		la = last_line(*a, &ra);
		lb = last_line(*b, &rb);
		if (!slice_eq(la, lb))
			break;
		*a = ra;
		*b = rb;
	}
}

static void
print_lines(struct walk *w, const char *mark, const char *style,
    struct slice text)
{
	struct slice line;

	while (text_line(&text, &line))
		printf("%s  %s %s%s\n", cli_style(w->cli, style), mark,
		    cli_lines(w->cli, arena_strndup(w->arena, line.p,
		    line.len)), cli_style(w->cli, CLI_PLAIN));
}

static void
print_text(struct walk *w, const struct found *f)
{
	struct slice old = slice_of(f->r.old.text);
	struct slice now = slice_of(f->r.now.text);

	printf("%s#%lld message %lld:%s%s%s%s\n", cli_style(w->cli, CLI_BOLD),
	    (long long)f->r.old.ticket, (long long)f->r.old.id, what(w, f),
	    cli_style(w->cli, CLI_PLAIN), f->r.kept == NULL ? "" :
	    "; its text stays: ", f->r.kept == NULL ? "" : f->r.kept);
	if (!f->r.text)
		return;
	cut_common(&old, &now);
	print_lines(w, "-", CLI_RED, old);
	print_lines(w, "+", CLI_GREEN, now);
}

static void
print_found(struct walk *w, const struct found *f)
{
	if (w->cli->json) {
		print_json(w, f);
		return;
	}
	if (f->message)
		print_text(w, f);
	if (f->old_kind != NULL)
		printf("%sitem %lld, %s: kind%s %s \xe2\x86\x92 %s (%s)\n",
		    cli_style(w->cli, CLI_BOLD), (long long)f->row->id,
		    ledger_outcome_name(f->row->outcome),
		    cli_style(w->cli, CLI_PLAIN), f->old_kind,
		    mail_kind_name(f->mail->kind),
		    cli_text(w->cli, f->mail->because, 0));
}

/* ---- one mail ---- */

static int
do_store(struct cli *cli, void *arg, struct err *err)
{
	const struct found *f = arg;
	struct actor actor;

	if (act_terminal(&cli->desk, cli->as, &actor, err) == -1)
		return -1;
	actor.item = f->row->id;
	actor.because = "read by a newer parser";
	return reparse_store(&cli->desk, &actor, f->mail, &f->r, err);
}

static int
judge(struct walk *w, const struct ledger_row *row, const struct mail *mail,
    struct err *err)
{
	struct found f = { .row = row, .mail = mail };
	int rc = reparse_compare(&w->cli->desk, row, mail, &f.r, err);

	if (rc == -1)
		return -1;
	f.message = rc == 1;
	if (row->kind != NULL &&
	    strcmp(row->kind, mail_kind_name(mail->kind)) != 0)
		f.old_kind = row->kind;
	if (!f.message && f.old_kind == NULL)
		return 0;
	w->differ++;
	if (w->apply && f.message) {
		if (cli_transact(w->cli, do_store, &f, err) == -1)
			return -1;
		w->stored++;
	}
	print_found(w, &f);
	return 0;
}

static int
read_again(struct walk *w, int64_t id, struct err *err)
{
	struct ledger_row row;
	struct mail *mail = NULL;
	struct blob *raw = NULL;
	const char *fault = "";
	size_t size;
	int rc = ledger_get(w->cli->db, id, w->arena, &row, err);

	if (rc == 1)
		rc = raw_size(w->cli->db, row.raw, &size, err);
	if (rc != 1)
		return rc;		/* its bytes are gone by now */
	rc = raw_get(w->cli->db, row.raw, &raw, err);
	if (rc != -1)
		rc = take_read_by(w->cli, w->worker, raw, &mail, &fault, err);
	blob_free(&raw);
	if (rc == -1)
		return -1;
	w->seen++;
	if (mail != NULL)
		return judge(w, &row, mail, err);
	w->unread++;
	cli_fail(CLI_NO, "item %lld cannot be read: %s", (long long)id, fault);
	return 0;
}

/* ---- all of them ---- */

static int
keep_id(const struct ledger_row *row, void *arg)
{
	struct walk *w = arg;

	w->end = row->seen_ms < w->since_ms;
	if (w->end)
		return 1;
	if (row->raw != 0 && row->outcome != LEDGER_DUPLICATE &&
	    row->outcome != LEDGER_QUARANTINED)
		w->ids[w->n++] = row->id;
	return 0;
}

/* The lowest id of a page is where the next one begins. */
static int
keep_lowest(const struct ledger_row *row, void *arg)
{
	*(int64_t *)arg = row->id;
	return 0;
}

static int
one_page(struct walk *w, int64_t *before, struct err *err)
{
	int64_t lowest = 0;
	int i;

	w->n = 0;
	arena_reset(w->arena);
	if (ledger_list(w->cli->db, LEDGER_NOUTCOME, *before, PAGE, w->arena,
	    keep_id, w, err) == -1 ||
	    ledger_list(w->cli->db, LEDGER_NOUTCOME, *before, PAGE, w->arena,
	    keep_lowest, &lowest, err) == -1)
		return -1;
	for (i = 0; i < w->n; i++) {
		arena_reset(w->arena);
		if (read_again(w, w->ids[i], err) == -1)
			return -1;
	}
	*before = lowest;
	return lowest > 1 && !w->end;
}

static int
walk_all(struct walk *w, struct err *err)
{
	struct arena *kept = w->cli->arena;
	int64_t before = 0;
	int rc;

	w->arena = arena_new(MEMORY_MAX);
	if (w->arena == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	w->cli->arena = w->cli->desk.arena = w->arena;
	do
		rc = one_page(w, &before, err);
	while (rc == 1);
	w->cli->arena = w->cli->desk.arena = kept;
	arena_free(&w->arena);
	return rc;
}

static void
sum_up(const struct walk *w)
{
	printf("%ld mails read again, %ld differ, %ld stored%s\n", w->seen,
	    w->differ, w->stored, w->differ > 0 && !w->apply ?
	    "; --apply stores what differs" : "");
}

int
cmd_reparse(struct cli *cli)
{
	struct walk w = { .cli = cli, .apply = cli_flag(cli, "--apply") };
	const char *since = NULL;
	struct err err = { 0 };
	int code, rc;

	if (cli_option(cli, "--since", &since) == -1)
		return cli_usage(cli, "--since needs a day");
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (since != NULL && !cli_moment(since, false, &w.since_ms))
		return cli_usage(cli, "%s is no day: 2026-11-01 would be "
		    "right", since);
	if (take_start(&cli->settings->limits, &w.worker, &err) == -1)
		return cli_err(&err, CLI_NO);
	pager_start(cli);
	rc = walk_all(&w, &err);
	if (rc == 0 && !cli->json)
		sum_up(&w);
	pager_end(cli);
	worker_stop(&w.worker);
	if (rc == -1)
		return cli_err(&err, CLI_NO);
	return w.unread > 0 ? CLI_NO : 0;
}
