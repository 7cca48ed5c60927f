#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk/reparse.h"
#include "tests/unit/desk/world.h"

#define JO	"jo@uni.example"
#define MIA	"mia@campus.example"
#define HEAD	"From: Jo Tan <" JO ">\nTo: helpdesk@campus.example\n" \
	"Subject: Projector\nMessage-ID: <m1@uni.example>\n"
#define QUOTED	HEAD "\nIt is dark.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Desk " \
	"<d@x.example> wrote:\n> Is it on?\n"
#define FILES	HEAD "MIME-Version: 1.0\nContent-Type: multipart/mixed; " \
	"boundary=b\n\n--b\n\nLook %zu.\n--b\nContent-Type: image/png; " \
	"name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n--b--\n"

static int
setup(void **state)
{
	struct world *w = malloc(sizeof *w);

	world_open(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

/* ---- parsers that were worse ---- */

static void
no_quotes(struct mail *mail)
{
	static struct mail_span one;

	one = (struct mail_span){ SPAN_NEW, 0, strlen(mail->text) };
	mail->spans = &one;
	mail->nspans = 1;
	mail->reply = mail->text;
}

static void
no_files(struct mail *mail)
{
	mail->nattachments = 0;
}

static void
odd_names(struct mail *mail)
{
	mail->attachments[0].name = "=?utf-8?q?a=2Epng?=";
}

/* ---- */

static struct mail *
read_now(struct world *w, const char *raw)
{
	struct mail *mail;
	struct err err = { 0 };

	assert_int_equal(mail_parse(slice_of(raw), &mail_limits_default,
	    w->arena, &mail, &err), 0);
	return mail;
}

static int
compare(struct world *w, const struct intake_result *taken,
    const struct mail *mail, struct reparse *out)
{
	struct ledger_row row;
	struct err err = { 0 };

	assert_int_equal(ledger_get(w->desk.db, taken->ledger, w->arena, &row,
	    &err), 1);
	return reparse_compare(&w->desk, &row, mail, out, &err);
}

static void
store(struct world *w, const struct mail *mail, const struct reparse *r)
{
	const struct actor actor = { .name = "os:root",
	    .proof = PROVEN_STAFF, .source = "cli" };
	struct err err = { 0 };

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(reparse_store(&w->desk, &actor, mail, r, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

/* Take raw in as misread would, then as it is read now: what differs. */
static struct intake_result
taken_as(struct world *w, const char *raw, void (*misread)(struct mail *mail))
{
	struct intake_result taken;

	w->misread = misread;
	taken = world_mail(w, 0, raw);
	w->misread = NULL;
	assert_true(taken.message > 0);
	return taken;
}

static void
test_same(void **state)
{
	struct world *w = *state;
	struct intake_result taken = taken_as(w, QUOTED, NULL);
	const char *raw;
	struct reparse r;

	assert_int_equal(compare(w, &taken, read_now(w, QUOTED), &r), 0);
	raw = world_text(w, FILES, (size_t)2);
	taken = taken_as(w, raw, NULL);
	assert_int_equal(compare(w, &taken, read_now(w, raw), &r), 0);
}

static int
count_one(const struct ticket *ticket, void *arg)
{
	(void)ticket;
	*(int *)arg += 1;
	return 0;
}

static int
found_by(struct world *w, const char *words)
{
	struct ticket_filter filter = { .view = VIEW_ALL, .q = words,
	    .limit = 10 };
	struct err err = { 0 };
	int n = 0;

	assert_int_equal(ticket_list(w->desk.db, &filter, count_one, &n,
	    &err), 0);
	return n;
}

static void
test_text(void **state)
{
	struct world *w = *state;
	struct intake_result taken = taken_as(w, QUOTED, no_quotes);
	struct mail *mail = read_now(w, QUOTED);
	struct message m = world_message(w, taken.message);
	struct reparse r;

	assert_non_null(strstr(m.text, "Is it on?"));
	assert_int_equal(found_by(w, "on"), 1);
	assert_int_equal(compare(w, &taken, mail, &r), 1);
	assert_true(r.text && r.reading && r.files == 0);
	assert_null(r.kept);
	assert_string_equal(r.now.text, "It is dark.");
	store(w, mail, &r);
	m = world_message(w, taken.message);
	assert_string_equal(m.text, "It is dark.");
	assert_string_equal(m.full_text, mail->text);
	assert_non_null(strstr(m.spans, "quoted"));
	assert_int_equal(found_by(w, "wrote"), 0);
	assert_int_equal(found_by(w, "dark"), 1);
	assert_int_equal(compare(w, &taken, mail, &r), 0);
}

static void
test_files(void **state)
{
	void (*const worse[])(struct mail *mail) = { no_files, odd_names };
	struct world *w = *state;
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *raw = world_text(w, FILES, i);
		struct intake_result taken = taken_as(w, raw, worse[i]);
		struct mail *mail = read_now(w, raw);
		struct attachment *v;
		struct reparse r;
		struct err err = { 0 };
		size_t n;

		assert_int_equal(compare(w, &taken, mail, &r), 1);
		assert_int_equal(r.files, 1);
		assert_false(r.text || r.reading);
		store(w, mail, &r);
		assert_int_equal(attachment_list(w->desk.db, taken.message,
		    w->arena, &v, &n, &err), 0);
		assert_int_equal(n, 1);
		assert_string_equal(v[0].name, "a.png");
		assert_int_equal(v[0].size, mail->attachments[0].size);
		assert_int_equal(compare(w, &taken, mail, &r), 0);
	}
}

/* What was acted upon is shown, and stays. */
static void
test_kept(void **state)
{
	struct world *w = *state;
	const char *raw = "X-C: 1\nFrom: Jo <" JO ">\n"
	    "To: helpdesk@campus.example\nSubject: s\n\n!category it\n\n"
	    "Dark.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Desk <d@x.example> "
	    "wrote:\n> Is it on?\n";
	struct intake_result taken = taken_as(w, raw, no_quotes);
	struct mail *mail = read_now(w, raw);
	struct message before = world_message(w, taken.message);
	struct reparse r;

	assert_int_equal(compare(w, &taken, mail, &r), 1);
	assert_string_equal(r.kept, "its commands were obeyed");
	assert_true(r.reading && !r.text);
	store(w, mail, &r);
	assert_string_equal(world_message(w, taken.message).text,
	    before.text);
	assert_non_null(strstr(world_message(w, taken.message).spans,
	    "command"));
}

static void
test_staff_text_stays(void **state)
{
	struct world *w = *state;
	struct intake_result opened = taken_as(w, HEAD "\nDark.\n", NULL);
	struct outbox_row row = world_row(w, MIA, "staff-new-ticket");
	const char *raw = world_text(w, "From: Mia <" MIA ">\nTo: %s\n"
	    "Subject: Re: x\nMessage-ID: <s1@campus.example>\n\nTry the "
	    "switch.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Desk <d@x.example> "
	    "wrote:\n> Dark.\n", world_reply_to(w, &row));
	struct intake_result taken = taken_as(w, raw, no_quotes);
	struct reparse r;

	assert_int_equal(taken.ticket, opened.ticket);
	assert_int_equal(compare(w, &taken, read_now(w, raw), &r), 1);
	assert_non_null(r.kept);
	assert_false(r.text);
	assert_string_equal(r.now.text, r.old.text);
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same), TEST(test_text), TEST(test_files),
		TEST(test_kept), TEST(test_staff_text_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
