#include <stdio.h>
#include <string.h>

#include "base/mime_write.h"
#include "base/paths.h"
#include "base/text.h"
#include "base/utf8.h"
#include "db/raw_store.h"
#include "desk/compose.h"
#include "desk/compose_context.h"
#include "desk/mail_template.h"
#include "desk/token.h"
#include "parsers/decode.h"

#define SUBJECT_MAX	400		/* bytes, with the tag */
#define BODY_MAX	((size_t)4 * 1024 * 1024)	/* bytes of one text */
#define REFERENCES_IDS	20
#define REFERENCES_MAX	900		/* bytes */
#define TOKEN_PLACE	"\x01T\x01"
#define PLACE		'\x01'
#define DECODE_PIECE	8192

/* ---- header ---- */

/* Where mail about this ticket comes from: the desk, or its category. */
static const char *
from_address(const struct settings *settings,
    const struct settings_category *category)
{
	if (category != NULL && category->send_as &&
	    category->address[0] != '\0')
		return category->address;
	return settings->address;
}

static void
put_from(struct desk *desk, const struct compose_item *item, struct buf *out)
{
	const struct settings *s = desk->settings;
	const char *desk_name = compose_author(desk->arena, s->name);
	const char *shown = desk_name;

	if (item->author != NULL && item->author[0] != '\0')
		shown = arena_printf(desk->arena, "%s via %s", item->author,
		    desk_name);
	mime_header_mailbox(out, "From", shown, from_address(s,
	    item->category));
}

/* The desk's address with the recipient's token; the plain one where that
 * would not reach us, or where the recipient is a list that many read. */
static void
put_reply_to(struct desk *desk, const struct compose_item *item,
    struct buf *out)
{
	const struct settings *s = desk->settings;
	const char *name = compose_author(desk->arena, s->name);
	const char *at = strrchr(s->address, '@');

	if (!s->subaddressing || item->row->person == 0 || at == NULL) {
		mime_header_mailbox(out, "Reply-To", name, from_address(s,
		    item->category));
		return;
	}
	mime_header_mailbox(out, "Reply-To", name, s->address);
	if (out->failed)
		return;
	/* the address stands last, in "<local@domain>" CR LF */
	out->len -= strlen(at) + 3;
	buf_addf(out, "+" TOKEN_PLACE "%s>\r\n", at);
}

/* The ids of a References value: at most 20 and 900 bytes, the first and the
 * newest kept. */
static const char *
capped_references(struct arena *arena, const char *references)
{
	const char *first = references + strspn(references, " "), *tail;
	size_t first_len = strcspn(first, " "), ids = 1, room;

	room = first_len + 1 < REFERENCES_MAX ?
	    REFERENCES_MAX - first_len - 1 : 0;
	tail = references + strlen(references);
	while (tail > first + first_len) {
		const char *end = tail, *p;

		while (end > first + first_len && end[-1] == ' ')
			end--;
		for (p = end; p > first + first_len && p[-1] != ' '; p--)
			;
		if (p == end || ids == REFERENCES_IDS ||
		    (size_t)(references + strlen(references) - p) > room)
			break;
		tail = p;
		ids++;
	}
	return arena_printf(arena, "%.*s %s", (int)first_len, first, tail);
}

static void
put_thread(struct desk *desk, const struct outbox_row *row, struct buf *out)
{
	char id[TOKEN_ID_MAX + 2];
	const char *v;

	snprintf(id, sizeof id, "<%s>", row->message_id);
	mime_header_tokens(out, "Message-ID", slice_of(id));
	if (row->in_reply_to != NULL && row->in_reply_to[0] != '\0') {
		v = arena_printf(desk->arena, "<%s>", row->in_reply_to);
		if (strlen(v) <= REFERENCES_MAX)
			mime_header_tokens(out, "In-Reply-To", slice_of(v));
	}
	if (row->references != NULL && row->references[0] != '\0')
		mime_header_tokens(out, "References", slice_of(
		    capped_references(desk->arena, row->references)));
}

