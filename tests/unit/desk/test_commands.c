#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "desk/commands.h"
#include "desk/undo.h"
#include "tests/unit/desk/world.h"

#define JO	"jo@students.example"
#define MIA	"mia@campus.example"
#define DESK	"helpdesk@campus.example"

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

static struct intake_result
mail(struct world *w, const char *from, const char *to, const char *body)
{
	return world_mail(w, 0, world_text(w, "From: %s\nTo: %s\n"
	    "Subject: Wi-Fi\nMessage-ID: <m%d@x.example>\n"
	    "Date: Wed, 25 Nov 2026 10:00:%02d +0000\n\n%s\n", from, to,
	    (int)w->uid, (int)(w->uid % 60), body));
}

/* Jo's ticket, and where Mia's answer to its notification goes. */
static int64_t
a_ticket(struct world *w, const char **mias_out)
{
	struct intake_result r = mail(w, JO, DESK, "The wifi is down.");
	struct outbox_row told = world_row(w, MIA, "staff-new-ticket");

	*mias_out = world_reply_to(w, &told);
	return r.ticket;
}

/* Where Jo's answer to an answer of Mia's goes: it proves Jo. */
static const char *
jos_way(struct world *w, const char *mias)
{
	struct outbox_row reply;

	mail(w, MIA, mias, "We look at it.");
	reply = world_row(w, JO, "replied");
	return world_reply_to(w, &reply);
}

static const char *
transcript(struct world *w, const char *to)
{
	return world_row(w, to, "transcript").detail;
}

static void
test_read(void **state)
{
	static const struct {
		const char	*text;
		unsigned	 who;
		size_t		 n;
		const char	*rest, *say;
	} rows[] = {
		{ "!close\n", COMMAND_STAFF, 1, "", "" },
		{ "!close Done.\nBye", COMMAND_STAFF, 1, "Bye", "Done." },
		{ "\n!take\n/tag +a\n\nHello\n!close\n", COMMAND_STAFF, 2,
		    "Hello\n!close", "" },
		{ "Hello", COMMAND_STAFF, 0, "Hello", "" },
		{ "", COMMAND_STAFF, 0, "", "" },
		{ "!reply\n!take\nHello", COMMAND_STAFF, 1, "!reply\nHello",
		    "" },
		/* a requester may not take: that line is text */
		{ "!take\n!close\nHello", COMMAND_REQUESTER, 1,
		    "!take\nHello", "" },
		{ "/dev/sda is full", COMMAND_STAFF, 0, "/dev/sda is full",
		    "" },
	};
	struct world *w = *state;
	struct commands c;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(commands_read(&w->desk, rows[i].text,
		    rows[i].who, &c, NULL), 0);
		assert_int_equal(c.n, rows[i].n);
		assert_string_equal(c.rest, rows[i].rest);
		assert_string_equal(c.say, rows[i].say);
	}
}

static void
test_staff_orders_and_words(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	struct intake_result r = mail(w, MIA, mias, "!priority high\n"
	    "!tag +wifi +library\n!status waiting\n\nWhich room is it?");
	struct ticket t = world_ticket(w, number);

	assert_int_equal(r.outcome, LEDGER_MESSAGE);
	assert_string_equal(world_message(w, r.message).text,
	    "Which room is it?");
	assert_int_equal(t.priority, PRIORITY_HIGH);
	assert_string_equal(t.tags, "library,wifi");
	assert_int_equal(t.status, TICKET_WAITING);
	assert_true(t.assignee != 0);
	assert_int_equal(world_sent(w, JO, "replied"), 1);
	assert_non_null(strstr(transcript(w, MIA), "priority: high"));
}

static void
test_close_with_words_is_one_mail(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	struct intake_result r = mail(w, MIA, mias,
	    "!close It works again.");

	assert_int_equal(world_ticket(w, number).status, TICKET_CLOSED);
	assert_string_equal(world_message(w, r.message).text,
	    "It works again.");
	assert_int_equal(world_row(w, JO, "closed").message, r.message);
	assert_int_equal(world_sent(w, JO, "closed"), 1);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
}

