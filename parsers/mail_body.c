#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/charset.h"
#include "parsers/decode.h"
#include "parsers/encword.h"
#include "parsers/filename.h"
#include "parsers/flowed.h"
#include "parsers/html_text.h"
#include "parsers/mail_body.h"
#include "parsers/mail_extra.h"
#include "parsers/tnef.h"

#define ATTACHMENTS_MAX	1000

struct reader {
	struct mail		*mail;
	const struct mail_tree	*tree;
	struct slice		 raw;
	const struct mail_limits *limits;
	struct arena		*arena;
	struct mail_body	*body;
	struct buf		 text;
	size_t			 cap;		/* of attachments */
	struct err		*err;
	bool			 failed;
};

struct slice
mail_part_decoded(const struct mail_part *part, size_t max,
    struct arena *arena)
{
	struct slice in = part->body, s;
	struct buf b = BUF_INIT(max);

	if (part->encoding != ENC_QP && part->encoding != ENC_BASE64 &&
	    part->encoding != ENC_UU) {
		if (in.len > max)
			in.len = max;
		return in;
	}
	if (in.len > max * 4)
		in.len = max * 4;
	decode_all(in, part->encoding, &b);
	s = arena_slice(arena, buf_slice(&b));
	buf_free(&b);
	return s;
}

/* What a part is. */

static bool
is_type(const struct mail_part *part, const char *type)
{
	return strcmp(part->type, type) == 0;
}

static bool
is_attached(const struct mail_part *part)
{
	return part->disposition.type != NULL &&
	    strcmp(part->disposition.type, "attachment") == 0;
}

static const char *
written_name(const struct mail_part *part)
{
	const char *name = param_value(&part->disposition, "filename");

	if (name == NULL || name[0] == '\0')
		name = param_value(&part->params, "name");
	if (name == NULL || name[0] == '\0')
		name = param_value(&part->disposition, "name");
	if (name == NULL || name[0] == '\0')
		name = param_value(&part->params, "filename");
	return name != NULL && name[0] != '\0' ? name : NULL;
}

static bool
is_html(const struct mail_part *part)
{
	return is_type(part, "text/html") ||
	    is_type(part, "application/xhtml+xml");
}

/* Text types that people do not read, or not as a letter. */
static bool
is_readable(const struct mail_part *part)
{
	static const char *const not[] = { "text/calendar", "text/csv",
	    "text/rfc822-headers", "text/rfc822-header", "text/css",
	    "text/xml", "text/rtf", "text/vcard", "text/x-vcard",
	    "text/directory", "text/x-amp-html", "text/javascript",
	    "text/x-moz-deleted" };
	size_t i;

	if (is_html(part))
		return true;
	if (strncmp(part->type, "text/", 5) != 0)
		return false;
	for (i = 0; i < sizeof not / sizeof not[0]; i++)
		if (is_type(part, not[i]))
			return false;
	return true;
}

/* Is it part of the letter? Text with a file name is, when nothing says that
 * it is attached and it comes first. */
static bool
is_letter(const struct reader *r, size_t i)
{
	const struct mail_part *part = &r->tree->v[i];

	if (part->is_multipart || !is_readable(part) || is_attached(part))
		return false;
	if (written_name(part) == NULL)
		return true;
	return (is_type(part, "text/plain") || is_html(part)) &&
	    i == part->parent + 1;
}

/* Text. */

static bool
is_blank(struct slice s)
{
	return text_trim(s).len == 0;
}

static struct mail_attachment *new_attachment(struct reader *r);

static void
attach_uu(struct reader *r, struct slice file, struct slice name)
{
	struct mail_attachment *a;
	struct slice none = { "", 0 };

	a = r->body->text_only ? NULL : new_attachment(r);
	if (a == NULL)
		return;
	name = encword_line(name, none, r->arena);
	a->name = name.p == NULL ? NULL : filename_safe(name, r->arena);
	a->type = "application/octet-stream";
	a->offset = (size_t)(file.p - r->raw.p);
	a->length = file.len;
	a->encoding = ENC_UU;
	a->size = decode_sha256(file, ENC_UU, a->sha256);
}

