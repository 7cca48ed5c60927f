/* What holds whatever happens: thousands of random deeds of requesters, staff,
 * strangers, machines and the clock, from a seed, and after each of them
 *
 * - a status goes only the ways of the state table, and by whom it may
 * - no mail to who is not staff has a word that is not public on its ticket, or
 *   the address of another requester
 * - an item that comes again changes nothing
 * - undo brings back fields, links, watchers and tags
 *
 * and now and then the whole chain of events, the ledger and what waits in the
 * outbox. PROPERTY_SEED, PROPERTY_STEPS: other ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "db/audit_store.h"
#include "db/people_store.h"
#include "desk/alarm.h"
#include "desk/commands.h"
#include "desk/compose.h"
#include "desk/field.h"
#include "desk/undo.h"
#include "tests/unit/desk/world.h"

#define STEPS		3000
#define ROWS_MAX	60000
#define ITEMS_MAX	20000
#define TICKETS_MAX	8000
#define DESK		"helpdesk@campus.example"
#define BORDER		"mail.campus.example"
#define NPEOPLE		(sizeof people / sizeof people[0])
#define NSTAFF		3	/* the first of them */

static const char *const people[] = {
	"mia@campus.example", "max@campus.example", "ida@campus.example",
	"jo@students.example", "ann@students.example", "bob@students.example",
	"kim@students.example", "lea@elsewhere.example",
	"eve@elsewhere.example",
};

struct row {
	int64_t	 id, ticket;
	char	 to[40], event[32], message_id[160];
};
struct item {			/* a mail that came in */
	int64_t	 uid;
	char	*raw;
};

struct run {
	struct world	 w;
	uint64_t	 random;
	int		 step, marks;
	const char	*doing;
	struct row	*rows;
	size_t		 nrows;
	struct item	*items;
	size_t		 nitems;
	int64_t		 ntickets, last_event, last_row;
	enum ticket_status status[TICKETS_MAX];
	bool		 machine;	/* the step is no person's */
	struct arena	*scratch;	/* of one look at a mail */
};

static void	check(struct run *r);

static void
must(struct run *r, int rc, const struct err *err)
{
	if (rc == -1)
		fail_msg("step %d (%s): %s", r->step, r->doing, err->msg);
}

/* 0 to n - 1 */
static size_t
pick(struct run *r, size_t n)
{
	r->random = r->random * 6364136223846793005u + 1442695040888963407u;
	return (size_t)((r->random >> 33) % n);
}

static bool
maybe(struct run *r, size_t percent)
{
	return pick(r, 100) < percent;
}

static bool
is_staff(const char *address)
{
	size_t i;

	for (i = 0; i < NSTAFF; i++)
		if (strcasecmp(people[i], address) == 0)
			return true;
	return false;
}

/* Words with a mark that stands nowhere else. */
static const char *
words(struct run *r)
{
	static const char *const what[] = {
		"the lamp in the long corridor of the second floor is dark",
		"nobody in our whole dormitory has had any internet since noon",
		"somebody must have taken the projector of the large lecture "
		"hall", "the heating of the reading room makes a strange noise",
	};

	return world_text(&r->w, "I think that %s, says zq%06d.", what[pick(r,
	    sizeof what / sizeof what[0])], ++r->marks);
}

/* ---- mails ---- */

/* Take it in, and keep it for another time. */
static struct intake_result
take(struct run *r, const char *raw)
{
	struct intake_result result = world_mail(&r->w, 0, raw);

	assert_true(r->nitems < ITEMS_MAX);
	r->items[r->nitems++] = (struct item){ r->w.uid, strdup(raw) };
	if (result.ticket > r->ntickets)
		r->ntickets = result.ticket;
	assert_true(r->ntickets < TICKETS_MAX);
	return result;
}

static struct intake_result
mail(struct run *r, const char *from, const char *to, bool proven,
    const char *headers, const char *body)
{
	return take(r, world_text(&r->w, "%sFrom: %s\nTo: %s\n"
	    "Date: Wed, 25 Nov 2026 10:00:00 +0000\n"
	    "Message-ID: <p%zu@x.example>\n%s\n%s\n", proven ? world_text(
	    &r->w, "Authentication-Results: " BORDER "; dmarc=pass "
	    "header.from=%s\nReceived: from x by " BORDER "\n",
	    strchr(from, '@') + 1) : "", from, to, r->nitems, headers, body));
}

