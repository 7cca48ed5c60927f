#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parsers/address.h"

/* The list as "name|address;" with "-" for what is not there. */
static void
test_address(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "" },
		{ "jo@a.example", "-|jo@a.example;" },
		{ "<jo@a.example>", "-|jo@a.example;" },
		{ "Jo <jo@a.example>", "Jo|jo@a.example;" },
		{ "\"Doe, Jo\" <jo@a.example>", "Doe, Jo|jo@a.example;" },
		{ "\"Jo \\\"J\\\" D\" <jo@a.example>",
		    "Jo \"J\" D|jo@a.example;" },
		{ "jo@a.example (Jo D)", "Jo D|jo@a.example;" },
		{ "jo@a.example (Jo (the) D)", "Jo (the) D|jo@a.example;" },
		{ "Jo (x) D <jo@a.example>", "Jo D|jo@a.example;" },
		{ "a@x.example, b@x.example", "-|a@x.example;-|b@x.example;" },
		{ "a@x.example; B <b@x.example>",
		    "-|a@x.example;B|b@x.example;" },
		/* names without the quotes they need */
		{ "Jo D. Doe <jo@a.example>", "Jo D. Doe|jo@a.example;" },
		{ "Doe, Jo <jo@a.example>", "Doe, Jo|jo@a.example;" },
		{ "Jo @ Work <jo@a.example>", "Jo @ Work|jo@a.example;" },
		{ "Jo: IT <jo@a.example>", "IT|jo@a.example;" },
		/* groups */
		{ "Team: a@x.example, B <b@x.example>;, c@x.example",
		    "-|a@x.example;B|b@x.example;-|c@x.example;" },
		{ "undisclosed-recipients:;", "" },
		{ "Undisclosed recipients: ;", "" },
		/* odd brackets, blanks, routes */
		{ "Jo <<jo@a.example>>", "Jo|jo@a.example;" },
		{ "Jo <jo@a.example", "Jo|jo@a.example;" },
		{ "<@r.example,@s.example:jo@a.example>", "-|jo@a.example;" },
		{ "<jo @ a . example>", "-|jo@a.example;" },
		{ "jo @ a.example", "-|jo@a.example;" },
		{ "<mailto:jo@a.example>", "-|jo@a.example;" },
		{ "'jo@a.example'", "-|jo@a.example;" },
		{ "\"jo@a.example\" <jo@a.example>",
		    "jo@a.example|jo@a.example;" },
		{ "\"jo doe\"@a.example", "-|\"jo doe\"@a.example;" },
		{ "Jo jo@a.example", "Jo|jo@a.example;" },
		{ "A <a@x.example> B <b@x.example>",
		    "A|a@x.example;B|b@x.example;" },
		{ "a@x.example <>", "-|a@x.example;" },
		/* encoded */
		{ "=?utf-8?q?J=C3=B6?= <jo@a.example>",
		    "J\xc3\xb6|jo@a.example;" },
		{ "\"=?utf-8?q?J=C3=B6?=\" <jo@a.example>",
		    "J\xc3\xb6|jo@a.example;" },
		{ "=?utf-8?q?Doe,_J=C3=B6?= <jo@a.example>",
		    "Doe, J\xc3\xb6|jo@a.example;" },
		{ "=?utf-8?q?J=C3=B6_=3Cjo=40a.example=3E?=",
		    "J\xc3\xb6|jo@a.example;" },
		{ "J\xf6 <jo@a.example>", "J\xc3\xb6|jo@a.example;" },
		{ "J\xc3\xb6 <j\xc3\xb6@b\xc3\xbc.example>",
		    "J\xc3\xb6|j\xc3\xb6@b\xc3\xbc.example;" },
		/* no address */
		{ "MAILER-DAEMON", "MAILER-DAEMON|-;" },
		{ "<>", "" },
		{ "Jo <>", "Jo|-;" },
		{ "<root>", "root|-;" },
		{ "@", "@|-;" }, { "jo@", "jo@|-;" }, { "@a.example",
		    "@a.example|-;" },
		{ "\"", "" }, { "(", "(|-;" }, { ",,;,", "" },
		{ "a\x01@x.example", "-|a\xef\xbf\xbd@x.example;" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *arena = arena_new(1000000);
		struct mail_addresses list = { 0 };
		struct buf b = BUF_INIT(10000);
		size_t len = strlen(t[i].in);
		char *in = memcpy(malloc(len + !len), t[i].in, len);

		print_message("%s\n", t[i].in);
		address_parse((struct slice){ in, len },
		    (struct slice){ "", 0 }, arena, &list);
		for (size_t k = 0; k < list.n; k++)
			buf_addf(&b, "%s|%s;",
			    list.v[k].name == NULL ? "-" : list.v[k].name,
			    list.v[k].address == NULL ? "-" :
			    list.v[k].address);
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
		free(in);
		arena_free(&arena);
	}
}

/* Floods end, at the bound. */
static void
test_flood(void **state)
{
	static const char *const unit[] = { "a@x.example,", "<", "(", "\"a",
	    "=?utf-8?q?a", "a:", "\\", "a@x.example <b@x.example>" };

	(void)state;
	for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
		struct arena *arena = arena_new(100000000);
		struct mail_addresses list = { 0 };
		struct buf b = BUF_INIT(100000);

		while (!b.failed)
			buf_adds(&b, unit[i]);
		address_parse(buf_slice(&b), (struct slice){ "", 0 }, arena,
		    &list);
		assert_true(list.n <= ADDRESS_MAX);
		for (size_t k = 0; k < list.n; k++) {
			assert_true(list.v[k].name == NULL ||
			    strlen(list.v[k].name) <= ADDRESS_NAME_MAX);
			assert_true(list.v[k].address == NULL ||
			    strlen(list.v[k].address) <= ADDRESS_LENGTH_MAX);
		}
		buf_free(&b);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
