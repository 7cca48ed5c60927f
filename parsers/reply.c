#include <assert.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/command.h"
#include "parsers/forward.h"
#include "parsers/quote_marks.h"
#include "parsers/reply.h"
#include "parsers/strings.h"
#include "parsers/thread.h"
#include "parsers/words.h"

#define ATTRIBUTIONS_MAX	2000	/* places looked at; then all is new */
#define HEADER_LINES		16	/* of a header block, at most */
#define SIGNATURE_LINES		40	/* below "-- ", else it is text */
#define WEAK_SIGNATURE_LINES	8	/* below "--" or a dash */
#define WRAP_MIN		66	/* columns of a quoted line that wrapped */
#define COMMANDS_MAX		50
#define NEAR_MAX		50

struct line {
	uint32_t	offset, length;	/* without the line end */
	uint8_t		kind;		/* enum mail_span_kind */
	bool		marked;		/* begins with ">" */
	bool		mark;		/* an attribution, header block, rule */
	bool		blank;
	uint8_t		label;		/* enum quote_label; 0 none */
};

struct doc {
	struct mail	*mail;
	const char	*text;
	size_t		 text_len;
	struct line	*v;
	size_t		 n;
	size_t		 attempts;	/* attributions looked at */
	size_t		 first_new;	/* no line above it is new */
	size_t		 own_depth;	/* ">" marks of lines that are new */
	bool		 other_marks;	/* looked for others than ">" */
	bool		 answer;	/* the mail answers another */
	bool		 forward;	/* its subject says it is passed on */
	size_t		 forward_at;	/* line of the block; n: none */
	struct arena	*arena;
};

static struct slice
line_at(const struct doc *d, size_t i)
{
	return (struct slice){ d->text + d->v[i].offset, d->v[i].length };
}

/* Lines first..last with what is between them. */
static struct slice
lines_between(const struct doc *d, size_t first, size_t last)
{
	const char *p = d->text + d->v[first].offset;

	return (struct slice){ p, (size_t)(d->text + d->v[last].offset +
	    d->v[last].length - p) };
}

static bool
is_marked(struct slice line)
{
	size_t i = 0;

	while (i < line.len && i < 3 && line.p[i] == ' ')
		i++;
	return i < line.len && line.p[i] == '>';
}

static bool
is_blank(struct slice line)
{
	size_t i;

	line = text_trim(line);
	for (i = 0; i < line.len; ) {
		if (i + 1 < line.len && memcmp(line.p + i, "\xc2\xa0", 2) == 0)
			i += 2;
		else if (i + 2 < line.len &&
		    memcmp(line.p + i, "\xe2\x80\x8b", 3) == 0)
			i += 3;
		else if (line.p[i] == ' ')
			i++;
		else
			return false;
	}
	return true;
}

static int
split(struct doc *d)
{
	struct slice rest = { d->text, d->text_len };
	const char *p = d->text, *end = p + rest.len, *nl;
	size_t n = 0;

	for (; p < end; p = nl + 1, n++) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL) {
			n++;
			break;
		}
	}
	d->v = arena_calloc(d->arena, n + 1, sizeof *d->v);
	if (d->v == NULL)
		return -1;
	for (p = d->text; d->n < n; p = nl + 1) {
		struct line *l = &d->v[d->n++];
		struct slice s, value;

		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		s = (struct slice){ p, (size_t)(nl - p) };
		*l = (struct line){ .offset = (uint32_t)(p - d->text),
		    .length = (uint32_t)s.len, .kind = SPAN_NEW,
		    .marked = is_marked(s), .blank = is_blank(s) };
		if (!l->marked && !l->blank)
			l->label = (uint8_t)quote_header_label(s, &value);
	}
	return 0;
}

static size_t
next_filled(const struct doc *d, size_t i)
{
	while (i < d->n && d->v[i].blank)
		i++;
	return i;
}

