#include "base/text.h"
#include "parsers/quote_marks.h"
#include "parsers/reply_doc.h"
#include "parsers/words.h"

#define ATTRIBUTIONS_MAX	2000	/* places looked at; then all is new */
#define HEADER_LINES		16	/* of a header block, at most */

/* -- marks ------------------------------------------------------------ */

/* What was recognised: lines first..end-1 are the mark itself. */
struct found {
	size_t			first, end;
	enum mail_span_kind	kind;	/* of what follows */
	bool			sure;	/* without ">" too */
	bool			ours;
};

/* The labelled line behind blank lines and a row, few of them; else d->n. */
static size_t
next_label(const struct reply_doc *d, size_t i)
{
	size_t end = d->n - i < 4 ? d->n : i + 4;

	while (i < end && (d->v[i].blank || quote_is_row(doc_line(d, i), 8)))
		i++;
	return i < end && d->v[i].label != 0 ? i : d->n;
}

/* A header block that starts at i; its end, or i when there is none. */
static size_t
header_block(const struct reply_doc *d, size_t i, bool below_rule)
{
	unsigned seen = 0, label;
	struct slice value, from = { NULL, 0 };
	bool address = false, digit = false;
	size_t k, end = i, loose = 0;

	for (k = i; k < d->n && k < i + HEADER_LINES; k++)
		seen |= d->v[k].label;
	if ((seen & LABEL_FROM) == 0)
		return i;
	seen = 0;
	for (k = i; k < d->n && k < i + HEADER_LINES; k++) {
		if (d->v[k].blank || quote_is_row(doc_line(d, k), 8)) {
			k = next_label(d, k);
			if (k == d->n)
				break;
		}
		label = d->v[k].label;
		if (label != 0)
			quote_header_label(doc_line(d, k), &value);
		if (label == 0) {
			if (k == i || ++loose > 3)
				break;
			address = address || memchr(d->text + d->v[k].offset,
			    '@', d->v[k].length) != NULL;
			continue;
		}
		if (k == i && (label & (LABEL_FROM | LABEL_SENT |
		    LABEL_DATE | LABEL_TO | LABEL_SUBJECT)) == 0)
			break;
		loose = 0;
		seen |= label;
		end = k + 1;
		if (label == LABEL_FROM)
			from = value;
		if ((label & (LABEL_SENT | LABEL_DATE)) != 0)
			for (size_t c = 0; c < value.len; c++)
				digit = digit || (value.p[c] >= '0' &&
				    value.p[c] <= '9');
		address = address || memchr(value.p, '@', value.len) != NULL;
	}
	if ((seen & LABEL_FROM) == 0 || from.len == 0)
		return i;
	if (digit && (seen & LABEL_SENT) != 0 &&
	    (seen & (LABEL_TO | LABEL_SUBJECT)) != 0)
		return end;
	if (digit && (seen & LABEL_DATE) != 0 && address &&
	    (seen & (LABEL_TO | LABEL_SUBJECT)) != 0)
		return end;
	if (address && (seen & LABEL_TO) != 0 && (seen & LABEL_SUBJECT) != 0)
		return end;
	return below_rule && (seen & (LABEL_SENT | LABEL_DATE | LABEL_TO |
	    LABEL_SUBJECT)) != 0 ? end : i;
}

/* An attribution that ends with the first len bytes of line i: where it starts,
 * in *first_out. */
static enum quote_sureness
attribution(struct reply_doc *d, size_t i, size_t len, size_t *first_out)
{
	enum quote_sureness best = QUOTE_NOT, sure;
	size_t first = i, lines;
	struct slice s;

	if (d->attempts >= ATTRIBUTIONS_MAX)
		return QUOTE_NOT;
	d->attempts++;
	for (lines = 0; lines < QUOTE_MARKS_LINES; lines++, first--) {
		if (d->v[first].kind != SPAN_NEW || d->v[first].blank ||
		    d->v[first].mark || (d->v[first].marked && lines > 0))
			break;
		s = doc_lines(d, first, i);
		s.len -= d->v[i].length - len;
		sure = lines == 0 || quote_attribution_start(doc_line(d,
		    first)) ? quote_attribution(s) : QUOTE_NOT;
		if (sure > best) {
			best = sure;
			*first_out = first;
		}
		if (best == QUOTE_SURE || first == 0)
			break;
	}
	return best;
}

