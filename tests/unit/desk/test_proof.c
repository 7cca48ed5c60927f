#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "desk/proof.h"

#define OURS	"mail.campus.example"

/* One line of a trace: R host, or A id with one result. */
struct line {
	enum mail_trace_kind	 kind;
	const char		*by;
	const char		*method, *result, *property;
};

#define R(host)			{ TRACE_RECEIVED, host, NULL, NULL, NULL }
#define A(id, m, r, p)		{ TRACE_AUTHRES, id, m, r, p }

static enum proof_verdict
verdict(const char *authserv_id, const char *const *own, size_t nown,
    const struct line *lines, size_t n, unsigned from_count)
{
	struct settings_mailbox mb = { .name = "inbox",
	    .authserv_id = authserv_id };
	struct mail_authres res[8];
	struct mail_trace trace[8];
	struct mail mail = { .from = { NULL, "jo@students.example" },
	    .from_count = from_count, .trace = trace };

	mb.received_by = (struct strings){ (const char **)own, nown };
	for (mail.ntrace = 0; mail.ntrace < n &&
	    (lines[mail.ntrace].by != NULL ||
	    lines[mail.ntrace].method != NULL); mail.ntrace++) {
		const struct line *l = &lines[mail.ntrace];

		res[mail.ntrace] = (struct mail_authres){ l->method,
		    l->result, l->property };
		trace[mail.ntrace] = (struct mail_trace){ l->kind, l->by,
		    &res[mail.ntrace], l->method != NULL };
	}
	return proof_verdict(&mb, &mail);
}

static void
test_named(void **state)
{
	static const char *const own[] = { "mx2.campus.example", OURS };
	static const struct {
		const char		*what;
		size_t			 nown;	/* of own; 0: the id's host */
		struct line		 lines[6];
		enum proof_verdict	 want;
	} t[] = {
		{ "dmarc pass above the border", 0,
		    { A(OURS, "dmarc", "pass", "students.example"), R(OURS) },
		    PROOF_PASS },
		{ "below the border it is the sender's", 0,
		    { R(OURS), A(OURS, "dmarc", "pass", "students.example") },
		    PROOF_UNKNOWN },
		{ "no border line, no trust", 0,
		    { A(OURS, "dmarc", "pass", "students.example") },
		    PROOF_UNKNOWN },
		{ "another host on top: no trust", 0,
		    { A(OURS, "dmarc", "pass", "students.example"),
		      R("evil.example"), R(OURS) }, PROOF_UNKNOWN },
		{ "two own hosts, in order", 2,
		    { R("mx2.campus.example"),
		      A(OURS, "dmarc", "pass", "students.example"), R(OURS) },
		    PROOF_PASS },
		{ "a forged third line of ours is below", 2,
		    { R("mx2.campus.example"), R(OURS),
		      A(OURS, "dmarc", "pass", "students.example"), R(OURS) },
		    PROOF_UNKNOWN },
		{ "own hosts out of order", 2,
		    { A(OURS, "dmarc", "pass", "students.example"), R(OURS),
		      R("mx2.campus.example") }, PROOF_UNKNOWN },
		{ "another authserv-id", 0,
		    { A("mx.evil", "dmarc", "pass", "students.example"),
		      R(OURS) }, PROOF_UNKNOWN },
		{ "another domain", 0,
		    { A(OURS, "dmarc", "pass", "other.example"), R(OURS) },
		    PROOF_UNKNOWN },
		{ "dmarc fail", 0,
		    { A(OURS, "dmarc", "fail", "students.example"), R(OURS) },
		    PROOF_FAIL },
		{ "two that disagree", 0,
		    { A(OURS, "dmarc", "pass", "students.example"),
		      A(OURS, "dmarc", "none", "students.example"), R(OURS) },
		    PROOF_UNKNOWN },
		{ "dmarc none: dkim does not help", 0,
		    { A(OURS, "dmarc", "none", "students.example"),
		      A(OURS, "dkim", "pass", "students.example"), R(OURS) },
		    PROOF_UNKNOWN },
		{ "without dmarc: dkim of exactly From's domain", 0,
		    { A(OURS, "dkim", "pass", "students.example"), R(OURS) },
		    PROOF_PASS },
		{ "dkim of the parent domain", 0,
		    { A(OURS, "dkim", "pass", "example"), R(OURS) },
		    PROOF_UNKNOWN },
		{ "spf of From's domain", 0,
		    { A(OURS, "spf", "pass", "bounce@students.example"),
		      R(OURS) }, PROOF_PASS },
		{ "auth of exactly From", 0,
		    { A(OURS, "auth", "pass", "jo@students.example"),
		      R(OURS) }, PROOF_PASS },
		{ "auth of a neighbour", 0,
		    { A(OURS, "auth", "pass", "eve@students.example"),
		      R(OURS) }, PROOF_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].what);
		assert_int_equal(verdict(OURS, own, t[i].nown, t[i].lines, 6,
		    1), t[i].want);
		/* two Froms never pass */
		if (t[i].want == PROOF_PASS)
			assert_int_equal(verdict(OURS, own, t[i].nown,
			    t[i].lines, 6, 2), PROOF_UNKNOWN);
		/* without an authserv-id nothing is believed */
		assert_int_equal(verdict("", own, t[i].nown, t[i].lines, 6,
		    1), PROOF_UNKNOWN);
	}
}