/* The part's bytes, without the files that are uuencoded between its lines. */
static void
part_bytes(struct reader *r, const struct mail_part *part, struct buf *out)
{
	struct slice rest = part->body, before, file, name;

	if (part->encoding == ENC_QP || part->encoding == ENC_BASE64 ||
	    part->encoding == ENC_UU) {
		decode_all(part->body, part->encoding, out);
		return;
	}
	while (is_type(part, "text/plain") &&
	    extra_uu(&rest, &before, &file, &name)) {
		attach_uu(r, file, name);
		buf_addslice(out, before);
	}
	buf_add(out, rest.p, rest.len < out->max - out->len ? rest.len :
	    out->max - out->len);
}

/* The part's characters as clean UTF-8. */
static void
part_utf8(struct reader *r, const struct mail_part *part, struct buf *out)
{
	struct buf bytes = BUF_INIT(r->limits->text * 2);
	struct buf utf8 = BUF_INIT(r->limits->text * 4);
	struct slice charset = { "", 0 }, in;
	const char *declared = param_value(&part->params, "charset"), *used;

	part_bytes(r, part, &bytes);
	in = buf_slice(&bytes);
	if (in.p == NULL)
		in.p = "";
	if (in.len >= 3 && memcmp(in.p, "\xef\xbb\xbf", 3) == 0) {
		in.p += 3;
		in.len -= 3;
	}
	if (declared != NULL)
		charset = slice_of(declared);
	if (charset.len == 0 && is_html(part))
		charset = html_charset(in);
	if (!charset_utf8(in, charset, &utf8, &used)) {
		if (charset.len > 0)
			mail_warn(r->mail, r->arena, "charset %.60s is not "
			    "what it says: read as %s", charset.p, used);
		else
			mail_warn(r->mail, r->arena, "no charset given: "
			    "read as %s", used);
	}
	utf8_clean(out, utf8.p == NULL ? "" : utf8.p, utf8.len);
	if (bytes.failed || utf8.failed || out->failed ||
	    part->body.len > bytes.max)
		mail_warn(r->mail, r->arena, "the text is too long: cut");
	buf_free(&bytes);
	buf_free(&utf8);
}

/* As much of it as there is room for, whole characters. */
static void
add_some(struct reader *r, struct slice s, struct buf *out)
{
	size_t room = out->max - out->len;

	if (s.len > room) {
		s.len = utf8_cut(s.p, s.len, room);
		mail_warn(r->mail, r->arena, "the text is too long: cut");
	}
	buf_addslice(out, s);
}

static bool
param_is(const struct mail_part *part, const char *name, const char *value)
{
	const char *v = param_value(&part->params, name);

	return v != NULL && text_ieq(slice_of(v), slice_of(value));
}

/* Text with PGP's armour around it; false: there is none. */
static bool
plain_text(struct reader *r, struct slice text, struct buf *out)
{
	struct buf b = BUF_INIT(r->limits->text * 3);
	bool found = false;

	if (text.len == 0 ||
	    memmem(text.p, text.len, "-----BEGIN PGP ", 15) == NULL)
		return false;
	if (memmem(text.p, text.len, "-----BEGIN PGP MESSAGE", 22) != NULL)
		mail_warn(r->mail, r->arena, "the text is encrypted (PGP): "
		    "it cannot be read here");
	found = extra_pgp_signed(text, &b);
	if (found)
		add_some(r, buf_slice(&b), out);
	buf_free(&b);
	return found;
}