static bool
quotes_follow(const struct reply_doc *d, size_t i)
{
	size_t next = doc_filled(d, i);

	return next < d->n && d->v[next].marked;
}

static bool
find_attribution(struct reply_doc *d, size_t i, struct found *f)
{
	enum quote_sureness sure;
	size_t first = i, len = quote_attribution_end(doc_line(d, i));

	if (len == 0)
		return false;
	sure = attribution(d, i, len, &first);
	if (sure == QUOTE_NOT || (sure == QUOTE_WEAK &&
	    (len < d->v[i].length || !quotes_follow(d, i + 1))))
		return false;
	*f = (struct found){ first, i + 1, SPAN_QUOTED, sure == QUOTE_SURE,
	    false };
	return true;
}

/* Is the header block at line i a forwarded mail's? */
static bool
is_passed_on(const struct reply_doc *d, size_t i)
{
	return d->forward ||
	    (d->vs && words_find(doc_line(d, i), "Fra:") != NULL);
}

/* "-----Original Message-----", maybe with a header block below. */
static bool
find_rule(const struct reply_doc *d, size_t i, struct found *f)
{
	enum quote_rule rule = quote_rule(doc_line(d, i));
	size_t next;

	if (rule == RULE_NONE)
		return false;
	*f = (struct found){ i, i + 1, rule == RULE_FORWARDED ?
	    SPAN_FORWARDED : SPAN_QUOTED, true, false };
	next = doc_filled_within(d, i + 1, 6);
	if (next < d->n && d->v[next].label != 0)
		f->end = header_block(d, next, true);
	if (f->end <= next)
		f->end = i + 1;
	else if (is_passed_on(d, next))
		f->kind = SPAN_FORWARDED;
	/* words alone, above no mail, are somebody's own */
	return f->end > i + 1 || quotes_follow(d, i + 1) ||
	    quote_is_ruled(doc_line(d, i));
}

/* A header block, maybe below a row of dashes. */
static bool
find_header(const struct reply_doc *d, size_t i, struct found *f)
{
	bool row = quote_is_row(doc_line(d, i), 4);
	size_t start = row ? doc_filled_within(d, i + 1, 4) : i;
	size_t end;

	if (start == d->n || d->v[start].label == 0)
		return false;
	end = header_block(d, start, row);
	if (end == start)
		return false;
	*f = (struct found){ i, end, is_passed_on(d, start) ?
	    SPAN_FORWARDED : SPAN_QUOTED, true, false };
	return true;
}

/* The row that some clients put above what they mark as quoted. */
static bool
find_row(const struct reply_doc *d, size_t i, struct found *f)
{
	struct slice line = doc_line(d, i);
	size_t next;

	if (line.len < 20 || line.p[0] != '_' || !quote_is_row(line, 20))
		return false;
	next = doc_filled_within(d, i + 1, 4);
	if (next == d->n || !d->v[next].marked)
		return false;
	*f = (struct found){ i, i + 1, SPAN_QUOTED, false, false };
	return true;
}

static bool
find_ours(const struct reply_doc *d, size_t i, struct found *f)
{
	if (!quote_is_ours(doc_line(d, i)))
		return false;
	*f = (struct found){ i, i + 1, SPAN_QUOTED, true, true };
	return true;
}

/* Lines above our own mark that introduce it: what ends with ":" or is no
 * more than a name and a time, up to the first blank line or new sentence. */
