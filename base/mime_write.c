#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/crypt.h"
#include "base/mime_write.h"
#include "base/text.h"
#include "base/utf8.h"

#define LINE_AIM	76	/* bytes of a header line, without CR LF */
#define WORD_MAX	75	/* bytes of an encoded word, RFC 2047 §2 */
#define WORD_FRAME	12	/* "=?UTF-8?B?" and "?=" */
#define QP_LINE		75	/* bytes before a soft line end */
#define B64_LINE	76
#define NAME_MAX_OUT	200	/* bytes of a file name */
#define HEADER_MAX	8192	/* bytes of one value */
#define TOKEN_LONGEST	900	/* bytes; none longer: a line has 998 at most */

/* ---- header values ---- */

static bool
is_space(uint32_t c)
{
	return c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0x2028 ||
	    c == 0x2029;
}

void
mime_clean(struct buf *out, struct slice value)
{
	bool blank = false, begun = false;
	uint32_t c;
	size_t n;

	for (; value.len > 0; value.p += n, value.len -= n) {
		n = utf8_decode(value.p, value.len, &c);
		if (n == 0) {
			n = 1;
			continue;
		}
		if (is_space(c)) {
			blank = begun;
			continue;
		}
		if (utf8_is_bidi(c) || c == 0xfeff)
			continue;
		if (blank)
			buf_addc(out, ' ');
		blank = false;
		begun = true;
		buf_add(out, value.p, n);
	}
}

/* Where the line that is being written stands. */
static size_t
column(const struct buf *out)
{
	size_t n = out->len;

	while (n > 0 && out->p[n - 1] != '\n')
		n--;
	return out->len - n;
}

/* Can it stand as it is? ASCII, no look of an encoded word, foldable. */
static bool
is_plain(struct slice s)
{
	size_t i, word = 0;

	for (i = 0; i < s.len; i++) {
		word = s.p[i] == ' ' ? 0 : word + 1;
		if ((unsigned char)s.p[i] >= 0x7f || word > LINE_AIM - 1)
			return false;
		if (s.p[i] == '=' && i + 1 < s.len && s.p[i + 1] == '?')
			return false;
	}
	return true;
}

static void
put_folded(struct buf *out, struct slice s)
{
	bool first = true;

	while (s.len > 0) {
		const char *sp = memchr(s.p, ' ', s.len);
		size_t n = sp == NULL ? s.len : (size_t)(sp - s.p);

		if (!first && column(out) + 1 + n > LINE_AIM)
			buf_adds(out, "\r\n");
		if (!first)
			buf_addc(out, ' ');
		buf_add(out, s.p, n);
		first = false;
		n += n < s.len;
		s.p += n;
		s.len -= n;
	}
}

