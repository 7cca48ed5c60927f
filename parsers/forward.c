#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/forward.h"
#include "parsers/quote_marks.h"
#include "parsers/thread.h"
#include "parsers/words.h"

#define DATE_MAX	200	/* bytes of a date */
#define LINES_MAX	30	/* looked at for the header block */
#define GAP_MAX		12	/* lines between two header blocks */
#define CHAIN_MAX	10	/* hands that it went through */

static const char *
copy_line(struct arena *arena, struct slice s)
{
	s = text_trim(s);
	return s.len == 0 ? NULL : utf8_clean_line(arena, s.p, s.len).p;
}

static bool
is_address_char(char c)
{
	return text_is_alnum(c) || (unsigned char)c >= 0x80 ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.@", c) != NULL);
}

struct mail_address
forward_address(struct slice s, struct arena *arena)
{
	struct mail_address out = { NULL, NULL };
	const char *at = s.len == 0 ? NULL : memchr(s.p, '@', s.len);
	const char *p = at, *end = at;
	struct slice name = s;

	if (at != NULL) {
		while (p > s.p && is_address_char(p[-1]))
			p--;
		while (end < s.p + s.len && is_address_char(*end))
			end++;
		out.address = copy_line(arena, (struct slice){ p,
		    (size_t)(end - p) });
		name.len = (size_t)(p - s.p);
	}
	while (name.len > 0 && strchr("<[(\"' *", name.p[name.len - 1]) !=
	    NULL)
		name.len--;
	if (text_iends(name, "mailto:"))
		name.len -= 7;
	while (name.len > 0 && strchr("<[(\"' *", name.p[name.len - 1]) !=
	    NULL)
		name.len--;
	while (name.len > 0 && strchr("\"'* ", name.p[0]) != NULL) {
		name.p++;
		name.len--;
	}
	out.name = copy_line(arena, name);
	return out;
}

/* -- dates -------------------------------------------------------------- */

static const char *const months[12] = {
	"jan|ene|gen|janv|led|sty|tammi|янв|січ|oca|ocak|يناير|sty",
	"feb|fév|fev|úno|lut|helmi|фев|лют|şub|فبراير",
	"mar|mär|mrt|maart|bře|maalis|мар|бер|مارس",
	"apr|avr|abr|dub|kwi|huhti|апр|кві|nis|أبريل|ابريل",
	"may|mai|mag|mei|maj|kvě|touko|май|мая|тра|mayıs|مايو",
	"jun|juin|giu|czer|červn|kesä|июн|чер|haz|يونيو",
	"jul|juil|lug|lip|červen|heinä|июл|лип|tem|يوليو",
	"aug|aoû|ago|sie|srp|elo|авг|сер|ağu|أغسطس",
	"sep|set|wrz|zář|syys|сен|вер|eyl|سبتمبر",
	"oct|oct|okt|ott|out|paź|říj|loka|окт|жов|eki|أكتوبر",
	"nov|lis|marras|ноя|лис|kas|نوفمبر",
	"dec|déc|dez|dic|des|gru|pro|joulu|дек|гру|ara|ديسمبر",
};

/* The month a word names: 1..12, 0 none, -1 two of them. */
static int
month_of(struct slice word)
{
	int i, found = 0;
	size_t longest = 0;

	for (i = 0; i < 12; i++) {
		const char *p = months[i];

		for (;;) {
			const char *bar = strchr(p, '|');
			size_t n = bar == NULL ? strlen(p) :
			    (size_t)(bar - p);

			if (word.len >= n && text_ieq((struct slice){ word.p,
			    n }, (struct slice){ p, n }) && n >= longest) {
				if (n == longest && found != 0 &&
				    found != i + 1)
					found = -1;
				else
					found = i + 1;
				longest = n;
			}
			if (bar == NULL)
				break;
			p = bar + 1;
		}
	}
	return found;
}

struct date {
	int	year, month, day, hour, minute, second;
	int	zone;		/* minutes east */
	bool	pm, am, has_time, doubtful;
	bool	early;		/* the month stood before any number */
	int	numbers[3], nnumbers;	/* of a date in figures */
};

