#include "base/text.h"
#include "base/utf8.h"
#include "parsers/bounce.h"
#include "parsers/bounce_status.h"
#include "parsers/bounce_text.h"
#include "parsers/quote_marks.h"
#include "parsers/thread.h"
#include "parsers/words.h"

#define DIAGNOSTIC_MAX	500	/* bytes of what a server said that are kept */

struct reading {
	struct mail		*mail;
	const struct header_list *headers;
	struct arena		*arena;
	struct mail_bounced	*v;
	size_t			 n;
	const char		*original_id;
	bool			 report;	/* a delivery-status part */
	struct slice		 refused;	/* recipient of a receipt */
};

static const char *
copy_line(struct arena *arena, struct slice s, size_t max)
{
	s = text_trim(s);
	if (s.len > max)
		s.len = utf8_cut(s.p, s.len, max);
	return s.len == 0 ? NULL : utf8_clean_line(arena, s.p, s.len).p;
}

/* Every run of blanks and line ends one blank: "User\n    unknown". */
static struct slice
folded(struct arena *arena, struct slice s)
{
	char *out = arena_alloc(arena, s.len + 1);
	bool blank = false;
	size_t i, n = 0;

	if (out == NULL)
		return (struct slice){ NULL, 0 };
	for (i = 0; i < s.len; i++) {
		bool is = s.p[i] == ' ' || s.p[i] == '\t' ||
		    s.p[i] == '\n' || s.p[i] == '\r';

		if (!is || !blank)
			out[n++] = is ? ' ' : s.p[i];
		blank = is;
	}
	return (struct slice){ out, n };
}

static struct mail_bounced *
add(struct reading *r, struct slice address)
{
	struct mail_bounced *b;

	if (r->v == NULL)
		r->v = arena_calloc(r->arena, BOUNCE_RECIPIENTS_MAX,
		    sizeof *r->v);
	if (r->v == NULL || r->n == BOUNCE_RECIPIENTS_MAX)
		return NULL;
	b = &r->v[r->n];
	b->address = copy_line(r->arena, address, 320);
	if (b->address == NULL)
		return NULL;
	r->n++;
	return b;
}

/* "rfc822; <a@b>" and its relatives: what stands behind the type. */
static struct slice
typed_value(struct slice v)
{
	const char *semi = v.len == 0 ? NULL : memchr(v.p, ';', v.len);

	if (semi != NULL)
		v = (struct slice){ semi + 1,
		    (size_t)(v.p + v.len - semi - 1) };
	v = text_trim(v);
	while (v.len > 1 && (v.p[0] == '<' || v.p[0] == '"' ||
	    v.p[0] == '\'')) {
		v.p++;
		v.len--;
	}
	while (v.len > 0 && strchr(">\"';, ", v.p[v.len - 1]) != NULL)
		v.len--;
	return v;
}

/* One group of fields of RFC 3464 §2.1. */
struct group {
	struct slice	final, original, actual, action, status, diagnostic;
	bool		any;
};

static void
group_field(struct group *g, struct slice name, struct slice value)
{
	static const struct {
		const char	*name;
		size_t		 at;
	} fields[] = {
		{ "final-recipient", offsetof(struct group, final) },
		{ "original-recipient", offsetof(struct group, original) },
		{ "x-actual-recipient", offsetof(struct group, actual) },
		{ "action", offsetof(struct group, action) },
		{ "status", offsetof(struct group, status) },
		{ "diagnostic-code", offsetof(struct group, diagnostic) },
	};
	size_t i;

	for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct slice *s = (struct slice *)(void *)
		    ((char *)g + fields[i].at);

		if (!text_ieq(name, slice_of(fields[i].name)))
			continue;
		if (s->len == 0)
			*s = value;
		g->any = true;
	}
}

static const char *
action_of(struct slice action, const char *status)
{
	static const char *const known[] = {
		"failed", "delayed", "delivered", "relayed", "expanded"
	};
	size_t i;

	action = text_trim(action);
	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (words_start(action, known[i]))
			return known[i];
	if (words_start(action, "fail") || words_start(action, "undeliver"))
		return "failed";
	if (words_start(action, "delay") || words_start(action, "warn"))
		return "delayed";
	return status != NULL && status[0] == '2' ? "delivered" : "failed";
}

