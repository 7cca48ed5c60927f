#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mime_write.h"
#include "base/text.h"
#include "base/utf8.h"
#include "db/raw_store.h"
#include "desk/compose_context.h"
#include "desk/said.h"

#define TEXT_MAX	((size_t)200 * 1024)	/* bytes of a message shown */
#define QUOTE_MAX	800			/* bytes of history shown */
#define QUOTE_LINES	12
#define NBSP		"\xc2\xa0"

/* What an event's mail is: only for staff? does it show the message? */
static const struct event {
	const char	*name;
	bool		 internal, shows, quotes;
} events[] = {
	{ "acknowledged",		false, false, false },
	{ "replied",			false, true, true },
	{ "closed",			false, true, true },
	{ "incident-closed",		false, true, true },
	{ "reopened",			false, false, false },
	{ "merged",			false, false, false },
	{ "staff-new-ticket",		true, true, false },
	{ "staff-requester-reply",	true, true, false },
	{ "refused",			true, true, false },
	{ "confirm",			false, true, false },
	{ "transcript",			false, false, false },
	{ "quarantined",		true, true, false },
	{ "delivery-failed",		true, false, false },
	{ "trouble",			true, false, false },
	{ "trouble-over",		true, false, false },
	{ "canary",			false, false, false },
	{ "reminder",			false, true, true },
	{ "sla-warning",		true, false, false },
	{ "sla-breach",			true, false, false },
};

const char *const compose_events[] = { "acknowledged", "replied", "closed",
	"incident-closed", "reopened", "merged", "reminder",
	"staff-new-ticket", "staff-requester-reply", "sla-warning",
	"sla-breach", "refused", "confirm", "transcript", "quarantined",
	"delivery-failed", "trouble", "trouble-over", "canary", NULL };

/* An event that is not in the table shows what it likes, to staff only. */
static const struct event *
event_of(const struct outbox_row *row)
{
	static const struct event other = { "", true, true, false };
	size_t i;

	for (i = 0; i < sizeof events / sizeof events[0]; i++)
		if (strcmp(events[i].name, row->event) == 0)
			return &events[i];
	return &other;
}

const char *
compose_author(struct arena *arena, const char *name)
{
	struct buf clean = BUF_INIT(4096);
	size_t in, n, out = 0, count = 0;
	const char *result;

	if (name == NULL)
		return "";
	mime_clean(&clean, (struct slice){ name, utf8_cut(name, strlen(name),
	    1024) });
	/* a mere address: its local part, never the whole of it */
	for (in = 0; in < clean.len && clean.p[in] != '@' &&
	    count < COMPOSE_AUTHOR_MAX; in += n) {
		uint32_t c;

		n = utf8_decode(clean.p + in, clean.len - in, &c);
		if (n == 0)
			break;
		if (c < 0x80 && strchr("<>\",;:\\", (int)c) != NULL)
			continue;
		memmove(clean.p + out, clean.p + in, n);
		out += n;
		count++;
	}
	clean.len = out;
	result = arena_strndup(arena, text_trim(buf_slice(&clean)).p,
	    text_trim(buf_slice(&clean)).len);
	buf_free(&clean);
	return result == NULL ? "" : result;
}

/* ---- loading ---- */

/* 1 it is there; a row that tells of something gone can never be made. */
static int
must_exist(int rc, const char *what, int64_t id, struct err *err)
{
	if (rc == 0)
		return err_set(err, ERR_INPUT, "%s %lld is gone", what,
		    (long long)id);
	return rc;
}

static bool
is_informed_list(const struct compose_item *item)
{
	size_t i;

	if (item->row->person != 0 || item->category == NULL)
		return false;
	for (i = 0; i < item->category->notify.n; i++)
		if (text_ieq(slice_of(item->category->notify.v[i]),
		    slice_of(item->row->to)))
			return true;
	return false;
}

/* The room of a category; a room with one person alone has that person. */
static bool
is_staff_room(const struct outbox_row *row)
{
	return row->person == 0 && row->door != NULL && *row->door != '\0';
}

