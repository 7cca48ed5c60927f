/* The reader: nothing of what a child sent is believed. */
#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/mail_json.h"

#define LIST_MAX	20000	/* entries of a list */
#define LINE_MAX	(64 * 1024)	/* bytes of a one-line text */
#define NESTS_MAX	100000		/* objects and lists, in all */
#define VALUES_MAX	500000		/* members and entries, in all */

/* What is being read; the first fault stays and ends everything. */
struct load {
	struct arena	*arena;
	struct err	*err;
	size_t		 raw_size;
	bool		 bad;
};

static void
fault(struct load *l, const char *key, const char *what)
{
	if (!l->bad)
		err_set(l->err, ERR_INPUT, "the parser's answer: %s: %s", key,
		    what);
	l->bad = true;
}

static json_t *
member(struct load *l, json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	if (v == NULL)
		fault(l, key, "missing");
	return v;
}

/* No controls but TAB and LF (lines) or none at all. jansson has checked that
 * it is UTF-8 without NUL. */
static bool
is_clean(const char *s, size_t len, bool lines)
{
	uint32_t cp;
	size_t n;

	for (; len > 0; s += n, len -= n) {
		n = utf8_decode(s, len, &cp);
		if (n == 0 || (cp >= 0x7f && cp <= 0x9f))
			return false;
		if (cp < 0x20 && !(lines && (cp == '\t' || cp == '\n')))
			return false;
	}
	return true;
}

/* A text of at most max bytes into the arena; NULL for null or a fault. */
static const char *
get_text(struct load *l, json_t *v, const char *key, size_t max, bool lines)
{
	size_t len;

	if (v == NULL || json_is_null(v))
		return NULL;
	if (!json_is_string(v)) {
		fault(l, key, "not a text");
		return NULL;
	}
	len = json_string_length(v);
	if (len > max || memchr(json_string_value(v), '\0', len) != NULL ||
	    !is_clean(json_string_value(v), len, lines)) {
		fault(l, key, "too long, or control characters in it");
		return NULL;
	}
	return arena_strndup(l->arena, json_string_value(v), len);
}

static const char *
line(struct load *l, json_t *o, const char *key)
{
	return get_text(l, member(l, o, key), key, LINE_MAX, false);
}

/* A line that must be there. */
static const char *
need_line(struct load *l, json_t *o, const char *key)
{
	const char *s = line(l, o, key);

	if (s == NULL)
		fault(l, key, "null");
	return s == NULL ? "" : s;
}

static int64_t
number(struct load *l, json_t *o, const char *key, int64_t max)
{
	json_t *v = member(l, o, key);
	json_int_t n;

	if (json_is_null(v))
		return 0;
	if (!json_is_integer(v)) {
		fault(l, key, "not a number");
		return 0;
	}
	n = json_integer_value(v);
	if (n < 0 || n > max) {
		fault(l, key, "number out of range");
		return 0;
	}
	return n;
}

static bool
boolean(struct load *l, json_t *o, const char *key)
{
	json_t *v = member(l, o, key);

	if (!json_is_boolean(v))
		fault(l, key, "not true or false");
	return json_is_true(v);
}

/* A list of at most LIST_MAX entries: memory for them, or NULL. */
static void *
list(struct load *l, json_t *v, const char *key, size_t size, size_t *n_out)
{
	void *p;

	*n_out = 0;
	if (v == NULL)
		return NULL;
	if (!json_is_array(v) || json_array_size(v) > LIST_MAX) {
		fault(l, key, "not a list, or too long");
		return NULL;
	}
	if (json_array_size(v) == 0)
		return NULL;
	p = arena_calloc(l->arena, json_array_size(v), size);
	if (p != NULL)
		*n_out = json_array_size(v);
	return p;
}

static struct mail_strings
strings(struct load *l, json_t *o, const char *key)
{
	json_t *v = member(l, o, key);
	struct mail_strings s;
	size_t i;

	s.v = list(l, v, key, sizeof s.v[0], &s.n);
	for (i = 0; i < s.n; i++) {
		s.v[i] = get_text(l, json_array_get(v, i), key, LINE_MAX,
		    false);
		if (s.v[i] == NULL) {
			fault(l, key, "null in the list");
			s.n = 0;
		}
	}
	return s;
}