/* The recipient as we wrote it, where the report still knows. */
static struct slice
group_recipient(const struct group *g)
{
	const struct slice order[] = { g->original, g->final, g->actual };
	struct slice v;
	size_t i;

	for (i = 0; i < 3; i++) {
		v = typed_value(order[i]);
		if (v.len > 0 && memchr(v.p, '@', v.len) != NULL &&
		    memchr(v.p, ' ', v.len) == NULL)
			return v;
	}
	return typed_value(g->final.len > 0 ? g->final : g->original);
}

/* The length of "\x{FC}" at the start of s, 0 for anything else; the character
 * in out, *n_out bytes. */
static size_t
escape_length(struct slice s, char out[4], size_t *n_out)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	uint32_t cp = 0;
	size_t i;

	if (s.len < 3 || memcmp(s.p, "\\x{", 3) != 0)
		return 0;
	for (i = 3; i < s.len && i < 9; i++) {
		digit = memchr(digits, text_lower(s.p[i]), 16);
		if (digit == NULL)
			break;
		cp = cp * 16 + (uint32_t)(digit - digits);
	}
	if (i == 3 || i == s.len || s.p[i] != '}' || cp < 0x20)
		return 0;
	*n_out = utf8_encode(cp, out);
	return *n_out == 0 ? 0 : i + 1;
}

/* RFC 6533 in ASCII: "j\x{FC}rgen@a". What is no such escape stays. */
static struct slice
unescaped(struct arena *arena, struct slice v)
{
	char *out = arena_alloc(arena, v.len + 4);
	size_t i = 0, n = 0, used, len;

	if (out == NULL)
		return v;
	while (i < v.len) {
		used = escape_length((struct slice){ v.p + i, v.len - i },
		    out + n, &len);
		if (used == 0) {
			out[n++] = v.p[i++];
			continue;
		}
		n += len;
		i += used;
	}
	return (struct slice){ out, n };
}

static void
group_end(struct reading *r, struct group *g)
{
	char status[BOUNCE_STATUS_MAX] = "", guess[BOUNCE_STATUS_MAX];
	struct slice recipient;
	struct mail_bounced *b;

	if (!g->any)
		return;
	recipient = group_recipient(g);
	if (recipient.len > 0) {
		b = add(r, unescaped(r->arena, recipient));
		if (b == NULL)
			return;
		bounce_status_find(g->status, status);
		if ((status[0] == '\0' || strcmp(status + 1, ".0.0") == 0) &&
		    bounce_status_guess(folded(r->arena, g->diagnostic),
		    guess) &&
		    (status[0] == '\0' || (guess[0] == status[0] &&
		    bounce_status_find(g->diagnostic, guess))))
			memcpy(status, guess, sizeof status);
		b->status = status[0] == '\0' ? NULL :
		    arena_strdup(r->arena, status);
		b->action = action_of(g->action, b->status);
		b->diagnostic = copy_line(r->arena, folded(r->arena,
		    g->diagnostic), DIAGNOSTIC_MAX);
	}
	*g = (struct group){ .any = false };
}

/* Fields in groups that blank lines separate. Some systems leave the blank
 * line out: a second Final-Recipient starts a group too. A continued line
 * stays part of the slice. */
static void
read_fields(struct reading *r, struct slice body)
{
	struct group g = { .any = false };
	struct slice line;

	while (text_line(&body, &line)) {
		struct slice name, value;
		const char *colon;

		if (text_trim(line).len == 0) {
			group_end(r, &g);
			continue;
		}
		colon = memchr(line.p, ':', line.len);
		if (line.p[0] == ' ' || line.p[0] == '\t' || colon == NULL)
			continue;
		name = (struct slice){ line.p, (size_t)(colon - line.p) };
		value = (struct slice){ colon + 1,
		    (size_t)(line.p + line.len - colon - 1) };
		while (body.len > 0 && (body.p[0] == ' ' ||
		    body.p[0] == '\t')) {
			struct slice more;

			text_line(&body, &more);
			if (text_trim(more).len == 0)
				break;
			value.len = (size_t)(more.p + more.len - value.p);
		}
		if (text_ieq(text_trim(name), SLICE_LIT("final-recipient")) &&
		    g.final.len > 0)
			group_end(r, &g);
		group_field(&g, text_trim(name), text_trim(value));
	}
	group_end(r, &g);
}

