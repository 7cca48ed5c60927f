#include "base/text.h"
#include "parsers/bounce_text.h"
#include "parsers/words.h"

#define LOCAL_MAX	128	/* bytes looked at before an "@" */
#define DOMAIN_MAX	255
#define BEFORE_MAX	200	/* bytes before an address that tell of it */
#define LOOKED_AT_MAX	2000	/* addresses of a report */

enum shape {		/* of a line with an address, best last */
	SHAPE_NONE, SHAPE_ECHO, SHAPE_ANY, SHAPE_SENTENCE, SHAPE_LABEL,
	SHAPE_ALONE
};

static bool
is_local(char c)
{
	return text_is_alnum(c) || (unsigned char)c >= 0x80 ||
	    (c != '\0' && strchr(".!#$%&*+-/=?^_`{|}~'", c) != NULL);
}

static bool
is_domain(char c)
{
	return text_is_alnum(c) || c == '.' || c == '-' ||
	    (unsigned char)c >= 0x80;
}

/* The address around the "@" at at. */
static struct slice
address_around(struct slice s, const char *at)
{
	const char *p = at, *end = at + 1, *eq;
	struct slice a = { NULL, 0 };

	while (p > s.p && at - p < LOCAL_MAX && is_local(p[-1]))
		p--;
	while (end < s.p + s.len && end - at < DOMAIN_MAX && is_domain(*end))
		end++;
	while (p < at && (*p == '\'' || *p == '.' || *p == '*' || *p == '-'))
		p++;
	while (end > at + 1 && (end[-1] == '.' || end[-1] == '-'))
		end--;
	/* X.400 and RFC 1327 write "SMTP=a@b" */
	eq = words_find((struct slice){ p, (size_t)(at - p) }, "smtp=");
	if (eq != NULL)
		p = eq + 5;
	if (p == at || end == at + 1)
		return a;
	return (struct slice){ p, (size_t)(end - p) };
}

struct slice
bounce_text_address(struct slice s, struct slice *rest_out)
{
	struct slice rest = s, a = { NULL, 0 };
	const char *at;

	*rest_out = (struct slice){ NULL, 0 };
	while (rest.len > 0) {
		at = memchr(rest.p, '@', rest.len);
		if (at == NULL)
			break;
		a = address_around(s, at);
		rest = (struct slice){ at + 1,
		    (size_t)(s.p + s.len - at - 1) };
		if (a.len == 0)
			continue;
		*rest_out = (struct slice){ a.p + a.len,
		    (size_t)(s.p + s.len - a.p - a.len) };
		return a;
	}
	return (struct slice){ NULL, 0 };
}

/* Lines that introduce the copy of the mail, ending in a rule, ":" or "." */
static const char *const copy_marks[] = {
	"is a copy of the message", "is a copy of your message",
	"copy of the original message", "original message follows",
	"original message attached", "original message below",
	"below this line is", "below the next line is",
	"message header follows", "message headers follow",
	"message text follows", "header of the original message",
	"headers of the original message", "header of the source mail",
	"original message headers", "original mail as follows",
	"the original message was included", "message follows",
	"copy of the first part", "original message as received",
	"copy of the message header", "included is a copy",
	"undelivered message follows", "message body suppressed",
	"attachment is a copy", "your message reads",
	"top 20 lines of the message", "lines of the message follow",
	"lines of your original message", "the message follows",
	"old message:", "message headers:", "original headers:", NULL
};
/* And those that do so only in a rule of dashes or the like. */
static const char *const copy_rules[] = {
	"original message", "original mail", "returned message",
	"returned mail", "unsent message", "rfc822 headers",
	"mensaje original", "mensagem original", "ursprungsnachricht",
	"ursprüngliche nachricht", "message d'origine",
	"messaggio originale", "begin message", "undelivered message", NULL
};

static bool
is_rule(struct slice line)
{
	return line.len >= 3 && strchr("-=*_|#", line.p[0]) != NULL &&
	    line.p[1] == line.p[0] && line.p[2] == line.p[0];
}

static bool
is_copy_mark(struct slice line)
{
	char last;

	if (line.len == 0 || line.len > 120)
		return false;
	if (is_rule(line) && words_find_any(line, copy_rules))
		return true;
	last = line.p[line.len - 1];
	if (!is_rule(line) && last != ':' && last != '.' && last != '-')
		return words_start(line, "Message headers follow") ||
		    words_start(line, "Original message follows");
	return words_find_any(line, copy_marks);
}

