#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/charset.h"
#include "tests/diff/compare.h"
#include "tests/diff/leaf.h"

#define ARENA_MAX	((size_t)1 << 30)
#define SHOWN		60	/* bytes of what differs */

const char *const reason_words[NREASONS] = {
	[UNEXPLAINED] = "unexplained",
	[UNREADABLE] = "no mail at all",
	[LIMITS] = "limits reached",
	[MALFORMED] = "malformed, as GMime says",
	[ODD_TYPE] = "a type with characters that none has",
	[HEADER_BROKEN] = "a header with a line that is no field",
	[NO_BLANK_LINE] = "a part whose header does not end",
	[BLANK_FIRST] = "a mail that begins with a blank line",
	[ENCODED_MESSAGE] = "an attached message that is encoded",
	[ODD_BOUNDARY] = "delimiters that are missing or ambiguous",
	[QP_BLANKS] = "blanks at line ends in quoted-printable",
	[QP_BROKEN] = "quoted-printable with a stray =",
	[BASE64_TAIL] = "base64 without its padding",
	[BASE64_JUNK] = "base64 with something else inside",
	[LINE_ENDS] = "line ends of both kinds",
	[UUENCODED] = "uuencode as transfer encoding",
	[NO_CHARSET] = "no charset declared",
	[NOT_ITS_CHARSET] = "not valid in the charset declared",
	[AS_MEANT] = "a charset that is meant otherwise",
	[REALLY_UTF8] = "UTF-8 under another name",
	[RAW_NAME] = "a file name in raw bytes or a broken form",
	[NUL_BYTES] = "a NUL",
	[LETTER_EXTRAS] = "uuencode, PGP or attached mail in the letter",
};

struct pair {
	const char	*name;
	struct slice	 raw;
	struct arena	*arena;
	struct leaves	 ours, theirs;
	struct mail	*mail;
	struct tally	*tally;
};

struct leaf *
leaf_add(struct leaves *leaves, struct arena *arena)
{
	if (leaves->v == NULL)
		leaves->v = arena_calloc(arena, LEAF_MAX, sizeof *leaves->v);
	if (leaves->v == NULL || leaves->n == LEAF_MAX) {
		leaves->cut = true;
		return NULL;
	}
	return &leaves->v[leaves->n++];
}

static void
differ(struct pair *p, enum reason why, const char *what, struct slice ours,
    struct slice theirs)
{
	p->tally->by[why]++;
	if (why != UNEXPLAINED && getenv("DIFF_ALL") == NULL)
		return;
	printf("%s: %s: %s: \"%.*s\", GMime \"%.*s\"\n", p->name,
	    reason_words[why], what,
	    (int)(ours.len < SHOWN ? ours.len : SHOWN), ours.p,
	    (int)(theirs.len < SHOWN ? theirs.len : SHOWN), theirs.p);
}

/* ---- structure ---- */

/* A header in which a line is neither field nor continuation. */
static bool
is_broken(struct slice header)
{
	struct slice line;
	size_t n;

	while (text_line(&header, &line)) {
		if (line.len == 0 || line.p[0] == ' ' || line.p[0] == '\t')
			continue;
		for (n = 0; n < line.len && line.p[n] > ' ' &&
		    line.p[n] <= '~' && line.p[n] != ':'; n++)
			;
		if (n == 0 || n == line.len || line.p[n] != ':')
			return true;
	}
	return false;
}

/* Does its header end in a blank line? */
static bool
is_ended(struct slice header)
{
	return (header.len >= 2 && memcmp(header.p + header.len - 2, "\n\n",
	    2) == 0) || (header.len >= 3 && memcmp(header.p + header.len - 3,
	    "\n\r\n", 3) == 0) || (header.len > 0 && header.len <= 2);
}

static enum reason
why_structure(const struct pair *p)
{
	const struct leaves *o = &p->ours;
	size_t i;

	if (o->cut || p->theirs.cut)
		return LIMITS;
	if (p->theirs.malformed)
		return MALFORMED;
	for (i = 0; i < o->n; i++)
		if (o->v[i].is_message && (o->v[i].encoding == ENC_BASE64 ||
		    o->v[i].encoding == ENC_QP))
			return ENCODED_MESSAGE;
	if (*p->raw.p == '\r' || *p->raw.p == '\n')
		return BLANK_FIRST;
	for (i = 0; i < o->n; i++)
		if (o->v[i].is_message && o->v[i].body.len > 0 &&
		    (*o->v[i].body.p == '\r' || *o->v[i].body.p == '\n'))
			return BLANK_FIRST;
	for (i = 0; i < o->n; i++)
		if (is_broken(o->v[i].header))
			return HEADER_BROKEN;
	for (i = 0; i < o->n; i++)
		if (!is_ended(o->v[i].header))
			return NO_BLANK_LINE;
	return o->odd ? ODD_BOUNDARY : UNEXPLAINED;
}