/* One letter part as text, appended. */
static void
part_text(struct reader *r, const struct mail_part *part, struct buf *out)
{
	struct buf utf8 = BUF_INIT(r->limits->text * 3);
	bool cut = false;

	part_utf8(r, part, &utf8);
	if (is_html(part)) {
		if (html_text(buf_slice(&utf8), r->limits, out, &cut,
		    r->err) != 0)
			r->failed = true;
		if (cut)
			mail_warn(r->mail, r->arena,
			    "the HTML is too long: cut");
		r->body->from_html = true;
	} else if (is_type(part, "text/plain") &&
	    param_is(part, "format", "flowed")) {
		flowed_join(buf_slice(&utf8), param_is(part, "delsp", "yes"),
		    out);
		r->body->flowed = true;
	} else if (!plain_text(r, buf_slice(&utf8), out)) {
		add_some(r, buf_slice(&utf8), out);
	}
	buf_free(&utf8);
}

static void	read_text(struct reader *r, size_t i, struct buf *out);

/* A letter part of that type in the subtree of i? */
static bool
has_letter(const struct reader *r, size_t i, const char *type)
{
	size_t k;

	for (k = i; k < r->tree->v[i].end; k++)
		if (is_letter(r, k) && (type == NULL ||
		    is_type(&r->tree->v[k], type)))
			return true;
	return false;
}

/* Blank lines only are kept between texts. */
static void
append(struct reader *r, struct buf *out, struct slice s)
{
	while (s.len > 0 && (s.p[s.len - 1] == '\n' || s.p[s.len - 1] == ' ' ||
	    s.p[s.len - 1] == '\t'))
		s.len--;
	while (s.len > 0 && *s.p == '\n') {
		s.p++;
		s.len--;
	}
	if (s.len == 0)
		return;
	if (out->len > 0)
		buf_addc(out, '\n');
	add_some(r, s, out);
	if (out->len < out->max)
		buf_addc(out, '\n');
}

/* The text of one child; false when there is none. */
static bool
try_child(struct reader *r, size_t i, struct buf *out)
{
	struct buf b = BUF_INIT(r->limits->text);
	bool some;

	read_text(r, i, &b);
	some = !is_blank(buf_slice(&b));
	if (some)
		append(r, out, buf_slice(&b));
	buf_free(&b);
	return some;
}

/* One of the children: plain before HTML, what says something before what
 * says nothing. */
static void
read_alternative(struct reader *r, size_t i, struct buf *out)
{
	const struct mail_tree *t = r->tree;
	struct mail_body was = *r->body;
	size_t k, best;
	int pass;

	for (pass = 0; pass < 2; pass++) {
		best = 0;
		for (k = i + 1; k < t->v[i].end; k = t->v[k].end) {
			if (has_letter(r, k, "text/plain") != (pass == 0) ||
			    !has_letter(r, k, NULL))
				continue;
			*r->body = was;
			if (pass == 0 && try_child(r, k, out))
				return;
			best = k;
		}
		if (pass == 1 && best > 0)
			try_child(r, best, out);
	}
}

/* The letter inside the subtree of i. Depth is bounded by limits->depth. */
static void
read_text(struct reader *r, size_t i, struct buf *out)
{
	const struct mail_tree *t = r->tree;
	const struct mail_part *part = &t->v[i];
	size_t k;

	if (!part->is_multipart) {
		if (is_letter(r, i)) {
			struct buf b = BUF_INIT(r->limits->text);

			part_text(r, part, &b);
			append(r, out, buf_slice(&b));
			buf_free(&b);
		}
		return;
	}
	if (is_type(part, "multipart/alternative")) {
		read_alternative(r, i, out);
		return;
	}
	for (k = i + 1; k < part->end; k = t->v[k].end)
		read_text(r, k, out);
}

/* Attachments. */

static struct mail_attachment *
new_attachment(struct reader *r)
{
	struct mail *m = r->mail;
	struct mail_attachment *v;

	if (m->nattachments >= ATTACHMENTS_MAX) {
		mail_warn(m, r->arena, "more than %d attachments: the rest "
		    "is left out", ATTACHMENTS_MAX);
		return NULL;
	}
	if (m->nattachments == r->cap) {
		r->cap = r->cap == 0 ? 8 : r->cap * 2;
		v = arena_calloc(r->arena, r->cap, sizeof *v);
		if (v == NULL)
			return NULL;
		if (m->nattachments > 0)
			memcpy(v, m->attachments, m->nattachments * sizeof *v);
		m->attachments = v;
	}
	return &m->attachments[m->nattachments++];
}

