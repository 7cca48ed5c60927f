#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"

#define LINE_MAX_BYTES	8192	/* a longer line is cut */
#define VALUE_MAX	1024	/* bytes of one value */

static _Atomic int least_level = LOG_INFO;
static _Atomic bool as_json;

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void
log_setup(enum log_level least, bool json)
{
	least_level = least;
	as_json = json;
}

bool
log_level_parse(const char *name, enum log_level *level_out)
{
	size_t i;

	for (i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
		if (strcmp(name, level_names[i]) == 0) {
			*level_out = (enum log_level)i;
			return true;
		}
	return false;
}

/* May this character stand in a line as it is? Not a control, not bidi, not a
 * line separator. */
static bool
plain(uint32_t cp)
{
	return cp >= 0x20 && !(cp >= 0x7f && cp <= 0x9f) && cp != 0x2028 &&
	    cp != 0x2029 && cp != 0xfeff && !utf8_is_bidi(cp);
}

/* The value in quotes, everything that is not plain escaped. */
static void
add_quoted(struct buf *b, const char *s, size_t len)
{
	uint32_t cp;
	size_t n;

	buf_addc(b, '"');
	for (; len > 0; s += n, len -= n) {
		n = utf8_decode(s, len, &cp);
		if (n == 0) {
			buf_addf(b, "\\ufffd");
			n = 1;
		} else if (cp == '"' || cp == '\\') {
			buf_addf(b, "\\%c", (int)cp);
		} else if (plain(cp)) {
			buf_add(b, s, n);
		} else {
			buf_addf(b, "\\u%04x", (unsigned)cp);
		}
	}
	buf_addc(b, '"');
}

/* Words that need no quotes: no blank, quote, = or anything odd. */
static bool
is_bare(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] == '"' || s[i] == '=' ||
		    s[i] == '\\' || (unsigned char)s[i] >= 0x7f)
			return false;
	return len > 0;
}

static void
add_value(struct buf *b, const struct log_field *f, bool quote)
{
	size_t len;

	if (f->text == NULL) {
		buf_addf(b, "%lld", (long long)f->number);
		return;
	}
	len = utf8_cut(f->text, strlen(f->text), VALUE_MAX);
	if (quote || !is_bare(f->text, len))
		add_quoted(b, f->text, len);
	else
		buf_add(b, f->text, len);
}

/* " key=value" or ",\"key\":value", whole or, where the line is full, not. */
static void
add_field(struct buf *b, const struct log_field *f, bool json)
{
	size_t before = b->len;

	buf_addf(b, json ? ",\"%s\":" : " %s=", f->key);
	add_value(b, f, json);
	if (b->failed) {
		b->len = before;
		b->failed = false;
	}
}

static void
add_json(struct buf *b, const char *when, enum log_level level,
    const char *component, const char *message,
    const struct log_field *fields, int nfields)
{
	struct log_field text = { "message", message, 0 };
	int i;

	buf_addf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"component\":\"%s\","
	    "\"message\":", when, level_names[level], component);
	add_value(b, &text, true);
	for (i = 0; i < nfields; i++)
		add_field(b, &fields[i], true);
	b->max += 1;
	buf_addc(b, '}');
}

static void
add_logfmt(struct buf *b, const char *when, enum log_level level,
    const char *component, const char *message,
    const struct log_field *fields, int nfields)
{
	struct log_field text = { "message", message, 0 };
	int i;

	buf_addf(b, "%s %s %s ", when, level_names[level], component);
	add_value(b, &text, false);
	for (i = 0; i < nfields; i++)
		add_field(b, &fields[i], false);
}

void
log_write(enum log_level level, const char *component, const char *message,
    const struct log_field *fields, int nfields)
{
	struct buf b = BUF_INIT(LINE_MAX_BYTES);
	char when[CLOCK_TEXT_MAX];
	ssize_t n;

	if ((int)level < least_level)
		return;
	clock_rfc3339_ms(clock_now_ms(), when);
	(as_json ? add_json : add_logfmt)(&b, when, level, component, message,
	    fields, nfields);
	b.max = b.len + 1;
	b.failed = false;
	buf_addc(&b, '\n');
	n = write(STDERR_FILENO, buf_str(&b), b.len);
	(void)n;		/* there is nowhere to tell */
	buf_free(&b);
}
