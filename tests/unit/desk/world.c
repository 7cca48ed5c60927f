#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "desk/compose.h"
#include "desk/token.h"
#include "tests/unit/desk/world.h"

/* 2026-11-25 09:00 UTC, a Wednesday */
#define START_MS	1795597200000

static void
must(int rc, const struct err *err)
{
	if (rc == -1)
		fail_msg("%s", err->msg);
}

void
world_open(struct world *w)
{
	struct err err = { 0 };
	char path[96], url[112];

	memset(w, 0, sizeof *w);
	/* where syncing costs nothing: no power fails here */
	snprintf(w->dir, sizeof w->dir, "/dev/shm/desk-test-XXXXXX");
	if (mkdtemp(w->dir) == NULL) {
		snprintf(w->dir, sizeof w->dir, "/tmp/desk-test-XXXXXX");
		assert_non_null(mkdtemp(w->dir));
	}
	snprintf(path, sizeof path, "%s/desk.db", w->dir);
	snprintf(url, sizeof url, "sqlite:%s", path);
	w->settings = settings_default("helpdesk@campus.example", path);
	w->secret = secret_from_seed(SLICE_LIT("test"));
	w->arena = arena_new(64 * 1024 * 1024);
	must(db_open(url, DB_WRITE, &w->desk.db, &err), &err);
	w->desk.settings = w->settings;
	w->desk.secret = w->secret;
	w->desk.now_ms = START_MS;
	w->desk.arena = w->arena;
	w->mailbox[0] = (struct settings_mailbox){ .name = "inbox",
	    .category = "", .authserv_id = "" };
	w->mailbox[1] = (struct settings_mailbox){ .name = "second",
	    .category = "services", .authserv_id = "mail.campus.example" };
	world_staff(w, "mia@campus.example", "Mia Adler", ROLE_STAFF);
}

void
world_close(struct world *w)
{
	static const char *const names[] = { "desk.db", "desk.db-wal",
	    "desk.db-shm" };
	char path[96];
	size_t i;

	db_close(&w->desk.db);
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", w->dir, names[i]);
		unlink(path);
	}
	rmdir(w->dir);
	settings_free(&w->settings);
	secret_free(&w->secret);
	arena_free(&w->arena);
}

void
world_staff(struct world *w, const char *address, const char *name,
    enum person_role role)
{
	struct person p = { .name = name, .address = address, .role = role,
	    .mail = PMAIL_CATEGORY, .categories = "" };
	struct err err = { 0 };

	must(db_begin(w->desk.db, &err), &err);
	must(person_add(w->desk.db, &p, w->desk.now_ms, &p.id, &err), &err);
	must(db_commit(w->desk.db, &err), &err);
}

const char *
world_rendered(struct world *w, const struct outbox_row *row)
{
	struct buf rendered = BUF_INIT(64 * 1024 * 1024);
	struct buf mail = BUF_INIT(64 * 1024 * 1024);
	struct err err = { 0 };
	const char *text;

	must(compose_render(&w->desk, row, &rendered, &err), &err);
	must(compose_fill(&w->desk, row, buf_slice(&rendered), &mail, &err),
	    &err);
	text = arena_strndup(w->arena, mail.p, mail.len);
	buf_free(&rendered);
	buf_free(&mail);
	assert_non_null(text);
	return text;
}

static struct intake_result
take(struct world *w, int mailbox, int64_t uid, const char *raw)
{
	struct intake_result result = { 0 };
	struct intake_item item = {
		.key = { mailbox == 0 ? "imap:inbox" : "imap:second", 7, uid,
		    "" },
		.mailbox = &w->mailbox[mailbox],
		.received_ms = w->desk.now_ms,
		.full_size = strlen(raw),
	};
	struct mail *mail = NULL;
	struct blob *blob = blob_start(1 << 20);
	struct err err = { 0 };

	must(blob_add(blob, raw, strlen(raw), &err), &err);
	must(blob_done(blob, &err), &err);
	must(mail_parse(slice_of(raw), &mail_limits_default, w->arena, &mail,
	    &err), &err);
	if (w->misread != NULL)
		w->misread(mail);
	item.raw = blob;
	item.mail = mail;
	must(db_begin(w->desk.db, &err), &err);
	must(intake_mail(&w->desk, &item, &result, &err), &err);
	must(db_commit(w->desk.db, &err), &err);
	blob_free(&blob);
	return result;
}

struct intake_result
world_mail(struct world *w, int mailbox, const char *raw)
{
	world_pass(w, 1);
	return take(w, mailbox, ++w->uid, raw);
}

struct intake_result
world_again(struct world *w, int64_t uid, const char *raw)
{
	return take(w, 0, uid, raw);
}

struct look {
	const char		*to, *event;
	struct outbox_row	 row;
	int			 n;
};

static int
look_at(const struct outbox_row *row, void *arg)
{
	struct look *look = arg;

	if (strcmp(row->to, look->to) == 0 && (look->event[0] == '\0' ||
	    strcmp(row->event, look->event) == 0)) {
		look->row = *row;
		look->n++;
	}
	return 0;
}

static struct look
look_up(struct world *w, const char *to, const char *event)
{
	struct look look = { .to = to, .event = event };
	struct err err = { 0 };

	must(outbox_list(w->desk.db, true, 0, 100000, w->arena, look_at,
	    &look, &err), &err);
	return look;
}

int
world_sent(struct world *w, const char *to, const char *event)
{
	return look_up(w, to, event).n;
}

struct outbox_row
world_row(struct world *w, const char *to, const char *event)
{
	struct look look = look_up(w, to, event);

	if (look.n == 0)
		fail_msg("no %s to %s", event, to);
	return look.row;
}

const char *
world_reply_to(struct world *w, const struct outbox_row *row)
{
	char token[TOKEN_REPLY_LEN + 1];
	struct ticket ticket = world_ticket(w, row->ticket);

	token_reply(w->secret, ticket.key, row->person, row->id, token);
	return world_text(w, "helpdesk+%s@campus.example", token);
}

struct ticket
world_ticket(struct world *w, int64_t number)
{
	struct ticket ticket;
	struct err err = { 0 };
	int rc = ticket_get(w->desk.db, number, w->arena, &ticket, &err);

	must(rc, &err);
	if (rc == 0)
		fail_msg("no ticket %lld", (long long)number);
	return ticket;
}

struct message
world_message(struct world *w, int64_t id)
{
	struct message message;
	struct err err = { 0 };
	int rc = message_get(w->desk.db, id, w->arena, &message, &err);

	must(rc, &err);
	if (rc == 0)
		fail_msg("no message %lld", (long long)id);
	return message;
}

void
world_pass(struct world *w, int64_t seconds)
{
	w->desk.now_ms += seconds * 1000;
}

const char *
world_text(struct world *w, const char *fmt, ...)
{
	char *text = NULL;
	const char *copy;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&text, fmt, ap) >= 0);
	va_end(ap);
	copy = arena_strdup(w->arena, text);
	free(text);
	return copy;
}
