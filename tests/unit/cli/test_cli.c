#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cli/subcommands.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define ARGS_MAX	8

static const struct cli_command command = { .name = "test", .args = "…" };

struct line {			/* a command line being taken apart */
	struct cli	cli;
	char		*v[ARGS_MAX + 1];
};

static void
line_of(struct line *line, const char *const *args)
{
	size_t n = 0;

	*line = (struct line){ .cli = { .command = &command } };
	for (; args[n] != NULL; n++)
		line->v[n] = (char *)(uintptr_t)args[n];
	line->cli.argc = (int)n;
	line->cli.argv = line->v;
	line->cli.arena = arena_new(1024 * 1024);
}

static void
test_options(void **state)
{
	static const struct {
		const char	*args[ARGS_MAX];
		int		 ret;
		const char	*value;
		int		 left;
	} t[] = {
		{ { "--name", "x" }, 1, "x", 0 },
		{ { "--name=x" }, 1, "x", 0 },
		{ { "--name=" }, 1, "", 0 },
		{ { "a", "--name", "x", "b" }, 1, "x", 2 },
		{ { "--name" }, -1, NULL, 1 },
		{ { "--names", "x" }, 0, NULL, 2 },
		{ { "a" }, 0, NULL, 1 },
		{ { NULL }, 0, NULL, 0 },
		/* behind -- nothing is an option */
		{ { "--", "--name", "x" }, 0, NULL, 3 },
		{ { "--name", "--", "x" }, 1, "--", 1 },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(t); i++) {
		const char *value = NULL;
		struct line line;

		print_message("%s\n", t[i].args[0] == NULL ? "" :
		    t[i].args[0]);
		line_of(&line, t[i].args);
		assert_int_equal(cli_option(&line.cli, "--name", &value),
		    t[i].ret);
		if (t[i].value == NULL)
			assert_null(value);
		else
			assert_string_equal(value, t[i].value);
		assert_int_equal(line.cli.argc, t[i].left);
		assert_null(line.cli.argv[line.cli.argc]);
		arena_free(&line.cli.arena);
	}
}

static void
test_arguments(void **state)
{
	static const char *const args[] = { "a", "--json", "--", "--json",
	    NULL };
	struct line line;

	(void)state;
	line_of(&line, args);
	assert_true(cli_flag(&line.cli, "--json"));
	assert_false(cli_flag(&line.cli, "--json"));	/* a text, behind -- */
	assert_int_equal(cli_done(&line.cli), CLI_USAGE);
	assert_string_equal(cli_next(&line.cli), "a");
	assert_string_equal(cli_next(&line.cli), "--json");
	assert_null(cli_next(&line.cli));
	assert_int_equal(cli_done(&line.cli), 0);
	arena_free(&line.cli.arena);
}

static void
test_numbers(void **state)
{
	static const struct {
		const char	*arg;
		int64_t		 number;
	} t[] = {
		{ "1", 1 }, { "#1042", 1042 }, { "1042", 1042 },
		{ "9223372036854775807", INT64_MAX },
		{ NULL, -1 }, { "", -1 }, { "#", -1 }, { "0", -1 },
		{ "-1", -1 }, { "+1", -1 }, { "1x", -1 }, { " 1", -1 },
		{ "##1", -1 }, { "0x10", -1 },
		{ "9223372036854775808", -1 },
		{ "18446744073709551617", -1 },
	};
	static const char *const none[] = { NULL };

	(void)state;
	for (size_t i = 0; i < NELEM(t); i++) {
		struct line line;
		int code = -1;

		print_message("%s\n", t[i].arg == NULL ? "(none)" : t[i].arg);
		line_of(&line, none);
		assert_true(cli_number(&line.cli, t[i].arg, &code) ==
		    t[i].number);
		assert_int_equal(code, t[i].number == -1 ? CLI_USAGE : 0);
		arena_free(&line.cli.arena);
	}
}

#define FFFD "\xef\xbf\xbd"

/* No byte of a mail reaches a terminal as more than a character. */
static void
test_harmless(void **state)
{
	static const struct {
		const char	*in;
		int		 width;
		const char	*line, *lines;
	} t[] = {
		{ NULL, 0, "", "" },
		{ "caf\xc3\xa9", 0, "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "a\nb\tc", 0, "a b c", "a\nb\tc" },
		{ "\x1b]0;title\x07", 0, FFFD "]0;title" FFFD,
		  FFFD "]0;title" FFFD },
		{ "a\rb", 0, "a" FFFD "b", "a" FFFD "b" },
		{ "\x7f\x08", 0, FFFD FFFD, FFFD FFFD },
		{ "\xc2\x9b" "31m", 0, FFFD "31m", FFFD "31m" },	/* CSI */
		{ "\xe2\x80\xae" "gpj", 0, FFFD "gpj", FFFD "gpj" },	/* RLO */
		{ "\xe2\x81\xa6x", 0, FFFD "x", FFFD "x" },		/* LRI */
		{ "\xe2\x80\xa8x", 0, FFFD "x", FFFD "x" },	/* line sep. */
		{ "a\xff\xfe", 0, "a" FFFD FFFD, "a" FFFD FFFD },
		{ "\xf0\x9f\x98", 0, FFFD FFFD FFFD, FFFD FFFD FFFD },
		{ "abcdef", 6, "abcdef", "abcdef" },
		{ "abcdef", 5, "abcd\xe2\x80\xa6", "abcdef" },
		/* wide characters take two columns */
		{ "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 4,
		  "\xe6\xbc\xa2\xe2\x80\xa6",
		  "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2" },
	};
	static const char *const none[] = { NULL };
	struct line line;

	(void)state;
	line_of(&line, none);
	for (size_t i = 0; i < NELEM(t); i++) {
		assert_string_equal(cli_text(&line.cli, t[i].in, t[i].width),
		    t[i].line);
		assert_string_equal(cli_lines(&line.cli, t[i].in),
		    t[i].lines);
	}
	arena_free(&line.cli.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