static int
load_rows(struct desk *desk, struct compose_item *item, struct err *err)
{
	const struct outbox_row *row = item->row;

	item->has_ticket = row->ticket != 0;
	item->has_message = row->message != 0;
	item->has_person = row->person != 0;
	if (item->has_ticket && must_exist(ticket_get(desk->db, row->ticket,
	    desk->arena, &item->ticket, err), "ticket", row->ticket,
	    err) == -1)
		return -1;
	if (item->has_message && must_exist(message_get(desk->db, row->message,
	    desk->arena, &item->message, err), "message", row->message,
	    err) == -1)
		return -1;
	if (item->has_person && must_exist(person_get(desk->db, row->person,
	    desk->arena, &item->person, err), "person", row->person,
	    err) == -1)
		return -1;
	if (item->has_ticket)
		item->category = settings_category(desk->settings,
		    item->ticket.category);
	item->staff = item->has_person ? item->person.role != ROLE_REQUESTER &&
	    !item->person.removed : is_staff_room(row) ||
	    is_informed_list(item);
	return 0;
}

/* I7: nothing internal to people who are not staff, and nothing of another
 * ticket to anybody. */
static int
check_may_see(const struct compose_item *item, const struct event *event,
    struct err *err)
{
	const struct outbox_row *row = item->row;

	if (item->has_message && item->message.ticket != row->ticket)
		return err_set(err, ERR_FATAL, "outbox %lld: message %lld is "
		    "of another ticket", (long long)row->id,
		    (long long)row->message);
	if (item->staff)
		return 0;
	if (item->has_message && item->message.visibility != MESSAGE_PUBLIC)
		return err_set(err, ERR_FATAL, "outbox %lld: message %lld is "
		    "internal, its recipient is not staff",
		    (long long)row->id, (long long)row->message);
	if (event->internal)
		return err_set(err, ERR_FATAL, "outbox %lld: %s is for staff, "
		    "its recipient is not", (long long)row->id, row->event);
	return 0;
}

static int
load_author(struct desk *desk, struct compose_item *item, struct err *err)
{
	const struct message *m = &item->message;
	const char *name = m->author_name;
	struct person p;
	int rc;

	item->author = "";
	if (!item->shows_message || m->automatic)
		return 0;
	if (m->author != 0 && m->from_staff) {
		rc = person_get(desk->db, m->author, desk->arena, &p, err);
		if (rc == -1)
			return -1;
		if (rc == 1 && p.name != NULL && p.name[0] != '\0')
			name = p.name;
	}
	if ((name == NULL || name[0] == '\0') && item->staff)
		name = m->author_address;
	item->author = compose_author(desk->arena, name);
	return 0;
}

/* Public attachments go along while they fit; the others are named. */
static int
load_attachments(struct desk *desk, struct compose_item *item,
    struct err *err)
{
	int64_t left = desk->settings->smtp.attach_limit;
	struct attachment *v;
	size_t n, i, size;
	int rc;

	if (attachment_list(desk->db, item->message.id, desk->arena, &v, &n,
	    err) == -1)
		return -1;
	item->attached = arena_calloc(desk->arena, n + 1, sizeof *v);
	item->linked = arena_calloc(desk->arena, n + 1, sizeof *v);
	if (item->attached == NULL || item->linked == NULL)
		return err_set(err, ERR_RETRY, "compose: out of memory");
	for (i = 0; i < n; i++) {
		rc = v[i].raw == 0 ? 0 : raw_size(desk->db, v[i].raw, &size,
		    err);
		if (rc == -1)
			return -1;
		if (rc == 0 || item->message.visibility != MESSAGE_PUBLIC ||
		    (int64_t)v[i].size > left) {
			item->linked[item->nlinked++] = v[i];
			continue;
		}
		left -= (int64_t)v[i].size;
		item->attached[item->nattached++] = v[i];
	}
	return 0;
}