static void
read_original(struct reading *r, struct slice copy)
{
	struct mail_strings ids;
	struct slice v;

	if (r->original_id != NULL)
		return;
	v = bounce_text_field(copy, "Message-ID");
	if (v.len == 0)
		return;
	ids = thread_ids(v, r->arena);
	if (ids.n > 0)
		r->original_id = ids.v[0];
}

static bool
type_is(const struct bounce_part *part, const char *a, const char *b)
{
	struct slice type = slice_of(part->type);

	return text_ieq(type, slice_of(a)) || text_ieq(type, slice_of(b));
}

/* The head of a mail that is attached, whole or its header only. */
static struct slice
head_of(struct slice body)
{
	struct slice rest = body, line;

	while (text_line(&rest, &line))
		if (line.len == 0 && line.p > body.p)
			return (struct slice){ body.p,
			    (size_t)(line.p - body.p) };
	return body;
}

static void
set_kind(struct reading *r, enum mail_kind kind, const char *because)
{
	if (r->mail->kind == kind || r->mail->kind == MAIL_LOOP)
		return;
	r->mail->kind = kind;
	r->mail->because = because;
}

/* RFC 5965: who complains, as far as it is told. */
static void
read_feedback(struct reading *r, struct slice body)
{
	static const char *const names[] = {
		"Original-Rcpt-To", "Removal-Recipient"
	};
	struct mail_bounced *b;
	struct slice v;
	size_t i;

	set_kind(r, MAIL_ABUSE_REPORT, "part: message/feedback-report");
	for (i = 0; i < 2 && r->n == 0; i++) {
		v = typed_value(bounce_text_field(body, names[i]));
		if (v.len == 0)
			continue;
		b = add(r, v);
		if (b != NULL)
			b->diagnostic = copy_line(r->arena,
			    bounce_text_field(body, "Feedback-Type"),
			    DIAGNOSTIC_MAX);
	}
}

/* RFC 8098: the id of what was read. RFC 5429: a mail that was refused comes
 * back as a receipt that says a machine deleted it. */
static void
read_receipt(struct reading *r, struct slice body)
{
	struct slice v = bounce_text_field(body, "Disposition");
	struct mail_strings ids;

	if (words_find(v, "MDN-sent-automatically") != NULL &&
	    words_find(v, "deleted") != NULL &&
	    bounce_text_says_failed(slice_of(r->mail->text))) {
		set_kind(r, MAIL_BOUNCE, "part: mail refused by a filter");
		v = typed_value(bounce_text_field(body, "Final-Recipient"));
		r->refused = v;
	} else {
		set_kind(r, MAIL_RECEIPT,
		    "part: message/disposition-notification");
	}
	v = bounce_text_field(body, "Original-Message-ID");
	if (v.len == 0 || r->original_id != NULL)
		return;
	ids = thread_ids(v, r->arena);
	if (ids.n > 0)
		r->original_id = ids.v[0];
}

static void
read_parts(struct reading *r, const struct bounce_part *parts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (type_is(&parts[i], "message/delivery-status",
		    "message/global-delivery-status")) {
			read_fields(r, parts[i].body);
			r->report = true;
		} else if (type_is(&parts[i], "message/feedback-report",
		    "message/feedback-report")) {
			read_feedback(r, parts[i].body);
		} else if (type_is(&parts[i],
		    "message/disposition-notification",
		    "message/global-disposition-notification")) {
			read_receipt(r, parts[i].body);
		} else if (type_is(&parts[i], "message/rfc822",
		    "text/rfc822-headers") || type_is(&parts[i],
		    "message/global", "message/global-headers") ||
		    type_is(&parts[i], "message/rfc822-headers",
		    "text/rfc822-header")) {
			read_original(r, head_of(parts[i].body));
		}
	}
}

