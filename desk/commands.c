#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "desk/canned.h"
#include "desk/change.h"
#include "desk/commands.h"
#include "desk/field.h"
#include "desk/incident.h"
#include "desk/notify.h"
#include "desk/spam.h"

struct run {
	struct desk		*desk;
	const struct actor	*actor;
	unsigned		 who;
	struct ticket		*ticket;
	const char		*report;	/* so far */
};

/* ---- reading ---- */

static bool
next_line(struct slice *rest, struct slice *line_out)
{
	const char *end;
	size_t n;

	if (rest->len == 0)
		return false;
	end = memchr(rest->p, '\n', rest->len);
	n = end == NULL ? rest->len : (size_t)(end - rest->p) + 1;
	*line_out = (struct slice){ rest->p, n };
	*rest = (struct slice){ rest->p + n, rest->len - n };
	return true;
}

static bool
is_about_the_message(enum command_verb verb)
{
	return verb == COMMAND_NOTE || verb == COMMAND_REPLY ||
	    verb == COMMAND_SEND;
}

/* A verb that they may use, with arguments it does not take: why; else NULL. */
static const char *
wrong_arguments(struct desk *desk, struct slice line, unsigned who)
{
	struct err why = { 0 };
	enum command_verb verb;
	struct command one;
	struct slice word;

	if (!command_form(line.p, line.len, &word) ||
	    !command_find(word, &verb) ||
	    (command_info(verb)->who & who) == 0 ||
	    command_parse(line.p, line.len, &one, &why) != -1)
		return NULL;
	return arena_strdup(desk->arena, why.msg);
}

int
commands_read(struct desk *desk, const char *text, unsigned who,
    struct commands *commands_out, struct err *err)
{
	struct commands c = { .rest = "", .say = "" };
	struct slice all = slice_of(text), line, word, rest = all;
	struct command one;

	while (next_line(&all, &line)) {
		line = text_trim(line);
		if (line.len == 0 && c.n == 0 && *c.rest == '\0')
			continue;
		if (!command_form(line.p, line.len, &word) ||
		    command_parse(line.p, line.len, &one, NULL) != 1) {
			c.wrong = wrong_arguments(desk, line, who);
			break;
		}
		rest = all;
		if (c.n < COMMANDS_MAX_RUN && !is_about_the_message(one.verb) &&
		    (command_info(one.verb)->who & who) != 0) {
			c.v[c.n++] = one;
			if (one.verb == COMMAND_CLOSE && one.args_len > 0)
				c.say = arena_strndup(desk->arena, one.args,
				    one.args_len);
			if (one.verb == COMMAND_CANNED)
				c.canned = arena_strndup(desk->arena, one.args,
				    one.args_len);
			c.silent = c.silent || one.verb == COMMAND_SPAM;
		} else
			c.rest = arena_printf(desk->arena, "%s%.*s\n", c.rest,
			    (int)line.len, line.p);
	}
	rest = text_trim(rest);
	c.rest = arena_printf(desk->arena, "%s%.*s", c.rest, (int)rest.len,
	    rest.p == NULL ? "" : rest.p);
	if (c.rest == NULL || c.say == NULL)
		return err_set(err, ERR_FATAL, "commands: out of memory");
	*commands_out = c;
	return 0;
}

int
commands_fill(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, struct commands *c, struct err *err)
{
	struct err why = { 0 };
	const char *text;

	if (c->canned == NULL)
		return 0;
	if (canned_text(desk, actor, ticket, c->canned, &text, &why) == 0) {
		c->rest = arena_printf(desk->arena, "%s%s%s", text,
		    *c->rest == '\0' ? "" : "\n\n", c->rest);
		c->canned = NULL;
		return c->rest != NULL ? 0 : err_set(err, ERR_FATAL,
		    "commands: out of memory");
	}
	if (why.code != ERR_INPUT)
		return err_set(err, why.code, "%s", why.msg);
	c->wrong = arena_printf(desk->arena, "canned %s: %s", c->canned,
	    why.msg);
	return 0;
}

const char *
commands_near(struct desk *desk, const char *rest)
{
	struct slice all = slice_of(rest), line, word;
	enum command_verb verb;
	bool top = true;

	while (next_line(&all, &line)) {
		line = text_trim(line);
		if (line.len == 0)
			continue;
		if (!command_form(line.p, line.len, &word))
			top = false;
		else if (top || command_near(word, &verb))
			return arena_strndup(desk->arena, line.p, line.len);
	}
	return NULL;
}