int
compose_load(struct desk *desk, const struct outbox_row *row,
    struct compose_item *item_out, struct err *err)
{
	struct compose_item item = { .row = row };
	const struct event *event = event_of(row);

	if (load_rows(desk, &item, err) == -1 ||
	    check_may_see(&item, event, err) == -1)
		return -1;
	item.shows_message = item.has_message && event->shows && !row->bare;
	if (load_author(desk, &item, err) == -1)
		return -1;
	if (item.shows_message && load_attachments(desk, &item, err) == -1)
		return -1;
	*item_out = item;
	return 0;
}

/* ---- the JSON ---- */

/* Text of any bytes; NULL is the empty text. */
static json_t *
text(const char *p, size_t len)
{
	json_t *v = json_stringn(p, len);
	struct buf clean;

	if (v != NULL || p == NULL)
		return v == NULL ? json_string("") : v;
	clean = BUF_INIT(len * 3 + 1);
	utf8_clean(&clean, p, len);
	v = json_string(buf_str(&clean));
	buf_free(&clean);
	return v;
}

/* A name, a subject: one clean line, whatever it holds. */
static void
set(json_t *o, const char *key, const char *value)
{
	struct slice s = slice_of(value);
	struct buf clean = BUF_INIT(s.len + 1);

	mime_clean(&clean, s);
	json_object_set_new(o, key, text(buf_str(&clean), clean.len));
	buf_free(&clean);
}

static void
set_bool(json_t *o, const char *key, bool value)
{
	json_object_set_new(o, key, json_boolean(value));
}

/* A line for HTML: blanks that HTML would fold stay visible. */
static json_t *
html_line(struct slice line, bool more)
{
	struct buf b = BUF_INIT(line.len * 8 + 8);
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < line.len; i++) {
		bool folds = line.p[i] == ' ' && (i == 0 ||
		    line.p[i - 1] == ' ');

		if (line.p[i] == '\t')
			buf_adds(&b, NBSP NBSP NBSP NBSP);
		else if (folds)
			buf_adds(&b, NBSP);
		else
			buf_addc(&b, line.p[i]);
	}
	json_object_set_new(o, "text", text(buf_str(&b), b.len));
	set_bool(o, "more", more);
	buf_free(&b);
	return o;
}

/* [{"lines":[{"text","more"}…]}…]: paragraphs as blank lines part them. */
static json_t *
paragraphs(struct slice s)
{
	json_t *list = json_array(), *lines = NULL, *p;
	struct slice line, next;
	bool have = text_line(&s, &line), more;

	for (; have; have = more, line = next) {
		more = text_line(&s, &next);
		if (text_trim(line).len == 0) {
			lines = NULL;
			continue;
		}
		if (lines == NULL) {
			lines = json_array();
			p = json_object();
			json_object_set_new(p, "lines", lines);
			json_array_append_new(list, p);
		}
		json_array_append_new(lines, html_line(line, more &&
		    text_trim(next).len > 0));
	}
	return list;
}

static json_t *
plain_lines(struct slice s)
{
	json_t *list = json_array();
	struct slice line;

	while (text_line(&s, &line))
		json_array_append_new(list, text(line.p, line.len));
	return list;
}

static const char *
size_text(size_t size, char out[32])
{
	if (size < 1000)
		snprintf(out, 32, "%zu bytes", size);
	else if (size < 1000 * 1000)
		snprintf(out, 32, "%zu KB", (size + 500) / 1000);
	else
		snprintf(out, 32, "%.1f MB", (double)size / 1e6);
	return out;
}