static struct mail_address
address(struct load *l, json_t *o, const char *key)
{
	struct mail_address a = { NULL, NULL };

	if (!json_is_object(o)) {
		fault(l, key, "not an object");
		return a;
	}
	a.name = line(l, o, "name");
	a.address = line(l, o, "address");
	return a;
}

static struct mail_addresses
addresses(struct load *l, json_t *o, const char *key)
{
	json_t *v = member(l, o, key);
	struct mail_addresses s;
	size_t i;

	s.v = list(l, v, key, sizeof s.v[0], &s.n);
	for (i = 0; i < s.n; i++)
		s.v[i] = address(l, json_array_get(v, i), key);
	return s;
}

/* "2026-11-22T10:00:00Z", exactly. */
static bool
date(struct load *l, json_t *o, const char *key, int64_t *ms_out)
{
	const char *s = line(l, o, key);
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	int64_t days;
	size_t i;

	if (s == NULL)
		return false;
	for (i = 0; i < sizeof form; i++)
		if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' :
		    s[i] != form[i]) {
			fault(l, key, "not a date");
			return false;
		}
#define TWO(at)	((s[at] - '0') * 10 + s[(at) + 1] - '0')
	if (TWO(5) < 1 || TWO(5) > 12 || TWO(8) < 1 || TWO(8) > 31 ||
	    TWO(11) > 23 || TWO(14) > 59 || TWO(17) > 60) {
		fault(l, key, "no such date");
		return false;
	}
	days = clock_days(TWO(0) * 100 + TWO(2), TWO(5), TWO(8));
	*ms_out = ((days * 24 + TWO(11)) * 60 + TWO(14)) * 60000 +
	    TWO(17) * 1000;
#undef TWO
	return true;
}

/* Spans tile text from its first byte to its last. */
static void
spans(struct load *l, json_t *o, struct mail *m)
{
	json_t *v = member(l, o, "spans");
	size_t i, at = 0, len = m->text == NULL ? 0 : strlen(m->text);

	m->spans = list(l, v, "spans", sizeof m->spans[0], &m->nspans);
	for (i = 0; i < m->nspans && !l->bad; i++) {
		json_t *e = json_array_get(v, i);
		struct mail_span *s = &m->spans[i];

		if (!mail_span_parse(need_line(l, e, "kind"), &s->kind))
			fault(l, "spans", "unknown kind");
		s->offset = (size_t)number(l, e, "offset", (int64_t)len);
		s->length = (size_t)number(l, e, "length", (int64_t)len);
		if (s->offset != at || s->length > len - at)
			fault(l, "spans", "do not tile the text");
		else
			at += s->length;
	}
	if (!l->bad && m->nspans > 0 && at != len)
		fault(l, "spans", "do not tile the text");
}

static bool
is_verb(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return n > 0 && n <= 32 && s[n] == '\0';
}

static void
commands(struct load *l, json_t *o, struct mail *m)
{
	json_t *v = member(l, o, "commands");
	size_t i;

	m->commands = list(l, v, "commands", sizeof m->commands[0],
	    &m->ncommands);
	for (i = 0; i < m->ncommands && !l->bad; i++) {
		json_t *e = json_array_get(v, i);

		m->commands[i].verb = need_line(l, e, "verb");
		m->commands[i].args = need_line(l, e, "args");
		if (!is_verb(m->commands[i].verb))
			fault(l, "commands", "not a verb");
	}
}

/* A name that is safe as a file name: no path, no controls, not empty. */
static bool
is_name(const char *s)
{
	return s == NULL || (*s != '\0' && strlen(s) <= 255 &&
	    strpbrk(s, "/\\") == NULL && strcmp(s, ".") != 0 &&
	    strcmp(s, "..") != 0);
}