/* Commands alone are for staff only: nobody reads "!tag +difficult". */
static void
test_orders_alone_stay_inside(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	int before = world_sent(w, JO, "");
	struct intake_result r = mail(w, MIA, mias, "!take\n!tag +difficult");

	assert_int_equal(r.outcome, LEDGER_NOTE);
	assert_int_equal(world_message(w, r.message).visibility,
	    MESSAGE_NOTE);
	assert_int_equal(world_sent(w, JO, ""), before);
	assert_int_equal(world_ticket(w, number).status, TICKET_ACTIVE);
}

/* One that cannot be done: nothing is, and the words do not go out. */
static void
test_refused_as_a_whole(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	struct ticket before = world_ticket(w, number), after;
	struct intake_result r = mail(w, MIA, mias, "!priority urgent\n"
	    "!assign nobody-of-this-name\n\nHello Jo.");

	after = world_ticket(w, number);
	assert_int_equal(r.outcome, LEDGER_NOTE);
	assert_int_equal(after.priority, before.priority);
	assert_int_equal(after.assignee, before.assignee);
	assert_int_equal(world_sent(w, JO, "replied"), 0);
	assert_int_equal(world_sent(w, MIA, "transcript"), 0);
	assert_non_null(strstr(world_row(w, MIA, "refused").detail,
	    "nobody-of-this-name"));
}

static void
test_requester_proven(void **state)
{
	struct world *w = *state;
	const char *mias, *jos;
	int64_t number = a_ticket(w, &mias);

	jos = jos_way(w, mias);
	mail(w, JO, jos, "!location Library 2.14\n!close\nThank you, all is "
	    "well again, the lamp too?");
	assert_int_equal(world_ticket(w, number).status, TICKET_CLOSED);
	assert_string_equal(world_ticket(w, number).location,
	    "Library 2.14");
	assert_non_null(strstr(transcript(w, JO), "It is closed."));
	assert_int_equal(world_sent(w, JO, "closed"), 0);
	assert_int_equal(world_sent(w, MIA, "staff-requester-reply"), 1);

	/* what only staff may is text */
	mail(w, JO, jos, "!priority urgent");
	assert_int_equal(world_ticket(w, number).priority, PRIORITY_NORMAL);
}

/* An order that is not obeyed is no new trouble: what is closed stays so, and
 * who sent it hears why. */
static void
test_order_alone_reopens_nothing(void **state)
{
	static const struct { const char *body, *report; bool reopens; } rows[] = {
		{ "!category nothing-of-ours", "nothing-of-ours", false },
		{ "!help", "!close", false },
		{ "!location Library 2.14", "location", false },
		{ "!category nothing-of-ours\n\nIt is broken.",
		    "nothing-of-ours", true },
		{ "!category", "category", true },
		{ "!rate 9", "rate", true },
	};
	struct world *w = *state;
	const char *mias, *jos;
	int64_t number = a_ticket(w, &mias);
	size_t i;

	jos = jos_way(w, mias);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		world_pass(w, 3600);	/* the budget is for an hour */
		mail(w, JO, jos, "!close");
		assert_int_equal(world_ticket(w, number).status,
		    TICKET_CLOSED);
		mail(w, JO, jos, rows[i].body);
		print_message("%s\n", rows[i].body);
		assert_int_equal(world_ticket(w, number).status,
		    rows[i].reopens ? TICKET_ACTIVE : TICKET_CLOSED);
		assert_non_null(strstr(transcript(w, JO), rows[i].report));
		assert_int_equal(world_sent(w, JO, "transcript"), 2 * (i + 1));
	}
}

/* What is a slip of the finger is told as one. */
static void
test_refused_says_what_was_meant(void **state)
{
	static const struct { const char *body, *why; } rows[] = {
		{ "!clsoe\n\nDone.", "did you mean !close?" },
		{ "!priority hihg\n\nDone.", "urgent" },
		{ "!take\n!due someday\n\nDone.", "due" },
		{ "!frobnicate\n\nDone.", "looks like a command" },
	};
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		mail(w, MIA, mias, rows[i].body);
		print_message("%s\n", rows[i].body);
		assert_int_equal(world_sent(w, MIA, "refused"), i + 1);
		assert_non_null(strstr(world_row(w, MIA, "refused").detail,
		    rows[i].why));
		assert_int_equal(world_ticket(w, number).assignee, 0);
	}
}

