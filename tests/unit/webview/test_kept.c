#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "webview/kept.h"

static struct arena *arena;

static void
put(struct kept *kept, const char *key, int64_t version, int64_t now,
    const char *body)
{
	struct page_answer a = { .body = BUF_INIT(PAGE_MAX), .etag = "\"e\"" };

	buf_adds(&a.body, body);
	kept_put(kept, key, version, now, &a);
	buf_free(&a.body);
}

static bool
has(struct kept *kept, const char *key, int64_t version, int64_t now,
    const char *body)
{
	struct page_answer a = { .body = BUF_INIT(PAGE_MAX) };
	bool found = kept_find(kept, key, version, now, arena, &a);

	if (found) {
		assert_string_equal(buf_str(&a.body), body);
		assert_string_equal(a.etag, "\"e\"");
		assert_null(a.type);
	}
	buf_free(&a.body);
	return found;
}

static void
test_when(void **state)
{
	struct kept *kept = kept_new();

	(void)state;
	put(kept, "1 /tickets", 7, 1000, "page");
	assert_true(has(kept, "1 /tickets", 7, 1000, "page"));
	assert_true(has(kept, "1 /tickets", 7, 1000 + KEPT_MS, "page"));
	assert_false(has(kept, "2 /tickets", 7, 1000, NULL));
	assert_false(has(kept, "1 /tickets?q=a", 7, 1000, NULL));
	/* something was committed: gone, for the old version too */
	assert_false(has(kept, "1 /tickets", 8, 1000, NULL));
	assert_false(has(kept, "1 /tickets", 7, 1000, NULL));
	put(kept, "1 /tickets", 8, 1000, "new");
	put(kept, "1 /tickets", 8, 2000, "newer");
	assert_true(has(kept, "1 /tickets", 8, 2000, "newer"));
	assert_false(has(kept, "1 /tickets", 8, 2001 + KEPT_MS, NULL));
	assert_false(has(NULL, "1 /tickets", 8, 2000, NULL));
	assert_false(has(kept, NULL, 8, 2000, NULL));
	kept_free(&kept);
	kept_free(&kept);
}

static void
test_what(void **state)
{
	struct kept *kept = kept_new();
	struct page_stream stream = { 0 };
	const struct page_answer t[] = {
		{ .status = 404 }, { .location = "/" }, { .download = "x" },
		{ .stream = &stream }, { .body = { .failed = true } },
		{ .status = 304 }, { .body = { .len = KEPT_BYTES + 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		kept_put(kept, "k", 1, 1, &t[i]);
		assert_false(has(kept, "k", 1, 1, NULL));
	}
	kept_put(NULL, "k", 1, 1, &t[0]);
	kept_free(&kept);
}

static void
test_bounds(void **state)
{
	struct kept *kept = kept_new();
	char key[32];

	(void)state;
	for (int i = 0; i < 2 * KEPT_PAGES; i++) {
		snprintf(key, sizeof key, "%d", i);
		put(kept, key, 1, i, key);
	}
	for (int i = 0; i < 2 * KEPT_PAGES; i++) {
		snprintf(key, sizeof key, "%d", i);
		assert_int_equal(has(kept, key, 1, 0, key), i >= KEPT_PAGES);
	}
	kept_free(&kept);
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return arena == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_what),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
