#include <assert.h>

#include "base/text.h"
#include "parsers/command.h"
#include "parsers/forward.h"
#include "parsers/reply.h"
#include "parsers/reply_doc.h"
#include "parsers/strings.h"
#include "parsers/thread.h"

#define COMMANDS_MAX	50
#define NEAR_MAX	50
#define TYPED_MAX	400	/* bytes of a line that may be a command */

/* -- commands ----------------------------------------------------------- */

static const char *
copy(struct reply_doc *d, struct slice s)
{
	return arena_strndup(d->arena, s.p == NULL ? "" : s.p, s.len);
}

static void
add_command(struct reply_doc *d, const struct command *c)
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

/* A line as it may be a command: keyboards of phones and HTML make blanks that
 * do not break of those that were typed. */
static struct slice
typed(struct reply_doc *d, size_t i)
{
	static const char nbsp[] = "\xc2\xa0";
	struct slice line = text_trim(doc_line(d, i));
	char *out;
	size_t k, n = 0;

	if (line.len < 2 || line.len > TYPED_MAX ||
	    memmem(line.p, line.len, nbsp, 2) == NULL)
		return line;
	out = arena_alloc(d->arena, line.len);
	if (out == NULL)
		return line;
	for (k = 0; k < line.len; k++) {
		bool is = k + 1 < line.len &&
		    memcmp(line.p + k, nbsp, 2) == 0;

		out[n++] = is ? ' ' : line.p[k];
		k += is;
	}
	return text_trim((struct slice){ out, n });
}

/* "！close", "／close": the marks of wide keyboards make no command, but one
 * was meant. */
static bool
is_wide(struct slice line, struct slice *word_out)
{
	char plain[COMMAND_VERB_MAX + 3];
	enum command_verb verb;
	size_t n;

	if (line.len < 4 || (memcmp(line.p, "！", 3) != 0 &&
	    memcmp(line.p, "／", 3) != 0))
		return false;
	n = line.len - 3 < sizeof plain - 1 ? line.len - 3 : sizeof plain - 1;
	plain[0] = '!';
	memcpy(plain + 1, line.p + 3, n);
	return command_form(plain, n + 1, word_out) &&
	    command_near(*word_out, &verb);
}

/* Command lines at the top of what is new; the first line that is none. */
static size_t
read_commands(struct reply_doc *d, struct strings *near)
{
	struct command c;
	struct slice line, word;
	bool commands = true;
	size_t i;
	int ret;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].kind != SPAN_NEW || d->v[i].blank)
			continue;
		line = typed(d, i);
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
read_near(struct reply_doc *d, size_t i, struct strings *near)
{
	enum command_verb verb;
	struct slice line, word;

	for (; i < d->n; i++) {
		if (d->v[i].kind != SPAN_NEW || d->v[i].blank)
			continue;
		line = typed(d, i);
		if (is_wide(line, &word) ||
		    (command_form(line.p, line.len, &word) &&
		    command_near(word, &verb)))
			strings_add(near, line);
	}
}

/* "!note" alone on a line, or "note:" where the text starts. For staff only a
 * note is the safe side, so a signature's or another letter case counts. */
static bool
has_note_marker(const struct reply_doc *d)
{
	bool first = true;
	size_t i;

	for (i = 0; i < d->n; i++) {
		struct slice line = text_trim(doc_line(d, i));

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
settle_blanks(struct reply_doc *d)
{
	size_t i = doc_filled(d, 0), k;

	for (k = 0; k < i && i < d->n; k++)
		d->v[k].kind = d->v[i].kind;
	for (; i < d->n; i++)
		if (d->v[i].blank)
			d->v[i].kind = d->v[i - 1].kind;
}

static size_t
line_end(const struct reply_doc *d, size_t i)
{
	return i + 1 < d->n ? d->v[i + 1].offset : d->text_len;
}

static int
make_spans(struct reply_doc *d)
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
is_interleaved(const struct reply_doc *d)
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
find_answered(const struct reply_doc *d, bool *keep)
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
is_empty_quote(const struct reply_doc *d, size_t i)
{
	struct slice line = doc_line(d, i);
	size_t end;

	if (!d->v[i].marked || d->v[i].kind != SPAN_QUOTED)
		return false;
	return doc_depth(line, &end) > 0 && end >= text_trim(line).len;
}

static int
make_reply(struct reply_doc *d)
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
			doc_depth(doc_line(d, i), &skip);
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
read_forward(struct reply_doc *d)
{
	struct mail_forwarded *f;
	struct slice rest;
	bool chain;

	if (d->forward_at >= d->n)
		return;
	rest = (struct slice){ d->text + d->v[d->forward_at].offset,
	    d->text_len - d->v[d->forward_at].offset };
	f = forward_read(rest, d->arena, &chain);
	if (d->mail->forwarded == NULL || (f != NULL && chain))
		d->mail->forwarded = f;
}

int
reply_read(struct mail *mail, bool from_html, bool flowed,
    struct arena *arena, struct err *err)
{
	struct strings near = STRINGS_INIT(arena, NEAR_MAX);
	struct reply_doc d = { .mail = mail, .text = mail->text, .arena = arena };
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
	d.vs = text_istarts(text_trim(slice_of(mail->subject)), "VS:");
	if (doc_split(&d) < 0)
		goto fail;
	d.forward_at = d.n;
	reply_mark_quotes(&d);
	reply_mark_signatures(&d);
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