/* The same, no more than max lines on; else d->n. */
static size_t
filled_within(const struct doc *d, size_t i, size_t max)
{
	size_t end = d->n - i < max ? d->n : i + max;

	while (i < end && d->v[i].blank)
		i++;
	return i < end ? i : d->n;
}

/* Something new above line i? No line becomes new again, so that the place
 * only moves on. */
static bool
new_above(struct doc *d, size_t i)
{
	while (d->first_new < i) {
		const struct line *l = &d->v[d->first_new];

		if (l->kind == SPAN_NEW && !l->blank && !l->mark)
			return true;
		d->first_new++;
	}
	return false;
}

static void
set_kind(struct doc *d, size_t first, size_t end, enum mail_span_kind kind)
{
	for (; first < end; first++)
		d->v[first].kind = (uint8_t)kind;
}

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
next_label(const struct doc *d, size_t i)
{
	size_t end = d->n - i < 4 ? d->n : i + 4;

	while (i < end && (d->v[i].blank || quote_is_row(line_at(d, i), 8)))
		i++;
	return i < end && d->v[i].label != 0 ? i : d->n;
}

/* A header block that starts at i; its end, or i when there is none. */
static size_t
header_block(const struct doc *d, size_t i, bool below_rule)
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
		if (d->v[k].blank || quote_is_row(line_at(d, k), 8)) {
			k = next_label(d, k);
			if (k == d->n)
				break;
		}
		label = d->v[k].label;
		if (label != 0)
			quote_header_label(line_at(d, k), &value);
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
attribution(struct doc *d, size_t i, size_t len, size_t *first_out)
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
		s = lines_between(d, first, i);
		s.len -= d->v[i].length - len;
		sure = lines == 0 || quote_attribution_start(line_at(d,
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
quotes_follow(const struct doc *d, size_t i)
{
	size_t next = next_filled(d, i);

	return next < d->n && d->v[next].marked;
}

static bool
find_attribution(struct doc *d, size_t i, struct found *f)
{
	enum quote_sureness sure;
	size_t first = i, len = quote_attribution_end(line_at(d, i));

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

/* "-----Original Message-----", maybe with a header block below. */
static bool
find_rule(const struct doc *d, size_t i, struct found *f)
{
	enum quote_rule rule = quote_rule(line_at(d, i));
	size_t next;

	if (rule == RULE_NONE)
		return false;
	*f = (struct found){ i, i + 1, rule == RULE_FORWARDED ?
	    SPAN_FORWARDED : SPAN_QUOTED, true, false };
	next = filled_within(d, i + 1, 6);
	if (next < d->n && d->v[next].label != 0)
		f->end = header_block(d, next, true);
	if (f->end <= next)
		f->end = i + 1;
	return true;
}

/* A header block, maybe below a row of dashes. */
static bool
find_header(const struct doc *d, size_t i, struct found *f)
{
	bool row = quote_is_row(line_at(d, i), 4);
	size_t start = row ? filled_within(d, i + 1, 4) : i;
	size_t end;

	if (start == d->n || d->v[start].label == 0)
		return false;
	end = header_block(d, start, row);
	if (end == start)
		return false;
	*f = (struct found){ i, end, d->forward ? SPAN_FORWARDED :
	    SPAN_QUOTED, true, false };
	return true;
}

/* The row that some clients put above what they mark as quoted. */
static bool
find_row(const struct doc *d, size_t i, struct found *f)
{
	struct slice line = line_at(d, i);
	size_t next;

	if (line.len < 20 || line.p[0] != '_' || !quote_is_row(line, 20))
		return false;
	next = filled_within(d, i + 1, 4);
	if (next == d->n || !d->v[next].marked)
		return false;
	*f = (struct found){ i, i + 1, SPAN_QUOTED, false, false };
	return true;
}

static bool
find_ours(const struct doc *d, size_t i, struct found *f)
{
	if (words_find(line_at(d, i), QUOTE_MARKS_OURS) == NULL)
		return false;
	*f = (struct found){ i, i + 1, SPAN_QUOTED, true, true };
	return true;
}

/* Lines above our own mark that introduce it: what ends with ":" or is no
 * more than a name and a time, up to the first blank line or new sentence. */
static void
introduce_ours(struct doc *d, size_t i)
{
	size_t k = i, lines;

	while (k > 0 && d->v[k - 1].blank)
		k--;
	if (k == 0 || d->v[k - 1].kind != SPAN_NEW)
		return;
	for (lines = 0; k > 0 && lines < QUOTE_MARKS_LINES; lines++) {
		if (d->v[k - 1].blank || d->v[k - 1].kind != SPAN_NEW)
			return;
		if (quote_attribution(lines_between(d, k - 1, i - 1)) !=
		    QUOTE_NOT) {
			set_kind(d, k - 1, i, SPAN_QUOTED);
			return;
		}
		k--;
	}
}

/* "… <a@b" above, ">:" here: the mailer wrapped inside the brackets. */
static bool
closes_bracket(const struct doc *d, size_t i)
{
	struct slice above;
	size_t n;

	if (i == 0 || d->v[i - 1].marked || d->v[i - 1].kind != SPAN_NEW)
		return false;
	above = line_at(d, i - 1);
	for (n = above.len; n > 0 && above.p[n - 1] != '>'; n--)
		if (above.p[n - 1] == '<')
			return true;
	return false;
}

static bool
find_mark(struct doc *d, size_t i, struct found *f)
{
	return find_ours(d, i, f) || find_rule(d, i, f) ||
	    find_header(d, i, f) || find_row(d, i, f) ||
	    find_attribution(d, i, f);
}

/* -- the walk ---------------------------------------------------------- */

static void
begin_forward(struct doc *d, const struct found *f)
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
mark_as_others_do(struct doc *d, size_t i)
{
	size_t first = next_filled(d, i), second, k, n;
	struct slice mark, line;

	if (first == d->n || d->v[first].marked)
		return;
	mark = line_at(d, first);
	mark.len = other_mark(mark);
	second = next_filled(d, first + 1);
	if (mark.len == 0 || second == d->n)
		return;
	for (k = second; k < d->n; k++) {
		line = line_at(d, k);
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
take_mark(struct doc *d, const struct found *f)
{
	size_t i;

	if (f->ours)
		introduce_ours(d, f->first);
	if (f->kind == SPAN_QUOTED && !d->other_marks) {
		mark_as_others_do(d, f->end);
		d->other_marks = true;
	}
	begin_forward(d, f);
	set_kind(d, f->first, f->end, f->kind);
	for (i = f->first; i < f->end; i++)
		d->v[i].mark = true;
	if (!f->sure || quotes_follow(d, f->end))
		return false;
	/* nothing above: it may be all that the sender has to say */
	if (f->kind == SPAN_QUOTED && !f->ours && !new_above(d, f->first))
		return false;
	set_kind(d, f->end, d->n, f->kind);
	return true;
}

/* A ">" line is quoted where the mail answers another; in one that answers
 * nothing it may be the sender's own (a prompt, a patch). */
static void
mark_quoted(struct doc *d)
{
	enum mail_span_kind kind = SPAN_QUOTED;
	struct found f;
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].marked && !(closes_bracket(d, i) &&
		    find_attribution(d, i, &f))) {
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
unmark_own(struct doc *d)
{
	size_t i;

	if (d->answer)
		return;
	for (i = 0; i < d->n; i++)
		if (d->v[i].marked && d->v[i].kind == SPAN_QUOTED)
			d->v[i].kind = SPAN_NEW;
}

/* How many ">" a line begins with; *end_out is behind them and a blank. */
static size_t
depth_of(struct slice line, size_t *end_out)
{
	size_t i = 0, depth = 0, end = 0;

	for (; i < line.len && (line.p[i] == '>' || line.p[i] == ' '); i++)
		if (line.p[i] == '>') {
			depth++;
			end = i + 1;
		}
	*end_out = end < line.len && line.p[end] == ' ' ? end + 1 : end;
	return depth;
}

/* Is the first quoted line one that clients put above what they quote? Then
 * nothing was written beside it. */
static bool
is_introduced(const struct doc *d, size_t i)
{
	struct slice line = line_at(d, i), value;
	size_t end;

	depth_of(line, &end);
	line.p += end;
	line.len -= end;
	return quote_attribution(line) != QUOTE_NOT ||
	    quote_rule(line) != RULE_NONE ||
	    quote_header_label(line, &value) != 0 ||
	    words_find(line, QUOTE_MARKS_OURS) != NULL;
}

/* A mail of quoted lines alone, that nothing introduces: who sent it so meant
 * the outermost ones to be read. */
static void
unmark_outermost(struct doc *d)
{
	size_t i, first = next_filled(d, 0), least = SIZE_MAX, depth, end;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].blank)
			continue;
		if (!d->v[i].marked || d->v[i].kind != SPAN_QUOTED)
			return;
		depth = depth_of(line_at(d, i), &end);
		if (depth < least)
			least = depth;
	}
	if (first == d->n || is_introduced(d, first))
		return;
	for (i = 0; i < d->n; i++)
		if (!d->v[i].blank && depth_of(line_at(d, i), &end) == least)
			d->v[i].kind = SPAN_NEW;
	d->own_depth = least;
	d->first_new = 0;
}

/* Did a mailer wrap the quoted line above and forget the ">"? Only where no
 * answer would stand: within a sentence, between two quoted lines. */
static bool
is_wrap_rest(const struct doc *d, size_t i)
{
	struct slice above, line;
	char c;

	if (i == 0 || i + 1 >= d->n || !d->v[i - 1].marked ||
	    !d->v[i + 1].marked || d->v[i].kind != SPAN_NEW || d->v[i].blank)
		return false;
	above = text_trim(line_at(d, i - 1));
	line = line_at(d, i);
	c = above.len > 0 ? above.p[above.len - 1] : '.';
	return above.len >= WRAP_MIN && c != '.' && c != '?' && c != '!' &&
	    c != ':' && line.p[0] >= 'a' && line.p[0] <= 'z';
}

static void
mark_wrapped(struct doc *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (is_wrap_rest(d, i))
			d->v[i].kind = d->v[i - 1].kind;
}

/* -- signatures and boilerplate ---------------------------------------- */

/* Where the run of new lines that starts at i ends, and how many of them are
 * filled; looked at no further than max filled ones. */
static size_t
run_end(const struct doc *d, size_t i, size_t max, size_t *filled_out)
{
	size_t filled = 0;

	for (; i < d->n && d->v[i].kind == SPAN_NEW && filled <= max; i++)
		filled += !d->v[i].blank;
	*filled_out = filled;
	return i;
}

/* Where the paragraph that starts at line i ends. */
static size_t
paragraph_end(const struct doc *d, size_t i)
{
	size_t end = i + 1;

	while (end < d->n && !d->v[end].blank && d->v[end].kind == SPAN_NEW)
		end++;
	return end;
}

/* Where, in lines i..end-1 below a signature's mark, somebody goes on writing:
 * prose behind a blank line, and no disclaimer before it. */
static size_t
writing_goes_on(const struct doc *d, size_t i, size_t end)
{
	struct slice paragraph;
	size_t next;

	for (; i < end; i = next) {
		if (d->v[i].blank) {
			next = i + 1;
			continue;
		}
		next = paragraph_end(d, i);
		paragraph = lines_between(d, i, next - 1);
		if (quote_is_disclaimer(paragraph))
			return end;
		if (d->v[i - 1].blank && quote_is_prose(paragraph))
			return i;
	}
	return end;
}

static void
mark_signature(struct doc *d, size_t i)
{
	enum quote_sureness sure = quote_signature_mark(line_at(d, i));
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
	if (sure == QUOTE_WEAK && (lines == 0 || !new_above(d, i)))
		return;
	set_kind(d, i, end, SPAN_SIGNATURE);
}

/* Does line i, of an app's form, stand where apps put it: a paragraph of its own
 * or, with its capital letter, right below a line that is no wrapped one? */
static bool
stands_apart(const struct doc *d, size_t i)
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
	above = text_trim(line_at(d, i - 1));
	last = above.len > 0 ? above.p[above.len - 1] : '.';
	return above.len < WRAP_MIN || last == '.' || last == '!' ||
	    last == '?';
}

static void
mark_signatures(struct doc *d)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].kind != SPAN_NEW || d->v[i].blank)
			continue;
		if (d->v[i].length <= 8)
			mark_signature(d, i);
		else if (stands_apart(d, i) &&
		    quote_is_app_signature(line_at(d, i)))
			d->v[i].kind = SPAN_SIGNATURE;
	}
}