/* Nothing was done, so nothing can be taken back, however young it is. */
static void
test_undo_of_nothing(void **state)
{
	struct world *w = *state;
	const char *mias, *jos;
	struct outbox_row told;

	a_ticket(w, &mias);
	jos = jos_way(w, mias);
	mail(w, JO, jos, "!category nothing-of-ours");
	told = world_row(w, JO, "transcript");
	mail(w, JO, world_reply_to(w, &told), "undo");
	assert_int_equal(world_sent(w, JO, "transcript"), 2);
	assert_non_null(strstr(transcript(w, JO), "nothing to take back"));
}

/* Without proof the words are on the ticket, the order is asked for. */
static void
test_requester_unproven_is_asked(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	struct outbox_row ask;
	struct intake_result r = world_mail(w, 0, world_text(w,
	    "From: " JO "\nTo: " DESK "\nSubject: [#%d] Wi-Fi\n"
	    "Date: Wed, 25 Nov 2026 11:00:00 +0000\n\n!close\n\nIt works.\n",
	    (int)number));

	assert_int_equal(r.outcome, LEDGER_MESSAGE);
	assert_int_equal(world_ticket(w, number).status, TICKET_OPEN);
	assert_int_equal(world_message(w, r.message).visibility,
	    MESSAGE_PUBLIC);
	ask = world_row(w, JO, "confirm");
	assert_int_equal(ask.message, r.message);

	mail(w, JO, world_reply_to(w, &ask), "Yes.");
	assert_int_equal(world_ticket(w, number).status, TICKET_CLOSED);
	assert_int_equal(world_message(w, r.message).visibility,
	    MESSAGE_PUBLIC);
	assert_non_null(strstr(transcript(w, JO), "It is closed."));
}

/* In the mail that opens the ticket three need no proof. */
static void
test_opening(void **state)
{
	struct world *w = *state;
	struct intake_result r = mail(w, JO, DESK,
	    "!category facilities\n!location B-301\n\nIt is cold here.");
	struct ticket t = world_ticket(w, r.ticket);

	assert_string_equal(t.category, "facilities");
	assert_string_equal(t.location, "B-301");
	assert_string_equal(world_message(w, r.message).text,
	    "It is cold here.");
	assert_int_equal(world_sent(w, JO, "confirm"), 0);
	assert_int_equal(world_sent(w, JO, "transcript"), 0);

	/* no such category: the line stays in the text */
	r = mail(w, JO, DESK, "!category nonsense\n\nIt is dark here.");
	assert_non_null(strstr(world_message(w, r.message).text,
	    "!category nonsense"));
}

/* Parked words of staff are done with their commands when confirmed. */
static void
test_parked_with_orders(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	struct outbox_row ask;
	struct intake_result r = world_mail(w, 0, world_text(w,
	    "From: " MIA "\nTo: " DESK "\nSubject: [#%d] Wi-Fi\n"
	    "Date: Wed, 25 Nov 2026 11:00:00 +0000\n\n!close\n\nRepaired.\n",
	    (int)number));

	assert_int_equal(r.outcome, LEDGER_HELD);
	assert_int_equal(world_ticket(w, number).status, TICKET_OPEN);
	ask = world_row(w, MIA, "confirm");
	mail(w, MIA, world_reply_to(w, &ask), "Yes.");
	assert_int_equal(world_ticket(w, number).status, TICKET_CLOSED);
	assert_string_equal(world_message(w, r.message).text, "Repaired.");
	assert_int_equal(world_row(w, JO, "closed").message, r.message);
	assert_int_equal(world_sent(w, JO, "closed"), 1);
}