/* A random mail of ours, to that address and of that event ("": any). */
static const struct row *
some_row(struct run *r, const char *to, const char *event)
{
	size_t i, n;

	for (i = 0; i < 40 && r->nrows > 0; i++) {
		/* rather of late */
		n = maybe(r, 70) && r->nrows > 60 ? r->nrows - 1 - pick(r, 60)
		    : pick(r, r->nrows);
		if ((to == NULL || strcmp(r->rows[n].to, to) == 0) &&
		    (*event == '\0' || strcmp(r->rows[n].event, event) == 0))
			return &r->rows[n];
	}
	return NULL;
}

static const char *
address_of(struct run *r, const struct row *row)
{
	struct outbox_row full;
	struct err err = { 0 };

	must(r, outbox_head(r->w.desk.db, row->id, r->w.arena, &full, &err),
	    &err);
	return full.ticket == 0 ? DESK : world_reply_to(&r->w, &full);
}

/* An answer to that mail, with its token or only its id. */
static struct intake_result
answer(struct run *r, const char *from, const struct row *row, bool proven,
    const char *headers, const char *body)
{
	return mail(r, from, maybe(r, 85) ? address_of(r, row) : DESK, proven,
	    world_text(&r->w, "Subject: Re: [#%lld] x\nIn-Reply-To: <%s>\n%s",
	    (long long)row->ticket, row->message_id, headers), body);
}

static const char *
somebody(struct run *r)
{
	return people[NSTAFF + pick(r, NPEOPLE - NSTAFF)];
}

static const char *
staff(struct run *r)
{
	return people[pick(r, NSTAFF)];
}

static int64_t
a_ticket(struct run *r)
{
	return r->ntickets == 0 ? 0 : 1 + (int64_t)pick(r,
	    (size_t)r->ntickets);
}

static const char *
order(struct run *r)
{
	static const char *const fixed[] = { "take", "assign max",
	    "assign none", "status open", "status active", "status waiting",
	    "status closed", "close", "reopen", "category facilities",
	    "category services", "category it", "location B-301",
	    "location Library", "subject Another subject", "priority high",
	    "priority low", "due 2026-12-24", "due none", "tag +a -b",
	    "tag +b -a", "tag +c", "watch", "unwatch", "incident", "accept",
	    "spam", "help", "mute" };
	size_t n = pick(r, sizeof fixed / sizeof fixed[0] + 8);

	if (n < sizeof fixed / sizeof fixed[0])
		return fixed[n];
	switch (n % 4) {
	case 0:
		return world_text(&r->w, "watch %s", people[pick(r,
		    NPEOPLE)]);
	case 1:
		return world_text(&r->w, "join %d", (int)a_ticket(r));
	case 2:
		return world_text(&r->w, "merge %d", (int)a_ticket(r));
	}
	return world_text(&r->w, "link %d", (int)a_ticket(r));
}

static const char *
orders(struct run *r)
{
	const char *all = "";
	size_t n = 1 + pick(r, 3);

	while (n-- > 0)
		all = world_text(&r->w, "%s!%s\n", all, order(r));
	return all;
}

/* What a requester or stranger writes. */
static const char *
requester_says(struct run *r)
{
	switch (pick(r, 8)) {
	case 0:
		return "Thank you very much!";
	case 1:
		return world_text(&r->w, "!close\n%s", words(r));
	case 2:
		return world_text(&r->w, "!reopen\n!watch\n%s", words(r));
	case 3:
		return world_text(&r->w, "!location zq%06d\n!rate %zu\n%s",
		    ++r->marks, 1 + pick(r, 5), words(r));
	case 4:
		return world_text(&r->w, "%s%s", orders(r), words(r));
	}
	return words(r);
}

static const char *
some_cc(struct run *r)
{
	return maybe(r, 80) ? "" : world_text(&r->w, "Cc: %s\n",
	    people[pick(r, NPEOPLE)]);
}

static void
new_ticket(struct run *r)
{
	const char *who = maybe(r, 90) ? somebody(r) : staff(r);

	mail(r, who, DESK, maybe(r, 50), world_text(&r->w,
	    "Subject: Trouble zq%06d\n%s", ++r->marks, some_cc(r)),
	    requester_says(r));
}

