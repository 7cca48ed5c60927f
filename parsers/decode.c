#include <string.h>

#include "base/crypt.h"
#include "base/text.h"
#include "parsers/decode.h"

#define CHUNK	16384

/* One more than the value of a base64 letter; 65 padding, 0 anything else. The
 * letters of the URL alphabet are taken too. */
static const unsigned char b64[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
	19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
	43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64, ['='] = 65,
};
#define PADDING	64u

/* The value of a letter, PADDING, or more for anything else. */
static unsigned
letter(char c)
{
	return b64[(unsigned char)c] - 1u;
}

void
decode_start(struct decode *decode, struct slice in,
    enum mail_encoding encoding)
{
	*decode = (struct decode){ .in = in, .encoding = encoding };
}

static void
skip(struct slice *s, size_t n)
{
	s->p += n;
	s->len -= n;
}

/* Behind padding: is the next line that is not blank one of base64 again? */
static bool
goes_on(struct slice rest)
{
	struct slice line;
	size_t i;

	while (text_line(&rest, &line)) {
		line = text_trim(line);
		while (line.len > 0 && line.p[0] == '=')
			skip(&line, 1);
		if (line.len == 0)
			continue;
		for (i = 0; i < line.len; i++)
			if (letter(line.p[i]) > PADDING)
				return false;
		return line.len % 4 == 0;
	}
	return false;
}

/* The next group of up to four letters; 0 at the end. */
static size_t
base64_group(struct slice *in, char out[3])
{
	uint32_t bits = 0;
	size_t n = 0, i;
	unsigned v;

	for (i = 0; i < in->len && n < 4; i++) {
		v = letter(in->p[i]);
		if (v < 64) {
			bits = bits << 6 | v;
			n++;
		} else if (v == PADDING && n > 0) {
			break;
		}
	}
	skip(in, i);
	if (n < 4) {
		bits <<= 6 * (4 - n);
		if (in->len > 0 && !goes_on(*in))
			in->len = 0;
	}
	out[0] = (char)(bits >> 16);
	out[1] = (char)(bits >> 8);
	out[2] = (char)bits;
	return n < 2 ? 0 : n - 1;
}

static size_t
base64_read(struct slice *in, char *out, size_t size)
{
	size_t n = 0, got;
	unsigned a, b, c, d;

	while (size - n >= 3 && in->len > 0) {
		if (in->len >= 4) {
			a = letter(in->p[0]), b = letter(in->p[1]);
			c = letter(in->p[2]), d = letter(in->p[3]);
			if ((a | b | c | d) < 64) {
				out[n++] = (char)(a << 2 | b >> 4);
				out[n++] = (char)(b << 4 | c >> 2);
				out[n++] = (char)(c << 6 | d);
				skip(in, 4);
				continue;
			}
		}
		got = base64_group(in, out + n);
		n += got;
		if (got == 0 && in->len == 0)
			break;
	}
	return n;
}

