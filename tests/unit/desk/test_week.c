/* A week with robots: each answers whatever it is sent, minutes later, and never
 * gets tired. Budgets hold, and silence follows. And an hour in which 2,000
 * senders that nobody knows write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "db/audit_store.h"
#include "tests/unit/desk/world.h"

#define DESK		"helpdesk@campus.example"
#define MINUTE_MS	60000
#define DAYS		7
#define TALK_DAYS	4		/* after them people are silent */
#define ROW_MAX		20000
#define NROBOTS		(sizeof robots / sizeof robots[0])

struct week;
struct sent {			/* one mail of ours to a robot */
	int		 robot;
	int64_t		 at_ms;
	bool		 automatic;
};
struct week {
	struct world	 w;
	int64_t		 last_row, end_ms;
	int		 mails;
	struct sent	 sent[ROW_MAX];
	size_t		 n, answered;	/* those before are answered */
};

static void	answer_away(struct week *k, int robot,
		    const struct outbox_row *row);
static void	answer_away_plain(struct week *k, int robot,
		    const struct outbox_row *row);
static void	answer_bounce(struct week *k, int robot,
		    const struct outbox_row *row);
static void	answer_desk(struct week *k, int robot,
		    const struct outbox_row *row);
static void	answer_list(struct week *k, int robot,
		    const struct outbox_row *row);
static void	answer_subject(struct week *k, int robot,
		    const struct outbox_row *row);

/* most: mails of ours to it in the week. Two a day are of the person there: an
 * acknowledgement and an answer. The last one shows nothing that a machine
 * shows: each hour's budget ends that, and there is silence. */
static const struct {
	const char	*address;
	void		(*fn)(struct week *k, int robot,
			    const struct outbox_row *row);
	int		 most;
} robots[] = {
	{ "away@students.example", answer_away, 2 * TALK_DAYS },
	{ "plain@students.example", answer_away_plain, 2 * TALK_DAYS },
	{ "gone@students.example", answer_bounce, 2 * TALK_DAYS },
	{ "desk@other.example", answer_desk, 2 * TALK_DAYS },
	{ "talk@lists.example", answer_list, 2 * TALK_DAYS },
	{ "tickets@vendor.example", answer_subject,
	    TALK_DAYS * (10 + 1) },
};

static void
must(int rc, const struct err *err)
{
	if (rc == -1)
		fail_msg("%s", err->msg);
}

static struct intake_result
mail(struct week *k, const char *from, const char *to, const char *headers,
    const char *body)
{
	k->mails++;
	return world_mail(&k->w, 0, world_text(&k->w, "From: %s\nTo: %s\n"
	    "Date: Wed, 25 Nov 2026 10:00:00 +0000\n"
	    "Message-ID: <w%d@robots.example>\n%s\n%s\n", from, to, k->mails,
	    headers, body));
}

static const char *
in_reply_to(struct week *k, const struct outbox_row *row)
{
	return world_text(&k->w, "In-Reply-To: <%s>\nReferences: <%s>\n",
	    row->message_id, row->message_id);
}

/* A vacation notice as RFC 3834 wants it, but to each mail. */
static void
answer_away(struct week *k, int robot, const struct outbox_row *row)
{
	mail(k, robots[robot].address, world_reply_to(&k->w, row),
	    world_text(&k->w, "Subject: Out of office\n"
	    "Auto-Submitted: auto-replied\n%s", in_reply_to(k, row)),
	    "I am away until next year.");
}

/* One that looks like a person's answer in everything. */
static void
answer_away_plain(struct week *k, int robot, const struct outbox_row *row)
{
	mail(k, robots[robot].address, world_reply_to(&k->w, row),
	    world_text(&k->w, "Subject: Re: your mail\n%s", in_reply_to(k,
	    row)), "I am away until next year.");
}

