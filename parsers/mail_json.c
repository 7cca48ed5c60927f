/* The writer. What is read back, and checked, is in mail_json_load.c. The text of
 * every mail goes through it, so it writes as it goes: no tree, no copies. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "parsers/mail_json.h"

/* The comma before the next key or element. What was written last is an opening
 * bracket only where nothing stands before it: strings end in a quote. */
static void
next(struct buf *out)
{
	char last = out->len == 0 ? '{' : out->p[out->len - 1];

	if (last != '{' && last != '[' && last != ':')
		buf_addc(out, ',');
}

static void
key(struct buf *out, const char *name)
{
	next(out);
	buf_addc(out, '"');
	buf_adds(out, name);
	buf_add(out, "\":", 2);
}

static void
begin(struct buf *out, const char *name, char bracket)
{
	if (name != NULL)
		key(out, name);
	else
		next(out);
	buf_addc(out, bracket);
}

static void
escaped(struct buf *out, char c)
{
	static const char special[] = "\"\\\b\f\n\r\t", letters[] =
	    "\"\\bfnrt";
	const char *p = memchr(special, c, sizeof special - 1);
	char two[2] = { '\\', '\0' };

	if (p == NULL) {
		buf_addf(out, "\\u%04X", (unsigned)c);
		return;
	}
	two[1] = letters[p - special];
	buf_add(out, two, sizeof two);
}

#define EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))
#define HAS_ZERO(x)	(((x) - EACH(1)) & ~(x))

/* How many bytes at p need no escape for sure, counted in eights. */
static size_t
plain(const char *p, size_t len)
{
	uint64_t eight;
	size_t i;

	for (i = 0; len - i >= sizeof eight; i += sizeof eight) {
		memcpy(&eight, p + i, sizeof eight);
		if (((((eight - EACH(0x20)) & ~eight) |
		    HAS_ZERO(eight ^ EACH('"')) |
		    HAS_ZERO(eight ^ EACH('\\'))) & EACH(0x80)) != 0)
			break;
	}
	return i;
}

/* NULL, and what is no UTF-8, is null. */
static void
string(struct buf *out, const char *s)
{
	size_t len = s == NULL ? 0 : strlen(s), i, from = 0;

	next(out);
	if (s == NULL || !utf8_valid(s, len)) {
		buf_add(out, "null", 4);
		return;
	}
	buf_addc(out, '"');
	for (i = 0; i < len; i++) {
		i += plain(s + i, len - i);
		if (i < len && ((unsigned char)s[i] < 0x20 || s[i] == '"' ||
		    s[i] == '\\')) {
			buf_add(out, s + from, i - from);
			escaped(out, s[i]);
			from = i + 1;
		}
	}
	buf_add(out, s + from, len - from);
	buf_addc(out, '"');
}

static void
text(struct buf *out, const char *name, const char *s)
{
	key(out, name);
	string(out, s);
}

static void
number(struct buf *out, const char *name, int64_t n)
{
	key(out, name);
	buf_addf(out, "%" PRId64, n);
}

static void
boolean(struct buf *out, const char *name, bool b)
{
	key(out, name);
	buf_adds(out, b ? "true" : "false");
}

static void
null(struct buf *out, const char *name)
{
	text(out, name, NULL);
}

static void
date(struct buf *out, const char *name, bool has, int64_t ms)
{
	char s[CLOCK_TEXT_MAX];

	text(out, name, has ? clock_rfc3339(ms, s) : NULL);
}

/* name NULL: an element. */
static void
address(struct buf *out, const char *name, const struct mail_address *a)
{
	begin(out, name, '{');
	text(out, "name", a->name);
	text(out, "address", a->address);
	buf_addc(out, '}');
}

static void
addresses(struct buf *out, const char *name, const struct mail_addresses *list)
{
	size_t i;

	begin(out, name, '[');
	for (i = 0; i < list->n; i++)
		address(out, NULL, &list->v[i]);
	buf_addc(out, ']');
}

static void
strings(struct buf *out, const char *name, const struct mail_strings *list)
{
	size_t i;

	begin(out, name, '[');
	for (i = 0; i < list->n; i++)
		string(out, list->v[i]);
	buf_addc(out, ']');
}