/* A copy without a mark: trace fields, which no prose starts a line with. */
static bool
is_trace(struct slice line)
{
	return words_start(line, "Received: from ") ||
	    words_start(line, "Received: by ") ||
	    words_start(line, "Received: (") ||
	    words_start(line, "Return-Path: <");
}

struct slice
bounce_text_report(struct slice text, struct slice *copy_out)
{
	struct slice rest, line;
	bool any = false;

	*copy_out = (struct slice){ "", 0 };
	if (text.len > BOUNCE_TEXT_MAX)
		text.len = BOUNCE_TEXT_MAX;
	rest = text;
	while (text_line(&rest, &line)) {
		struct slice t = text_trim(line);

		if (t.len == 0)
			continue;
		if (is_trace(line) || (any && is_copy_mark(t))) {
			*copy_out = is_trace(line) ? (struct slice){ line.p,
			    (size_t)(text.p + text.len - line.p) } : rest;
			return (struct slice){ text.p,
			    (size_t)(line.p - text.p) };
		}
		any = true;
	}
	return text;
}

/* Labels that stand before a recipient, in the line's own words. */
static const char *const labels[] = {
	"undeliverable address", "intended recipient", "failed recipient",
	"error-for", "recipient:", "recipients:", "unknown user",
	"invalid final delivery userid", "delivery failed", "undeliverable to",
	"undeliverable  to", "exceeds allowed size", "mailbox is full",
	"message was addressed", "original recipient", "final-recipient", "final recipient",
	"original-recipient", "rcpt to", "addressed to", "user not known",
	"recipient address:", "recipient's address", "failed address",
	"returned permanent errors", "email address :", "mailbox:",
	"x-failed-recipients", "empfänger", "destinataire",
	"destinatario", "destinatário", NULL
};
/* Before the address that we wrote to, where the one that failed is another:
 * both are told. */
static const char *const aliases[] = {
	"generated from", "expanded from", "originally addressed to", NULL
};
/* Our own header repeated in the report: whom it was to, not who failed. */
static const char *const echoes[] = {
	"to:", "cc:", "bcc:", "para:", "an:", "à :", NULL
};
/* Words before an address in a sentence that make it a recipient. */
static const char *const to_words[] = {
	"to ", "to: ", "for ", "to <", "mailbox ", "recipient ", "user ",
	"address ", "à ", "an ", "a ", "para ", NULL
};
/* Lines whose addresses are somebody else's. */
static const char *const not_words[] = {
	"contact ", "assistance", "mail from", "sender", "envelope-from",
	"from:", "reply to", "help", "questions", "subject:", "cc:",
	"reported to", "please send", "via ", "message-id", "get in touch",
	"visit ", "support", "return-path", "from=", NULL
};

/* Without bullets, quotes and brackets in front. */
static struct slice
strip_front(struct slice line)
{
	line = text_trim(line);
	while (line.len > 0 && strchr("*>-<\"'([|", line.p[0]) != NULL) {
		line.p++;
		line.len--;
		line = text_trim(line);
	}
	return line;
}

/* May this follow an address that stands in front of its line? */
static bool
is_after_front(struct slice rest)
{
	rest = text_trim(rest);
	while (rest.len > 0 && strchr(">\"')]", rest.p[0]) != NULL) {
		rest.p++;
		rest.len--;
	}
	rest = text_trim(rest);
	if (rest.len == 0)
		return true;
	return rest.p[0] == ':' || rest.p[0] == ',' || rest.p[0] == ';' ||
	    rest.p[0] == '(' || rest.p[0] == '<' ||
	    words_start(rest, "...") || words_start(rest, "on ") ||
	    words_start(rest, "- ") || words_start(rest, "-- ") ||
	    words_start(rest, "–");
}

static bool
ends_with_word(struct slice before, const char *const *words)
{
	while (before.len > 0 && strchr("<\"'([ \t", *(before.p + before.len -
	    1)) != NULL && before.p[before.len - 1] != ' ')
		before.len--;
	for (; *words != NULL; words++)
		if (words_end(before, *words))
			return true;
	return false;
}

