/* mbox - the mails of a ticket as they came, in the format mboxrd: lines that
 * begin with "From ", behind any number of ">", get one ">" more. What was not
 * mail (terminal, chat) becomes a small one. */
#include <string.h>
#include <time.h>

#include "base/mime_write.h"
#include "cli/cli.h"
#include "db/message_store.h"
#include "db/raw_store.h"

#define MADE_MAX	((size_t)8 * 1024 * 1024)	/* bytes of one made */

/* Writes lines; knows where one begins, across pieces. */
struct writer {
	size_t	held;		/* bytes of marks held back */
	char	marks[256];	/* ">>>From ", as far as it was seen */
	bool	inside;		/* of a line that needs no ">" any more */
};

static void
release(struct writer *w)
{
	fwrite(w->marks, 1, w->held, stdout);
	w->held = 0;
	w->inside = true;
}

/* Is what is held ">…>" and a part of "From "? 1 part, 2 whole, 0 no. */
static int
from_mark(const char *s, size_t len)
{
	static const char from[] = "From ";
	size_t at = 0, n;

	while (at < len && s[at] == '>')
		at++;
	n = len - at;
	if (n > strlen(from) || memcmp(s + at, from, n) != 0)
		return 0;
	return n == strlen(from) ? 2 : 1;
}

static int
write_piece(const void *p, size_t len, void *arg)
{
	struct writer *w = arg;
	const char *s = p;
	size_t i;
	int mark;

	for (i = 0; i < len; i++) {
		if (s[i] == '\r')
			continue;	/* lines of a mailbox end in LF */
		if (w->inside) {
			putchar(s[i]);
			w->inside = s[i] != '\n';
			continue;
		}
		w->marks[w->held++] = s[i];
		mark = from_mark(w->marks, w->held);
		if (mark == 2)
			putchar('>');
		if (mark != 1 || w->held == sizeof w->marks)
			release(w);
		if (s[i] == '\n')
			w->inside = false;
	}
	return 0;
}

static void
begin(const struct message *m)
{
	time_t t = (time_t)(m->date_ms / 1000);
	char when[32];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(when, sizeof when, "%a %b %e %H:%M:%S %Y", &tm);
	printf("From %s %s\n", m->author_address == NULL ||
	    !mime_address_ok(m->author_address) ? "MAILER-DAEMON" :
	    m->author_address, when);
}

static void
end(struct writer *w)
{
	release(w);
	fputs("\n\n", stdout);
}

/* A mail made of what was said elsewhere. */
static int
write_made(struct cli *cli, const struct ticket *t, const struct message *m,
    struct err *err)
{
	struct buf b = BUF_INIT(MADE_MAX);
	struct writer w = { 0 };
	char date[MIME_DATE_MAX];

	if (m->author_address != NULL && mime_address_ok(m->author_address))
		mime_header_mailbox(&b, "From", m->author_name,
		    m->author_address);
	else
		mime_header_mailbox(&b, "From", cli->settings->name,
		    cli->settings->address);
	mime_header(&b, "Subject", slice_of(arena_printf(cli->arena,
	    "[#%lld] %s", (long long)t->number, t->subject)));
	buf_addf(&b, "Date: %s\r\nX-Campusdesk: %s, %s\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
	    mime_date(m->date_ms, date), m->source,
	    message_visibility_name(m->visibility));
	mime_qp(&b, slice_of(m->text));
	if (b.failed) {
		buf_free(&b);
		return err_set(err, ERR_INPUT, "message %lld is too long",
		    (long long)m->id);
	}
	begin(m);
	write_piece(b.p, b.len, &w);
	end(&w);
	buf_free(&b);
	return 0;
}

static int
write_message(struct cli *cli, const struct ticket *t,
    const struct message *m, struct err *err)
{
	struct writer w = { 0 };
	size_t size;
	int rc = 0;

	if (m->raw != 0)
		rc = raw_size(cli->db, m->raw, &size, err);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return write_made(cli, t, m, err);
	begin(m);
	if (raw_stream(cli->db, m->raw, 0, size, write_piece, &w, err) == -1)
		return -1;
	end(&w);
	return 0;
}

static int
write_all(struct cli *cli, const struct ticket *t, struct err *err)
{
	struct message *v;
	int64_t after = 0;
	size_t n, i;

	do {
		if (message_list(cli->db, t->number, after, 100, cli->arena,
		    &v, &n, err) == -1)
			return -1;
		for (i = 0; i < n; i++) {
			after = v[i].id;
			if (write_message(cli, t, &v[i], err) == -1)
				return -1;
		}
	} while (n == 100);
	return 0;
}

int
cmd_ticket_mbox(struct cli *cli)
{
	struct ticket t;
	struct err err = { 0 };
	int code, rc;
	int64_t number = cli_number(cli, cli_next(cli), &code);

	if (number == -1)
		return code;
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	rc = ticket_get(cli->db, number, cli->arena, &t, &err);
	if (rc == 0)
		return cli_fail(CLI_NO, "there is no ticket #%lld",
		    (long long)number);
	if (rc == -1 || write_all(cli, &t, &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}
