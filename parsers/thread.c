#include "base/text.h"
#include "parsers/strings.h"
#include "parsers/thread.h"
#include "parsers/words.h"

#define OUR_PREFIX	"campusdesk."
#define MAC_LEN		16	/* base32 letters */
#define NUMBER_MAX	18	/* digits: fits int64_t */
#define PREFIX_CHAIN	40	/* prefixes looked at */

struct cursor {
	const char	*p, *end;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Behind a comment that starts at p; nested ones and quoted pairs obeyed. An
 * unclosed one is none: only its "(" is skipped, and none after it can close
 * either, so that nothing is looked at twice. */
static const char *
skip_comment(const char *p, const char *end, bool *unclosed)
{
	const char *start = p;
	size_t depth = 0;

	if (*unclosed)
		return p + 1;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	*unclosed = true;
	return start + 1;
}

/* A bracketed id: up to ">", else (cut off) up to a blank or another "<". */
static struct slice
bracketed(struct cursor *c)
{
	const char *start = c->p, *p = start, *close;

	while (p < c->end && *p != '>' && *p != '<')
		p++;
	close = p;
	if (p < c->end && *p == '>') {
		c->p = p + 1;
		return text_trim((struct slice){ start, (size_t)(p - start) });
	}
	for (p = start; p < close && !is_space(*p) && *p != ','; p++)
		;
	c->p = p;
	return (struct slice){ start, (size_t)(p - start) };
}

/* Folding leaves blanks inside an id: they were never part of it. */
static void
add_id(struct strings *ids, struct slice id)
{
	char *copy;
	size_t i, n = 0;

	for (i = 0; i < id.len && !is_space(id.p[i]); i++)
		;
	if (i == id.len) {
		strings_add(ids, id);
		return;
	}
	copy = arena_alloc(ids->arena, id.len + 1);
	if (copy == NULL)
		return;
	for (i = 0; i < id.len; i++)
		if (!is_space(id.p[i]))
			copy[n++] = id.p[i];
	strings_add(ids, (struct slice){ copy, n });
}

static void
bracketed_ids(struct slice value, struct strings *ids)
{
	struct cursor c = { value.p, value.p + value.len };

	while (c.p < c.end) {
		if (*c.p++ == '<')
			add_id(ids, bracketed(&c));
	}
}

/* No "<" anywhere: words with "@" in them, or the only word there is. */
static void
bare_ids(struct slice value, struct strings *ids)
{
	struct cursor c = { value.p, value.p + value.len };
	struct slice first = { NULL, 0 };
	bool unclosed = false;
	size_t words = 0;

	while (c.p < c.end) {
		const char *start;

		if (is_space(*c.p) || *c.p == ',' || *c.p == ';' ||
		    *c.p == '>' || *c.p == '"') {
			c.p++;
			continue;
		}
		if (*c.p == '(') {
			c.p = skip_comment(c.p, c.end, &unclosed);
			continue;
		}
		for (start = c.p; c.p < c.end && !is_space(*c.p) &&
		    *c.p != ',' && *c.p != ';' && *c.p != '>' &&
		    *c.p != '"' && *c.p != '('; c.p++)
			;
		first = (struct slice){ start, (size_t)(c.p - start) };
		words++;
		if (memchr(start, '@', first.len) != NULL)
			strings_add(ids, first);
	}
	if (words == 1 && ids->list.n == 0)
		strings_add(ids, first);
}

struct mail_strings
thread_ids(struct slice value, struct arena *arena)
{
	struct strings ids = STRINGS_INIT(arena, SIZE_MAX);
	size_t n;

	if (memchr(value.p == NULL ? "" : value.p, '<', value.len) != NULL)
		bracketed_ids(value, &ids);
	else
		bare_ids(value, &ids);
	n = ids.list.n;
	if (n > THREAD_IDS_MAX) {
		ids.list.v += n - THREAD_IDS_MAX;
		ids.list.n = THREAD_IDS_MAX;
	}
	return ids.list;
}

static bool
number(struct slice *rest, int64_t *value_out)
{
	uint64_t v;
	size_t n = 0;

	while (n < rest->len && rest->p[n] >= '0' && rest->p[n] <= '9')
		n++;
	if (n == 0 || n > NUMBER_MAX || n == rest->len || rest->p[n] != '.' ||
	    !text_u64((struct slice){ rest->p, n }, &v))
		return false;
	*value_out = (int64_t)v;
	*rest = (struct slice){ rest->p + n + 1, rest->len - n - 1 };
	return true;
}

static bool
is_base32(char c)
{
	c = text_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
}

static bool
is_domain(char c)
{
	return text_is_alnum(c) || c == '.' || c == '-';
}

/* The id at the start of s, as long as its characters go; 0: none there. */
static size_t
our_id_length(struct slice s, int64_t *ticket_out)
{
	struct slice rest = s;
	int64_t ticket, item;
	size_t i;

	if (!words_start(s, OUR_PREFIX))
		return 0;
	rest.p += strlen(OUR_PREFIX);
	rest.len -= strlen(OUR_PREFIX);
	if (!number(&rest, &ticket) || !number(&rest, &item) ||
	    rest.len < MAC_LEN + 2 || rest.p[MAC_LEN] != '@')
		return 0;
	for (i = 0; i < MAC_LEN; i++)
		if (!is_base32(rest.p[i]))
			return 0;
	for (i = MAC_LEN + 1; i < rest.len && is_domain(rest.p[i]); i++)
		;
	if (i == MAC_LEN + 1)
		return 0;
	*ticket_out = ticket;
	return (size_t)(rest.p + i - s.p);
}

bool
thread_our_id(struct slice id, int64_t *ticket_out)
{
	int64_t ticket;

	if (id.len == 0 || our_id_length(id, &ticket) != id.len)
		return false;
	*ticket_out = ticket;
	return true;
}

static void
our_ids_of(const struct mail_strings *ids, struct strings *ours)
{
	size_t i = ids->n;
	int64_t ticket;

	while (i-- > 0)
		if (thread_our_id(slice_of(ids->v[i]), &ticket))
			strings_add_unique(ours, slice_of(ids->v[i]), true);
}

/* A marker in the text: our id wherever it stands. */
static void
our_ids_in(struct slice text, struct strings *ours)
{
	const char *p;
	int64_t ticket;
	size_t n;

	for (;;) {
		p = memchr(text.p, OUR_PREFIX[0], text.len);
		if (p == NULL)
			return;
		text.len -= (size_t)(p - text.p);
		text.p = p;
		n = our_id_length(text, &ticket);
		while (n > 0 && (p[n - 1] == '.' || p[n - 1] == '-'))
			n--;
		if (n > 0)
			strings_add_unique(ours, (struct slice){ p, n }, true);
		text.p++;
		text.len--;
	}
}

int64_t
thread_subject_ticket(struct slice subject)
{
	uint64_t v;
	size_t i, n;

	for (i = 0; i + 3 < subject.len; i++) {
		if (subject.p[i] != '[' || subject.p[i + 1] != '#')
			continue;
		for (n = i + 2; n < subject.len && subject.p[n] >= '0' &&
		    subject.p[n] <= '9'; n++)
			;
		if (n < subject.len && subject.p[n] == ']' &&
		    n - i - 2 <= NUMBER_MAX &&
		    text_u64((struct slice){ subject.p + i + 2, n - i - 2 },
		    &v) && v > 0)
			return (int64_t)v;
	}
	return 0;
}

/* What mailers put before a subject that is answered or passed on. */
static const struct prefix {
	const char	*word;
	bool		 forward;
} prefixes[] = {
	{ "re", false }, { "aw", false }, { "sv", false }, { "antw", false },
	{ "antwort", false }, { "antwoord", false }, { "vs", false },
	{ "rif", false }, { "ref", false }, { "r", false }, { "res", false },
	{ "odp", false }, { "ynt", false }, { "yanıt", false },
	{ "rép", false }, { "rv", true }, { "fwd", true },
	{ "fw", true }, { "wg", true }, { "tr", true }, { "i", true },
	{ "enc", true }, { "vb", true }, { "vl", true }, { "pd", true },
	{ "vid", true }, { "doorst", true }, { "př", true },
	{ "před", true }, { "ilt", true }, { "İlt", true },
	{ "на", false }, { "отв", false },
	{ "На", false }, { "Отв", false },
	{ "HA", false }, { "Перес", true },
	{ "回复", false },	/* zh: answer */
	{ "回覆", false },
	{ "答复", false },
	{ "答覆", false },
	{ "转发", true },	/* zh: forward */
	{ "轉寄", true },
	{ "답장", false },	/* ko: answer */
	{ "회신", false },
	{ "전달", true },	/* ko: forward */
	{ "返信", false },	/* ja: answer */
	{ "転送", true },	/* ja: forward */
	{ "رد", false },		/* ar: answer */
	{ "إعادة توجيه", true },
};

/* Bytes of "RE[2]: " at the start of s; 0: none. */
static size_t
prefix_length(struct slice s, bool *is_forward)
{
	static const char wide_colon[] = "：";
	size_t i, n, k;

	for (i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		if (!words_start(s, prefixes[i].word))
			continue;
		n = strlen(prefixes[i].word);
		if (n < s.len && (s.p[n] == '[' || s.p[n] == '(' ||
		    s.p[n] == '^' || s.p[n] == '*')) {
			for (k = n + 1; k < s.len && k < n + 5 &&
			    s.p[k] >= '0' && s.p[k] <= '9'; k++)
				;
			n = k < s.len && (s.p[k] == ']' || s.p[k] == ')') ?
			    k + 1 : k;
		}
		while (n < s.len && (s.p[n] == ' ' || s.p[n] == '\xa0' ||
		    s.p[n] == '\xc2'))
			n++;
		*is_forward = prefixes[i].forward;
		if (n < s.len && s.p[n] == ':')
			return n + 1;
		if (words_start((struct slice){ s.p + n, s.len - n },
		    wide_colon))
			return n + strlen(wide_colon);
	}
	return 0;
}

struct slice
thread_subject_base(struct slice subject, bool *is_reply, bool *is_forward)
{
	bool forward;
	size_t n, i;

	*is_reply = *is_forward = false;
	for (i = 0; i < PREFIX_CHAIN; i++) {
		subject = text_trim(subject);
		n = prefix_length(subject, &forward);
		if (n == 0)
			break;
		if (i == 0) {
			*is_forward = forward;
			*is_reply = !forward;
		}
		subject.p += n;
		subject.len -= n;
	}
	return subject;
}

/* Fields of recipients that only servers write, one address each. */
static const char *const delivered[] = {
	"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To",
	"X-Delivered-To", "X-Forwarded-To", "X-Real-To",
};

static void
read_recipients(struct mail *mail, const struct header_list *headers,
    struct arena *arena)
{
	struct strings to = STRINGS_INIT(arena, THREAD_RECIPIENTS_MAX);
	const struct mail_addresses *const lists[] = { &mail->to, &mail->cc };
	const struct header_field *f;
	size_t i, k;

