#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "base/utf8.h"
#include "desk/change.h"
#include "desk/exitcheck.h"
#include "desk/notify.h"

#define SUBJECT_MAX	400	/* bytes kept of a subject */
#define WORD_MAX	200	/* bytes of location, tags */

int
act_person(struct desk *desk, const char *address, const char *name,
    struct person *person_out, struct err *err)
{
	struct person person = {
		.name = name == NULL ? "" : name,
		.address = address,
		.role = ROLE_REQUESTER,
		.mail = PMAIL_CATEGORY,
		.categories = "",
	};
	int rc;

	rc = person_find(desk->db, address, desk->arena, person_out, err);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (person_add(desk->db, &person, desk->now_ms, &person.id, err) == -1)
		return -1;
	*person_out = person;
	return 0;
}

static const char *
login_name(struct desk *desk)
{
	struct passwd *pw = getpwuid(getuid());

	return pw == NULL ?
	    arena_printf(desk->arena, "os:%ld", (long)getuid()) :
	    arena_printf(desk->arena, "os:%s", pw->pw_name);
}

int
act_terminal(struct desk *desk, const char *as_address,
    struct actor *actor_out, struct err *err)
{
	struct actor actor = { .proof = PROVEN_STAFF, .source = "cli" };
	struct person person;
	int rc;

	if (as_address == NULL) {
		actor.name = login_name(desk);
		*actor_out = actor;
		return 0;
	}
	rc = person_find(desk->db, as_address, desk->arena, &person, err);
	if (rc == -1)
		return -1;
	if (rc == 0 || person.role == ROLE_REQUESTER || person.removed)
		return err_set(err, ERR_INPUT, "%s is not staff here: see "
		    "`campusdesk staff list`", as_address);
	actor.person = person.id;
	actor.name = person.address;
	*actor_out = actor;
	return 0;
}

/* The ticket, or ERR_INPUT. */
static int
load(struct desk *desk, int64_t number, struct ticket *ticket_out,
    struct err *err)
{
	int rc = ticket_get(desk->db, number, desk->arena, ticket_out, err);

	if (rc == 0)
		return err_set(err, ERR_INPUT, "there is no ticket #%lld",
		    (long long)number);
	return rc == 1 ? 0 : -1;
}

/* A message of the actor, staff at a terminal or in chat. */
static int
own_message(struct desk *desk, const struct actor *actor,
    enum message_visibility visibility, const char *text,
    struct message *message_out, struct err *err)
{
	struct message m = {
		.author = actor->person,
		.visibility = visibility,
		.proof = actor->proof,
		.source = actor->source,
		.text = text,
		.from_staff = true,
	};
	struct person person;

	if (actor->person != 0) {
		int rc = person_get(desk->db, actor->person, desk->arena,
		    &person, err);

		if (rc == -1)
			return -1;
		if (rc == 1) {
			m.author_name = person.name;
			m.author_address = person.address;
		}
	}
	*message_out = m;
	return 0;
}

static int
need_text(const char *text, struct err *err)
{
	if (text == NULL || text_trim(slice_of(text)).len == 0)
		return err_set(err, ERR_INPUT, "the text is empty");
	if (!utf8_valid(text, strlen(text)))
		return err_set(err, ERR_INPUT, "the text is not UTF-8");
	return 0;
}

static int
check_category(struct desk *desk, const char *name, struct err *err)
{
	if (settings_category(desk->settings, name) != NULL)
		return 0;
	return err_set(err, ERR_INPUT, "there is no category %s", name);
}

int
act_new(struct desk *desk, const struct actor *actor, const char *requester,
    const char *subject, const char *category, const char *text,
    int64_t *ticket_out, struct err *err)
{
	struct ticket ticket = { .priority = PRIORITY_NORMAL,
	    .source = actor->source, .tags = "", .location = "" };
	struct message message;
	struct person person;

	if (category == NULL)
		category = desk->settings->default_category;
	if (need_text(text, err) == -1 ||
	    check_category(desk, category, err) == -1 ||
	    act_person(desk, requester, NULL, &person, err) == -1)
		return -1;
	ticket.subject = arena_strndup(desk->arena, subject,
	    utf8_cut(subject, strlen(subject), SUBJECT_MAX));
	ticket.category = category;
	ticket.requester = person.id;
	message = (struct message){
		.author = person.id,
		.author_name = person.name,
		.author_address = person.address,
		.visibility = MESSAGE_PUBLIC,
		.proof = actor->proof,
		.source = actor->source,
		.text = text,
	};
	if (change_create(desk, actor, &ticket, err) == -1 ||
	    change_message(desk, actor, &ticket, &message, err) == -1 ||
	    notify_acknowledged(desk, &ticket, &message, false, err) == -1 ||
	    notify_staff(desk, &ticket, "staff-new-ticket", message.id, NULL,
	    actor->person, err) == -1)
		return -1;
	*ticket_out = ticket.number;
	return 0;
}

