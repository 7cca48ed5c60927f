/* What must have come of the last step, and how tickets stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit_store.h"
#include "db/people_store.h"
#include "desk/field.h"
#include "tests/unit/desk/story_inside.h"

static struct ticket
ticket(struct story *s, const char *name)
{
	return world_ticket(&s->w, story_ticket(s, name)->ticket);
}

/* ---- what became of the mail ---- */

static void
check_outcome(struct story *s, enum ledger_outcome want)
{
	if (s->result.ledger == 0)
		story_fail(s, "the last step was no mail");
	if (s->result.outcome != want)
		story_fail(s, "it is %s: %s (step \"%s\", ticket %lld)",
		    ledger_outcome_name(s->result.outcome),
		    s->result.because == NULL ? "" : s->result.because,
		    s->result.step, (long long)s->result.ticket);
}

static void
see_new(struct story *s, const struct story_line *l)
{
	check_outcome(s, LEDGER_TICKET);
	story_add_ticket(s, l->word[2], s->result.ticket);
}

static void
check_on(struct story *s, const char *name)
{
	int64_t want = story_ticket(s, name)->ticket;

	if (s->result.ticket != want)
		story_fail(s, "it is on #%lld, %s is #%lld",
		    (long long)s->result.ticket, name, (long long)want);
}

/* WORD on TICKET: message, note, held, duplicate, bounce */
static void
see_on(struct story *s, const struct story_line *l)
{
	enum ledger_outcome o;

	for (o = 0; o < LEDGER_NOUTCOME; o++)
		if (strcmp(ledger_outcome_name(o), l->word[0]) == 0)
			break;
	if (o == LEDGER_NOUTCOME)
		story_fail(s, "a mail does not become %s", l->word[0]);
	check_outcome(s, o);
	if (l->n > 1)
		check_on(s, l->word[2]);
}

static void
see_because(struct story *s, const struct story_line *l)
{
	if (s->result.because == NULL || strstr(s->result.because,
	    l->word[1]) == NULL)
		story_fail(s, "it is because of: %s", s->result.because ==
		    NULL ? "nothing" : s->result.because);
}

static void
see_refused(struct story *s, const struct story_line *l)
{
	if (s->refused == NULL)
		story_fail(s, "it was not refused");
	if (l->n > 1 && strstr(s->refused, l->word[1]) == NULL)
		story_fail(s, "it was refused with: %s", s->refused);
	s->refused = NULL;
}

/* ---- who got what ---- */

/* "event to address (…)" of all that the step sent. */
static const char *
all_sent(struct story *s)
{
	const char *out = "";
	size_t i;

	for (i = 0; i < s->nsent; i++)
		out = world_text(&s->w, "%s%s%s to %s", out, i == 0 ? "" :
		    ", ", s->sent[i].row.event, s->sent[i].row.to);
	return *out == '\0' ? "nothing" : out;
}

static int
count_sent(struct story *s, const char *to, const char *event, int64_t about)
{
	size_t i;
	int n = 0;

	for (i = 0; i < s->nsent; i++) {
		struct story_sent *m = &s->sent[i];

		if (strcmp(m->row.to, to) != 0 || (event != NULL &&
		    strcmp(m->row.event, event) != 0) ||
		    (about != 0 && m->row.ticket != about))
			continue;
		m->seen = true;
		n++;
	}
	return n;
}

static void
check_sent(struct story *s, const char *who, const char *event, int64_t about,
    int want)
{
	int n = count_sent(s, story_person(s, who)->address, event, about);

	if (n != want)
		story_fail(s, "sent was: %s", all_sent(s));
}

static void
see_gets(struct story *s, const struct story_line *l)
{
	check_sent(s, l->word[0], l->word[2], l->n > 4 ?
	    story_ticket(s, l->word[4])->ticket : 0, 1);
}

static void
see_gets_n(struct story *s, const struct story_line *l)
{
	check_sent(s, l->word[0], l->word[3], 0,
	    (int)strtol(l->word[2], NULL, 10));
}

static void
see_gets_nothing(struct story *s, const struct story_line *l)
{
	check_sent(s, l->word[0], NULL, 0, 0);
}

static void
see_nobody(struct story *s, const struct story_line *l)
{
	(void)l;
	if (s->nsent > 0)
		story_fail(s, "sent was: %s", all_sent(s));
}

static void
see_nobody_else(struct story *s, const struct story_line *l)
{
	size_t i;

	(void)l;
	for (i = 0; i < s->nsent; i++)
		if (!s->sent[i].seen)
			story_fail(s, "%s to %s was sent, too",
			    s->sent[i].row.event, s->sent[i].row.to);
}

