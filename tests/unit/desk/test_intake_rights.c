/* Who may do what by mail, and what never goes out: stories beside those of
 * test_intake.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk/commands.h"
#include "tests/unit/desk/world.h"

#define JO	"jo@students.example"
#define BOB	"bob@students.example"
#define EVE	"eve@elsewhere.example"
#define MIA	"mia@campus.example"
#define DESK	"helpdesk@campus.example"
#define SECRET	"The budget for the new access points was cut by the dean " \
		"in secret last week."

static int
setup(void **state)
{
	static struct world w;

	world_open(&w);
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	world_close(*state);
	return 0;
}

static const char *
plain(struct world *w, const char *from, const char *to, const char *headers,
    const char *body)
{
	return world_text(w, "From: %s\nTo: %s\nDate: Wed, 25 Nov 2026 "
	    "10:00:%02d +0000\n%s\n%s\n", from, to, (int)(w->uid % 60),
	    headers, body);
}

/* As the border of the second mailbox hands it on: From is proven. */
static const char *
verified(struct world *w, const char *from, const char *to,
    const char *headers, const char *body)
{
	return world_text(w, "Authentication-Results: mail.campus.example; "
	    "dmarc=pass header.from=%s\nReceived: from out.example by "
	    "mail.campus.example\n%s", strrchr(from, '@') + 1,
	    plain(w, from, to, headers, body));
}

static struct intake_result
opening(struct world *w)
{
	return world_mail(w, 1, verified(w, JO, DESK, "Subject: Wi-Fi\n"
	    "Message-ID: <first@students.example>\n", "The wifi is down."));
}

static size_t
watchers(struct world *w, int64_t ticket)
{
	struct err err = { 0 };
	int64_t *v;
	size_t n;

	assert_int_equal(watcher_list(w->desk.db, ticket, w->arena, &v, &n,
	    &err), 0);
	return n;
}