static size_t
take_number(const char *p, const char *end, int *value_out)
{
	size_t n = 0;

	*value_out = 0;
	while (p + n < end && n < 5 && p[n] >= '0' && p[n] <= '9')
		*value_out = *value_out * 10 + (p[n++] - '0');
	return n;
}

static void
take_zone(struct date *d, const char *p, const char *end)
{
	int v, m = 0, sign = *p == '-' ? -1 : 1;
	size_t n = take_number(p + 1, end, &v);

	if (n == 4) {
		m = v % 100;
		v /= 100;
	} else if (n == 2 || n == 1) {
		if (p + 1 + n < end && p[1 + n] == ':')
			take_number(p + 2 + n, end, &m);
	} else {
		return;
	}
	if (v <= 14 && m < 60)
		d->zone = sign * (v * 60 + m);
}

/* A number at p: part of a time, a year, a day or a date in figures. Returns
 * bytes used. */
static size_t
take_figure(struct date *d, const char *p, const char *end)
{
	int v, m, sec = 0;
	size_t n = take_number(p, end, &v), k;
	char sep = p + n < end ? p[n] : ' ';

	if (n <= 2 && (sep == ':' || ((sep == '.' || sep == 'h') &&
	    d->year > 0)) && !d->has_time) {
		k = take_number(p + n + 1, end, &m);
		if (k == 2 && v < 24 && m < 60) {
			d->has_time = true;
			d->hour = v;
			d->minute = m;
			n += 1 + k;
			if (p + n < end && p[n] == sep) {
				k = take_number(p + n + 1, end, &sec);
				if (k == 2 && sec < 60) {
					d->second = sec;
					n += 1 + k;
				}
			}
			return n;
		}
	}
	if (n == 4 && v >= 1970 && v < 2200 && d->year == 0) {
		d->year = v;
		if (d->nnumbers < 3)
			d->numbers[d->nnumbers++] = -v;
	} else if (n <= 2 && d->nnumbers < 3) {
		d->numbers[d->nnumbers++] = v;
	}
	return n == 0 ? 1 : n;
}

/* Which of the numbers is what. Day or month first is not guessed. */
static void
settle_numbers(struct date *d)
{
	int a, b;

	if (d->month > 0) {
		for (a = 0; a < d->nnumbers; a++)
			if (d->numbers[a] > 0 && d->numbers[a] <= 31 &&
			    d->day == 0)
				d->day = d->numbers[a];
		return;
	}
	if (d->nnumbers < 3 || d->year == 0) {
		d->doubtful = true;
		return;
	}
	if (d->numbers[0] < 0) {		/* 2024-05-03 */
		d->month = d->numbers[1];
		d->day = d->numbers[2];
		return;
	}
	a = d->numbers[0];
	b = d->numbers[1];
	if (a > 12 || a == b) {
		d->day = a;
		d->month = b;
	} else if (b > 12) {
		d->month = a;
		d->day = b;
	} else {
		d->doubtful = true;
	}
}

