#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/mail_json.h"

#define TEXT_LENGTH_MAX	(16 * 1024 * 1024)	/* bytes of text */
#define LINE_LENGTH_MAX	16384		/* bytes of any other string */
#define LIST_MAX	20000		/* entries of any list */
#define SPANS_MAX	500000

/* Reading: the first thing that is wrong is kept, everything after it is
 * harmless. */
struct loader {
	struct arena	*arena;
	size_t		 raw_size;
	const char	*wrong;		/* the field; NULL so far so good */
};

static void
wrong(struct loader *l, const char *field)
{
	if (l->wrong == NULL)
		l->wrong = field;
}

static bool
fit(const char *s, size_t len, bool lines)
{
	uint32_t cp;
	size_t i, n;

	if (len > (lines ? (size_t)TEXT_LENGTH_MAX : (size_t)LINE_LENGTH_MAX))
		return false;
	for (i = 0; i < len; i += n) {
		n = utf8_decode(s + i, len - i, &cp);
		if (n == 0 || (cp >= 0x7f && cp <= 0x9f) ||
		    (cp < 0x20 && !(lines && (cp == '\t' || cp == '\n'))))
			return false;
	}
	return true;
}

/* A string of one line, or, with lines, a text. null where that may be. */
static const char *
get(struct loader *l, const json_t *o, const char *key, bool may_be_null,
    bool lines)
{
	const json_t *v = json_object_get(o, key);
	const char *s = json_string_value(v);
	size_t len = json_string_length(v);

	if (json_is_null(v) && may_be_null)
		return NULL;
	if (s == NULL || strlen(s) != len || !fit(s, len, lines)) {
		wrong(l, key);
		return may_be_null ? NULL : "";
	}
	s = arena_strndup(l->arena, s, len);
	return s == NULL ? "" : s;
}

static int64_t
get_number(struct loader *l, const json_t *o, const char *key, int64_t max)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > max) {
		wrong(l, key);
		return 0;
	}
	return json_integer_value(v);
}

static bool
get_bool(struct loader *l, const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_boolean(v))
		wrong(l, key);
	return json_is_true(v);
}

/* A list and, in *v_out, room for its entries; the number of them. */
static size_t
get_list(struct loader *l, const json_t *o, const char *key, size_t max,
    size_t size, const json_t **list_out, void **v_out)
{
	const json_t *v = json_object_get(o, key);
	size_t n = json_array_size(v);

	*v_out = NULL;
	*list_out = v;
	if (!json_is_array(v) || n > max) {
		wrong(l, key);
		return 0;
	}
	if (n > 0)
		*v_out = arena_calloc(l->arena, n, size);
	return *v_out == NULL ? 0 : n;
}

static struct mail_strings
get_strings(struct loader *l, const json_t *o, const char *key)
{
	struct mail_strings s = { 0 };
	const json_t *list;
	const char *p;
	void *v;
	size_t i;

	s.n = get_list(l, o, key, LIST_MAX, sizeof *s.v, &list, &v);
	s.v = v;
	for (i = 0; i < s.n; i++) {
		p = json_string_value(json_array_get(list, i));
		if (p == NULL || !fit(p, strlen(p), false)) {
			wrong(l, key);
			p = "";
		}
		s.v[i] = arena_strdup(l->arena, p);
	}
	return s;
}

static struct mail_address
get_address(struct loader *l, const json_t *o)
{
	struct mail_address a;

	a.name = get(l, o, "name", true, false);
	a.address = get(l, o, "address", true, false);
	return a;
}

static struct mail_addresses
get_addresses(struct loader *l, const json_t *o, const char *key)
{
	struct mail_addresses a = { 0 };
	const json_t *list;
	void *v;
	size_t i;

	a.n = get_list(l, o, key, LIST_MAX, sizeof *a.v, &list, &v);
	a.v = v;
	for (i = 0; i < a.n; i++)
		a.v[i] = get_address(l, json_array_get(list, i));
	return a;
}

static int
digits(const char *s, int n)
{
	int v = 0;

	while (n-- > 0) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s++ - '0');
	}
	return v;
}

/* "2026-11-22T10:00:00Z", and nothing else. */
static bool
read_date(const char *s, int64_t *ms_out)
{
	char again[CLOCK_TEXT_MAX];
	int64_t days;
	int h, m, sec;

	if (strlen(s) != 20 || digits(s, 4) < 0 || digits(s + 5, 2) < 1 ||
	    digits(s + 5, 2) > 12 || digits(s + 8, 2) < 1)
		return false;
	h = digits(s + 11, 2);
	m = digits(s + 14, 2);
	sec = digits(s + 17, 2);
	if (h < 0 || m < 0 || sec < 0)
		return false;
	days = clock_days(digits(s, 4), digits(s + 5, 2), digits(s + 8, 2));
	*ms_out = (days * 86400 + h * 3600 + m * 60 + sec) * 1000;
	return strcmp(clock_rfc3339(*ms_out, again), s) == 0;
}