static void
requester_answers(struct run *r)
{
	const char *who = somebody(r);
	const struct row *row = some_row(r, who, "");

	if (row != NULL)
		answer(r, who, row, maybe(r, 50), some_cc(r),
		    requester_says(r));
}

/* Anybody with anybody's token or id. */
static void
stranger_answers(struct run *r)
{
	const struct row *row = some_row(r, NULL, "");

	if (row != NULL)
		answer(r, people[pick(r, NPEOPLE)], row, maybe(r, 30),
		    some_cc(r), requester_says(r));
}

/* A whole mail of ours in the answer, as clients quote or do not mark it. */
static const char *
quoting(struct run *r, const struct row *row)
{
	struct outbox_row full;
	struct err err = { 0 };
	struct message m;
	int rc = outbox_head(r->w.desk.db, row->id, r->w.arena, &full, &err);

	must(r, rc, &err);
	if (full.message == 0)
		return words(r);
	must(r, message_get(r->w.desk.db, full.message, r->w.arena, &m, &err),
	    &err);
	return world_text(&r->w, "%s\n%s%s\n", words(r), maybe(r, 50) ?
	    "\nThe desk said:\n" : "\nOn Monday, desk wrote:\n> ", m.text);
}

static const char *
staff_says(struct run *r, const struct row *row)
{
	switch (pick(r, 8)) {
	case 0:
		return world_text(&r->w, "!note\n%s", words(r));
	case 1:
		return world_text(&r->w, "note: %s", words(r));
	case 2:
		return world_text(&r->w, "!ntoe\n%s", words(r));
	case 3:
		return world_text(&r->w, "%s%s", orders(r), words(r));
	case 4:
		return orders(r);
	case 5:
		return quoting(r, row);
	case 6:
		return world_text(&r->w, "!close\n%s", words(r));
	}
	return words(r);
}

static void
staff_answers(struct run *r)
{
	const char *who = staff(r);
	const struct row *row = some_row(r, who, "");

	if (row != NULL)
		answer(r, who, row, maybe(r, 85), some_cc(r), staff_says(r,
		    row));
}

/* Answers to our questions. */
static void
confirms(struct run *r)
{
	static const char *const events[] = { "confirm", "refused",
	    "transcript" };
	static const char *const say[] = { "Yes.", "send", "undo" };
	size_t n = pick(r, 3);
	const struct row *row = some_row(r, NULL, events[n]);

	if (row != NULL)
		answer(r, maybe(r, 85) ? row->to : people[pick(r, NPEOPLE)],
		    row, maybe(r, 60), "", say[n]);
}

static void
machine(struct run *r)
{
	const struct row *row = some_row(r, NULL, "");
	struct outbox_row full;
	struct err err = { 0 };

	r->machine = true;
	if (row == NULL)
		return;
	switch (pick(r, 3)) {
	case 0:
		answer(r, row->to, row, true, "Auto-Submitted: auto-replied\n",
		    words(r));
		return;
	case 1:
		take(r, world_text(&r->w, "Return-Path: <>\n"
		    "From: MAILER-DAEMON@mx.example\nTo: " DESK "\n"
		    "Subject: Undelivered\nMessage-ID: <b%zu@mx.example>\n"
		    "MIME-Version: 1.0\nContent-Type: multipart/report; "
		    "report-type=delivery-status; boundary=b\n\n--b\n"
		    "Content-Type: message/delivery-status\n\n"
		    "Reporting-MTA: dns; mx.example\n\n"
		    "Final-Recipient: rfc822; %s\nAction: failed\n"
		    "Status: %d.1.1\n\n--b\nContent-Type: "
		    "text/rfc822-headers\n\nMessage-ID: <%s>\n\n--b--\n",
		    r->nitems, row->to, maybe(r, 30) ? 5 : 4,
		    row->message_id));
		return;
	}
	must(r, outbox_head(r->w.desk.db, row->id, r->w.arena, &full, &err),
	    &err);
	if (full.state == OUTBOX_QUEUED)
		take(r, world_rendered(&r->w, &full));
}

/* ---- at a terminal, and the clock ---- */

