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

#include "base/secret.h"

#define HEX64 \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char home[] = "/tmp/test_secret.XXXXXX";

static int
go_home(void **state)
{
	(void)state;
	return mkdtemp(home) == NULL || chdir(home) == -1;
}

static int
leave_home(void **state)
{
	(void)state;
	unlink("s");
	/* fails, and the test with it, when a temporary file was left */
	return chdir("/") == -1 || rmdir(home) == -1;
}

static void
put(const char *text, mode_t mode)
{
	FILE *f;

	unlink("s");
	f = fopen("s", "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod("s", mode), 0);
}

static void
test_made_once(void **state)
{
	struct secret *a = NULL, *b = NULL;
	struct err err = { 0 };
	struct stat st;

	(void)state;
	unlink("s");
	assert_int_equal(secret_load("s", false, &a, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_null(a);
	umask(0);
	assert_int_equal(secret_load("s", true, &a, &err), 0);
	assert_int_equal(stat("s", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(secret_count(a), 1);
	assert_int_equal(secret_id(a, 0), 1);
	assert_int_equal(secret_load("s", true, &b, &err), 0);
	assert_true(slice_eq(secret_key(a, 0, SECRET_REPLY),
	    secret_key(b, 0, SECRET_REPLY)));
	secret_free(&a);
	secret_free(&b);
	assert_null(a);
	secret_free(&a);
}

static void
test_rotation(void **state)
{
	struct secret *a = NULL, *b = NULL;
	struct err err = { 0 };
	struct stat st;

	(void)state;
	unlink("s");
	assert_int_equal(secret_load("s", true, &a, &err), 0);
	for (int i = 0; i < 70; i++)		/* more than are kept */
		assert_int_equal(secret_rotate("s", &err), 0);
	assert_int_equal(stat("s", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(secret_load("s", false, &b, &err), 0);
	assert_int_equal(secret_id(b, 0), 71);
	assert_int_equal(secret_find(b, 71), 0);
	assert_int_equal(secret_find(b, 70), 1);
	assert_int_equal(secret_find(b, 72), -1);
	assert_int_equal(secret_find(b, 0), -1);
	assert_int_equal(secret_count(b), 64);
	assert_false(slice_eq(secret_key(b, 0, SECRET_CHAIN),
	    secret_key(b, 1, SECRET_CHAIN)));
	secret_free(&b);
	put("campusdesk-secret 1\nkey 1 " HEX64 "\n", 0600);
	secret_free(&a);
	assert_int_equal(secret_load("s", false, &a, &err), 0);
	assert_int_equal(secret_rotate("s", &err), 0);
	assert_int_equal(secret_load("s", false, &b, &err), 0);
	assert_int_equal(secret_count(b), 2);
	assert_int_equal(secret_find(b, 1), 1);	/* the former one is kept */
	assert_true(slice_eq(secret_key(a, 0, SECRET_LOGIN),
	    secret_key(b, 1, SECRET_LOGIN)));
	secret_free(&a);
	secret_free(&b);
}

/* No purpose's key is another's, nor the root. */
static void
test_derived(void **state)
{
	struct secret *a = secret_from_seed(SLICE_LIT("seed"));
	struct secret *b = secret_from_seed(SLICE_LIT("seed2"));

	(void)state;
	for (int i = 0; i < SECRET_NPURPOSE; i++) {
		assert_int_equal(secret_key(a, 0, i).len, 32);
		assert_false(slice_eq(secret_key(a, 0, i),
		    secret_key(b, 0, i)));
		for (int k = 0; k < i; k++)
			assert_false(slice_eq(secret_key(a, 0, i),
			    secret_key(a, 0, k)));
	}
	secret_free(&a);
	secret_free(&b);
}

static void
test_refused(void **state)
{
	static const struct {
		const char	*text;
		mode_t		 mode;
		const char	*message;
	} t[] = {
		{ "campusdesk-secret 1\nkey 1 " HEX64 "\n", 0640,
		  "s: others may read it (mode 0640); chmod 600 would be "
		  "right" },
		{ "campusdesk-secret 1\nkey 1 " HEX64 "\n", 0604,
		  "s: others may read it (mode 0604); chmod 600 would be "
		  "right" },
		{ "", 0600, "s:1: not a secret file of campusdesk: " },
		{ "campusdesk-secret 2\n", 0600, "s:1: not a secret file" },
		{ "campusdesk-secret 1\n", 0600, "s: no key in it" },
		{ "campusdesk-secret 1\nkey 1 abcd\n", 0600, "s:2: not a key" },
		{ "campusdesk-secret 1\n\nkey 0 " HEX64 "\n", 0600,
		  "s:3: not a key" },
		{ "campusdesk-secret 1\nkey 1 " HEX64 "0\n", 0600,
		  "s:2: not a key" },
		{ "campusdesk-secret 1\nkey x " HEX64 "\n", 0600,
		  "s:2: not a key" },
		{ "campusdesk-secret 1\nhello\n", 0600, "s:2: not a key" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct secret *s = NULL;
		struct err err = { 0 };

		put(t[i].text, t[i].mode);
		print_message("%s\n", t[i].message);
		assert_int_equal(secret_load("s", true, &s, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_null(s);
		assert_int_equal(strncmp(err.msg, t[i].message,
		    strlen(t[i].message)), 0);
		assert_int_equal(secret_rotate("s", &err), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_once),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_derived),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, go_home, leave_home);
}
