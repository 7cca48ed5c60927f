#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/address.h"
#include "parsers/authres.h"
#include "parsers/autokind.h"
#include "parsers/bounce.h"
#include "parsers/charset.h"
#include "parsers/cms.h"
#include "parsers/date.h"
#include "parsers/encword.h"
#include "parsers/gate.h"
#include "parsers/header.h"
#include "parsers/mail.h"
#include "parsers/mail_body.h"
#include "parsers/mail_tree.h"
#include "parsers/reply.h"
#include "parsers/thread.h"

#define SUBJECT_MAX	4000	/* bytes */
#define ID_MAX		998
#define BOUNCE_PART_MAX	(512 * 1024)	/* bytes of a part looked at */
#define BOUNCE_PARTS_MAX	100
#define MESSAGES_MAX	20	/* attached ones whose text is shown */
#define MESSAGE_DEPTH_MAX	3

/* All fields of that name in one list. */
static struct mail_addresses
addresses(const struct header_list *header, const char *name,
    struct slice hint, struct arena *arena)
{
	const struct header_field *f = NULL;
	struct mail_addresses list = { 0 };

	while ((f = header_next(header, f, name)) != NULL)
		address_parse(f->value, hint, arena, &list);
	return list;
}

static void
read_from(struct mail *mail, const struct header_list *header,
    struct slice hint, struct arena *arena)
{
	struct mail_addresses from = addresses(header, "From", hint, arena);
	size_t i;

	for (i = 0; i < from.n; i++)
		mail->from_count += from.v[i].address != NULL;
	for (i = 0; i < from.n && mail->from.address == NULL; i++)
		mail->from = from.v[i];
	if (from.n > 0 && mail->from.address == NULL)
		mail->from = from.v[0];
	if (mail->from.address != NULL)
		return;
	mail_warn(mail, arena, "no address in From");
	from = addresses(header, "Sender", hint, arena);
	for (i = 0; i < from.n && mail->from.address == NULL; i++)
		if (from.v[i].address != NULL)
			mail->from = from.v[i];
}

static void
read_subject(struct mail *mail, const struct header_list *header,
    struct slice hint, struct arena *arena)
{
	const struct header_field *f = header_get(header, "Subject");
	struct slice s;

	if (f == NULL)
		return;
	s = encword_line(f->value, hint, arena);
	s.len = utf8_cut(s.p, s.len, SUBJECT_MAX);
	mail->subject = arena_strndup(arena, s.p == NULL ? "" : s.p, s.len);
}

/* "<id>", or what is there instead. */
static const char *
read_id(struct slice s, struct arena *arena)
{
	const char *lt = memchr(s.p, '<', s.len), *gt;

	s = text_trim(s);
	if (lt != NULL) {
		s = (struct slice){ lt + 1, s.len - (size_t)(lt + 1 - s.p) };
		gt = memchr(s.p, '>', s.len);
		if (gt != NULL)
			s.len = (size_t)(gt - s.p);
	}
	s = text_trim(s);
	if (s.len == 0 || s.len > ID_MAX)
		return NULL;
	return utf8_clean_line(arena, s.p, s.len).p;
}

static void
read_date(struct mail *mail, const struct header_list *header,
    struct arena *arena)
{
	const struct header_field *f = header_get(header, "Date");

	if (f == NULL)
		mail_warn(mail, arena, "no Date");
	else if (date_parse(f->value, &mail->date_ms))
		mail->has_date = true;
	else
		mail_warn(mail, arena, "the Date cannot be read");
}

static void
read_duplicates(struct mail *mail, const struct header_list *header,
    struct arena *arena)
{
	static const char *const once[] = { "From", "Sender", "Reply-To", "To",
	    "Cc", "Subject", "Date", "Message-ID", "In-Reply-To",
	    "References", "Content-Type" };
	const struct header_field *f;
	size_t i;

	for (i = 0; i < sizeof once / sizeof once[0]; i++) {
		f = header_get(header, once[i]);
		if (f == NULL || header_next(header, f, once[i]) == NULL)
			continue;
		mail->duplicate_headers = true;
		mail_warn(mail, arena, "%s is there more than once", once[i]);
	}
}

/* Are ASCII's own characters the same in it? Not so in UTF-16 or UTF-7, which
 * no header is written in, whatever the body is. */
