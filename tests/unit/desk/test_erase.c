#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit_store.h"
#include "db/driver.h"
#include "db/erase_store.h"
#include "db/raw_store.h"
#include "desk/alias.h"
#include "desk/erase.h"
#include "tests/unit/desk/world.h"

#define JO	"jo@students.example"
#define WORD	"xylophonequux"

static const struct actor root = { .name = "os:root", .proof = PROVEN_STAFF,
	.source = "cli" };

static int
make(void **state)
{
	static struct world w;

	world_open(&w);
	*state = &w;
	return 0;
}

static int
drop(void **state)
{
	world_close(*state);
	return 0;
}

/* A number that SQL gives, from the store as it was committed. */
static int64_t
ask(struct world *w, const char *sql)
{
	struct driver *driver = NULL;
	struct driver_stmt *stmt = NULL;
	struct err err = { 0 };
	char path[96];
	int64_t n;

	snprintf(path, sizeof path, "%s/desk.db", w->dir);
	assert_int_equal(driver_open(path, DRIVER_READ, &driver, &err), 0);
	assert_int_equal(driver_prepare(driver, sql, &stmt, &err), 0);
	assert_int_equal(driver_step(stmt, &err), 1);
	n = driver_int(stmt, 0);
	driver_finalize(&stmt);
	driver_close(&driver);
	return n;
}

static struct intake_result
says(struct world *w, const char *from, const char *to, const char *id,
    const char *more, const char *text)
{
	return world_mail(w, 0, world_text(w, "From: %s\nTo: %s\n"
	    "Subject: Of the " WORD "\nDate: Wed, 25 Nov 2026 08:59:00 +0000\n"
	    "Message-ID: <%s@x>\n%s\n%s\n", from, to, id, more, text));
}

static int
erase(struct world *w, const char *address, struct erased *what,
    struct err *err)
{
	int rc;

	*err = (struct err){ 0 };
	assert_int_equal(db_begin(w->desk.db, err), 0);
	rc = erase_person(&w->desk, &root, address, what, err);
	if (rc == -1)
		db_rollback(w->desk.db);
	else
		assert_int_equal(db_commit(w->desk.db, err), 0);
	return rc;
}