/* The newest mail to them of the last step. */
static const struct story_sent *
mail_to(struct story *s, const char *possessive)
{
	const struct story_name *who = story_whose(s, possessive);
	size_t i;

	for (i = s->nsent; i > 0; i--)
		if (strcmp(s->sent[i - 1].row.to, who->address) == 0)
			return &s->sent[i - 1];
	story_fail(s, "the last step sent %s nothing", who->name);
}

static void
see_says(struct story *s, const struct story_line *l)
{
	const struct story_sent *m = mail_to(s, l->word[0]);

	if (strstr(m->text, story_squeezed(s, l->word[3])) == NULL)
		story_fail(s, "%s says: %s", m->row.event, m->text);
}

static void
see_lacks(struct story *s, const struct story_line *l)
{
	const struct story_sent *m = mail_to(s, l->word[0]);

	if (strstr(m->text, story_squeezed(s, l->word[3])) != NULL ||
	    strstr(m->raw, l->word[3]) != NULL)
		story_fail(s, "%s says: %s", m->row.event, m->text);
}

static void
see_header(struct story *s, const struct story_line *l)
{
	const struct story_sent *m = mail_to(s, l->word[0]);
	const char *end = strstr(m->raw, "\r\n\r\n");
	const char *head = story_squeezed(s, world_text(&s->w, "%.*s",
	    (int)(end == NULL ? 0 : end - m->raw), m->raw));

	if (strstr(head, l->word[4]) == NULL)
		story_fail(s, "its header is: %s", head);
}

/* PERSONS WORD was WORD: the state of the newest such mail */
static void
see_state(struct story *s, const struct story_line *l)
{
	struct outbox_row row = story_row(s, story_whose(s, l->word[0]),
	    l->word[1], 0);

	if (strcmp(outbox_state_name(row.state), l->word[3]) != 0)
		story_fail(s, "it is %s", outbox_state_name(row.state));
}

/* ---- how a ticket stands ---- */

static const char *
names_of(struct story *s, const int64_t *v, size_t n)
{
	const char *out = "";
	size_t i, j;

	for (j = 0; j < s->npersons; j++)
		for (i = 0; i < n; i++) {
			struct person p;
			struct err err = { 0 };

			if (person_get(s->w.desk.db, v[i], s->w.arena, &p,
			    &err) == 1 && strcmp(p.address,
			    s->person[j].address) == 0)
				out = world_text(&s->w, "%s%s%s", out,
				    *out == '\0' ? "" : " ",
				    s->person[j].name);
		}
	return *out == '\0' ? "none" : out;
}

static const char *
watchers_of(struct story *s, int64_t number, size_t *n_out)
{
	struct err err = { 0 };
	int64_t *v;

	if (watcher_list(s->w.desk.db, number, s->w.arena, &v, n_out,
	    &err) == -1)
		story_fail(s, "%s", err.msg);
	return names_of(s, v, *n_out);
}

static const char *
field_of(struct story *s, const struct ticket *t, const char *field)
{
	size_t n;

	if (strcmp(field, "requester") == 0)
		return names_of(s, &t->requester, t->requester != 0);
	if (strcmp(field, "assignee") == 0)
		return names_of(s, &t->assignee, t->assignee != 0);
	if (strcmp(field, "watchers") == 0)
		return watchers_of(s, t->number, &n);
	if (strcmp(field, "rating") == 0)
		return world_text(&s->w, "%d", t->rating);
	return field_get(&s->w.desk, t, field);
}

/* TICKET has WORD ...: a field and its value; "none" is no value */
static void
see_has(struct story *s, const struct story_line *l)
{
	struct ticket t = ticket(s, l->word[0]);
	const char *value = field_of(s, &t, l->word[2]), *want = "";
	size_t i;

	if (value == NULL)
		story_fail(s, "a ticket has no %s", l->word[2]);
	for (i = 3; i < l->n; i++)
		want = world_text(&s->w, "%s%s%s", want, i == 3 ? "" : " ",
		    l->word[i]);
	if (strcmp(want, *value == '\0' ? "none" : value) != 0)
		story_fail(s, "its %s: %s", l->word[2], value);
}

static void
see_watchers(struct story *s, const struct story_line *l)
{
	size_t n;

	watchers_of(s, story_ticket(s, l->word[0])->ticket, &n);
	if (n != (size_t)strtol(l->word[2], NULL, 10))
		story_fail(s, "it has %zu", n);
}