/* What mailing lists put below: a row and a few lines with a link. Its end, or
 * i when line i begins none. */
static size_t
list_footer(const struct doc *d, size_t i)
{
	size_t end, lines;
	struct slice s;

	if (d->text[d->v[i].offset] != '_' ||
	    !quote_is_row(line_at(d, i), 20))
		return i;
	end = run_end(d, i + 1, WEAK_SIGNATURE_LINES, &lines);
	if (lines == 0 || lines > WEAK_SIGNATURE_LINES)
		return i;
	s = lines_between(d, i, end - 1);
	return words_find(s, "mailing list") != NULL ||
	    words_find(s, "listinfo") != NULL ||
	    words_find(s, "unsubscribe") != NULL ||
	    (words_find(s, "http") != NULL && memchr(s.p, '@', s.len) !=
	    NULL && !d->v[i + 1].blank) ? end : i;
}

static void
mark_boilerplate(struct doc *d)
{
	bool top = true;
	size_t i, end;

	for (i = next_filled(d, 0); i < d->n; i = next_filled(d, end)) {
		if (d->v[i].kind != SPAN_NEW) {
			end = i + 1;
			top = top && d->v[i].kind != SPAN_QUOTED;
			continue;
		}
		end = list_footer(d, i);
		if (end > i) {
			set_kind(d, i, end, SPAN_BOILERPLATE);
			continue;
		}
		end = paragraph_end(d, i);
		if ((top && quote_is_banner(lines_between(d, i, end - 1))) ||
		    quote_is_disclaimer(lines_between(d, i, end - 1)))
			set_kind(d, i, end, SPAN_BOILERPLATE);
		else
			top = false;
	}
}