static int
deed(struct run *r, const struct actor *who, int64_t ticket, struct err *err)
{
	static const char *const sets[][2] = { { "priority", "urgent" },
	    { "status", "waiting" }, { "status", "open" }, { "tags", "x,y" },
	    { "requester", "kim@students.example" }, { "assignee", "ida" },
	    { "location", "B-7" }, { "status", "closed" } };
	struct desk *desk = &r->w.desk;
	const char *report;
	int64_t id;
	size_t n;
	int count;

	switch (pick(r, 9)) {
	case 0:
		return act_reply(desk, who, ticket, words(r), &id, err);
	case 1:
		return act_note(desk, who, ticket, words(r), &id, err);
	case 2:
		return act_close(desk, who, ticket, maybe(r, 50) ? words(r) :
		    NULL, err);
	case 3:
		return act_reopen(desk, who, ticket, err);
	case 4:
		return act_accept(desk, who, ticket, 0, maybe(r, 50), &count,
		    err);
	case 5:
		return undo_last(desk, who, ticket, &report, err);
	case 6:
		return commands_order(desk, who, ticket, COMMAND_SPAM, "lift",
		    &report, err);
	case 7:
		return act_take(desk, who, ticket, err);
	}
	n = pick(r, sizeof sets / sizeof sets[0]);
	return act_set(desk, who, ticket, sets[n][0], sets[n][1], err);
}

static void
terminal(struct run *r)
{
	struct db *db = r->w.desk.db;
	struct actor who;
	struct err err = { 0 };
	int64_t ticket = a_ticket(r);
	int rc;

	if (ticket == 0)
		return;
	world_pass(&r->w, 1);
	must(r, act_terminal(&r->w.desk, staff(r), &who, &err), &err);
	must(r, db_begin(db, &err), &err);
	must(r, db_savepoint(db, &err), &err);
	rc = deed(r, &who, ticket, &err);
	if (rc == -1) {
		assert_int_equal(err.code, ERR_INPUT);
		db_rollback_to(db);
	} else
		must(r, db_release(db, &err), &err);
	must(r, db_commit(db, &err), &err);
}

static void
clock_rings(struct run *r)
{
	struct err err = { 0 };
	int64_t number;
	int rc;

	r->machine = true;
	world_pass(&r->w, (int64_t)pick(r, 100) * 3600);
	do {
		must(r, db_begin(r->w.desk.db, &err), &err);
		rc = alarm_run(&r->w.desk, &number, &err);
		must(r, rc, &err);
		must(r, db_commit(r->w.desk.db, &err), &err);
	} while (rc == 1);
}

static int
send_row(const struct outbox_row *row, void *arg)
{
	struct run *r = arg;
	struct outbox_row sent = *row;
	struct err err = { 0 };

	if (row->state == OUTBOX_QUEUED && maybe(r, 90)) {
		sent.state = OUTBOX_SENT;
		sent.attempts = 1;
		sent.done_ms = r->w.desk.now_ms;
		must(r, outbox_update(r->w.desk.db, &sent, &err), &err);
	}
	return 0;
}

static void
mail_goes_out(struct run *r)
{
	struct err err = { 0 };

	must(r, db_begin(r->w.desk.db, &err), &err);
	must(r, outbox_list(r->w.desk.db, false, 0, 100000, r->w.arena,
	    send_row, r, &err), &err);
	must(r, db_commit(r->w.desk.db, &err), &err);
}

/* ---- an item that comes again ---- */

static void
comes_again(struct run *r)
{
	char before[AUDIT_HEAD_MAX], after[AUDIT_HEAD_MAX];
	struct err err = { 0 };
	const struct item *i;
	int64_t n, m, oldest;

	if (r->nitems == 0)
		return;
	i = &r->items[pick(r, r->nitems)];
	must(r, audit_head(r->w.desk.db, before, &err), &err);
	must(r, outbox_depth(r->w.desk.db, &n, &oldest, &err), &err);
	world_again(&r->w, i->uid, i->raw);
	must(r, audit_head(r->w.desk.db, after, &err), &err);
	must(r, outbox_depth(r->w.desk.db, &m, &oldest, &err), &err);
	assert_string_equal(before, after);
	assert_int_equal(n, m);
}

/* ---- undo ---- */