static void
test_providers(void **state)
{
	static const struct {
		const char		*id;
		struct line		 lines[6];
		enum proof_verdict	 want;
	} t[] = {
		{ "gmail", { R("mx.google.com"), A("mx.google.com", "dmarc",
		    "pass", "students.example") }, PROOF_PASS },
		{ "gmail", { A("mx.google.com", "dmarc", "pass",
		    "students.example"), R("mx.google.com") },
		    PROOF_UNKNOWN },
		{ "gmail", { R("mx.google.com"), R("x.example"),
		    A("mx.google.com", "dmarc", "pass", "students.example") },
		    PROOF_UNKNOWN },
		{ "m365", { R("a.prod.outlook.com"), A(NULL, "dmarc", "pass",
		    "students.example"), R("b.mail.protection.outlook.com"),
		    R("sender.example") }, PROOF_PASS },
		{ "m365", { R("a.prod.outlook.com"), R("sender.example"),
		    A(NULL, "dmarc", "pass", "students.example") },
		    PROOF_UNKNOWN },
		{ "m365", { R("a.prod.outlook.com"), A("x.example", "dmarc",
		    "pass", "students.example"),
		    R("b.mail.protection.outlook.com") }, PROOF_UNKNOWN },
		/* the sender's own line below the real one, which knows of no
		 * dmarc: they disagree */
		{ "gmail", { R("mx.google.com"), A("mx.google.com", "spf",
		    "pass", "evil.example"), A("mx.google.com", "dmarc",
		    "pass", "students.example") }, PROOF_UNKNOWN },
		{ "m365", { R("a.prod.outlook.com"), A(NULL, "spf", "pass",
		    "evil.example"), A(NULL, "dmarc", "pass",
		    "students.example"), R("evil.outlook.com") },
		    PROOF_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s %zu\n", t[i].id, i);
		assert_int_equal(verdict(t[i].id, NULL, 0, t[i].lines, 6, 1),
		    t[i].want);
	}
}

/* staff-proof × token × what the border says × does it judge at all */
static void
test_staff_may_act(void **state)
{
	static const struct {
		enum settings_proof	setting;
		bool			judged, token;
		enum proof_verdict	verdict;
		bool			want;
	} t[] = {
		{ PROOF_AUTO, false, false, PROOF_UNKNOWN, false },
		{ PROOF_AUTO, false, true, PROOF_UNKNOWN, true },
		{ PROOF_AUTO, true, true, PROOF_UNKNOWN, false },
		{ PROOF_AUTO, true, true, PROOF_PASS, true },
		{ PROOF_AUTO, true, false, PROOF_PASS, false },
		{ PROOF_AUTO, true, true, PROOF_FAIL, false },
		{ PROOF_TOKEN, true, true, PROOF_UNKNOWN, true },
		{ PROOF_TOKEN, true, false, PROOF_PASS, false },
		{ PROOF_VERIFIED, true, false, PROOF_PASS, true },
		{ PROOF_VERIFIED, true, true, PROOF_UNKNOWN, false },
		{ PROOF_BOTH, true, true, PROOF_PASS, true },
		{ PROOF_BOTH, true, false, PROOF_PASS, false },
		{ PROOF_BOTH, false, true, PROOF_UNKNOWN, false },
		{ PROOF_NONE, false, false, PROOF_UNKNOWN, true },
		{ PROOF_NONE, true, true, PROOF_FAIL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct settings s = { .staff_proof = t[i].setting };
		struct settings_mailbox mb = { .authserv_id =
		    t[i].judged ? OURS : "" };

		print_message("%zu\n", i);
		assert_int_equal(proof_staff_may_act(&s, &mb, t[i].token,
		    t[i].verdict), t[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_providers),
		cmocka_unit_test(test_staff_may_act),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