/* Bytes that Q may leave as they are, in a phrase too (RFC 2047 §5.3). */
static bool
q_plain(char c)
{
	return text_is_alnum(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t
q_len(char c)
{
	return q_plain(c) || c == ' ' ? 1 : 3;
}

static void
put_q(struct buf *out, struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (q_plain(s.p[i]))
			buf_addc(out, s.p[i]);
		else if (s.p[i] == ' ')
			buf_addc(out, '_');
		else
			buf_addf(out, "=%02X", (unsigned char)s.p[i]);
	}
}

static void
put_b(struct buf *out, struct slice s)
{
	char text[(WORD_MAX + 2) / 3 * 4 + 1];

	crypt_base64(s.p, s.len, text);
	buf_adds(out, text);
}

/* How many whole characters of s fit into room letters of an encoded word. */
static size_t
fits(struct slice s, bool b, size_t room)
{
	size_t at = 0, used = 0;
	uint32_t c;

	while (at < s.len) {
		size_t n = utf8_decode(s.p + at, s.len - at, &c), i, more = 0;

		for (i = 0; !b && i < n; i++)
			more += q_len(s.p[at + i]);
		if (n == 0 || (b ? (at + n + 2) / 3 * 4 : used + more) > room)
			break;
		used += more;
		at += n;
	}
	return at;
}

/* Encoded words, each with whole characters; a blank between two of them is
 * not shown, so blanks go inside. */
static void
put_encoded(struct buf *out, struct slice s)
{
	size_t foreign = 0, i;
	bool b;

	for (i = 0; i < s.len; i++)
		foreign += q_len(s.p[i]) == 3;
	b = foreign * 2 > s.len;	/* Q can be read where it is not decoded */
	while (s.len > 0) {
		size_t col = column(out), n = 0;

		if (col + WORD_FRAME < LINE_AIM)
			n = fits(s, b, LINE_AIM - col < WORD_MAX ?
			    LINE_AIM - col - WORD_FRAME :
			    WORD_MAX - WORD_FRAME);
		if (n == 0 && col <= 1)
			return;		/* not UTF-8: mime_clean lets none by */
		if (n == 0) {
			buf_adds(out, "\r\n ");
			continue;
		}
		buf_addf(out, "=?UTF-8?%c?", b ? 'B' : 'Q');
		if (b)
			put_b(out, (struct slice){ s.p, n });
		else
			put_q(out, (struct slice){ s.p, n });
		buf_adds(out, "?=");
		s.p += n;
		s.len -= n;
		if (s.len > 0)
			buf_adds(out, "\r\n ");
	}
}

/* The clean value: cut to what a header may hold. */
static struct slice
clean_value(struct buf *clean, struct slice value)
{
	*clean = BUF_INIT(HEADER_MAX);
	value.len = utf8_cut(value.p, value.len, HEADER_MAX);
	mime_clean(clean, value);
	return buf_slice(clean);
}

void
mime_header(struct buf *out, const char *name, struct slice value)
{
	struct buf clean;
	struct slice s = clean_value(&clean, value);

	buf_addf(out, "%s: ", name);
	if (is_plain(s))
		put_folded(out, s);
	else
		put_encoded(out, s);
	buf_adds(out, "\r\n");
	buf_free(&clean);
}

/* Append a token behind a blank, if a line can hold it. */
static void
add_token(struct buf *out, struct slice token)
{
	size_t i;

	if (token.len > TOKEN_LONGEST)
		return;
	if (out->len > 0)
		buf_addc(out, ' ');
	for (i = 0; i < token.len; i++)
		if (token.p[i] > ' ' && token.p[i] < 0x7f)
			buf_addc(out, token.p[i]);
}

void
mime_header_tokens(struct buf *out, const char *name, struct slice value)
{
	struct buf b = BUF_INIT(HEADER_MAX);
	const char *p = value.p, *end = p + value.len, *start;

	while (p < end && b.len < HEADER_MAX - TOKEN_LONGEST) {
		for (start = p; p < end && *p != ' '; p++)
			;
		if (p > start)
			add_token(&b, (struct slice){ start,
			    (size_t)(p - start) });
		p += p < end;
	}
	buf_addf(out, "%s: ", name);
	put_folded(out, buf_slice(&b));
	buf_adds(out, "\r\n");
	buf_free(&b);
}

void
mime_header_mailbox(struct buf *out, const char *name, const char *display,
    const char *address)
{
	struct buf clean;
	struct slice s = clean_value(&clean, slice_of(display == NULL ? "" :
	    display));
	size_t i;

	buf_addf(out, "%s: ", name);
	if (s.len > 0 && is_plain(s)) {
		buf_addc(out, '"');
		for (i = 0; i < s.len; i++) {
			if (s.p[i] == '"' || s.p[i] == '\\')
				buf_addc(out, '\\');
			buf_addc(out, s.p[i]);
		}
		buf_addc(out, '"');
	} else if (s.len > 0)
		put_encoded(out, s);
	if (s.len > 0)
		buf_adds(out, column(out) + strlen(address) + 3 > LINE_AIM ?
		    "\r\n " : " ");
	buf_addf(out, "<%s>\r\n", address);
	buf_free(&clean);
}

/* One side of an address: parts of these characters with dots between. */
static bool
dotted_ok(struct slice s, const char *also, size_t part_max)
{
	size_t i, part = 0;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '.') {
			if (part == 0)
				return false;
			part = 0;
			continue;
		}
		if (!text_is_alnum(s.p[i]) &&
		    (s.p[i] == '\0' || strchr(also, s.p[i]) == NULL))
			return false;
		if (++part > part_max)
			return false;
	}
	return part > 0;
}

bool
mime_address_ok(const char *address)
{
	const char *at = strrchr(address, '@');
	struct slice local, domain;

	if (at == NULL || strlen(address) > 254)
		return false;
	local = (struct slice){ address, (size_t)(at - address) };
	domain = slice_of(at + 1);
	return local.len <= 64 && domain.p[0] != '-' &&
	    dotted_ok(local, "!#$%&'*+-/=?^_`{|}~", 64) &&
	    dotted_ok(domain, "-", 63);
}

