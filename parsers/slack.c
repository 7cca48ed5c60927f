#include <string.h>

#include "base/crypt.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/slack.h"
#include "parsers/slack_text.h"

#define SECRET_MAX	256	/* bytes of what signs */
#define NAME_MAX	200	/* bytes of a file's name */
#define URL_MAX		2048	/* bytes of an address, of a trigger */
#define VALUE_MAX	2000	/* bytes of a button's value */
#define FORM_FIELDS	40

struct reading {
	struct arena		*arena;
	struct slack_event	 event;
	struct err		*err;
};

/* ---- forms of names ---- */

bool
slack_is_id(const char *s)
{
	size_t n = 0;

	while (n < SLACK_ID_MAX && (text_is_alnum(s[n]) || s[n] == '-' ||
	    s[n] == '_'))
		n++;
	return n > 0 && n < SLACK_ID_MAX && s[n] == '\0';
}

bool
slack_is_ts(const char *s)
{
	size_t n = strspn(s, "0123456789"), m;

	if (n < 1 || n > 12 || s[n] != '.')
		return false;
	m = strspn(s + n + 1, "0123456789");
	return m == 6 && s[n + 1 + m] == '\0';
}

int
slack_ts_compare(const char *a, const char *b)
{
	size_t na, nb;
	int rc;

	a += strspn(a, "0");
	b += strspn(b, "0");
	na = strcspn(a, ".");
	nb = strcspn(b, ".");
	if (na != nb)
		return na < nb ? -1 : 1;
	rc = strcmp(a, b);
	return rc < 0 ? -1 : rc > 0;
}

/* ---- the signature ---- */

static bool
is_now(const char *time_s, int64_t now_s)
{
	uint64_t t;

	if (!text_u64(slice_of(time_s), &t) || t > INT64_MAX / 2)
		return false;
	return (int64_t)t - now_s <= SLACK_AGE_S &&
	    now_s - (int64_t)t <= SLACK_AGE_S;
}

bool
slack_signed(struct slice secret, const char *time_s, const char *signature,
    struct slice body, int64_t now_s)
{
	unsigned char mac[CRYPT_SHA256];
	char want[3 + 2 * CRYPT_SHA256 + 1] = "v0=";
	struct buf base;
	bool good;

	if (time_s == NULL || signature == NULL || secret.len == 0 ||
	    secret.len > SECRET_MAX || strlen(time_s) > SLACK_TS_MAX ||
	    strlen(signature) != sizeof want - 1 || !is_now(time_s, now_s))
		return false;
	base = BUF_INIT(body.len + SLACK_TS_MAX + 8);
	buf_addf(&base, "v0:%s:", time_s);
	buf_addslice(&base, body);
	crypt_hmac(secret, buf_slice(&base), mac);
	crypt_hex(mac, sizeof mac, want + 3);
	good = !base.failed && crypt_equal(want, signature, sizeof want - 1);
	buf_free(&base);
	return good;
}

/* ---- members ---- */

static const char *
raw_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s == NULL ? "" : s;
}

static const char *
line(struct reading *r, const json_t *object, const char *key, size_t max)
{
	const char *s = raw_text(object, key);
	struct slice out = utf8_clean_line(r->arena, s, utf8_cut(s, strlen(s),
	    max));

	return out.p == NULL ? "" : out.p;
}

static const char *
copy(struct reading *r, const char *s)
{
	const char *out = *s == '\0' ? "" : arena_strdup(r->arena, s);

	return out == NULL ? "" : out;
}

/* An id or a time where one may stand: "" when there is none; a thing of
 * another form ends the reading. */
static int
name(struct reading *r, const json_t *object, const char *key,
    bool (*is)(const char *s), const char **out)
{
	const json_t *v = json_object_get(object, key);
	const char *s = json_string_value(v);

	if (v == NULL || json_is_null(v) || (s != NULL && *s == '\0'))
		return 0;
	if (s == NULL || !is(s))
		return err_set(r->err, ERR_INPUT, "slack: %s: not of the form "
		    "that it has", key);
	*out = copy(r, s);
	return 0;
}

/* Of {"user": {"id": …}}. */
static int
inner_id(struct reading *r, const json_t *object, const char *key,
    const char **out)
{
	return name(r, json_object_get(object, key), "id", slack_is_id, out);
}