static bool
get_date(struct loader *l, const json_t *o, const char *key, int64_t *ms_out)
{
	const char *s = get(l, o, key, true, false);

	if (s == NULL)
		return false;
	if (!read_date(s, ms_out)) {
		wrong(l, key);
		return false;
	}
	return true;
}

/* Spans are in order, without gaps, cut no character, and cover the text. */
static void
get_spans(struct loader *l, const json_t *o, struct mail *m)
{
	size_t i, at = 0, size = strlen(m->text);
	const json_t *list, *e;
	void *v;

	m->nspans = get_list(l, o, "spans", SPANS_MAX, sizeof *m->spans,
	    &list, &v);
	m->spans = v;
	for (i = 0; i < m->nspans; i++) {
		struct mail_span *s = &m->spans[i];

		e = json_array_get(list, i);
		if (!mail_span_parse(get(l, e, "kind", false, false),
		    &s->kind))
			wrong(l, "kind");
		s->offset = (size_t)get_number(l, e, "offset", (int64_t)size);
		s->length = (size_t)get_number(l, e, "length",
		    (int64_t)(size - s->offset));
		if (s->offset != at || s->length == 0 ||
		    utf8_cut(m->text, size, at) != at)
			wrong(l, "spans");
		at = s->offset + s->length;
	}
	if (at != size)
		wrong(l, "spans");
}

static void
get_commands(struct loader *l, const json_t *o, struct mail *m)
{
	const json_t *list, *e;
	void *v;
	size_t i;

	m->ncommands = get_list(l, o, "commands", LIST_MAX,
	    sizeof *m->commands, &list, &v);
	m->commands = v;
	for (i = 0; i < m->ncommands; i++) {
		e = json_array_get(list, i);
		m->commands[i].verb = get(l, e, "verb", false, false);
		m->commands[i].args = get(l, e, "args", false, false);
	}
}

static void
get_sha256(struct loader *l, const json_t *o, char out[65])
{
	const char *s = json_string_value(json_object_get(o, "sha256"));

	if (s == NULL || strlen(s) != 64 ||
	    strspn(s, "0123456789abcdef") != 64) {
		wrong(l, "sha256");
		return;
	}
	memcpy(out, s, 65);
}

static bool
is_type(const char *s)
{
	const char *slash = strchr(s, '/');

	return slash != NULL && slash != s && slash[1] != '\0' &&
	    strlen(s) <= 255 && strpbrk(s, " \"<>;,\\") == NULL;
}

static bool
is_name(const char *s)
{
	return s == NULL || (s[0] != '\0' && strlen(s) <= 255 &&
	    strpbrk(s, "/\\") == NULL && strcmp(s, ".") != 0 &&
	    strcmp(s, "..") != 0);
}

static void
get_attachment(struct loader *l, const json_t *o, struct mail_attachment *a)
{
	int64_t raw = (int64_t)l->raw_size;

	a->name = get(l, o, "name", true, false);
	if (!is_name(a->name))
		wrong(l, "name");
	a->type = get(l, o, "type", false, false);
	if (!is_type(a->type))
		wrong(l, "type");
	/* no encoding makes more of what it is given */
	a->size = (size_t)get_number(l, o, "size", raw);
	get_sha256(l, o, a->sha256);
	a->is_inline = get_bool(l, o, "inline");
	a->content_id = get(l, o, "content_id", true, false);
	a->offset = (size_t)get_number(l, o, "offset", raw);
	a->length = (size_t)get_number(l, o, "length",
	    raw - (int64_t)a->offset);
	if (!mail_encoding_parse(get(l, o, "encoding", false, false),
	    &a->encoding))
		wrong(l, "encoding");
}

static void
get_attachments(struct loader *l, const json_t *o, struct mail *m)
{
	const json_t *list;
	void *v;
	size_t i;

	m->nattachments = get_list(l, o, "attachments", LIST_MAX,
	    sizeof *m->attachments, &list, &v);
	m->attachments = v;
	for (i = 0; i < m->nattachments; i++)
		get_attachment(l, json_array_get(list, i),
		    &m->attachments[i]);
}

static void
get_bounce(struct loader *l, const json_t *o, struct mail *m)
{
	const json_t *b = json_object_get(o, "bounce"), *list, *e;
	void *v;
	size_t i;

	if (json_is_null(b))
		return;
	m->bounce = arena_alloc(l->arena, sizeof *m->bounce);
	if (m->bounce == NULL)
		return;
	m->bounce->original_message_id = get(l, b, "original_message_id",
	    true, false);
	m->bounce->n = get_list(l, b, "recipients", LIST_MAX,
	    sizeof *m->bounce->v, &list, &v);
	m->bounce->v = v;
	for (i = 0; i < m->bounce->n; i++) {
		struct mail_bounced *to = &m->bounce->v[i];

		e = json_array_get(list, i);
		to->address = get(l, e, "address", true, false);
		to->action = get(l, e, "action", true, false);
		to->status = get(l, e, "status", true, false);
		to->diagnostic = get(l, e, "diagnostic", true, false);
	}
}