static bool
keeps_ascii(struct slice charset)
{
	static const char sample[] = "Jo <a@b.example> +AOk-";
	struct buf out = BUF_INIT(256);
	bool same;

	charset_utf8(slice_of(sample), charset, &out, NULL);
	same = slice_eq(buf_slice(&out), slice_of(sample));
	buf_free(&out);
	return same;
}

/* What raw bytes in the header probably are: the charset of the body. */
static struct slice
hint_of(const struct mail_tree *tree)
{
	const char *cs = NULL;
	size_t i;

	for (i = 0; i < tree->n && cs == NULL; i++)
		if (strncmp(tree->v[i].type, "text/", 5) == 0)
			cs = param_value(&tree->v[i].params, "charset");
	if (cs == NULL || !charset_known(slice_of(cs)) ||
	    !keeps_ascii(slice_of(cs)))
		cs = "";
	return slice_of(cs);
}

static void
read_fields(struct mail *mail, const struct header_list *header,
    struct slice hint, struct arena *arena)
{
	const struct header_field *f = header_get(header, "Message-ID");

	mail->header_length = header->length;
	read_from(mail, header, hint, arena);
	mail->reply_to = addresses(header, "Reply-To", hint, arena);
	mail->to = addresses(header, "To", hint, arena);
	mail->cc = addresses(header, "Cc", hint, arena);
	read_subject(mail, header, hint, arena);
	if (f != NULL)
		mail->message_id = read_id(f->value, arena);
	read_date(mail, header, arena);
	read_duplicates(mail, header, arena);
}

static struct mail *
new_mail(struct arena *arena)
{
	struct mail *mail = arena_alloc(arena, sizeof *mail);

	if (mail != NULL) {
		mail->text = mail->reply = "";
		mail->because = "no sign of a machine";
	}
	return mail;
}

/* Does a report say something in parts of that type? */
static bool
in_report(const char *type)
{
	return strncmp(type, "text/", 5) == 0 ||
	    strncmp(type, "message/", 8) == 0;
}

static void
read_bounce(struct mail *mail, const struct mail_tree *tree,
    struct arena *arena)
{
	struct bounce_part *parts;
	size_t i, n = 0;

	parts = arena_calloc(arena, BOUNCE_PARTS_MAX, sizeof *parts);
	for (i = 0; parts != NULL && i < tree->n && n < BOUNCE_PARTS_MAX; i++)
		if (!tree->v[i].is_multipart && in_report(tree->v[i].type)) {
			parts[n].type = tree->v[i].type;
			parts[n++].body = mail_part_decoded(&tree->v[i],
			    BOUNCE_PART_MAX, arena);
		}
	bounce_read(mail, parts, n, &tree->v[0].header, arena);
}

static int	read_mail(struct slice raw, const struct mail_limits *limits,
		    int depth, struct arena *arena, struct mail **mail_out,
		    struct err *err);

static bool
in_type(const struct mail_tree *tree, size_t i, const char *type)
{
	for (i = tree->v[i].parent;; i = tree->v[i].parent) {
		if (strcmp(tree->v[i].type, type) == 0)
			return true;
		if (i == 0)
			return false;
	}
}

static void
put_addresses(struct buf *b, const char *label, const struct mail_address *v,
    size_t n)
{
	size_t i;

	if (n == 0 || (v[0].name == NULL && v[0].address == NULL))
		return;
	buf_addf(b, "%s: ", label);
	for (i = 0; i < n && i < 20; i++)
		buf_addf(b, "%s%s%s%s%s", i > 0 ? ", " : "",
		    v[i].name == NULL ? "" : v[i].name,
		    v[i].name == NULL || v[i].address == NULL ? "" : " <",
		    v[i].address == NULL ? "" : v[i].address,
		    v[i].name == NULL || v[i].address == NULL ? "" : ">");
	buf_addc(b, '\n');
}

/* An attached message as clients write one that is passed on in the text. */
static void
put_message(struct buf *b, const struct mail *m)
{
	char date[CLOCK_TEXT_MAX];

	buf_addf(b, "%s---------- Forwarded message ----------\n",
	    b->len > 0 ? "\n" : "");
	put_addresses(b, "From", &m->from, 1);
	if (m->has_date)
		buf_addf(b, "Date: %s\n", clock_rfc3339(m->date_ms, date));
	if (m->subject != NULL)
		buf_addf(b, "Subject: %s\n", m->subject);
	put_addresses(b, "To", m->to.v, m->to.n);
	buf_addf(b, "\n%s", m->text);
}