static struct slice
without_angles(struct slice s)
{
	s = text_trim(s);
	if (s.len > 0 && *s.p == '<') {
		s.p++;
		s.len--;
	}
	if (s.len > 0 && s.p[s.len - 1] == '>')
		s.len--;
	return text_trim(s);
}

/* A message is called by its subject. */
static const char *
message_name(struct reader *r, const struct mail_part *part)
{
	struct slice none = { "", 0 }, s;
	struct header_list header;
	const char *name = NULL;
	struct err err;

	s = mail_part_decoded(part, 64 * 1024, r->arena);
	if (header_scan(s, r->limits, r->arena, &header, &err) == 0) {
		s = encword_line(header_value(&header, "Subject"), none,
		    r->arena);
		if (s.len > 0)
			name = arena_printf(r->arena, "%.200s.eml", s.p);
	}
	return name == NULL ? "message.eml" : name;
}

static const char *
name_of(struct reader *r, const struct mail_part *part)
{
	const char *name = written_name(part);

	if (name == NULL && (is_type(part, "message/rfc822") ||
	    is_type(part, "message/global")))
		name = message_name(r, part);
	return name == NULL ? NULL :
	    filename_safe(slice_of(name), r->arena);
}

static void
attach(struct reader *r, size_t i)
{
	const struct mail_part *part = &r->tree->v[i];
	struct mail_attachment *a = new_attachment(r);
	struct slice id;

	if (a == NULL)
		return;
	id = without_angles(header_value(&part->header, "Content-ID"));
	a->name = name_of(r, part);
	a->type = part->type;
	a->offset = (size_t)(part->body.p - r->raw.p);
	a->length = part->body.len;
	a->encoding = part->encoding;
	a->size = decode_sha256(part->body, part->encoding, a->sha256);
	a->content_id = id.len == 0 ? NULL :
	    utf8_clean_line(r->arena, id.p, id.len).p;
	a->is_inline = !is_attached(part) &&
	    (part->disposition.type != NULL || (id.len > 0 &&
	    is_type(&r->tree->v[part->parent], "multipart/related")));
}

static void
warn_of(struct reader *r, const struct mail_part *part)
{
	if (is_type(part, "multipart/encrypted"))
		mail_warn(r->mail, r->arena, "the mail is encrypted "
		    "(PGP/MIME): it cannot be read here");
	if ((is_type(part, "application/pkcs7-mime") ||
	    is_type(part, "application/x-pkcs7-mime")) &&
	    (param_is(part, "smime-type", "enveloped-data") ||
	    param_is(part, "smime-type", "authenveloped-data")))
		mail_warn(r->mail, r->arena, "the mail is encrypted "
		    "(S/MIME): it cannot be read here");
}

/* Invitations whose title the text does not say. */
static void
read_calendar(struct reader *r)
{
	const char *line, *summary;
	size_t i;

	for (i = 0; i < r->tree->n; i++) {
		const struct mail_part *part = &r->tree->v[i];
		struct buf b = BUF_INIT(256 * 1024);

		if (!is_type(part, "text/calendar") &&
		    !is_type(part, "application/ics"))
			continue;
		part_utf8(r, part, &b);
		line = extra_calendar(buf_slice(&b), r->arena, &summary);
		buf_free(&b);
		if (line == NULL || (summary[0] != '\0' && r->text.len > 0 &&
		    memmem(r->text.p, r->text.len, summary,
		    strlen(summary)) != NULL))
			continue;
		append(r, &r->text, slice_of(line));
	}
}