static void
introduce_ours(struct reply_doc *d, size_t i)
{
	size_t k = i, lines;

	while (k > 0 && d->v[k - 1].blank)
		k--;
	if (k == 0 || d->v[k - 1].kind != SPAN_NEW)
		return;
	for (lines = 0; k > 0 && lines < QUOTE_MARKS_LINES; lines++) {
		if (d->v[k - 1].blank || d->v[k - 1].kind != SPAN_NEW)
			return;
		if (quote_attribution(doc_lines(d, k - 1, i - 1)) !=
		    QUOTE_NOT) {
			doc_set(d, k - 1, i, SPAN_QUOTED);
			return;
		}
		k--;
	}
}

/* "… <a@b" above, ">:" here: the mailer wrapped inside the brackets. */
static bool
closes_bracket(const struct reply_doc *d, size_t i)
{
	struct slice above;
	size_t n;

	if (i == 0 || d->v[i - 1].marked || d->v[i - 1].kind != SPAN_NEW)
		return false;
	above = doc_line(d, i - 1);
	for (n = above.len; n > 0 && above.p[n - 1] != '>'; n--)
		if (above.p[n - 1] == '<')
			return true;
	return false;
}

/* A line that begins with ">" and yet is a mark of its own. */
static bool
find_marked(struct reply_doc *d, size_t i, struct found *f)
{
	if (words_start(doc_line(d, i), ">>> ") && find_rule(d, i, f))
		return true;
	return closes_bracket(d, i) && find_attribution(d, i, f);
}

static bool
find_mark(struct reply_doc *d, size_t i, struct found *f)
{
	return find_ours(d, i, f) || find_rule(d, i, f) ||
	    find_header(d, i, f) || find_row(d, i, f) ||
	    find_attribution(d, i, f);
}

/* -- the walk ---------------------------------------------------------- */

static void
begin_forward(struct reply_doc *d, const struct found *f)
{
	if (f->kind == SPAN_FORWARDED && d->forward_at == d->n)
		d->forward_at = f->first;
}

/* " |text", "JD> text": the bytes of another mark than ">" that a line begins
 * with; 0: none. */
static size_t
other_mark(struct slice line)
{
	size_t i = 0, n = 0;

	while (i < line.len && i < 3 && line.p[i] == ' ')
		i++;
	if (i < line.len && strchr("|:%}#+", line.p[i]) != NULL)
		return i + 1;
	while (i + n < line.len && n < 4 && text_is_alnum(line.p[i + n]))
		n++;
	return n > 0 && i + n < line.len && line.p[i + n] == '>' ?
	    i + n + 1 : 0;
}

/* Below an attribution: do two lines or more begin with one other mark? Then
 * all that do are marked. */
static void
mark_as_others_do(struct reply_doc *d, size_t i)
{
	size_t first = doc_filled(d, i), second, k, n;
	struct slice mark, line;

	if (first == d->n || d->v[first].marked)
		return;
	mark = doc_line(d, first);
	mark.len = other_mark(mark);
	second = doc_filled(d, first + 1);
	if (mark.len == 0 || second == d->n)
		return;
	for (k = second; k < d->n; k++) {
		line = doc_line(d, k);
		n = line.len < mark.len ? line.len : mark.len;
		if (n == 0 || memcmp(line.p, mark.p, n) != 0) {
			if (k == second)
				return;
			continue;
		}
		d->v[k].marked = true;
	}
	d->v[first].marked = true;
}

/* Take what was found; true: all that follows is of f->kind. */
static bool
take_mark(struct reply_doc *d, const struct found *f)
{
	size_t i;

	if (f->ours)
		introduce_ours(d, f->first);
	if (f->kind == SPAN_QUOTED && !d->other_marks) {
		mark_as_others_do(d, f->end);
		d->other_marks = true;
	}
	begin_forward(d, f);
	doc_set(d, f->first, f->end, f->kind);
	for (i = f->first; i < f->end; i++)
		d->v[i].mark = true;
	if (!f->sure || quotes_follow(d, f->end))
		return false;
	/* nothing above: it may be all that the sender has to say */
	if (f->kind == SPAN_QUOTED && !f->ours && !doc_new_above(d, f->first))
		return false;
	doc_set(d, f->end, d->n, f->kind);
	return true;
}