static const struct {
	const char	*name;
	unsigned	 flag;
} flags[] = {
	{ "spam", TICKET_SPAM }, { "bulk", TICKET_BULK },
	{ "quiet", TICKET_QUIET }, { "incident", TICKET_INCIDENT },
};

static bool
is(struct story *s, const struct ticket *t, const char *what)
{
	enum ticket_status status;
	size_t i;

	if (ticket_status_parse(what, &status))
		return t->status == status;
	for (i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (strcmp(flags[i].name, what) == 0)
			return (t->flags & flags[i].flag) != 0;
	story_fail(s, "a ticket is never %s", what);
}

static void
see_is(struct story *s, const struct story_line *l)
{
	struct ticket t = ticket(s, l->word[0]);

	if (!is(s, &t, l->word[2]))
		story_fail(s, "it is %s, flags %x", ticket_status_name(
		    t.status), t.flags);
}

static void
see_is_not(struct story *s, const struct story_line *l)
{
	struct ticket t = ticket(s, l->word[0]);

	if (is(s, &t, l->word[3]))
		story_fail(s, "it is");
}

static void
see_same(struct story *s, const struct story_line *l)
{
	if (story_ticket(s, l->word[0])->ticket !=
	    story_ticket(s, l->word[2])->ticket)
		story_fail(s, "they are two");
}

static int64_t
linked(struct story *s, const char *from, const char *kind, const char *to)
{
	struct ticket a = ticket(s, from), b = ticket(s, to);
	struct link *v;
	struct err err = { 0 };
	size_t n, i;

	if (link_list(s->w.desk.db, a.number, s->w.arena, &v, &n, &err) == -1)
		story_fail(s, "%s", err.msg);
	for (i = 0; i < n; i++)
		if (v[i].number == b.number && strcmp(link_kind_name(
		    v[i].kind), kind) == 0)
			return 1;
	return 0;
}

/* TICKET is WORD TICKET: linked, merged, joined, continues */
static void
see_linked(struct story *s, const struct story_line *l)
{
	if (!linked(s, l->word[0], l->word[2], l->word[3]))
		story_fail(s, "it is not");
}

static void
see_not_linked(struct story *s, const struct story_line *l)
{
	if (linked(s, l->word[0], l->word[3], l->word[4]))
		story_fail(s, "it is");
}

/* ---- what was said ---- */

static struct message *
messages(struct story *s, const char *name, size_t *n_out)
{
	struct message *v;
	struct err err = { 0 };

	if (message_list(s->w.desk.db, ticket(s, name).number, 0, 10000,
	    s->w.arena, &v, n_out, &err) == -1)
		story_fail(s, "%s", err.msg);
	return v;
}

/* The visibility of a word; "messages": any. */
static bool
seen_as(const struct message *m, const char *word)
{
	static const char *const names[] = { [MESSAGE_PUBLIC] = "public",
	    [MESSAGE_NOTE] = "note", [MESSAGE_HELD] = "held" };

	return strcmp(word, names[m->visibility]) == 0 ||
	    strncmp(word, "message", 7) == 0 ||
	    (m->visibility == MESSAGE_NOTE && strcmp(word, "notes") == 0);
}

/* TICKET has N messages|public|notes|held */
static void
see_count(struct story *s, const struct story_line *l)
{
	size_t n, i;
	long count = 0;
	struct message *v = messages(s, l->word[0], &n);

	for (i = 0; i < n; i++)
		count += seen_as(&v[i], l->word[3]);
	if (count != strtol(l->word[2], NULL, 10))
		story_fail(s, "it has %ld", count);
}

/* TICKET shows public|note|held TEXT: one of its messages says so */
static void
see_shows(struct story *s, const struct story_line *l)
{
	size_t n, i;
	struct message *v = messages(s, l->word[0], &n);
	const char *all = "";

	for (i = 0; i < n; i++) {
		if (strstr(v[i].text, l->word[3]) != NULL &&
		    seen_as(&v[i], l->word[2]))
			return;
		all = world_text(&s->w, "%s\n    %s: %s", all,
		    message_visibility_name(v[i].visibility), v[i].text);
	}
	story_fail(s, "it shows:%s", all);
}

static struct message
last(struct story *s)
{
	if (s->result.message == 0)
		story_fail(s, "the last step made no message");
	return world_message(&s->w, s->result.message);
}

/* the message says|lacks TEXT, is public|note|held, is by token… */
static void
see_message_says(struct story *s, const struct story_line *l)
{
	struct message m = last(s);

	if ((strstr(m.text, l->word[3]) != NULL) !=
	    (strcmp(l->word[2], "says") == 0))
		story_fail(s, "it says: %s", m.text);
}

static void
see_message_is(struct story *s, const struct story_line *l)
{
	struct message m = last(s);

	if (!seen_as(&m, l->word[3]))
		story_fail(s, "it is %s", message_visibility_name(
		    m.visibility));
}

static void
see_proof(struct story *s, const struct story_line *l)
{
	struct message m = last(s);

	if (strcmp(message_proof_name(m.proof), l->word[4]) != 0)
		story_fail(s, "it is %s", message_proof_name(m.proof));
}

/* ---- events ---- */

struct events {
	const char	*action, *text;
	int		 n;
};

static int
count_event(const struct event *e, void *arg)
{
	struct events *f = arg;
	const char *texts[] = { e->because, e->new_value, e->old_value };
	size_t i;

	if (strcmp(e->action, f->action) != 0)
		return 0;
	for (i = 0; f->text != NULL && i < 3; i++)
		if (texts[i] != NULL && strstr(texts[i], f->text) != NULL)
			break;
	f->n += i < 3;
	return 0;
}

static int
events(struct story *s, const char *name, const char *action, const char *text)
{
	struct events f = { action, text, 0 };
	struct err err = { 0 };

	if (audit_list(s->w.desk.db, ticket(s, name).number, 0, 100000,
	    s->w.arena, count_event, &f, &err) == -1)
		story_fail(s, "%s", err.msg);
	return f.n;
}

/* TICKET tells of WORD [TEXT]: an event */
static void
see_event(struct story *s, const struct story_line *l)
{
	if (events(s, l->word[0], l->word[3], l->n > 4 ? l->word[4] :
	    NULL) == 0)
		story_fail(s, "there is no such event");
}

static void
see_no_event(struct story *s, const struct story_line *l)
{
	if (events(s, l->word[0], l->word[4], NULL) > 0)
		story_fail(s, "there is");
}

static int
count_ticket(const struct ticket *t, void *arg)
{
	(void)t;
	++*(long *)arg;
	return 0;
}

static void
see_tickets(struct story *s, const struct story_line *l)
{
	struct ticket_filter filter = { .view = VIEW_ALL, .limit = 100000 };
	struct err err = { 0 };
	long n = 0;

	if (ticket_list(s->w.desk.db, &filter, count_ticket, &n, &err) == -1)
		story_fail(s, "%s", err.msg);
	if (n != strtol(l->word[2], NULL, 10))
		story_fail(s, "there are %ld", n);
}

const struct story_rule story_views[] = {
	{ "new ticket WORD", see_new },
	{ "WORD on TICKET", see_on },
	{ "filed", see_on },
	{ "loop", see_on },
	{ "duplicate", see_on },
	{ "because TEXT", see_because },
	{ "refused", see_refused },
	{ "refused TEXT", see_refused },
	{ "PERSON gets nothing", see_gets_nothing },
	{ "PERSON gets WORD", see_gets },
	{ "PERSON gets WORD about TICKET", see_gets },
	{ "PERSON gets N WORD", see_gets_n },
	{ "nobody gets anything", see_nobody },
	{ "nobody else gets anything", see_nobody_else },
	{ "PERSONS mail says TEXT", see_says },
	{ "PERSONS mail lacks TEXT", see_lacks },
	{ "PERSONS mail has header TEXT", see_header },
	{ "PERSONS WORD was WORD", see_state },
	{ "TICKET has N watchers", see_watchers },
	{ "TICKET has N WORD", see_count },
	{ "TICKET has WORD ...", see_has },
	{ "TICKET is TICKET", see_same },
	{ "TICKET is WORD", see_is },
	{ "TICKET is not WORD", see_is_not },
	{ "TICKET is WORD TICKET", see_linked },
	{ "TICKET is not WORD TICKET", see_not_linked },
	{ "TICKET shows WORD TEXT", see_shows },
	{ "TICKET tells of WORD", see_event },
	{ "TICKET tells of WORD TEXT", see_event },
	{ "TICKET tells nothing of WORD", see_no_event },
	{ "the message says TEXT", see_message_says },
	{ "the message lacks TEXT", see_message_says },
	{ "the message is WORD", see_message_is },
	{ "the message is proven WORD", see_proof },
	{ "there are N tickets", see_tickets },
	{ NULL, NULL },
};