/* All that undo must bring back, as text. */
static const char *
snapshot(struct run *r, int64_t number)
{
	static const char *const fields[] = { "subject", "status", "category",
	    "priority", "location", "assignee", "due", "tags", "requester" };
	struct ticket t = world_ticket(&r->w, number);
	struct err err = { 0 };
	const char *text = world_text(&r->w, "flags: %u, rated %d",
	    t.flags & (TICKET_SPAM | TICKET_INCIDENT), t.rating);
	struct link *links;
	int64_t *v;
	size_t n, i;

	for (i = 0; i < sizeof fields / sizeof fields[0]; i++)
		text = world_text(&r->w, "%s\n%s: %s", text, fields[i],
		    field_get(&r->w.desk, &t, fields[i]));
	must(r, watcher_list(r->w.desk.db, number, r->w.arena, &v, &n, &err),
	    &err);
	for (i = 0; i < n; i++)
		text = world_text(&r->w, "%s\nwatcher: %d", text, (int)v[i]);
	for (i = 1; i <= NPEOPLE; i++)
		text = world_text(&r->w, "%s%d", text, mute_get(r->w.desk.db,
		    number, (int64_t)i, &err));
	must(r, link_list(r->w.desk.db, number, r->w.arena, &links, &n, &err),
	    &err);
	for (i = 0; i < n; i++)
		text = world_text(&r->w, "%s\n%s: %d", text, link_kind_name(
		    links[i].kind), (int)links[i].number);
	return text;
}

static void
do_and_undo(struct run *r)
{
	const char *who = staff(r), *before, *what;
	const struct row *told = some_row(r, who, "staff-new-ticket"), *done;
	struct ticket t;

	if (told == NULL)
		return;
	t = world_ticket(&r->w, told->ticket);
	before = snapshot(r, t.number);
	what = orders(r);
	/* what it releases or says cannot be said again; a merged ticket's
	 * mail lands elsewhere */
	if (strstr(what, "accept") != NULL || strstr(before, "merged") != NULL)
		return;
	mail(r, who, address_of(r, told), true, world_text(&r->w,
	    "Subject: Re: [#%lld] x\nIn-Reply-To: <%s>\n",
	    (long long)told->ticket, told->message_id), what);
	check(r);
	done = &r->rows[r->nrows - 1];
	if (strcmp(done->event, "transcript") != 0 ||
	    strcmp(done->to, who) != 0)
		return;		/* refused, or not proven any more */
	mail(r, who, address_of(r, done), true, world_text(&r->w,
	    "Subject: Re: x\nIn-Reply-To: <%s>\n", done->message_id), "undo");
	if (strcmp(before, snapshot(r, t.number)) != 0)
		fail_msg("step %d: undo of\n%sleaves #%lld\n%s\nbut it was\n%s",
		    r->step, what, (long long)t.number, snapshot(r, t.number),
		    before);
}

/* ---- what must hold ---- */

static bool
on_ticket(struct run *r, int64_t ticket, const char *mark)
{
	struct ticket t = world_ticket(&r->w, ticket);
	struct message *v;
	struct err err = { 0 };
	size_t n;

	if (strstr(t.subject, mark) != NULL || strstr(t.location, mark) != NULL)
		return true;
	must(r, message_list(r->w.desk.db, ticket, 0, 1000, r->w.arena, &v,
	    &n, &err), &err);
	while (n-- > 0)
		if (v[n].visibility == MESSAGE_PUBLIC && (strstr(v[n].text,
		    mark) != NULL || (v[n].full_text != NULL &&
		    strstr(v[n].full_text, mark) != NULL)))
			return true;
	return false;
}

/* Quoted-printable lines made whole: marks and addresses are plain letters. */
static const char *
unfolded(struct run *r, const char *raw)
{
	char *out = arena_strdup(r->w.arena, raw), *p = out;

	for (; *raw != '\0'; raw++)
		if (strncmp(raw, "=\r\n", 3) == 0)
			raw += 2;
		else
			*p++ = *raw;
	*p = '\0';
	return out;
}

/* I7, for one mail to somebody who is not staff. What a person wrote in public,
 * an address too, is public. */
