#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/zstd.h"

static void
test_round_trip(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 65536, 262144 };
	struct zstd *z = zstd_new();
	struct err err = { 0 };

	(void)state;
	assert_non_null(z);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		size_t len = sizes[i], room = zstd_bound(len), n = 0;
		char *plain = malloc(len + 1), *back = malloc(len + 1);
		char *frame = malloc(room);

		memset(plain, 'a', len);
		for (size_t j = 0; j < len; j += 7)
			plain[j] = (char)(j * 31);
		assert_int_equal(zstd_pack(z, (struct slice){ plain, len },
		    frame, room, &n, &err), 0);
		assert_true(n <= room);
		assert_int_equal(zstd_unpack(z, (struct slice){ frame, n },
		    back, len, &err), 0);
		assert_memory_equal(back, plain, len);
		/* more or fewer bytes than promised, and cut short */
		if (len > 0)
			assert_int_equal(zstd_unpack(z,
			    (struct slice){ frame, n }, back, len - 1, &err),
			    -1);
		assert_int_equal(zstd_unpack(z, (struct slice){ frame, n },
		    back, len + 1, &err), -1);
		assert_int_equal(err.code, ERR_FATAL);
		assert_int_equal(zstd_unpack(z,
		    (struct slice){ frame, n - 1 }, back, len, &err), -1);
		/* each byte counts: a checksum is in the frame */
		frame[n - 1] ^= 1;
		assert_int_equal(zstd_unpack(z, (struct slice){ frame, n },
		    back, len, &err), -1);
		assert_int_equal(zstd_pack(z, (struct slice){ plain, len },
		    frame, 3, &n, &err), -1);
		free(plain);
		free(back);
		free(frame);
	}
	zstd_free(&z);
	zstd_free(&z);
	assert_null(z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
