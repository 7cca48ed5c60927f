#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/sign_marks.h"

struct row {
	const char	*text;
	bool		 is;
};

static void
check(const struct row *rows, size_t n, bool (*fn)(struct slice s))
{
	size_t i;

	for (i = 0; i < n; i++) {
		print_message("%s\n", rows[i].text);
		assert_int_equal(fn(slice_of(rows[i].text)), rows[i].is);
	}
}
#define CHECK(rows, fn)	check((rows), sizeof (rows) / sizeof (rows)[0], (fn))

/* What a program writes, and beside it what a person might. */
static void
test_app(void **state)
{
	static const struct row rows[] = {
		{ "Sent from my iPhone", true },
		{ "Sent from Yahoo Mail on Android", true },
		{ "Sent from my phone because the network is down", false },
		{ "Sent via the app I get an error 500", false },
		{ "Sent from my phone, is that enough?", false },
		{ "Get Outlook for iOS", true },
		{ "Get Outlook for Android<https://aka.ms/ghei36>", true },
		{ "Get Outlook for Android on my laptop", false },
		{ "Outlook für iOS beziehen", true },
		{ "Outlook für iOS<https://aka.ms/o0ukef> beziehen", true },
		{ "Outlook für Android stürzt ab", false },
		{ "Outlook does not open https://aka.ms/o0ukef", false },
		{ "获取适用于 Android 的 Outlook", true },
		{ "获取 Outlook 邮件失败", false },
		{ "Android용 Outlook 받기", true },
		{ "Android용 Outlook이 작동하지 않습니다", false },
		{ "Von meinem/meiner Galaxy gesendet", true },
		{ "Von meinem Handy aus geht es", false },
		{ "", false },
	};

	(void)state;
	CHECK(rows, sign_is_app);
}

static void
test_disclaimer(void **state)
{
	static const struct row rows[] = {
		{ "This e-mail is confidential and intended only for the "
		  "addressee. If you received this in error, delete this.",
		  true },
		{ "This e-mail says it is confidential and that I received "
		  "this in error; should I delete this?", false },
		{ "Virus-free. www.avast.com", true },
		{ "Scanned by MailScanner, no virus was found", true },
		{ "Scanned by the copier in B-301 it is black", false },
		{ "Please consider the environment before printing", true },
		{ "Confidential papers lie on the copier.", false },
	};

	(void)state;
	CHECK(rows, sign_is_disclaimer);
}

static void
test_banner(void **state)
{
	static const struct row rows[] = {
		{ "CAUTION: This email originated from outside of the "
		  "organization. Do not click links.", true },
		{ "CAUTION: External email", true },
		{ "[EXTERNAL]", true },
		{ "External email does not arrive", false },
		{ "EXTERNAL EMAIL does not arrive at my address any more, "
		  "since Monday noon", false },
		{ "Attention: the door of B-301 is open", false },
		{ "WARNING: my account got external email", false },
	};

	(void)state;
	CHECK(rows, sign_is_banner);
}

static void
test_prose(void **state)
{
	static const struct row rows[] = {
		{ "The door of room B-301 does not lock any more.", true },
		{ "Jo Tan\nRoom B-301\nPhone 12345", false },
		{ "\"The best way out is always through the door.\"", false },
		{ "Visit us at https://campus.example and read all the news.",
		  false },
	};

	(void)state;
	CHECK(rows, sign_is_prose);
}

static void
test_mark(void **state)
{
	static const struct {
		const char		*line;
		enum quote_sureness	 sure;
	} t[] = {
		{ "-- ", QUOTE_SURE }, { "--", QUOTE_WEAK },
		{ "—", QUOTE_WEAK }, { "---", QUOTE_NOT },
		{ "-- Jo", QUOTE_NOT }, { "", QUOTE_NOT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++)
		assert_int_equal(sign_mark(slice_of(t[i].line)), t[i].sure);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_app),
		cmocka_unit_test(test_disclaimer),
		cmocka_unit_test(test_banner),
		cmocka_unit_test(test_prose),
		cmocka_unit_test(test_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
