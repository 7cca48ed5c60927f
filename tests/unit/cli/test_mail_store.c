#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/mail_store.h"
#include "cli/progress.h"

#define MAX	1000

static char dir[64];

static int
make(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/mail-store-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
drop(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof command, "%s/mbox", dir);
	unlink(command);
	return rmdir(dir);
}

static const char *
file(const char *name, const char *text, size_t len)
{
	static char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
	return path;
}

/* All mails of it with "|" behind each, "*" for one that was too long. */
static void
read_all(const char *name, char *out, size_t size)
{
	struct mail_store *store = NULL;
	struct blob *blob;
	struct err err = { 0 };
	size_t at = 0;
	int rc;

	assert_int_equal(mail_store_open(name, MAX, &store, &err), 0);
	while ((rc = mail_store_next(store, &blob, &err)) == 1) {
		if (blob != NULL) {
			assert_true(at + blob_size(blob) + 2 < size);
			assert_int_equal(blob_read(blob, 0, out + at,
			    blob_size(blob), &err), 0);
			at += blob_size(blob);
		} else {
			out[at++] = '*';
		}
		out[at++] = '|';
		blob_free(&blob);
	}
	out[at] = '\0';
	assert_int_equal(rc, 0);
	assert_int_equal(mail_store_at(store), mail_store_all(store));
	mail_store_close(&store);
}

static void
test_mbox(void **state)
{
	static const struct { const char *in, *want; } t[] = {
		{ "", "" },
		{ "From a\n", "|" },
		{ "From a\nA: 1\n\nx\n", "A: 1\n\nx\n|" },
		{ "From a\nA: 1\n\nx\n\nFrom b\nB: 2\n\ny\n\n",
		    "A: 1\n\nx\n|B: 2\n\ny\n|" },
		/* no empty line before it: words of the mail */
		{ "From a\nA: 1\n\nx\nFrom here on\n", "A: 1\n\nx\n"
		    "From here on\n|" },
		/* one mark is taken off, of any number */
		{ "From a\nA: 1\n\n>From x\n>>From y\n> From z\n",
		    "A: 1\n\nFrom x\n>From y\n> From z\n|" },
		/* empty lines inside stay; one at the end is the format's */
		{ "From a\nA: 1\n\n\n\nx\n\n\n", "A: 1\n\n\n\nx\n\n|" },
		{ "From a\r\nA: 1\r\n\r\nx\r\n\r\nFrom b\r\nB: 2\r\n",
		    "A: 1\r\n\r\nx\r\n|B: 2\r\n|" },
		{ "From a\nA: 1\n\nno end", "A: 1\n\nno end|" },
		{ "From a\n\nFrom b\nB: 1\n", "|B: 1\n|" },
	};
	char name[128], got[4000];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].in);
		snprintf(name, sizeof name, "mbox:%s", file("mbox", t[i].in,
		    strlen(t[i].in)));
		read_all(name, got, sizeof got);
		assert_string_equal(got, t[i].want);
	}
}

/* One that is too long is passed over; lines longer than a piece are lines. */
static void
test_long(void **state)
{
	size_t len = 300000, at;
	char *text = malloc(len + 200), name[128], got[4000];

	(void)state;
	assert_non_null(text);
	at = strlen("From a\nA: 1\n\n");
	memcpy(text, "From a\nA: 1\n\n", at);
	memset(text + at, 'x', len);
	memcpy(text + at + 70000, "From ", 5);	/* inside of a line */
	at += len;
	memcpy(text + at, "\n\nFrom b\nB: 2\n", 14);
	snprintf(name, sizeof name, "mbox:%s", file("mbox", text, at + 14));
	read_all(name, got, sizeof got);
	assert_string_equal(got, "*|B: 2\n|");
	free(text);
}

static void
test_refused(void **state)
{
	struct mail_store *store = NULL;
	struct err err = { 0 };
	char name[128];

	(void)state;
	snprintf(name, sizeof name, "mbox:%s", file("mbox", "Subject: x\n",
	    11));
	assert_int_equal(mail_store_open(name, MAX, &store, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.msg, "no mbox"));
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "mbox:/nowhere/x",
		    "maildir:/nowhere/x", "pst:x" };

		err = (struct err){ 0 };
		assert_int_equal(mail_store_open(names[i], MAX, &store, &err),
		    -1);
		assert_int_equal(err.code, ERR_INPUT);
	}
	assert_null(store);
}

static void
test_maildir(void **state)
{
	static const struct { const char *name, *text; } t[] = {
		{ "cur/20.b:2,S", "second" }, { "new/3.a", "first" },
		{ "cur/100.c:2,RS", "third" }, { "cur/5.d:2,D", "draft" },
		{ "cur/6.e:2,ST", "trash" }, { "new/.hidden", "hidden" },
	};
	char path[256], got[200];

	(void)state;
	snprintf(path, sizeof path, "%s/cur", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/new", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		file(t[i].name, t[i].text, strlen(t[i].text));
	snprintf(path, sizeof path, "maildir:%s", dir);
	read_all(path, got, sizeof got);
	assert_string_equal(got, "first|second|third|");
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, t[i].name);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/cur", dir);
	rmdir(path);
	snprintf(path, sizeof path, "%s/new", dir);
	rmdir(path);
}

static void
test_progress(void **state)
{
	static const struct {
		int64_t		 done, all, elapsed_ms;
		const char	*want;
	} t[] = {
		{ 0, 100, 0, "[                              ]   0 %  m, 0 s" },
		{ 50, 100, 60000, "[###############               ]  50 %  m, "
		    "60 s" },
		{ 10, 100, 60000, "[###                           ]  10 %  m, "
		    "9 min" },
		{ 100, 100, 5, "[##############################] 100 %  m, 0 s" },
		{ 120, 100, 5, "[##############################] 100 %  m, 0 s" },
		{ 0, 0, 5, "[##############################] 100 %  m, 0 s" },
	};
	char got[PROGRESS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		progress_text(got, t[i].done, t[i].all, t[i].elapsed_ms, "m");
		assert_string_equal(got, t[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mbox, make, drop),
		cmocka_unit_test_setup_teardown(test_long, make, drop),
		cmocka_unit_test_setup_teardown(test_refused, make, drop),
		cmocka_unit_test_setup_teardown(test_maildir, make, drop),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
