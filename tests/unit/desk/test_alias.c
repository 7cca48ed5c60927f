#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit_store.h"
#include "db/list_store.h"
#include "desk/alias.h"
#include "tests/unit/desk/world.h"

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

static const char *
mail(struct world *w, const char *from, const char *to, const char *id,
    const char *more)
{
	return world_text(w, "From: %s\nTo: %s\nSubject: Beamer\n"
	    "Date: Wed, 25 Nov 2026 08:59:00 +0000\nMessage-ID: <%s@x>\n"
	    "%s\nThe beamer is dark.\n", from, to, id, more);
}

static int
merge(struct world *w, const char *address, const char *other,
    struct err *err)
{
	struct actor actor = { .name = "os:root", .proof = PROVEN_STAFF,
	    .source = "cli" };
	int rc;

	*err = (struct err){ 0 };
	assert_int_equal(db_begin(w->desk.db, err), 0);
	rc = alias_merge(&w->desk, &actor, address, other, err);
	if (rc == 0)
		rc = db_commit(w->desk.db, err);
	db_rollback(w->desk.db);
	return rc;
}

static int64_t
person_of(struct world *w, const char *address)
{
	struct person p;
	struct err err = { 0 };

	assert_int_equal(person_find(w->desk.db, address, w->arena, &p, &err),
	    1);
	return p.id;
}

/* What the other reported, watches and wrote is theirs; the chain holds. */
static void
test_merge(void **state)
{
	struct world *w = *state;
	struct intake_result first, second;
	struct person_figures f;
	struct err err = { 0 };
	int64_t jo;

	first = world_mail(w, 0, mail(w, "jo@a.example",
	    "helpdesk@campus.example", "1", ""));
	second = world_mail(w, 0, mail(w, "Jo Doe <jo@b.example>",
	    "helpdesk@campus.example", "2", ""));
	assert_int_not_equal(first.ticket, second.ticket);
	jo = person_of(w, "jo@a.example");
	assert_int_equal(merge(w, "jo@a.example", "JO@b.example", &err), 0);
	assert_int_equal(person_of(w, "jo@b.example"), jo);
	assert_int_equal(world_ticket(w, second.ticket).requester, jo);
	assert_int_equal(world_message(w, second.message).author, jo);
	assert_int_equal(person_figures(w->desk.db, jo, &f, &err), 0);
	assert_int_equal(f.reported, 2);
	/* one more address that nobody had; a second time changes nothing */
	assert_int_equal(merge(w, "jo@b.example", "jo@c.example", &err), 0);
	assert_int_equal(merge(w, "jo@c.example", "jo@a.example", &err), 0);
	assert_int_equal(person_of(w, "jo@c.example"), jo);
	assert_int_equal(audit_verify(w->desk.db, w->secret, NULL, &err), 0);
}

static void
test_refused(void **state)
{
	static const struct { const char *a, *b, *says; } t[] = {
		{ "nobody@x.example", "jo@a.example", "nobody here" },
		{ "jo@a.example", "mia@campus.example", "staff first" },
		{ "jo@a.example", "helpdesk@campus.example", "own address" },
	};
	struct world *w = *state;
	struct err err = { 0 };

	world_mail(w, 0, mail(w, "jo@a.example", "helpdesk@campus.example",
	    "1", ""));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		assert_int_equal(merge(w, t[i].a, t[i].b, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_non_null(strstr(err.msg, t[i].says));
	}
	assert_int_equal(merge(w, "mia@campus.example", "jo@a.example", &err),
	    0);
	assert_int_equal(person_of(w, "jo@a.example"),
	    person_of(w, "mia@campus.example"));
}

/* A token that was sent to the former person proves who they are now. */
static void
test_token_survives(void **state)
{
	struct world *w = *state;
	struct intake_result r;
	struct outbox_row row;
	struct err err = { 0 };

	world_mail(w, 0, mail(w, "jo@a.example", "helpdesk@campus.example",
	    "1", ""));
	world_mail(w, 0, mail(w, "jo@b.example", "helpdesk@campus.example",
	    "2", ""));
	row = world_row(w, "jo@b.example", "acknowledged");
	assert_int_equal(merge(w, "jo@a.example", "jo@b.example", &err), 0);
	r = world_mail(w, 0, mail(w, "jo@b.example", world_reply_to(w, &row),
	    "3", ""));
	assert_int_equal(r.outcome, LEDGER_MESSAGE);
	assert_int_equal(world_message(w, r.message).proof, PROVEN_TOKEN);
	/* of somebody else it proves nothing */
	r = world_mail(w, 0, mail(w, "eve@e.example", world_reply_to(w, &row),
	    "4", ""));
	assert_int_equal(r.outcome, LEDGER_HELD);
	assert_int_equal(world_message(w, r.message).proof, PROVEN_CLAIMED);
}

/* How mail of a list is taken, and that a reply finds its ticket anyway. */
static void
test_lists(void **state)
{
	static const struct {
		enum list_taken		 taken;
		enum ledger_outcome	 outcome;
		int			 acked;
		unsigned		 flags;
	} t[] = {
		{ LIST_BULK, LEDGER_TICKET, 0, TICKET_BULK | TICKET_QUIET },
		{ LIST_IGNORE, LEDGER_FILED, 0, 0 },
		{ LIST_PERSON, LEDGER_TICKET, 1, 0 },
	};
	struct world *w = *state;
	struct intake_result r;
	struct err err = { 0 };
	const char *header = "List-Id: News <News.campus.example>\n";

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		const char *from = world_text(w, "p%zu@a.example", i);

		assert_int_equal(db_begin(w->desk.db, &err), 0);
		assert_int_equal(list_set(w->desk.db, "news.campus.example",
		    t[i].taken, &err), 0);
		assert_int_equal(db_commit(w->desk.db, &err), 0);
		r = world_mail(w, 0, mail(w, from, "helpdesk@campus.example",
		    world_text(w, "l%zu", i), header));
		assert_int_equal(r.outcome, t[i].outcome);
		assert_int_equal(world_sent(w, from, "acknowledged"),
		    t[i].acked);
		if (r.ticket != 0)
			assert_int_equal(world_ticket(w, r.ticket).flags,
			    t[i].flags);
		else
			assert_non_null(strstr(r.because, "is ignored"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_merge, make, drop),
		cmocka_unit_test_setup_teardown(test_refused, make, drop),
		cmocka_unit_test_setup_teardown(test_token_survives, make,
		    drop),
		cmocka_unit_test_setup_teardown(test_lists, make, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