/* -- commands ----------------------------------------------------------- */

static const char *
copy(struct doc *d, struct slice s)
{
	return arena_strndup(d->arena, s.p == NULL ? "" : s.p, s.len);
}

static void
add_command(struct doc *d, const struct command *c)
{
	struct mail *m = d->mail;

	if (m->commands == NULL)
		m->commands = arena_calloc(d->arena, COMMANDS_MAX,
		    sizeof *m->commands);
	if (m->commands == NULL)
		return;
	m->commands[m->ncommands].verb = command_info(c->verb)->name;
	m->commands[m->ncommands].args = copy(d, (struct slice){ c->args,
	    c->args_len });
	m->ncommands++;
}

/* Command lines at the top of what is new; the first line that is none. */
static size_t
read_commands(struct doc *d, struct strings *near)
{
	struct command c;
	struct slice line, word;
	bool commands = true;
	size_t i;
	int ret;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].kind != SPAN_NEW || d->v[i].blank)
			continue;
		line = text_trim(line_at(d, i));
		if (!command_form(line.p, line.len, &word))
			break;
		ret = command_parse(line.p, line.len, &c, NULL);
		if (ret == 1 && commands &&
		    d->mail->ncommands < COMMANDS_MAX) {
			add_command(d, &c);
			d->v[i].kind = SPAN_COMMAND;
			continue;
		}
		strings_add(near, line);
		/* a line of text ends the commands, a slip of the pen not */
		commands = commands && ret == -1;
	}
	return i;
}

