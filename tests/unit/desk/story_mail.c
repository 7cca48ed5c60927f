/* Deeds that are mails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "tests/unit/desk/story_inside.h"

#define BORDER	"mail.campus.example"

/* A mail that is being written. */
struct letter {
	const struct story_name	*from;
	const char		*to, *subject, *headers, *body, *trace;
	int			 mailbox;
	bool			 no_id, no_token;	/* what it answers by */
};

/* Own header lines of a block ("+ Name: value"), and the words. */
static void
read_block(struct story *s, const char *block, struct letter *l)
{
	const char *text = block == NULL ? "Some words.\n" :
	    story_filled(s, block);

	l->body = "";
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (strncmp(text, "+ ", 2) == 0)
			l->headers = world_text(&s->w, "%s%.*s\n", l->headers,
			    (int)len - 2, text + 2);
		else
			l->body = world_text(&s->w, "%s%.*s\n", l->body,
			    (int)len, text);
		text += len + (text[len] == '\n');
	}
}

/* "Name: value", unless the block has such a header itself. */
static const char *
header(struct story *s, const struct letter *l, const char *name,
    const char *value)
{
	const char *p;
	size_t len = strlen(name);

	if (value == NULL)
		return "";
	for (p = l->headers; *p != '\0'; p += strcspn(p, "\n") + 1)
		if (text_ieq((struct slice){ p, strnlen(p, len) },
		    slice_of(name)) && p[len] == ':')
			return "";
	return world_text(&s->w, "%s: %s\n", name, value);
}

static const char *
composed(struct story *s, const struct letter *l)
{
	struct world *w = &s->w;
	int n = (int)++s->nletters;
	const char *at = strchr(l->from->address, '@');

	return world_text(w, "%s%s%s%s%s%s%s%s\n%s", l->trace,
	    header(s, l, "From", *l->from->full == '\0' ? l->from->address :
	    world_text(w, "%s <%s>", l->from->full, l->from->address)),
	    header(s, l, "To", l->to),
	    header(s, l, "Subject", l->subject),
	    header(s, l, "Date", world_text(w, "Wed, 25 Nov 2026 "
	    "%02d:%02d:%02d +0000", n / 3600, n / 60 % 60, n % 60)),
	    header(s, l, "Message-ID", world_text(w, "<m%d%s>", n, at)),
	    header(s, l, "Content-Type", "text/plain; charset=utf-8"),
	    l->headers, l->body);
}

/* How the border judges: for mailboxes that have one. */
static const char *
trace_of(struct story *s, const struct letter *l, const char *result)
{
	if (s->w.mailbox[l->mailbox].authserv_id[0] == '\0')
		story_fail(s, "nobody judges that mailbox: say \"the border "
		    "judges mail\" before");
	return world_text(&s->w, "Authentication-Results: " BORDER "; dmarc=%s "
	    "header.from=%s\nReceived: from out.example by " BORDER "\n",
	    result, strchr(l->from->address, '@') + 1);
}

/* Words behind what a mail is: proven, to ADDRESS … */
static void
read_options(struct story *s, const struct story_line *line, size_t i,
    struct letter *l)
{
	for (; i < line->n; i++) {
		const char *w = line->word[i];
		const char *next = i + 1 < line->n ? line->word[i + 1] : NULL;

		if (strcmp(w, "proven") == 0)
			l->trace = trace_of(s, l, "pass");
		else if (strcmp(w, "forged") == 0)
			l->trace = trace_of(s, l, "fail");
		else if (strcmp(w, "plainly") == 0) {
			l->to = s->w.settings->address;
			l->no_token = true;
		} else if (strcmp(w, "bare") == 0)
			l->no_id = true;
		else if (strcmp(w, "second") == 0)
			l->mailbox = 1;
		else if (strcmp(w, "to") == 0 && next != NULL) {
			l->to = next;
			i++;
		} else if (strcmp(w, "cc") == 0 && next != NULL) {
			const struct story_name *p = story_person(s, next);

			l->headers = world_text(&s->w, "%sCc: %s\n",
			    l->headers, p == NULL ? next : p->address);
			i++;
		} else
			story_fail(s, "%s: what is that of a mail?", w);
	}
}