static void
put_automatic(const struct outbox_row *row, struct buf *out)
{
	bool answers = row->in_reply_to != NULL &&
	    strcmp(row->event, "acknowledged") == 0;

	if (!row->automatic)
		return;
	mime_header_tokens(out, "Auto-Submitted", slice_of(answers ?
	    "auto-replied" : "auto-generated"));
	mime_header_tokens(out, "X-Auto-Response-Suppress", slice_of("All"));
}

static int
put_subject(const struct template_folders *folders,
    const struct compose_item *item, json_t *context, struct buf *out,
    struct err *err)
{
	struct buf b = BUF_INIT(65536);
	int ret = -1;

	if (item->has_ticket)
		buf_addf(&b, "[#%lld] ", (long long)item->ticket.number);
	if (mail_template_render(folders, item->row->event, PART_SUBJECT,
	    context, &b, err) == -1)
		goto out;
	mime_header(out, "Subject", (struct slice){ b.p, utf8_cut(b.p, b.len,
	    SUBJECT_MAX) });
	ret = 0;
out:
	buf_free(&b);
	return ret;
}

static int
put_header(struct desk *desk, const struct template_folders *folders,
    const struct compose_item *item, json_t *context, struct buf *out,
    struct err *err)
{
	const struct outbox_row *row = item->row;
	char date[MIME_DATE_MAX], loop[TOKEN_REPLY_LEN + 1];

	mime_header_tokens(out, "Date", slice_of(mime_date(desk->now_ms,
	    date)));
	put_from(desk, item, out);
	mime_header_mailbox(out, "To", item->has_person && !row->bare ?
	    compose_author(desk->arena, item->person.name) : NULL, row->to);
	put_reply_to(desk, item, out);
	if (put_subject(folders, item, context, out, err) == -1)
		return -1;
	put_thread(desk, row, out);
	put_automatic(row, out);
	mime_header_tokens(out, "X-Campusdesk-Loop", slice_of(token_loop(
	    desk->secret, row->id, loop)));
	buf_adds(out, "MIME-Version: 1.0\r\n");
	return 0;
}

/* ---- body ---- */

/* Boundaries hold "=_", which neither transfer encoding writes. */
static void
put_multipart(const struct outbox_row *row, const char *kind, struct buf *out)
{
	buf_addf(out, "Content-Type: multipart/%s;\r\n"
	    " boundary=\"=_%s_%lld\"\r\n\r\n", kind, kind,
	    (long long)row->id);
}

static void
put_boundary(const struct outbox_row *row, const char *kind, bool last,
    struct buf *out)
{
	buf_addf(out, "--=_%s_%lld%s\r\n", kind, (long long)row->id,
	    last ? "--" : "");
}

static int
put_text(const struct template_folders *folders,
    const struct compose_item *item, enum mail_part part, json_t *context,
    struct buf *out, struct err *err)
{
	struct buf b = BUF_INIT(BODY_MAX);
	int ret = -1;

	if (mail_template_render(folders, item->row->event, part, context, &b,
	    err) == -1)
		goto out;
	buf_addf(out, "Content-Type: text/%s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
	    part == PART_HTML ? "html" : "plain");
	mime_qp(out, buf_slice(&b));
	ret = 0;
out:
	buf_free(&b);
	return ret;
}

static int
put_alternative(const struct template_folders *folders,
    const struct compose_item *item, json_t *context, struct buf *out,
    struct err *err)
{
	put_multipart(item->row, "alternative", out);
	put_boundary(item->row, "alternative", false, out);
	if (put_text(folders, item, PART_TXT, context, out, err) == -1)
		return -1;
	put_boundary(item->row, "alternative", false, out);
	if (put_text(folders, item, PART_HTML, context, out, err) == -1)
		return -1;
	put_boundary(item->row, "alternative", true, out);
	return 0;
}

static int
put_body(const struct template_folders *folders,
    const struct compose_item *item, json_t *context, struct buf *out,
    struct err *err)
{
	size_t i;

