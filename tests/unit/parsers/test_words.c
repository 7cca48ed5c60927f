#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/words.h"

static void
test_find(void **state)
{
	static const struct {
		const char	*text, *word;
		int		 at;		/* -1: nowhere */
	} t[] = {
		{ "",				"a",		-1 },
		{ "a",				"a",		0 },
		{ "xA",				"a",		1 },
		{ "Wrote: he wrote",		"WROTE",	0 },
		{ "he wrot wrote",		"wrote",	8 },
		{ "he wrot",			"wrote",	-1 },
		{ "\xc3\x9c" "ber \xc3\xbc" "ber", "\xc3\xbc" "ber", 0 },
		{ "schr\xc3\xa9",		"\xc3\x89",	4 },
		{ "\xd0\x9d\xd0\x90\xd0\xa8",	"\xd0\xb0\xd1\x88", 2 },
		{ "\xe5\xb9\xb4 \xe5\xb9\xb4",	"\xe5\xb9\xb4",	0 },
		{ "x\xe5\xb9\xb5\xe5\xb9\xb4",	"\xe5\xb9\xb4",	4 },
		{ "\xc4\xb0leti",		"ileti",	0 },
		{ "x \xc4\xb0LET\xc4\xb0",	"ileti",	2 },
		{ "iiiI!",			"i!",		3 },
		{ "1\n2",			"\n2",		1 },
		{ "\xc3",			"\xc3\xa9",	-1 },
		{ "\xff\xfe z",			"Z",		3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		size_t len = strlen(t[i].text);
		char *text = memcpy(malloc(len + 1), t[i].text, len);
		struct slice s = { text, len };
		const char *list[] = { "never there", t[i].word, NULL };
		const char *at;

		print_message("%zu\n", i);
		text = realloc(text, len == 0 ? 1 : len);
		s.p = text;
		at = words_find(s, t[i].word);
		assert_int_equal(at == NULL ? -1 : at - text, t[i].at);
		assert_int_equal(words_find_any(s, list), t[i].at != -1);
		free(text);
	}
}

/* A long text is filtered first: the filter loses no word, wherever it is. */
static void
test_find_in_long(void **state)
{
	static const char *const words[] = { "no", "yes!", "\xc3\xbc" "ber",
		"undeliverable", "\xe5\xb9\xb4\xe6\x9c\x88", "\xd0\xb4\xd0\xb0",
		"ileti" };
	static const char *const written[] = { "No", "YES!", "\xc3\x9c" "BER",
		"UnDeliverable", "\xe5\xb9\xb4\xe6\x9c\x88", "\xd0\x94\xd0\x90",
		"\xc4\xb0let\xc4\xb0" };
	char text[2000];

	(void)state;
	for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
		size_t len = strlen(written[w]);
		const char *list[] = { "elsewhere", words[w], NULL };

		for (size_t at = 0; at + len <= sizeof text; at += 37) {
			memset(text, 'x', sizeof text);
			assert_false(words_find_any((struct slice){ text,
			    sizeof text }, list));
			memcpy(text + at, written[w], len);
			assert_true(words_find_any((struct slice){ text,
			    sizeof text }, list));
			assert_true(words_find_any((struct slice){ text,
			    at + len }, list));
		}
	}
}

static void
test_end(void **state)
{
	static const struct {
		const char	*text, *word;
		bool		 ends;
	} t[] = {
		{ "", "a", false }, { "a", "", false },
		{ "he WROTE", "wrote", true },
		{ "he wrot", "wrote", false }, { "wrote.", "wrote", false },
		{ "napsal\xc3\x81", "napsal\xc3\xa1", true },
		{ "x\xc4\xb0", "xi", true },
		{ "x\xc4\xb0", "xa", false }, { "xa", "x\xc4\xb0", false },
		{ "\xd0\xbf\xd0\x98", "\xd0\xb8", true },
		{ "x", "\xd0\xb8", false }, { "\xd0\xb8", "x", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%zu\n", i);
		assert_int_equal(words_end(slice_of(t[i].text), t[i].word),
		    t[i].ends);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_find_in_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