	for (i = 0; i < sizeof delivered / sizeof delivered[0]; i++)
		for (f = header_get(headers, delivered[i]); f != NULL &&
		    to.list.n < to.max; f = header_next(headers, f,
		    delivered[i])) {
			struct slice v = text_trim(f->value);

			if (v.len > 2 && v.p[0] == '<' &&
			    v.p[v.len - 1] == '>')
				v = (struct slice){ v.p + 1, v.len - 2 };
			if (memchr(v.p == NULL ? "" : v.p, '@', v.len) !=
			    NULL)
				strings_add_unique(&to, v, true);
		}
	for (i = 0; i < 2; i++)
		for (k = 0; k < lists[i]->n && to.list.n < to.max; k++)
			if (lists[i]->v[k].address != NULL)
				strings_add_unique(&to, slice_of(
				    lists[i]->v[k].address), true);
	mail->recipients = to.list;
}

static struct mail_strings
ids_of_field(const struct header_list *headers, const char *name,
    struct arena *arena)
{
	const struct header_field *f = header_get(headers, name);
	struct mail_strings none = { NULL, 0 };

	return f == NULL ? none : thread_ids(f->value, arena);
}

void
thread_read(struct mail *mail, const struct header_list *headers,
    struct arena *arena)
{
	struct strings ours = STRINGS_INIT(arena, THREAD_OUR_IDS_MAX);
	size_t i;

	mail->in_reply_to = ids_of_field(headers, "In-Reply-To", arena);
	mail->references = ids_of_field(headers, "References", arena);
	our_ids_of(&mail->in_reply_to, &ours);
	our_ids_of(&mail->references, &ours);
	our_ids_in(slice_of(mail->text), &ours);
	mail->our_ids = ours.list;
	mail->subject_ticket =
	    thread_subject_ticket(slice_of(mail->subject));
	mail->ticket = 0;
	for (i = 0; i < ours.list.n && mail->ticket == 0; i++)
		thread_our_id(slice_of(ours.list.v[i]), &mail->ticket);
	if (mail->ticket == 0 && mail->bounce != NULL &&
	    mail->bounce->original_message_id != NULL)
		thread_our_id(slice_of(mail->bounce->original_message_id),
		    &mail->ticket);
	if (mail->ticket == 0)
		mail->ticket = mail->subject_ticket;
	read_recipients(mail, headers, arena);
}
