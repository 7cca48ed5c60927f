#include <string.h>

#include "base/text.h"
#include "desk/proof.h"

/* Entries of the trace that we believe, as a half-open range, and the
 * authserv-id that counts in it (NULL: only those without one). */
struct trusted {
	size_t		 from, to;
	const char	*id;
	bool		 each;	/* a sender can write into the range, beside
				 * the provider's own field: each must pass */
};

/* Our own hosts' Received lines, each once, from the top; the last is the
 * border. Without a list, the host that is named as authserv-id. */
static bool
trust_named(const struct settings_mailbox *mailbox, const struct mail *mail,
    struct trusted *t)
{
	const struct strings *own = &mailbox->received_by;
	size_t i, met = 0, want = own->n == 0 ? 1 : own->n;

	for (i = 0; i < mail->ntrace; i++) {
		const char *host = own->n == 0 ? mailbox->authserv_id :
		    own->v[met];

		if (mail->trace[i].kind != TRACE_RECEIVED)
			continue;
		if (mail->trace[i].by == NULL ||
		    !text_ieq(slice_of(mail->trace[i].by), slice_of(host)))
			return false;
		if (++met < want)
			continue;
		*t = (struct trusted){ 0, i, mailbox->authserv_id, false };
		return true;
	}
	return false;
}

/* Microsoft 365 writes its results without an authserv-id, above the Received
 * lines of its own hosts' border. */
static bool
trust_m365(const struct mail *mail, struct trusted *t)
{
	size_t i, last = 0;
	bool met = false;

	for (i = 0; i < mail->ntrace; i++) {
		if (mail->trace[i].kind != TRACE_RECEIVED)
			continue;
		if (mail->trace[i].by == NULL || !text_iends(
		    slice_of(mail->trace[i].by), ".outlook.com"))
			break;
		met = true;
		last = i;
	}
	*t = (struct trusted){ 0, last, NULL, true };
	return met;
}

/* Gmail writes its results just below its own Received line. */
static bool
trust_gmail(const struct mail *mail, struct trusted *t)
{
	size_t i;

	for (i = 0; i < mail->ntrace; i++) {
		if (mail->trace[i].kind != TRACE_RECEIVED)
			continue;
		if (mail->trace[i].by == NULL || !text_ieq(
		    slice_of(mail->trace[i].by), SLICE_LIT("mx.google.com")))
			continue;
		t->from = i + 1;
		for (t->to = i + 1; t->to < mail->ntrace &&
		    mail->trace[t->to].kind == TRACE_AUTHRES; t->to++)
			;
		t->id = "mx.google.com";
		t->each = true;
		return true;
	}
	return false;
}

static bool
same_id(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return text_ieq(slice_of(a), slice_of(b));
}

/* The domain of an address or of "@domain"; the whole when there is no @. */
static struct slice
domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return slice_of(at == NULL ? address : at + 1);
}

/* Does this result, a pass, speak of From? */
static bool
speaks_of(const struct mail_authres *r, const char *from)
{
	if (r->property == NULL)
		return false;
	if (strcmp(r->method, "auth") == 0)
		return text_ieq(slice_of(r->property), slice_of(from));
	return text_ieq(domain_of(r->property), domain_of(from));
}

/* What the believed fields say, together. */
struct weight {
	bool	dmarc, dmarc_pass, dmarc_fail, other_pass;
};

static void
weigh_field(const struct mail_trace *field, const char *from,
    struct weight *w)
{
	size_t i;

	for (i = 0; i < field->n; i++) {
		const struct mail_authres *r = &field->results[i];
		bool pass = strcmp(r->result, "pass") == 0 &&
		    speaks_of(r, from);

		if (strcmp(r->method, "dmarc") != 0) {
			w->other_pass = w->other_pass || pass;
			continue;
		}
		w->dmarc = true;
		w->dmarc_pass = w->dmarc_pass && pass;
		w->dmarc_fail = w->dmarc_fail ||
		    strcmp(r->result, "fail") == 0;
	}
}

static enum proof_verdict
judge(const struct weight *w)
{
	if (w->dmarc_fail)
		return PROOF_FAIL;
	if (w->dmarc ? w->dmarc_pass : w->other_pass)
		return PROOF_PASS;
	return PROOF_UNKNOWN;
}

static enum proof_verdict
weigh(const struct mail *mail, const struct trusted *t)
{
	const struct weight none = { .dmarc_pass = true };
	struct weight all = none, one;
	bool doubt = false;
	enum proof_verdict verdict;
	size_t i;

	for (i = t->from; i < t->to; i++) {
		const struct mail_trace *e = &mail->trace[i];

		if (e->kind != TRACE_AUTHRES || !same_id(e->by, t->id))
			continue;
		weigh_field(e, mail->from.address, &all);
		one = none;
		weigh_field(e, mail->from.address, &one);
		doubt = doubt || (t->each && judge(&one) != PROOF_PASS);
	}
	verdict = judge(&all);
	return doubt && verdict == PROOF_PASS ? PROOF_UNKNOWN : verdict;
}

enum proof_verdict
proof_verdict(const struct settings_mailbox *mailbox, const struct mail *mail)
{
	enum proof_verdict verdict;
	struct trusted t;
	bool found;

	if (mailbox == NULL || mailbox->authserv_id[0] == '\0' ||
	    mail->from.address == NULL)
		return PROOF_UNKNOWN;
	if (strcmp(mailbox->authserv_id, "m365") == 0)
		found = trust_m365(mail, &t);
	else if (strcmp(mailbox->authserv_id, "gmail") == 0)
		found = trust_gmail(mail, &t);
	else
		found = trust_named(mailbox, mail, &t);
	if (!found)
		return PROOF_UNKNOWN;
	verdict = weigh(mail, &t);
	if (verdict == PROOF_PASS &&
	    (mail->from_count != 1 || mail->duplicate_headers))
		return PROOF_UNKNOWN;
	return verdict;
}

bool
proof_staff_may_act(const struct settings *settings,
    const struct settings_mailbox *mailbox, bool token,
    enum proof_verdict verdict)
{
	bool verified = verdict == PROOF_PASS;
	bool judged = mailbox != NULL && mailbox->authserv_id[0] != '\0';

	if (verdict == PROOF_FAIL)
		return false;
	switch (settings->staff_proof) {
	case PROOF_AUTO:
		return token && (verified || !judged);
	case PROOF_TOKEN:
		return token;
	case PROOF_VERIFIED:
		return verified;
	case PROOF_BOTH:
		return token && verified;
	case PROOF_NONE:
		return true;
	}
	return false;
}
