#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/log.h"

static char captured[20000];

/* One line of the log, as it reaches standard error. */
static const char *
line_of(bool json, const char *message, const char *value, int64_t number)
{
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(f);
	log_setup(LOG_INFO, json);
	dup2(fileno(f), STDERR_FILENO);
	log_at(LOG_DEBUG, "test", "too little", LOG_N("n", 1));
	log_at(LOG_WARN, "test", message, LOG_S("from", value),
	    LOG_N("ticket", number));
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(f);
	n = fread(captured, 1, sizeof captured - 1, f);
	captured[n] = '\0';
	fclose(f);
	return captured;
}

static const struct {
	const char	*value;
	const char	*logfmt;	/* after from= */
} t[] = {
	{ "a@b.example",	"a@b.example" },
	{ "",			"\"\"" },
	{ "two words",		"\"two words\"" },
	{ "x=y",		"\"x=y\"" },
	{ "say \"hi\"",		"\"say \\\"hi\\\"\"" },
	{ "back\\slash",	"\"back\\\\slash\"" },
	{ "a\nb ticket=7",	"\"a\\u000ab ticket=7\"" },
	{ "a\r\n",		"\"a\\u000d\\u000a\"" },
	{ "\x1b[31mred\x07",	"\"\\u001b[31mred\\u0007\"" },
	{ "\x7f",		"\"\\u007f\"" },
	{ "\xc2\x9b" "31m",	"\"\\u009b31m\"" },		/* CSI */
	{ "\xe2\x80\xae" "gnp",	"\"\\u202egnp\"" },		/* bidi */
	{ "\xe2\x80\xa8",	"\"\\u2028\"" },		/* line separator */
	{ "caf\xc3\xa9",	"\"caf\xc3\xa9\"" },
	{ "\xff\xfe",		"\"\\ufffd\\ufffd\"" },
	{ "\xed\xa0\x80",	"\"\\ufffd\\ufffd\\ufffd\"" },	/* surrogate */
};

static void
test_logfmt(void **state)
{
	char want[200];
	const char *line, *from;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		line = line_of(false, "taken in", t[i].value, 1042);
		print_message("%s", line);
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
		assert_non_null(strstr(line, " warn test \"taken in\" from="));
		snprintf(want, sizeof want, "%s ticket=1042\n", t[i].logfmt);
		from = strstr(line, "from=") + 5;
		assert_string_equal(from, want);
	}
}

/* Each line is one JSON object; what it holds is what was logged, but for
 * bytes that are no text. */
static void
test_json(void **state)
{
	const char *line, *from;
	json_t *o;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		line = line_of(true, "say \"x\"\n", t[i].value, -5);
		print_message("%s", line);
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
		o = json_loads(line, 0, NULL);
		assert_non_null(o);
		assert_string_equal(json_string_value(json_object_get(o,
		    "message")), "say \"x\"\n");
		assert_int_equal(json_integer_value(json_object_get(o,
		    "ticket")), -5);
		from = json_string_value(json_object_get(o, "from"));
		if (strstr(t[i].logfmt, "ufffd") == NULL)
			assert_string_equal(from, t[i].value);
		json_decref(o);
	}
}

/* However long and hostile, a line ends, and JSON stays JSON. */
static void
test_long(void **state)
{
	static char value[5000];
	const char *line;
	json_t *o;

	(void)state;
	memset(value, 1, sizeof value - 1);
	line = line_of(true, value, value, 7);
	assert_true(strlen(line) <= 8192 + 2);
	assert_int_equal(line[strlen(line) - 1], '\n');
	o = json_loads(line, 0, NULL);
	assert_non_null(o);
	assert_non_null(json_object_get(o, "message"));
	json_decref(o);
	line = line_of(false, value, value, 7);
	assert_true(strlen(line) <= 8192 + 2);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void
test_levels(void **state)
{
	enum log_level level = LOG_DEBUG;

	(void)state;
	assert_true(log_level_parse("error", &level));
	assert_int_equal(level, LOG_ERROR);
	assert_false(log_level_parse("Error", &level));
	assert_false(log_level_parse("", &level));
	assert_int_equal(level, LOG_ERROR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logfmt),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
