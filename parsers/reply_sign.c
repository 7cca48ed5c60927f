#include "base/text.h"
#include "parsers/quote_marks.h"
#include "parsers/reply_doc.h"
#include "parsers/sign_marks.h"
#include "parsers/words.h"

#define SIGNATURE_LINES		40	/* below "-- ", else it is text */
#define WEAK_SIGNATURE_LINES	8	/* below "--" or a dash */
#define SIGNATURE_WORDS		10	/* in a line of one, at most */
#define MARK_MAX		8	/* bytes of a line that may be its mark */

/* -- signatures and boilerplate ---------------------------------------- */

/* Where the run of new lines that starts at i ends, and how many of them are
 * filled; looked at no further than max filled ones. */
static size_t
run_end(const struct reply_doc *d, size_t i, size_t max, size_t *filled_out)
{
	size_t filled = 0;

	for (; i < d->n && d->v[i].kind == SPAN_NEW && filled <= max; i++)
		filled += !d->v[i].blank;
	*filled_out = filled;
	return i;
}

/* Where the paragraph that starts at line i ends. */
static size_t
paragraph_end(const struct reply_doc *d, size_t i)
{
	size_t end = i + 1;

	while (end < d->n && !d->v[end].blank && d->v[end].kind == SPAN_NEW)
		end++;
	return end;
}

/* Where, in lines i..end-1 below a signature's mark, somebody goes on writing:
 * prose behind a blank line, and no disclaimer before it. */
static size_t
writing_goes_on(const struct reply_doc *d, size_t i, size_t end)
{
	struct slice paragraph;
	size_t next;

	for (; i < end; i = next) {
		if (d->v[i].blank) {
			next = i + 1;
			continue;
		}
		next = paragraph_end(d, i);
		paragraph = doc_lines(d, i, next - 1);
		if (sign_is_disclaimer(paragraph))
			return end;
		if (d->v[i - 1].blank && sign_is_prose(paragraph))
			return i;
	}
	return end;
}

/* Does any of the lines i..end-1 say something, at length or to the end? Then
 * "--" above them divides parts of a letter. */
static bool
says_something(const struct reply_doc *d, size_t i, size_t end)
{
	struct slice line;
	size_t next, k, words;

	for (; i < end; i = next) {
		next = paragraph_end(d, i);
		if (d->v[i].blank)
			continue;
		if (sign_is_prose(doc_lines(d, i, next - 1)))
			return true;
		if (sign_is_disclaimer(doc_lines(d, i, next - 1)))
			return false;
		for (; i < next; i++) {
			line = text_trim(doc_line(d, i));
			for (k = 0, words = 1; k < line.len; k++)
				words += line.p[k] == ' ';
			if (words > SIGNATURE_WORDS ||
			    line.p[line.len - 1] == '?')
				return true;
		}
	}
	return false;
}

/* How many lines of the new text might be a signature's mark without being
 * exactly that. */
static size_t
weak_marks(const struct reply_doc *d)
{
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		n += d->v[i].kind == SPAN_NEW && !d->v[i].blank &&
		    d->v[i].length <= MARK_MAX &&
		    sign_mark(doc_line(d, i)) == QUOTE_WEAK;
	return n;
}

static void
mark_signature(struct reply_doc *d, size_t i, bool divides)
{
	enum quote_sureness sure = sign_mark(doc_line(d, i));
	size_t max = sure == QUOTE_SURE ? SIGNATURE_LINES :
	    WEAK_SIGNATURE_LINES;
	size_t end, lines;

	if (sure == QUOTE_NOT || (sure == QUOTE_WEAK && divides))
		return;
	end = run_end(d, i + 1, max, &lines);
	if (lines > max)
		return;
	end = writing_goes_on(d, i + 1, end);
	/* a dash at the very top, or with nothing below, divides nothing */
	if (sure == QUOTE_WEAK && (lines == 0 || !doc_new_above(d, i) ||
	    says_something(d, i + 1, end)))
		return;
	doc_set(d, i, end, SPAN_SIGNATURE);
}

/* Does line i, of an app's form, stand where apps put it: a paragraph of its
 * own or, with its capital letter, right below a line that did not wrap? */
static bool
stands_apart(const struct reply_doc *d, size_t i)
{
	struct slice above;
	char first = d->text[d->v[i].offset], last;

	if (i + 1 < d->n && !d->v[i + 1].blank &&
	    d->v[i + 1].kind == SPAN_NEW)
		return false;
	if (i == 0 || d->v[i - 1].blank || d->v[i - 1].kind != SPAN_NEW)
		return true;
	if (first >= 'a' && first <= 'z')
		return false;
	above = text_trim(doc_line(d, i - 1));
	last = above.len > 0 ? above.p[above.len - 1] : '.';
	return above.len < REPLY_WRAP_MIN || last == '.' || last == '!' ||
	    last == '?';
}

static void
mark_signatures(struct reply_doc *d)
{
	bool divides = weak_marks(d) > 1;
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].kind != SPAN_NEW || d->v[i].blank)
			continue;
		if (d->v[i].length <= MARK_MAX)
			mark_signature(d, i, divides);
		else if (stands_apart(d, i) &&
		    sign_is_app(doc_line(d, i)))
			d->v[i].kind = SPAN_SIGNATURE;
	}
}

/* What mailing lists put below: a row and a few lines with a link. Its end, or
 * i when line i begins none. */
static size_t
list_footer(const struct reply_doc *d, size_t i)
{
	size_t end, lines;
	struct slice s;

	if (d->text[d->v[i].offset] != '_' ||
	    !quote_is_row(doc_line(d, i), 20))
		return i;
	end = run_end(d, i + 1, WEAK_SIGNATURE_LINES, &lines);
	if (lines == 0 || lines > WEAK_SIGNATURE_LINES)
		return i;
	s = doc_lines(d, i, end - 1);
	return words_find(s, "mailing list") != NULL ||
	    words_find(s, "listinfo") != NULL ||
	    words_find(s, "unsubscribe") != NULL ||
	    (words_find(s, "http") != NULL && memchr(s.p, '@', s.len) !=
	    NULL && !d->v[i + 1].blank) ? end : i;
}

static void
mark_boilerplate(struct reply_doc *d)
{
	bool top = true;
	size_t i, end;

	for (i = doc_filled(d, 0); i < d->n; i = doc_filled(d, end)) {
		if (d->v[i].kind != SPAN_NEW) {
			end = i + 1;
			top = top && d->v[i].kind != SPAN_QUOTED;
			continue;
		}
		end = list_footer(d, i);
		if (end > i) {
			doc_set(d, i, end, SPAN_BOILERPLATE);
			continue;
		}
		end = paragraph_end(d, i);
		if ((top && sign_is_banner(doc_lines(d, i, end - 1))) ||
		    sign_is_disclaimer(doc_lines(d, i, end - 1)))
			doc_set(d, i, end, SPAN_BOILERPLATE);
		else
			top = false;
	}
}

void
reply_mark_signatures(struct reply_doc *d)
{
	mark_signatures(d);
	mark_boilerplate(d);
}