static int
hex(char c)
{
	c = text_lower(c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Blanks at the start of s, and whether a line end, or the end, follows. */
static size_t
blanks(struct slice s, bool *at_end)
{
	size_t i = 0;

	while (i < s.len && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	*at_end = i == s.len || s.p[i] == '\n' ||
	    (s.p[i] == '\r' && i + 1 < s.len && s.p[i + 1] == '\n');
	return i;
}

/* The "=" at the start of *in: at most one byte of output. */
static size_t
qp_escape(struct slice *in, char *out)
{
	bool at_end;
	size_t n;
	int hi, lo;

	if (in->len >= 3) {
		hi = hex(in->p[1]);
		lo = hex(in->p[2]);
		if (hi >= 0 && lo >= 0) {
			*out = (char)(hi << 4 | lo);
			skip(in, 3);
			return 1;
		}
	}
	n = blanks((struct slice){ in->p + 1, in->len - 1 }, &at_end);
	if (!at_end) {
		*out = '=';
		skip(in, 1);
		return 1;
	}
	skip(in, 1 + n);
	if (in->len > 0 && in->p[0] == '\r')
		skip(in, 1);
	if (in->len > 0)
		skip(in, 1);
	return 0;
}

/* Bytes at s that stand for themselves: up to "=", and to a blank that another
 * blank or a line end follows. */
static size_t
qp_run(struct slice s)
{
	size_t i;
	char next;

	for (i = 0; i < s.len && s.p[i] != '='; i++) {
		if (s.p[i] != ' ' && s.p[i] != '\t')
			continue;
		next = i + 1 < s.len ? s.p[i + 1] : '\n';
		if (next == ' ' || next == '\t' || next == '\r' ||
		    next == '\n')
			break;
	}
	return i;
}

static size_t
qp_read(struct decode *d, char *out, size_t size)
{
	struct slice *in = &d->in;
	size_t n = 0, run;
	bool at_end;

	while (n < size && in->len > 0) {
		if (d->verbatim == 0)
			d->verbatim = qp_run(*in);
		if (d->verbatim > 0) {
			run = d->verbatim < size - n ? d->verbatim : size - n;
			memcpy(out + n, in->p, run);
			n += run;
			d->verbatim -= run;
			skip(in, run);
		} else if (in->p[0] == '=') {
			n += qp_escape(in, out + n);
		} else {
			run = blanks(*in, &at_end);
			if (at_end)
				skip(in, run);
			else
				d->verbatim = run;
		}
	}
	return n;
}

bool
decode_uu_begin(struct slice line, struct slice *name_out)
{
	size_t i = 6;

	line = text_trim(line);
	if (line.len < 8 || memcmp(line.p, "begin ", 6) != 0)
		return false;
	while (i < line.len && line.p[i] >= '0' && line.p[i] <= '7')
		i++;
	if (i < 9 || i > 10 || i >= line.len || line.p[i] != ' ')
		return false;
	*name_out = text_trim((struct slice){ line.p + i, line.len - i });
	return name_out->len > 0;
}

/* One line of uuencode: at most 48 bytes, as its first letter says. */
static size_t
uu_line(struct slice line, char *out)
{
	size_t want, n = 0, i;
	unsigned char g[4];
	int k;

	if (line.len == 0 || line.p[0] < ' ' || line.p[0] > '`')
		return 0;
	want = ((unsigned char)line.p[0] - 32u) & 63;
	if (want > 48)
		want = 48;
	for (i = 1; n < want && i < line.len; i += 4) {
		for (k = 0; k < 4; k++)
			g[k] = i + (size_t)k < line.len ?
			    ((unsigned char)line.p[i + (size_t)k] - 32u) & 63 :
			    0;
		if (n < want)
			out[n++] = (char)(g[0] << 2 | g[1] >> 4);
		if (n < want)
			out[n++] = (char)(g[1] << 4 | g[2] >> 2);
		if (n < want)
			out[n++] = (char)(g[2] << 6 | g[3]);
	}
	return n;
}

static size_t
uu_read(struct decode *d, char *out, size_t size)
{
	struct slice line, name;
	size_t n = 0;

	while (size - n >= 48 && text_line(&d->in, &line)) {
		if (!d->started)
			d->started = decode_uu_begin(line, &name);
		else if (slice_is(text_trim(line), "end"))
			d->in.len = 0;
		else
			n += uu_line(line, out + n);
	}
	return n;
}

size_t
decode_read(struct decode *decode, char *out, size_t size)
{
	size_t n;

	switch (decode->encoding) {
	case ENC_BASE64:
		return base64_read(&decode->in, out, size);
	case ENC_QP:
		return qp_read(decode, out, size);
	case ENC_UU:
		return uu_read(decode, out, size);
	default:
		n = decode->in.len < size ? decode->in.len : size;
		if (n > 0)
			memcpy(out, decode->in.p, n);
		skip(&decode->in, n);
		return n;
	}
}

/* Behind the last group of four letters that is whole. What padding does is
 * told by the line behind it, so a window never ends shortly after some. */
static size_t
base64_cut(struct slice w)
{
	size_t i, whole = 0, letters = 0;
	unsigned v;

	for (i = 0; i < w.len; i++) {
		v = letter(w.p[i]);
		if (v == PADDING && i + DECODE_WINDOW / 2 > w.len)
			break;
		if (v == PADDING)
			letters = 0;
		if (v < 64 && ++letters % 4 == 0)
			whole = i + 1;
	}
	return whole;
}

/* Behind the last line end; in one endless line before what may be the start
 * of an escape or of blanks at its end. */
static size_t
line_cut(struct slice w)
{
	size_t end = w.len;

	while (end > 0 && w.p[end - 1] != '\n')
		end--;
	if (end > 0)
		return end;
	end = w.len > 3 ? w.len - 3 : 0;
	while (end > 0 && (memchr("= \t\r", w.p[end - 1], 4) != NULL ||
	    (end > 1 && w.p[end - 2] == '=')))
		end--;
	return end;
}

size_t
decode_cut(struct slice window, enum mail_encoding encoding)
{
	size_t n = window.len;

	if (encoding == ENC_BASE64)
		n = base64_cut(window);
	else if (encoding == ENC_QP || encoding == ENC_UU)
		n = line_cut(window);
	return n == 0 && window.len >= DECODE_WINDOW ? window.len : n;
}

void
decode_all(struct slice in, enum mail_encoding encoding, struct buf *out)
{
	struct decode d;
	char chunk[CHUNK];
	size_t n, fits;

	decode_start(&d, in, encoding);
	while (!out->failed &&
	    (n = decode_read(&d, chunk, sizeof chunk)) > 0) {
		fits = n < out->max - out->len ? n : out->max - out->len;
		buf_add(out, chunk, fits);
		buf_add(out, chunk + fits, n - fits);
	}
}

size_t
decode_sha256(struct slice in, enum mail_encoding encoding, char hex_out[65])
{
	struct crypt_hash *hash = crypt_hash_new();
	unsigned char digest[CRYPT_SHA256];
	struct decode d;
	char chunk[CHUNK];
	size_t n, size = 0;

	decode_start(&d, in, encoding);
	for (;;) {
		n = decode_read(&d, chunk, sizeof chunk);
		if (n == 0)
			break;
		crypt_hash_add(hash, chunk, n);
		size += n;
	}
	crypt_hash_finish(&hash, digest);
	crypt_hex(digest, sizeof digest, hex_out);
	return size;
}