static bool
is_odd_type(const char *type)
{
	return type[strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789/.+-_")]
	    != '\0';
}

/* The first leaf of which type or level differ; -1: none. */
static int
structure(struct pair *p)
{
	struct leaf none = { .type = "none" };
	enum reason why;
	size_t i;

	for (i = 0; i < p->ours.n || i < p->theirs.n; i++) {
		struct leaf *o = i < p->ours.n ? &p->ours.v[i] : &none;
		struct leaf *t = i < p->theirs.n ? &p->theirs.v[i] : &none;

		if (strcmp(o->type, t->type) == 0 && o->level == t->level)
			continue;
		why = why_structure(p);
		if (why == UNEXPLAINED && is_odd_type(t->type))
			why = ODD_TYPE;
		differ(p, why, "part", slice_of(o->type), slice_of(t->type));
		return -1;
	}
	return 0;
}

/* ---- bytes ---- */

/* Without the blanks at the ends of lines. */
static struct slice
no_blanks(struct slice s, struct arena *arena)
{
	char *to = arena_alloc(arena, s.len + 1);
	size_t i, n = 0;

	for (i = 0; to != NULL && i < s.len; i++) {
		if (s.p[i] == '\n' || s.p[i] == '\r')
			while (n > 0 && (to[n - 1] == ' ' || to[n - 1] == '\t'))
				n--;
		to[n++] = s.p[i];
	}
	while (n > 0 && (to[n - 1] == ' ' || to[n - 1] == '\t'))
		n--;
	return (struct slice){ to == NULL ? "" : to, to == NULL ? 0 : n };
}

static bool
starts(struct slice s, struct slice with)
{
	return s.len >= with.len && memcmp(s.p, with.p, with.len) == 0;
}

/* The same, but for one byte at the end. */
static bool
nearly(struct slice a, struct slice b)
{
	return a.len < b.len ? b.len - a.len == 1 && starts(b, a) :
	    a.len - b.len <= 1 && starts(a, b);
}

/* Bytes that are not of base64, or more of it behind padding? */
static bool
has_junk(struct slice s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
	    "mnopqrstuvwxyz0123456789+/";
	bool padded = false;
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (strchr(" \t\r\n", s.p[i]) != NULL && s.p[i] != '\0')
			continue;
		if (s.p[i] != '=' && (padded || s.p[i] == '\0' ||
		    strchr(letters, s.p[i]) == NULL))
			return true;
		padded |= s.p[i] == '=';
	}
	return false;
}

/* A "=" in quoted-printable before neither two digits nor a line end? */
static bool
has_stray(struct slice s)
{
	static const char hex[] = "0123456789ABCDEFabcdef";
	size_t i, k;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] != '=')
			continue;
		for (k = i + 1; k < s.len && (s.p[k] == ' ' ||
		    s.p[k] == '\t' || s.p[k] == '\r'); k++)
			;
		if (k == s.len || s.p[k] == '\n')
			continue;
		if (i + 2 >= s.len || memchr(hex, s.p[i + 1], 22) == NULL ||
		    memchr(hex, s.p[i + 2], 22) == NULL)
			return true;
	}
	return false;
}

static enum reason
why_bytes(const struct pair *p, const struct leaf *o, const struct leaf *t)
{
	enum reason why = why_structure(p);

	if (o->encoding == ENC_QP && nearly(no_blanks(o->bytes, p->arena),
	    no_blanks(t->bytes, p->arena)))
		return QP_BLANKS;
	if (o->encoding == ENC_QP && has_stray(o->body))
		return QP_BROKEN;
	if (o->encoding == ENC_BASE64 && starts(o->bytes, t->bytes) &&
	    o->bytes.len - t->bytes.len <= 2)
		return BASE64_TAIL;
	if (o->encoding == ENC_BASE64 && has_junk(o->body))
		return BASE64_JUNK;
	if (nearly(o->bytes, t->bytes))
		return LINE_ENDS;
	return why == UNEXPLAINED && o->encoding == ENC_UU ? UUENCODED : why;
}