/* "type/subtype" of RFC 2045 token characters, lower case. */
static bool
is_type(const char *s)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyz0123456789"
	    "!#$&-^_.+*'%`{}|~";
	size_t n = strspn(s, token);

	if (n == 0 || s[n] != '/' || strlen(s) > 127)
		return false;
	s += n + 1;
	n = strspn(s, token);
	return n > 0 && s[n] == '\0';
}

static void
attachment(struct load *l, json_t *e, struct mail_attachment *a)
{
	const char *digest = need_line(l, e, "sha256");

	a->name = line(l, e, "name");
	a->type = need_line(l, e, "type");
	a->content_id = line(l, e, "content_id");
	a->is_inline = boolean(l, e, "inline");
	/* decoding never makes more of it, but for winmail.dat's members */
	a->size = (size_t)number(l, e, "size", 4 * (int64_t)l->raw_size);
	a->offset = (size_t)number(l, e, "offset", (int64_t)l->raw_size);
	a->length = (size_t)number(l, e, "length", (int64_t)l->raw_size);
	if (!l->bad && a->length > l->raw_size - a->offset)
		fault(l, "attachments", "slice outside the mail");
	if (!l->bad && (!is_name(a->name) || !is_type(a->type)))
		fault(l, "attachments", "unsafe name or type");
	if (!mail_encoding_parse(need_line(l, e, "encoding"), &a->encoding))
		fault(l, "attachments", "unknown encoding");
	if (strlen(digest) != 64 ||
	    strspn(digest, "0123456789abcdef") != 64)
		fault(l, "attachments", "sha256 is not one");
	else
		memcpy(a->sha256, digest, 65);
}

static void
attachments(struct load *l, json_t *o, struct mail *m)
{
	json_t *v = member(l, o, "attachments");
	size_t i;

	m->attachments = list(l, v, "attachments", sizeof m->attachments[0],
	    &m->nattachments);
	for (i = 0; i < m->nattachments && !l->bad; i++)
		attachment(l, json_array_get(v, i), &m->attachments[i]);
}

static struct mail_bounce *
bounce(struct load *l, json_t *o)
{
	json_t *b = member(l, o, "bounce"), *v;
	struct mail_bounce *out;
	size_t i;

	if (json_is_null(b))
		return NULL;
	out = arena_alloc(l->arena, sizeof *out);
	if (out == NULL)
		return NULL;
	out->original_message_id = line(l, b, "original_message_id");
	v = member(l, b, "recipients");
	out->v = list(l, v, "recipients", sizeof out->v[0], &out->n);
	for (i = 0; i < out->n && !l->bad; i++) {
		json_t *e = json_array_get(v, i);

		out->v[i] = (struct mail_bounced){ line(l, e, "address"),
		    line(l, e, "action"), line(l, e, "status"),
		    get_text(l, member(l, e, "diagnostic"), "diagnostic",
		    LINE_MAX, true) };
	}
	return out;
}

static struct mail_forwarded *
forwarded(struct load *l, json_t *o)
{
	json_t *f = member(l, o, "forwarded");
	struct mail_forwarded *out;

	if (json_is_null(f))
		return NULL;
	out = arena_alloc(l->arena, sizeof *out);
	if (out == NULL)
		return NULL;
	out->from = address(l, member(l, f, "from"), "from");
	out->subject = line(l, f, "subject");
	out->has_date = date(l, f, "date", &out->date_ms);
	return out;
}

static void
trace(struct load *l, json_t *o, struct mail *m)
{
	json_t *v = member(l, o, "trace"), *r;
	size_t i, j;

	m->trace = list(l, v, "trace", sizeof m->trace[0], &m->ntrace);
	for (i = 0; i < m->ntrace && !l->bad; i++) {
		json_t *e = json_array_get(v, i);
		struct mail_trace *t = &m->trace[i];

		t->kind = boolean(l, e, "received") ? TRACE_RECEIVED :
		    TRACE_AUTHRES;
		t->by = line(l, e, "by");
		r = member(l, e, "results");
		t->results = list(l, r, "results", sizeof t->results[0],
		    &t->n);
		for (j = 0; j < t->n && !l->bad; j++) {
			json_t *x = json_array_get(r, j);

			t->results[j] = (struct mail_authres){
			    need_line(l, x, "method"),
			    need_line(l, x, "result"),
			    line(l, x, "property") };
		}
	}
}