/* Does the mail come from where only machines write? */
static bool
is_from_machine(const struct mail *mail, const struct header_list *headers)
{
	static const char *const addresses[] = {
		"mailer-daemon", "postmaster", "mdaemon@",
		"mail.delivery.system", "mail-daemon", "mailerdaemon",
		"maildaemon", "imss@", "smtp_mail", "autoreply-bounce",
	};
	static const char *const names[] = {
		"mailer-daemon", "mail delivery", "delivery subsystem",
		"postmaster", "system administrator", "mailer daemon",
		"delivery system", "jetmail", "mail system", "mail_service",
		"antivirus", "anti-virus", "mail gateway", "smtp_gateway",
	};
	const struct header_field *f = header_get(headers, "Return-Path");
	size_t i;

	if (mail->null_return_path || mail->from.address == NULL)
		return true;
	for (i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
		if (words_start(slice_of(mail->from.address), addresses[i]))
			return true;
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (words_find(slice_of(mail->from.name), names[i]) != NULL ||
		    words_find(slice_of(mail->from.address), names[i]) !=
		    NULL)
			return true;
	return f != NULL && words_find(f->value, "mailer-daemon") != NULL;
}

static void
take_found(struct reading *r, const struct bounce_found *found, size_t n,
    bool delayed)
{
	char status[BOUNCE_STATUS_MAX];
	struct mail_bounced *b;
	struct slice said;
	size_t i;

	for (i = 0; i < n; i++) {
		b = add(r, found[i].address);
		if (b == NULL)
			return;
		said = folded(r->arena, found[i].said);
		if (bounce_status_guess(said, status))
			b->status = arena_strdup(r->arena, status);
		b->action = delayed ? "delayed" : "failed";
		b->diagnostic = copy_line(r->arena, said, DIAGNOSTIC_MAX);
	}
}

/* Exim and Gmail name those who failed in a field. */
static size_t
failed_recipients(struct reading *r, struct slice report,
    struct bounce_found *out)
{
	const struct header_field *f;
	struct slice rest, a;
	size_t n = 0;

	for (f = header_get(r->headers, "X-Failed-Recipients"); f != NULL;
	    f = header_next(r->headers, f, "X-Failed-Recipients")) {
		rest = f->value;
		while (n < BOUNCE_RECIPIENTS_MAX) {
			a = bounce_text_address(rest, &rest);
			if (a.p == NULL)
				break;
			out[n++] = (struct bounce_found){ a, report, false };
		}
	}
	return n;
}

/* What was said of each in the text belongs to the recipient of the field. */
static void
join_said(struct bounce_found *v, size_t n, const struct bounce_found *text,
    size_t ntext)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < ntext; k++)
			if (text_ieq(v[i].address, text[k].address))
				v[i].said = text[k].said;
}

/* Named by the local part alone: the domain is the reporter's. */
static struct slice
local_recipient(struct reading *r, struct slice report)
{
	struct slice local = bounce_text_local(report), none = { NULL, 0 };
	const char *from = r->mail->from.address;
	const char *at = from == NULL ? NULL : strchr(from, '@');

	if (local.len == 0 || at == NULL)
		return none;
	return slice_of(arena_printf(r->arena, "%.*s%s", (int)local.len,
	    local.p, at));
}

static void
read_prose(struct reading *r, struct slice report, struct slice copy)
{
	struct bounce_found *text, *field;
	size_t ntext, nfield;
	struct slice to, rest;

	text = arena_calloc(r->arena, BOUNCE_RECIPIENTS_MAX, sizeof *text);
	field = arena_calloc(r->arena, BOUNCE_RECIPIENTS_MAX, sizeof *field);
	if (text == NULL || field == NULL)
		return;
	nfield = failed_recipients(r, report, field);
	ntext = bounce_text_recipients(report, r->mail->from.address, text,
	    BOUNCE_RECIPIENTS_MAX);
	if (nfield > 0) {
		join_said(field, nfield, text, ntext);
		text = field;
		ntext = nfield;
	} else if (ntext == 0) {
		to = bounce_text_address(bounce_text_field(copy, "To"),
		    &rest);
		if (to.len == 0)
			to = local_recipient(r, report);
		text[0] = (struct bounce_found){ to, report,
		    false };
		ntext = to.len > 0;
	}
	take_found(r, text, ntext, bounce_text_says_delayed(report));
}

static bool
has_typed_fields(struct slice report)
{
	if (report.len > BOUNCE_TEXT_MAX)
		report.len = BOUNCE_TEXT_MAX;
	return words_find(report, "\nFinal-Recipient:") != NULL &&
	    words_find(report, "\nAction:") != NULL;
}

