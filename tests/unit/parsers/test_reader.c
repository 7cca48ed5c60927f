/* From bytes to a struct mail by way of a real child (tests/tools/poison_parse,
 * which reads what does not poison it as campusdesk-parse does). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/paths.h"
#include "parsers/reader.h"

static const struct worker_limits limits = {
	.seconds = 10, .memory = (size_t)256 << 20, .answer = 16 << 20,
	.run = 8,
};

static struct worker *worker;

static int
setup(void **state)
{
	char path[PATHS_MAX];
	struct err err = { 0 };

	(void)state;
	setenv("CAMPUSDESK_PARSE", paths_program("../../tests/poison_parse",
	    path), 1);
	return reader_start((size_t)25 << 20, &limits, &worker, &err);
}

static int
teardown(void **state)
{
	(void)state;
	worker_stop(&worker);
	return 0;
}

static struct blob *
mail_of(const char *subject, const char *body, size_t times)
{
	struct blob *blob = blob_start((size_t)64 << 20);
	struct err err = { 0 };
	char head[256];

	snprintf(head, sizeof head, "From: Zo\xc3\xab <zoe@campus.example>\r\n"
	    "Subject: %s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
	    subject);
	assert_int_equal(blob_add(blob, head, strlen(head), &err), 0);
	while (times-- > 0)
		assert_int_equal(blob_add(blob, body, strlen(body), &err), 0);
	assert_int_equal(blob_done(blob, &err), 0);
	return blob;
}

static void
test_reader(void **state)
{
	static const struct {
		const char	*subject, *body;
		size_t		 times;
		bool		 alone;
		enum worker_end	 end;
		const char	*text;		/* begins with; or the fault */
	} t[] = {
		{ "wifi", "It is slow.\r\n", 1, true, WORKER_OK,
		    "It is slow.\n" },
		{ "=?iso-8859-2?q?=B3=F3d=BC?=", "a\r\n", 1, false, WORKER_OK,
		    "a\n" },
		{ "=?gb18030?b?1tDOxA==?=", "b\r\n", 1, false, WORKER_OK,
		    "b\n" },
		{ "poison:lie", "c\r\n", 1, false, WORKER_LIED, "bad answer" },
		{ "poison:lie-text", "d\r\n", 1, false, WORKER_LIED,
		    "bad answer" },
		{ "poison:crash", "e\r\n", 1, false, WORKER_CRASHED, "" },
		{ "after it", "f\r\n", 1, false, WORKER_OK, "f\n" },
		{ "large", "A line of thirty-two characters\r\n", 50000,
		    false, WORKER_OK, "A line of thirty-two characters\n" },
	};
	static const char *const subjects[] = { "wifi",
		"\xc5\x82\xc3\xb3" "d\xc5\xba", "\xe4\xb8\xad\xe6\x96\x87" };

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct blob *raw = mail_of(t[i].subject, t[i].body, t[i].times);
		struct arena *arena = arena_new((size_t)64 << 20);
		struct mail *mail = NULL;
		struct err why = { 0 };
		enum worker_end end;

		print_message("%s\n", t[i].subject);
		assert_int_equal(reader_read(worker, raw, t[i].alone, arena,
		    &mail, &end, &why), 0);
		assert_int_equal(end, t[i].end);
		if (end == WORKER_OK) {
			assert_string_equal(mail->from.name, "Zo\xc3\xab");
			assert_string_equal(mail->subject, i < 3 ?
			    subjects[i] : t[i].subject);
			assert_memory_equal(mail->text, t[i].text,
			    strlen(t[i].text));
		} else {
			assert_null(mail);
			assert_int_equal(why.code, ERR_INPUT);
			assert_memory_equal(why.msg, t[i].text,
			    strlen(t[i].text));
		}
		arena_free(&arena);
		blob_free(&raw);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