static void
read_near(struct doc *d, size_t i, struct strings *near)
{
	enum command_verb verb;
	struct slice line, word;

	for (; i < d->n; i++) {
		if (d->v[i].kind != SPAN_NEW || d->v[i].blank)
			continue;
		line = text_trim(line_at(d, i));
		if (command_form(line.p, line.len, &word) &&
		    command_near(word, &verb))
			strings_add(near, line);
	}
}

/* "!note" alone on a line, or "note:" where the text starts. For staff only a
 * note is the safe side, so a signature's or another letter case counts. */
static bool
has_note_marker(const struct doc *d)
{
	bool first = true;
	size_t i;

	for (i = 0; i < d->n; i++) {
		struct slice line = text_trim(line_at(d, i));

		if (d->v[i].blank || d->v[i].kind == SPAN_QUOTED ||
		    d->v[i].kind == SPAN_FORWARDED)
			continue;
		if (text_ieq(line, SLICE_LIT("!note")) ||
		    text_ieq(line, SLICE_LIT("/note")))
			return true;
		if (first && text_istarts(line, "note:"))
			return true;
		first = first && d->v[i].kind == SPAN_COMMAND;
	}
	return false;
}

/* -- what comes out ------------------------------------------------------ */

/* Blank lines go with what is above them, at the top with what is below. */
static void
settle_blanks(struct doc *d)
{
	size_t i = next_filled(d, 0), k;

	for (k = 0; k < i && i < d->n; k++)
		d->v[k].kind = d->v[i].kind;
	for (; i < d->n; i++)
		if (d->v[i].blank)
			d->v[i].kind = d->v[i - 1].kind;
}