static bool
is_word_char(char c)
{
	c = text_lower(c);
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static const char *const afternoon[] = { "下午", "午後", "오후", "مساء", NULL };
static const char *const morning[] = { "上午", "午前", "오전", NULL };

/* "pm", "p. m." */
static bool
is_half(struct slice word, const char *p, const char *end, char letter)
{
	if (text_lower(word.p[0]) != letter || word.len > 2)
		return false;
	if (word.len == 2)
		return text_lower(word.p[1]) == 'm';
	for (p++; p < end && (*p == '.' || *p == ' '); p++)
		;
	return p < end && text_lower(*p) == 'm' &&
	    (p + 1 == end || !is_word_char(p[1]));
}

/* Zones by name, in minutes east: what Apple Mail and Outlook write. */
static const struct {
	const char	*name;
	int		 zone;
} zones[] = {
	{ "UTC", 0 }, { "GMT", 0 }, { "WET", 0 }, { "WEST", 60 },
	{ "BST", 60 }, { "CET", 60 }, { "MEZ", 60 }, { "CEST", 120 },
	{ "MESZ", 120 }, { "EET", 120 }, { "EEST", 180 }, { "MSK", 180 },
	{ "JST", 540 }, { "KST", 540 }, { "EST", -300 }, { "EDT", -240 },
	{ "CST", -360 }, { "CDT", -300 }, { "MST", -420 }, { "MDT", -360 },
	{ "PST", -480 }, { "PDT", -420 },
};

/* "CET", "GMT+8": bytes used behind the word. */
static size_t
take_zone_name(struct date *d, struct slice word, const char *end)
{
	const char *p = word.p + word.len, *start = p;
	size_t i;

	for (i = 0; i < sizeof zones / sizeof zones[0]; i++)
		if (slice_is(word, zones[i].name))
			break;
	if (i == sizeof zones / sizeof zones[0])
		return 0;
	d->zone = zones[i].zone;
	if (zones[i].zone != 0 || p + 1 >= end || (*p != '+' && *p != '-'))
		return 0;
	take_zone(d, p, end);
	for (p++; p < end && ((*p >= '0' && *p <= '9') || *p == ':'); p++)
		;
	return (size_t)(p - start);
}

static size_t
take_word(struct date *d, const char *p, const char *end)
{
	struct slice w = { p, 0 };
	int month;

	while (p + w.len < end && is_word_char(p[w.len]))
		w.len++;
	d->pm = d->pm || words_find_any(w, afternoon) || is_half(w, p, end, 'p');
	d->am = d->am || words_find_any(w, morning) || is_half(w, p, end, 'a');
	/* "mardi 24 novembre": what looked like a month was a weekday */
	month = w.len >= 3 && (d->month == 0 || d->early) ? month_of(w) : 0;
	if (month > 0) {
		d->early = d->month == 0 && d->nnumbers == 0;
		d->month = month;
	}
	return w.len + take_zone_name(d, w, end);
}

/* 3.5.2024 names the day first, always; 3/5/2024 does not say. */
static bool
dotted_day(struct slice s, struct date *d)
{
	const char *p = s.p, *end = s.p + s.len;
	int day, month, year;
	size_t a, b, c;

	for (; p < end; p++) {
		if (p > s.p && p[-1] >= '0' && p[-1] <= '9')
			continue;
		a = take_number(p, end, &day);
		if (a == 0 || a > 2 || p + a >= end || p[a] != '.')
			continue;
		b = take_number(p + a + 1, end, &month);
		if (b == 0 || b > 2 || p + a + b + 1 >= end ||
		    p[a + b + 1] != '.')
			continue;
		c = take_number(p + a + b + 2, end, &year);
		if (c != 4)
			continue;
		d->day = day;
		d->month = month;
		d->year = year;
		return true;
	}
	return false;
}

/* Figures as Arabic and Persian write them, as ours: s in out. */
static struct slice
plain_figures(struct slice s, char out[DATE_MAX])
{
	size_t i, n = 0;

	if (s.len > DATE_MAX)
		s.len = DATE_MAX;
	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		unsigned char next = i + 1 < s.len ?
		    (unsigned char)s.p[i + 1] : 0;

		if (c == 0xd9 && next >= 0xa0 && next <= 0xa9) {
			out[n++] = (char)('0' + next - 0xa0);
			i++;
		} else if (c == 0xdb && next >= 0xb0 && next <= 0xb9) {
			out[n++] = (char)('0' + next - 0xb0);
			i++;
		} else {
			out[n++] = s.p[i];
		}
	}
	return (struct slice){ out, n };
}

