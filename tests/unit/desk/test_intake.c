#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit_store.h"
#include "tests/unit/desk/world.h"

#define JO	"jo@students.example"
#define MIA	"mia@campus.example"

static const char first_mail[] =
    "From: Jo Doe <" JO ">\n"
    "To: helpdesk@campus.example\n"
    "Subject: Wi-Fi is down\n"
    "Message-ID: <first@students.example>\n"
    "Date: Wed, 25 Nov 2026 09:00:00 +0000\n"
    "\n"
    "Hello, the wifi in room 12 is down.\n";

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

/* A mail with these lines before the usual ones. */
static const char *
mail(struct world *w, const char *from, const char *to, const char *headers,
    const char *body)
{
	return world_text(w, "From: %s\nTo: %s\nDate: Wed, 25 Nov 2026 "
	    "10:00:%02d +0000\n%s\n%s\n", from, to, (int)(w->uid % 60),
	    headers, body);
}

static void
test_new_mail(void **state)
{
	struct world *w = *state;
	struct intake_result r = world_mail(w, 0, first_mail), again;
	struct ticket t;
	struct outbox_row ack;

	assert_int_equal(r.outcome, LEDGER_TICKET);
	t = world_ticket(w, r.ticket);
	assert_string_equal(t.subject, "Wi-Fi is down");
	assert_int_equal(t.status, TICKET_OPEN);
	assert_string_equal(world_message(w, r.message).text,
	    "Hello, the wifi in room 12 is down.");
	ack = world_row(w, JO, "acknowledged");
	assert_true(ack.bare && ack.automatic);
	assert_string_equal(ack.in_reply_to, "first@students.example");
	assert_int_equal(world_sent(w, MIA, "staff-new-ticket"), 1);

	/* I2: the same item again changes nothing */
	again = world_again(w, w->uid, first_mail);
	assert_int_equal(again.ticket, r.ticket);
	assert_string_equal(again.step, "known");
	assert_int_equal(world_sent(w, JO, ""), 1);
}

/* The room that a mail names; a keyword in other case and without accents. */
static void
test_routed(void **state)
{
	static const char csv[] = "code,name,building,aliases\n"
	    "LIB-2.14,Reading room,Library,\nB301,,Main building,\n";
	struct world *w = *state;
	struct locations *l = NULL;
	struct err err = { 0 };
	struct intake_result r;
	struct ticket t;

	assert_int_equal(locations_read(slice_of(csv), w->settings->arena, &l,
	    &err), 0);
	w->settings->locations = l;
	r = world_mail(w, 0, mail(w, JO, "helpdesk@campus.example",
	    "Subject: The HEIZUNG\n", "In lib 2.14 it is cold. Not in B301."));
	t = world_ticket(w, r.ticket);
	assert_string_equal(t.location, "LIB-2.14");

	/* the sub-address of a room's QR code beats the text */
	r = world_mail(w, 0, mail(w, JO, "helpdesk+r.B301@campus.example",
	    "Subject: Dark\n", "As dark as in Library 2.14."));
	assert_string_equal(world_ticket(w, r.ticket).location, "B301");
	r = world_mail(w, 0, mail(w, JO, "helpdesk@campus.example",
	    "Subject: Dark\n", "Somewhere."));
	assert_string_equal(world_ticket(w, r.ticket).location, "");
}

static void
test_staff_reply_and_back(void **state)
{
	struct world *w = *state;
	struct intake_result r = world_mail(w, 0, first_mail), s, back;
	struct outbox_row told = world_row(w, MIA, "staff-new-ticket");
	struct outbox_row reply;
	struct ticket t;

	s = world_mail(w, 0, mail(w, "Mia Adler <" MIA ">",
	    world_reply_to(w, &told), "Subject: Re: whatever\n",
	    "We restarted the access point."));
	assert_int_equal(s.outcome, LEDGER_MESSAGE);
	assert_int_equal(s.ticket, r.ticket);
	t = world_ticket(w, r.ticket);
	assert_int_equal(t.status, TICKET_ACTIVE);
	assert_int_equal(t.assignee, told.person);
	assert_true(t.first_response_ms > 0);
	reply = world_row(w, JO, "replied");
	assert_false(reply.automatic);
	assert_string_equal(reply.in_reply_to, "first@students.example");
	assert_int_equal(reply.message, s.message);

	/* by token alone: subject and references mangled, case changed */
	back = world_mail(w, 0, mail(w, "JO@students.example",
	    world_reply_to(w, &reply), "Subject: AW: ???\n", "Still down."));
	assert_int_equal(back.outcome, LEDGER_MESSAGE);
	assert_int_equal(back.ticket, r.ticket);
	assert_int_equal(world_message(w, back.message).proof, PROVEN_TOKEN);
	assert_int_equal(world_sent(w, MIA, "staff-requester-reply"), 1);
}