int
act_publish(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, struct message *message, struct err *err)
{
	message->visibility = MESSAGE_PUBLIC;
	message->pending = PENDING_NONE;
	message->pending_until_ms = 0;
	if (message_update(desk->db, message, err) == -1 ||
	    change_event(desk, actor, ticket->number, "released", "message",
	    "not public", "public", err) == -1)
		return -1;
	if (message->from_staff &&
	    change_staff_spoke(desk, actor, ticket, err) == -1)
		return -1;
	return notify_public(desk, ticket, "replied", message->id,
	    message->author, false, err);
}

int
act_reply(struct desk *desk, const struct actor *actor, int64_t number,
    const char *text, int64_t *message_out, struct err *err)
{
	struct ticket ticket;
	struct message message;
	const char *found;
	int rc;

	if (need_text(text, err) == -1 ||
	    load(desk, number, &ticket, err) == -1)
		return -1;
	rc = exitcheck(desk, number, 0, text, &found, err);
	if (rc == -1)
		return -1;
	if (rc == 1)
		return err_set(err, ERR_INPUT, "not sent: words of an internal "
		    "note of #%lld stand in it: \"%s\"", (long long)number,
		    found);
	if (own_message(desk, actor, MESSAGE_PUBLIC, text, &message,
	    err) == -1 ||
	    change_message(desk, actor, &ticket, &message, err) == -1 ||
	    change_staff_spoke(desk, actor, &ticket, err) == -1 ||
	    notify_public(desk, &ticket, "replied", message.id, actor->person,
	    false, err) == -1)
		return -1;
	*message_out = message.id;
	return change_store(desk, &ticket, err);
}

int
act_note(struct desk *desk, const struct actor *actor, int64_t number,
    const char *text, int64_t *message_out, struct err *err)
{
	struct ticket ticket;
	struct message message;

	if (need_text(text, err) == -1 ||
	    load(desk, number, &ticket, err) == -1 ||
	    own_message(desk, actor, MESSAGE_NOTE, text, &message,
	    err) == -1 ||
	    change_message(desk, actor, &ticket, &message, err) == -1)
		return -1;
	*message_out = message.id;
	return change_store(desk, &ticket, err);
}

int
act_close(struct desk *desk, const struct actor *actor, int64_t number,
    const char *text, struct err *err)
{
	struct ticket ticket;
	struct message message = { 0 };
	const char *found;
	int rc;

	if (load(desk, number, &ticket, err) == -1)
		return -1;
	if (ticket.status == TICKET_CLOSED)
		return err_set(err, ERR_INPUT, "#%lld is closed already",
		    (long long)number);
	if (text != NULL && text_trim(slice_of(text)).len > 0) {
		rc = exitcheck(desk, number, 0, text, &found, err);
		if (rc == 1)
			err_set(err, ERR_INPUT, "not closed: words of an "
			    "internal note stand in the text: \"%s\"", found);
		if (rc != 0 || need_text(text, err) == -1 ||
		    own_message(desk, actor, MESSAGE_PUBLIC, text, &message,
		    err) == -1 ||
		    change_message(desk, actor, &ticket, &message,
		    err) == -1 ||
		    change_staff_spoke(desk, actor, &ticket, err) == -1)
			return -1;
	}
	if (change_status(desk, actor, &ticket, TICKET_CLOSED, err) == -1 ||
	    notify_public(desk, &ticket, "closed", message.id, actor->person,
	    message.id == 0, err) == -1)
		return -1;
	return change_store(desk, &ticket, err);
}

int
act_reopen(struct desk *desk, const struct actor *actor, int64_t number,
    struct err *err)
{
	struct ticket ticket;

	if (load(desk, number, &ticket, err) == -1)
		return -1;
	if (ticket.status != TICKET_CLOSED)
		return err_set(err, ERR_INPUT, "#%lld is not closed",
		    (long long)number);
	if (change_status(desk, actor, &ticket, TICKET_ACTIVE, err) == -1 ||
	    notify_public(desk, &ticket, "reopened", 0, actor->person, true,
	    err) == -1)
		return -1;
	return change_store(desk, &ticket, err);
}

int
act_take(struct desk *desk, const struct actor *actor, int64_t number,
    struct err *err)
{
	struct ticket ticket;

	if (actor->person == 0)
		return err_set(err, ERR_INPUT,
		    "who takes it? say --as ADDRESS of a staff member");
	if (load(desk, number, &ticket, err) == -1 ||
	    change_assignee(desk, actor, &ticket, actor->person, err) == -1)
		return -1;
	if (ticket.status == TICKET_OPEN &&
	    change_status(desk, actor, &ticket, TICKET_ACTIVE, err) == -1)
		return -1;
	return change_store(desk, &ticket, err);
}