static enum shape
shape_of(struct slice line, struct slice address, struct slice rest)
{
	struct slice front = strip_front(line);
	struct slice before = { line.p, (size_t)(address.p - line.p) };

	if (before.len > BEFORE_MAX)
		before = (struct slice){ address.p - BEFORE_MAX, BEFORE_MAX };
	if (front.p == address.p && is_after_front(rest))
		return SHAPE_ALONE;
	if (words_find_any(before, aliases))
		return SHAPE_ALONE;
	if (words_start_any(front, echoes))
		return SHAPE_ECHO;
	if (words_end(before, "SMTP=") || words_end(before, "SMTP:"))
		return SHAPE_LABEL;
	if (words_find_any(before, labels))
		return SHAPE_LABEL;
	if (words_find_any(before, not_words))
		return SHAPE_NONE;
	if (ends_with_word(before, to_words))
		return SHAPE_SENTENCE;
	return SHAPE_ANY;
}

static bool
is_server(struct slice a, const char *from)
{
	return words_start(a, "postmaster@") ||
	    words_start(a, "mailer-daemon@") ||
	    (from != NULL && text_ieq(a, slice_of(from)));
}

/* "a@b" <c@d>: the first is how the second is called. */
static bool
is_display_name(struct slice rest)
{
	return words_start(rest, "\" <") || words_start(rest, "\"<") ||
	    words_start(rest, "' <");
}

static bool
is_alias(struct slice line, struct slice address)
{
	return words_find_any((struct slice){ line.p, (size_t)(address.p -
	    line.p) }, aliases);
}

static size_t
find(const struct bounce_found *v, size_t n, struct slice a)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_ieq(v[i].address, a))
			break;
	return i;
}

struct walk {
	struct slice		 report;
	const char		*from;
	enum shape		 best;
	struct bounce_found	*out;
	size_t			 n, max, looked_at;
};

/* Addresses of one line. Only what is better than all before, or as good, is
 * kept. */
static void
walk_line(struct walk *w, struct slice line)
{
	struct slice left = line, a, rest;

	while (w->n < w->max && w->looked_at++ < LOOKED_AT_MAX) {
		enum shape shape;

		a = bounce_text_address(left, &rest);
		if (a.p == NULL)
			return;
		shape = shape_of(line, a, rest);
		left = rest;
		if (shape == SHAPE_NONE || shape < w->best ||
		    is_server(a, w->from) || is_display_name(rest))
			continue;
		if (shape > w->best)
			w->n = 0;
		if (shape > w->best)
			w->best = shape;
		if (find(w->out, w->n, a) == w->n)
			w->out[w->n++] = (struct bounce_found){ a, rest,
			    is_alias(line, a) };
	}
}

/* What was said of each goes up to the next one; of an alias the same as of
 * what it stands for. */
static void
set_said(struct walk *w)
{
	const char *end = w->report.p + w->report.len;
	size_t i = w->n;

	while (i-- > 0) {
		const char *start = w->out[i].said.p;

		if (w->n == 1)
			start = w->report.p;
		w->out[i].said = (struct slice){ start,
		    end > start ? (size_t)(end - start) : 0 };
		if (!w->out[i].alias)
			end = w->out[i].address.p;
	}
}

/* "\tscreenname" below "… the following recipients …:": a local part only, that
 * belongs to the domain of the reporter. */
struct slice
bounce_text_local(struct slice report)
{
	struct slice line, word;
	bool below = false;
	size_t n;

	while (text_line(&report, &line)) {
		word = text_trim(line);
		if (word.len == 0)
			continue;
		for (n = 0; n < word.len && is_local(word.p[n]); n++)
			;
		if (below && (n == word.len || word.p[n] == ' ') &&
		    line.p != word.p)
			return (struct slice){ word.p, n };
		below = word.p[word.len - 1] == ':' &&
		    (words_find(word, "recipient") != NULL ||
		    words_find(word, "address") != NULL ||
		    words_find(word, "following") != NULL);
	}
	return (struct slice){ NULL, 0 };
}

size_t
bounce_text_recipients(struct slice report, const char *from,
    struct bounce_found *out, size_t max)
{
	struct walk w = { report, from, SHAPE_ECHO, out, 0, max, 0 };
	struct slice rest = report, line;

	while (text_line(&rest, &line))
		walk_line(&w, line);
	set_said(&w);
	return w.n;
}

