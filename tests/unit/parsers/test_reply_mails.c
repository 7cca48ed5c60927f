/* Whole mails as clients write them, tests/fixtures/reply/NAME.eml, and the
 * reply that is to be read from each, NAME.reply. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "parsers/mail.h"

#define FOLDER "tests/fixtures/reply"

static void
slurp(const char *name, int stem, const char *suffix, struct buf *out)
{
	char path[300], chunk[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, FOLDER "/%.*s%s", stem, name, suffix);
	f = fopen(path, "rb");
	assert_non_null(f);
	buf_reset(out);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(out, chunk, n);
	fclose(f);
}

static void
check(const char *name, int stem)
{
	struct buf raw = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
	struct arena *arena = arena_new(64 << 20);
	struct mail *mail;
	struct err err;
	size_t at = 0;

	print_message("%s\n", name);
	slurp(name, stem, ".eml", &raw);
	slurp(name, stem, ".reply", &want);
	assert_int_equal(mail_parse(buf_slice(&raw), &mail_limits_default,
	    arena, &mail, &err), 0);
	assert_int_equal(mail->kind, MAIL_PERSON);
	assert_true(slice_eq(text_trim(buf_slice(&want)),
	    text_trim(slice_of(mail->reply))));
	for (size_t i = 0; i < mail->nspans; i++) {
		assert_int_equal(mail->spans[i].offset, at);
		at += mail->spans[i].length;
	}
	assert_int_equal(at, strlen(mail->text));
	buf_free(&raw);
	buf_free(&want);
	arena_free(&arena);
}

static void
test_mails(void **state)
{
	DIR *dir = opendir(FOLDER);
	struct dirent *e;
	int n = 0;

	(void)state;
	assert_non_null(dir);
	for (e = readdir(dir); e != NULL; e = readdir(dir)) {
		if (!text_iends(slice_of(e->d_name), ".eml"))
			continue;
		check(e->d_name, (int)strlen(e->d_name) - 4);
		n++;
	}
	closedir(dir);
	assert_true(n >= 28);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