char *
mime_date(int64_t ms, char out[MIME_DATE_MAX])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)(ms / 1000);
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	snprintf(out, MIME_DATE_MAX, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000",
	    days + tm.tm_wday * 3, tm.tm_mday, months + tm.tm_mon * 3,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return out;
}

/* ---- bodies ---- */

/* Is the byte at i of a line to be escaped? */
static bool
qp_escapes(struct slice line, size_t i)
{
	unsigned char c = (unsigned char)line.p[i];

	if (c == ' ' || c == '\t')
		return i + 1 == line.len;
	if (i == 0 && (c == '.' || (c == 'F' && text_istarts(line, "from "))))
		return true;	/* some programs treat these on their own */
	return c < 0x21 || c > 0x7e || c == '=';
}

static void
qp_line(struct buf *out, struct slice line)
{
	size_t i, used = 0;

	for (i = 0; i < line.len; i++) {
		size_t n = qp_escapes(line, i) ? 3 : 1;

		if (used + n > QP_LINE) {
			buf_adds(out, "=\r\n");
			used = 0;
		}
		/* a soft line end put a dot in front of a line */
		if (n == 1 && used == 0 && line.p[i] == '.')
			n = 3;
		if (n == 3)
			buf_addf(out, "=%02X", (unsigned char)line.p[i]);
		else
			buf_addc(out, line.p[i]);
		used += n;
	}
	buf_adds(out, "\r\n");
}

void
mime_qp(struct buf *out, struct slice text)
{
	struct slice line;

	while (text_line(&text, &line))
		qp_line(out, line);
}

static void
b64_group(struct mime_base64 *b64, struct buf *out)
{
	char text[5];

	crypt_base64(b64->rest, b64->nrest, text);
	b64->nrest = 0;
	buf_add(out, text, 4);
	b64->column += 4;
	if (b64->column >= B64_LINE) {
		buf_adds(out, "\r\n");
		b64->column = 0;
	}
}

void
mime_base64_add(struct mime_base64 *b64, struct buf *out, const void *p,
    size_t len)
{
	const unsigned char *in = p;

	for (; len > 0; len--) {
		b64->rest[b64->nrest++] = *in++;
		if (b64->nrest == 3)
			b64_group(b64, out);
	}
}

void
mime_base64_done(struct mime_base64 *b64, struct buf *out)
{
	if (b64->nrest > 0)
		b64_group(b64, out);
	if (b64->column > 0)
		buf_adds(out, "\r\n");
	*b64 = (struct mime_base64){ .nrest = 0 };
}

/* ---- attachments ---- */

/* kind/subtype of plain letters, and one that base64 may carry. */
static bool
type_ok(const char *type)
{
	size_t kind = strcspn(type, "/"), i;

	if (kind == 0 || type[kind] == '\0' || type[kind + 1] == '\0' ||
	    strlen(type) > 100 || text_istarts(slice_of(type), "multipart/") ||
	    text_istarts(slice_of(type), "message/"))
		return false;
	for (i = 0; type[i] != '\0'; i++)
		if (i != kind && !text_is_alnum(type[i]) &&
		    strchr("!#$&-^_.+", type[i]) == NULL)
			return false;
	return true;
}

/* The name as RFC 2231 has it, after a form of ASCII for old readers. */
static void
put_file_name(struct buf *out, struct slice s)
{
	size_t i;

	buf_adds(out, "; filename=\"");
	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x80)
			buf_addc(out, c == '"' || c == '\\' || c == '/' ||
			    c == '=' ? '_' : (char)c);
		else if (c >= 0xc0)
			buf_addc(out, '_');	/* one for each character */
	}
	buf_adds(out, "\";\r\n filename*=UTF-8''");
	for (i = 0; i < s.len; i++) {
		if (text_is_alnum(s.p[i]) || strchr("-._~", s.p[i]) != NULL)
			buf_addc(out, s.p[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}

void
mime_attachment_head(struct buf *out, const char *type, const char *name)
{
	struct buf clean;
	struct slice s = clean_value(&clean, slice_of(name));

	s.len = utf8_cut(s.p, s.len, NAME_MAX_OUT);
	buf_addf(out, "Content-Type: %s\r\n", type != NULL && type_ok(type) ?
	    type : "application/octet-stream");
	buf_adds(out, "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment");
	if (s.len > 0)
		put_file_name(out, s);
	buf_adds(out, "\r\n\r\n");
	buf_free(&clean);
}
