#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/thread.h"
#include "tests/unit/parsers/headers.h"

#define A_MAC	"abcdefghijklmnop"
#define OUR(t)	"campusdesk." t ".7." A_MAC "@campus.example"

static const char *
joined(struct arena *a, struct mail_strings s)
{
	const char *out = "";

	for (size_t i = 0; i < s.n; i++)
		out = arena_printf(a, "%s%s%s", out, i == 0 ? "" : "|",
		    s.v[i]);
	return out;
}

static void
test_ids(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "" },
		{ "<a@b>", "a@b" },
		{ "<a@b> <c@d>", "a@b|c@d" },
		{ "<a@b>, <c@d>,<e@f>", "a@b|c@d|e@f" },
		{ "<a@b><c@d>", "a@b|c@d" },
		{ "<a@b\r\n c>", "a@bc" },
		{ "Your message of \"Thu, 1 Jan\" <a@b>", "a@b" },
		{ "<a@b> (from jo@x.example)", "a@b" },
		{ "<a@b> <c@d", "a@b|c@d" },
		{ "<a@b> <c", "a@b|c" },
		{ "a@b", "a@b" },
		{ "a@b c@d", "a@b|c@d" },
		{ "a@b,c@d", "a@b|c@d" },
		{ "message of Jo (jo@x.example) a@b", "a@b" },
		{ "only-word", "only-word" },
		{ "two words", "" },
		{ "<>", "" },
		{ "<<a@b>>", "a@b" },
		{ "((((((", "" },
		{ "<\"quoted id\"@x>", "\"quotedid\"@x" },
	};
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].in);
		assert_string_equal(joined(a, thread_ids((struct slice){
		    t[i].in, strlen(t[i].in) }, a)), t[i].out);
	}
	arena_free(&a);
}

static void
test_newest_ids_are_kept(void **state)
{
	struct arena *a = arena_new(1 << 22);
	char *in = malloc(20 * 1000 + 1);
	struct mail_strings ids;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		n += (size_t)snprintf(in + n, 20, "<%d@x> ", i);
	ids = thread_ids((struct slice){ in, n }, a);
	assert_int_equal(ids.n, THREAD_IDS_MAX);
	assert_string_equal(ids.v[ids.n - 1], "999@x");
	free(in);
	arena_free(&a);
}

static void
test_our_id(void **state)
{
	static const struct { const char *id; int64_t ticket; } t[] = {
		{ OUR("1042"), 1042 },
		{ OUR("0"), 0 },
		{ "Campusdesk.5.7." A_MAC "@CAMPUS.example", 5 },
		{ "campusdesk.1042.7." A_MAC "@", -1 },
		{ "campusdesk.1042.7." A_MAC, -1 },
		{ "campusdesk.1042.7.abcdefghijklmno@x", -1 },
		{ "campusdesk.1042.7.abcdefghijklmno1@x", -1 },
		{ "campusdesk.x.7." A_MAC "@x", -1 },
		{ "campusdesk.1042." A_MAC "@x", -1 },
		{ "campusdesk.9999999999999999999.7." A_MAC "@x", -1 },
		{ "x" OUR("1042"), -1 },
		{ OUR("1042") ">", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int64_t ticket = -1;
		bool ours = thread_our_id((struct slice){ t[i].id,
		    strlen(t[i].id) }, &ticket);

		print_message("%s\n", t[i].id);
		assert_int_equal(ours, t[i].ticket >= 0);
		assert_int_equal(ticket, t[i].ticket);
	}
}

static void
test_subject(void **state)
{
	static const struct {
		const char	*subject;
		int64_t		 ticket;
		const char	*base;
		bool		 reply, forward;
	} t[] = {
		{ "[#1042] Printer", 1042, "[#1042] Printer", false, false },
		{ "Re: [#1042] Printer", 1042, "[#1042] Printer", true,
		    false },
		{ "AW: WG: [#7] x", 7, "[#7] x", true, false },
		{ "RE[2]: [#7] x", 7, "[#7] x", true, false },
		{ "Re^3: x", 0, "x", true, false },
		{ "Antw: SV: Re:VS:[#8]", 8, "[#8]", true, false },
		{ "Fwd: Re: x", 0, "x", false, true },
		{ "WG: x", 0, "x", false, true },
		{ "TR : x", 0, "x", false, true },
		{ "回复：x", 0, "x", true, false },
		{ "Re: \xd0\x9d\xd0\xb0: x", 0, "x", true, false },
		{ "Odp: x", 0, "x", true, false },
		{ "YNT: x", 0, "x", true, false },
		{ "Reset my password", 0, "Reset my password", false, false },
		{ "[#0] x", 0, "[#0] x", false, false },
		{ "[#12x] [#13]", 13, "[#12x] [#13]", false, false },
		{ "[#99999999999999999999]", 0, "[#99999999999999999999]",
		    false, false },
		{ "#1042", 0, "#1042", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct slice s = { t[i].subject, strlen(t[i].subject) }, base;
		bool reply, forward;

		print_message("%s\n", t[i].subject);
		assert_int_equal(thread_subject_ticket(s), t[i].ticket);
		base = thread_subject_base(s, &reply, &forward);
		assert_true(slice_is(base, t[i].base));
		assert_int_equal(reply, t[i].reply);
		assert_int_equal(forward, t[i].forward);
	}
}

static void
test_read(void **state)
{
	static struct mail_address to[] = {
		{ "Desk", "helpdesk+abc@campus.example" },
		{ NULL, NULL },
		{ NULL, "HELPDESK@campus.example" },
	};
	struct arena *a = arena_new(1 << 20);
	struct mail m = { .subject = "Re: [#5] x",
	    .text = "see (" OUR("31") ").\n", .to = { to, 3 } };
	struct headers h;

	(void)state;
	headers_of(&h, "Delivered-To: helpdesk@campus.example\n"
	    "X-Original-To: <helpdesk+abc@campus.example>\n"
	    "In-Reply-To: <x@y>\n"
	    "References: <" OUR("11") "> <" OUR("12") "> <" OUR("0") ">\n");
	thread_read(&m, &h.list, a);
	assert_string_equal(joined(a, m.in_reply_to), "x@y");
	assert_string_equal(joined(a, m.our_ids), OUR("0") "|" OUR("12") "|"
	    OUR("11") "|" OUR("31"));
	assert_int_equal(m.ticket, 12);		/* 0 is about no ticket */
	assert_int_equal(m.subject_ticket, 5);
	assert_string_equal(joined(a, m.recipients),
	    "helpdesk@campus.example|helpdesk+abc@campus.example");

	m = (struct mail){ .subject = "Re: [#5] x", .text = "" };
	headers_of(&h, "References: a@b\n");
	thread_read(&m, &h.list, a);
	assert_int_equal(m.ticket, 5);
	assert_int_equal(m.in_reply_to.n, 0);
	assert_int_equal(m.our_ids.n, 0);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_newest_ids_are_kept),
		cmocka_unit_test(test_our_id),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