static const char *
words(struct reading *r, const json_t *object, const char *key)
{
	return slack_text_in(r->arena, slice_of(raw_text(object, key)),
	    SLACK_TEXT_MAX);
}

static struct reading
reading(struct arena *arena, struct err *err)
{
	struct reading r = { .arena = arena, .err = err };
	struct slack_event *e = &r.event;

	e->key = e->team = e->user = e->bot = e->channel = e->ts = e->thread =
	    e->item = e->edited = e->text = e->before = e->mark = e->action =
	    e->value = e->view = e->category = e->location = e->trigger =
	    e->reply_url = "";
	return r;
}

static int
finish(struct reading *r, struct slack_event *event_out)
{
	if (arena_failed(r->arena))
		return err_set(r->err, ERR_RETRY, "slack: out of memory");
	*event_out = r->event;
	return 0;
}

/* ---- messages ---- */

static void
files(struct reading *r, const json_t *message)
{
	const json_t *list = json_object_get(message, "files"), *o;
	struct slack_event *e = &r->event;
	size_t i;

	json_array_foreach(list, i, o) {
		struct slack_file *f = &e->files[e->nfiles];
		const char *id = raw_text(o, "id"), *url;

		if (e->nfiles == SLACK_FILES_MAX)
			return;
		url = raw_text(o, "url_private_download");
		if (*url == '\0')
			url = raw_text(o, "url_private");
		if (!slack_is_id(id) || strlen(url) > URL_MAX)
			continue;
		*f = (struct slack_file){ .id = copy(r, id),
		    .name = line(r, o, "name", NAME_MAX),
		    .type = line(r, o, "mimetype", NAME_MAX),
		    .url = text_has_control(slice_of(url)) ? "" :
		    copy(r, url),
		    .size = json_integer_value(json_object_get(o, "size")) };
		e->nfiles++;
	}
}

/* Who, when, where in the thread, what. */
static int
said(struct reading *r, const json_t *m)
{
	struct slack_event *e = &r->event;

	if (name(r, m, "user", slack_is_id, &e->user) == -1 ||
	    name(r, m, "bot_id", slack_is_id, &e->bot) == -1 ||
	    name(r, m, "ts", slack_is_ts, &e->ts) == -1 ||
	    name(r, m, "thread_ts", slack_is_ts, &e->thread) == -1 ||
	    name(r, json_object_get(m, "edited"), "ts", slack_is_ts,
	    &e->edited) == -1)
		return -1;
	if (*e->ts == '\0')
		return err_set(r->err, ERR_INPUT, "slack: a message without "
		    "ts");
	if (strcmp(e->thread, e->ts) == 0)
		e->thread = "";		/* it is the root itself */
	e->text = words(r, m, "text");
	e->emote = strcmp(raw_text(m, "subtype"), "me_message") == 0;
	files(r, m);
	e->kind = SLACK_SAID;
	return 0;
}

static int
changed(struct reading *r, const json_t *event)
{
	const json_t *now = json_object_get(event, "message");
	const json_t *then = json_object_get(event, "previous_message");

	if (said(r, now) == -1)
		return -1;
	r->event.item = r->event.ts;
	r->event.before = words(r, then, "text");
	r->event.kind = SLACK_CHANGED;
	/* a message that had a thread is not deleted but emptied */
	if (strcmp(raw_text(now, "subtype"), "tombstone") == 0)
		r->event.kind = SLACK_DELETED;
	return 0;
}

static int
deleted(struct reading *r, const json_t *event)
{
	const json_t *then = json_object_get(event, "previous_message");
	struct slack_event *e = &r->event;

	if (name(r, event, "deleted_ts", slack_is_ts, &e->item) == -1 ||
	    name(r, then, "thread_ts", slack_is_ts, &e->thread) == -1 ||
	    name(r, then, "user", slack_is_id, &e->user) == -1)
		return -1;
	if (*e->item == '\0')
		return err_set(r->err, ERR_INPUT, "slack: nothing is deleted");
	e->kind = SLACK_DELETED;
	return 0;
}