static void
answer_bounce(struct week *k, int robot, const struct outbox_row *row)
{
	world_mail(&k->w, 0, world_text(&k->w, "Return-Path: <>\n"
	    "From: MAILER-DAEMON@mx.example\nTo: " DESK "\n"
	    "Subject: Undelivered\nMessage-ID: <b%d@mx.example>\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/report; "
	    "report-type=delivery-status; boundary=b\n\n--b\n"
	    "Content-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; %s\n"
	    "Action: failed\nStatus: 5.1.1\n\n--b\n"
	    "Content-Type: text/rfc822-headers\n\nMessage-ID: <%s>\n\n"
	    "--b--\n", ++k->mails, robots[robot].address, row->message_id));
}

/* Another helpdesk, which confirms each mail under a number of its own. */
static void
answer_desk(struct week *k, int robot, const struct outbox_row *row)
{
	(void)row;
	mail(k, robots[robot].address, DESK, world_text(&k->w,
	    "Subject: [#%d] We have your mail\n"
	    "Auto-Submitted: auto-generated\n"
	    "X-Auto-Response-Suppress: All\n", 9000 + k->mails),
	    "Your request has arrived.");
}

/* A list that the desk is on gives our own mail back, and talks. */
static void
answer_list(struct week *k, int robot, const struct outbox_row *row)
{
	world_mail(&k->w, 0, world_text(&k->w, "List-Id: <talk.lists.example>"
	    "\nPrecedence: list\nX-List: %d\n%s", ++k->mails,
	    world_rendered(&k->w, row)));
	mail(k, "tom@elsewhere.example", robots[robot].address,
	    "Subject: [talk] Re: your mail\nList-Id: <talk.lists.example>\n"
	    "Precedence: list\n", "What is this about?");
}

/* A ticket system without any mark of one, that throws away whatever would lead
 * back: for us each mail is a new request of a person. */
static void
answer_subject(struct week *k, int robot, const struct outbox_row *row)
{
	(void)row;
	mail(k, robots[robot].address, DESK, world_text(&k->w,
	    "Subject: Case %d received\n", 70000 + k->mails), world_text(
	    &k->w, "We have opened case %d.", 70000 + k->mails));
}

/* ---- the week ---- */

static int
robot_of(const char *address)
{
	size_t i;

	for (i = 0; i < NROBOTS; i++)
		if (strcmp(robots[i].address, address) == 0)
			return (int)i;
	return -1;
}

struct found {
	struct outbox_row	 rows[4096];
	size_t			 n;
};

static int
keep_row(const struct outbox_row *row, void *arg)
{
	struct found *f = arg;

	if (f->n == sizeof f->rows / sizeof f->rows[0])
		return 1;
	f->rows[f->n++] = *row;
	return 0;
}

/* What was queued since the last look: each robot answers its own. */
static void
robots_answer(struct week *k)
{
	static struct found found;
	struct err err = { 0 };
	size_t i;
	int robot;

	found.n = 0;
	must(outbox_list(k->w.desk.db, true, k->last_row, 4000, k->w.arena,
	    keep_row, &found, &err), &err);
	for (i = 0; i < found.n; i++) {
		const struct outbox_row *row = &found.rows[i];

		k->last_row = row->id;
		robot = robot_of(row->to);
		if (robot == -1)
			continue;
		assert_true(k->n < ROW_MAX);
		k->sent[k->n++] = (struct sent){ robot, row->created_ms,
		    row->automatic };
		robots[robot].fn(k, robot, row);
	}
	arena_reset(k->w.arena);
}

/* A person at each robot's address has a question, and staff answer. */
static void
people_talk(struct week *k, int day)
{
	struct intake_result r;
	struct actor mia;
	struct err err = { 0 };
	int64_t id;
	size_t i;

	must(act_terminal(&k->w.desk, "mia@campus.example", &mia, &err),
	    &err);
	for (i = 0; i < NROBOTS; i++) {
		r = mail(k, robots[i].address, DESK, world_text(&k->w,
		    "Subject: Question %d\n", day), "How do I do it?");
		if (r.ticket == 0)
			continue;
		must(db_begin(k->w.desk.db, &err), &err);
		must(act_reply(&k->w.desk, &mia, r.ticket, "Like this.", &id,
		    &err), &err);
		must(db_commit(k->w.desk.db, &err), &err);
	}
}

