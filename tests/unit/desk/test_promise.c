/* What is promised, and what the clock does: stories with simulated time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "db/audit_store.h"
#include "db/fact_store.h"
#include "desk/alarm.h"
#include "desk/promise.h"
#include "tests/unit/desk/world.h"

#define JO	"jo@students.example"
#define MIA	"mia@campus.example"
#define MAX	"max@campus.example"
#define HOUR	3600
#define DAY	(24 * HOUR)

static struct hours *office;	/* mon-fri 08:00-18:00, UTC */

static int
setup(void **state)
{
	static const struct settings_targets high = { HOUR, 8 * HOUR };
	static const struct settings_targets normal = { 4 * HOUR, 20 * HOUR };
	static struct world w;
	struct strings days = { (const char *[]){ "mon-fri 08:00-18:00" }, 1 };
	struct strings none = { NULL, 0 };
	struct err err = { 0 };
	size_t i;

	world_open(&w);
	world_staff(&w, MAX, "Max Roth", ROLE_MANAGER);
	for (i = 0; i < w.settings->ncategories; i++) {
		w.settings->categories[i].targets[PRIORITY_NORMAL] = normal;
		w.settings->categories[i].targets[PRIORITY_HIGH] = high;
	}
	w.settings->remind_waiting_days = 7;
	w.settings->autoclose_waiting_days = 14;
	assert_int_equal(hours_make(&days, &none, NULL, w.desk.now_ms, w.arena,
	    &office, &err), 0);
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	world_close(*state);
	return 0;
}

static int64_t
a_ticket(struct world *w)
{
	return world_mail(w, 0, "From: Jo <" JO ">\n"
	    "To: helpdesk@campus.example\nSubject: Wi-Fi\n"
	    "Message-ID: <m1@x.example>\n\nIt is down.\n").ticket;
}