/* A ">" line is quoted where the mail answers another; in one that answers
 * nothing it may be the sender's own (a prompt, a patch). */
static void
mark_quoted(struct reply_doc *d)
{
	enum mail_span_kind kind = SPAN_QUOTED;
	struct found f;
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].marked && !find_marked(d, i, &f)) {
			d->v[i].kind = (uint8_t)kind;
			if (!find_ours(d, i, &f))
				continue;
			introduce_ours(d, i);
			d->v[i].mark = true;
			continue;
		}
		if (d->v[i].blank)
			continue;
		if (!d->v[i].marked && !find_mark(d, i, &f))
			continue;
		kind = f.kind;
		d->answer = true;
		if (take_mark(d, &f))
			return;
		i = f.end - 1;
	}
}

static void
unmark_own(struct reply_doc *d)
{
	size_t i;

	if (d->answer)
		return;
	for (i = 0; i < d->n; i++)
		if (d->v[i].marked && d->v[i].kind == SPAN_QUOTED)
			d->v[i].kind = SPAN_NEW;
}

/* Is the first quoted line one that clients put above what they quote? Then
 * nothing was written beside it. */
static bool
is_introduced(const struct reply_doc *d, size_t i)
{
	struct slice line = doc_line(d, i), value;
	size_t end;

	doc_depth(line, &end);
	line.p += end;
	line.len -= end;
	return quote_attribution(line) != QUOTE_NOT ||
	    quote_rule(line) != RULE_NONE ||
	    quote_header_label(line, &value) != 0 ||
	    quote_is_ours(line);
}

/* A mail of quoted lines alone, that nothing introduces: who sent it so meant
 * the outermost ones to be read. */
static void
unmark_outermost(struct reply_doc *d)
{
	size_t i, first = doc_filled(d, 0), least = SIZE_MAX, depth, end;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].blank)
			continue;
		if (!d->v[i].marked || d->v[i].kind != SPAN_QUOTED)
			return;
		depth = doc_depth(doc_line(d, i), &end);
		if (depth < least)
			least = depth;
	}
	if (first == d->n || is_introduced(d, first))
		return;
	for (i = 0; i < d->n; i++)
		if (!d->v[i].blank && doc_depth(doc_line(d, i), &end) == least)
			d->v[i].kind = SPAN_NEW;
	d->own_depth = least;
	d->first_new = 0;
}

/* Did a mailer wrap the quoted line above and forget the ">"? Only where no
 * answer would stand: within a sentence, between two quoted lines. */
static bool
is_wrap_rest(const struct reply_doc *d, size_t i)
{
	struct slice above, line;
	char c;

	if (i == 0 || i + 1 >= d->n || !d->v[i - 1].marked ||
	    !d->v[i + 1].marked || d->v[i].kind != SPAN_NEW || d->v[i].blank)
		return false;
	above = text_trim(doc_line(d, i - 1));
	line = doc_line(d, i);
	c = above.len > 0 ? above.p[above.len - 1] : '.';
	return above.len >= REPLY_WRAP_MIN && c != '.' && c != '?' && c != '!' &&
	    c != ':' && line.p[0] >= 'a' && line.p[0] <= 'z';
}

/* Who answers between the lines is not judged so: only where the answer stands
 * on top of everything. */
static void
mark_wrapped(struct reply_doc *d)
{
	size_t i, first = 0;

	while (first < d->n && d->v[first].kind == SPAN_NEW)
		first++;
	if (first == d->n || !doc_new_above(d, first))
		return;
	for (i = first; i < d->n; i++)
		if (is_wrap_rest(d, i))
			d->v[i].kind = d->v[i - 1].kind;
}

void
reply_mark_quotes(struct reply_doc *d)
{
	mark_quoted(d);
	unmark_own(d);
	unmark_outermost(d);
	mark_wrapped(d);
}