/* ---- characters ---- */

/* Without white space; flowed: and without the marks of quotes. */
static struct slice
squeeze(struct slice s, bool flowed, struct arena *arena)
{
	struct buf clean = BUF_INIT(s.len * 3 + 1);
	char *to = arena_alloc(arena, s.len * 3 + 1);
	size_t i, n = 0;

	utf8_clean(&clean, s.p, s.len);
	for (i = 0; to != NULL && i < clean.len; i++)
		if ((unsigned char)clean.p[i] > ' ' &&
		    (!flowed || clean.p[i] != '>'))
			to[n++] = clean.p[i];
	buf_free(&clean);
	return (struct slice){ to == NULL ? "" : to, to == NULL ? 0 : n };
}

/* Characters that Microsoft maps otherwise: wave dash, minus, parallel. */
static struct slice
vendor(struct slice s, struct arena *arena)
{
	static const char *const same[][2] = {
		{ "\xe3\x80\x9c", "\xef\xbd\x9e" },
		{ "\xe2\x88\x92", "\xef\xbc\x8d" },
		{ "\xe2\x80\x96", "\xe2\x88\xa5" },
		{ "\xe2\x80\x94", "\xe2\x80\x95" },
		{ "\xe3\x83\xbb", "\xc2\xb7" },
	};
	struct buf b = BUF_INIT(s.len * 2 + 1);
	struct slice out;
	size_t i, k;

	for (i = 0; i < s.len; i++) {
		for (k = 0; k < sizeof same / sizeof same[0]; k++)
			if (starts((struct slice){ s.p + i, s.len - i },
			    slice_of(same[k][0])))
				break;
		if (k < sizeof same / sizeof same[0]) {
			buf_adds(&b, same[k][1]);
			i += strlen(same[k][0]) - 1;
		} else {
			buf_addc(&b, s.p[i]);
		}
	}
	out = arena_slice(arena, buf_slice(&b));
	buf_free(&b);
	return out.p == NULL ? (struct slice){ "", 0 } : out;
}