	if (item->nattached == 0)
		return put_alternative(folders, item, context, out, err);
	put_multipart(item->row, "mixed", out);
	put_boundary(item->row, "mixed", false, out);
	if (put_alternative(folders, item, context, out, err) == -1)
		return -1;
	for (i = 0; i < item->nattached; i++) {
		const struct attachment *a = &item->attached[i];

		put_boundary(item->row, "mixed", false, out);
		mime_attachment_head(out, a->type, a->name);
		buf_addf(out, "%cA%lld%c\r\n", PLACE, (long long)a->id, PLACE);
	}
	put_boundary(item->row, "mixed", true, out);
	return 0;
}

int
compose_render(struct desk *desk, const struct outbox_row *row,
    struct buf *out, struct err *err)
{
	char own[PATHS_MAX], shipped[PATHS_MAX];
	struct template_folders folders = template_folders_of(desk->settings,
	    own, shipped);
	struct compose_item item;
	json_t *context;
	int ret = -1;

	if (!mime_address_ok(row->to))
		return err_set(err, ERR_INPUT, "no mail can be sent to the "
		    "address %.100s", row->to);
	if (compose_load(desk, row, &item, err) == -1)
		return -1;
	context = compose_context(desk, &item, err);
	if (context == NULL)
		return -1;
	if (put_header(desk, &folders, &item, context, out, err) == -1 ||
	    put_body(&folders, &item, context, out, err) == -1)
		goto out;
	ret = out->failed ? err_set(err, ERR_INPUT, "the mail is too large "
	    "to be made") : 0;
out:
	json_decref(context);
	return ret;
}

/* ---- places ---- */

static int
fill_token(struct desk *desk, const struct outbox_row *row, struct buf *out,
    struct err *err)
{
	char token[TOKEN_REPLY_LEN + 1];
	struct ticket ticket = { .key = 0 };
	int rc = row->ticket == 0 ? 1 : ticket_get(desk->db, row->ticket,
	    desk->arena, &ticket, err);

	if (rc != 1)
		return rc == -1 ? -1 : err_set(err, ERR_INPUT,
		    "ticket %lld is gone", (long long)row->ticket);
	buf_adds(out, token_reply(desk->secret, ticket.key, row->person,
	    row->id, token));
	return 0;
}

static int
collect(const void *p, size_t len, void *arg)
{
	struct buf *b = arg;

	buf_add(b, p, len);
	return b->failed;
}

/* The bytes of an attachment as base64. What was erased since is empty. */
static int
fill_attachment(struct desk *desk, const struct outbox_row *row, int64_t id,
    struct buf *out, struct err *err)
{
	struct mime_base64 b64 = { .nrest = 0 };
	struct attachment a;
	struct decode decode;
	enum mail_encoding encoding;
	char piece[DECODE_PIECE];
	struct buf raw;
	size_t n, size;
	int rc = attachment_get(desk->db, id, desk->arena, &a, err);

	if (rc == 1)
		rc = raw_size(desk->db, a.raw, &size, err);
	if (rc != 1)
		return rc;
	if (a.message != row->message || !mail_encoding_parse(a.encoding,
	    &encoding))
		return err_set(err, ERR_FATAL, "attachment %lld is not one of "
		    "message %lld", (long long)id, (long long)row->message);
	raw = BUF_INIT(a.length);
	rc = raw_stream(desk->db, a.raw, a.offset, a.length, collect, &raw,
	    err);
	if (rc == 1)
		rc = err_set(err, ERR_RETRY, "compose: out of memory");
	if (rc == 0) {
		decode_start(&decode, buf_slice(&raw), encoding);
		while ((n = decode_read(&decode, piece, sizeof piece)) > 0)
			mime_base64_add(&b64, out, piece, n);
		mime_base64_done(&b64, out);
	}
	buf_free(&raw);
	return rc;
}

/* What stands between two \x01. */
static int
fill_place(struct desk *desk, const struct outbox_row *row, struct slice what,
    struct buf *out, struct err *err)
{
	struct slice digits = { what.p + 1, what.len - (what.len > 0) };
	uint64_t id;

