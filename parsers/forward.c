#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/forward.h"
#include "parsers/quote_marks.h"

#define LINES_MAX	30	/* looked at for the header block */

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
	"mar|mär|mrt|bře|maalis|мар|бер|مارس|maa",
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

static size_t
take_word(struct date *d, const char *p, const char *end)
{
	struct slice w = { p, 0 };
	int month;

	while (p + w.len < end && is_word_char(p[w.len]))
		w.len++;
	d->pm = d->pm || text_ieq(w, SLICE_LIT("pm"));
	d->am = d->am || text_ieq(w, SLICE_LIT("am"));
	month = w.len >= 3 && d->month == 0 ? month_of(w) : 0;
	if (month > 0)
		d->month = month;
	return w.len;
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

bool
forward_date(struct slice s, int64_t *ms_out)
{
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

struct mail_forwarded *
forward_read(struct slice text, struct arena *arena)
{
	struct mail_forwarded f = { .subject = NULL }, *out;
	struct slice line, value;
	unsigned label, last = 0;
	bool began = false;
	size_t i;

	for (i = 0; i < LINES_MAX && text_line(&text, &line); i++) {
		line = unquoted(line);
		label = quote_header_label(line, &value);
		if (label != 0) {
			take_field(&f, label, value, arena);
			began = true;
		} else if (began && text_trim(line).len > 0 &&
		    last == LABEL_FROM && f.from.address == NULL) {
			/* the address was wrapped to a line of its own */
			f.from.address = forward_address(line, arena).address;
		} else if (began && text_trim(line).len == 0 &&
		    f.from.name != NULL && f.subject != NULL) {
			break;
		}
		last = label;
	}
	if (!began || (f.from.name == NULL && f.from.address == NULL &&
	    f.subject == NULL))
		return NULL;
	out = arena_calloc(arena, 1, sizeof *out);
	if (out != NULL)
		*out = f;
	return out;
}