static void
spans(struct buf *out, const struct mail *m)
{
	size_t i;

	begin(out, "spans", '[');
	for (i = 0; i < m->nspans; i++) {
		begin(out, NULL, '{');
		text(out, "kind", mail_span_name(m->spans[i].kind));
		number(out, "offset", (int64_t)m->spans[i].offset);
		number(out, "length", (int64_t)m->spans[i].length);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void
commands(struct buf *out, const struct mail *m)
{
	size_t i;

	begin(out, "commands", '[');
	for (i = 0; i < m->ncommands; i++) {
		begin(out, NULL, '{');
		text(out, "verb", m->commands[i].verb);
		text(out, "args", m->commands[i].args);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void
attachments(struct buf *out, const struct mail *m)
{
	size_t i;

	begin(out, "attachments", '[');
	for (i = 0; i < m->nattachments; i++) {
		const struct mail_attachment *a = &m->attachments[i];

		begin(out, NULL, '{');
		text(out, "name", a->name);
		text(out, "type", a->type);
		number(out, "size", (int64_t)a->size);
		text(out, "sha256", a->sha256);
		boolean(out, "inline", a->is_inline);
		text(out, "content_id", a->content_id);
		number(out, "offset", (int64_t)a->offset);
		number(out, "length", (int64_t)a->length);
		text(out, "encoding", mail_encoding_name(a->encoding));
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void
bounce(struct buf *out, const struct mail_bounce *b)
{
	size_t i;

	if (b == NULL) {
		null(out, "bounce");
		return;
	}
	begin(out, "bounce", '{');
	text(out, "original_message_id", b->original_message_id);
	begin(out, "recipients", '[');
	for (i = 0; i < b->n; i++) {
		begin(out, NULL, '{');
		text(out, "address", b->v[i].address);
		text(out, "action", b->v[i].action);
		text(out, "status", b->v[i].status);
		text(out, "diagnostic", b->v[i].diagnostic);
		buf_addc(out, '}');
	}
	buf_add(out, "]}", 2);
}

static void
forwarded(struct buf *out, const struct mail_forwarded *f)
{
	if (f == NULL) {
		null(out, "forwarded");
		return;
	}
	begin(out, "forwarded", '{');
	address(out, "from", &f->from);
	text(out, "subject", f->subject);
	date(out, "date", f->has_date, f->date_ms);
	buf_addc(out, '}');
}

static void
trace(struct buf *out, const struct mail *m)
{
	size_t i, j;

	begin(out, "trace", '[');
	for (i = 0; i < m->ntrace; i++) {
		const struct mail_trace *t = &m->trace[i];

		begin(out, NULL, '{');
		boolean(out, "received", t->kind == TRACE_RECEIVED);
		text(out, "by", t->by);
		begin(out, "results", '[');
		for (j = 0; j < t->n; j++) {
			begin(out, NULL, '{');
			text(out, "method", t->results[j].method);
			text(out, "result", t->results[j].result);
			text(out, "property", t->results[j].property);
			buf_addc(out, '}');
		}
		buf_add(out, "]}", 2);
	}
	buf_addc(out, ']');
}

/* What is ours beside the contract. */
static void
internal_fields(struct buf *out, const struct mail *m)
{
	begin(out, "internal", '{');
	strings(out, "recipients", &m->recipients);
	strings(out, "our_ids", &m->our_ids);
	number(out, "subject_ticket", m->subject_ticket);
	number(out, "from_count", m->from_count);
	boolean(out, "duplicate_headers", m->duplicate_headers);
	boolean(out, "null_return_path", m->null_return_path);
	boolean(out, "auto_generated", m->auto_generated);
	text(out, "list_id", m->list_id);
	text(out, "spam", m->spam);
	text(out, "loop_id", m->loop_id);
	strings(out, "near_commands", &m->near_commands);
	boolean(out, "note_marker", m->note_marker);
	trace(out, m);
	number(out, "header_length", (int64_t)m->header_length);
	buf_addc(out, '}');
}

static void
whole(struct buf *out, const struct mail *m)
{
	address(out, "from", &m->from);
	addresses(out, "reply_to", &m->reply_to);
	addresses(out, "to", &m->to);
	addresses(out, "cc", &m->cc);
	text(out, "subject", m->subject);
	date(out, "date", m->has_date, m->date_ms);
	text(out, "message_id", m->message_id);
	strings(out, "in_reply_to", &m->in_reply_to);
	strings(out, "references", &m->references);
	text(out, "text", m->text);
	text(out, "reply", m->reply);
	spans(out, m);
	commands(out, m);
	attachments(out, m);
	text(out, "kind", mail_kind_name(m->kind));
	text(out, "because", m->because);
	bounce(out, m->bounce);
	forwarded(out, m->forwarded);
	if (m->ticket == 0)
		null(out, "ticket");
	else
		number(out, "ticket", m->ticket);
	strings(out, "warnings", &m->warnings);
}

int
mail_json_dump(const struct mail *mail, bool internal, struct buf *out,
    struct err *err)
{
	buf_addc(out, '{');
	whole(out, mail);
	if (internal)
		internal_fields(out, mail);
	buf_addc(out, '}');
	if (out->failed)
		return err_set(err, ERR_RETRY, "mail as JSON: more than %zu "
		    "bytes, or out of memory", out->max);
	return 0;
}
