#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mailto.h"
#include "base/mime_write.h"
#include "base/text.h"
#include "base/utf8.h"
#include "db/people_store.h"
#include "desk/compose_context.h"
#include "webview/view.h"

#define LINE_MAX_SHOWN	400			/* bytes of a line */
#define MINUTE		((int64_t)60)		/* seconds */
#define HOUR		(60 * MINUTE)
#define DAY		(24 * HOUR)
#define SOON_MS		(4 * HOUR * 1000)

bool
view_is_staff(const struct page_request *r)
{
	return r->viewer.person != 0 && r->viewer.role != ROLE_REQUESTER;
}

/* ---- text ---- */

/* What cleaning would leave as it is: printable ASCII, single blanks between
 * words; not long. */
static bool
is_clean(struct slice s)
{
	char before = ' ';
	size_t i;

	if (s.len > LINE_MAX_SHOWN)
		return false;
	for (i = 0; i < s.len; before = s.p[i++])
		if (s.p[i] < ' ' || s.p[i] > '~' ||
		    (s.p[i] == ' ' && before == ' '))
			return false;
	return s.len == 0 || before != ' ';
}

static json_t *
line_cleaned(struct slice s)
{
	struct buf clean = BUF_INIT(LINE_MAX_SHOWN * 4);
	size_t shown = utf8_cut(s.p, s.len, LINE_MAX_SHOWN);
	json_t *v;

	mime_clean(&clean, (struct slice){ s.p, shown });
	if (shown < s.len)
		buf_adds(&clean, "\xe2\x80\xa6");
	v = json_string(buf_str(&clean));
	buf_free(&clean);
	return v == NULL ? json_string("") : v;
}

json_t *
view_line(const char *text)
{
	struct slice s = slice_of(text == NULL ? "" : text);

	return is_clean(s) ? json_stringn_nocheck(s.p, s.len) :
	    line_cleaned(s);
}

json_t *
view_text(const char *p, size_t len)
{
	json_t *v = p == NULL ? NULL : json_stringn(p, len);
	struct buf clean;

	if (v != NULL || p == NULL)
		return v == NULL ? json_string("") : v;
	clean = BUF_INIT(len * 3 + 1);
	utf8_clean(&clean, p, len);
	v = json_string(buf_str(&clean));
	buf_free(&clean);
	return v;
}

json_t *
view_size(size_t size)
{
	char out[32];

	if (size < 1000)
		snprintf(out, sizeof out, "%zu bytes", size);
	else if (size < 1000 * 1000)
		snprintf(out, sizeof out, "%zu KB", (size + 500) / 1000);
	else
		snprintf(out, sizeof out, "%.1f MB", (double)size / 1e6);
	return json_string(out);
}

json_t *
view_is(const char *name)
{
	json_t *o = json_object();

	json_object_set_new(o, name, json_true());
	return o;
}

/* ---- time ---- */

/* One member, of a name that is ours. */
static json_t *
only(const char *name, json_t *value)
{
	json_t *o = json_object();

	json_object_set_new_nocheck(o, name, value);
	return o;
}

/* A distance as the largest unit that fits; NULL: longer than a week. */
static json_t *
distance(int64_t seconds)
{
	if (seconds < MINUTE)
		return only("now", json_true());
	if (seconds < HOUR)
		return only("minutes", json_integer(seconds / MINUTE));
	if (seconds < 2 * DAY)
		return only("hours", json_integer(seconds / HOUR));
	if (seconds < 8 * DAY)
		return only("days", json_integer(seconds / DAY));
	return NULL;
}

static void
set_stamp(json_t *o, const char *name, const char *p, size_t len)
{
	json_object_set_new_nocheck(o, name, json_stringn_nocheck(p, len));
}