static void
test_undo(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	struct ticket before = world_ticket(w, number), after;
	struct outbox_row done;
	struct intake_result r = mail(w, MIA, mias, "!category facilities\n"
	    "!priority high\n!due 2026-12-24 14:30\n!tag +x\n"
	    "!watch ann@students.example\n!close\n\nDone.");

	done = world_row(w, MIA, "transcript");
	world_pass(w, 60);
	mail(w, MIA, world_reply_to(w, &done), "undo");
	after = world_ticket(w, number);
	assert_string_equal(after.category, before.category);
	assert_int_equal(after.priority, before.priority);
	assert_int_equal(after.due_ms, 0);
	assert_string_equal(after.tags, "");
	assert_int_equal(after.status, before.status);
	assert_int_equal(after.assignee, before.assignee);
	/* its mail still waited: nobody gets it, the words are a note */
	assert_int_equal(world_row(w, JO, "closed").state, OUTBOX_DROPPED);
	assert_int_equal(world_message(w, r.message).visibility,
	    MESSAGE_NOTE);
	assert_int_equal(world_sent(w, JO, "reopened"), 0);
}

static void
test_undo_leaves_what_others_changed(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	struct outbox_row done, told;

	mail(w, MIA, mias, "!priority high\n!tag +x");
	done = world_row(w, MIA, "transcript");
	told = world_row(w, MIA, "staff-new-ticket");
	mail(w, MIA, world_reply_to(w, &told), "!priority urgent");
	world_pass(w, 60);
	mail(w, MIA, world_reply_to(w, &done), "!undo");
	assert_int_equal(world_ticket(w, number).priority, PRIORITY_URGENT);
	assert_string_equal(world_ticket(w, number).tags, "");
	assert_non_null(strstr(transcript(w, MIA), "changed since"));
}

static void
test_undo_comes_too_late(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	struct outbox_row done;

	mail(w, MIA, mias, "!priority high");
	done = world_row(w, MIA, "transcript");
	world_pass(w, (int64_t)8 * 24 * 3600);
	mail(w, MIA, world_reply_to(w, &done), "undo");
	assert_int_equal(world_ticket(w, number).priority, PRIORITY_HIGH);
	assert_non_null(strstr(transcript(w, MIA), "7 days"));
}

static void
test_help(void **state)
{
	struct world *w = *state;
	const char *mias;

	a_ticket(w, &mias);
	mail(w, MIA, mias, "!help");
	assert_non_null(strstr(transcript(w, MIA), "!take"));
	assert_non_null(strstr(commands_verbs(&w->desk, COMMAND_REQUESTER),
	    "!close"));
	assert_null(strstr(commands_verbs(&w->desk, COMMAND_REQUESTER),
	    "!take"));
}

static void
test_spam(void **state)
{
	struct world *w = *state;
	const char *mias;
	int64_t number = a_ticket(w, &mias);
	struct outbox_row done;
	struct intake_result r;
	struct ticket t;

	/* the words of that mail are for nobody */
	r = mail(w, MIA, mias, "!spam\n\nSuch rubbish.");
	t = world_ticket(w, number);
	assert_int_equal(t.status, TICKET_CLOSED);
	assert_true((t.flags & TICKET_SPAM) != 0);
	assert_int_equal(world_message(w, r.message).visibility,
	    MESSAGE_NOTE);
	assert_int_equal(world_sent(w, JO, "closed"), 0);
	assert_int_equal(world_row(w, JO, "acknowledged").state,
	    OUTBOX_DROPPED);
	r = mail(w, JO, DESK, "Buy more of it.");
	assert_true((world_ticket(w, r.ticket).flags & TICKET_SPAM) != 0);
	assert_int_equal(world_sent(w, JO, "acknowledged"), 1);

	done = world_row(w, MIA, "transcript");
	mail(w, MIA, world_reply_to(w, &done), "undo");
	t = world_ticket(w, number);
	assert_int_equal(t.status, TICKET_OPEN);
	assert_int_equal(t.flags & TICKET_SPAM, 0);
	r = mail(w, JO, DESK, "I am a person after all.");
	assert_int_equal(world_ticket(w, r.ticket).flags & TICKET_SPAM, 0);
	assert_int_equal(world_sent(w, JO, "acknowledged"), 2);
}

/* Nothing goes out from spam, and whoever tries is told; nor is its sender told
 * of an opening who never heard of a closing. */