static void
test_staff_without_proof_is_asked(void **state)
{
	struct world *w = *state;
	struct intake_result r = world_mail(w, 0, first_mail), s, yes;
	struct outbox_row told = world_row(w, MIA, "staff-new-ticket"), ask;

	s = world_mail(w, 0, mail(w, "Mia Adler <" MIA ">",
	    "helpdesk@campus.example", world_text(w, "Subject: Re: x\n"
	    "In-Reply-To: <%s>\n", told.message_id), "Free beer for all."));
	assert_int_equal(s.outcome, LEDGER_HELD);
	assert_int_equal(s.ticket, r.ticket);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
	ask = world_row(w, MIA, "confirm");
	assert_int_equal(ask.message, s.message);

	/* the answer with its one-use token releases it, once */
	yes = world_mail(w, 0, mail(w, MIA, world_reply_to(w, &ask),
	    "Subject: Re: confirm\n", "Yes."));
	assert_int_equal(yes.outcome, LEDGER_NOTE);
	assert_int_equal(world_message(w, s.message).visibility,
	    MESSAGE_PUBLIC);
	assert_int_equal(world_sent(w, JO, "replied"), 1);
	yes = world_mail(w, 0, mail(w, MIA, world_reply_to(w, &ask),
	    "Subject: Re: confirm\n", "Yes indeed."));
	assert_int_equal(world_sent(w, JO, "replied"), 1);
	assert_int_equal(world_message(w, yes.message).visibility,
	    MESSAGE_NOTE);
}

static void
test_parked_expires(void **state)
{
	struct world *w = *state;
	struct intake_result s;
	struct outbox_row told, ask;

	world_mail(w, 0, first_mail);
	told = world_row(w, MIA, "staff-new-ticket");
	s = world_mail(w, 0, mail(w, MIA, "helpdesk@campus.example",
	    world_text(w, "In-Reply-To: <%s>\n", told.message_id), "Hm."));
	ask = world_row(w, MIA, "confirm");
	world_pass(w, 25 * 3600);
	world_mail(w, 0, mail(w, MIA, world_reply_to(w, &ask), "", "Yes."));
	assert_int_equal(world_message(w, s.message).visibility,
	    MESSAGE_HELD);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
}

static void
test_questions_are_bounded(void **state)
{
	struct world *w = *state;
	struct outbox_row told;
	int i;

	world_mail(w, 0, first_mail);
	told = world_row(w, MIA, "staff-new-ticket");
	for (i = 0; i < 6; i++)
		assert_int_equal(world_mail(w, 0, mail(w, MIA,
		    "helpdesk@campus.example", world_text(w,
		    "In-Reply-To: <%s>\n", told.message_id), world_text(w,
		    "Forged %d", i))).outcome, LEDGER_HELD);
	assert_int_equal(world_sent(w, MIA, "confirm"), 3);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
}