static void
must_hold(struct world *w)
{
	struct err err = { 0 };

	if (audit_verify(w->desk.db, w->secret, NULL, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(ask(w, "SELECT count(*) FROM doomed"), 0);
}

static int
count_row(const struct ticket *ticket, void *arg)
{
	(void)ticket;
	++*(int *)arg;
	return 0;
}

static int
found(struct world *w, const char *words)
{
	struct ticket_filter f = { .view = VIEW_ALL, .q = words,
	    .limit = 100 };
	struct err err = { 0 };
	int n = 0;

	assert_int_equal(ticket_list(w->desk.db, &f, count_row, &n, &err), 0);
	return n;
}

/* A requester with a ticket of theirs, and words on somebody else's. */
static void
test_person(void **state)
{
	static const char *const nowhere[] = {
		"SELECT count(*) FROM message WHERE body LIKE '%" WORD "%' "
		    "OR full_text LIKE '%" WORD "%' "
		    "OR author_address LIKE '%jo@%' OR message_id LIKE 'j%'",
		"SELECT count(*) FROM ledger WHERE sender LIKE '%jo@%' "
		    "OR (subject IS NOT NULL AND ticket = 1)",
		"SELECT count(*) FROM outbox WHERE rcpt LIKE '%jo@%' "
		    "OR ticket = 1 OR detail LIKE '%jo@%'",
		"SELECT count(*) FROM event_value WHERE actor LIKE '%jo@%' "
		    "OR new_value LIKE '%jo@%' OR old_value LIKE '%jo@%' "
		    "OR new_value LIKE '%" WORD "%'",
		"SELECT count(*) FROM person WHERE address LIKE '%jo@%'",
		"SELECT count(*) FROM address WHERE folded LIKE '%jo@%'",
		"SELECT count(*) FROM quota WHERE name LIKE '%jo@%'",
		"SELECT count(*) FROM thread WHERE message_id LIKE 'j%'",
		"SELECT count(*) FROM watcher WHERE ticket = 2",
		"SELECT count(*) FROM raw WHERE removed = 0 AND id <> "
		    "(SELECT raw FROM ledger WHERE ticket = 2 AND raw "
		    "IS NOT NULL)",
	};
	struct world *w = *state;
	struct erased what;
	struct err err = { 0 };
	struct person jo;
	uint64_t key;

	says(w, "Jo Doe <" JO ">", "helpdesk@campus.example", "j1", "",
	    "My " WORD " hums.");
	says(w, "ann@students.example", "helpdesk@campus.example", "a1", "",
	    "Jo Doe's lamp is out.");
	assert_int_equal(person_find(w->desk.db, JO, w->arena, &jo, &err), 1);
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(watcher_add(w->desk.db, 2, jo.id, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	says(w, "Jo Doe <" JO ">", "helpdesk@campus.example", "j2",
	    "In-Reply-To: <a1@x>\n", "So is my " WORD ".");
	assert_int_equal(ask(w, "SELECT count(*) FROM message "
	    "WHERE ticket = 2"), 2);
	key = world_ticket(w, 1).key;
	assert_int_equal(found(w, WORD), 2);

	assert_int_equal(erase(w, "JO@Students.example", &what, &err), 1);
	assert_int_equal(what.tickets, 1);
	assert_int_equal(what.messages, 2);
	assert_int_equal(what.raws, 2);
	assert_int_equal(what.nitems, 2);
	assert_string_equal(what.items[0].message_id, "j1@x");
	assert_int_equal(what.nmentions, 1);	/* Ann names him */
	assert_int_equal(what.mentions[0], 2);
	for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
		print_message("%s\n", nowhere[i]);
		assert_int_equal(ask(w, nowhere[i]), 0);
	}
	assert_int_equal(world_ticket(w, 1).status, TICKET_CLOSED);
	assert_int_equal(world_ticket(w, 1).requester, 0);
	assert_true(world_ticket(w, 1).key != key);
	assert_string_equal(world_ticket(w, 1).subject, ERASED_TEXT);
	/* Ann's own subject has the word, and her ticket goes on */
	assert_int_equal(world_ticket(w, 2).status, TICKET_OPEN);
	assert_int_equal(found(w, WORD), 1);
	assert_int_equal(ask(w, "SELECT count(*) FROM ticket_fact"), 2);
	must_hold(w);
	/* nothing is left to erase; the same mail does not come back */
	assert_int_equal(erase(w, JO, &what, &err), 0);
	assert_int_equal(world_again(w, 1, "From: " JO "\n\nx\n").outcome,
	    LEDGER_TICKET);
	assert_int_equal(ask(w, "SELECT count(*) FROM ticket"), 2);
}

/* What staff answered keeps its words and loses its name. */
static void
test_former_staff(void **state)
{
	struct world *w = *state;
	struct actor mia = root;
	struct person p;
	struct erased what;
	struct err err = { 0 };
	int64_t id;

	says(w, JO, "helpdesk@campus.example", "j1", "", "It hums.");
	assert_int_equal(person_find(w->desk.db, "mia@campus.example",
	    w->arena, &p, &err), 1);
	mia.person = p.id;
	mia.name = p.address;
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(act_reply(&w->desk, &mia, 1, "It will be quiet.",
	    &id, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(erase(w, "mia@campus.example", &what, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.msg, "staff remove"));

	p.removed = true;
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(person_update(w->desk.db, &p, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(erase(w, "mia@campus.example", &what, &err), 1);
	assert_string_equal(world_message(w, id).text, "It will be quiet.");
	assert_null(world_message(w, id).author_address);
	assert_int_equal(world_message(w, id).author, 0);
	assert_int_equal(world_ticket(w, 1).assignee, 0);
	assert_int_equal(world_ticket(w, 1).status, TICKET_ACTIVE);
	assert_int_equal(world_sent(w, JO, "replied"), 1);
	assert_int_equal(ask(w, "SELECT count(*) FROM event_value WHERE "
	    "actor LIKE 'mia@%' OR new_value LIKE 'mia@%'"), 0);
	must_hold(w);
}

/* Whoever they were merged with is the same person. */
static void
test_aliases(void **state)
{
	struct world *w = *state;
	struct erased what;
	struct err err = { 0 };

	says(w, JO, "helpdesk@campus.example", "j1", "", "It hums.");
	says(w, "jo@home.example", "helpdesk@campus.example", "j2", "",
	    "It hums here, too.");
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(alias_merge(&w->desk, &root, JO, "jo@home.example",
	    &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(erase(w, "jo@home.example", &what, &err), 1);
	assert_int_equal(what.naddresses, 2);
	assert_int_equal(what.tickets, 2);
	assert_int_equal(ask(w, "SELECT count(*) FROM person "
	    "WHERE role = 0"), 0);
	assert_int_equal(ask(w, "SELECT count(*) FROM event_value "
	    "WHERE actor LIKE 'jo@%' OR old_value LIKE 'jo@%' "
	    "OR new_value LIKE 'jo@%'"), 0);
	must_hold(w);
}

/* Somebody of whom there is only filed mail; the desk itself. */
static void
test_no_person(void **state)
{
	struct world *w = *state;
	struct intake_result r;
	struct erased what;
	struct err err = { 0 };

	r = says(w, "robot@elsewhere.example", "helpdesk@campus.example", "r1",
	    "Auto-Submitted: auto-replied\n", "I am away.");
	assert_int_equal(r.outcome, LEDGER_FILED);
	assert_int_equal(erase(w, "robot@elsewhere.example", &what, &err), 1);
	assert_int_equal(what.raws, 1);
	assert_int_equal(ask(w, "SELECT count(*) FROM raw_frame"), 0);
	assert_int_equal(ask(w, "SELECT count(*) FROM ledger "
	    "WHERE sender IS NOT NULL OR subject IS NOT NULL"), 0);
	must_hold(w);
	assert_int_equal(erase(w, "robot@elsewhere.example", &what, &err), 0);
	assert_int_equal(erase(w, "helpdesk@campus.example", &what, &err),
	    -1);
	assert_int_equal(err.code, ERR_INPUT);
}

static void
test_ticket(void **state)
{
	static const char *const tables[] = { "ticket", "message",
		"attachment", "watcher", "ticket_link", "ticket_fact",
		"thread", "outbox", "raw_frame", "viewed" };
	struct world *w = *state;
	struct erased what;
	struct err err = { 0 };

	says(w, JO, "helpdesk@campus.example", "j1", "", "My " WORD " hums.");
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(erase_ticket(&w->desk, &root, 7, &what, &err), 0);
	assert_int_equal(erase_ticket(&w->desk, &root, 1, &what, &err), 1);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(what.ticket, 1);
	assert_int_equal(what.messages, 1);
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		print_message("%s\n", tables[i]);
		assert_int_equal(ask(w, world_text(w, "SELECT count(*) "
		    "FROM %s", tables[i])), 0);
	}
	assert_int_equal(found(w, WORD), 0);
	must_hold(w);
	/* its number is never used again */
	assert_int_equal(says(w, JO, "helpdesk@campus.example", "j2", "",
	    "Again.").ticket, 2);
}

/* Raw mail above its age goes, but for what nobody could read yet. */
static void
test_retention(void **state)
{
	struct world *w = *state;
	struct err err = { 0 };
	size_t size;

	says(w, JO, "helpdesk@campus.example", "j1", "", "One.");
	says(w, JO, "helpdesk@campus.example", "j2", "", "Two.");
	says(w, JO, "helpdesk@campus.example", "j3", "", "Three.");
	world_pass(w, 86400);
	says(w, JO, "helpdesk@campus.example", "j4", "", "Four.");
	assert_int_equal(db_begin(w->desk.db, &err), 0);
	assert_int_equal(ask(w, "SELECT count(*) FROM raw_frame") > 0, 1);
	{
		struct ledger_row row;

		assert_int_equal(ledger_get(w->desk.db, 2, w->arena, &row,
		    &err), 1);
		row.outcome = LEDGER_QUARANTINED;
		assert_int_equal(ledger_update(w->desk.db, &row, &err), 0);
	}
	assert_int_equal(erase_old_raw(w->desk.db, w->desk.now_ms - 3600000,
	    1, &err), 1);
	assert_int_equal(erase_old_raw(w->desk.db, w->desk.now_ms - 3600000,
	    9, &err), 1);
	assert_int_equal(erase_old_raw(w->desk.db, w->desk.now_ms - 3600000,
	    9, &err), 0);
	assert_int_equal(db_commit(w->desk.db, &err), 0);
	assert_int_equal(raw_size(w->desk.db, 1, &size, &err), 0);
	assert_int_equal(raw_size(w->desk.db, 2, &size, &err), 1);
	assert_int_equal(raw_size(w->desk.db, 3, &size, &err), 0);
	assert_int_equal(raw_size(w->desk.db, 4, &size, &err), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_person, make, drop),
		cmocka_unit_test_setup_teardown(test_former_staff, make,
		    drop),
		cmocka_unit_test_setup_teardown(test_aliases, make, drop),
		cmocka_unit_test_setup_teardown(test_no_person, make, drop),
		cmocka_unit_test_setup_teardown(test_ticket, make, drop),
		cmocka_unit_test_setup_teardown(test_retention, make, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
