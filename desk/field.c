#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/utf8.h"
#include "desk/change.h"
#include "desk/field.h"

#define WORD_MAX	200	/* bytes of location, tags */

int
field_is_category(struct desk *desk, const char *name, struct err *err)
{
	if (settings_category(desk->settings, name) != NULL)
		return 0;
	return err_set(err, ERR_INPUT, "there is no category %s", name);
}

static int
set_subject(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	struct slice line = utf8_clean_line(desk->arena, value,
	    utf8_cut(value, strlen(value), FIELD_SUBJECT_MAX));

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
	return change_status(desk, actor, t, status, err);
}

static int
set_category(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	if (field_is_category(desk, value, err) == -1)
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

/* As set_due reads it. */
static const char *
due_text(struct desk *desk, int64_t due_ms)
{
	time_t when = (time_t)(due_ms / 1000);
	char text[32];
	struct tm tm;

	if (due_ms == 0 || localtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm) == 0)
		return "none";
	return arena_strdup(desk->arena, text);
}

/* "2026-12-24" or "2026-12-24 14:30", in the desk's time zone. */
static int
set_due(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	struct tm tm = { .tm_isdst = -1, .tm_hour = 23, .tm_min = 59 };
	const char *end, *old = due_text(desk, t->due_ms);
	time_t when = 0;

	if (strcmp(value, "none") != 0) {
		end = strptime(value, "%Y-%m-%d", &tm);
		if (end != NULL && (*end == ' ' || *end == 'T'))
			end = strptime(end + 1, "%H:%M", &tm);
		when = end == NULL || *end != '\0' ? (time_t)-1 : mktime(&tm);
	}
	if (when == (time_t)-1)
		return err_set(err, ERR_INPUT, "due is written YYYY-MM-DD, "
		    "YYYY-MM-DD HH:MM or none, not %s", value);
	if (t->due_ms == (int64_t)when * 1000)
		return 0;
	t->due_ms = (int64_t)when * 1000;
	t->alarms &= ~ALARM_DUE;
	return change_event(desk, actor, t->number, "set", "due", old,
	    due_text(desk, t->due_ms), err);
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

bool
field_is_address(const char *s)
{
	const char *at = strchr(s, '@');
	size_t len = strlen(s);

	return at != NULL && at != s && at[1] != '\0' &&
	    strchr(at + 1, '@') == NULL && len <= 254 &&
	    !text_has_control(slice_of(s)) && strpbrk(s, " <>,;:\"()") == NULL
	    && utf8_valid(s, len);
}

static int
set_requester(struct desk *desk, const struct actor *actor,
    struct ticket *t, const char *value, struct err *err)
{
	const char *old = change_person_label(desk, t->requester);
	struct person person = { .address = "none" };

	if (strcmp(value, "none") != 0 && !field_is_address(value))
		return err_set(err, ERR_INPUT, "requester is a mail address "
		    "or none, not %s", value);
	if (strcmp(value, "none") != 0 &&
	    act_person(desk, value, NULL, &person, err) == -1)
		return -1;
	if (person.id == t->requester)
		return 0;
	t->requester = person.id;
	return change_event(desk, actor, t->number, "set", "requester",
	    old, person.address, err);
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
field_set(struct desk *desk, const struct actor *actor,
    struct ticket *ticket, const char *field, const char *value,
    struct err *err)
{
	size_t i;

	if (!utf8_valid(value, strlen(value)))
		return err_set(err, ERR_INPUT, "%s is not UTF-8", field);
	for (i = 0; i < sizeof setters / sizeof setters[0]; i++)
		if (strcmp(field, setters[i].field) == 0)
			return setters[i].fn(desk, actor, ticket, value, err);
	return err_set(err, ERR_INPUT, "a ticket has no field %s: subject, "
	    "status, category, priority, location, assignee, due, tags, "
	    "requester", field);
}

const char *
field_get(struct desk *desk, const struct ticket *ticket, const char *field)
{
	const struct {
		const char *field, *value;
	} texts[] = {
		{ "subject",	ticket->subject },
		{ "status",	ticket_status_name(ticket->status) },
		{ "category",	ticket->category },
		{ "priority",	ticket_priority_name(ticket->priority) },
		{ "location",	ticket->location },
		{ "tags",	ticket->tags },
	};
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(field, texts[i].field) == 0)
			return texts[i].value;
	if (strcmp(field, "assignee") == 0)
		return change_person_label(desk, ticket->assignee);
	if (strcmp(field, "requester") == 0)
		return change_person_label(desk, ticket->requester);
	return strcmp(field, "due") == 0 ? due_text(desk, ticket->due_ms) :
	    NULL;
}
