#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/blob.h"

#define STEP	(256 * 1024)

/* A blob of n bytes that count up, added in steps. */
static struct blob *
blob_of(size_t n)
{
	struct blob *blob = blob_start(n);
	char *p = malloc(STEP);
	struct err err = { 0 };

	for (size_t at = 0; at < n; at += STEP) {
		size_t len = n - at < STEP ? n - at : STEP;

		for (size_t i = 0; i < len; i++)
			p[i] = (char)((at + i) % 251);
		assert_int_equal(blob_add(blob, p, len, &err), 0);
	}
	free(p);
	assert_int_equal(blob_add(blob, "x", 1, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(blob_done(blob, &err), 0);
	return blob;
}

static void
test_sizes(void **state)
{
	static const size_t t[] = { 0, 1, BLOB_INLINE_MAX - 1, BLOB_INLINE_MAX,
	    BLOB_INLINE_MAX + 1, 3 * BLOB_INLINE_MAX + 7 };

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct blob *blob = blob_of(t[i]), *read = NULL;
		bool large = t[i] > BLOB_INLINE_MAX;
		unsigned char sum[CRYPT_SHA256], other[CRYPT_SHA256];
		char last[2] = { 0 };
		struct err err = { 0 };

		print_message("%zu\n", t[i]);
		assert_int_equal(blob_size(blob), t[i]);
		assert_int_equal(blob_fd(blob) != -1, large);
		assert_int_equal(blob_inline(blob).len, large ? 0 : t[i]);
		assert_int_equal(blob_inline(blob).p == NULL, large);
		/* bounds, also where the sum would wrap */
		assert_int_equal(blob_read(blob, t[i], last, 0, &err), 0);
		assert_int_equal(blob_read(blob, t[i], last, 1, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(blob_read(blob, t[i] + 1, last, 0, &err), -1);
		assert_int_equal(blob_read(blob, 1, last, SIZE_MAX, &err), -1);
		if (t[i] > 0) {
			assert_int_equal(blob_read(blob, t[i] - 1, last, 1,
			    &err), 0);
			assert_int_equal((unsigned char)last[0],
			    (t[i] - 1) % 251);
		}
		assert_int_equal(blob_sha256(blob, sum, &err), 0);
		if (large) {
			assert_int_equal(lseek(blob_fd(blob), 0, SEEK_SET), 0);
			assert_int_equal(blob_read_fd(blob_fd(blob), t[i],
			    &read, &err), 0);
			assert_int_equal(blob_sha256(read, other, &err), 0);
			assert_memory_equal(sum, other, sizeof sum);
			blob_free(&read);
			lseek(blob_fd(blob), 0, SEEK_SET);
			assert_int_equal(blob_read_fd(blob_fd(blob), t[i] - 1,
			    &read, &err), -1);
			assert_int_equal(err.code, ERR_INPUT);
			assert_null(read);
		}
		blob_free(&blob);
		assert_null(blob);
	}
}

/* Who is handed the descriptor cannot change the mail. */
static void
test_sealed(void **state)
{
	struct blob *blob = blob_of(BLOB_INLINE_MAX + 1);
	int fd = blob_fd(blob);

	(void)state;
	assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_WRITE |
	    F_SEAL_GROW | F_SEAL_SHRINK);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0), MAP_FAILED);
	blob_free(&blob);
}

static void
test_reference(void **state)
{
	struct blob *a = blob_of(BLOB_INLINE_MAX + 1), *b = blob_ref(a);
	int fd = blob_fd(a);
	char c;

	(void)state;
	blob_free(&a);
	assert_int_equal(blob_read(b, 0, &c, 1, NULL), 0);
	blob_free(&b);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	blob_free(&b);
}

static void
test_known_digest(void **state)
{
	struct blob *blob = blob_start(10);
	unsigned char sum[CRYPT_SHA256];
	char hex[2 * CRYPT_SHA256 + 1];

	(void)state;
	assert_int_equal(blob_add(blob, "abc", 3, NULL), 0);
	assert_int_equal(blob_done(blob, NULL), 0);
	assert_int_equal(blob_sha256(blob, sum, NULL), 0);
	crypt_hex(sum, sizeof sum, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");	/* FIPS 180-2, B.1 */
	blob_free(&blob);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_known_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
