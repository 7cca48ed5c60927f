#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/json_pool.h"

#define MANY	5000

/* Blocks do not overlap, are aligned, and come back. */
static void
test_blocks(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, 511, 512, 513,
	    5000, 300000 };
	const size_t n = sizeof sizes / sizeof sizes[0];
	static unsigned char *v[MANY];
	void *again;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < MANY; i++) {
			v[i] = json_pool_alloc(sizes[i % n]);
			assert_non_null(v[i]);
			assert_int_equal((uintptr_t)v[i] % 8, 0);
			memset(v[i], (int)(i % 251), sizes[i % n]);
		}
		for (size_t i = 0; i < MANY; i++)
			for (size_t j = 0; j < sizes[i % n]; j += 97)
				assert_int_equal(v[i][j], i % 251);
		for (size_t i = 0; i < MANY; i++)
			json_pool_free(v[i]);
	}
	json_pool_free(NULL);
	again = json_pool_alloc(40);
	json_pool_free(again);
	assert_ptr_equal(json_pool_alloc(41), again);	/* of 48 too */
	json_pool_free(again);
	assert_null(json_pool_alloc(SIZE_MAX));
	assert_null(json_pool_alloc(SIZE_MAX - 8));
}

static void *
drop_all(void *arg)
{
	json_decref(arg);
	return NULL;
}

/* A tree that one thread makes and another drops. */
static void
test_threads(void **state)
{
	json_malloc_t alloc;
	json_free_t release;
	pthread_t thread;

	(void)state;
	json_get_alloc_funcs(&alloc, &release);
	json_set_alloc_funcs(json_pool_alloc, json_pool_free);
	for (int i = 0; i < 20; i++) {
		json_t *list = json_array();

		for (int j = 0; j < 300; j++)
			assert_int_equal(json_array_append_new(list, json_pack(
			    "{s:i,s:s,s:[i,i]}", "a", j, "b", "some text",
			    "c", 1, 2)), 0);
		assert_int_equal(json_integer_value(json_object_get(
		    json_array_get(list, 299), "a")), 299);
		assert_int_equal(pthread_create(&thread, NULL, drop_all,
		    list), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
	json_set_alloc_funcs(alloc, release);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