bool
forward_date(struct slice value, int64_t *ms_out)
{
	char figures[DATE_MAX];
	struct slice s = plain_figures(value, figures);
	struct date d = { 0 };
	const char *p = s.p, *end = s.p + s.len;
	bool dotted = dotted_day(s, &d);

	while (p < end) {
		if (*p >= '0' && *p <= '9')
			p += take_figure(&d, p, end);
		else if ((*p == '+' || *p == '-') && d.has_time &&
		    p + 1 < end && p[1] >= '0' && p[1] <= '9') {
			take_zone(&d, p, end);
			for (p++; p < end && *p >= '0' && *p <= '9'; p++)
				;
		} else if (is_word_char(*p))
			p += take_word(&d, p, end);
		else
			p++;
	}
	if (!dotted)
		settle_numbers(&d);
	if (d.doubtful || d.year < 1970 || d.month < 1 || d.month > 12 ||
	    d.day < 1 || d.day > 31 || !d.has_time)
		return false;
	if (d.pm && d.hour < 12)
		d.hour += 12;
	if (d.am && d.hour == 12)
		d.hour = 0;
	*ms_out = ((clock_days(d.year, d.month, d.day) * 24 + d.hour) * 60 +
	    d.minute - d.zone) * 60000 + d.second * 1000;
	return true;
}

/* -- the block ------------------------------------------------------------ */

/* Without ">" marks and the blanks around them. */
static struct slice
unquoted(struct slice line)
{
	while (line.len > 0 && (line.p[0] == '>' || line.p[0] == ' ')) {
		line.p++;
		line.len--;
	}
	return line;
}

static void
take_field(struct mail_forwarded *f, unsigned label, struct slice value,
    struct arena *arena)
{
	if (label == LABEL_FROM && f->from.address == NULL &&
	    f->from.name == NULL)
		f->from = forward_address(value, arena);
	else if (label == LABEL_SUBJECT && f->subject == NULL)
		f->subject = copy_line(arena, value);
	else if ((label == LABEL_SENT || label == LABEL_DATE) && !f->has_date)
		f->has_date = forward_date(value, &f->date_ms);
}

/* The header block at the start of *text, which is moved behind it. */
static bool
read_block(struct slice *text, struct mail_forwarded *f, struct arena *arena)
{
	struct slice line, value, rest = *text;
	unsigned label, last = 0;
	bool began = false;
	size_t i;

	*f = (struct mail_forwarded){ .subject = NULL };
	for (i = 0; i < LINES_MAX && text_line(&rest, &line); i++) {
		line = unquoted(line);
		label = quote_header_label(line, &value);
		if (label != 0) {
			take_field(f, label, value, arena);
			*text = rest;
			began = true;
		} else if (began && text_trim(line).len > 0 &&
		    last == LABEL_FROM && f->from.address == NULL) {
			/* the address was wrapped to a line of its own */
			f->from.address = forward_address(line, arena).address;
		} else if (began && text_trim(line).len == 0 &&
		    (f->from.name != NULL || f->from.address != NULL) &&
		    f->subject != NULL) {
			break;
		}
		last = label;
	}
	return began && (f->from.name != NULL || f->from.address != NULL ||
	    f->subject != NULL);
}

/* Does a mail that was itself passed on begin here, before any word of whom it
 * passed through? Blank lines and a rule may stand before its header block. */
static bool
next_block(struct slice *text)
{
	struct slice rest = *text, line, value;
	size_t i;

	for (i = 0; i < GAP_MAX && text_line(&rest, &line); i++) {
		line = unquoted(line);
		if (quote_header_label(line, &value) == LABEL_FROM ||
		    quote_rule(line) != RULE_NONE)
			return true;
		if (text_trim(line).len > 0 && !quote_is_row(line, 4))
			return false;
		*text = rest;
	}
	return false;
}

struct mail_forwarded *
forward_read(struct slice text, struct arena *arena, bool *chain_out)
{
	struct mail_forwarded f, inner, *out;
	bool re, fwd;
	size_t i;

	*chain_out = false;
	if (!read_block(&text, &f, arena))
		return NULL;
	for (i = 0; i < CHAIN_MAX; i++) {
		thread_subject_base(slice_of(f.subject), &re, &fwd);
		if (!fwd || !next_block(&text) ||
		    !read_block(&text, &inner, arena))
			break;
		f = inner;
		*chain_out = true;
	}
	out = arena_calloc(arena, 1, sizeof *out);
	if (out != NULL)
		*out = f;
	return out;
}