static void
internal_fields(struct load *l, json_t *root, struct mail *m)
{
	json_t *o = member(l, root, "internal");

	m->recipients = strings(l, o, "recipients");
	m->our_ids = strings(l, o, "our_ids");
	m->subject_ticket = number(l, o, "subject_ticket", INT64_MAX);
	m->from_count = (unsigned)number(l, o, "from_count", 1000000);
	m->duplicate_headers = boolean(l, o, "duplicate_headers");
	m->null_return_path = boolean(l, o, "null_return_path");
	m->auto_generated = boolean(l, o, "auto_generated");
	m->list_id = line(l, o, "list_id");
	m->spam = line(l, o, "spam");
	m->loop_id = line(l, o, "loop_id");
	m->near_commands = strings(l, o, "near_commands");
	m->note_marker = boolean(l, o, "note_marker");
	trace(l, o, m);
	m->header_length = (size_t)number(l, o, "header_length",
	    (int64_t)l->raw_size);
}

static void
whole(struct load *l, json_t *o, struct mail *m)
{
	/* the parser keeps half of it; what reads whole tickets counts on it */
	const size_t most = 2 * mail_limits_default.text;

	m->from = address(l, member(l, o, "from"), "from");
	m->reply_to = addresses(l, o, "reply_to");
	m->to = addresses(l, o, "to");
	m->cc = addresses(l, o, "cc");
	m->subject = line(l, o, "subject");
	m->has_date = date(l, o, "date", &m->date_ms);
	m->message_id = line(l, o, "message_id");
	m->in_reply_to = strings(l, o, "in_reply_to");
	m->references = strings(l, o, "references");
	m->text = get_text(l, member(l, o, "text"), "text", most, true);
	m->reply = get_text(l, member(l, o, "reply"), "reply", most, true);
	if (m->text == NULL || m->reply == NULL)
		fault(l, "text, reply", "null");
	spans(l, o, m);
	commands(l, o, m);
	attachments(l, o, m);
	if (!mail_kind_parse(need_line(l, o, "kind"), &m->kind))
		fault(l, "kind", "unknown");
	m->because = need_line(l, o, "because");
	m->bounce = bounce(l, o);
	m->forwarded = forwarded(l, o);
	m->ticket = number(l, o, "ticket", INT64_MAX);
	m->warnings = strings(l, o, "warnings");
	internal_fields(l, o, m);
}

/* An empty list is two bytes here and a hundred as jansson keeps it: count
 * before it takes the memory. */
static bool
is_bomb(struct slice json)
{
	size_t i, nests = 0, values = 0;
	bool text = false;

	for (i = 0; i < json.len; i++) {
		char c = json.p[i];

		if (text && c == '\\')
			i++;
		else if (c == '"')
			text = !text;
		else if (!text && (c == '[' || c == '{'))
			nests++;
		else if (!text && c == ',')
			values++;
	}
	return nests > NESTS_MAX || values > VALUES_MAX;
}

int
mail_json_load(struct slice json, size_t raw_size, struct arena *arena,
    struct mail **mail_out, struct err *err)
{
	struct load l = { arena, err, raw_size, false };
	struct mail *m = arena_alloc(arena, sizeof *m);
	json_error_t why;
	json_t *o;

	if (m == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (is_bomb(json))
		return err_set(err, ERR_INPUT, "the parser's answer has too "
		    "many values");
	o = json_loadb(json.p, json.len, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(o)) {
		json_decref(o);
		return err_set(err, ERR_INPUT, "the parser's answer is no "
		    "JSON object: %s", o == NULL ? why.text : "another type");
	}
	whole(&l, o, m);
	json_decref(o);
	if (!l.bad && arena_failed(arena))
		return err_set(err, ERR_RETRY, "out of memory");
	if (l.bad)
		return -1;
	*mail_out = m;
	return 0;
}