/* Automatic mail to that robot in the window that at_ms is in. */
static int
in_window(const struct week *k, int robot, int64_t at_ms, int64_t window_ms)
{
	size_t i;
	int n = 0;

	for (i = 0; i < k->n; i++)
		n += k->sent[i].robot == robot && k->sent[i].automatic &&
		    k->sent[i].at_ms / window_ms == at_ms / window_ms;
	return n;
}

static void
check_budgets(const struct week *k)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		const struct sent *s = &k->sent[i];

		assert_true(in_window(k, s->robot, s->at_ms,
		    60 * MINUTE_MS) <= 10);
		assert_true(in_window(k, s->robot, s->at_ms,
		    (int64_t)1440 * MINUTE_MS) <= 40);
	}
}

/* How many each got in all, and since people fell silent. */
static void
check_silence(const struct week *k, int64_t silent_ms)
{
	int all[NROBOTS] = { 0 }, late[NROBOTS] = { 0 };
	size_t i;

	for (i = 0; i < k->n; i++) {
		all[k->sent[i].robot]++;
		late[k->sent[i].robot] += k->sent[i].at_ms > silent_ms;
	}
	for (i = 0; i < NROBOTS; i++) {
		print_message("%-24s %4d mails of ours, %d after silence\n",
		    robots[i].address, all[i], late[i]);
		assert_true(all[i] > 0);
		assert_true(all[i] <= robots[i].most);
		assert_int_equal(late[i], 0);
	}
}

static void
test_week(void **state)
{
	static struct week k;
	struct err err = { 0 };
	int64_t silent_ms = 0;
	int minute;

	(void)state;
	memset(&k, 0, sizeof k);
	world_open(&k.w);
	for (minute = 0; minute < DAYS * 1440; minute += 3) {
		if (minute % 1440 == 0 && minute / 1440 < TALK_DAYS)
			people_talk(&k, minute / 1440);
		if (minute == TALK_DAYS * 1440)
			silent_ms = k.w.desk.now_ms;
		robots_answer(&k);
		world_pass(&k.w, 180);
	}
	check_budgets(&k);
	check_silence(&k, silent_ms);
	must(audit_verify(k.w.desk.db, k.w.secret, NULL, &err), &err);
	world_close(&k.w);
}

/* ---- an hour of strangers ---- */

struct acks {
	int64_t	last;
	int	acks, others;
};

static int
count_ack(const struct outbox_row *row, void *arg)
{
	struct acks *a = arg;

	a->last = row->id;
	if (strcmp(row->event, "acknowledged") == 0)
		a->acks++;
	else if (strstr(row->to, "@campus.example") == NULL)
		a->others++;
	return 0;
}

static void
test_two_thousand_senders(void **state)
{
	static struct week k;
	struct acks a = { 0 };
	struct err err = { 0 };
	struct intake_result r = { 0 };
	int i;

	(void)state;
	memset(&k, 0, sizeof k);
	world_open(&k.w);
	for (i = 0; i < 2000; i++) {
		r = mail(&k, world_text(&k.w, "s%d@d%d.example", i, i % 97),
		    DESK, world_text(&k.w, "Subject: Hello %d\n", i),
		    world_text(&k.w, "Something is wrong, %d.", i));
		assert_int_equal(r.outcome, LEDGER_TICKET);
		arena_reset(k.w.arena);
	}
	must(outbox_list(k.w.desk.db, true, 0, 100000, k.w.arena, count_ack,
	    &a, &err), &err);
	print_message("%d acknowledgements to 2000 senders in %d minutes\n",
	    a.acks, 2000 / 60);
	/* 60 in each window of ten minutes; 300 in an hour */
	assert_in_range(a.acks, 60, 300);
	assert_int_equal(a.others, 0);
	/* it is over, and people are acknowledged again */
	world_pass(&k.w, 3600);
	mail(&k, "jo@students.example", DESK, "Subject: Wi-Fi\n", "Down.");
	assert_int_equal(world_sent(&k.w, "jo@students.example",
	    "acknowledged"), 1);
	world_close(&k.w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_week),
		cmocka_unit_test(test_two_thousand_senders),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