	if (slice_is(what, "T"))
		return fill_token(desk, row, out, err);
	if (what.len > 1 && what.p[0] == 'A' && text_u64(digits, &id) &&
	    id <= INT64_MAX)
		return fill_attachment(desk, row, (int64_t)id, out, err);
	return err_set(err, ERR_FATAL, "outbox %lld: an unknown place",
	    (long long)row->id);
}

int
compose_fill(struct desk *desk, const struct outbox_row *row,
    struct slice rendered, struct buf *out, struct err *err)
{
	struct slice rest = rendered, what;

	while (rest.len > 0) {
		const char *p = memchr(rest.p, PLACE, rest.len), *q;

		if (p == NULL) {
			buf_addslice(out, rest);
			break;
		}
		buf_add(out, rest.p, (size_t)(p - rest.p));
		rest.len -= (size_t)(p + 1 - rest.p);
		rest.p = p + 1;
		q = memchr(rest.p, PLACE, rest.len);
		if (q == NULL)
			return err_set(err, ERR_FATAL, "outbox %lld: a place "
			    "that does not end", (long long)row->id);
		what = (struct slice){ rest.p, (size_t)(q - rest.p) };
		if (fill_place(desk, row, what, out, err) == -1)
			return -1;
		rest.len -= what.len + 1;
		rest.p = q + 1;
	}
	return out->failed ? err_set(err, ERR_INPUT, "the mail is too large "
	    "to be made") : 0;
}

const char *
compose_envelope(struct desk *desk, const struct outbox_row *row)
{
	const struct settings *s = desk->settings;
	const char *at = strrchr(s->address, '@');
	struct buf b = BUF_INIT(TOKEN_REPLY_LEN);
	const char *sender = s->address;

	if (s->smtp.envelope == ENVELOPE_NULL_AUTO && row->automatic)
		return "";
	if (s->smtp.envelope != ENVELOPE_VERP || !s->subaddressing ||
	    row->person == 0 || at == NULL)
		return sender;
	/* the recipient's own token: a bounce finds its row by it */
	if (fill_token(desk, row, &b, NULL) == 0)
		sender = arena_printf(desk->arena, "%.*s+%s%s",
		    (int)(at - s->address), s->address, buf_str(&b), at);
	buf_free(&b);
	return sender == NULL ? s->address : sender;
}

/* ---- check ---- */

struct check {
	void	(*fn)(const char *template_name, const char *fault, void *arg);
	void	*arg;
	int	 broken;
};

static void
check_one(struct check *c, const struct template_folders *folders,
    const char *event, enum mail_part part, json_t *sample)
{
	struct template_folders shipped = { .shipped = folders->shipped,
	    .locale = folders->locale };
	struct buf out = BUF_INIT(BODY_MAX);
	struct err fault = { 0 };
	char name[512];
	bool own = folders->own != NULL && mail_template_try(folders, event,
	    part, sample, &out, &fault) == -1;

	snprintf(name, sizeof name, "%s/mail/%s/%s.%s.mustache", own ?
	    folders->own : folders->shipped, folders->locale, event,
	    mail_part_name(part));
	if (own || mail_template_render(&shipped, event, part, sample, &out,
	    &fault) == -1) {
		c->broken++;
		c->fn(name, fault.msg, c->arg);
	}
	buf_free(&out);
}

int
compose_check(const struct settings *settings,
    void (*fn)(const char *template_name, const char *fault, void *arg),
    void *arg, struct err *err)
{
	char own[PATHS_MAX], shipped[PATHS_MAX];
	struct template_folders folders = template_folders_of(settings, own,
	    shipped);
	struct check c = { fn, arg, 0 };
	json_t *sample = compose_sample(settings);
	int i, part;

	if (sample == NULL)
		return err_set(err, ERR_FATAL, "compose: out of memory");
	for (i = 0; compose_events[i] != NULL; i++)
		for (part = 0; part < NPART; part++)
			check_one(&c, &folders, compose_events[i],
			    (enum mail_part)part, sample);
	json_decref(sample);
	return c.broken > 0;
}