static void
get_forwarded(struct loader *l, const json_t *o, struct mail *m)
{
	const json_t *f = json_object_get(o, "forwarded");

	if (json_is_null(f))
		return;
	m->forwarded = arena_alloc(l->arena, sizeof *m->forwarded);
	if (m->forwarded == NULL)
		return;
	m->forwarded->from = get_address(l, json_object_get(f, "from"));
	m->forwarded->subject = get(l, f, "subject", true, false);
	m->forwarded->has_date = get_date(l, f, "date",
	    &m->forwarded->date_ms);
}

static void
get_results(struct loader *l, const json_t *o, struct mail_trace *t)
{
	const json_t *list, *e;
	void *v;
	size_t i;

	t->n = get_list(l, o, "results", LIST_MAX, sizeof *t->results, &list,
	    &v);
	t->results = v;
	for (i = 0; i < t->n; i++) {
		e = json_array_get(list, i);
		t->results[i].method = get(l, e, "method", false, false);
		t->results[i].result = get(l, e, "result", false, false);
		t->results[i].property = get(l, e, "property", true, false);
	}
}

static void
get_trace(struct loader *l, const json_t *o, struct mail *m)
{
	const json_t *list, *e;
	const char *kind;
	void *v;
	size_t i;

	m->ntrace = get_list(l, o, "trace", LIST_MAX, sizeof *m->trace, &list,
	    &v);
	m->trace = v;
	for (i = 0; i < m->ntrace; i++) {
		e = json_array_get(list, i);
		kind = get(l, e, "kind", false, false);
		if (strcmp(kind, "received") == 0)
			m->trace[i].kind = TRACE_RECEIVED;
		else if (strcmp(kind, "authentication-results") == 0)
			m->trace[i].kind = TRACE_AUTHRES;
		else
			wrong(l, "kind");
		m->trace[i].by = get(l, e, "by", true, false);
		get_results(l, e, &m->trace[i]);
	}
}

static void
get_internal(struct loader *l, const json_t *o, struct mail *m)
{
	if (o == NULL)
		return;
	m->recipients = get_strings(l, o, "recipients");
	m->our_ids = get_strings(l, o, "our_ids");
	m->subject_ticket = get_number(l, o, "subject_ticket", INT64_MAX);
	m->from_count = (unsigned)get_number(l, o, "from_count", 1000000);
	m->duplicate_headers = get_bool(l, o, "duplicate_headers");
	m->null_return_path = get_bool(l, o, "null_return_path");
	m->auto_generated = get_bool(l, o, "auto_generated");
	m->list_id = get(l, o, "list_id", true, false);
	m->spam = get(l, o, "spam", true, false);
	m->loop_id = get(l, o, "loop_id", true, false);
	m->near_commands = get_strings(l, o, "near_commands");
	m->note_marker = get_bool(l, o, "note_marker");
	get_trace(l, o, m);
	m->header_length = (size_t)get_number(l, o, "header_length",
	    (int64_t)l->raw_size);
}

static void
get_mail(struct loader *l, const json_t *o, struct mail *m)
{
	m->from = get_address(l, json_object_get(o, "from"));
	m->reply_to = get_addresses(l, o, "reply_to");
	m->to = get_addresses(l, o, "to");
	m->cc = get_addresses(l, o, "cc");
	m->subject = get(l, o, "subject", true, false);
	m->has_date = get_date(l, o, "date", &m->date_ms);
	m->message_id = get(l, o, "message_id", true, false);
	m->in_reply_to = get_strings(l, o, "in_reply_to");
	m->references = get_strings(l, o, "references");
	m->text = get(l, o, "text", false, true);
	m->reply = get(l, o, "reply", false, true);
	get_spans(l, o, m);
	get_commands(l, o, m);
	get_attachments(l, o, m);
	if (!mail_kind_parse(get(l, o, "kind", false, false), &m->kind))
		wrong(l, "kind");
	m->because = get(l, o, "because", false, false);
	get_bounce(l, o, m);
	get_forwarded(l, o, m);
	if (!json_is_null(json_object_get(o, "ticket")))
		m->ticket = get_number(l, o, "ticket", INT64_MAX);
	m->warnings = get_strings(l, o, "warnings");
	get_internal(l, json_object_get(o, "internal"), m);
}

int
mail_json_load(struct slice json, size_t raw_size, struct arena *arena,
    struct mail **mail_out, struct err *err)
{
	struct loader l = { .arena = arena, .raw_size = raw_size };
	struct mail *m = arena_alloc(arena, sizeof *m);
	json_error_t why;
	json_t *root;

	root = json_loadb(json.p == NULL ? "" : json.p, json.len,
	    JSON_REJECT_DUPLICATES, &why);
	if (root == NULL)
		return err_set(err, ERR_INPUT, "mail_json: %s", why.text);
	if (m != NULL && json_is_object(root))
		get_mail(&l, root, m);
	else
		wrong(&l, "object");
	json_decref(root);
	if (arena_failed(arena))
		return err_set(err, ERR_RETRY, "mail_json: out of memory");
	if (l.wrong != NULL)
		return err_set(err, ERR_INPUT, "mail_json: bad %s", l.wrong);
	*mail_out = m;
	return 0;
}