static void
test_strangers(void **state)
{
	struct world *w = *state;
	struct intake_result r = world_mail(w, 0, first_mail), s;
	struct outbox_row ack = world_row(w, JO, "acknowledged");
	struct link *links;
	struct err err = { 0 };
	size_t n;

	/* typing a number makes a ticket of one's own, linked for staff */
	s = world_mail(w, 0, mail(w, "eve@elsewhere.example",
	    "helpdesk@campus.example", world_text(w,
	    "Subject: Re: [#%lld] Wi-Fi\n", (long long)r.ticket),
	    "Let me in."));
	assert_int_equal(s.outcome, LEDGER_TICKET);
	assert_int_not_equal(s.ticket, r.ticket);
	assert_int_equal(link_list(w->desk.db, s.ticket, w->arena, &links, &n,
	    &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(links[0].number, r.ticket);

	/* our Message-ID threads, and is held */
	s = world_mail(w, 0, mail(w, "eve@elsewhere.example",
	    "helpdesk@campus.example", world_text(w,
	    "References: <%s>\nSubject: x\n", ack.message_id), "Me too."));
	assert_int_equal(s.outcome, LEDGER_HELD);
	assert_int_equal(s.ticket, r.ticket);

	/* Jo's token in Eve's hands: held too */
	s = world_mail(w, 0, mail(w, "eve@elsewhere.example",
	    world_reply_to(w, &ack), "Subject: y\n", "Thank you, come in."));
	assert_int_equal(s.outcome, LEDGER_HELD);
	assert_int_equal(world_message(w, s.message).proof, PROVEN_CLAIMED);
	assert_int_equal(world_sent(w, JO, ""), 1);
	assert_int_equal(world_sent(w, "eve@elsewhere.example", ""), 1);
}

static void
test_note_stays(void **state)
{
	struct world *w = *state;
	struct outbox_row told;
	static const char *const notes[] = { "!note\nHe always complains.",
	    "note: he always complains.",
	    "He always complains.\n!note\nReally." };
	size_t i;

	world_mail(w, 0, first_mail);
	told = world_row(w, MIA, "staff-new-ticket");
	for (i = 0; i < 3; i++) {
		struct intake_result s = world_mail(w, 0, mail(w, MIA,
		    world_reply_to(w, &told), "Subject: x\n", notes[i]));

		assert_int_equal(s.outcome, LEDGER_NOTE);
		assert_int_equal(world_message(w, s.message).visibility,
		    MESSAGE_NOTE);
	}
	assert_int_equal(world_sent(w, JO, "replied"), 0);
}

static void
test_note_quoted_is_refused_and_sent_on_word(void **state)
{
	struct world *w = *state;
	struct outbox_row told, refused;
	struct intake_result s;

	world_mail(w, 0, first_mail);
	told = world_row(w, MIA, "staff-new-ticket");
	world_mail(w, 0, mail(w, MIA, world_reply_to(w, &told), "",
	    "!note\nThe budget for the new access points was cut by the "
	    "dean in secret last week."));
	s = world_mail(w, 0, mail(w, MIA, world_reply_to(w, &told), "",
	    "Sorry. As you know the budget for the new access points was "
	    "cut by the dean in secret last week."));
	assert_int_equal(s.outcome, LEDGER_NOTE);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
	refused = world_row(w, MIA, "refused");
	s = world_mail(w, 0, mail(w, MIA, world_reply_to(w, &refused), "",
	    "!send"));
	assert_int_equal(s.outcome, LEDGER_NOTE);
	assert_int_equal(world_sent(w, JO, "replied"), 1);
}

/* category.mail-reply: what a plain staff answer is */
static void
test_mail_reply_of_the_category(void **state)
{
	struct world *w = *state;
	struct settings_category *c = w->settings->categories;
	struct outbox_row told, refused;
	struct intake_result s;
	size_t i;

	world_mail(w, 0, first_mail);
	told = world_row(w, MIA, "staff-new-ticket");
	for (i = 0; i < w->settings->ncategories; i++)
		c[i].mail_reply = SAY_NOTE;
	s = world_mail(w, 0, mail(w, MIA, world_reply_to(w, &told), "",
	    "Between us: replace it."));
	assert_int_equal(s.outcome, LEDGER_NOTE);
	assert_int_equal(world_sent(w, MIA, "refused"), 0);
	for (i = 0; i < w->settings->ncategories; i++)
		c[i].mail_reply = SAY_ASK;
	world_mail(w, 0, mail(w, MIA, world_reply_to(w, &told), "",
	    "It will be replaced."));
	assert_int_equal(world_sent(w, JO, "replied"), 0);
	refused = world_row(w, MIA, "refused");
	world_mail(w, 0, mail(w, MIA, world_reply_to(w, &refused), "",
	    "send"));
	assert_int_equal(world_sent(w, JO, "replied"), 1);
	s = world_mail(w, 0, mail(w, MIA, world_reply_to(w, &told), "",
	    "!reply\nTomorrow at ten."));
	assert_string_equal(world_message(w, s.message).text,
	    "Tomorrow at ten.");
	assert_int_equal(world_sent(w, JO, "replied"), 2);
}

static void
test_mistyped_command_is_a_note(void **state)
{
	struct world *w = *state;
	struct outbox_row told;
	struct intake_result s;

	world_mail(w, 0, first_mail);
	told = world_row(w, MIA, "staff-new-ticket");
	s = world_mail(w, 0, mail(w, MIA, world_reply_to(w, &told), "",
	    "!ntoe\nHe is lying."));
	assert_int_equal(s.outcome, LEDGER_NOTE);
	assert_int_equal(world_sent(w, MIA, "refused"), 1);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
}

static void
test_same_mail_two_mailboxes(void **state)
{
	struct world *w = *state;
	struct intake_result a, b;

	a = world_mail(w, 0, world_text(w, "Received: from x by a\n%s",
	    first_mail));
	b = world_mail(w, 1, world_text(w, "Received: from x by b\n%s",
	    first_mail));
	assert_int_equal(a.outcome, LEDGER_TICKET);
	assert_int_equal(b.outcome, LEDGER_DUPLICATE);
	assert_int_equal(b.ticket, a.ticket);
	assert_int_equal(world_sent(w, JO, "acknowledged"), 1);
	assert_string_equal(world_ticket(w, a.ticket).category, "services");

	/* same Message-ID, other content: its own mail */
	b = world_mail(w, 0, world_text(w, "%sMore.\n", first_mail));
	assert_int_not_equal(b.outcome, LEDGER_DUPLICATE);
}

static void
test_bounce(void **state)
{
	struct world *w = *state;
	struct outbox_row ack;
	struct address_state st;
	struct err err = { 0 };
	struct intake_result s;
	const char *raw;
	int i;

	world_mail(w, 0, first_mail);
	ack = world_row(w, JO, "acknowledged");
	raw = world_text(w, "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\n"
	    "To: helpdesk@campus.example\nSubject: Undelivered\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/report; "
	    "report-type=delivery-status; boundary=b\n\n--b\n"
	    "Content-Type: text/plain\n\nsorry\n--b\n"
	    "Content-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; mx.example\n\n"
	    "Final-Recipient: rfc822; " JO "\nAction: failed\n"
	    "Status: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n"
	    "--b\nContent-Type: text/rfc822-headers\n\n"
	    "Message-ID: <%s>\nSubject: x\n\n--b--\n", ack.message_id);
	for (i = 0; i < 2; i++) {
		s = world_mail(w, 0, world_text(w, "X-Try: %d\n%s%d\n", i,
		    raw, i));
		assert_int_equal(s.outcome, LEDGER_BOUNCE);
	}
	assert_int_equal(world_row(w, JO, "acknowledged").state,
	    OUTBOX_BOUNCED);
	assert_int_equal(world_sent(w, MIA, "delivery-failed"), 1);
	assert_int_not_equal(address_get(w->desk.db, JO, &st, &err), -1);
	assert_true(st.suppressed);

	/* it writes again: it can be reached again */
	world_mail(w, 0, mail(w, JO, "helpdesk@campus.example",
	    "Subject: printer\nMessage-ID: <p@x>\n", "Printer is broken."));
	assert_int_equal(world_sent(w, JO, "acknowledged"), 2);
}

static void
test_our_own_mail_comes_back(void **state)
{
	struct world *w = *state;
	struct outbox_row ack;
	struct intake_result s;

	world_mail(w, 0, first_mail);
	ack = world_row(w, JO, "acknowledged");
	s = world_mail(w, 0, mail(w, "helpdesk@campus.example",
	    "helpdesk@campus.example", world_text(w, "Message-ID: <%s>\n",
	    ack.message_id), "We have your mail."));
	assert_int_equal(s.outcome, LEDGER_LOOP);
	assert_int_equal(world_sent(w, "helpdesk@campus.example", ""), 0);
}

static void
test_vacation(void **state)
{
	struct world *w = *state;
	struct outbox_row ack;
	struct intake_result r = world_mail(w, 0, first_mail), s;

	ack = world_row(w, JO, "acknowledged");
	s = world_mail(w, 0, mail(w, JO, world_reply_to(w, &ack),
	    "Auto-Submitted: auto-replied\nSubject: Out of office\n",
	    "I am away."));
	assert_int_equal(s.outcome, LEDGER_NOTE);
	assert_int_equal(s.ticket, r.ticket);
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_OPEN);
	assert_int_equal(world_sent(w, MIA, "staff-requester-reply"), 0);
	s = world_mail(w, 0, mail(w, "ann@x.example",
	    "helpdesk@campus.example",
	    "Auto-Submitted: auto-replied\nSubject: Out of office\n",
	    "I am away, too."));
	assert_int_equal(s.outcome, LEDGER_FILED);
	assert_int_equal(world_sent(w, "ann@x.example", ""), 0);
}

static void
test_reopening(void **state)
{
	struct world *w = *state;
	struct intake_result r = world_mail(w, 0, first_mail), s;
	struct actor actor;
	struct err err = { 0 };
	struct outbox_row closed;
	struct link *links;
	size_t n;

	assert_int_equal(act_terminal(&w->desk, MIA, &actor, &err), 0);
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(act_close(&w->desk, &actor, r.ticket, "Fixed.",
	    &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	closed = world_row(w, JO, "closed");
	assert_int_equal(world_sent(w, JO, "replied"), 0);

	world_mail(w, 0, mail(w, JO, world_reply_to(w, &closed),
	    "Subject: Re: x\n", "Thank you very much!"));
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_CLOSED);
	world_mail(w, 0, mail(w, JO, world_reply_to(w, &closed),
	    "Subject: Re: x\n", "Thanks, but it is down again."));
	assert_int_equal(world_ticket(w, r.ticket).status, TICKET_ACTIVE);

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(act_close(&w->desk, &actor, r.ticket, NULL, &err),
	    0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	world_pass(w, 15 * 24 * 3600);
	s = world_mail(w, 0, mail(w, JO, world_reply_to(w, &closed),
	    "Subject: Re: x\n", "Down once more."));
	assert_int_equal(s.outcome, LEDGER_TICKET);
	assert_int_not_equal(s.ticket, r.ticket);
	assert_int_equal(link_list(w->desk.db, s.ticket, w->arena, &links, &n,
	    &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(links[0].kind, LINK_CONTINUES);
}

static void
test_parent_after_reply(void **state)
{
	struct world *w = *state;
	struct intake_result a, b;

	a = world_mail(w, 0, mail(w, JO, "helpdesk@campus.example",
	    "Message-ID: <second@x>\nIn-Reply-To: <first@students.example>\n"
	    "Subject: Re: Wi-Fi is down\n", "PS: also in room 13."));
	b = world_mail(w, 0, first_mail);
	assert_int_equal(a.outcome, LEDGER_TICKET);
	assert_int_equal(b.outcome, LEDGER_MESSAGE);
	assert_int_equal(b.ticket, a.ticket);
	assert_int_equal(world_sent(w, JO, "acknowledged"), 1);
}

static void
test_budgets(void **state)
{
	struct world *w = *state;
	struct intake_result r = { 0 };
	int i, tickets = 0;

	for (i = 0; i < 25; i++) {
		r = world_mail(w, 0, mail(w, JO, "helpdesk@campus.example",
		    world_text(w, "Subject: n %d\nMessage-ID: <%d@x>\n", i,
		    i), world_text(w, "Report %d", i)));
		tickets += r.outcome == LEDGER_TICKET;
	}
	assert_int_equal(tickets, 20);
	assert_int_equal(r.outcome, LEDGER_MESSAGE);
	assert_int_equal(world_sent(w, JO, "acknowledged"), 10);
}

static void
test_burnt_token(void **state)
{
	struct world *w = *state;
	struct outbox_row told;
	struct intake_result s;

	world_mail(w, 0, first_mail);
	told = world_row(w, MIA, "staff-new-ticket");
	/* a stranger in Cc sees the token: it proves nothing from now on */
	s = world_mail(w, 0, mail(w, MIA, world_text(w, "%s\n"
	    "Cc: eve@elsewhere.example", world_reply_to(w, &told)), "",
	    "Look at this."));
	assert_int_equal(s.outcome, LEDGER_HELD);
	s = world_mail(w, 0, mail(w, MIA, world_reply_to(w, &told), "",
	    "Forged by Eve."));
	assert_int_equal(s.outcome, LEDGER_HELD);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
}

static void
test_watchers_only_of_the_proven(void **state)
{
	struct world *w = *state;
	struct intake_result s;
	struct err err = { 0 };
	int64_t *v;
	size_t n;

	s = world_mail(w, 1, world_text(w,
	    "Cc: bob@students.example\n%s", first_mail));
	assert_int_equal(watcher_list(w->desk.db, s.ticket, w->arena, &v, &n,
	    &err), 0);
	assert_int_equal(n, 0);
	s = world_mail(w, 1, world_text(w,
	    "Authentication-Results: mail.campus.example; dmarc=pass "
	    "header.from=students.example\n"
	    "Received: from out.example by mail.campus.example\n"
	    "Cc: bob@students.example\nX-Again: 1\n%sPS\n", first_mail));
	/* proven, and on the ticket by its own first mail */
	assert_int_equal(world_message(w, s.message).proof, PROVEN_VERIFIED);
}

static void
test_verified(void **state)
{
	struct world *w = *state;
	struct intake_result s;
	struct outbox_row ack;
	struct err err = { 0 };
	int64_t *v;
	size_t n;

	s = world_mail(w, 1, world_text(w,
	    "Authentication-Results: mail.campus.example; dmarc=pass "
	    "header.from=students.example\n"
	    "Received: from out.example by mail.campus.example\n"
	    "Cc: bob@students.example, list-request@x.example\n%s",
	    first_mail));
	ack = world_row(w, JO, "acknowledged");
	assert_false(ack.bare);
	assert_int_equal(watcher_list(w->desk.db, s.ticket, w->arena, &v, &n,
	    &err), 0);
	assert_int_equal(n, 1);

	/* results below the border's own line are the sender's */
	world_mail(w, 1, world_text(w,
	    "Received: from out.example by mail.campus.example\n"
	    "Authentication-Results: mail.campus.example; dmarc=pass "
	    "header.from=students.example\n"
	    "From: ann@students.example\nTo: helpdesk@campus.example\n"
	    "Subject: x\nMessage-ID: <q@x>\n\nHello there\n"));
	assert_true(world_row(w, "ann@students.example",
	    "acknowledged").bare);
}

static void
test_bulk_and_spam(void **state)
{
	struct world *w = *state;
	struct intake_result s;

	s = world_mail(w, 0, mail(w, "news@shop.example",
	    "helpdesk@campus.example",
	    "List-Id: <news.shop.example>\nPrecedence: bulk\nSubject: Sale\n",
	    "Buy!"));
	assert_int_equal(s.outcome, LEDGER_TICKET);
	assert_true(world_ticket(w, s.ticket).flags & TICKET_BULK);
	s = world_mail(w, 0, mail(w, "x@spam.example",
	    "helpdesk@campus.example", "X-Spam-Flag: YES\nSubject: Pills\n",
	    "Cheap!"));
	assert_true(world_ticket(w, s.ticket).flags & TICKET_SPAM);
	assert_int_equal(world_sent(w, "news@shop.example", ""), 0);
	assert_int_equal(world_sent(w, "x@spam.example", ""), 0);
	assert_int_equal(world_sent(w, MIA, ""), 0);
}

static void
test_machine_senders_get_no_ack(void **state)
{
	struct world *w = *state;
	static const char *const from[] = { "no-reply@x.example",
	    "MAILER-DAEMON@x.example", "list-owner@x.example",
	    "helpdesk@campus.example", "x-bounces@y.example" };
	size_t i;

	for (i = 0; i < sizeof from / sizeof from[0]; i++) {
		struct intake_result s = world_mail(w, 0, mail(w, from[i],
		    "helpdesk@campus.example", world_text(w,
		    "Subject: s%zu\n", i), world_text(w, "t %zu", i)));

		assert_int_equal(s.outcome, LEDGER_TICKET);
		assert_int_equal(world_sent(w, from[i], ""), 0);
	}
}

static void
test_two_desks_fall_silent(void **state)
{
	struct world *w = *state;
	int i;

	/* the other desk acknowledges our acknowledgement, for ever */
	for (i = 0; i < 10; i++) {
		struct intake_result s = world_mail(w, 0, mail(w,
		    "desk@other.example", "helpdesk@campus.example",
		    world_text(w, "Auto-Submitted: auto-replied\n"
		    "Subject: [#%d] We have your mail\n"
		    "X-Campusdesk-Loop: abcdefghijklmnopqrstuvwxyz\n", i),
		    world_text(w, "ack %d", i)));

		assert_int_equal(s.outcome, LEDGER_FILED);
	}
	assert_int_equal(world_sent(w, "desk@other.example", ""), 0);
}

static void
test_quarantine(void **state)
{
	struct world *w = *state;
	struct mail *m = NULL;
	struct err err = { 0 };
	struct blob *blob = blob_start(100000);
	struct intake_item item = { .key = { "imap:inbox", 7, 99, "" },
	    .mailbox = &w->mailbox[0] };
	struct intake_result r;
	struct ticket t;

	assert_int_equal(blob_add(blob, first_mail, strlen(first_mail),
	    &err), 0);
	assert_int_equal(blob_done(blob, &err), 0);
	assert_int_equal(mail_parse_header(slice_of(first_mail), w->arena, &m,
	    &err), 0);
	item.raw = blob;
	item.mail = m;
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(intake_quarantine(&w->desk, &item, "signal 11", 3,
	    &r, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	blob_free(&blob);
	assert_int_equal(r.outcome, LEDGER_QUARANTINED);
	t = world_ticket(w, r.ticket);
	assert_non_null(strstr(t.subject, "Wi-Fi is down"));
	assert_non_null(strstr(world_message(w, r.message).text,
	    "signal 11"));
	assert_int_equal(world_sent(w, MIA, "quarantined"), 1);
	assert_int_equal(world_sent(w, JO, ""), 0);
	assert_int_equal(ledger_count(w->desk.db, LEDGER_QUARANTINED), 1);
}

/* Over mail-size: a ticket of the header that says so, acknowledged; the mail
 * stays on the server as it is. A machine's large mail is not answered. */
static void
test_too_large(void **state)
{
	struct world *w = *state;
	static const char *const heads[] = {
		"From: " JO "\nSubject: My film\nMessage-ID: <film@x>\n\n",
		"From: ann@x.example\nSubject: Out of office\n"
		"Auto-Submitted: auto-replied\nMessage-ID: <v@x>\n\n",
	};
	static const enum ledger_outcome want[] = { LEDGER_TICKET,
	    LEDGER_FILED };
	struct intake_result r;
	struct ledger_row row;
	struct err err = { 0 };
	int i;

	for (i = 0; i < 2; i++) {
		struct intake_item item = { .key = { "imap:inbox", 7, 50 + i,
		    "" }, .mailbox = &w->mailbox[0], .too_large = true,
		    .full_size = 99000000 };
		struct mail *m = NULL;

		assert_int_equal(mail_parse_header(slice_of(heads[i]),
		    w->arena, &m, &err), 0);
		item.mail = m;
		assert_int_equal(db_begin(w->desk.db, &err), 0);
		assert_int_equal(intake_mail(&w->desk, &item, &r, &err), 0);
		assert_int_equal(db_commit(w->desk.db, &err), 0);
		assert_int_equal(r.outcome, want[i]);
		assert_int_equal(ledger_get(w->desk.db, r.ledger, w->arena,
		    &row, &err), 1);
		assert_true(row.acked);
		if (i == 0)
			assert_non_null(strstr(world_message(w,
			    r.message).text, "99000000"));
	}
	assert_int_equal(world_sent(w, JO, "acknowledged"), 1);
	assert_int_equal(world_sent(w, "ann@x.example", ""), 0);
}

static void
test_chain_holds(void **state)
{
	struct world *w = *state;
	struct err err = { 0 };
	char head[AUDIT_HEAD_MAX];

	world_mail(w, 0, first_mail);
	world_mail(w, 0, mail(w, "a@b.example", "helpdesk@campus.example",
	    "Subject: other\n", "Something else."));
	if (audit_verify(w->desk.db, w->secret, NULL, &err) == -1)
		fail_msg("%s", err.msg);
	assert_int_equal(audit_head(w->desk.db, head, &err), 0);
	assert_string_not_equal(head, "0:");
	assert_int_equal(audit_verify(w->desk.db, w->secret, head, &err), 0);
}

#define STORY(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(test_new_mail), STORY(test_routed),
		STORY(test_staff_reply_and_back),
		STORY(test_staff_without_proof_is_asked),
		STORY(test_parked_expires),
		STORY(test_questions_are_bounded),
		STORY(test_strangers),
		STORY(test_note_stays),
		STORY(test_note_quoted_is_refused_and_sent_on_word),
		STORY(test_mail_reply_of_the_category),
		STORY(test_mistyped_command_is_a_note),
		STORY(test_same_mail_two_mailboxes),
		STORY(test_bounce),
		STORY(test_our_own_mail_comes_back),
		STORY(test_vacation),
		STORY(test_reopening),
		STORY(test_parent_after_reply),
		STORY(test_budgets),
		STORY(test_burnt_token),
		STORY(test_watchers_only_of_the_proven),
		STORY(test_verified),
		STORY(test_bulk_and_spam),
		STORY(test_machine_senders_get_no_ack),
		STORY(test_two_desks_fall_silent),
		STORY(test_quarantine),
		STORY(test_too_large),
		STORY(test_chain_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