static int
message(struct reading *r, const json_t *event)
{
	static const char *const plain[] = { "", "bot_message", "file_share",
	    "me_message", "thread_broadcast" };
	const char *sub = raw_text(event, "subtype");

	if (strcmp(sub, "message_changed") == 0)
		return changed(r, event);
	if (strcmp(sub, "message_deleted") == 0)
		return deleted(r, event);
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (strcmp(sub, plain[i]) == 0)
			return said(r, event);
	return 0;
}

static int
reaction(struct reading *r, const json_t *event, enum slack_kind kind)
{
	const json_t *item = json_object_get(event, "item");
	struct slack_event *e = &r->event;

	if (strcmp(raw_text(item, "type"), "message") != 0)
		return 0;
	if (name(r, event, "user", slack_is_id, &e->user) == -1 ||
	    name(r, item, "channel", slack_is_id, &e->channel) == -1 ||
	    name(r, item, "ts", slack_is_ts, &e->item) == -1 ||
	    name(r, event, "event_ts", slack_is_ts, &e->ts) == -1)
		return -1;
	if (*e->item == '\0' || *e->channel == '\0' || *e->user == '\0')
		return err_set(r->err, ERR_INPUT, "slack: a mark on nothing");
	e->mark = slack_mark_in(r->arena, line(r, event, "reaction",
	    NAME_MAX));
	e->kind = kind;
	return 0;
}

static int
inner_event(struct reading *r, const json_t *event)
{
	const char *type = raw_text(event, "type");
	struct slack_event *e = &r->event;

	if (strcmp(type, "reaction_added") == 0)
		return reaction(r, event, SLACK_MARKED);
	if (strcmp(type, "reaction_removed") == 0)
		return reaction(r, event, SLACK_UNMARKED);
	if (strcmp(type, "message") != 0 && strcmp(type, "app_mention") != 0)
		return 0;
	if (name(r, event, "channel", slack_is_id, &e->channel) == -1)
		return -1;
	if (*e->channel == '\0')
		return err_set(r->err, ERR_INPUT, "slack: a message nowhere");
	e->direct = strcmp(raw_text(event, "channel_type"), "im") == 0;
	return message(r, event);
}

/* ---- bodies ---- */

static json_t *
object_of(struct slice body, struct err *err)
{
	json_error_t why;
	json_t *root = json_loadb(body.p == NULL ? "" : body.p, body.len,
	    JSON_REJECT_DUPLICATES, &why);

	if (root != NULL && !json_is_object(root)) {
		json_decref(root);
		root = NULL;
	}
	if (root == NULL)
		err_set(err, ERR_INPUT, "slack: a body that is no JSON object");
	return root;
}

static int
envelope(struct reading *r, const json_t *root)
{
	const char *type = raw_text(root, "type");
	struct slack_event *e = &r->event;

	if (strcmp(type, "url_verification") == 0) {
		e->kind = SLACK_CHALLENGE;
		e->text = copy(r, raw_text(root, "challenge"));
		return 0;
	}
	if (strcmp(type, "app_rate_limited") == 0) {
		e->kind = SLACK_LIMITED;
		return 0;
	}
	if (strcmp(type, "event_callback") != 0)
		return 0;
	if (name(r, root, "event_id", slack_is_id, &e->key) == -1 ||
	    name(r, root, "team_id", slack_is_id, &e->team) == -1)
		return -1;
	if (*e->key == '\0' || *e->team == '\0')
		return err_set(r->err, ERR_INPUT, "slack: an event without "
		    "id or team");
	return inner_event(r, json_object_get(root, "event"));
}

int
slack_event(struct slice body, struct arena *arena,
    struct slack_event *event_out, struct err *err)
{
	struct reading r = reading(arena, err);
	json_t *root = object_of(body, err);
	int rc = root == NULL ? -1 : envelope(&r, root);

	json_decref(root);
	return rc == -1 ? -1 : finish(&r, event_out);
}

int
slack_message(const json_t *m, const char *team, const char *channel,
    struct arena *arena, struct slack_event *event_out, struct err *err)
{
	struct reading r = reading(arena, err);

	r.event.team = copy(&r, team);
	r.event.channel = copy(&r, channel);
	if (message(&r, m) == -1)
		return -1;
	return finish(&r, event_out);
}