/* ---- act_set: one setter a field ---- */

static int
set_subject(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	struct slice line = utf8_clean_line(desk->arena, value,
	    utf8_cut(value, strlen(value), SUBJECT_MAX));

	line = text_trim(line);
	if (line.len == 0)
		return err_set(err, ERR_INPUT, "the subject is empty");
	return change_text(desk, actor, t, "subject", &t->subject,
	    arena_strndup(desk->arena, line.p, line.len), err);
}

static int
set_status(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	enum ticket_status status;

	if (!ticket_status_parse(value, &status))
		return err_set(err, ERR_INPUT, "status is open, active, "
		    "waiting or closed, not %s", value);
	if (status == t->status)
		return 0;
	if (change_status(desk, actor, t, status, err) == -1)
		return -1;
	return status != TICKET_CLOSED ? 0 : notify_public(desk, t, "closed",
	    0, actor->person, true, err);
}

static int
set_category(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	if (check_category(desk, value, err) == -1)
		return -1;
	return change_text(desk, actor, t, "category", &t->category, value,
	    err);
}

static int
set_priority(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	enum ticket_priority priority;

	if (!ticket_priority_parse(value, &priority))
		return err_set(err, ERR_INPUT, "priority is low, normal, "
		    "high or urgent, not %s", value);
	return change_priority(desk, actor, t, priority, err);
}

static int
set_location(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	struct slice line = text_trim(utf8_clean_line(desk->arena, value,
	    utf8_cut(value, strlen(value), WORD_MAX)));

	return change_text(desk, actor, t, "location", &t->location,
	    arena_strndup(desk->arena, line.p, line.len), err);
}

/* A staff member by address, by the local part of one, or by display name
 * when that is unique. */
static int
find_staff(struct desk *desk, const char *who, struct person *person_out,
    struct err *err)
{
	struct person *v;
	size_t n, i, hits = 0;

