/* Deeds that are no mails: who there is, how the desk is set, what is done at
 * a terminal, and time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/people_store.h"
#include "desk/alarm.h"
#include "desk/commands.h"
#include "desk/undo.h"
#include "tests/unit/desk/story_inside.h"

#define HOUR_S		((int64_t)3600)

static void
must(struct story *s, int rc, const struct err *err)
{
	if (rc == -1)
		story_fail(s, "%s", err->msg);
}

/* ---- who there is ---- */

static void
do_role(struct story *s, const struct story_line *l)
{
	const char *full = l->n > 3 ? l->word[3] : l->word[1];
	enum person_role role = ROLE_REQUESTER;

	person_role_parse(l->word[0], &role);
	story_add_person(s, l->word[1], l->word[2], full);
	if (role != ROLE_REQUESTER)
		world_staff(&s->w, l->word[2], full, role);
}

static struct person
known(struct story *s, const char *name)
{
	struct person p = { 0 };
	struct err err = { 0 };
	int rc = person_find(s->w.desk.db, story_person(s, name)->address,
	    s->w.arena, &p, &err);

	must(s, rc, &err);
	if (rc == 0)
		story_fail(s, "the desk does not know %s", name);
	return p;
}

static void
store(struct story *s, const struct person *p)
{
	struct err err = { 0 };

	must(s, db_begin(s->w.desk.db, &err), &err);
	must(s, person_update(s->w.desk.db, p, &err), &err);
	must(s, db_commit(s->w.desk.db, &err), &err);
}

/* PERSON leaves */
static void
do_leave(struct story *s, const struct story_line *l)
{
	struct person p = known(s, l->word[0]);

	p.removed = true;
	store(s, &p);
}

/* PERSON wants WORD mail */
static void
do_want(struct story *s, const struct story_line *l)
{
	struct person p = known(s, l->word[0]);

	if (!person_mail_parse(l->word[2], &p.mail))
		story_fail(s, "all, mine, category or none");
	store(s, &p);
}

/* PERSON serves WORD */
static void
do_serve(struct story *s, const struct story_line *l)
{
	struct person p = known(s, l->word[0]);

	p.categories = l->word[2];
	store(s, &p);
}

/* PERSON also has WORD: an address */
static void
do_alias(struct story *s, const struct story_line *l)
{
	struct person p = known(s, l->word[0]);
	struct err err = { 0 };

	must(s, db_begin(s->w.desk.db, &err), &err);
	must(s, person_add_address(s->w.desk.db, p.id, l->word[3], &err),
	    &err);
	must(s, db_commit(s->w.desk.db, &err), &err);
}

/* ---- how the desk is set: the options of the configuration ---- */

static void
set_option(struct story *s, const char *section, void *target,
    const char *name, const char *value)
{
	const struct settings_section *all;
	size_t n, i, j;

	all = settings_sections(&n);
	for (i = 0; i < n; i++)
		for (j = 0; strcmp(all[i].path, section) == 0 &&
		    j < all[i].n; j++) {
			struct conf_row row = all[i].rows[j];

			if (strcmp(row.name, name) != 0 ||
			    row.type == CONF_GROUP)
				continue;
			row.fallback = value;
			if (!conf_defaults(&row, 1, target,
			    s->w.settings->arena))
				story_fail(s, "%s: no such value", value);
			return;
		}
	story_fail(s, "%s has no option %s", section, name);
}

/* the desk has NAME VALUE */
static void
do_desk_option(struct story *s, const struct story_line *l)
{
	set_option(s, "", s->w.settings, l->word[3], l->word[4]);
}

/* the limits have NAME VALUE */
static void
do_limit(struct story *s, const struct story_line *l)
{
	set_option(s, "limits", &s->w.settings->limits, l->word[3],
	    l->word[4]);
}

static struct settings_category *
category(struct story *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->w.settings->ncategories; i++)
		if (strcmp(s->w.settings->categories[i].name, name) == 0)
			return &s->w.settings->categories[i];
	story_fail(s, "there is no category %s", name);
}

/* category C has NAME VALUE */
static void
do_category_option(struct story *s, const struct story_line *l)
{
	set_option(s, "category.NAME", category(s, l->word[1]), l->word[3],
	    l->word[4]);
}