/* ---- forms: application/x-www-form-urlencoded ---- */

struct field {
	const char	*name, *value;	/* without NUL inside */
};

static int
hex(char c)
{
	c = text_lower(c);
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL: bytes that are no form. */
static char *
decoded(struct arena *arena, struct slice s)
{
	char *out = arena_alloc(arena, s.len + 1), *p = out;

	for (size_t i = 0; out != NULL && i < s.len; i++) {
		int high, low;

		*p = s.p[i] == '+' ? ' ' : s.p[i];
		if (s.p[i] == '%') {
			high = i + 2 < s.len ? hex(s.p[i + 1]) : -1;
			low = i + 2 < s.len ? hex(s.p[i + 2]) : -1;
			if (high == -1 || low == -1)
				return NULL;
			*p = (char)(high * 16 + low);
			i += 2;
		}
		if (*p++ == '\0')
			return NULL;
	}
	if (out != NULL)
		*p = '\0';
	return out;
}

static int
form_fields(struct slice body, struct arena *arena, struct field *fields,
    size_t *n_out, struct err *err)
{
	size_t n = 0;

	while (body.len > 0) {
		const char *amp = memchr(body.p, '&', body.len);
		size_t len = amp == NULL ? body.len : (size_t)(amp - body.p);
		const char *eq = memchr(body.p, '=', len);
		size_t key = eq == NULL ? len : (size_t)(eq - body.p);

		if (n == FORM_FIELDS)
			return err_set(err, ERR_INPUT, "slack: too many "
			    "fields");
		fields[n].name = decoded(arena, (struct slice){ body.p, key });
		fields[n].value = eq == NULL ? "" : decoded(arena,
		    (struct slice){ eq + 1, len - key - 1 });
		if (fields[n].name == NULL || fields[n].value == NULL)
			return err_set(err, ERR_INPUT, "slack: a body that is "
			    "no form");
		n++;
		len += amp != NULL;
		body = (struct slice){ body.p + len, body.len - len };
	}
	*n_out = n;
	return 0;
}

/* The one field of that name; "" when there is none, or more than one. */
static const char *
field(const struct field *v, size_t n, const char *wanted)
{
	const char *found = "";
	int times = 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, wanted) == 0) {
			found = v[i].value;
			times++;
		}
	return times == 1 ? found : "";
}

bool
slack_is_ssl_check(struct slice body)
{
	struct slice rest = body;

	while (rest.len > 0) {
		const char *amp = memchr(rest.p, '&', rest.len);
		size_t len = amp == NULL ? rest.len : (size_t)(amp - rest.p);

		if (slice_is((struct slice){ rest.p, len }, "ssl_check=1"))
			return true;
		len += amp != NULL;
		rest = (struct slice){ rest.p + len, rest.len - len };
	}
	return false;
}

static int
command(struct reading *r, const struct field *v, size_t n)
{
	struct slack_event *e = &r->event;
	const char *user = field(v, n, "user_id");
	const char *team = field(v, n, "team_id");
	const char *channel = field(v, n, "channel_id");
	const char *trigger = field(v, n, "trigger_id");
	const char *text = field(v, n, "text");

	if (!slack_is_id(user) || !slack_is_id(team) ||
	    !slack_is_id(channel) || *trigger == '\0' ||
	    strlen(trigger) > URL_MAX || text_has_control(slice_of(trigger)))
		return err_set(r->err, ERR_INPUT, "slack: a command of "
		    "nobody");
	*e = (struct slack_event){ .kind = SLACK_COMMAND, .key = trigger,
	    .team = team, .user = user, .bot = "", .channel = channel,
	    .ts = "", .thread = "", .item = "", .edited = "",
	    .text = slack_text_in(r->arena, text_trim(slice_of(text)),
	    SLACK_TEXT_MAX), .before = "", .mark = "", .action = "",
	    .value = "", .view = "", .category = "", .location = "",
	    .trigger = trigger, .reply_url = field(v, n, "response_url") };
	if (strlen(e->reply_url) > URL_MAX ||
	    text_has_control(slice_of(e->reply_url)))
		e->reply_url = "";
	return 0;
}