static void
make_watcher(struct world *w, int64_t ticket, const char *address)
{
	struct person p;
	struct err err = { 0 };

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(act_person(&w->desk, address, NULL, &p, &err), 0);
	assert_int_equal(watcher_add(w->desk.db, ticket, p.id, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

static const char *
to(struct world *w, int64_t ticket)
{
	return world_text(w, "Subject: [#%lld] x\n", (long long)ticket);
}

static void
close_it(struct world *w, int64_t ticket)
{
	struct actor actor;
	struct err err = { 0 };

	assert_int_equal(act_terminal(&w->desk, MIA, &actor, &err), 0);
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(act_close(&w->desk, &actor, ticket, NULL, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

/* The newest ticket goes on as another one: collected mail goes there. */
static void
test_collected_after_a_merge(void **state)
{
	struct world *w = *state;
	struct intake_result a = opening(w), b, c;
	const char *report;
	struct actor actor;
	struct err err = { 0 };

	b = world_mail(w, 1, verified(w, JO, DESK, "Subject: Again\n",
	    "The wifi, again."));
	assert_int_equal(act_terminal(&w->desk, MIA, &actor, &err), 0);
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(commands_order(&w->desk, &actor, b.ticket,
	    COMMAND_MERGE, world_text(w, "%lld", (long long)a.ticket),
	    &report, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	w->settings->limits.tickets_per_sender_per_hour = 1;
	c = world_mail(w, 1, verified(w, JO, DESK, "Subject: And\n",
	    "It smells."));
	assert_int_equal(c.ticket, a.ticket);
}

static void
block(struct world *w, const char *address)
{
	struct address_state st = { .blocked = true };
	struct err err = { 0 };

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(address_set(w->desk.db, address, &st, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

/* Only a requester's or staff's Cc adds watchers (design §8). */
static void
test_watchers_bring_no_watchers(void **state)
{
	static const char *list = "it-staff@lists.campus.example";
	struct world *w = *state;
	struct intake_result r = opening(w), s;

	make_watcher(w, r.ticket, BOB);
	s = world_mail(w, 1, verified(w, BOB, DESK, world_text(w,
	    "Cc: " EVE "\nSubject: [#%lld] x\n", (long long)r.ticket),
	    "Eve should see this."));
	assert_int_equal(s.outcome, LEDGER_MESSAGE);
	assert_int_equal(watchers(w, r.ticket), 1);
	world_mail(w, 1, verified(w, JO, DESK, world_text(w,
	    "Cc: " EVE "\nSubject: [#%lld] x\n", (long long)r.ticket),
	    "Well, yes."));
	assert_int_equal(watchers(w, r.ticket), 2);
	/* never a list that we tell of tickets ourselves */
	w->settings->categories[0].notify = (struct strings){ &list, 1 };
	world_mail(w, 1, verified(w, JO, DESK, world_text(w, "Cc: "
	    "It-Staff@lists.campus.example\nSubject: [#%lld] x\n",
	    (long long)r.ticket), "They should know."));
	w->settings->categories[0].notify.n = 0;
	assert_int_equal(watchers(w, r.ticket), 2);
	/* staff's add too; the requester is none beside */
	make_watcher(w, r.ticket, MIA);
	w->settings->staff_proof = PROOF_VERIFIED;
	world_mail(w, 1, verified(w, MIA, DESK, world_text(w,
	    "Cc: " JO ", ann@x.example\nSubject: [#%lld] x\n",
	    (long long)r.ticket), "Mended."));
	assert_int_equal(watchers(w, r.ticket), 4);
}

static void
test_ten_watchers_a_ticket(void **state)
{
	struct world *w = *state;
	struct intake_result r = opening(w);
	int i;

	for (i = 0; i < 4; i++)
		world_mail(w, 1, verified(w, JO, DESK, world_text(w,
		    "Cc: a%d@x.example, b%d@x.example, c%d@x.example, "
		    "d%d@x.example\nSubject: [#%lld] x\n", i, i, i, i,
		    (long long)r.ticket), "More."));
	assert_int_equal(watchers(w, r.ticket), 10);
}

/* One mail in makes at most one mail to each other person (contract §4). */
static void
test_staff_who_watch_hear_once(void **state)
{
	struct world *w = *state;
	struct intake_result r = opening(w);
	int before = world_sent(w, MIA, "");

	make_watcher(w, r.ticket, MIA);
	world_mail(w, 1, verified(w, JO, DESK, world_text(w,
	    "Subject: [#%lld] x\n", (long long)r.ticket), "Still down."));
	assert_int_equal(world_sent(w, MIA, "") - before, 1);
}

/* The answer "yes, I wrote that" proves who wrote it, not that it may go. */
static void
test_confirming_is_not_sending(void **state)
{
	static const struct {
		const char		*body;
		enum settings_say	 say;
		bool			 asked;	/* on why and how to send */
	} t[] = {
		{ "As you know: " SECRET, SAY_REPLY, true },
		{ "!close\nAs you know: " SECRET, SAY_REPLY, true },
		{ "!ntoe\nHe always complains.", SAY_REPLY, true },
		{ "Some words.", SAY_NOTE, false },
	};
	struct world *w = *state;
	struct settings_category *c = w->settings->categories;
	struct outbox_row told, ask, refused;
	struct intake_result s;
	int sent = 0;
	size_t i, k;

	opening(w);
	told = world_row(w, MIA, "staff-new-ticket");
	world_mail(w, 0, plain(w, MIA, world_reply_to(w, &told), "",
	    "!note\n" SECRET));
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].body);
		for (k = 0; k < w->settings->ncategories; k++)
			c[k].mail_reply = t[i].say;
		s = world_mail(w, 0, plain(w, MIA, DESK, world_text(w,
		    "In-Reply-To: <%s>\n", told.message_id), t[i].body));
		assert_int_equal(s.outcome, LEDGER_HELD);
		ask = world_row(w, MIA, "confirm");
		world_mail(w, 0, plain(w, MIA, world_reply_to(w, &ask), "",
		    "Yes."));
		assert_int_equal(world_message(w, s.message).visibility,
		    MESSAGE_NOTE);
		assert_int_equal(world_sent(w, JO, "replied"), 0);
		assert_int_not_equal(world_ticket(w, s.ticket).status,
		    TICKET_CLOSED);
		sent += t[i].asked;
		assert_int_equal(world_sent(w, MIA, "refused"), sent);
	}
	refused = world_row(w, MIA, "refused");
	world_mail(w, 0, plain(w, MIA, world_reply_to(w, &refused), "",
	    "send"));
	assert_int_equal(world_sent(w, JO, "replied"), 1);
}

/* One answer of a verified sender confirms all that wait, notes too. */
static void
test_one_answer_confirms_all(void **state)
{
	struct world *w = *state;
	struct outbox_row told, ask;
	struct intake_result note, s;
	const char *to_it;

	opening(w);
	told = world_row(w, MIA, "staff-new-ticket");
	to_it = world_text(w, "In-Reply-To: <%s>\n", told.message_id);
	note = world_mail(w, 1, verified(w, MIA, DESK, to_it,
	    "!note\nHe always complains."));
	s = world_mail(w, 1, verified(w, MIA, DESK, to_it, "It is mended."));
	assert_int_equal(note.outcome, LEDGER_HELD);
	ask = world_row(w, MIA, "confirm");
	assert_int_equal(ask.message, s.message);
	world_mail(w, 1, verified(w, MIA, world_reply_to(w, &ask), "",
	    "Yes."));
	assert_int_equal(world_message(w, s.message).visibility,
	    MESSAGE_PUBLIC);
	assert_int_equal(world_message(w, note.message).visibility,
	    MESSAGE_NOTE);
}

/* An answer to a mail that showed a note is a note, whatever brings it to its
 * ticket: clients that ignore Reply-To answer to the plain address. */
static void
test_answer_to_a_note_is_a_note(void **state)
{
	struct world *w = *state;
	struct intake_result s;
	struct outbox_row ack, told;

	opening(w);
	ack = world_row(w, JO, "acknowledged");
	s = world_mail(w, 0, plain(w, EVE, DESK, world_text(w,
	    "In-Reply-To: <%s>\n", ack.message_id), "Let me in."));
	assert_int_equal(s.outcome, LEDGER_HELD);
	told = world_row(w, MIA, "staff-requester-reply");
	assert_int_equal(told.message, s.message);
	w->settings->staff_proof = PROOF_VERIFIED;
	s = world_mail(w, 1, verified(w, MIA, DESK, world_text(w,
	    "In-Reply-To: <%s>\n", told.message_id), "Who is that?"));
	assert_int_equal(s.outcome, LEDGER_NOTE);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
	told = world_row(w, MIA, "staff-new-ticket");
	s = world_mail(w, 1, verified(w, MIA, DESK, world_text(w,
	    "In-Reply-To: <%s>\n", told.message_id), "We look at it."));
	assert_int_equal(s.outcome, LEDGER_MESSAGE);
	assert_int_equal(world_sent(w, JO, "replied"), 1);
}

/* Somebody else's ticket with the same Message-ID takes nothing away. */
static void
test_message_id_used_twice(void **state)
{
	struct world *w = *state;
	struct intake_result r = opening(w), s;

	s = world_mail(w, 0, plain(w, EVE, DESK, "Subject: Hello\n"
	    "Message-ID: <first@students.example>\n", "Something else."));
	assert_int_equal(s.outcome, LEDGER_TICKET);
	s = world_mail(w, 0, plain(w, JO, DESK, "Subject: Re: Wi-Fi\n"
	    "In-Reply-To: <first@students.example>\n", "PS: room 12."));
	assert_int_equal(s.ticket, r.ticket);
	s = world_mail(w, 0, plain(w, MIA, DESK, "Subject: Re: Wi-Fi\n"
	    "In-Reply-To: <first@students.example>\n", "Mended."));
	assert_int_equal(s.ticket, r.ticket);

	/* and when it was the first */
	world_mail(w, 0, plain(w, EVE, DESK, "Subject: Hello\n"
	    "Message-ID: <second@students.example>\n", "Something else."));
	r = world_mail(w, 0, plain(w, JO, DESK, "Subject: Lamp\n"
	    "Message-ID: <second@students.example>\n", "It is dark."));
	s = world_mail(w, 0, plain(w, JO, DESK, "Subject: Re: Lamp\n"
	    "In-Reply-To: <second@students.example>\n", "PS: room 12."));
	assert_int_equal(s.ticket, r.ticket);
}

/* What is collected into a closed ticket opens it, and staff hear of it. */
static void
test_collected_mail_is_seen(void **state)
{
	struct world *w = *state;
	struct intake_result r;
	int before;

	w->settings->limits.tickets_per_sender_per_hour = 1;
	r = opening(w);
	close_it(w, r.ticket);
	before = world_sent(w, MIA, "");
	r = world_mail(w, 1, verified(w, JO, DESK, "Subject: Printer\n",
	    "The printer burns."));
	assert_int_equal(r.outcome, LEDGER_MESSAGE);
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_ACTIVE);
	assert_int_equal(world_sent(w, MIA, "") - before, 1);
}

/* An item that is old, or of which only this much was fetched. */
static struct intake_result
odd(struct world *w, const char *raw, bool stale)
{
	struct intake_item item = { .key = { "imap:inbox", 7, ++w->uid, "" },
	    .mailbox = &w->mailbox[0], .too_large = !stale, .stale = stale,
	    .full_size = 99000000 };
	struct intake_result r;
	struct mail *m = NULL;
	struct err err = { 0 };

	assert_int_equal(mail_parse(slice_of(raw), &mail_limits_default,
	    w->arena, &m, &err), 0);
	item.mail = m;
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(intake_mail(&w->desk, &item, &r, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	return r;
}

/* A mail too large on a ticket says so, as one that opens a ticket does. */
static void
test_too_large_on_a_ticket(void **state)
{
	struct world *w = *state;
	struct intake_result r = opening(w), s;
	struct outbox_row ask;
	const char *mias = world_text(w, "From: " MIA "\nSubject: [#%lld] My "
	    "film\n\n", (long long)r.ticket);

	s = odd(w, world_text(w, "From: " JO "\nSubject: [#%lld] My "
	    "film\nMessage-ID: <film@x>\n\n", (long long)r.ticket), false);
	assert_int_equal(s.ticket, r.ticket);
	assert_non_null(strstr(world_message(w, s.message).text, "99000000"));
	/* of staff, whose commands in it nobody knows: nothing goes out */
	s = odd(w, mias, false);
	assert_int_equal(s.outcome, LEDGER_HELD);
	ask = world_row(w, MIA, "confirm");
	world_mail(w, 0, plain(w, MIA, world_reply_to(w, &ask), "", "Yes."));
	assert_int_equal(world_message(w, s.message).visibility,
	    MESSAGE_NOTE);
	w->settings->staff_proof = PROOF_NONE;
	s = odd(w, world_text(w, "X-Other: 1\n%s\n", mias), false);
	assert_int_equal(s.outcome, LEDGER_NOTE);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
}

/* Blocked: further mail is spam and wakes nobody (contract §4). */
static void
test_blocked_sender(void **state)
{
	struct world *w = *state;
	struct intake_result r = opening(w), s, again;
	int before;

	close_it(w, r.ticket);
	block(w, JO);
	before = world_sent(w, MIA, "");
	s = world_mail(w, 0, plain(w, JO, DESK, to(w, r.ticket),
	    "Buy pills."));
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_CLOSED);
	assert_int_equal(s.outcome, LEDGER_TICKET);
	assert_true(world_ticket(w, s.ticket).flags & TICKET_SPAM);
	again = world_mail(w, 0, plain(w, JO, DESK, to(w, s.ticket),
	    "Buy more."));
	assert_int_equal(again.ticket, s.ticket);
	/* above the limit of tickets: collected, as quietly */
	close_it(w, s.ticket);
	w->settings->limits.tickets_per_sender_per_hour = 1;
	again = world_mail(w, 0, plain(w, JO, DESK, "Subject: x\n",
	    "Buy them here."));
	assert_int_equal(again.outcome, LEDGER_MESSAGE);
	assert_int_equal(world_ticket(w, again.ticket).status,
	    TICKET_CLOSED);
	assert_int_equal(world_sent(w, MIA, "") - before, 0);
}

/* A blocked stranger with one of our ids in hand is held, and no more. */
static void
test_blocked_stranger(void **state)
{
	struct world *w = *state;
	struct outbox_row ack;
	struct intake_result s;
	int before;

	opening(w);
	ack = world_row(w, JO, "acknowledged");
	block(w, EVE);
	before = world_sent(w, MIA, "");
	s = world_mail(w, 0, plain(w, EVE, DESK, world_text(w,
	    "In-Reply-To: <%s>\n", ack.message_id), "Buy pills."));
	assert_int_equal(s.outcome, LEDGER_HELD);
	assert_int_equal(world_sent(w, MIA, "") - before, 0);
}

/* A watcher reads and writes; what it is about is the requester's. */
static void
test_watchers_order_for_themselves(void **state)
{
	struct world *w = *state;
	struct intake_result r = opening(w), s;

	make_watcher(w, r.ticket, BOB);
	s = world_mail(w, 1, verified(w, BOB, DESK, to(w, r.ticket),
	    "!close\n!category it\nIt works for me."));
	assert_int_equal(s.outcome, LEDGER_MESSAGE);
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_OPEN);
	assert_string_equal(world_ticket(w, r.ticket).category, "services");
	assert_non_null(strstr(world_message(w, s.message).text, "!close"));
	world_mail(w, 1, verified(w, BOB, DESK, to(w, r.ticket),
	    "!unwatch\n"));
	assert_int_equal(watchers(w, r.ticket), 0);
}

/* "undo" is an act like what it takes back: where the site wants verified
 * staff, the token alone does not do it. */
static void
test_undo_wants_the_same_proof(void **state)
{
	struct world *w = *state;
	struct intake_result r = opening(w);
	struct outbox_row done;

	w->settings->staff_proof = PROOF_VERIFIED;
	world_mail(w, 1, verified(w, MIA, DESK, to(w, r.ticket), "!close\n"));
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_CLOSED);
	done = world_row(w, MIA, "transcript");
	world_mail(w, 1, plain(w, MIA, world_reply_to(w, &done), "",
	    "undo"));
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_CLOSED);
	world_mail(w, 1, verified(w, MIA, world_reply_to(w, &done), "",
	    "undo"));
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_OPEN);
}

/* Who is not acknowledged is not asked either, nor told what was done. */
static void
test_orders_of_who_is_not_answered(void **state)
{
	struct world *w = *state;
	struct intake_result r;

	world_mail(w, 1, world_text(w, "Authentication-Results: "
	    "mail.campus.example; dmarc=fail header.from=students.example\n"
	    "Received: from out.example by mail.campus.example\n%s",
	    plain(w, JO, DESK, "Subject: x\n", "!close\nHa.")));
	world_mail(w, 0, plain(w, JO, DESK, "Subject: y\nX-Spam-Flag: YES\n",
	    "!close\nHa."));
	world_mail(w, 1, verified(w, JO, DESK,
	    "Subject: y\nX-Spam-Flag: YES\n", "!close\nHa."));
	assert_int_equal(world_sent(w, JO, ""), 0);
	r = odd(w, world_text(w, "From: " JO "\nTo: " DESK
	    "\nSubject: z\n\n!close\n"), true);
	assert_int_equal(r.outcome, LEDGER_TICKET);
	odd(w, world_text(w, "From: " JO "\nTo: " DESK
	    "\nSubject: [#%lld] z\n\n!close\n\nWell.\n",
	    (long long)r.ticket), true);
	assert_int_equal(world_sent(w, JO, ""), 0);
	/* nor staff of what they once wrote */
	r = odd(w, world_text(w, "From: " MIA "\nTo: " DESK
	    "\nSubject: [#%lld] z\n\nWell.\n", (long long)r.ticket), true);
	assert_int_equal(r.outcome, LEDGER_HELD);
	r = odd(w, world_text(w, "From: " MIA "\nTo: " DESK
	    "\nSubject: [#%lld] z\n\n!note\nBad.\n",
	    (long long)r.ticket), true);
	assert_int_equal(r.outcome, LEDGER_NOTE);
	assert_int_equal(world_sent(w, MIA, "confirm"), 0);
}

/* The question whether somebody wrote something repeats nothing of it: else
 * anybody sends anything to anybody through us (contract §5). */
static void
test_question_is_no_relay(void **state)
{
	struct world *w = *state;
	struct outbox_row ask;

	world_mail(w, 0, plain(w, EVE, DESK, "Subject: Buy pills\n"
	    "Message-ID: <pills@x>\nReferences: <pills@example.com>\n",
	    "!close\nBuy pills at example.com."));
	ask = world_row(w, EVE, "confirm");
	assert_true(ask.bare);
	assert_string_equal(ask.in_reply_to, "pills@x");
	assert_string_equal(ask.references, "<pills@x>");
	assert_null(strstr(ask.detail, "ills"));
	assert_non_null(strstr(ask.detail, "!close"));
	/* it counts as an acknowledgement of that kind does */
	w->settings->limits.unproven_acks_per_hour = 2;
	world_mail(w, 0, plain(w, BOB, DESK, "Subject: x\n",
	    "!close\nBuy pills."));
	assert_int_equal(world_sent(w, BOB, ""), 0);
}

/* "accept" lets strangers' words out, never what was meant for inside. */
static void
test_accept_keeps_notes_in(void **state)
{
	struct world *w = *state;
	struct intake_result r = opening(w), note, words, eves;
	struct outbox_row told = world_row(w, MIA, "staff-new-ticket");
	struct actor actor;
	struct err err = { 0 };
	int i, n;

	for (i = 0; i < 5; i++)		/* more than are asked about */
		note = world_mail(w, 0, plain(w, MIA, DESK, to(w, r.ticket),
		    world_text(w, "!note\nHe always complains, %d.", i)));
	world_mail(w, 0, plain(w, MIA, world_reply_to(w, &told), "",
	    "!note\n" SECRET));
	words = world_mail(w, 0, plain(w, MIA, DESK, to(w, r.ticket),
	    "As you know: " SECRET));
	assert_int_equal(act_terminal(&w->desk, NULL, &actor, &err), 0);
	assert_int_equal(act_accept(&w->desk, &actor, r.ticket, 0, false, &n,
	    &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	eves = world_mail(w, 0, plain(w, EVE, DESK, world_text(w,
	    "In-Reply-To: <%s>\n", told.message_id), "I saw it too."));
	assert_int_equal(eves.outcome, LEDGER_HELD);
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(act_accept(&w->desk, &actor, r.ticket, 0, false, &n,
	    &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(world_message(w, eves.message).visibility,
	    MESSAGE_PUBLIC);
	assert_int_equal(world_message(w, note.message).visibility,
	    MESSAGE_HELD);
	assert_int_equal(world_message(w, words.message).visibility,
	    MESSAGE_HELD);
	assert_int_equal(world_sent(w, JO, "replied"), 1);
}

/* Who has left staff confirms no commands of staff. */
static void
test_commands_of_who_left(void **state)
{
	struct world *w = *state;
	struct intake_result r;
	struct outbox_row ask;
	struct person mia;
	struct err err = { 0 };

	r = world_mail(w, 0, plain(w, MIA, DESK, "Subject: Mine\n",
	    "!close\n!priority urgent\nMy own lamp is broken."));
	ask = world_row(w, MIA, "confirm");
	assert_int_equal(person_find(w->desk.db, MIA, w->arena, &mia, &err),
	    1);
	mia.removed = true;
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(person_update(w->desk.db, &mia, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	world_mail(w, 0, plain(w, MIA, world_reply_to(w, &ask), "", "Yes."));
	assert_int_equal(world_ticket(w, r.ticket).priority, PRIORITY_NORMAL);
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_CLOSED);
}

/* What a ticket holds is not what it takes to tell of it: eleven people with
 * large words on it must not stop the desk (I8). */
static void
test_large_words_of_many(void **state)
{
	struct world *w = *state;
	size_t len = 900000;
	char *words = malloc(len + 1);
	struct intake_result r, s;
	int i;

	assert_non_null(words);
	memset(words, 'x', len);
	for (size_t at = 70; at < len; at += 70)
		words[at] = '\n';
	words[len] = '\0';
	w->settings->limits.auto_mail_per_hour = 0;	/* not the point */
	r = world_mail(w, 0, plain(w, JO, DESK, "Subject: Wi-Fi\n"
	    "Message-ID: <large@students.example>\n", words));
	for (i = 0; i < 10; i++) {
		const char *a = world_text(w, "w%d@students.example", i);

		make_watcher(w, r.ticket, a);
		arena_reset(w->arena);
		world_mail(w, 0, plain(w, world_text(w,
		    "w%d@students.example", i), DESK, world_text(w,
		    "Message-ID: <w%d@students.example>\nSubject: [#%lld] x\n",
		    i, (long long)r.ticket), words));
		arena_reset(w->arena);
	}
	free(words);
	w->desk.arena = arena_new(4 << 20);
	s = world_mail(w, 0, plain(w, JO, DESK, to(w, r.ticket), "Ah."));
	arena_free(&w->desk.arena);
	w->desk.arena = w->arena;
	assert_int_equal(s.outcome, LEDGER_MESSAGE);
	assert_int_equal(world_sent(w, "w3@students.example", "replied"), 7);
}

/* A stranger guesses item numbers: what we sent with them is large, and not
 * needed to see that the token is none. */
static void
test_guessed_tokens(void **state)
{
	struct world *w = *state;
	struct outbox_row ack;
	struct intake_result s;
	struct err err = { 0 };
	const size_t len = 1 << 20;
	char *large = calloc(1, len);
	const char *right, *many = "";
	int i;

	assert_non_null(large);
	opening(w);
	ack = world_row(w, JO, "acknowledged");
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(outbox_set_rendered(w->desk.db, ack.id,
	    (struct slice){ large, len }, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	free(large);
	right = world_reply_to(w, &ack);
	for (i = 0; i < 40; i++) {
		char *guess = arena_strdup(w->arena, right);
		char *at = strchr(guess, '@');

		at[-1] = (char)('a' + i % 20);
		at[-2] = (char)('a' + i / 20);
		if (strcmp(guess, right) != 0)
			many = world_text(w, "%s%s%s", many, i == 0 ? "" :
			    ", ", guess);
	}
	w->desk.arena = arena_new(4 << 20);
	s = world_mail(w, 0, plain(w, EVE, many, "Subject: x\n", "Hm."));
	arena_free(&w->desk.arena);
	w->desk.arena = w->arena;
	assert_int_equal(s.outcome, LEDGER_TICKET);
}

/* Held words are released however many there are. */
static void
test_accept_of_much(void **state)
{
	struct world *w = *state;
	struct outbox_row ack;
	struct actor actor;
	struct err err = { 0 };
	size_t len = 700000;
	char *words = malloc(len + 1);
	struct intake_result r;
	int i, n, rc;

	assert_non_null(words);
	memset(words, 'x', len);
	for (size_t at = 70; at < len; at += 70)
		words[at] = '\n';
	words[len] = '\0';
	r = opening(w);
	ack = world_row(w, JO, "acknowledged");
	ack.message_id = strdup(ack.message_id);
	for (i = 0; i < 10; i++) {
		arena_reset(w->arena);
		assert_int_equal(world_mail(w, 0, plain(w, EVE, DESK,
		    world_text(w, "In-Reply-To: <%s>\nMessage-ID: <%d@x>\n",
		    ack.message_id, i), words)).outcome, LEDGER_HELD);
	}
	free((char *)ack.message_id);
	free(words);
	arena_reset(w->arena);
	assert_int_equal(act_terminal(&w->desk, NULL, &actor, &err), 0);
	w->desk.arena = arena_new(4 << 20);
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	rc = act_accept(&w->desk, &actor, r.ticket, 0, false, &n, &err);
	arena_free(&w->desk.arena);
	w->desk.arena = w->arena;
	assert_int_equal(rc, 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(n, 10);
}

#define STORY(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(test_watchers_bring_no_watchers),
		STORY(test_ten_watchers_a_ticket),
		STORY(test_staff_who_watch_hear_once),
		STORY(test_confirming_is_not_sending),
		STORY(test_one_answer_confirms_all),
		STORY(test_answer_to_a_note_is_a_note),
		STORY(test_message_id_used_twice),
		STORY(test_collected_mail_is_seen),
		STORY(test_collected_after_a_merge),
		STORY(test_too_large_on_a_ticket),
		STORY(test_blocked_sender),
		STORY(test_blocked_stranger),
		STORY(test_watchers_order_for_themselves),
		STORY(test_undo_wants_the_same_proof),
		STORY(test_orders_of_who_is_not_answered),
		STORY(test_question_is_no_relay),
		STORY(test_accept_keeps_notes_in),
		STORY(test_commands_of_who_left),
		STORY(test_large_words_of_many),
		STORY(test_guessed_tokens),
		STORY(test_accept_of_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
