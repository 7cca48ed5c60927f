#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/mail_json.h"

/* Writing. Every value follows a comma unless it is the first of its list. */

static void
put_string(struct buf *out, const char *s)
{
	const char *run = s;

	if (s == NULL) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(out, run, (size_t)(s - run));
		run = s + 1;
		if (c == '\n')
			buf_adds(out, "\\n");
		else if (c == '\t')
			buf_adds(out, "\\t");
		else if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else
			buf_addf(out, "\\u%04x", c);
	}
	buf_add(out, run, (size_t)(s - run));
	buf_addc(out, '"');
}

/* "key": with the comma before it, except behind an opening bracket. */
static void
put_key(struct buf *out, const char *key)
{
	char last = out->len > 0 ? out->p[out->len - 1] : '{';

	if (last != '{' && last != '[' && last != ':')
		buf_addc(out, ',');
	if (key == NULL)
		return;
	put_string(out, key);
	buf_addc(out, ':');
}

static void
put(struct buf *out, const char *key, const char *s)
{
	put_key(out, key);
	put_string(out, s);
}

static void
put_number(struct buf *out, const char *key, int64_t n)
{
	put_key(out, key);
	buf_addf(out, "%lld", (long long)n);
}

static void
put_bool(struct buf *out, const char *key, bool b)
{
	put_key(out, key);
	buf_adds(out, b ? "true" : "false");
}

static void
put_open(struct buf *out, const char *key, char bracket)
{
	put_key(out, key);
	buf_addc(out, bracket);
}

static void
put_address(struct buf *out, const char *key, const struct mail_address *a)
{
	put_open(out, key, '{');
	put(out, "name", a->name);
	put(out, "address", a->address);
	buf_addc(out, '}');
}

static void
put_addresses(struct buf *out, const char *key, const struct mail_addresses *l)
{
	size_t i;

	put_open(out, key, '[');
	for (i = 0; i < l->n; i++)
		put_address(out, NULL, &l->v[i]);
	buf_addc(out, ']');
}

static void
put_strings(struct buf *out, const char *key, const struct mail_strings *l)
{
	size_t i;

	put_open(out, key, '[');
	for (i = 0; i < l->n; i++)
		put(out, NULL, l->v[i]);
	buf_addc(out, ']');
}

static void
put_date(struct buf *out, const char *key, bool has, int64_t ms)
{
	char text[CLOCK_TEXT_MAX];

	put(out, key, has ? clock_rfc3339(ms, text) : NULL);
}

