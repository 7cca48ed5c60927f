#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/ledger_store.h"
#include "desk/canary.h"
#include "tests/unit/desk/world.h"

#define MIA	"mia@campus.example"
#define DESK	"helpdesk@campus.example"

static int
setup(void **state)
{
	struct world *w = malloc(sizeof *w);

	*state = w;
	world_open(w);
	w->settings->smtp.present = true;
	w->settings->canary_interval = 900;
	w->settings->canary_warn_after = 300;
	return 0;
}

static int
teardown(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

/* A turn; what it said. wants must say the same. */
static struct canary_result
turn(struct world *w, const char *doors)
{
	struct canary_result r = { .words = "" };
	int64_t before = world_sent(w, DESK, CANARY);
	struct err err = { 0 };
	int wants = canary_wants(&w->desk, &err);

	assert_true(wants >= 0);
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(canary_turn(&w->desk, doors, &r, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	if (wants == 0) {
		assert_false(r.queued);
		assert_int_equal(world_sent(w, DESK, CANARY), before);
	}
	assert_int_equal(canary_wants(&w->desk, &err), 0);
	return r;
}

static void
start(struct world *w)
{
	struct err err = { 0 };

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(canary_start(&w->desk, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

static void
set_state(struct world *w, struct outbox_row *row, enum outbox_state state,
    const char *error)
{
	struct err err = { 0 };

	row->state = state;
	row->error = error;
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(outbox_update(w->desk.db, row, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

/* Its mail arrives. */
static void
arrives(struct world *w, const struct outbox_row *row)
{
	struct intake_result r = world_mail(w, 0, world_text(w, "From: "
	    "Campus Helpdesk <" DESK ">\nTo: " DESK "\nMessage-ID: <%s>\n"
	    "Date: Wed, 25 Nov 2026 09:00:00 +0000\nAuto-Submitted: "
	    "auto-generated\nSubject: Canary\n\nx\n", row->message_id));

	assert_int_equal(r.outcome, LEDGER_LOOP);
	assert_int_equal(r.ticket, 0);
}

static void
expect(struct world *w, int canaries, int began, int over)
{
	assert_int_equal(world_sent(w, DESK, CANARY), canaries);
	assert_int_equal(world_sent(w, MIA, "trouble"), began);
	assert_int_equal(world_sent(w, MIA, "trouble-over"), over);
}

static void
test_well(void **state)
{
	struct world *w = *state;
	struct outbox_row row;

	assert_true(turn(w, "").queued);	/* the first, at once */
	expect(w, 1, 0, 0);
	row = world_row(w, DESK, CANARY);
	assert_true(row.automatic);
	assert_int_equal(row.ticket, 0);
	set_state(w, &row, OUTBOX_SENT, NULL);
	world_pass(w, 10);
	arrives(w, &row);
	assert_int_equal(turn(w, "").news, CANARY_NONE);
	for (int i = 0; i < 8; i++) {
		world_pass(w, 100);
		assert_false(turn(w, "").queued);
	}
	world_pass(w, 100);
	assert_true(turn(w, "").queued);
	expect(w, 2, 0, 0);
}

/* Told once, whatever is lost after that; told once more when one is back. */
static void
test_lost(void **state)
{
	struct world *w = *state;
	struct canary_result r;
	struct outbox_row row;

	turn(w, "");
	row = world_row(w, DESK, CANARY);
	set_state(w, &row, OUTBOX_SENT, NULL);
	world_pass(w, 300);
	assert_int_equal(turn(w, "").news, CANARY_NONE);
	world_pass(w, 1);
	r = turn(w, "mailbox inbox: nobody is there");
	assert_int_equal(r.news, CANARY_LATE);
	assert_non_null(strstr(r.words, "did not come back within 5 min; "
	    "smtp took it; mailbox inbox: nobody is there"));
	expect(w, 2, 1, 0);		/* and the next is on its way */
	for (int i = 0; i < 9; i++) {
		world_pass(w, 301);
		assert_int_equal(turn(w, "").news, CANARY_NONE);
	}
	expect(w, 11, 1, 0);		/* every 5 min, not 15 */
	row = world_row(w, DESK, CANARY);
	world_pass(w, 20);
	arrives(w, &row);
	r = turn(w, "");
	assert_int_equal(r.news, CANARY_WELL);
	assert_non_null(strstr(r.words, "came back after 21 s"));
	expect(w, 11, 1, 1);
	world_pass(w, 800);
	turn(w, "");
	expect(w, 11, 1, 1);		/* the usual pace */
	world_pass(w, 100);
	turn(w, "");
	expect(w, 12, 1, 1);
}

/* Always slow is one trouble, however many come back too late. */
static void
test_delayed(void **state)
{
	struct world *w = *state;
	struct outbox_row rows[4];

	turn(w, "");
	for (int i = 0; i < 4; i++) {
		rows[i] = world_row(w, DESK, CANARY);
		world_pass(w, 301);
		assert_int_equal(turn(w, "").news, i == 0 ? CANARY_LATE :
		    CANARY_NONE);
		if (i > 0) {
			arrives(w, &rows[i - 1]);
			assert_int_equal(turn(w, "").news, CANARY_NONE);
		}
	}
	expect(w, 5, 1, 0);
	rows[0] = world_row(w, DESK, CANARY);
	arrives(w, &rows[0]);
	assert_int_equal(turn(w, "").news, CANARY_WELL);
	expect(w, 5, 1, 1);
	arrives(w, &rows[3]);		/* one more, too late */
	assert_int_equal(turn(w, "").news, CANARY_NONE);
	expect(w, 5, 1, 1);
}

/* A dead server gets no heap of canaries, and staff read its words. */
static void
test_not_sent(void **state)
{
	struct world *w = *state;
	struct canary_result r;
	struct outbox_row row;
	struct err err = { 0 };

	turn(w, "");
	row = world_row(w, DESK, CANARY);
	set_state(w, &row, OUTBOX_QUEUED, "connection refused");
	world_pass(w, 301);
	r = turn(w, "");
	assert_non_null(strstr(r.words, "it was not sent: connection "
	    "refused"));
	assert_int_equal(outbox_get(w->desk.db, row.id, w->arena, &row, &err),
	    1);
	assert_int_equal(row.state, OUTBOX_DROPPED);
	row = world_row(w, DESK, CANARY);
	set_state(w, &row, OUTBOX_SENDING, NULL);
	world_pass(w, 301);
	turn(w, "");
	assert_int_equal(outbox_get(w->desk.db, row.id, w->arena, &row, &err),
	    1);
	assert_int_equal(row.state, OUTBOX_SENDING);	/* a sender's */
	expect(w, 3, 1, 0);
}

/* Nothing that happened while nobody was there is held against anybody; but a
 * trouble that was known stays one until a canary is back. */
static void
test_restart(void **state)
{
	struct world *w = *state;
	struct outbox_row row;

	start(w);			/* the very first: nothing to do */
	turn(w, "");
	row = world_row(w, DESK, CANARY);
	set_state(w, &row, OUTBOX_SENT, NULL);
	world_pass(w, 80000);
	start(w);
	assert_int_equal(turn(w, "").news, CANARY_NONE);
	expect(w, 2, 0, 0);
	arrives(w, &row);		/* the old one, at last */
	assert_int_equal(turn(w, "").news, CANARY_NONE);
	world_pass(w, 301);
	assert_int_equal(turn(w, "").news, CANARY_LATE);
	start(w);
	assert_int_equal(turn(w, "").news, CANARY_NONE);
	expect(w, 4, 1, 0);
	row = world_row(w, DESK, CANARY);
	arrives(w, &row);
	assert_int_equal(turn(w, "").news, CANARY_WELL);
	expect(w, 4, 1, 1);
}

/* Switched off with a trouble open: it is forgotten, and nobody is told. */
static void
test_off(void **state)
{
	struct world *w = *state;
	struct outbox_row row;
	struct err err = { 0 };

	turn(w, "");
	world_pass(w, 301);
	turn(w, "");
	expect(w, 2, 1, 0);
	w->settings->canary_interval = w->settings->canary_warn_after = 0;
	assert_int_equal(canary_wants(&w->desk, &err), 1);
	turn(w, "");
	row = world_row(w, DESK, CANARY);
	assert_int_equal(row.state, OUTBOX_DROPPED);
	arrives(w, &row);
	turn(w, "");
	expect(w, 2, 1, 0);
	w->settings->canary_interval = 900;
	w->settings->canary_warn_after = 300;
	w->settings->smtp.present = false;
	assert_false(turn(w, "").queued);
	expect(w, 2, 1, 0);
}

/* Our canary that bounced does not silence our own address. */
static void
test_bounced(void **state)
{
	struct world *w = *state;
	struct address_state a = { 0 };
	struct outbox_row row;
	struct err err = { 0 };

	turn(w, "");
	row = world_row(w, DESK, CANARY);
	set_state(w, &row, OUTBOX_SENT, NULL);
	world_mail(w, 0, world_text(w, "From: mailer-daemon@mx.example\n"
	    "To: " DESK "\nSubject: Undelivered\nMessage-ID: <b@mx.example>\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/report; "
	    "report-type=delivery-status; boundary=b\n\n--b\n\nno\n--b\n"
	    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; "
	    "mx.example\n\nFinal-Recipient: rfc822; " DESK "\nAction: failed\n"
	    "Status: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\n"
	    "Message-ID: <%s>\n\n--b--\n", row.message_id));
	assert_int_equal(outbox_get(w->desk.db, row.id, w->arena, &row, &err),
	    1);
	assert_int_equal(row.state, OUTBOX_BOUNCED);
	assert_int_equal(address_get(w->desk.db, DESK, &a, &err), 0);
	assert_false(a.suppressed);
	assert_int_equal(world_sent(w, MIA, ""), 0);
	world_pass(w, 301);
	assert_int_equal(turn(w, "").news, CANARY_LATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_well, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_delayed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_sent, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounced, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