const char *
commands_near_why(struct desk *desk, const char *line)
{
	enum command_verb verb;
	struct slice word;

	if (!command_form(line, strlen(line), &word) ||
	    !command_near(word, &verb))
		return "a line that looks like a command";
	return arena_printf(desk->arena, "a line that looks like a command "
	    "(did you mean !%s?)", command_info(verb)->name);
}

size_t
commands_plain(struct commands *commands, struct commands *plain_out)
{
	struct commands plain = { .rest = "", .say = "" };
	size_t i, kept = 0;

	for (i = 0; i < commands->n; i++) {
		const struct command *c = &commands->v[i];

		if (c->verb == COMMAND_CATEGORY ||
		    c->verb == COMMAND_LOCATION || c->verb == COMMAND_SUBJECT)
			plain.v[plain.n++] = *c;
		else
			commands->v[kept++] = *c;
	}
	commands->n = kept;
	*plain_out = plain;
	return plain.n;
}

/* ---- doing: each adds its line to the report ---- */

static int
report(struct run *r, const char *line)
{
	r->report = arena_printf(r->desk->arena, "%s%s\n", r->report, line);
	return r->report == NULL ? -1 : 0;
}

/* Set a field, and say what it is now. */
static int
set(struct run *r, const char *field, const char *value, const char *now,
    struct err *err)
{
	if (field_set(r->desk, r->actor, r->ticket, field, value, err) == -1)
		return -1;
	return report(r, now != NULL ? now : arena_printf(r->desk->arena,
	    "%s: %s", field, value));
}

static int
do_take(struct run *r, const char *args, struct err *err)
{
	(void)args;
	return set(r, "assignee", r->actor->name, "The request is yours.",
	    err);
}

static int
do_assign(struct run *r, const char *args, struct err *err)
{
	return set(r, "assignee", args, NULL, err);
}

static int
do_status(struct run *r, const char *args, struct err *err)
{
	return set(r, "status", args, NULL, err);
}

static int
do_close(struct run *r, const char *args, struct err *err)
{
	(void)args;
	if (r->ticket->status == TICKET_CLOSED)
		return report(r, "It is closed already.");
	return set(r, "status", "closed", "It is closed.", err);
}

static int
do_reopen(struct run *r, const char *args, struct err *err)
{
	(void)args;
	if (r->ticket->status != TICKET_CLOSED)
		return report(r, "It is open already.");
	return set(r, "status", "active", "It is open again.", err);
}

static int
do_category(struct run *r, const char *args, struct err *err)
{
	return set(r, "category", args, NULL, err);
}

static int
do_location(struct run *r, const char *args, struct err *err)
{
	return set(r, "location", args, NULL, err);
}

static int
do_subject(struct run *r, const char *args, struct err *err)
{
	return set(r, "subject", args, NULL, err);
}

static int
do_priority(struct run *r, const char *args, struct err *err)
{
	return set(r, "priority", args, NULL, err);
}

static int
do_due(struct run *r, const char *args, struct err *err)
{
	return set(r, "due", args, NULL, err);
}

/* tags, "a,b", without tag. */
static const char *
without(struct desk *desk, const char *tags, const char *tag)
{
	char *copy = arena_strdup(desk->arena, tags), *save = NULL, *word;
	const char *kept = "";

	for (word = copy == NULL ? NULL : strtok_r(copy, ",", &save);
	    word != NULL && kept != NULL; word = strtok_r(NULL, ",", &save))
		if (strcmp(word, tag) != 0)
			kept = arena_printf(desk->arena, "%s%s%s", kept,
			    *kept == '\0' ? "" : ",", word);
	return copy == NULL ? NULL : kept;
}

/* "+a -b": the tags that there are, with and without. */
static int
do_tag(struct run *r, const char *args, struct err *err)
{
	char *copy = arena_strdup(r->desk->arena, args), *save = NULL, *word;
	const char *tags = r->ticket->tags;

	for (word = copy == NULL ? NULL : strtok_r(copy, " ", &save);
	    word != NULL && tags != NULL; word = strtok_r(NULL, " ", &save)) {
		tags = without(r->desk, tags, word + 1);
		if (*word == '+' && tags != NULL)
			tags = arena_printf(r->desk->arena, "%s%s%s", tags,
			    *tags == '\0' ? "" : ",", word + 1);
	}
	if (copy == NULL || tags == NULL)
		return err_set(err, ERR_FATAL, "commands: out of memory");
	if (field_set(r->desk, r->actor, r->ticket, "tags", tags, err) == -1)
		return -1;
	return report(r, arena_printf(r->desk->arena, "tags: %s",
	    *r->ticket->tags == '\0' ? "none" : r->ticket->tags));
}

