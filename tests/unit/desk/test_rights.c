/* Who may do what: every combination of role, proof, token and action, as
 * tests/unit/desk/rights.txt states it. RIGHTS=show prints what is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/people_store.h"
#include "tests/unit/desk/world.h"

#define DESK	"helpdesk@campus.example"
#define BORDER	"mail.campus.example"
#define NEW	"new@elsewhere.example"
#define NACTIONS	(sizeof actions / sizeof actions[0])

static const struct {
	const char	*name, *address;
	const char	*event;		/* of the mail to them that has a token */
	enum person_role role;
} roles[] = {
	{ "requester", "jo@students.example", "acknowledged", ROLE_REQUESTER },
	{ "watcher", "ann@students.example", "replied", ROLE_REQUESTER },
	{ "person", "bob@students.example", "acknowledged", ROLE_REQUESTER },
	{ "stranger", "eve@elsewhere.example", NULL, ROLE_REQUESTER },
	{ "staff", "mia@campus.example", "staff-new-ticket", ROLE_STAFF },
	{ "manager", "max@campus.example", "staff-new-ticket", ROLE_MANAGER },
	{ "admin", "root@campus.example", "staff-new-ticket", ROLE_ADMIN },
	{ "left", "tom@campus.example", "staff-new-ticket", ROLE_STAFF },
	{ "staff-own", "ida@campus.example", "acknowledged", ROLE_STAFF },
};
enum role { REQUESTER, WATCHER, PERSON, STRANGER, STAFF, MANAGER, ADMIN, LEFT,
	OWN, NROLES };

/* What the border says of From; "unjudged": there is none. */
static const char *const proofs[] = { "unjudged", "pass", "silent", "fail" };
enum proof { UNJUDGED, PASS, SILENT, FAIL, NPROOFS };

static const char *const tokens[] = { "own", "another's", "burnt", "none" };
enum token { TOKEN_OWN, TOKEN_ANOTHERS, TOKEN_BURNT, TOKEN_NONE, NTOKENS };

static const struct {
	const char	*name, *words;
	bool		 cc;
} actions[] = {
	{ "words", "Some words.", false },
	{ "close", "!close\nSome words.", false },
	{ "take", "!take\nSome words.", false },
	{ "category", "!category facilities\nSome words.", false },
	{ "note", "!note\nSome words.", false },
	{ "cc", "Some words.", true },
};

struct scene {
	struct world	 w;
	int64_t		 ticket;	/* of the requester, watched by Ann */
	int64_t		 mails;
	int		 asked;		/* questions to them before */
};

static void
must(int rc, const struct err *err)
{
	if (rc == -1)
		fail_msg("%s", err->msg);
}

static struct intake_result
mail(struct scene *s, enum proof proof, const char *from, const char *to,
    const char *headers, const char *words)
{
	struct world *w = &s->w;
	int n = (int)++s->mails;
	const char *trace = "";

	if (proof != UNJUDGED)
		trace = world_text(w, "%s%s%s%sReceived: from out.example by "
		    BORDER "\n", proof == SILENT ? "" : "Authentication-"
		    "Results: " BORDER "; dmarc=", proof == SILENT ? "" :
		    proofs[proof], proof == SILENT ? "" : " header.from=",
		    proof == SILENT ? "" : world_text(w, "%s\n",
		    strchr(from, '@') + 1));
	return world_mail(w, proof != UNJUDGED, world_text(w, "%sFrom: %s\n"
	    "To: %s\nDate: Wed, 25 Nov 2026 10:%02d:%02d +0000\n"
	    "Message-ID: <m%d@x.example>\n%s\n%s\n", trace, from, to,
	    n / 60 % 60, n % 60, n, headers, words));
}

static void
watch(struct scene *s)
{
	struct person p;
	struct err err = { 0 };

	must(db_begin(s->w.desk.db, &err), &err);
	must(act_person(&s->w.desk, roles[WATCHER].address, "", &p, &err),
	    &err);
	must(watcher_add(s->w.desk.db, s->ticket, p.id, &err), &err);
	must(db_commit(s->w.desk.db, &err), &err);
}

static void
set_left(struct scene *s, bool left)
{
	struct db *db = s->w.desk.db;
	struct person p;
	struct err err = { 0 };

	must(db_begin(db, &err), &err);
	must(person_find(db, roles[LEFT].address, s->w.arena, &p, &err),
	    &err);
	p.removed = left;
	must(person_update(db, &p, &err), &err);
	must(db_commit(db, &err), &err);
}

static void
open_desk(struct scene *s)
{
	enum role r;

	memset(s, 0, sizeof *s);
	world_open(&s->w);
	s->w.mailbox[1].category = "";
	for (r = MANAGER; r < NROLES; r++)
		world_staff(&s->w, roles[r].address, roles[r].name,
		    roles[r].role);
}

/* A ticket of that requester, where all have got mail. */
static void
begin(struct scene *s, enum role role)
{
	struct intake_result in;
	struct actor mia;
	struct err err = { 0 };
	int64_t id;

	world_pass(&s->w, 25 * 3600);	/* no budget, no open question */
	set_left(s, false);
	mail(s, UNJUDGED, roles[PERSON].address, DESK, "Subject: Lamp\n",
	    "It is dark.");
	in = mail(s, UNJUDGED, roles[role == OWN ? OWN : REQUESTER].address,
	    DESK, "Subject: Wi-Fi\n", "It is down.");
	s->ticket = in.ticket;
	watch(s);
	must(act_terminal(&s->w.desk, roles[STAFF].address, &mia, &err),
	    &err);
	must(db_begin(s->w.desk.db, &err), &err);
	must(act_reply(&s->w.desk, &mia, s->ticket, "We look at it.", &id,
	    &err), &err);
	must(act_set(&s->w.desk, &mia, s->ticket, "assignee", "none", &err),
	    &err);
	must(db_commit(s->w.desk.db, &err), &err);
	set_left(s, true);
}