static struct mail_forwarded *
forwarded(const struct mail *m, struct arena *arena)
{
	struct mail_forwarded *f = arena_alloc(arena, sizeof *f);

	if (f != NULL)
		*f = (struct mail_forwarded){ .from = m->from,
		    .subject = m->subject, .date_ms = m->date_ms,
		    .has_date = m->has_date };
	return f;
}

/* Does a person pass something on? Then the subject says so, or nothing is
 * said but that. */
static bool
passes_on(const struct mail *mail)
{
	bool re, fwd;

	if (mail->text[0] == '\0')
		return true;
	thread_subject_base(slice_of(mail->subject), &re, &fwd);
	return fwd;
}

/* Messages that a person passed on as they are: their text comes below. */
static int
read_messages(struct mail *mail, const struct mail_tree *tree,
    const struct mail_limits *limits, int depth, struct arena *arena,
    struct err *err)
{
	struct buf text = BUF_INIT(limits->text);
	struct mail *inner;
	struct slice raw;
	size_t i, n = 0;
	int ret = 0;

	buf_adds(&text, mail->text);
	for (i = 0; i < tree->n && n < MESSAGES_MAX && ret == 0; i++) {
		const struct mail_part *part = &tree->v[i];

		if ((strcmp(part->type, "message/rfc822") != 0 &&
		    strcmp(part->type, "message/global") != 0) ||
		    in_type(tree, i, "multipart/report"))
			continue;
		raw = mail_part_decoded(part, limits->mail, arena);
		ret = read_mail(raw, limits, depth + 1, arena, &inner, err);
		if (ret != 0)
			break;
		put_message(&text, inner);
		if (n++ == 0)
			mail->forwarded = forwarded(inner, arena);
	}
	if (ret == 0 && n > 0) {
		size_t len = utf8_cut(text.p, text.len, text.len);

		mail->text = arena_strndup(arena, text.p, len);
		if (mail->text == NULL)
			ret = err_set(err, ERR_RETRY, "mail: out of memory");
	}
	buf_free(&text);
	return ret;
}

static bool
is_opaque(const struct mail_part *part)
{
	const char *kind = param_value(&part->params, "smime-type");

	return (strcmp(part->type, "application/pkcs7-mime") == 0 ||
	    strcmp(part->type, "application/x-pkcs7-mime") == 0) &&
	    (kind == NULL || text_ieq(slice_of(kind),
	    SLICE_LIT("signed-data")));
}

/* Text that a signature is wrapped around, when there is no other. Files in
 * there cannot be pointed to: they are named. */
static int
read_signed(struct mail *mail, const struct mail_tree *tree,
    const struct mail_limits *limits, struct arena *arena, struct err *err)
{
	struct buf content = BUF_INIT(limits->mail);
	struct mail *inner;
	size_t i, k;
	int ret = 0;

	for (i = 0; i < tree->n && mail->text[0] == '\0' && ret == 0; i++) {
		buf_reset(&content);
		if (!is_opaque(&tree->v[i]) ||
		    !cms_signed_content(mail_part_decoded(&tree->v[i],
		    limits->mail, arena), &content))
			continue;
		ret = read_mail(buf_slice(&content), limits, 1, arena, &inner,
		    err);
		if (ret != 0)
			break;
		mail->text = arena_strdup(arena, inner->text);
		for (k = 0; k < inner->nattachments; k++)
			mail_warn(mail, arena, "inside the signature: %.100s",
			    inner->attachments[k].name == NULL ? "a file" :
			    inner->attachments[k].name);
		if (mail->text == NULL)
			ret = err_set(err, ERR_RETRY, "mail: out of memory");
	}
	buf_free(&content);
	return ret;
}

/* What others know about, in the order in which they need each other. */
static int
read_meaning(struct mail *mail, const struct mail_tree *tree,
    const struct mail_body *body, const struct mail_limits *limits,
    struct arena *arena, struct err *err)
{
	const struct header_list *header = &tree->v[0].header;
	struct slice type = header_value(header, "Content-Type");

