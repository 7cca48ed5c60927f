/* The writer. What is read back, and checked, is in mail_json_load.c. */
#include <jansson.h>

#include "base/clock.h"
#include "parsers/mail_json.h"

static json_t *
text(const char *s)
{
	return s == NULL ? json_null() : json_string(s);
}

static json_t *
date(bool has, int64_t ms)
{
	char out[CLOCK_TEXT_MAX];

	return has ? json_string(clock_rfc3339(ms, out)) : json_null();
}

static json_t *
address(const struct mail_address *a)
{
	return json_pack("{s:o,s:o}", "name", text(a->name), "address",
	    text(a->address));
}

static json_t *
addresses(const struct mail_addresses *list)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_array_append_new(out, address(&list->v[i]));
	return out;
}

static json_t *
strings(const struct mail_strings *list)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_array_append_new(out, json_string(list->v[i]));
	return out;
}

static json_t *
spans(const struct mail *m)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < m->nspans; i++)
		json_array_append_new(out, json_pack("{s:s,s:I,s:I}", "kind",
		    mail_span_name(m->spans[i].kind), "offset",
		    (json_int_t)m->spans[i].offset, "length",
		    (json_int_t)m->spans[i].length));
	return out;
}

static json_t *
commands(const struct mail *m)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < m->ncommands; i++)
		json_array_append_new(out, json_pack("{s:s,s:s}", "verb",
		    m->commands[i].verb, "args", m->commands[i].args));
	return out;
}

static json_t *
attachments(const struct mail *m)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < m->nattachments; i++) {
		const struct mail_attachment *a = &m->attachments[i];

		json_array_append_new(out, json_pack(
		    "{s:o,s:s,s:I,s:s,s:b,s:o,s:I,s:I,s:s}",
		    "name", text(a->name), "type", a->type,
		    "size", (json_int_t)a->size, "sha256", a->sha256,
		    "inline", a->is_inline, "content_id",
		    text(a->content_id), "offset", (json_int_t)a->offset,
		    "length", (json_int_t)a->length, "encoding",
		    mail_encoding_name(a->encoding)));
	}
	return out;
}

static json_t *
bounce(const struct mail_bounce *b)
{
	json_t *list = json_array();
	size_t i;

	if (b == NULL) {
		json_decref(list);
		return json_null();
	}
	for (i = 0; i < b->n; i++)
		json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:o}",
		    "address", text(b->v[i].address), "action",
		    text(b->v[i].action), "status", text(b->v[i].status),
		    "diagnostic", text(b->v[i].diagnostic)));
	return json_pack("{s:o,s:o}", "original_message_id",
	    text(b->original_message_id), "recipients", list);
}

static json_t *
forwarded(const struct mail_forwarded *f)
{
	if (f == NULL)
		return json_null();
	return json_pack("{s:o,s:o,s:o}", "from", address(&f->from),
	    "subject", text(f->subject), "date",
	    date(f->has_date, f->date_ms));
}

static json_t *
trace(const struct mail *m)
{
	json_t *out = json_array();
	size_t i, j;

	for (i = 0; i < m->ntrace; i++) {
		const struct mail_trace *t = &m->trace[i];
		json_t *results = json_array();

		for (j = 0; j < t->n; j++)
			json_array_append_new(results, json_pack(
			    "{s:s,s:s,s:o}", "method", t->results[j].method,
			    "result", t->results[j].result, "property",
			    text(t->results[j].property)));
		json_array_append_new(out, json_pack("{s:b,s:o,s:o}",
		    "received", t->kind == TRACE_RECEIVED, "by", text(t->by),
		    "results", results));
	}
	return out;
}

/* What is ours beside the contract. */
static json_t *
internal_fields(const struct mail *m)
{
	json_t *o = json_object();

	json_object_set_new(o, "recipients", strings(&m->recipients));
	json_object_set_new(o, "our_ids", strings(&m->our_ids));
	json_object_set_new(o, "subject_ticket",
	    json_integer(m->subject_ticket));
	json_object_set_new(o, "from_count", json_integer(m->from_count));
	json_object_set_new(o, "duplicate_headers",
	    json_boolean(m->duplicate_headers));
	json_object_set_new(o, "null_return_path",
	    json_boolean(m->null_return_path));
	json_object_set_new(o, "auto_generated",
	    json_boolean(m->auto_generated));
	json_object_set_new(o, "list_id", text(m->list_id));
	json_object_set_new(o, "spam", text(m->spam));
	json_object_set_new(o, "loop_id", text(m->loop_id));
	json_object_set_new(o, "near_commands", strings(&m->near_commands));
	json_object_set_new(o, "note_marker", json_boolean(m->note_marker));
	json_object_set_new(o, "trace", trace(m));
	json_object_set_new(o, "header_length",
	    json_integer((json_int_t)m->header_length));
	return o;
}

static json_t *
whole(const struct mail *m, bool internal)
{
	json_t *o = json_object();

	json_object_set_new(o, "from", address(&m->from));
	json_object_set_new(o, "reply_to", addresses(&m->reply_to));
	json_object_set_new(o, "to", addresses(&m->to));
	json_object_set_new(o, "cc", addresses(&m->cc));
	json_object_set_new(o, "subject", text(m->subject));
	json_object_set_new(o, "date", date(m->has_date, m->date_ms));
	json_object_set_new(o, "message_id", text(m->message_id));
	json_object_set_new(o, "in_reply_to", strings(&m->in_reply_to));
	json_object_set_new(o, "references", strings(&m->references));
	json_object_set_new(o, "text", text(m->text));
	json_object_set_new(o, "reply", text(m->reply));
	json_object_set_new(o, "spans", spans(m));
	json_object_set_new(o, "commands", commands(m));
	json_object_set_new(o, "attachments", attachments(m));
	json_object_set_new(o, "kind", json_string(mail_kind_name(m->kind)));
	json_object_set_new(o, "because", text(m->because));
	json_object_set_new(o, "bounce", bounce(m->bounce));
	json_object_set_new(o, "forwarded", forwarded(m->forwarded));
	json_object_set_new(o, "ticket", m->ticket == 0 ? json_null() :
	    json_integer(m->ticket));
	json_object_set_new(o, "warnings", strings(&m->warnings));
	if (internal)
		json_object_set_new(o, "internal", internal_fields(m));
	return o;
}

static int
add_piece(const char *piece, size_t len, void *arg)
{
	struct buf *out = arg;

	buf_add(out, piece, len);
	return out->failed ? -1 : 0;
}

int
mail_json_dump(const struct mail *mail, bool internal, struct buf *out,
    struct err *err)
{
	json_t *o = whole(mail, internal);
	int rc = o == NULL ? -1 : json_dump_callback(o, add_piece, out,
	    JSON_COMPACT);

	json_decref(o);
	if (rc == -1)
		return err_set(err, ERR_RETRY, "mail as JSON: more than %zu "
		    "bytes, or out of memory", out->max);
	return 0;
}