static bool
is_tnef(const struct mail_part *part)
{
	const char *name = written_name(part);

	return is_type(part, "application/ms-tnef") ||
	    is_type(part, "application/vnd.ms-tnef") ||
	    (name != NULL && text_ieq(slice_of(name),
	    SLICE_LIT("winmail.dat")));
}

/* The text of winmail.dat, when there is no other. */
static void
tnef_text(struct reader *r, const struct tnef *t)
{
	struct buf utf8 = BUF_INIT(r->limits->text * 4);
	struct buf text = BUF_INIT(r->limits->text * 3);
	struct buf out = BUF_INIT(r->limits->text * 3);
	bool html = t->body.len == 0;

	charset_utf8(html ? t->html : t->body, slice_of(t->charset), &utf8,
	    NULL);
	utf8_clean(&text, utf8.p == NULL ? "" : utf8.p, utf8.len);
	if (!html)
		append(r, &r->text, buf_slice(&text));
	else if (html_text(buf_slice(&text), r->limits, &out, NULL,
	    r->err) != 0)
		r->failed = true;
	else
		append(r, &r->text, buf_slice(&out));
	r->body->from_html |= html;
	buf_free(&utf8);
	buf_free(&text);
	buf_free(&out);
}

static void
read_tnef(struct reader *r)
{
	struct tnef t;
	size_t i, k;

	for (i = 0; i < r->tree->n; i++) {
		if (r->tree->v[i].is_multipart || !is_tnef(&r->tree->v[i]))
			continue;
		if (!tnef_read(mail_part_decoded(&r->tree->v[i],
		    TNEF_SIZE_MAX, r->arena), r->arena, &t))
			mail_warn(r->mail, r->arena,
			    "winmail.dat cannot be read");
		for (k = 0; k < t.nmembers; k++)
			mail_warn(r->mail, r->arena, "winmail.dat holds %s",
			    t.members[k]);
		if (r->text.len == 0 && t.body.len + t.html.len > 0)
			tnef_text(r, &t);
	}
}

/* No letter: the first text that came as a file will do, or what calls itself
 * a multipart and has no parts. */
static void
attached_text(struct reader *r)
{
	size_t i;

	for (i = 0; i < r->tree->n; i++) {
		const struct mail_part *part = &r->tree->v[i];
		struct buf b = BUF_INIT(r->limits->text);

		if (part->is_multipart || is_letter(r, i) ||
		    (!is_type(part, "text/plain") && !is_html(part) &&
		    strncmp(part->type, "multipart/", 10) != 0))
			continue;
		part_text(r, part, &b);
		append(r, &r->text, buf_slice(&b));
		buf_free(&b);
		if (r->text.len > 0)
			return;
	}
}

int
mail_body_read(struct mail *mail, const struct mail_tree *tree,
    struct slice raw, const struct mail_limits *limits, struct arena *arena,
    struct mail_body *body, struct err *err)
{
	struct reader r = { .mail = mail, .tree = tree, .raw = raw,
	    .limits = limits, .arena = arena, .body = body, .err = err,
	    .text = BUF_INIT(limits->text) };
	size_t i;

	body->from_html = body->flowed = false;
	for (i = 0; i < tree->n; i++) {
		warn_of(&r, &tree->v[i]);
		if (body->text_only ||
		    strncmp(tree->v[i].type, "multipart/", 10) == 0)
			continue;
		/* a letter with a file name is both */
		if (!is_letter(&r, i) || written_name(&tree->v[i]) != NULL)
			attach(&r, i);
	}
	read_text(&r, 0, &r.text);
	read_calendar(&r);
	read_tnef(&r);
	if (r.text.len == 0)
		attached_text(&r);
	if (r.text.failed)
		mail_warn(mail, arena, "the text is too long: cut");
	mail->text = arena_strndup(arena, r.text.p == NULL ? "" : r.text.p,
	    r.text.len);
	buf_free(&r.text);
	if (r.failed)
		return -1;
	if (mail->text == NULL)
		return err_set(err, ERR_RETRY, "mail: out of memory");
	return 0;
}