static size_t
line_end(const struct doc *d, size_t i)
{
	return i + 1 < d->n ? d->v[i + 1].offset : d->text_len;
}

static int
make_spans(struct doc *d)
{
	struct mail_span *spans;
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		n += i == 0 || d->v[i].kind != d->v[i - 1].kind;
	spans = arena_calloc(d->arena, n + (n == 0), sizeof *spans);
	if (spans == NULL)
		return -1;
	n = 0;
	for (i = 0; i < d->n; i++) {
		if (i == 0 || d->v[i].kind != d->v[i - 1].kind)
			spans[n++] = (struct mail_span){
			    (enum mail_span_kind)d->v[i].kind,
			    d->v[i].offset, 0 };
		spans[n - 1].length = line_end(d, i) - spans[n - 1].offset;
	}
	d->mail->spans = n == 0 ? NULL : spans;
	d->mail->nspans = n;
	return 0;
}

/* Are there answers between quoted lines? Two blocks of quoted lines, the
 * first of them answered, or new text on both sides of one. */
static bool
is_interleaved(const struct doc *d)
{
	size_t i, blocks = 0, answered = 0;
	bool in_quote = false;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].blank)
			continue;
		if (d->v[i].marked && d->v[i].kind == SPAN_QUOTED) {
			blocks += !in_quote;
			in_quote = true;
		} else if (d->v[i].kind == SPAN_NEW) {
			answered += in_quote;
			in_quote = false;
		} else if (!d->v[i].mark) {
			in_quote = false;
		}
	}
	return answered >= 2 || (answered == 1 && blocks >= 2);
}

/* Is the quoted line i answered below, with nothing but its own block between?
 * The answer is the same for a whole block: d->v is walked from the end. */