/* Does the copy of a mail stand below the report, with what only mail has? */
static bool
has_copy(struct slice copy)
{
	return bounce_text_field(copy, "Message-ID").len > 0 ||
	    bounce_text_field(copy, "Received").len > 0;
}

/* "--- Non-Delivery Report ---" on top: no letter starts so, unless with what a
 * client puts above a mail that is passed on. */
static bool
has_title(struct slice report)
{
	struct slice line;

	while (text_line(&report, &line))
		if (text_trim(line).len > 0)
			return quote_is_row(line, 3) &&
			    quote_rule(line) == RULE_NONE;
	return false;
}

static bool
says_bounce(struct slice report)
{
	return bounce_text_says_failed(report) ||
	    bounce_text_says_delayed(report);
}

/* Signs of a bounce that is no RFC 3464 one: a machine sent it, and its subject
 * or its text says so. Of mail from elsewhere, which a person may have written
 * about a bounce, all is asked: subject, text, and the copy or a title. */
static bool
looks_like_bounce(const struct reading *r, struct slice report,
    struct slice copy)
{
	struct slice subject = slice_of(r->mail->subject);
	bool named;

	if (r->mail->kind == MAIL_BOUNCE ||
	    header_get(r->headers, "X-Failed-Recipients") != NULL)
		return true;
	if (r->mail->kind != MAIL_PERSON && r->mail->kind != MAIL_AUTO_REPLY &&
	    r->mail->kind != MAIL_BULK)
		return false;
	named = bounce_text_subject(subject);
	if (is_from_machine(r->mail, r->headers))
		return named || says_bounce(report);
	return named && (has_copy(copy) || has_title(report)) &&
	    says_bounce(report);
}

/* Somebody answers or passes on a report that somebody else got: their mail, not
 * a report. One that is typed as a report itself, or that a machine sent, is
 * none of that. */
static bool
is_passed_on(const struct reading *r)
{
	bool reply, forward;

	thread_subject_base(slice_of(r->mail->subject), &reply, &forward);
	return (reply || forward) && r->mail->kind == MAIL_PERSON &&
	    !is_from_machine(r->mail, r->headers);
}

static void
finish(struct reading *r)
{
	struct mail_bounce *bounce;
	size_t i;

	if (r->n == 0 && r->original_id == NULL &&
	    r->mail->kind != MAIL_BOUNCE)
		return;
	if (r->mail->kind != MAIL_BOUNCE &&
	    r->mail->kind != MAIL_ABUSE_REPORT &&
	    r->mail->kind != MAIL_RECEIPT)
		return;
	bounce = arena_calloc(r->arena, 1, sizeof *bounce);
	if (bounce == NULL)
		return;
	bounce->original_message_id = r->original_id;
	bounce->v = r->v;
	bounce->n = r->n;
	for (i = 0; i < r->n; i++)
		if (bounce->v[i].action == NULL)
			bounce->v[i].action = "failed";
	r->mail->bounce = bounce;
}

void
bounce_read(struct mail *mail, const struct bounce_part *parts, size_t n,
    const struct header_list *headers, struct arena *arena)
{
	struct reading r = { .mail = mail, .headers = headers,
	    .arena = arena };
	struct slice report, copy;
	size_t i;

	mail->bounce = NULL;
	if (is_passed_on(&r))
		return;
	read_parts(&r, parts, n);
	if (r.report && r.n > 0)
		set_kind(&r, MAIL_BOUNCE, "part: message/delivery-status");
	report = bounce_text_report(slice_of(mail->text), &copy);
	if (r.n == 0 && mail->kind != MAIL_RECEIPT &&
	    mail->kind != MAIL_ABUSE_REPORT && mail->kind != MAIL_LOOP &&
	    looks_like_bounce(&r, report, copy)) {
		set_kind(&r, MAIL_BOUNCE, "text: says mail was not delivered");
		if (has_typed_fields(report))
			read_fields(&r, report);
		for (i = 0; i < n && r.n == 0; i++)
			if (type_is(&parts[i], "message/rfc822", "text/plain")
			    && has_typed_fields(parts[i].body))
				read_fields(&r, parts[i].body);
		if (r.n == 0)
			read_prose(&r, report, copy);
		if (r.n == 0 && r.refused.len > 0)
			add(&r, r.refused);
	}
	if (mail->kind == MAIL_BOUNCE)
		read_original(&r, copy);
	finish(&r);
}