/* Whom a watch or unwatch is about: the sender, or, of staff, an address. */
static int
watcher_of(struct run *r, const char *args, struct person *person_out,
    struct err *err)
{
	if (*args == '\0' || text_ieq(slice_of(args),
	    slice_of(r->actor->name)))
		return act_person(r->desk, r->actor->name, NULL, person_out,
		    err);
	if ((r->who & COMMAND_STAFF) == 0)
		return err_set(err, ERR_INPUT, "only staff may name others");
	if (settings_is_ours(r->desk->settings, args))
		return err_set(err, ERR_INPUT, "%s is the desk's own address",
		    args);
	return act_person(r->desk, args, NULL, person_out, err);
}

static int
do_watch(struct run *r, const char *args, struct err *err)
{
	struct person person;

	if (watcher_of(r, args, &person, err) == -1 ||
	    change_mute(r->desk, r->actor, r->ticket->number, person.id,
	    false, err) == -1 ||
	    change_watcher(r->desk, r->actor, r->ticket->number, person.id,
	    person.address, err) == -1)
		return -1;
	return report(r, arena_printf(r->desk->arena,
	    "%s gets its public messages.", person.address));
}

static int
do_unwatch(struct run *r, const char *args, struct err *err)
{
	struct person person;

	if (watcher_of(r, args, &person, err) == -1 ||
	    change_unwatch(r->desk, r->actor, r->ticket->number, person.id,
	    person.address, err) == -1)
		return -1;
	return report(r, arena_printf(r->desk->arena,
	    "%s is no watcher of it.", person.address));
}

static int64_t
number_of(const char *args)
{
	return strtoll(args + (*args == '#'), NULL, 10);
}

static int
do_link(struct run *r, const char *args, struct err *err)
{
	int64_t other = number_of(args);

	if (act_link(r->desk, r->actor, r->ticket->number, other, err) == -1)
		return -1;
	return report(r, arena_printf(r->desk->arena, "linked to #%lld",
	    (long long)other));
}

static int
do_accept(struct run *r, const char *args, struct err *err)
{
	int n;

	(void)args;
	if (act_release(r->desk, r->actor, r->ticket, 0, false, &n,
	    err) == -1)
		return -1;
	return report(r, arena_printf(r->desk->arena,
	    "Held messages released: %d", n));
}

static int
do_spam(struct run *r, const char *args, struct err *err)
{
	bool lift = strcmp(args, "lift") == 0;

	if ((lift ? spam_lift : spam_mark)(r->desk, r->actor, r->ticket,
	    err) == -1)
		return -1;
	return report(r, lift ? "It is open; its sender is heard again." :
	    "It is closed as spam; its sender is not answered any more.");
}

static int
do_incident(struct run *r, const char *args, struct err *err)
{
	(void)args;
	if (incident_mark(r->desk, r->actor, r->ticket, err) == -1)
		return -1;
	return report(r, "It is an incident: other reports can be joined.");
}

static int
do_join(struct run *r, const char *args, struct err *err)
{
	if (incident_join(r->desk, r->actor, r->ticket, number_of(args),
	    err) == -1)
		return -1;
	return report(r, arena_printf(r->desk->arena,
	    "It reports incident #%lld.", (long long)number_of(args)));
}

static int
do_merge(struct run *r, const char *args, struct err *err)
{
	if (incident_merge(r->desk, r->actor, r->ticket, number_of(args),
	    err) == -1)
		return -1;
	return report(r, arena_printf(r->desk->arena,
	    "It goes on as #%lld.", (long long)number_of(args)));
}

/* For oneself: no more mail about it; "watch" ends that. */
static int
do_mute(struct run *r, const char *args, struct err *err)
{
	(void)args;
	if (r->actor->person == 0)
		return err_set(err, ERR_INPUT, "nobody is known by that name");
	if (change_mute(r->desk, r->actor, r->ticket->number,
	    r->actor->person, true, err) == -1)
		return -1;
	return report(r, "You get no more mail about it; \"watch\" ends "
	    "that.");
}