static void
test_spam_is_silent(void **state)
{
	struct world *w = *state;
	const char *mias, *report;
	int64_t number = a_ticket(w, &mias), message;
	struct actor actor;
	struct err err = { 0 };
	struct intake_result r;
	struct outbox_row told;

	assert_int_equal(act_terminal(&w->desk, MIA, &actor, &err), 0);
	mail(w, MIA, mias, "!spam");
	r = mail(w, MIA, mias, "We had a look.");
	assert_int_equal(r.outcome, LEDGER_NOTE);
	told = world_row(w, MIA, "refused");
	assert_non_null(strstr(told.detail, "spam"));
	mail(w, MIA, world_reply_to(w, &told), "send");
	assert_int_equal(world_sent(w, MIA, "refused"), 2);
	told = world_row(w, MIA, "refused");
	assert_int_equal(world_sent(w, JO, "replied"), 0);

	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(act_reply(&w->desk, &actor, number, "Hello.",
	    &message, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.msg, "lift"));
	err = (struct err){ 0 };
	assert_int_equal(commands_order(&w->desk, &actor, number,
	    COMMAND_SPAM, "lift", &report, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(world_ticket(w, number).status, TICKET_OPEN);
	assert_int_equal(world_sent(w, JO, "reopened"), 0);

	mail(w, MIA, world_reply_to(w, &told), "send");
	assert_int_equal(world_sent(w, JO, "replied"), 1);
}

static void
test_merge(void **state)
{
	struct world *w = *state;
	const char *mias, *other;
	int64_t first = a_ticket(w, &mias), second = a_ticket(w, &other);
	struct outbox_row ack = world_row(w, JO, "acknowledged"), done;
	struct intake_result r;

	mail(w, MIA, other, world_text(w, "!merge %d", (int)first));
	assert_int_equal(world_ticket(w, second).status, TICKET_CLOSED);
	assert_int_equal(world_sent(w, JO, "merged"), 1);
	assert_int_equal(world_sent(w, JO, "closed"), 0);
	done = world_row(w, MIA, "transcript");

	/* what is written on the second lands on the first */
	r = mail(w, JO, world_reply_to(w, &ack), "And the printer?");
	assert_int_equal(r.ticket, first);
	assert_int_equal(world_ticket(w, second).status, TICKET_CLOSED);

	/* a circle, a stranger's ticket: not so */
	mail(w, MIA, mias, world_text(w, "!merge %d", (int)second));
	assert_non_null(strstr(world_row(w, MIA, "refused").detail,
	    "circle"));
	r = mail(w, "ann@students.example", DESK, "My wifi is down.");
	mail(w, MIA, mias, world_text(w, "!merge %d", (int)r.ticket));
	assert_non_null(strstr(world_row(w, MIA, "refused").detail,
	    "join it instead"));

	mail(w, MIA, world_reply_to(w, &done), "undo");
	assert_int_equal(world_ticket(w, second).status, TICKET_OPEN);
	r = mail(w, JO, world_reply_to(w, &ack), "And the scanner?");
	assert_int_equal(r.ticket, second);
}

static void
test_incident(void **state)
{
	struct world *w = *state;
	const char *mias, *anns;
	int64_t incident = a_ticket(w, &mias), number;
	struct intake_result r = mail(w, "Ann Lee <ann@students.example>",
	    DESK, "The wifi does not work.");
	struct outbox_row told = world_row(w, MIA, "staff-new-ticket"), ann;

	number = r.ticket;
	anns = world_reply_to(w, &told);
	mail(w, MIA, anns, world_text(w, "!join %d", (int)incident));
	assert_true((world_ticket(w, incident).flags & TICKET_INCIDENT) != 0);
	mail(w, MIA, mias, "!close\n\nThe access points have power again.");
	assert_int_equal(world_ticket(w, incident).status, TICKET_CLOSED);
	assert_int_equal(world_ticket(w, number).status, TICKET_CLOSED);
	ann = world_row(w, "ann@students.example", "incident-closed");
	assert_int_equal(ann.ticket, number);
	assert_string_equal(world_message(w, ann.message).text,
	    "The access points have power again.");
	assert_int_equal(world_message(w, ann.message).ticket, number);
	assert_int_equal(world_sent(w, JO, "closed"), 1);
	assert_int_equal(world_sent(w, JO, "incident-closed"), 0);
	assert_non_null(strstr(transcript(w, MIA), "answered: 1"));
}

/* A note of a joined ticket does not leave with the incident's last words. */
static void
test_incident_and_a_joined_note(void **state)
{
	static const char secret[] = "he shared his password with the whole "
	    "dormitory and his account is blocked until Thursday";
	struct world *w = *state;
	const char *mias, *anns;
	int64_t incident = a_ticket(w, &mias), number;
	struct intake_result r = mail(w, "ann@students.example", DESK,
	    "The wifi does not work.");
	struct outbox_row told = world_row(w, MIA, "staff-new-ticket");

	number = r.ticket;
	anns = world_reply_to(w, &told);
	mail(w, MIA, anns, world_text(w, "!note\n%s", secret));
	mail(w, MIA, anns, world_text(w, "!join %d", (int)incident));
	mail(w, MIA, mias, world_text(w, "!close\n\n%s", secret));
	assert_int_equal(world_ticket(w, incident).status, TICKET_OPEN);
	assert_int_equal(world_ticket(w, number).status, TICKET_OPEN);
	assert_int_equal(world_sent(w, JO, "closed"), 0);
	assert_int_equal(world_sent(w, "ann@students.example",
	    "incident-closed"), 0);
	assert_int_equal(world_sent(w, MIA, "refused"), 1);
}

static void
test_undo_at_the_terminal(void **state)
{
	struct world *w = *state;
	const char *mias, *report;
	int64_t number = a_ticket(w, &mias);
	struct err err = { 0 };
	struct actor mia;

	assert_int_equal(act_terminal(&w->desk, MIA, &mia, &err), 0);
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	world_pass(w, 10);
	assert_int_equal(act_set(&w->desk, &mia, number, "priority", "high",
	    &err), 0);
	world_pass(w, 10);
	assert_int_equal(act_set(&w->desk, &mia, number, "tags", "a,b",
	    &err), 0);
	world_pass(w, 10);
	assert_int_equal(undo_last(&w->desk, &mia, number, &report, &err), 0);
	assert_string_equal(world_ticket(w, number).tags, "");
	assert_int_equal(world_ticket(w, number).priority, PRIORITY_HIGH);
	assert_non_null(strstr(report, "tags"));
	world_pass(w, (int64_t)8 * 24 * 3600);
	assert_int_equal(undo_last(&w->desk, &mia, number, &report, &err),
	    -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
}

/* What fails, not what is refused, leaves nothing open: the caller's own way
 * back takes all of the mail back, not only the commands. */
/* Muted: nothing more, until one asks for it or writes again. */
static void
test_mute(void **state)
{
	struct world *w = *state;
	const char *mias, *jos;
	int64_t t = a_ticket(w, &mias);
	int n;

	jos = jos_way(w, mias);
	mail(w, MIA, mias, "!mute");
	n = world_sent(w, MIA, "staff-requester-reply");
	mail(w, JO, jos, "Is it done?");
	assert_int_equal(world_sent(w, MIA, "staff-requester-reply"), n);
	mail(w, MIA, mias, "!watch");
	mail(w, JO, jos, "And now?");
	assert_int_equal(world_sent(w, MIA, "staff-requester-reply"), n + 1);
	/* the requester, for themselves */
	mail(w, JO, jos, "!mute");
	n = world_sent(w, JO, "replied");
	mail(w, MIA, mias, "Yes.");
	assert_int_equal(world_sent(w, JO, "replied"), n);
	mail(w, JO, jos, "One more question.");
	mail(w, MIA, mias, "Ask.");
	assert_int_equal(world_sent(w, JO, "replied"), n + 1);
	assert_int_equal(world_ticket(w, t).status, TICKET_ACTIVE);
}

static void
stored_answer(struct world *w, const char *name, const char *text)
{
	FILE *f = fopen(world_text(w, "%s/%s", w->dir, name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
test_canned(void **state)
{
	struct world *w = *state;
	struct outbox_row row;
	const char *mias;
	int64_t t = a_ticket(w, &mias);

	w->settings->canned_dir = w->dir;
	stored_answer(w, "vpn.txt", "Hello {{requester.name}},\n\n"
	    "see {{desk.url}}/vpn ({{ticket.number}}).\n{{staff.name}}\n");
	stored_answer(w, "broken.txt", "{{#a}}\n");
	mail(w, MIA, mias, "!canned vpn\n\nAnd write if it fails.");
	row = world_row(w, JO, "replied");
	assert_string_equal(world_message(w, row.message).text, world_text(w,
	    "Hello ,\n\nsee %s/vpn (%lld).\nMia Adler\n\n"
	    "And write if it fails.", w->settings->url, (long long)t));
	/* one that there is not, or that is broken, sends nothing */
	mail(w, MIA, mias, "!canned wifi\n");
	row = world_row(w, MIA, "refused");
	assert_non_null(strstr(row.detail, "canned wifi: there is no stored "
	    "answer of that name; there are: broken, vpn"));
	mail(w, MIA, mias, "!canned broken\n");
	row = world_row(w, MIA, "refused");
	assert_non_null(strstr(row.detail, "the stored answer broken"));
	mail(w, MIA, mias, "!canned ../desk\n");
	assert_int_equal(world_sent(w, JO, "replied"), 1);
	unlink(world_text(w, "%s/vpn.txt", w->dir));
	unlink(world_text(w, "%s/broken.txt", w->dir));
}

static void
test_rate(void **state)
{
	struct world *w = *state;
	const char *mias, *jos;
	int64_t t = a_ticket(w, &mias);
	struct outbox_row row;

	jos = jos_way(w, mias);
	mail(w, JO, jos, "!rate 5");
	assert_int_equal(world_ticket(w, t).rating, 0);
	row = world_row(w, JO, "transcript");
	assert_non_null(strstr(row.detail, "when it is closed"));
	mail(w, MIA, mias, "!close Done.");
	mail(w, JO, jos, "!rate 4 It took long.");
	assert_int_equal(world_ticket(w, t).rating, 4);
	assert_int_equal(world_ticket(w, t).status, TICKET_CLOSED);
	assert_int_equal(world_sent(w, MIA, "staff-requester-reply"), 2);
	row = world_row(w, JO, "transcript");
	mail(w, JO, world_reply_to(w, &row), "undo");
	assert_int_equal(world_ticket(w, t).rating, 0);
	/* not by staff */
	mail(w, MIA, mias, "!rate 5");
	assert_int_equal(world_ticket(w, t).rating, 0);
}

static void
test_failure_leaves_no_savepoint(void **state)
{
	struct world *w = *state;
	const char *mias, *report;
	int64_t number = a_ticket(w, &mias);
	struct ticket ticket = world_ticket(w, number);
	struct desk poor = w->desk;
	struct commands c = { .n = 1, .rest = "", .say = "" };
	struct err err = { 0 };
	struct actor mia;

	assert_int_equal(act_terminal(&w->desk, MIA, &mia, &err), 0);
	c.v[0] = (struct command){ COMMAND_SUBJECT, "x", 1 };
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(db_savepoint(w->desk.db, &err), 0);
	assert_int_equal(act_set(&w->desk, &mia, number, "priority", "urgent",
	    &err), 0);
	poor.arena = arena_new(1);
	assert_int_equal(commands_do(&poor, &mia, COMMAND_STAFF, SPOKE_NOT,
	    NULL, &ticket, &c, &report, &err), -1);
	arena_free(&poor.arena);
	assert_true(db_in_transaction(w->desk.db));
	db_rollback_to(w->desk.db);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(world_ticket(w, number).priority, PRIORITY_NORMAL);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_read), T(test_staff_orders_and_words),
		T(test_close_with_words_is_one_mail),
		T(test_orders_alone_stay_inside), T(test_refused_as_a_whole),
		T(test_order_alone_reopens_nothing),
		T(test_refused_says_what_was_meant), T(test_undo_of_nothing),
		T(test_requester_proven), T(test_requester_unproven_is_asked),
		T(test_opening), T(test_parked_with_orders), T(test_undo),
		T(test_undo_leaves_what_others_changed),
		T(test_undo_comes_too_late), T(test_help),
		T(test_spam), T(test_spam_is_silent), T(test_merge), T(test_incident),
		T(test_incident_and_a_joined_note),
		T(test_undo_at_the_terminal),
		T(test_mute), T(test_canned), T(test_rate),
		T(test_failure_leaves_no_savepoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