	autokind_read(mail, header, type.len == 0 ? NULL :
	    arena_strndup(arena, type.p, type.len), arena);
	read_bounce(mail, tree, arena);
	if (mail->kind == MAIL_PERSON && passes_on(mail) &&
	    read_messages(mail, tree, limits, 0, arena, err) != 0)
		return -1;
	thread_read(mail, header, arena);
	authres_read(mail, header, arena);
	return reply_read(mail, body->from_html, body->flowed, arena, err);
}

static int
unreadable(struct slice raw, const char *why, struct arena *arena,
    struct mail **mail_out, struct err *err)
{
	struct mail *mail;

	if (mail_parse_header(raw, arena, &mail, err) != 0)
		return -1;
	mail->because = why;
	mail_warn(mail, arena, "not read: %s", why);
	*mail_out = mail;
	return 0;
}

/* Parts, fields and text; not what they mean. depth: of messages in messages;
 * one that the gate refuses, or too deep, has its fields only. */
static int
read_parts(struct slice raw, const struct mail_limits *limits, int depth,
    struct arena *arena, struct mail_tree *tree, struct mail_body *body,
    struct mail **mail_out, struct err *err)
{
	struct mail *mail = new_mail(arena);

	body->text_only = depth > 0;
	if (mail == NULL)
		return err_set(err, ERR_RETRY, "mail: out of memory");
	if (mail_tree_read(raw, limits, arena, tree, err) != 0)
		return -1;
	if (tree->cut)
		mail_warn(mail, arena, "too many parts: some are left out");
	read_fields(mail, &tree->v[0].header, hint_of(tree), arena);
	if (mail_body_read(mail, tree, raw, limits, arena, body, err) != 0)
		return -1;
	*mail_out = mail;
	return 0;
}

/* A message inside one. */
static int
read_mail(struct slice raw, const struct mail_limits *limits, int depth,
    struct arena *arena, struct mail **mail_out, struct err *err)
{
	struct mail_body body;
	struct mail_tree tree;
	const char *why;

	if (raw.p == NULL)
		raw.p = "";
	if (depth > MESSAGE_DEPTH_MAX || !gate_pass(raw, limits, &why))
		return mail_parse_header(raw, arena, mail_out, err);
	if (read_parts(raw, limits, depth, arena, &tree, &body, mail_out,
	    err) != 0)
		return -1;
	return passes_on(*mail_out) ?
	    read_messages(*mail_out, &tree, limits, depth, arena, err) : 0;
}

int
mail_parse(struct slice raw, const struct mail_limits *limits,
    struct arena *arena, struct mail **mail_out, struct err *err)
{
	struct mail_tree tree;
	struct mail_body body;
	struct mail *mail;
	const char *why;

	if (raw.len > limits->mail)
		return err_set(err, ERR_INPUT, "the mail is too large");
	if (raw.p == NULL)
		raw.p = "";
	if (!gate_pass(raw, limits, &why))
		return unreadable(raw, why, arena, mail_out, err);
	if (read_parts(raw, limits, 0, arena, &tree, &body, &mail, err) != 0 ||
	    read_signed(mail, &tree, limits, arena, err) != 0 ||
	    read_meaning(mail, &tree, &body, limits, arena, err) != 0)
		return -1;
	if (arena_failed(arena))
		return err_set(err, ERR_RETRY, "mail: out of memory");
	*mail_out = mail;
	return 0;
}

int
mail_parse_header(struct slice header, struct arena *arena,
    struct mail **mail_out, struct err *err)
{
	const struct slice none = { "", 0 };
	struct header_list list;
	struct mail *mail = new_mail(arena);

	if (header.p == NULL)
		header.p = "";
	if (mail == NULL)
		return err_set(err, ERR_RETRY, "mail: out of memory");
	if (header_scan(header, &mail_limits_default, arena, &list, err) != 0)
		return -1;
	read_fields(mail, &list, none, arena);
	thread_read(mail, &list, arena);
	authres_read(mail, &list, arena);
	autokind_read(mail, &list, NULL, arena);
	if (mail->kind == MAIL_PERSON) {
		mail->kind = MAIL_UNREADABLE;
		mail->because = "only the header was read";
	}
	if (arena_failed(arena))
		return err_set(err, ERR_RETRY, "mail: out of memory");
	*mail_out = mail;
	return 0;
}
