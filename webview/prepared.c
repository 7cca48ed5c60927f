#include <string.h>

#include "base/utf8.h"
#include "parsers/command.h"
#include "webview/prepared.h"
#include "webview/view.h"

#define SUBJECT_SHOWN	120	/* bytes of the ticket's in a subject */

struct mail_to {
	const struct page_request	*r;
	const struct ticket		*t;
	const char			*subject;
};

const char *
prepared_subject(const struct page_request *r, const struct ticket *t)
{
	return arena_printf(r->arena, "[#%lld] %.*s", (long long)t->number,
	    (int)utf8_cut(t->subject, strlen(t->subject), SUBJECT_SHOWN),
	    t->subject);
}

/* One mail: nothing in it, or one command with what it takes. */
static void
set_mail(const struct mail_to *to, json_t *o, enum command_verb verb,
    const char *args)
{
	const struct page_request *r = to->r;
	const char *line = verb == COMMAND_NVERB ? "" :
	    arena_printf(r->arena, "!%s%s%s", command_info(verb)->name,
	    *args == '\0' ? "" : " ", args);
	const char *body = *line == '\0' ? "" :
	    arena_printf(r->arena, "%s\n\n", line);

	json_object_set_new(o, "line", view_line(line));
	json_object_set_new(o, "href", json_string(view_mailto(r->arena,
	    r->settings->address, to->subject, body)));
}

static void
add(const struct mail_to *to, json_t *list, const char *what,
    enum command_verb verb)
{
	json_t *o = json_object();

	json_object_set_new(o, "is", view_is(what));
	set_mail(to, o, verb, "");
	json_array_append_new(list, o);
}

static json_t *
choice(const struct mail_to *to, enum command_verb verb, const char *value,
    const char *shown, bool on)
{
	json_t *o = json_object();

	json_object_set_new(o, "shown", view_line(shown));
	json_object_set_new(o, "is", view_is(value));
	json_object_set_new(o, "on", json_boolean(on));
	set_mail(to, o, verb, value);
	return o;
}

static void
add_choices(json_t *list, const char *what, json_t *choices)
{
	json_t *o = json_object();

	json_object_set_new(o, "is", view_is(what));
	json_object_set_new(o, "choices", choices);
	json_array_append_new(list, o);
}

static json_t *
categories(const struct mail_to *to)
{
	const struct settings *s = to->r->settings;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->ncategories; i++) {
		const char *name = s->categories[i].name;

		json_array_append_new(list, choice(to, COMMAND_CATEGORY, name,
		    view_category(s, name), strcmp(name,
		    to->t->category) == 0));
	}
	return list;
}

static json_t *
priorities(const struct mail_to *to)
{
	json_t *list = json_array();
	int p;

	for (p = PRIORITY_URGENT; p >= PRIORITY_LOW; p--) {
		const char *name =
		    ticket_priority_name((enum ticket_priority)p);

		json_array_append_new(list, choice(to, COMMAND_PRIORITY, name,
		    name, p == (int)to->t->priority));
	}
	return list;
}

json_t *
prepared_for(const struct page_request *r, const struct ticket *t)
{
	struct mail_to to = { r, t, prepared_subject(r, t) };
	bool staff = view_is_staff(r), closed = t->status == TICKET_CLOSED;
	json_t *list = json_array();

	add(&to, list, "reply", COMMAND_NVERB);
	if (staff)
		add(&to, list, "note", COMMAND_NOTE);
	if (staff && t->assignee != r->viewer.person)
		add(&to, list, "take", COMMAND_TAKE);
	if (closed)
		add(&to, list, "reopen", COMMAND_REOPEN);
	else
		add(&to, list, "close", COMMAND_CLOSE);
	add_choices(list, "category", categories(&to));
	if (staff)
		add_choices(list, "priority", priorities(&to));
	return list;
}
