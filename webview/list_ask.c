#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "db/people_store.h"
#include "webview/list_ask.h"
#include "webview/view.h"

#define SHOWN_HTML	50
#define SHOWN_JSON	200
#define SHOWN_CSV	5000
#define URL_MAX		((size_t)8192)

static const char *const staff_views[] = { "open", "active", "mine",
	"closed", "all", "spam", NULL };
static const char *const own_views[] = { "mine", "open", "active", "closed",
	NULL };
/* What a query may narrow a list by; others only staff. */
static const struct narrowing {
	const char	*name;
	bool		 staff;
} narrowings[] = {
	{ "q", false }, { "category", false }, { "priority", true },
	{ "assignee", true }, { "location", true }, { "requester", true },
};
#define NNARROW	(sizeof narrowings / sizeof narrowings[0])

const char *const *
list_views(bool staff)
{
	return staff ? staff_views : own_views;
}

static bool
has_view(const char *const *views, const char *name)
{
	for (; *views != NULL; views++)
		if (strcmp(*views, name) == 0)
			return true;
	return false;
}

/* NULL for what is not asked for. */
static const char *
asked(const struct page_request *r, const char *name)
{
	const char *value = page_param(r, name);

	return *value == '\0' ? NULL : value;
}

static void
read_view(const struct page_request *r, struct list_ask *ask)
{
	const char *view = page_param(r, "view");

	ask->view = *view != '\0' ? view : ask->staff ? "open" : "mine";
	if (!ask->staff && strcmp(view, "all") == 0)
		ask->view = "mine";	/* all that they may see */
	if (!has_view(list_views(ask->staff), ask->view)) {
		ask->wrong = "There is no such view.";
		return;
	}
	if (strcmp(ask->view, "mine") != 0) {
		if (!ticket_view_parse(ask->view, &ask->filter.view))
			ask->wrong = "There is no such view.";
	} else if (ask->staff) {
		ask->filter.view = VIEW_ACTIVE;	/* taken and not closed */
		ask->filter.assignee = r->viewer.person;
	} else
		ask->filter.view = VIEW_ALL;
}

static int
read_person(const struct page_request *r, struct list_ask *ask,
    const char *name, int64_t *id_out, struct err *err)
{
	const char *address = asked(r, name);
	struct person p;
	int rc;

	if (address == NULL)
		return 0;
	if (strcmp(address, "me") == 0) {
		*id_out = r->viewer.person;
		return 0;
	}
	rc = person_find(r->db, address, r->arena, &p, err);
	if (rc == 1)
		*id_out = p.id;
	else
		ask->nobody = true;
	return rc == -1 ? -1 : 0;
}

static int
read_staff_filters(const struct page_request *r, struct list_ask *ask,
    struct err *err)
{
	const char *name = asked(r, "priority");
	enum ticket_priority priority;

	ask->filter.location = asked(r, "location");
	if (name != NULL && ticket_priority_parse(name, &priority))
		ask->filter.priority = 1 + (int)priority;
	else if (name != NULL)
		ask->wrong = "There is no such priority.";
	if (read_person(r, ask, "requester", &ask->filter.requester,
	    err) == -1)
		return -1;
	return read_person(r, ask, "assignee", &ask->filter.assignee, err);
}

/* MS.NUMBER of staff, NUMBER of others: of one's own tickets no time tells. */
static bool
read_key(const char *after, struct list_ask *ask)
{
	const char *dot = strchr(after, '.');
	struct slice number = slice_of(after);
	uint64_t ms = 0, n = 0;

	if (*after == '\0')
		return true;
	if ((dot != NULL) != ask->staff)
		return false;
	if (dot != NULL) {
		number = slice_of(dot + 1);
		if (!text_u64((struct slice){ after, (size_t)(dot - after) },
		    &ms))
			return false;
	}
	if (!text_u64(number, &n) || n == 0 || n > INT64_MAX ||
	    ms > INT64_MAX)
		return false;
	ask->filter.before_ms = (int64_t)ms;
	ask->filter.before_number = (int64_t)n;
	return true;
}

/* The tickets that an analysis counts: those, whatever the view. */
static int
read_figure(const struct page_request *r, struct list_ask *ask,
    struct err *err)
{
	if (!ask->staff || asked(r, "measure") == NULL)
		return 0;
	ask->behind = true;
	if (figure_ask(r, &ask->figure, err) == -1)
		return -1;
	if (ask->figure.wrong != NULL)
		ask->wrong = ask->figure.wrong;
	return 0;
}

int
list_ask(const struct page_request *r, struct list_ask *ask_out,
    struct err *err)
{
	struct list_ask ask = { .staff = view_is_staff(r) };
	size_t i;

	ask.filter.category = asked(r, "category");
	ask.filter.q = asked(r, "q");
	ask.filter.limit = r->format == PAGE_CSV ? SHOWN_CSV :
	    r->format == PAGE_JSON ? SHOWN_JSON : SHOWN_HTML;
	if (ask.filter.category != NULL &&
	    settings_category(r->settings, ask.filter.category) == NULL)
		ask.wrong = "There is no such category.";
	read_view(r, &ask);
	if (!read_key(page_param(r, "after"), &ask))
		ask.wrong = "The address of this page is damaged.";
	if (ask.staff && read_staff_filters(r, &ask, err) == -1)
		return -1;
	if (read_figure(r, &ask, err) == -1)
		return -1;
	if (!ask.staff)
		ask.filter.requester = r->viewer.person;
	for (i = 0; i < NNARROW; i++)
		if ((ask.staff || !narrowings[i].staff) &&
		    asked(r, narrowings[i].name) != NULL)
			ask.filtered = true;
	*ask_out = ask;
	return 0;
}

const char *
list_url(const struct page_request *r, const char *path, const char *view,
    const char *after)
{
	struct buf b = BUF_INIT(URL_MAX);
	const char *url;
	size_t i;

	if (view_is_staff(r) && asked(r, "measure") != NULL)
		return figure_list_url(r, path, after);
	buf_addf(&b, "%s?view=%s", path, view);
	for (i = 0; i < NNARROW; i++) {
		const char *value = asked(r, narrowings[i].name);

		if (value == NULL || (narrowings[i].staff &&
		    !view_is_staff(r)))
			continue;
		buf_addf(&b, "&%s=", narrowings[i].name);
		view_percent(&b, value);
	}
	if (*after != '\0')
		buf_addf(&b, "&after=%s", after);
	url = view_url(r, "%s", b.failed ? path : buf_str(&b));
	buf_free(&b);
	return url;
}

const char *
list_key(const struct page_request *r, const struct list_ask *ask,
    int64_t updated_ms, int64_t number)
{
	return ask->staff ? arena_printf(r->arena, "%lld.%lld",
	    (long long)updated_ms, (long long)number) :
	    arena_printf(r->arena, "%lld", (long long)number);
}