/* The words are in the message already (commands_fill). */
static int
do_canned(struct run *r, const char *args, struct err *err)
{
	(void)err;
	return report(r, arena_printf(r->desk->arena,
	    "The stored answer %s is the message.", args));
}

static int
do_rate(struct run *r, const char *args, struct err *err)
{
	if (r->ticket->requester != r->actor->person)
		return err_set(err, ERR_INPUT, "only who reported it may say "
		    "how content they are");
	if (r->ticket->status != TICKET_CLOSED)
		return err_set(err, ERR_INPUT, "it can be rated when it is "
		    "closed");
	if (change_rating(r->desk, r->actor, r->ticket, *args - '0',
	    err) == -1)
		return -1;
	return report(r, "Thank you for telling us.");
}

static int
do_help(struct run *r, const char *args, struct err *err)
{
	(void)args;
	(void)err;
	return report(r, commands_verbs(r->desk, r->who));
}

static int (*const doing[COMMAND_NVERB])(struct run *r, const char *args,
    struct err *err) = {
	[COMMAND_TAKE] = do_take,
	[COMMAND_ASSIGN] = do_assign,
	[COMMAND_STATUS] = do_status,
	[COMMAND_CLOSE] = do_close,
	[COMMAND_REOPEN] = do_reopen,
	[COMMAND_CATEGORY] = do_category,
	[COMMAND_LOCATION] = do_location,
	[COMMAND_SUBJECT] = do_subject,
	[COMMAND_PRIORITY] = do_priority,
	[COMMAND_DUE] = do_due,
	[COMMAND_TAG] = do_tag,
	[COMMAND_WATCH] = do_watch,
	[COMMAND_UNWATCH] = do_unwatch,
	[COMMAND_LINK] = do_link,
	[COMMAND_ACCEPT] = do_accept,
	[COMMAND_SPAM] = do_spam,
	[COMMAND_MUTE] = do_mute,
	[COMMAND_MERGE] = do_merge,
	[COMMAND_INCIDENT] = do_incident,
	[COMMAND_JOIN] = do_join,
	[COMMAND_CANNED] = do_canned,
	[COMMAND_RATE] = do_rate,
	[COMMAND_HELP] = do_help,
};

const char *
commands_verbs(struct desk *desk, unsigned who)
{
	const char *text = "";
	int verb;

	for (verb = 0; verb < COMMAND_NVERB; verb++) {
		const struct command_info *i = command_info(
		    (enum command_verb)verb);

		if ((i->who & who) != 0 && (doing[verb] != NULL ||
		    is_about_the_message((enum command_verb)verb) ||
		    verb == COMMAND_UNDO))
			text = arena_printf(desk->arena, "%s!%s%s%s: %s\n",
			    text, i->name, i->form[0] == '\0' ? "" : " ",
			    i->form, i->help);
	}
	return text;
}

static int
run(struct run *r, const struct commands *commands, struct err *err)
{
	size_t i;

	for (i = 0; i < commands->n; i++) {
		const struct command *c = &commands->v[i];
		const char *args = arena_strndup(r->desk->arena,
		    c->args_len == 0 ? "" : c->args, c->args_len);

		if (doing[c->verb] == NULL)
			err_set(err, ERR_INPUT, c->verb == COMMAND_UNDO ?
			    "it must answer the mail that says what was done" :
			    "it cannot be done by mail");
		else if (args != NULL && doing[c->verb](r, args, err) == 0)
			continue;
		return err_prefix(err, "%s%s%s", command_info(c->verb)->name,
		    c->args_len == 0 ? "" : " ", args == NULL ? "" : args);
	}
	return r->report == NULL ? err_set(err, ERR_FATAL,
	    "commands: out of memory") : 0;
}

static int
count_words(struct desk *desk, const struct actor *actor,
    enum commands_spoke spoke, struct ticket *ticket, struct err *err)
{
	switch (spoke) {
	case SPOKE_STAFF:
		return change_staff_spoke(desk, actor, ticket, err);
	case SPOKE_REQUESTER:
		return change_requester_spoke(desk, actor, ticket, false, err);
	case SPOKE_NOT:
		break;
	}
	return 0;
}

/* Words that close an incident close what was joined to it. */
static int
close_joined(struct run *r, enum ticket_status old, const char *words,
    struct err *err)
{
	int n;

