#include "base/text.h"
#include "parsers/quote_marks.h"
#include "parsers/reply_doc.h"
#include "parsers/words.h"

#define SIGNATURE_LINES		40	/* below "-- ", else it is text */
#define WEAK_SIGNATURE_LINES	8	/* below "--" or a dash */

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
		if (quote_is_disclaimer(paragraph))
			return end;
		if (d->v[i - 1].blank && quote_is_prose(paragraph))
			return i;
	}
	return end;
}

static void
mark_signature(struct reply_doc *d, size_t i)
{
	enum quote_sureness sure = quote_signature_mark(doc_line(d, i));
	size_t max = sure == QUOTE_SURE ? SIGNATURE_LINES :
	    WEAK_SIGNATURE_LINES;
	size_t end, lines;

	if (sure == QUOTE_NOT)
		return;
	end = run_end(d, i + 1, max, &lines);
	if (lines > max)
		return;
	end = writing_goes_on(d, i + 1, end);
	/* a dash at the very top, or with nothing below, divides nothing */
	if (sure == QUOTE_WEAK && (lines == 0 || !doc_new_above(d, i)))
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
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].kind != SPAN_NEW || d->v[i].blank)
			continue;
		if (d->v[i].length <= 8)
			mark_signature(d, i);
		else if (stands_apart(d, i) &&
		    quote_is_app_signature(doc_line(d, i)))
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
		if ((top && quote_is_banner(doc_lines(d, i, end - 1))) ||
		    quote_is_disclaimer(doc_lines(d, i, end - 1)))
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