/* The row whose token and id such a mail has. */
static struct outbox_row
row_of(struct scene *s, enum role role, enum token token)
{
	struct err err = { 0 };
	struct outbox_row row;

	if (roles[role].event == NULL || token == TOKEN_ANOTHERS)
		return world_row(&s->w, roles[role == WATCHER ? STAFF :
		    WATCHER].address, role == WATCHER ? "staff-new-ticket" :
		    "replied");
	row = world_row(&s->w, roles[role].address, roles[role].event);
	if (token == TOKEN_BURNT) {
		must(db_begin(s->w.desk.db, &err), &err);
		must(outbox_burn(s->w.desk.db, row.ticket, row.person, &err),
		    &err);
		must(db_commit(s->w.desk.db, &err), &err);
	}
	return row;
}

static bool
is_done(struct scene *s, size_t action)
{
	struct ticket t = world_ticket(&s->w, s->ticket);
	int64_t *v;
	size_t n = 0;
	struct err err = { 0 };

	switch (action) {
	case 1:
		return t.status == TICKET_CLOSED;
	case 2:
		return t.assignee != 0;
	case 3:
		return strcmp(t.category, "facilities") == 0;
	case 5:
		must(watcher_list(s->w.desk.db, s->ticket, s->w.arena, &v, &n,
		    &err), &err);
		return n > 1;
	}
	return false;
}

/* What became of it: "public+done", "held+asked" … */
static const char *
what(struct scene *s, enum role role, const struct intake_result *r,
    size_t action)
{
	const char *seen = ledger_outcome_name(r->outcome);

	if (r->outcome == LEDGER_MESSAGE)
		seen = "public";
	if (r->ticket != s->ticket)
		seen = r->outcome == LEDGER_MESSAGE ? "other" : "new";
	if (is_done(s, action))
		return world_text(&s->w, "%s+done", seen);
	if (world_sent(&s->w, roles[role].address, "confirm") > s->asked)
		return world_text(&s->w, "%s+asked", seen);
	return seen;
}

static const char *
act(struct scene *s, enum role role, enum proof proof, enum token token,
    size_t action)
{
	struct outbox_row row;
	struct intake_result r;

	begin(s, role);
	row = row_of(s, role, token);
	s->asked = world_sent(&s->w, roles[role].address, "confirm");
	r = mail(s, proof, roles[role].address, token == TOKEN_NONE ? DESK :
	    world_reply_to(&s->w, &row), world_text(&s->w, "Subject: Re: x\n"
	    "In-Reply-To: <%s>\n%s", row.message_id, actions[action].cc ?
	    "Cc: " NEW "\n" : ""), actions[action].words);
	return what(s, role, &r, action);
}

/* One line: role, proof, token, and what each action comes to. */
static void
line_of(enum role role, enum proof proof, enum token token, char *out,
    size_t size)
{
	static struct scene s;
	size_t i, n;

	n = (size_t)snprintf(out, size, "%-10s %-9s %-10s", roles[role].name,
	    proofs[proof], tokens[token]);
	open_desk(&s);
	for (i = 0; i < NACTIONS; i++) {
		n += (size_t)snprintf(out + n, size - n, " %-12s",
		    act(&s, role, proof, token, i));
		assert_true(n < size);
	}
	world_close(&s.w);
	while (n > 0 && out[n - 1] == ' ')
		out[--n] = '\0';
}

/* The next line that states something; NULL at the end. */
static char *
stated(FILE *f, char *line, int size, int *number)
{
	while (fgets(line, size, f) != NULL) {
		++*number;
		line[strcspn(line, "\n")] = '\0';
		if (*line != '#' && *line != '\0')
			return line;
	}
	return NULL;
}

static bool
is_possible(enum role role, enum token token)
{
	return roles[role].event != NULL || token == TOKEN_ANOTHERS ||
	    token == TOKEN_NONE;
}

static void
test_rights(void **state)
{
	bool show = getenv("RIGHTS") != NULL;
	FILE *f = fopen("tests/unit/desk/rights.txt", "r");
	char is[256], want[256];
	int number = 0, wrong = 0;
	unsigned i;

	(void)state;
	assert_non_null(f);
	for (i = 0; i < NROLES * NPROOFS * NTOKENS; i++) {
		enum role role = i / (NPROOFS * NTOKENS);
		enum proof proof = i / NTOKENS % NPROOFS;
		enum token token = i % NTOKENS;

		if (!is_possible(role, token))
			continue;
		line_of(role, proof, token, is, sizeof is);
		if (show)
			printf("%s\n", is);
		else if (stated(f, want, sizeof want, &number) == NULL ||
		    strcmp(is, want) != 0) {
			print_error("tests/unit/desk/rights.txt:%d: stated %s\n"
			    "%*sit is  %s\n", number, want, 30, "", is);
			wrong++;
		}
	}
	if (!show && stated(f, want, sizeof want, &number) != NULL)
		wrong++;
	fclose(f);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rights) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