static void
put_spans(struct buf *out, const struct mail *m)
{
	size_t i;

	put_open(out, "spans", '[');
	for (i = 0; i < m->nspans; i++) {
		put_open(out, NULL, '{');
		put(out, "kind", mail_span_name(m->spans[i].kind));
		put_number(out, "offset", (int64_t)m->spans[i].offset);
		put_number(out, "length", (int64_t)m->spans[i].length);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
	put_open(out, "commands", '[');
	for (i = 0; i < m->ncommands; i++) {
		put_open(out, NULL, '{');
		put(out, "verb", m->commands[i].verb);
		put(out, "args", m->commands[i].args);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void
put_attachments(struct buf *out, const struct mail *m)
{
	const struct mail_attachment *a;
	size_t i;

	put_open(out, "attachments", '[');
	for (i = 0; i < m->nattachments; i++) {
		a = &m->attachments[i];
		put_open(out, NULL, '{');
		put(out, "name", a->name);
		put(out, "type", a->type);
		put_number(out, "size", (int64_t)a->size);
		put(out, "sha256", a->sha256);
		put_bool(out, "inline", a->is_inline);
		put(out, "content_id", a->content_id);
		put_number(out, "offset", (int64_t)a->offset);
		put_number(out, "length", (int64_t)a->length);
		put(out, "encoding", mail_encoding_name(a->encoding));
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void
put_bounce(struct buf *out, const struct mail_bounce *b)
{
	size_t i;

	put_key(out, "bounce");
	if (b == NULL) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '{');
	put(out, "original_message_id", b->original_message_id);
	put_open(out, "recipients", '[');
	for (i = 0; i < b->n; i++) {
		put_open(out, NULL, '{');
		put(out, "address", b->v[i].address);
		put(out, "action", b->v[i].action);
		put(out, "status", b->v[i].status);
		put(out, "diagnostic", b->v[i].diagnostic);
		buf_addc(out, '}');
	}
	buf_adds(out, "]}");
}

static void
put_forwarded(struct buf *out, const struct mail_forwarded *f)
{
	put_key(out, "forwarded");
	if (f == NULL) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '{');
	put_address(out, "from", &f->from);
	put(out, "subject", f->subject);
	put_date(out, "date", f->has_date, f->date_ms);
	buf_addc(out, '}');
}

static void
put_trace(struct buf *out, const struct mail *m)
{
	const struct mail_trace *t;
	size_t i, k;

	put_open(out, "trace", '[');
	for (i = 0; i < m->ntrace; i++) {
		t = &m->trace[i];
		put_open(out, NULL, '{');
		put(out, "kind", t->kind == TRACE_RECEIVED ? "received" :
		    "authentication-results");
		put(out, "by", t->by);
		put_open(out, "results", '[');
		for (k = 0; k < t->n; k++) {
			put_open(out, NULL, '{');
			put(out, "method", t->results[k].method);
			put(out, "result", t->results[k].result);
			put(out, "property", t->results[k].property);
			buf_addc(out, '}');
		}
		buf_adds(out, "]}");
	}
	buf_addc(out, ']');
}

static void
put_internal(struct buf *out, const struct mail *m)
{
	put_open(out, "internal", '{');
	put_strings(out, "recipients", &m->recipients);
	put_strings(out, "our_ids", &m->our_ids);
	put_number(out, "subject_ticket", m->subject_ticket);
	put_number(out, "from_count", m->from_count);
	put_bool(out, "duplicate_headers", m->duplicate_headers);
	put_bool(out, "null_return_path", m->null_return_path);
	put_bool(out, "auto_generated", m->auto_generated);
	put(out, "list_id", m->list_id);
	put(out, "spam", m->spam);
	put(out, "loop_id", m->loop_id);
	put_strings(out, "near_commands", &m->near_commands);
	put_bool(out, "note_marker", m->note_marker);
	put_trace(out, m);
	put_number(out, "header_length", (int64_t)m->header_length);
	buf_addc(out, '}');
}

int
mail_json_dump(const struct mail *m, bool internal, struct buf *out,
    struct err *err)
{
	buf_addc(out, '{');
	put_address(out, "from", &m->from);
	put_addresses(out, "reply_to", &m->reply_to);
	put_addresses(out, "to", &m->to);
	put_addresses(out, "cc", &m->cc);
	put(out, "subject", m->subject);
	put_date(out, "date", m->has_date, m->date_ms);
	put(out, "message_id", m->message_id);
	put_strings(out, "in_reply_to", &m->in_reply_to);
	put_strings(out, "references", &m->references);
	put(out, "text", m->text);
	put(out, "reply", m->reply);
	put_spans(out, m);
	put_attachments(out, m);
	put(out, "kind", mail_kind_name(m->kind));
	put(out, "because", m->because);
	put_bounce(out, m->bounce);
	put_forwarded(out, m->forwarded);
	put_key(out, "ticket");
	if (m->ticket > 0)
		buf_addf(out, "%lld", (long long)m->ticket);
	else
		buf_adds(out, "null");
	put_strings(out, "warnings", &m->warnings);
	if (internal)
		put_internal(out, m);
	buf_addc(out, '}');
	if (out->failed)
		return err_set(err, ERR_INPUT, "mail_json: too long");
	return 0;
}