	if (old == TICKET_CLOSED || r->ticket->status != TICKET_CLOSED ||
	    words == NULL)
		return 0;
	if (incident_closed(r->desk, r->actor, r->ticket, words, &n,
	    err) == -1)
		return -1;
	return n == 0 ? 0 : report(r, arena_printf(r->desk->arena,
	    "Reports of it that are closed and answered: %d", n));
}

int
commands_do(struct desk *desk, const struct actor *actor, unsigned who,
    enum commands_spoke spoke, const char *words, struct ticket *ticket,
    const struct commands *commands, const char **report_out,
    struct err *err)
{
	struct ticket changed = *ticket;
	struct run r = { desk, actor, who, &changed, "" };
	struct err why = { 0 };

	if (db_savepoint(desk->db, err) == -1)
		return -1;
	if (count_words(desk, actor, spoke, &changed, &why) == 0 &&
	    run(&r, commands, &why) == 0 &&
	    close_joined(&r, ticket->status, words, &why) == 0) {
		*ticket = changed;
		*report_out = r.report;
		return db_release(desk->db, err) == -1 ? -1 : 1;
	}
	if (db_in_transaction(desk->db))	/* ours; the caller has its own */
		db_rollback_to(desk->db);
	if (why.code != ERR_INPUT || !db_in_transaction(desk->db))
		return err_set(err, why.code, "%s", why.msg);
	*report_out = arena_strdup(desk->arena, why.msg);
	return 0;
}

/* Was it merged? Then its closing needs no mail of its own. */
static bool
merged(struct desk *desk, const struct ticket *ticket)
{
	struct ticket at = *ticket;

	return incident_follow(desk, &at, NULL) == 0 &&
	    at.number != ticket->number;
}

int
commands_tell(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, enum ticket_status old, int64_t message,
    struct err *err)
{
	bool was = old == TICKET_CLOSED;
	bool is = ticket->status == TICKET_CLOSED;

	if ((message == 0 && was == is) || (ticket->flags & TICKET_SPAM) != 0)
		return 0;
	if (message == 0 && is && merged(desk, ticket))
		return 0;	/* told so */
	return notify_public(desk, ticket, is && !was ? "closed" :
	    message != 0 ? "replied" : "reopened", message, actor->person,
	    message == 0, err);
}

int
commands_transcript(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, const char *report, bool done,
    struct err *err)
{
	char item[24];

	snprintf(item, sizeof item, "%lld", (long long)actor->item);
	return notify_sender(desk, ticket, "transcript", actor->person, 0,
	    notify_detail(desk, "report", report, "done", done ? "1" : "",
	    "item", item, NULL), err) == -1 ? -1 : 0;
}

/* At a terminal and in chat the stored answer goes out at once. */
static int
order_canned(struct desk *desk, const struct actor *actor,
    const struct ticket *ticket, const char *name, const char **report_out,
    struct err *err)
{
	const char *text;
	int64_t message;

	if (canned_text(desk, actor, ticket, name, &text, err) == -1 ||
	    act_reply(desk, actor, ticket->number, text, &message, err) == -1)
		return -1;
	*report_out = arena_printf(desk->arena,
	    "The stored answer %s was sent.\n", name);
	return 0;
}

int
commands_order(struct desk *desk, const struct actor *actor, int64_t number,
    enum command_verb verb, const char *args, const char **report_out,
    struct err *err)
{
	struct commands one = { .n = 1, .rest = "", .say = "" };
	enum ticket_status old;
	struct ticket ticket;
	bool silent;
	int rc = ticket_get(desk->db, number, desk->arena, &ticket, err);

	if (rc != 1)
		return rc == -1 ? -1 : err_set(err, ERR_INPUT,
		    "there is no ticket #%lld", (long long)number);
	if (verb == COMMAND_CANNED)
		return order_canned(desk, actor, &ticket, args, report_out,
		    err);
	one.v[0] = (struct command){ verb, args, strlen(args) };
	old = ticket.status;
	silent = (ticket.flags & TICKET_SPAM) != 0;
	rc = commands_do(desk, actor, COMMAND_STAFF, SPOKE_NOT, NULL, &ticket,
	    &one, report_out, err);
	if (rc == 0)
		return err_set(err, ERR_INPUT, "%s", *report_out);
	if (silent)
		old = ticket.status;	/* nobody was told of the closing */
	if (rc == -1 || commands_tell(desk, actor, &ticket, old, 0,
	    err) == -1)
		return -1;
	return change_store(desk, &ticket, err);
}
