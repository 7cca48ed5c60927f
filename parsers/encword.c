#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/charset.h"
#include "parsers/decode.h"
#include "parsers/encword.h"

#define CHARSET_MAX	80	/* bytes of a charset's name */

struct word {
	struct slice	charset, text;
	bool		base64;
	size_t		len;		/* with the marks */
};

static struct slice
skip(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.len - n };
}

/* "=?charset?Q?": what a word begins with. */
static bool
word_head(struct slice s, struct word *w)
{
	size_t i;
	char c;

	if (s.len < 8 || s.p[0] != '=' || s.p[1] != '?')
		return false;
	for (i = 2; i < s.len && i < CHARSET_MAX && s.p[i] != '?'; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	if (i == 2 || i + 2 >= s.len || s.p[i] != '?' || s.p[i + 2] != '?')
		return false;
	c = text_lower(s.p[i + 1]);
	if (c != 'q' && c != 'b')
		return false;
	w->charset = (struct slice){ s.p + 2, i - 2 };
	w->base64 = c == 'b';
	w->len = i + 3;
	return true;
}

/* *no_end: no "?=" is left in the text, so that a flood of beginnings without
 * an end is looked through once. */
static bool
word_read(struct slice s, struct word *w, bool *no_end)
{
	const char *end;

	if (*no_end || !word_head(s, w))
		return false;
	w->text = skip(s, w->len);
	end = memmem(w->text.p, w->text.len, "?=", 2);
	if (end == NULL) {
		*no_end = true;
		return false;
	}
	w->text.len = (size_t)(end - w->text.p);
	w->len += w->text.len + 2;
	return true;
}

size_t
encword_length(struct slice s)
{
	struct word w;
	bool no_end = false;

	return word_read(s, &w, &no_end) ? w.len : 0;
}

/* Q: quoted-printable, "_" a blank, nothing special at the end of a line. */
static void
add_q(struct slice text, struct buf *out)
{
	struct buf b = BUF_INIT(text.len * 3 + 1);
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.p[i] == '_')
			buf_adds(&b, "=20");
		else
			buf_addc(&b, text.p[i]);
	buf_addc(&b, '=');	/* keeps blanks at the end */
	decode_all(buf_slice(&b), ENC_QP, out);
	buf_free(&b);
}

static void
add_raw(struct slice s, struct slice hint, struct buf *out)
{
	charset_utf8(s, hint, out, NULL);
}

/* The bytes of words of one charset, together since they may split one. */
static void
flush(struct buf *bytes, struct slice charset, struct buf *out)
{
	if (bytes->len > 0)
		charset_utf8(buf_slice(bytes), charset, out, NULL);
	buf_reset(bytes);
}

static size_t
blanks(struct slice s)
{
	size_t i = 0;

	while (i < s.len && (s.p[i] == ' ' || s.p[i] == '\t' ||
	    s.p[i] == '\r' || s.p[i] == '\n'))
		i++;
	return i;
}

/* Base64 is decoded at the end of a group of four letters, or of the words:
 * some cut it anywhere. */
static void
flush_base64(struct buf *letters, bool last, struct buf *bytes)
{
	if (letters->len == 0 || (!last && letters->len % 4 != 0 &&
	    letters->p[letters->len - 1] != '='))
		return;
	decode_all(buf_slice(letters), ENC_BASE64, bytes);
	buf_reset(letters);
}

/* The word w, which s begins with, and those behind it; what is consumed. */
static size_t
words(struct slice s, struct word w, bool *no_end, struct buf *out)
{
	struct buf bytes = BUF_INIT(s.len + 1), letters = BUF_INIT(s.len + 1);
	struct word next;
	struct slice rest;
	size_t used = 0, gap = 0;
	bool more, same;

	for (;;) {
		if (w.base64)
			buf_addslice(&letters, w.text);
		else
			add_q(w.text, &bytes);
		used += gap + w.len;
		rest = skip(s, used);
		gap = blanks(rest);
		more = word_read(skip(rest, gap), &next, no_end);
		same = more && text_ieq(next.charset, w.charset);
		flush_base64(&letters, !same || !next.base64, &bytes);
		if (!same)
			flush(&bytes, w.charset, out);
		if (!more)
			break;
		w = next;
	}
	buf_free(&bytes);
	buf_free(&letters);
	return used;
}

void
encword_decode(struct slice in, struct slice hint, struct buf *out)
{
	struct slice raw = { in.p, 0 };
	struct word w;
	const char *at;
	bool no_end = false;
	size_t n;

	while (in.len > 0 && !out->failed) {
		at = no_end ? NULL : memmem(in.p, in.len, "=?", 2);
		n = at == NULL ? in.len : (size_t)(at - in.p);
		raw.len += n;
		in = skip(in, n);
		if (in.len > 0 && word_read(in, &w, &no_end)) {
			add_raw(raw, hint, out);
			in = skip(in, words(in, w, &no_end, out));
			raw = (struct slice){ in.p, 0 };
		} else if (in.len > 0) {
			raw.len++;
			in = skip(in, 1);
		}
	}
	add_raw(raw, hint, out);
}

struct slice
encword_line(struct slice in, struct slice hint, struct arena *arena)
{
	struct buf b = BUF_INIT(in.len * 4 + 64);
	struct slice s;

	encword_decode(in, hint, &b);
	s = text_trim(utf8_clean_line(arena, b.p == NULL ? "" : b.p, b.len));
	buf_free(&b);
	return arena_slice(arena, s);
}