json_t *
view_when(const struct page_request *r, int64_t ms)
{
	char iso[CLOCK_TEXT_MAX], text[CLOCK_TEXT_MAX + 8];
	const size_t date = strlen("YYYY-MM-DD"), minute = date + 6,
	    second = date + 9;
	int64_t seconds = (r->now_ms - ms) / 1000;
	json_t *o, *far;

	if (ms == 0)
		return json_null();
	o = json_object();
	clock_rfc3339(ms, iso);
	set_stamp(o, "iso", iso, second + 1);
	memcpy(text, iso, second);
	text[date] = ' ';
	memcpy(text + second, " UTC", 4);
	set_stamp(o, "exact", text, second + 4);
	clock_local_text(ms, text);
	set_stamp(o, "local", text, minute);
	set_stamp(o, "date", text, date);
	far = distance(seconds < 0 ? -seconds : seconds);
	if (far != NULL)
		json_object_set_new_nocheck(o, seconds < 0 ? "ahead" : "ago",
		    far);
	return o;
}

json_t *
view_due(const struct page_request *r, const struct ticket *t)
{
	int64_t due = t->due_ms != 0 ? t->due_ms : t->resolve_due_ms;
	json_t *o;

	if (t->first_response_ms == 0 && t->first_response_due_ms != 0 &&
	    (due == 0 || t->first_response_due_ms < due))
		due = t->first_response_due_ms;
	if (due == 0 || t->status == TICKET_CLOSED ||
	    due > r->now_ms + SOON_MS)
		return json_null();
	o = view_is(due <= r->now_ms ? "overdue" : "soon");
	json_object_set_new(o, "due", view_when(r, due));
	return o;
}

/* ---- tickets and people ---- */

static json_t *
named(const char *name)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", json_string(name));
	json_object_set_new(o, "is", view_is(name));
	return o;
}

json_t *
view_status(enum ticket_status status)
{
	return named(ticket_status_name(status));
}

json_t *
view_priority(enum ticket_priority priority)
{
	return named(ticket_priority_name(priority));
}

const char *
view_name(struct arena *arena, const char *name)
{
	return compose_author(arena, name);
}

json_t *
view_person(const struct page_request *r, int64_t id)
{
	bool all = view_is_staff(r) || (id != 0 && id == r->viewer.person);
	struct person p;
	json_t *o;

	if (id == 0 || person_get(r->db, id, r->arena, &p, NULL) != 1)
		return json_null();
	o = json_object();
	json_object_set_new_nocheck(o, "shown", view_line(!all ?
	    view_name(r->arena, p.name) : p.name == NULL ||
	    p.name[0] == '\0' ? p.address : p.name));
	if (all)
		json_object_set_new_nocheck(o, "address",
		    view_line(p.address));
	return o;
}

json_t *
view_people_person(struct view_people *people, const struct page_request *r,
    int64_t id)
{
	struct view_people_one *one = &people->known[id % VIEW_PEOPLE];

	if (one->person != NULL && one->id != id) {
		json_decref(one->person);
		one->person = NULL;
	}
	if (one->person == NULL) {
		one->person = view_person(r, id);
		one->id = id;
	}
	return json_incref(one->person);
}

void
view_people_free(struct view_people *people)
{
	int i;

	for (i = 0; i < VIEW_PEOPLE; i++)
		json_decref(people->known[i].person);
}

const char *
view_category(const struct settings *settings, const char *name)
{
	const struct settings_category *c = settings_category(settings, name);

	return c == NULL || c->title[0] == '\0' ? name : c->title;
}

/* ---- encodings ---- */

void
view_percent(struct buf *out, const char *text)
{
	mailto_percent(out, slice_of(text));
}

const char *
view_mailto(struct arena *arena, const char *to, const char *subject,
    const char *body)
{
	return mailto_url(arena, to, subject, body);
}

const char *
view_url(const struct page_request *r, const char *fmt, ...)
{
	const char *base = r->settings->web.base, *url;
	struct buf b = BUF_INIT(8192);
	char *path = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&path, fmt, ap) == -1)
		path = NULL;
	va_end(ap);
	buf_adds(&b, base[0] == '\0' ? "/" : base);
	if (b.p[b.len - 1] != '/')
		buf_addc(&b, '/');
	buf_adds(&b, path == NULL ? "" : path);
	free(path);
	url = arena_strdup(r->arena, buf_str(&b));
	buf_free(&b);
	return url == NULL ? "" : url;
}