static const char *const failed_words[] = {
	"could not be delivered", "couldn't be delivered",
	"unable to deliver", "delivery failed", "delivery has failed",
	"was not delivered", "not been delivered", "undeliver",
	"permanent error", "permanent fatal error", "did not reach",
	"not able to deliver", "wasn't able to deliver", "failed:",
	"could not deliver", "cannot be delivered", "not be delivered",
	"no such user", "user unknown", "unknown user", "unable to deliver",
	"invalid final delivery", "mailbox is full", "mailbox unavailable",
	"mailbox exceeds", "returned permanent errors", "delivery problems",
	"failed recipients", "failed recipient", "failed addresses",
	"error occurred while", "error delivering", "message not delivered",
	"could not be reached", "delivery failure", "non-delivery",
	"was automatically rejected", "failed permanently", "was aborted",
	"incorrectly constructed", "malformed address",
	"rejected by the recipient", "delivery errors",
	"generated following response", "has been returned because",
	"transcript of session follows", "delivery to the following",
	"no valid recipients", "did not exactly match",
	"konnte nicht zugestellt", "nicht zugestellt werden",
	"n'a pas pu etre delivre", "n'a pas pu être",
	"no pudo ser entregado", "no se pudo entregar",
	"não pôde ser entregue", "nao pode ser enviada",
	"non è stato possibile", "non può essere consegnato",
	"kon niet worden", "nie może zostać",
	"kunde inte levereras", "kunne ikke leveres",
	"не может быть достав",
	"не достав",
	"无法", "退信",
	"配信でき", NULL
};
static const char *const delayed_words[] = {
	"has not yet been delivered", "have not yet been delivered",
	"not yet been delivered", "has been delayed", "delivery delayed",
	"warning message only", "no action is required on your part",
	"delivery attempts will continue", "we will continue to try",
	"will continue to attempt", "attempts will be made",
	"will be retried", "has been postponed", "will keep trying",
	"still being attempted", "will try again", "message delayed",
	"transient non-fatal errors", "could not send message for past",
	"bisher nicht zugestellt", "wird weiter versucht", NULL
};
static const char *const subjects[] = {
	"undeliver", "delivery status notification", "failure notice",
	"returned mail", "mail delivery failed", "mail delivery failure",
	"delivery failure", "returning message to sender",
	"mail delivery problem", "delivery notification", "non-delivery",
	"nondeliver", "returned to sender", "delivery failed",
	"mail delivery system", "message delivery failure", "mail error",
	"failed mail", "delivery error", "could not be delivered",
	"mail could not be delivered", "not delivered", "bounce",
	"permanent delivery failure", "processing error",
	"warning: message", "warning: could not send", "failure delivery",
	"returning to sender", "mail failed", "automatically rejected mail",
	"mail delivery warning", "email delivery failure",
	"error sending your mail", "delivery report", "user unknown",
	"nicht zugestellt", "unzustellbar", "unzustellbarkeit",
	"fehlgeschlagen", "non remis", "non distribu", "échec de",
	"no se puede entregar", "no entregado", "devuelto",
	"mancato recapito", "non recapitabile", "niet bezorgd", "onbestelbaar",
	"não entregue", "falha na entrega", "devolvida",
	"niedostarcz", "zwrót", "gick inte att leverera",
	"ej levererat", "kunne ikke leveres", "ikke leveret",
	"toimitus epäonnistui", "nedoručiteln",
	"не достав",
	"Не достав",
	"退信", "未送达",
	"配信不能",
	"배달 실패",
	"teslim edilemedi", NULL
};

bool
bounce_text_says_failed(struct slice report)
{
	return words_find_any(report, failed_words);
}

bool
bounce_text_says_delayed(struct slice report)
{
	return words_find_any(report, delayed_words);
}

bool
bounce_text_subject(struct slice subject)
{
	return words_find_any(subject, subjects);
}

struct slice
bounce_text_field(struct slice copy, const char *name)
{
	struct slice line, value;
	size_t n = strlen(name);

	while (text_line(&copy, &line)) {
		line = text_trim(line);
		while (line.len > 0 && line.p[0] == '>')
			line = text_trim((struct slice){ line.p + 1,
			    line.len - 1 });
		if (!words_start(line, name) || line.len <= n ||
		    line.p[n] != ':')
			continue;
		value = text_trim((struct slice){ line.p + n + 1,
		    line.len - n - 1 });
		if (value.len == 0 && copy.len > 0 && (copy.p[0] == ' ' ||
		    copy.p[0] == '\t') && text_line(&copy, &line))
			value = text_trim(line);
		return value;
	}
	return (struct slice){ NULL, 0 };
}