static bool
is_ascii(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* U+0080 to U+009F, which nobody writes. */
static bool
has_c1(struct slice s)
{
	size_t i;

	for (i = 0; i + 1 < s.len; i++)
		if (s.p[i] == '\xc2' && (unsigned char)s.p[i + 1] < 0xa0)
			return true;
	return false;
}

static enum reason
why_text(const struct leaf *o, const struct leaf *t)
{
	if (o->charset == NULL)
		return NO_CHARSET;
	if (t->text.p == NULL)
		return NOT_ITS_CHARSET;
	if (!is_ascii(o->bytes) && utf8_valid(o->bytes.p, o->bytes.len))
		return REALLY_UTF8;
	if (!charset_known(slice_of(o->charset)) || has_c1(t->text))
		return AS_MEANT;
	return UNEXPLAINED;
}

/* Up to the first place where they differ. */
static void
skip_same(struct slice *a, struct slice *b)
{
	size_t i;

	for (i = 0; i < a->len && i < b->len && a->p[i] == b->p[i]; i++)
		;
	*a = (struct slice){ a->p + i, a->len - i };
	*b = (struct slice){ b->p + i, b->len - i };
}

/* Is the text of o the same, so that the letter can be compared? */
static bool
text(struct pair *p, const struct leaf *o, const struct leaf *t)
{
	struct slice a = vendor(squeeze(o->text, false, p->arena), p->arena);
	struct slice b;

	if (t->text.p == NULL) {
		differ(p, why_text(o, t), "text", a, t->text);
		return false;
	}
	p->tally->texts++;
	b = vendor(squeeze(t->text, false, p->arena), p->arena);
	if (slice_eq(a, b))
		return true;
	skip_same(&a, &b);
	differ(p, why_text(o, t), "text", a, b);
	return false;
}

/* ---- names ---- */

static const struct mail_attachment *
attachment(const struct pair *p, const struct leaf *o)
{
	const struct mail_attachment *a = p->mail->attachments;
	size_t i;

	for (i = 0; o->level == 0 && i < p->mail->nattachments; i++)
		if (a[i].offset == (size_t)(o->body.p - p->raw.p) &&
		    a[i].length == o->body.len && a[i].encoding == o->encoding)
			return &a[i];
	return NULL;
}

/* Without blanks and with ASCII's case, as file systems would have it. */
static struct slice
name_of(const char *name, struct arena *arena)
{
	return squeeze(slice_of(name == NULL ? "" : name), false, arena);
}

/* Names in raw bytes, encoded words or percents: each mends what is broken. */
static bool
is_raw_name(struct slice header)
{
	return !is_ascii(header) || text_ifind(header, "=?") != NULL ||
	    text_ifind(header, "*=") != NULL ||
	    text_ifind(header, "\nContent-Disposition") == NULL;
}

static void
names(struct pair *p, const struct leaf *o, const struct leaf *t)
{
	const struct mail_attachment *a = attachment(p, o);
	struct slice mine, other;
	enum reason why = why_structure(p);

	if (a == NULL || t->is_message)
		return;
	p->tally->names++;
	mine = name_of(a->name, p->arena);
	other = name_of(t->name, p->arena);
	if (slice_eq(mine, other))
		return;
	if (why == UNEXPLAINED && is_raw_name(o->header))
		why = RAW_NAME;
	differ(p, why, "name", mine, other);
}

/* ---- the letter ---- */

static bool
has_extras(const struct pair *p)
{
	size_t i;

	for (i = 0; i < p->ours.n; i++)
		if (p->ours.v[i].is_message)
			return true;
	return text_ifind(p->theirs.letter, "-----BEGIN PGP ") != NULL ||
	    text_ifind(p->theirs.letter, "begin 6") != NULL;
}

static bool
has_nul(const struct pair *p)
{
	size_t i;

	for (i = 0; i < p->ours.n; i++)
		if (memchr(p->ours.v[i].bytes.p, '\0',
		    p->ours.v[i].bytes.len) != NULL)
			return true;
	return false;
}

static void
letter(struct pair *p)
{
	bool flowed = p->theirs.letter_flowed;
	enum reason why = why_structure(p);
	struct slice a, b;

	if (p->theirs.letter_html || p->mail->kind == MAIL_UNREADABLE)
		return;
	p->tally->letters++;
	a = squeeze(slice_of(p->mail->text), flowed, p->arena);
	b = squeeze(p->theirs.letter, flowed, p->arena);
	a = vendor(a, p->arena);
	b = vendor(b, p->arena);
	if (slice_eq(a, b))
		return;
	skip_same(&a, &b);
	if (why == UNEXPLAINED && has_nul(p))
		why = NUL_BYTES;
	if (why == UNEXPLAINED && has_extras(p))
		why = LETTER_EXTRAS;
	differ(p, why, "letter", a, b);
}

static void
leaves(struct pair *p)
{
	bool same = true;
	size_t i;

	for (i = 0; i < p->ours.n; i++) {
		const struct leaf *o = &p->ours.v[i], *t = &p->theirs.v[i];

		p->tally->parts++;
		if (!t->is_message && !t->is_empty &&
		    !slice_eq(o->bytes, t->bytes)) {
			struct slice a = o->bytes, b = t->bytes;

			skip_same(&a, &b);
			differ(p, why_bytes(p, o, t), "bytes", a, b);
			same = false;
		} else if (o->text.p != NULL) {
			same = text(p, o, t) && same;
		}
		names(p, o, t);
	}
	if (same)
		letter(p);
}

int
compare(const char *name, struct slice raw, struct tally *tally)
{
	struct pair p = { .name = name, .raw = raw, .tally = tally };
	const struct slice none = { "", 0 };
	struct err err;
	int a, b, ret = -1;

	p.arena = arena_new(ARENA_MAX);
	if (p.arena == NULL)
		return -1;
	tally->mails++;
	a = ours_read(raw, p.arena, &p.ours);
	b = theirs_read(raw, p.arena, &p.theirs);
	if (a != 0 || b != 0) {
		if (a != b)
			differ(&p, UNREADABLE, "mail", none, none);
		ret = 0;
		goto out;
	}
	if (mail_parse(raw, &mail_limits_default, p.arena, &p.mail, &err) != 0)
		goto out;
	if (structure(&p) == 0)
		leaves(&p);
	ret = arena_failed(p.arena) ? -1 : 0;
out:
	arena_free(&p.arena);
	return ret;
}