	if (person_staff(desk->db, NULL, desk->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		const char *at = strchr(v[i].address, '@');
		struct slice local = { v[i].address, at == NULL ? 0 :
		    (size_t)(at - v[i].address) };

		if (text_ieq(slice_of(who), slice_of(v[i].address))) {
			*person_out = v[i];
			return 0;
		}
		if (!text_ieq(slice_of(who), local) &&
		    !text_ieq(slice_of(who), slice_of(v[i].name)))
			continue;
		hits++;
		*person_out = v[i];
	}
	if (hits == 1)
		return 0;
	return err_set(err, ERR_INPUT, hits == 0 ? "no staff member is "
	    "called %s" : "several staff members are called %s: say the "
	    "address", who);
}

static int
set_assignee(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	struct person person = { 0 };

	if (strcmp(value, "none") != 0 &&
	    find_staff(desk, value, &person, err) == -1)
		return -1;
	if (change_assignee(desk, actor, t, person.id, err) == -1)
		return -1;
	if (person.id != 0 && t->status == TICKET_OPEN)
		return change_status(desk, actor, t, TICKET_ACTIVE, err);
	return 0;
}

/* "2026-12-24" or "2026-12-24 14:30", in the desk's time zone. */
static int
set_due(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	struct tm tm = { .tm_isdst = -1, .tm_hour = 23, .tm_min = 59 };
	const char *end;
	time_t when;

	if (strcmp(value, "none") == 0) {
		t->due_ms = 0;
		return change_event(desk, actor, t->number, "set", "due",
		    NULL, "none", err);
	}
	end = strptime(value, "%Y-%m-%d", &tm);
	if (end != NULL && (*end == ' ' || *end == 'T'))
		end = strptime(end + 1, "%H:%M", &tm);
	when = end == NULL || *end != '\0' ? (time_t)-1 : mktime(&tm);
	if (when == (time_t)-1)
		return err_set(err, ERR_INPUT, "due is written YYYY-MM-DD, "
		    "YYYY-MM-DD HH:MM or none, not %s", value);
	t->due_ms = (int64_t)when * 1000;
	return change_event(desk, actor, t->number, "set", "due", NULL, value,
	    err);
}

static int
compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Tags: words of letters, digits, - and _; comma or blank between; sorted. */
static int
set_tags(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	char *copy = arena_strdup(desk->arena, value), *save = NULL;
	char *words[32] = { NULL };
	char *word, *joined;
	size_t n = 0, i;

	for (word = strtok_r(copy, ", ", &save); word != NULL;
	    word = strtok_r(NULL, ", ", &save)) {
		for (i = 0; word[i] != '\0'; i++)
			if (!text_is_alnum(word[i]) && word[i] != '-' &&
			    word[i] != '_' && (word[i] & 0x80) == 0)
				return err_set(err, ERR_INPUT, "a tag is "
				    "letters, digits, - and _, not %s", word);
		if (n == 32)
			return err_set(err, ERR_INPUT, "32 tags at most");
		words[n++] = word;
	}
	qsort(words, n, sizeof words[0], compare_words);
	joined = arena_strdup(desk->arena, "");
	for (i = 0; i < n; i++)
		if (i == 0 || strcmp(words[i], words[i - 1]) != 0)
			joined = arena_printf(desk->arena, "%s%s%s", joined,
			    i == 0 ? "" : ",", words[i]);
	return change_text(desk, actor, t, "tags", &t->tags, joined, err);
}

static int
set_requester(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	struct person old = { .address = "none" }, person;

	if (strchr(value, '@') == NULL)
		return err_set(err, ERR_INPUT, "requester is a mail address, "
		    "not %s", value);
	if (t->requester != 0 && person_get(desk->db, t->requester,
	    desk->arena, &old, err) == -1)
		return -1;
	if (act_person(desk, value, NULL, &person, err) == -1)
		return -1;
	t->requester = person.id;
	return change_event(desk, actor, t->number, "set", "requester",
	    old.address, person.address, err);
}

static const struct setter {
	const char	*field;
	int		(*fn)(struct desk *, const struct actor *,
			    struct ticket *, const char *, struct err *);
} setters[] = {
	{ "subject",	set_subject },
	{ "status",	set_status },
	{ "category",	set_category },
	{ "priority",	set_priority },
	{ "location",	set_location },
	{ "assignee",	set_assignee },
	{ "due",	set_due },
	{ "tags",	set_tags },
	{ "requester",	set_requester },
};

int
act_set(struct desk *desk, const struct actor *actor, int64_t number,
    const char *field, const char *value, struct err *err)
{
	struct ticket ticket;
	size_t i;

	if (!utf8_valid(value, strlen(value)))
		return err_set(err, ERR_INPUT, "%s is not UTF-8", field);
	for (i = 0; i < sizeof setters / sizeof setters[0]; i++) {
		if (strcmp(field, setters[i].field) != 0)
			continue;
		if (load(desk, number, &ticket, err) == -1 ||
		    setters[i].fn(desk, actor, &ticket, value, err) == -1)
			return -1;
		return change_store(desk, &ticket, err);
	}
	return err_set(err, ERR_INPUT, "a ticket has no field %s: subject, "
	    "status, category, priority, location, assignee, due, tags, "
	    "requester", field);
}

int
act_link(struct desk *desk, const struct actor *actor, int64_t number,
    int64_t other, struct err *err)
{
	struct ticket a, b;
	char value[24];

	if (number == other)
		return err_set(err, ERR_INPUT, "a ticket is not linked to "
		    "itself");
	if (load(desk, number, &a, err) == -1 ||
	    load(desk, other, &b, err) == -1 ||
	    link_add(desk->db, number, LINK_LINKED, other, err) == -1)
		return -1;
	snprintf(value, sizeof value, "%lld", (long long)other);
	return change_event(desk, actor, number, "link", "links", NULL,
	    value, err);
}

/* Make the author of a released message a watcher. */
static int
watch_author(struct desk *desk, const struct actor *actor,
    const struct message *m, struct err *err)
{
	if (m->author == 0 || m->author_address == NULL || m->from_staff)
		return 0;
	return change_watcher(desk, actor, m->ticket, m->author,
	    m->author_address, err);
}

int
act_accept(struct desk *desk, const struct actor *actor, int64_t number,
    int64_t message, bool watch, int *n_out, struct err *err)
{
	struct ticket ticket;
	struct message *v;
	int64_t after = 0;
	size_t n, i;
	int released = 0;

	if (load(desk, number, &ticket, err) == -1)
		return -1;
	do {
		if (message_list(desk->db, number, after, 100, desk->arena,
		    &v, &n, err) == -1)
			return -1;
		for (i = 0; i < n; i++) {
			after = v[i].id;
			if (v[i].visibility != MESSAGE_HELD ||
			    (message != 0 && v[i].id != message))
				continue;
			if (act_publish(desk, actor, &ticket, &v[i],
			    err) == -1)
				return -1;
			if (watch && watch_author(desk, actor, &v[i],
			    err) == -1)
				return -1;
			released++;
		}
	} while (n == 100);
	if (released == 0)
		return err_set(err, ERR_INPUT, "#%lld holds no such message",
		    (long long)number);
	*n_out = released;
	return change_store(desk, &ticket, err);
}