void
story_take(struct story *s, int mailbox, const char *raw)
{
	story_step(s);
	s->result = world_mail(&s->w, mailbox, raw);
	s->raw = raw;
	s->uid = s->w.uid;
	story_look(s);
}

static void
send(struct story *s, struct letter *l)
{
	s->from = l->from->address;
	story_take(s, l->mailbox, composed(s, l));
}

/* PERSON writes TEXT … */
static void
do_write(struct story *s, const struct story_line *line)
{
	struct letter l = { .from = story_person(s, line->word[0]),
	    .to = s->w.settings->address, .subject = line->word[2],
	    .headers = "", .trace = "" };

	read_options(s, line, 3, &l);
	read_block(s, line->block, &l);
	send(s, &l);
}

static int64_t
ticket_of(struct story *s, const char *name)
{
	const struct story_name *t = story_ticket(s, name);

	if (t == NULL)
		story_fail(s, "no ticket is called %s", name);
	return t->ticket;
}

struct story_find {
	const char		*to, *event;
	int64_t			 ticket;
	struct outbox_row	 row;
	bool			 found;
};

static int
find_row(const struct outbox_row *row, void *arg)
{
	struct story_find *f = arg;

	if (strcmp(row->to, f->to) == 0 && strcmp(row->event, f->event) == 0 &&
	    (f->ticket == 0 || row->ticket == f->ticket)) {
		f->row = *row;
		f->found = true;
	}
	return 0;
}

struct outbox_row
story_row(struct story *s, const struct story_name *to, const char *event,
    int64_t ticket)
{
	struct story_find f = { .to = to->address, .event = event,
	    .ticket = ticket };
	struct err err = { 0 };

	if (outbox_list(s->w.desk.db, true, 0, 1000000, s->w.arena, find_row,
	    &f, &err) == -1)
		story_fail(s, "%s", err.msg);
	if (!f.found)
		story_fail(s, "%s was sent no such mail (%s)", to->name,
		    event);
	return f.row;
}

const struct story_name *
story_whose(struct story *s, const char *word)
{
	return story_person(s, world_text(&s->w, "%.*s",
	    (int)strlen(word) - 2, word));
}

/* The answer of from to a mail of ours that somebody got; options from i. */
static void
answer(struct story *s, const struct story_line *line,
    const struct story_name *whose, const char *event, size_t i)
{
	struct letter l = { .from = story_person(s, line->word[0]),
	    .headers = "", .trace = "" };
	struct outbox_row row;
	int64_t ticket = 0;

	if (i + 1 < line->n && strcmp(line->word[i], "about") == 0) {
		ticket = ticket_of(s, line->word[i + 1]);
		i += 2;
	}
	row = story_row(s, whose, event, ticket);
	l.to = world_reply_to(&s->w, &row);
	l.subject = row.ticket == 0 ? "Re: your mail" : world_text(&s->w,
	    "Re: [#%lld] your mail", (long long)row.ticket);
	read_options(s, line, i, &l);
	if (!l.no_id)
		l.headers = world_text(&s->w, "%sIn-Reply-To: <%s>\n"
		    "References: <%s>\n", l.headers, row.message_id,
		    row.message_id);
	else
		l.subject = "Re: your mail";
	read_block(s, line->block, &l);
	send(s, &l);
}

/* PERSON answers WORD … */
static void
do_answer(struct story *s, const struct story_line *line)
{
	answer(s, line, story_person(s, line->word[0]), line->word[2], 3);
}

/* PERSON answers PERSONS WORD … */
static void
do_answer_of(struct story *s, const struct story_line *line)
{
	answer(s, line, story_whose(s, line->word[2]), line->word[3], 4);
}

/* a mail comes: the block is all of it */
static void
do_raw(struct story *s, const struct story_line *line)
{
	if (line->block == NULL)
		story_fail(s, "the mail is missing: indent it below");
	s->from = NULL;
	story_take(s, line->n > 3 ? 1 : 0, story_filled(s, line->block));
}