static void
set(struct world *w, int64_t number, const char *field, const char *value)
{
	struct actor mia = { .person = 1, .name = MIA, .proof = PROVEN_STAFF,
	    .source = "cli" };
	struct err err = { 0 };

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	if (act_set(&w->desk, &mia, number, field, value, &err) == -1)
		fail_msg("%s", err.msg);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

static void
answer(struct world *w, int64_t number)
{
	struct actor mia = { .person = 1, .name = MIA, .proof = PROVEN_STAFF,
	    .source = "cli" };
	struct err err = { 0 };
	int64_t id;

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	if (act_reply(&w->desk, &mia, number, "We look at it.", &id,
	    &err) == -1)
		fail_msg("%s", err.msg);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

/* Time goes by, and the clock looks each minute at most; how often it rang. */
static int
pass(struct world *w, int64_t seconds)
{
	struct err err = { 0 };
	int64_t number;
	int n = 0, rc;

	world_pass(w, seconds);
	do {
		assert_int_equal(db_begin(w->desk.db, &err), 0);
		rc = alarm_run(&w->desk, &number, &err);
		if (rc == -1)
			fail_msg("%s", err.msg);
		assert_int_equal(db_commit(w->desk.db, &err), 0);
		n += rc;
		assert_true(n < 100);
	} while (rc == 1);
	return n;
}

struct found {
	const char	*action;
	int		 n;
};

static int
count_event(const struct event *e, void *arg)
{
	struct found *f = arg;

	f->n += strcmp(e->action, f->action) == 0;
	return 0;
}

static int
events(struct world *w, int64_t number, const char *action)
{
	struct found f = { action, 0 };
	struct err err = { 0 };

	assert_int_equal(audit_list(w->desk.db, number, 0, 1000, w->arena,
	    count_event, &f, &err), 0);
	return f.n;
}

/* Warned once, late once; then never again. */
static void
test_warned_and_late_once(void **state)
{
	struct world *w = *state;
	int64_t t = a_ticket(w), made = w->desk.now_ms;

	assert_int_equal(world_ticket(w, t).first_response_due_ms,
	    made + 4 * HOUR * 1000);
	assert_int_equal(world_ticket(w, t).resolve_due_ms,
	    made + 20 * HOUR * 1000);
	assert_int_equal(events(w, t, "promised"), 2);
	assert_int_equal(pass(w, 3 * HOUR - 1), 0);
	assert_int_equal(pass(w, 1), 1);
	assert_int_equal(world_sent(w, MIA, "sla-warning"), 1);
	assert_int_equal(world_sent(w, MAX, "sla-warning"), 1);
	assert_int_equal(world_ticket(w, t).updated_ms, made);
	assert_int_equal(pass(w, HOUR - 1), 0);
	assert_int_equal(pass(w, 1), 1);
	assert_int_equal(world_sent(w, MIA, "sla-breach"), 1);
	assert_int_equal(world_sent(w, JO, "sla-breach"), 0);
	assert_int_equal(pass(w, 11 * HOUR), 1);	/* the resolution */
	assert_int_equal(world_sent(w, MIA, "sla-warning"), 2);
	assert_int_equal(pass(w, 5 * HOUR), 1);
	assert_int_equal(world_sent(w, MIA, "sla-breach"), 2);
	assert_int_equal(pass(w, 100 * DAY), 0);
	assert_int_equal(events(w, t, "sla-breach"), 2);
}

/* Nobody looked for days: it is late, and nobody is warned of it before. */
static void
test_only_late(void **state)
{
	struct world *w = *state;

	a_ticket(w);
	assert_int_equal(pass(w, 5 * DAY), 1);
	assert_int_equal(world_sent(w, MIA, "sla-warning"), 0);
	assert_int_equal(world_sent(w, MIA, "sla-breach"), 2);
}

static void
test_answered_in_time(void **state)
{
	struct world *w = *state;
	int64_t t = a_ticket(w);

	pass(w, 2 * HOUR);
	answer(w, t);
	assert_int_equal(pass(w, 10 * HOUR), 0);
	assert_int_equal(world_sent(w, MIA, "sla-warning"), 0);
	/* it is Mia's now: the manager hears only when it is late */
	assert_int_equal(pass(w, 3 * HOUR), 1);
	assert_int_equal(world_sent(w, MIA, "sla-warning"), 1);
	assert_int_equal(world_sent(w, MAX, "sla-warning"), 0);
	assert_int_equal(pass(w, 6 * HOUR), 1);
	assert_int_equal(world_sent(w, MAX, "sla-breach"), 1);
	set(w, t, "status", "closed");
	assert_int_equal(world_ticket(w, t).alarm_ms, 0);
}

/* In opening hours: 09:00 on a Wednesday and four hours is 13:00; twenty are
 * Friday at 09:00. */
static void
test_opening_hours(void **state)
{
	struct world *w = *state;
	int64_t made, t;

	w->settings->hours = office;
	t = a_ticket(w);
	made = w->desk.now_ms;
	assert_int_equal(world_ticket(w, t).first_response_due_ms,
	    made + 4 * HOUR * 1000);
	assert_int_equal(world_ticket(w, t).resolve_due_ms,
	    made + 2 * DAY * 1000);
	set(w, t, "priority", "high");
	assert_int_equal(world_ticket(w, t).first_response_due_ms,
	    made + HOUR * 1000);
	assert_int_equal(events(w, t, "promised"), 4);
}

/* Waiting does not count, closed neither. */
static void
test_waiting(void **state)
{
	struct world *w = *state;
	int64_t t = a_ticket(w), made = w->desk.now_ms;

	answer(w, t);
	set(w, t, "status", "waiting");
	assert_int_equal(pass(w, 6 * DAY), 0);
	set(w, t, "status", "active");
	assert_int_equal(world_ticket(w, t).paused_ms,
	    (int64_t)6 * DAY * 1000);
	assert_int_equal(world_ticket(w, t).resolve_due_ms,
	    made + (20 * HOUR + 6 * DAY) * (int64_t)1000);
	set(w, t, "status", "closed");
	pass(w, DAY);
	set(w, t, "status", "active");
	assert_int_equal(world_ticket(w, t).paused_ms,
	    (int64_t)7 * DAY * 1000);
	assert_int_equal(world_ticket(w, t).reopened, 1);
	assert_int_equal(pass(w, 15 * HOUR), 1);
	assert_int_equal(world_sent(w, MIA, "sla-warning"), 1);
}

static void
test_reminded_and_closed(void **state)
{
	struct world *w = *state;
	int64_t t = a_ticket(w);

	answer(w, t);
	set(w, t, "status", "waiting");
	assert_int_equal(pass(w, 7 * DAY - 1), 0);
	assert_int_equal(pass(w, 1), 1);
	assert_int_equal(world_sent(w, JO, "reminder"), 1);
	assert_int_equal(world_row(w, JO, "reminder").message,
	    world_row(w, JO, "replied").message);
	assert_int_equal(pass(w, 7 * DAY - 1), 0);
	assert_int_equal(pass(w, 1), 1);
	assert_int_equal(world_ticket(w, t).status, TICKET_CLOSED);
	assert_int_equal(world_sent(w, JO, "closed"), 1);
	assert_int_equal(world_ticket(w, t).updated_ms, w->desk.now_ms);
	assert_int_equal(pass(w, 30 * DAY), 0);
	/* waiting again, it reminds again */
	set(w, t, "status", "waiting");
	assert_int_equal(pass(w, 7 * DAY), 1);
	assert_int_equal(world_sent(w, JO, "reminder"), 2);
}

/* A date that staff set rings once, and again when it is another. */
static void
test_due(void **state)
{
	struct world *w = *state;
	int64_t t = a_ticket(w);

	answer(w, t);
	set(w, t, "priority", "low");		/* no targets */
	assert_int_equal(world_ticket(w, t).resolve_due_ms, 0);
	set(w, t, "due", "2026-11-27 12:00");
	assert_int_equal(pass(w, 2 * DAY), 0);
	assert_int_equal(pass(w, DAY), 1);
	assert_int_equal(world_sent(w, MIA, "sla-breach"), 1);
	assert_int_equal(pass(w, DAY), 0);
	set(w, t, "due", "2026-12-01");
	assert_int_equal(pass(w, 3 * DAY), 1);
	assert_int_equal(world_sent(w, MIA, "sla-breach"), 2);
}

/* ---- what analyses count ---- */

static int
keep_fact(const struct fact *fact, void *arg)
{
	*(struct fact *)arg = *fact;
	return 0;
}

static int
sum_backlog(const struct backlog *row, void *arg)
{
	*(int64_t *)arg += row->n;
	return 0;
}

static void
test_facts(void **state)
{
	struct world *w = *state;
	int64_t t, open = 0, last = 0;
	struct fact f = { .number = 0 };
	struct err err = { 0 };

	w->settings->hours = office;
	t = a_ticket(w);
	pass(w, 2 * HOUR);
	answer(w, t);
	set(w, t, "status", "waiting");
	pass(w, 20 * HOUR);		/* to 07:00: 8 opening hours */
	set(w, t, "status", "active");
	pass(w, 3 * HOUR);		/* 10:00: two more */
	set(w, t, "status", "closed");
	assert_int_equal(fact_created(w->desk.db, 0, w->desk.now_ms, keep_fact,
	    &f, &err), 0);
	assert_int_equal(f.number, t);
	assert_int_equal(f.response_s, 2 * HOUR);
	assert_int_equal(f.promises, FACT_ANSWERED | FACT_RESOLVED);
	assert_int_equal(f.messages, 2);
	assert_int_equal(f.assignee, 1);
	assert_int_equal(fact_closed(w->desk.db, 0, w->desk.now_ms + 1,
	    keep_fact, &f, &err), 0);
	assert_int_equal(f.resolution_s, 4 * HOUR + 1);
	world_mail(w, 0, "From: Ann <ann@students.example>\n"
	    "To: helpdesk@campus.example\nSubject: Cold\n\nIt is cold.\n");
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(backlog_keep(w->desk.db, 20783, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(backlog_last(w->desk.db, &last, &err), 1);
	assert_int_equal(last, 20783);
	assert_int_equal(backlog_list(w->desk.db, 20783, 20783, sum_backlog,
	    &open, &err), 0);
	assert_int_equal(open, 1);
}

static void
test_spam_is_no_fact(void **state)
{
	struct world *w = *state;
	struct fact f = { .number = 0 };
	struct err err = { 0 };

	world_mail(w, 0, "From: Eve <eve@elsewhere.example>\n"
	    "To: helpdesk@campus.example\nSubject: Win\nX-Spam-Flag: YES\n\n"
	    "Click.\n");
	assert_int_equal(fact_created(w->desk.db, 0, w->desk.now_ms + 1,
	    keep_fact, &f, &err), 0);
	assert_int_equal(f.number, 0);
	assert_int_equal(pass(w, 100 * DAY), 0);
}

static void
test_length(void **state)
{
	static const struct {
		int64_t		 seconds;
		const char	*text;
	} rows[] = {
		{ 0, "0 min" }, { 2700, "45 min" }, { 4 * HOUR, "4 h" },
		{ 5400, "1 h 30 min" }, { 3 * DAY, "3 d" },
		{ 3 * DAY + 2 * HOUR, "3 d 2 h" },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(promise_length(w->arena, rows[i].seconds),
		    rows[i].text);
}

#define STORY(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(test_warned_and_late_once),
		STORY(test_only_late),
		STORY(test_answered_in_time),
		STORY(test_opening_hours),
		STORY(test_waiting),
		STORY(test_reminded_and_closed),
		STORY(test_due),
		STORY(test_facts),
		STORY(test_spam_is_no_fact),
		STORY(test_length),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