/* the mailbox has NAME VALUE */
static void
do_mailbox_option(struct story *s, const struct story_line *l)
{
	set_option(s, "mailbox.NAME", &s->w.mailbox[0], l->word[3],
	    l->word[4]);
}

static void
do_border(struct story *s, const struct story_line *l)
{
	(void)l;
	s->w.mailbox[0].authserv_id = "mail.campus.example";
}

/* rooms: the block is a locations file */
static void
do_rooms(struct story *s, const struct story_line *l)
{
	struct locations *rooms = NULL;
	struct err err = { 0 };

	if (l->block == NULL)
		story_fail(s, "the rooms are missing: indent them below");
	must(s, locations_read(slice_of(l->block), s->w.settings->arena,
	    &rooms, &err), &err);
	s->w.settings->locations = rooms;
}

static void
do_secret(struct story *s, const struct story_line *l)
{
	if (s->nsecrets == STORY_NAMES)
		story_fail(s, "too many secrets");
	s->secret[s->nsecrets++] = l->word[1];
}

/* ---- time ---- */

static void
ring(struct story *s)
{
	struct err err = { 0 };
	int64_t number;
	int rc;

	do {
		must(s, db_begin(s->w.desk.db, &err), &err);
		rc = alarm_run(&s->w.desk, &number, &err);
		must(s, rc, &err);
		must(s, db_commit(s->w.desk.db, &err), &err);
	} while (rc == 1);
}

/* N minutes|hours|days pass: the clock looks each hour */
static void
do_pass(struct story *s, const struct story_line *l)
{
	int64_t left = strtoll(l->word[0], NULL, 10), step;

	if (strncmp(l->word[1], "minute", 6) == 0)
		left *= 60;
	else if (strncmp(l->word[1], "hour", 4) == 0)
		left *= HOUR_S;
	else if (strncmp(l->word[1], "day", 3) == 0)
		left *= 24 * HOUR_S;
	else
		story_fail(s, "minutes, hours or days pass");
	s->from = NULL;
	story_step(s);
	for (; left > 0; left -= step) {
		step = left < HOUR_S ? left : HOUR_S;
		world_pass(&s->w, step);
		ring(s);
	}
	story_look(s);
}

static int
send_row(const struct outbox_row *row, void *arg)
{
	struct story *s = arg;
	struct outbox_row sent = *row;
	struct err err = { 0 };

	if (row->state != OUTBOX_QUEUED)
		return 0;
	sent.state = OUTBOX_SENT;
	sent.attempts = 1;
	sent.done_ms = s->w.desk.now_ms;
	must(s, outbox_update(s->w.desk.db, &sent, &err), &err);
	return 0;
}

/* all mail goes out */
static void
do_send(struct story *s, const struct story_line *l)
{
	struct err err = { 0 };

	(void)l;
	must(s, db_begin(s->w.desk.db, &err), &err);
	must(s, outbox_list(s->w.desk.db, true, 0, 100000, s->w.arena,
	    send_row, s, &err), &err);
	must(s, db_commit(s->w.desk.db, &err), &err);
}

/* ---- at a terminal ---- */

struct deed {
	struct actor	 actor;
	int64_t		 ticket;
	const char	*a, *b;
};

/* Do it as one step; a refusal is kept for "refused". */
static void
deed(struct story *s, const struct story_line *l, size_t ticket,
    int (*fn)(struct story *, struct deed *, struct err *), const char *a,
    const char *b)
{
	struct deed d = { .ticket = story_ticket(s, l->word[ticket])->ticket,
	    .a = a, .b = b };
	struct err err = { 0 };
	int rc;

	s->from = story_person(s, l->word[0])->address;
	must(s, act_terminal(&s->w.desk, s->from, &d.actor, &err), &err);
	world_pass(&s->w, 1);
	story_step(s);
	must(s, db_begin(s->w.desk.db, &err), &err);
	must(s, db_savepoint(s->w.desk.db, &err), &err);
	rc = fn(s, &d, &err);
	if (rc == -1 && err.code != ERR_INPUT)
		story_fail(s, "%s", err.msg);
	if (rc == -1) {
		s->refused = world_text(&s->w, "%s", err.msg);
		db_rollback_to(s->w.desk.db);
	} else
		must(s, db_release(s->w.desk.db, &err), &err);
	must(s, db_commit(s->w.desk.db, &err), &err);
	story_look(s);
}