static void
find_answered(const struct doc *d, bool *keep)
{
	bool answered = false;
	size_t i = d->n;

	while (i-- > 0) {
		if (d->v[i].kind == SPAN_NEW && !d->v[i].blank)
			answered = true;
		else if (d->v[i].kind == SPAN_QUOTED && d->v[i].marked)
			keep[i] = answered && !d->v[i].mark;
		else if (!d->v[i].blank)
			answered = false;
		else
			keep[i] = answered && d->v[i].kind == SPAN_QUOTED;
	}
}

/* Only ">" marks. */
static bool
is_empty_quote(const struct doc *d, size_t i)
{
	struct slice line = line_at(d, i);
	size_t end;

	if (!d->v[i].marked || d->v[i].kind != SPAN_QUOTED)
		return false;
	return depth_of(line, &end) > 0 && end >= text_trim(line).len;
}

static int
make_reply(struct doc *d)
{
	bool *keep = NULL;
	char *out = arena_alloc(d->arena, d->text_len + 1);
	size_t i, n = 0, start = 0, skip;

	if (out == NULL)
		return -1;
	if (is_interleaved(d)) {
		keep = arena_calloc(d->arena, d->n, sizeof *keep);
		if (keep == NULL)
			return -1;
		find_answered(d, keep);
	}
	for (i = 0; i < d->n; i++) {
		size_t len = line_end(d, i) - d->v[i].offset;

		if (d->v[i].kind != SPAN_NEW && (keep == NULL || !keep[i]))
			continue;
		if (n == 0 && (d->v[i].blank || is_empty_quote(d, i)))
			continue;
		skip = 0;
		if (d->own_depth > 0 && d->v[i].marked &&
		    d->v[i].kind == SPAN_NEW)
			depth_of(line_at(d, i), &skip);
		memcpy(out + n, d->text + d->v[i].offset + skip, len - skip);
		n += len - skip;
	}
	while (n > start && (out[n - 1] == '\n' || out[n - 1] == ' ' ||
	    out[n - 1] == '\t'))
		n--;
	out[n] = '\0';
	d->mail->reply = out;
	return 0;
}

static void
read_forward(struct doc *d)
{
	struct slice rest;

	if (d->forward_at >= d->n || d->mail->forwarded != NULL)
		return;
	rest = (struct slice){ d->text + d->v[d->forward_at].offset,
	    d->text_len - d->v[d->forward_at].offset };
	d->mail->forwarded = forward_read(rest, d->arena);
}

int
reply_read(struct mail *mail, bool from_html, bool flowed,
    struct arena *arena, struct err *err)
{
	struct strings near = STRINGS_INIT(arena, NEAR_MAX);
	struct doc d = { .mail = mail, .text = mail->text, .arena = arena };
	bool re, fwd;

	(void)from_html;
	(void)flowed;
	d.text_len = strlen(d.text);
	assert(d.text_len <= UINT32_MAX);
	mail->commands = NULL;
	mail->ncommands = 0;
	thread_subject_base(slice_of(mail->subject), &re, &fwd);
	d.first_new = 0;
	d.answer = re || mail->in_reply_to.n > 0 || mail->references.n > 0;
	d.forward = fwd;
	if (split(&d) < 0)
		goto fail;
	d.forward_at = d.n;
	mark_quoted(&d);
	unmark_own(&d);
	unmark_outermost(&d);
	mark_wrapped(&d);
	mark_signatures(&d);
	mark_boilerplate(&d);
	read_near(&d, read_commands(&d, &near), &near);
	mail->near_commands = near.list;
	mail->note_marker = has_note_marker(&d);
	settle_blanks(&d);
	read_forward(&d);
	if (make_spans(&d) < 0 || make_reply(&d) < 0 ||
	    arena_failed(arena))
		goto fail;
	return 0;
fail:
	return err_set(err, ERR_RETRY, "reply: the arena is full");
}
