#include <string.h>

#include "base/utf8.h"
#include "desk/template.h"
#include "webview/view.h"

#define ROOM_MAX	80	/* bytes of a place in a mail */
#define WORDS_MAX	4096	/* bytes of a prepared mail */

struct report {
	const struct page_request	*r;
	const char			*room;		/* "" none */
	json_t				*words;		/* for the mail */
};

/* What a template of the mail says. In the arena; NULL. */
static const char *
words(const struct report *p, const char *name, enum mustache_kind kind,
    struct err *err)
{
	char own[PATHS_MAX], shipped[PATHS_MAX];
	struct template_folders folders = template_folders_of(
	    p->r->settings, own, shipped);
	struct buf b = BUF_INIT(WORDS_MAX);
	const char *text = NULL;

	folders.cache = p->r->templates;
	if (template_render(&folders, "web", name, kind, p->words, &b,
	    err) == 0)
		text = arena_strdup(p->r->arena, buf_str(&b));
	buf_free(&b);
	return text;
}

/* Where mail of a category goes, so that no command is needed; NULL: only the
 * command in it tells. */
static const char *
address_of(const struct page_request *r, const struct settings_category *c)
{
	const struct settings *s = r->settings;
	const char *at = strrchr(s->address, '@');

	if (c->address[0] != '\0')
		return c->address;
	if (!s->subaddressing || at == NULL)
		return NULL;
	return arena_printf(r->arena, "%.*s+%s%s", (int)(at - s->address),
	    s->address, c->name, at);
}

/* c NULL: whoever it concerns will find out. */
static json_t *
mail_view(struct report *p, const struct settings_category *c,
    struct err *err)
{
	const struct page_request *r = p->r;
	const char *to = c == NULL ? r->settings->address : address_of(r, c);
	const char *name = c == NULL ? "" : c->name, *subject, *body;
	json_t *o;

	json_object_set_new(p->words, "command", view_line(to == NULL ?
	    name : ""));
	if (to == NULL)
		to = r->settings->address;
	subject = words(p, "report-mail.subject", MUSTACHE_HEADER, err);
	body = words(p, "report-mail.txt", MUSTACHE_TEXT, err);
	if (subject == NULL || body == NULL)
		return NULL;
	o = json_object();
	json_object_set_new(o, "name", view_line(name));
	json_object_set_new(o, "title", view_line(
	    view_category(r->settings, name)));
	json_object_set_new(o, "address", view_line(to));
	json_object_set_new(o, "href", json_string(view_mailto(r->arena, to,
	    subject, body)));
	return o;
}

static int
fill(struct report *p, json_t *root, struct err *err)
{
	const struct settings *s = p->r->settings;
	json_t *list = json_array(), *one;
	size_t i;

	json_object_set_new(root, "categories", list);
	json_object_set_new(root, "on_report", json_true());
	json_object_set_new(root, "room", view_line(p->room));
	for (i = 0; i < s->ncategories; i++) {
		one = mail_view(p, &s->categories[i], err);
		if (one == NULL)
			return -1;
		json_array_append_new(list, one);
	}
	one = mail_view(p, NULL, err);
	if (one == NULL)
		return -1;
	json_object_set_new(root, "any", one);
	return 0;
}

int
page_report(const struct page_request *r, struct page_answer *answer,
    struct err *err)
{
	const char *room = page_param(r, "room");
	struct report p = { .r = r, .words = json_object() };
	json_t *root = json_object(), *line;
	int rc = -1;

	line = view_line(arena_strndup(r->arena, room, utf8_cut(room,
	    strlen(room), ROOM_MAX)));
	p.room = arena_strdup(r->arena, json_string_value(line));
	json_object_set_new(p.words, "room", line);
	if (p.room != NULL && fill(&p, root, err) == 0)
		rc = page_render(r, "report", root, answer, err);
	else if (p.room == NULL)
		err_set(err, ERR_RETRY, "report: out of memory");
	json_decref(p.words);
	json_decref(root);
	if (rc == 0)
		page_etag(r, answer);
	return rc;
}