static void
check_mail(struct run *r, const struct outbox_row *row)
{
	struct buf trial = BUF_INIT(64 * 1024 * 1024);
	const char *text, *p;
	struct err err = { 0 };
	char mark[9];
	size_t i;

	if (compose_render(&r->w.desk, row, &trial, &err) == -1)
		fail_msg("step %d (%s): %s to %s about #%lld: %s", r->step,
		    r->doing, row->event, row->to, (long long)row->ticket,
		    err.msg);
	buf_free(&trial);
	text = unfolded(r, world_rendered(&r->w, row));

	/* there are fewer than 100,000: a 0, which no token has, is first */
	for (p = text; (p = strstr(p, "zq0")) != NULL; p++) {
		snprintf(mark, sizeof mark, "%.8s", p);
		if (strspn(mark + 2, "0123456789") != 6)
			continue;
		if (row->bare)
			fail_msg("step %d (%s): %s to %s, not proven, has %s",
			    r->step, r->doing, row->event, row->to, mark);
		if (!on_ticket(r, row->ticket, mark))
			fail_msg("step %d (%s): %s to %s about #%lld has %s\n%s",
			    r->step, r->doing, row->event, row->to,
			    (long long)row->ticket, mark, text);
	}
	for (i = NSTAFF; i < NPEOPLE; i++)
		if (strcmp(people[i], row->to) != 0 &&
		    strstr(text, people[i]) != NULL &&
		    !on_ticket(r, row->ticket, people[i]))
			fail_msg("step %d (%s): %s to %s has the address %s\n"
			    "%s", r->step, r->doing, row->event, row->to,
			    people[i], text);
}

/* The same in memory that is forgotten: one step may send a hundred. */
static void
look(struct run *r, const struct outbox_row *row)
{
	struct arena *own = r->w.arena;

	r->w.arena = r->w.desk.arena = r->scratch;
	check_mail(r, row);
	arena_reset(r->scratch);
	r->w.arena = r->w.desk.arena = own;
}

static int
keep_row(const struct outbox_row *row, void *arg)
{
	struct run *r = arg;
	struct row *k = &r->rows[r->nrows];

	assert_true(r->nrows < ROWS_MAX);
	*k = (struct row){ .id = row->id, .ticket = row->ticket };
	snprintf(k->to, sizeof k->to, "%s", row->to);
	snprintf(k->event, sizeof k->event, "%s", row->event);
	snprintf(k->message_id, sizeof k->message_id, "%s", row->message_id);
	r->nrows++;
	r->last_row = row->id;
	if (!is_staff(row->to) && row->state == OUTBOX_QUEUED)
		look(r, row);
	return 0;
}

static void
wrong_way(struct run *r, const struct event *e)
{
	fail_msg("step %d (%s): #%lld goes from %s to %s by %s (%s): %s",
	    r->step, r->doing, (long long)e->ticket, e->old_value,
	    e->new_value, e->actor, e->proof, e->because);
}

/* One change of a status: from what it was, by somebody who may. */
static int
check_event(const struct event *e, void *arg)
{
	struct run *r = arg;
	enum ticket_status old, new;
	bool member = is_staff(e->actor), system = strcmp(e->actor,
	    "system") == 0;
	bool undo = e->because != NULL && strcmp(e->because,
	    UNDO_BECAUSE) == 0;

	r->last_event = e->seq;
	if (e->field == NULL || strcmp(e->field, "status") != 0)
		return 0;
	assert_true(ticket_status_parse(e->old_value, &old));
	assert_true(ticket_status_parse(e->new_value, &new));
	if (r->status[e->ticket] != old || old == new ||
	    (strcmp(e->action, "reopened") == 0) != (old == TICKET_CLOSED))
		wrong_way(r, e);
	if (system ? old != TICKET_WAITING || new != TICKET_CLOSED :
	    r->machine)
		wrong_way(r, e);
	if (!member && !undo && !system && (new == TICKET_WAITING ||
	    (new == TICKET_OPEN && old != TICKET_WAITING)))
		wrong_way(r, e);
	/* who is not proven only speaks */
	if (strcmp(e->proof, "claimed") == 0 && (new == TICKET_CLOSED ||
	    (old != TICKET_WAITING && old != TICKET_CLOSED)))
		wrong_way(r, e);
	r->status[e->ticket] = new;
	return 0;
}

static void
check(struct run *r)
{
	struct err err = { 0 };

	must(r, audit_list(r->w.desk.db, 0, r->last_event, 100000, r->w.arena,
	    check_event, r, &err), &err);
	must(r, outbox_list(r->w.desk.db, true, r->last_row, 1000, r->w.arena,
	    keep_row, r, &err), &err);
}

static int
check_waiting(const struct outbox_row *row, void *arg)
{
	if (row->state == OUTBOX_QUEUED && !is_staff(row->to))
		look(arg, row);
	return 0;
}