int
slack_command(struct slice body, struct arena *arena,
    struct slack_event *event_out, struct err *err)
{
	struct reading r = reading(arena, err);
	struct field v[FORM_FIELDS];
	size_t n;

	if (slack_is_ssl_check(body)) {
		r.event.kind = SLACK_SSL_CHECK;
		return finish(&r, event_out);
	}
	if (form_fields(body, arena, v, &n, err) == -1 ||
	    command(&r, v, n) == -1)
		return -1;
	return finish(&r, event_out);
}

/* ---- interaction ---- */

static int
click(struct reading *r, const json_t *root)
{
	const json_t *action = json_array_get(json_object_get(root, "actions"),
	    0), *m = json_object_get(root, "message");
	struct slack_event *e = &r->event;

	if (inner_id(r, root, "channel", &e->channel) == -1 ||
	    name(r, m, "ts", slack_is_ts, &e->item) == -1 ||
	    name(r, m, "thread_ts", slack_is_ts, &e->thread) == -1 ||
	    name(r, action, "action_ts", slack_is_ts, &e->ts) == -1)
		return -1;
	e->action = line(r, action, "action_id", VALUE_MAX);
	e->value = line(r, action, "value", VALUE_MAX);
	if (*e->value == '\0')
		e->value = line(r, json_object_get(action, "selected_option"),
		    "value", VALUE_MAX);
	if (*e->channel == '\0' || *e->action == '\0' || *e->ts == '\0')
		return err_set(r->err, ERR_INPUT, "slack: a click on nothing");
	e->key = arena_printf(r->arena, "click:%s:%s:%s:%.40s", e->channel,
	    e->user, e->ts, e->action);
	e->kind = SLACK_CLICK;
	return 0;
}

/* What stands in an input: {"value": …} or {"selected_option": {"value": …}},
 * in the block and with the action of that name. */
static const json_t *
input_of(const json_t *view, const char *key)
{
	const json_t *values = json_object_get(json_object_get(view, "state"),
	    "values");

	return json_object_get(json_object_get(values, key), key);
}

static int
form(struct reading *r, const json_t *root)
{
	const json_t *view = json_object_get(root, "view");
	struct slack_event *e = &r->event;

	if (name(r, view, "id", slack_is_id, &e->view) == -1)
		return -1;
	if (*e->view == '\0')
		return err_set(r->err, ERR_INPUT, "slack: a form without id");
	e->category = line(r, json_object_get(input_of(view, "category"),
	    "selected_option"), "value", NAME_MAX);
	e->location = line(r, input_of(view, "location"), "value", NAME_MAX);
	e->text = slack_text_in(r->arena, text_trim(slice_of(raw_text(
	    input_of(view, "text"), "value"))), SLACK_TEXT_MAX);
	e->key = arena_printf(r->arena, "form:%s", e->view);
	e->kind = SLACK_FORM;
	return 0;
}

static int
interaction(struct reading *r, const json_t *root)
{
	const char *type = raw_text(root, "type");
	struct slack_event *e = &r->event;

	if (inner_id(r, root, "user", &e->user) == -1 ||
	    inner_id(r, root, "team", &e->team) == -1)
		return -1;
	if (*e->user == '\0' || *e->team == '\0')
		return err_set(r->err, ERR_INPUT, "slack: a click of nobody");
	e->trigger = line(r, root, "trigger_id", URL_MAX);
	e->reply_url = line(r, root, "response_url", URL_MAX);
	if (strcmp(type, "block_actions") == 0)
		return click(r, root);
	if (strcmp(type, "view_submission") == 0)
		return form(r, root);
	return 0;
}

int
slack_interact(struct slice body, struct arena *arena,
    struct slack_event *event_out, struct err *err)
{
	struct reading r = reading(arena, err);
	struct field v[FORM_FIELDS];
	json_t *root;
	size_t n;
	int rc;

	if (slack_is_ssl_check(body)) {
		r.event.kind = SLACK_SSL_CHECK;
		return finish(&r, event_out);
	}
	if (form_fields(body, arena, v, &n, err) == -1)
		return -1;
	root = object_of(slice_of(field(v, n, "payload")), err);
	rc = root == NULL ? -1 : interaction(&r, root);
	json_decref(root);
	return rc == -1 ? -1 : finish(&r, event_out);
}
