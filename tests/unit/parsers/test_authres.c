#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/authres.h"
#include "tests/unit/parsers/headers.h"

/* "id: method=result property; …" */
static const char *
shown(struct arena *a, const struct mail_trace *t)
{
	const char *out = arena_printf(a, "%s:", t->by == NULL ? "-" : t->by);

	for (size_t i = 0; i < t->n; i++)
		out = arena_printf(a, "%s %s=%s %s;", out,
		    t->results[i].method, t->results[i].result,
		    t->results[i].property == NULL ? "-" :
		    t->results[i].property);
	return out;
}

static void
test_parse(void **state)
{
	static const struct { const char *in; bool ok; const char *out; } t[] = {
		{ "mail.example; none", true, "mail.example:" },
		{ "mail.example 1; none", true, "mail.example:" },
		{ "Mail.Example; spf=pass smtp.mailfrom=x.example", true,
		    "mail.example: spf=pass x.example;" },
		{ "m; dkim=pass header.d=x.example; dmarc=pass "
		    "header.from=x.example", true,
		    "m: dkim=pass x.example; dmarc=pass x.example;" },
		{ "m; SPF=Pass (all (well) here) smtp.mailfrom=\"a b\"@x",
		    true, "m: spf=pass \"a b\"@x;" },
		{ "m (comment); auth (a) = (b) pass (cram-md5) "
		    "smtp . auth = jo@x", true, "m: auth=pass -;" },
		{ "m; auth=pass (cram-md5) smtp.auth=jo@x.example", true,
		    "m: auth=pass jo@x.example;" },
		{ "m; dkim/1=fail reason=\"bad; very\" header.d=x", true,
		    "m: dkim=fail x;" },
		{ "\"quoted id\"; spf=none", true, "quoted id: spf=none -;" },
		/* Gmail */
		{ "mx.google.com; dkim=pass header.i=@x.example header.s=s "
		    "header.b=Ab+/; spf=pass (google.com: domain of a@x.example"
		    " designates 192.0.2.1 as permitted sender) "
		    "smtp.mailfrom=a@x.example; dmarc=pass (p=NONE sp=NONE) "
		    "header.from=x.example", true,
		    "mx.google.com: dkim=pass x.example; spf=pass a@x.example;"
		    " dmarc=pass x.example;" },
		/* Microsoft 365 */
		{ "spf=pass (sender IP is 192.0.2.1) "
		    "smtp.mailfrom=x.example; dkim=pass (signature was "
		    "verified) header.d=x.example;dmarc=pass action=none "
		    "header.from=x.example;compauth=pass reason=100", true,
		    "-: spf=pass x.example; dkim=pass x.example; dmarc=pass "
		    "x.example; compauth=pass -;" },
		{ "dkim=none (message not signed) header.d=none;", true,
		    "-: dkim=none none;" },
		/* a value twice, and not the same */
		{ "m; dmarc=pass header.from=a header.from=b", true,
		    "m: dmarc=pass -;" },
		{ "m; dmarc=pass header.from=a header.from=A", true,
		    "m: dmarc=pass A;" },
		/* what a sender may have typed stays inside its quotes */
		{ "m; spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=v\"@e",
		    true,
		    "m: spf=pass \"x; dmarc=pass header.from=v\"@e;" },
		/* broken: nothing is believed */
		{ "m; spf=pass smtp.mailfrom=\"x", false, "m:" },
		{ "m; spf=pass (never closed", false, "m:" },
		{ "m; spf pass", false, "m:" },
		{ "m; spf=", false, "m:" },
		{ "m; dmarc=pass header.from", false, "m:" },
		{ "m x; spf=pass", false, "-:" },
		{ "m; =pass", false, "m:" },
		{ "", false, "-:" },
		{ ";", false, "-:" },
	};
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct mail_trace trace;
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);

		print_message("%s\n", t[i].in);
		assert_int_equal(authres_parse((struct slice){ in, len }, a,
		    &trace), t[i].ok);
		assert_string_equal(shown(a, &trace), t[i].out);
		free(in);
	}
	arena_free(&a);
}

static void
test_received(void **state)
{
	static const struct { const char *in, *by; } t[] = {
		{ "from a.example (a.example [192.0.2.1]) by Mail.Example "
		    "with ESMTPS id x; Mon, 1 Jan 2026 00:00:00 +0000",
		    "mail.example" },
		{ "by 192.0.2.1 with HTTP; Mon", "192.0.2.1" },
		{ "from by by mail.example", "mail.example" },
		{ "from x (by other.example) by mail.example;",
		    "mail.example" },
		{ "(qmail 1 invoked by uid 0); 1 Jan 2026", NULL },
		{ "from x by", NULL },
		{ "from x by mail.example.; y", "mail.example" },
		{ "", NULL },
	};
	struct arena *a = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		const char *by = authres_received_by((struct slice){ t[i].in,
		    strlen(t[i].in) }, a);

		print_message("%s\n", t[i].in);
		assert_int_equal(by == NULL, t[i].by == NULL);
		if (by != NULL)
			assert_string_equal(by, t[i].by);
	}
	arena_free(&a);
}

static void
test_read(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct mail m = { 0 };
	struct headers h;
	char text[4096] = "";

	(void)state;
	headers_of(&h, "Authentication-Results: m; spf=pass\n"
	    "X-Other: 1\nReceived: from x by border.example\n"
	    "ARC-Authentication-Results: i=1; z; dmarc=pass\n"
	    "Authentication-Results: forged; dmarc=pass\n");
	authres_read(&m, &h.list, a);
	assert_int_equal(m.ntrace, 3);
	assert_int_equal(m.trace[0].kind, TRACE_AUTHRES);
	assert_int_equal(m.trace[1].kind, TRACE_RECEIVED);
	assert_string_equal(m.trace[1].by, "border.example");
	assert_string_equal(m.trace[2].by, "forged");

	for (int i = 0; i < 100; i++)
		memcpy(text + i * 15, "Received: by x\n", 16);
	headers_of(&h, text);
	authres_read(&m, &h.list, a);
	assert_int_equal(m.ntrace, AUTHRES_MAX);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