static int
count_item(const struct ledger_row *row, void *arg)
{
	assert_string_not_equal(row->because, "being decided");
	++*(size_t *)arg;
	return 0;
}

/* The whole: chain, ledger, tickets, and what waits as it would leave now. */
static void
check_all(struct run *r)
{
	static char head[AUDIT_HEAD_MAX];
	struct err err = { 0 };
	size_t n = 0;
	int64_t i;

	must(r, audit_verify(r->w.desk.db, r->w.secret, *head == '\0' ? NULL :
	    head, &err), &err);
	must(r, audit_head(r->w.desk.db, head, &err), &err);
	must(r, ledger_list(r->w.desk.db, LEDGER_NOUTCOME, 0, ITEMS_MAX,
	    r->w.arena, count_item, &n, &err), &err);
	assert_int_equal(n, r->nitems);
	for (i = 1; i <= r->ntickets; i++) {
		struct ticket t = world_ticket(&r->w, i);

		assert_int_equal(t.status, r->status[i]);
		assert_int_equal(t.closed_ms != 0, t.status == TICKET_CLOSED);
		assert_int_equal(t.waiting_ms != 0,
		    t.status == TICKET_WAITING);
	}
	must(r, outbox_list(r->w.desk.db, false, 0, 100000, r->w.arena,
	    check_waiting, r, &err), &err);
}

static const struct {
	const char	*name;
	void		(*fn)(struct run *r);
	size_t		 weight;
} deeds[] = {
	{ "new ticket",		new_ticket,		14 },
	{ "requester answers",	requester_answers,	16 },
	{ "stranger answers",	stranger_answers,	8 },
	{ "staff answers",	staff_answers,		20 },
	{ "answer to us",	confirms,		12 },
	{ "terminal",		terminal,		12 },
	{ "do and undo",	do_and_undo,		6 },
	{ "machine",		machine,		4 },
	{ "clock",		clock_rings,		2 },
	{ "mail goes out",	mail_goes_out,		3 },
	{ "comes again",	comes_again,		3 },
};

static void
step(struct run *r)
{
	size_t n = pick(r, 100), i;

	for (i = 0; n >= deeds[i].weight; i++)
		n -= deeds[i].weight;
	r->doing = deeds[i].name;
	r->machine = false;
	deeds[i].fn(r);
	check(r);
	if (r->step % 300 == 0)
		check_all(r);
	arena_reset(r->w.arena);
}

static long
number_of(const char *name, long fallback)
{
	const char *value = getenv(name);

	return value == NULL ? fallback : strtol(value, NULL, 10);
}

static void
test_property(void **state)
{
	static struct run r;
	long steps = number_of("PROPERTY_STEPS", STEPS);

	(void)state;
	r.rows = calloc(ROWS_MAX, sizeof *r.rows);
	r.items = calloc(ITEMS_MAX, sizeof *r.items);
	assert_non_null(r.rows);
	assert_non_null(r.items);
	r.random = (uint64_t)number_of("PROPERTY_SEED", 20261125);
	r.scratch = arena_new(64 * 1024 * 1024);
	assert_non_null(r.scratch);
	world_open(&r.w);
	world_staff(&r.w, people[1], "Max Roth", ROLE_MANAGER);
	world_staff(&r.w, people[2], "Ida Berg", ROLE_STAFF);
	r.w.mailbox[0].authserv_id = BORDER;
	/* that nothing is left unsaid for want of budget */
	r.w.settings->limits.auto_mail_per_hour = 1000000;
	r.w.settings->limits.auto_mail_per_day = 1000000;
	r.w.settings->limits.tickets_per_sender_per_hour = 6;
	r.w.settings->limits.unproven_acks_per_hour = 1000000;
	r.w.settings->limits.flood_tickets = 0;
	for (r.step = 1; r.step <= steps; r.step++)
		step(&r);
	check_all(&r);
	print_message("%lld tickets, %zu mails in, %zu out, %lld events\n",
	    (long long)r.ntickets, r.nitems, r.nrows,
	    (long long)r.last_event);
	assert_true(r.ntickets > steps / 20);
	world_close(&r.w);
	arena_free(&r.scratch);
	while (r.nitems > 0)
		free(r.items[--r.nitems].raw);
	free(r.items);
	free(r.rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_property) };

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