static void
do_again(struct story *s, const struct story_line *line)
{
	(void)line;
	if (s->raw == NULL)
		story_fail(s, "no mail came before");
	story_step(s);
	s->result = world_again(&s->w, s->uid, s->raw);
	story_look(s);
}

static void
do_second(struct story *s, const struct story_line *line)
{
	(void)line;
	if (s->raw == NULL)
		story_fail(s, "no mail came before");
	story_take(s, 1, world_text(&s->w, "Received: from x by y\n%s",
	    s->raw));
}

/* PERSONS WORD bounces|is … */
static void
report(struct story *s, const struct story_line *line, const char *action,
    const char *status)
{
	const struct story_name *to = story_whose(s, line->word[0]);
	struct outbox_row row = story_row(s, to, line->word[1], 0);

	s->from = NULL;
	story_take(s, 0, world_text(&s->w, "Return-Path: <>\n"
	    "From: MAILER-DAEMON@mx.example\nTo: %s\nSubject: Undelivered\n"
	    "Message-ID: <b%lld@mx.example>\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/report; "
	    "report-type=delivery-status; boundary=b\n\n--b\n"
	    "Content-Type: text/plain\n\nsorry\n--b\n"
	    "Content-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; mx.example\n\n"
	    "Final-Recipient: rfc822; %s\nAction: %s\nStatus: %s\n"
	    "Diagnostic-Code: smtp; 550 no such user\n\n"
	    "--b\nContent-Type: text/rfc822-headers\n\n"
	    "Message-ID: <%s>\nSubject: x\n\n--b--\n",
	    s->w.settings->address, (long long)s->w.uid, row.to, action,
	    status, row.message_id));
}

static void
do_bounce(struct story *s, const struct story_line *line)
{
	report(s, line, "failed", "5.1.1");
}

static void
do_delay(struct story *s, const struct story_line *line)
{
	report(s, line, "delayed", "4.4.1");
}

static void
do_complain(struct story *s, const struct story_line *line)
{
	struct outbox_row row = story_row(s, story_whose(s, line->word[0]),
	    line->word[1], 0);

	s->from = NULL;
	story_take(s, 0, world_text(&s->w, "From: abuse@isp.example\nTo: %s\n"
	    "Subject: Complaint\nMessage-ID: <c%lld@isp.example>\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/report; "
	    "report-type=feedback-report; boundary=b\n\n--b\n"
	    "Content-Type: text/plain\n\nabuse\n--b\n"
	    "Content-Type: message/feedback-report\n\n"
	    "Feedback-Type: abuse\nUser-Agent: isp/1\nVersion: 1\n\n--b\n"
	    "Content-Type: text/rfc822-headers\n\nMessage-ID: <%s>\n"
	    "Subject: x\n\n--b--\n", s->w.settings->address,
	    (long long)s->w.uid, row.message_id));
}

/* PERSONS WORD comes back: delivered to ourselves, byte for byte */
static void
do_come_back(struct story *s, const struct story_line *line)
{
	struct outbox_row row = story_row(s, story_whose(s, line->word[0]),
	    line->word[1], 0);

	s->from = NULL;
	story_take(s, 0, world_rendered(&s->w, &row));
}

const struct story_rule story_mails[] = {
	{ "PERSON writes TEXT ...", do_write },
	{ "PERSON answers PERSONS WORD ...", do_answer_of },
	{ "PERSON answers WORD ...", do_answer },
	{ "a mail comes", do_raw },
	{ "a mail comes to the second mailbox", do_raw },
	{ "the mail comes again", do_again },
	{ "the mail comes to the second mailbox too", do_second },
	{ "PERSONS WORD bounces", do_bounce },
	{ "PERSONS WORD is delayed", do_delay },
	{ "PERSONS WORD is reported as abuse", do_complain },
	{ "PERSONS WORD comes back", do_come_back },
	{ NULL, NULL },
};
