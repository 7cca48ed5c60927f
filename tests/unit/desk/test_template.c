#include <pthread.h>
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

#include "base/clock.h"
#include "desk/template.h"

struct folders {
	char			 dir[64];
	struct template_folders	 f;
	char			 own[80], shipped[80];
};

static void
put(struct folders *t, const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s/web/en_US/%s.mustache", t->dir,
	    folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
drop(struct folders *t, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/web/en_US/%s.mustache", t->own, name);
	assert_int_equal(remove(path), 0);
}

static int
setup(void **state)
{
	static struct folders t;
	static const char *const made[] = { "own", "own/web", "own/web/en_US",
	    "shipped", "shipped/web", "shipped/web/en_US" };
	char path[128];

	memset(&t, 0, sizeof t);
	snprintf(t.dir, sizeof t.dir, "/tmp/template-test-XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", t.dir, made[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	snprintf(t.own, sizeof t.own, "%s/own", t.dir);
	snprintf(t.shipped, sizeof t.shipped, "%s/shipped", t.dir);
	t.f = (struct template_folders){ .own = t.own, .shipped = t.shipped,
	    .locale = "en_US" };
	*state = &t;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const files[] = { "own/web/en_US/page.mustache",
	    "own/web/en_US/part.mustache", "shipped/web/en_US/page.mustache",
	    "shipped/web/en_US/part.mustache", "own/web/en_US", "own/web",
	    "own", "shipped/web/en_US", "shipped/web", "shipped", "" };
	struct folders *t = *state;
	char path[128];

	template_cache_free(&t->f.cache);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", t->dir, files[i]);
		remove(path);
	}
	return 0;
}

static void
expect(struct folders *t, const char *text)
{
	struct buf b = BUF_INIT(1000);
	json_t *c = json_pack("{s:s}", "x", "<&>");
	struct err err = { 0 };

	if (template_render(&t->f, "web", "page", MUSTACHE_HTML, c, &b,
	    &err) == -1)
		fail_msg("%s", err.msg);
	assert_string_equal(buf_str(&b), text);
	buf_free(&b);
	json_decref(c);
}

/* With and without a cache the administrator's copies win, file by file, and
 * one that is broken is left aside with all the others. */
static void
test_own_wins(void **state)
{
	struct folders *t = *state;

	for (int cached = 0; cached < 2; cached++) {
		put(t, "shipped", "page", "shipped {{> part}} {{x}}");
		put(t, "shipped", "part", "part");
		expect(t, "shipped part &lt;&amp;&gt;");
		put(t, "own", "part", "own");
		template_cache_free(&t->f.cache);
		t->f.cache = cached ? template_cache_new() : NULL;
		expect(t, "shipped own &lt;&amp;&gt;");
		expect(t, "shipped own &lt;&amp;&gt;");
		put(t, "own", "page", "broken {{#x}}");
		template_cache_free(&t->f.cache);
		t->f.cache = cached ? template_cache_new() : NULL;
		expect(t, "shipped part &lt;&amp;&gt;");
		expect(t, "shipped part &lt;&amp;&gt;");
		drop(t, "page");
		drop(t, "part");
		template_cache_free(&t->f.cache);
		t->f.cache = template_cache_new();
	}
}

/* The same partial with several indentations; one within itself, which is as
 * much too deep each time. */
static void
test_indented(void **state)
{
	struct folders *t = *state;
	struct buf b = BUF_INIT(100000);
	json_t *c = json_object();
	struct err err = { 0 };

	put(t, "shipped", "page", "{{> part}}\n  {{> part}}\n\t{{> part}}\n"
	    "{{> part}}|");
	put(t, "shipped", "part", "a\n{{x}}");
	t->f.cache = template_cache_new();
	for (int i = 0; i < 3; i++)
		expect(t, "a\n&lt;&amp;&gt;  a\n  &lt;&amp;&gt;\ta\n"
		    "\t&lt;&amp;&gt;a\n&lt;&amp;&gt;|");
	put(t, "shipped", "part", "a\n {{> part}}\n");
	template_cache_free(&t->f.cache);
	t->f.cache = template_cache_new();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(template_render(&t->f, "web", "page",
		    MUSTACHE_HTML, c, &b, &err), -1);
		assert_string_equal(err.msg, "partial part: line 2: more than "
		    "64 levels");
		assert_int_equal(err.code, ERR_FATAL);
		assert_int_equal(b.len, 0);
	}
	buf_free(&b);
	json_decref(c);
}

static void
test_freshness(void **state)
{
	struct folders *t = *state;
	int64_t until;

	put(t, "shipped", "page", "one");
	t->f.cache = template_cache_new();
	expect(t, "one");
	put(t, "shipped", "page", "two");
	expect(t, "one");		/* not read again */
	until = clock_mono_ms() + 2100;
	while (clock_mono_ms() < until)
		clock_sleep_ms(50);
	expect(t, "two");
}

static void *
many(void *arg)
{
	struct folders *t = arg;

	for (int i = 0; i < 300; i++)
		expect(t, "shipped part &lt;&amp;&gt;");
	return NULL;
}

static void
test_threads(void **state)
{
	struct folders *t = *state;
	pthread_t v[4];

	put(t, "shipped", "page", "shipped {{> part}} {{x}}");
	put(t, "shipped", "part", "part");
	t->f.cache = template_cache_new();
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&v[i], NULL, many, t), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(v[i], NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_own_wins), TEST(test_indented),
		TEST(test_freshness), TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