static int
reply(struct story *s, struct deed *d, struct err *err)
{
	int64_t id;

	return act_reply(&s->w.desk, &d->actor, d->ticket, d->a, &id, err);
}

static int
note(struct story *s, struct deed *d, struct err *err)
{
	int64_t id;

	return act_note(&s->w.desk, &d->actor, d->ticket, d->a, &id, err);
}

static int
close_it(struct story *s, struct deed *d, struct err *err)
{
	return act_close(&s->w.desk, &d->actor, d->ticket, d->a, err);
}

static int
set(struct story *s, struct deed *d, struct err *err)
{
	return act_set(&s->w.desk, &d->actor, d->ticket, d->a, d->b, err);
}

static int
take_back(struct story *s, struct deed *d, struct err *err)
{
	const char *report;

	return undo_last(&s->w.desk, &d->actor, d->ticket, &report, err);
}

static int
accept_held(struct story *s, struct deed *d, struct err *err)
{
	int n;

	return act_accept(&s->w.desk, &d->actor, d->ticket, 0, d->a != NULL,
	    &n, err);
}

static int
order(struct story *s, struct deed *d, struct err *err)
{
	enum command_verb verb;
	const char *report;

	if (!command_find(slice_of(d->a), &verb))
		story_fail(s, "%s is no verb", d->a);
	return commands_order(&s->w.desk, &d->actor, d->ticket, verb, d->b,
	    &report, err);
}

/* The words from i on, with blanks between. */
static const char *
rest_of(struct story *s, const struct story_line *l, size_t i)
{
	const char *rest = "";

	for (; i < l->n; i++)
		rest = world_text(&s->w, "%s%s%s", rest, *rest == '\0' ? "" :
		    " ", l->word[i]);
	return rest;
}

static void
do_reply(struct story *s, const struct story_line *l)
{
	deed(s, l, 3, reply, l->word[4], NULL);
}

static void
do_note(struct story *s, const struct story_line *l)
{
	deed(s, l, 2, note, l->word[3], NULL);
}

static void
do_close(struct story *s, const struct story_line *l)
{
	deed(s, l, 2, close_it, l->n > 3 ? l->word[3] : NULL, NULL);
}

static void
do_set(struct story *s, const struct story_line *l)
{
	deed(s, l, 2, set, l->word[3], rest_of(s, l, 4));
}

static void
do_order(struct story *s, const struct story_line *l)
{
	deed(s, l, 2, order, l->word[3], rest_of(s, l, 4));
}

static void
do_undo(struct story *s, const struct story_line *l)
{
	deed(s, l, 2, take_back, NULL, NULL);
}

static void
do_accept(struct story *s, const struct story_line *l)
{
	deed(s, l, 2, accept_held, l->n > 3 ? "watch" : NULL, NULL);
}

const struct story_rule story_deeds[] = {
	{ "person WORD WORD", do_role },
	{ "person WORD WORD TEXT", do_role },
	{ "staff WORD WORD", do_role },
	{ "staff WORD WORD TEXT", do_role },
	{ "manager WORD WORD TEXT", do_role },
	{ "admin WORD WORD TEXT", do_role },
	{ "PERSON leaves", do_leave },
	{ "PERSON wants WORD mail", do_want },
	{ "PERSON serves WORD", do_serve },
	{ "PERSON also has WORD", do_alias },
	{ "the desk has WORD WORD", do_desk_option },
	{ "the limits have WORD N", do_limit },
	{ "category WORD has WORD WORD", do_category_option },
	{ "the mailbox has WORD WORD", do_mailbox_option },
	{ "the border judges mail", do_border },
	{ "rooms", do_rooms },
	{ "secret TEXT", do_secret },
	{ "N WORD pass", do_pass },
	{ "all mail goes out", do_send },
	{ "PERSON replies to TICKET TEXT", do_reply },
	{ "PERSON notes TICKET TEXT", do_note },
	{ "PERSON closes TICKET", do_close },
	{ "PERSON closes TICKET TEXT", do_close },
	{ "PERSON sets TICKET WORD ...", do_set },
	{ "PERSON orders TICKET WORD ...", do_order },
	{ "PERSON undoes TICKET", do_undo },
	{ "PERSON accepts TICKET", do_accept },
	{ "PERSON accepts TICKET watching", do_accept },
	{ NULL, NULL },
};