static json_t *
attachments(const struct settings *settings, int64_t ticket,
    const struct attachment *v, size_t n)
{
	json_t *list = json_array();
	char size[32], url[512];
	size_t i;

	for (i = 0; i < n; i++) {
		json_t *o = json_object();

		set(o, "name", v[i].name == NULL ? "attachment" : v[i].name);
		set(o, "size", size_text(v[i].size, size));
		if (settings->url[0] != '\0') {
			snprintf(url, sizeof url, "%s/tickets/%lld/attachments"
			    "/%lld", settings->url, (long long)ticket,
			    (long long)v[i].id);
			set(o, "url", url);
		}
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
desk_json(const struct settings *settings)
{
	json_t *o = json_object();

	set(o, "name", settings->name);
	set(o, "address", settings->address);
	set(o, "url", settings->url);
	return o;
}

static json_t *
message_json(const struct settings *settings, const struct compose_item *item)
{
	const struct message *m = &item->message;
	struct slice s = slice_of(m->text == NULL ? "" : m->text);
	size_t whole = s.len;
	json_t *o = json_object();

	s.len = utf8_cut(s.p, s.len, TEXT_MAX);
	while (s.len > 0 && strchr(" \t\r\n", s.p[s.len - 1]) != NULL)
		s.len--;
	while (s.len > 0 && (*s.p == '\n' || *s.p == '\r')) {
		s.p++;
		s.len--;
	}
	json_object_set_new(o, "text", text(s.p, s.len));
	json_object_set_new(o, "paragraphs", paragraphs(s));
	set_bool(o, "cut", whole > TEXT_MAX);
	set_bool(o, "files", item->nattached + item->nlinked > 0);
	set(o, "author", item->author);
	if (item->staff)
		set(o, "address", m->author_address);
	set_bool(o, "public", m->visibility == MESSAGE_PUBLIC);
	set_bool(o, "note", m->visibility == MESSAGE_NOTE);
	set_bool(o, "held", m->visibility == MESSAGE_HELD);
	set_bool(o, "unproven", item->staff && !m->from_staff &&
	    m->proof == PROVEN_CLAIMED);
	json_object_set_new(o, "attached", attachments(settings, m->ticket,
	    item->attached, item->nattached));
	json_object_set_new(o, "linked", attachments(settings, m->ticket,
	    item->linked, item->nlinked));
	return o;
}

/* Name, and for staff the address too. */
static json_t *
person_json(const struct person *p, bool staff)
{
	json_t *o = json_object();
	const char *name = p->name == NULL ? "" : p->name;

	set(o, "name", name);
	if (staff) {
		set(o, "address", p->address);
		set(o, "shown", name[0] == '\0' ? p->address : name);
	}
	return o;
}

static int
set_person(struct desk *desk, json_t *o, const char *key, int64_t id,
    bool staff, struct err *err)
{
	struct person p;
	int rc = id == 0 ? 0 : person_get(desk->db, id, desk->arena, &p, err);

	if (rc == 1)
		json_object_set_new(o, key, person_json(&p, staff));
	return rc == -1 ? -1 : 0;
}

static json_t *
ticket_json(const struct settings *settings, const struct compose_item *item)
{
	const struct ticket *t = &item->ticket;
	json_t *o = json_object();
	char line[512];

	json_object_set_new(o, "number", json_integer(t->number));
	snprintf(line, sizeof line, "#%lld", (long long)t->number);
	set(o, "ref", line);
	if (item->row->bare)
		return o;	/* contract §5: nothing of theirs comes back */
	if (settings->url[0] != '\0') {
		snprintf(line, sizeof line, "%s/tickets/%lld", settings->url,
		    (long long)t->number);
		set(o, "url", line);
	}
	set(o, "subject", t->subject);
	set(o, "category", item->category == NULL ? t->category :
	    item->category->title);
	set(o, "status", ticket_status_name(t->status));
	set_bool(o, "closed", t->status == TICKET_CLOSED);
	set(o, "location", t->location);
	if (!item->staff)
		return o;
	set(o, "priority", ticket_priority_name(t->priority));
	set_bool(o, "important", t->priority > PRIORITY_NORMAL);
	set(o, "tags", t->tags);
	return o;
}

/* Who reads an answer to this mail? Agrees with what intake does. */
static int
answer_json(struct desk *desk, const struct compose_item *item, json_t *o,
    struct err *err)
{
	bool open = item->staff && item->has_ticket && item->has_person &&
	    item->ticket.requester != 0 &&
	    !said_is_note_answer(item->row->event) && (!item->has_message ||
	    item->message.visibility == MESSAGE_PUBLIC);
	enum settings_say say = item->category == NULL ? SAY_REPLY :
	    item->category->mail_reply;
	int64_t *v;
	size_t n, i, others = 0;

	set_bool(o, "public", open && say == SAY_REPLY);
	set_bool(o, "asked", open && say == SAY_ASK);
	set_bool(o, "internal", !open || say == SAY_NOTE);
	if (!open)
		return 0;
	if (watcher_list(desk->db, item->ticket.number, desk->arena, &v, &n,
	    err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		others += v[i] != item->ticket.requester &&
		    v[i] != item->row->person;
	if (others > 0)
		json_object_set_new(o, "watchers", json_integer(
		    (json_int_t)others));
	set_bool(o, "many", others > 1);
	return 0;
}

/* The recipient's own last words, short. */
static int
quote_json(struct desk *desk, const struct compose_item *item, json_t *o,
    struct err *err)
{
	struct message m;
	struct slice s, rest, line;
	char date[64];
	time_t t;
	struct tm tm = { 0 };
	int rc, n;

	rc = message_last_of(desk->db, item->ticket.number, item->row->person,
	    desk->arena, &m, err);
	if (rc != 1 || m.visibility != MESSAGE_PUBLIC || m.text == NULL ||
	    m.id == item->row->message)
		return rc == -1 ? -1 : 0;
	s = text_trim(slice_of(m.text));
	rest = s;
	for (n = 0; n < QUOTE_LINES && text_line(&rest, &line); n++)
		;
	s.len = utf8_cut(s.p, s.len - rest.len, QUOTE_MAX);
	if (s.len == 0)
		return 0;
	t = (time_t)(m.date_ms / 1000);
	localtime_r(&t, &tm);
	strftime(date, sizeof date, "%e %B %Y", &tm);
	json_object_set_new(o, "lines", plain_lines(text_trim(s)));
	json_object_set_new(o, "paragraphs", paragraphs(text_trim(s)));
	set_bool(o, "cut", s.p + s.len < m.text + strlen(m.text));
	set(o, "date", date + (date[0] == ' '));
	return 1;
}

static int
fill_ticket(struct desk *desk, const struct compose_item *item, json_t *root,
    struct err *err)
{
	json_t *ticket = ticket_json(desk->settings, item);
	json_t *answer = json_object(), *quote;
	int rc;

	json_object_set_new(root, "ticket", ticket);
	json_object_set_new(root, "answer", answer);
	if (item->row->bare)
		return 0;
	if (set_person(desk, ticket, "assignee", item->ticket.assignee,
	    item->staff, err) == -1)
		return -1;
	if (item->staff && set_person(desk, ticket, "requester",
	    item->ticket.requester, true, err) == -1)
		return -1;
	if (answer_json(desk, item, answer, err) == -1)
		return -1;
	if (!event_of(item->row)->quotes || !item->has_message ||
	    item->row->person == 0)
		return 0;
	quote = json_object();
	rc = quote_json(desk, item, quote, err);
	if (rc == 1)
		json_object_set_new(root, "quote", quote);
	else
		json_decref(quote);
	return rc == -1 ? -1 : 0;
}

static json_t *
detail_json(const struct outbox_row *row)
{
	json_t *v = row->detail == NULL ? NULL : json_loads(row->detail,
	    JSON_REJECT_DUPLICATES, NULL);

	const char *as = json_string_value(json_object_get(v, "as"));

	if (!json_is_object(v)) {
		json_decref(v);
		v = json_object();
	}
	set_bool(v, "note", as != NULL && strcmp(as, "note") == 0);
	set_bool(v, "reply", as != NULL && strcmp(as, "reply") == 0);
	set_bool(v, "commands", as != NULL && strcmp(as, "commands") == 0);
	return v;
}

/* To a sender who is not proven: our own words only. */
static json_t *
bare_detail(const struct outbox_row *row)
{
	json_t *all = detail_json(row), *o = json_object();
	const char *verbs = json_string_value(json_object_get(all, "verbs"));

	set(o, "verbs", verbs == NULL ? "" : verbs);
	json_decref(all);
	return o;
}

json_t *
compose_context(struct desk *desk, const struct compose_item *item,
    struct err *err)
{
	json_t *root = json_object(), *to = json_object();

	json_object_set_new(root, "desk", desk_json(desk->settings));
	json_object_set_new(root, "to", to);
	set_bool(to, "staff", item->staff);
	set_bool(to, "requester", item->has_ticket && item->has_person &&
	    item->ticket.requester == item->person.id);
	set_bool(root, "bare", item->row->bare);
	set_bool(root, "automatic", item->row->automatic);
	set(root, "id", item->row->message_id);
	if (!item->row->bare)
		set(to, "name", compose_author(desk->arena,
		    item->has_person ? item->person.name : ""));
	json_object_set_new(root, "detail", item->row->bare ?
	    bare_detail(item->row) : detail_json(item->row));
	if (item->has_ticket && fill_ticket(desk, item, root, err) == -1)
		goto fail;
	if (item->shows_message)
		json_object_set_new(root, "message",
		    message_json(desk->settings, item));
	return root;
fail:
	json_decref(root);
	return NULL;
}

json_t *
compose_sample(const struct settings *settings)
{
	static const char sample[] = "{\"bare\":false,\"automatic\":true,"
	    "\"id\":\"campusdesk.1042.7.abcdefghijklmnop@campus.example\","
	    "\"to\":{\"name\":\"Mia Adler\",\"staff\":true,"
	    "\"requester\":false},\"ticket\":{\"number\":1042,\"ref\":\"#1042\",\"subject\":"
	    "\"No light in B-301\",\"category\":\"Facilities\",\"status\":"
	    "\"open\",\"priority\":\"high\",\"important\":true,\"closed\":"
	    "false,\"location\":\"B-301\",\"tags\":\"light\",\"url\":"
	    "\"https://helpdesk.campus.example/tickets/1042\",\"requester\":"
	    "{\"name\":\"Jana Novak\",\"address\":\"jana@campus.example\","
	    "\"shown\":\"Jana Novak\"},\"assignee\":{\"name\":\"Mia Adler\","
	    "\"address\":\"mia@campus.example\",\"shown\":\"Mia Adler\"}},"
	    "\"answer\":{\"public\":true,\"asked\":false,\"internal\":false,"
	    "\"watchers\":2,\"many\":true},\"message\":{\"text\":\"Hello\","
	    "\"paragraphs\":[{\"lines\":[{\"text\":\"Hello\",\"more\":false}]}"
	    "],\"author\":\"Jana Novak\",\"address\":\"jana@campus.example\","
	    "\"public\":true,\"note\":false,\"held\":false,\"unproven\":true,"
	    "\"cut\":true,\"files\":true,"
	    "\"attached\":[{\"name\":\"lamp.jpg\",\"size\":"
	    "\"84 KB\"}],\"linked\":[{\"name\":\"film.mp4\",\"size\":"
	    "\"41.0 MB\",\"url\":\"https://helpdesk.campus.example/x\"}]},"
	    "\"quote\":{\"date\":\"25 November 2026\",\"lines\":[\"Hello\"],"
	    "\"paragraphs\":[{\"lines\":[{\"text\":\"Hello\",\"more\":false}]}"
	    "],\"cut\":true},\"detail\":{\"why\":\"a reason\",\"found\":"
	    "\"words\",\"as\":\"reply\",\"report\":"
	    "\"It is closed.\",\"done\":\"1\",\"into\":\"7\",\"to\":\"jana@campus.example\","
	    "\"error\":\"550 no such user\",\"fault\":\"crashed\",\"from\":"
	    "\"jana@campus.example\",\"subject\":\"No light\"}}";
	json_t *root = json_loads(sample, 0, NULL);

	json_object_set_new(root, "desk", desk_json(settings));
	return root;
}
