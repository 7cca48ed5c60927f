#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/subcommands.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static void
assert_same(const char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else {
		assert_non_null(got);
		assert_string_equal(got, want);
	}
}

static void
test_near(void **state)
{
	static const struct {
		const char	*word, *meant;
	} t[] = {
		{ "ticket", "ticket" }, { "tickets", "ticket" },
		{ "tikcet", "ticket" }, { "tick", "ticket" },
		{ "chek", "check" }, { "why?", "why" },
		{ "who", "why" }, { "wh", "why" }, { "w", NULL },
		{ "bakcup", "backup" }, { "bckp", "backup" },
		{ "quarantene", "quarantine" }, { "xyzzy", NULL },
		{ "", NULL }, { "manul", NULL },	/* hidden */
		{ "ticketticketticketticketticketticketticket", NULL },
	};

	(void)state;
	for (size_t i = 0; i < NELEM(t); i++) {
		print_message("%s\n", t[i].word);
		assert_same(subcommands_near(t[i].word), t[i].meant);
	}
}

static void
test_near_within(void **state)
{
	struct cli cli = { .command = subcommands_find("ticket") };

	(void)state;
	assert_same(subcommands_near_verb(cli.command, "shwo"), "show");
	assert_same(subcommands_near_verb(cli.command, "obliterate"), NULL);
	cli.verb = subcommands_verb(cli.command, "list");
	assert_same(subcommands_near_opt(&cli, "--catgory"), "--category");
	assert_same(subcommands_near_opt(&cli, "--josn"), "--json");
	assert_same(subcommands_near_opt(&cli, "--watch"), NULL);
	cli.verb = subcommands_verb(cli.command, "accept");
	assert_same(subcommands_near_opt(&cli, "--wacth"), "--watch");
}

/* A row that is half filled would be found only by who uses it. */
static void
test_rows_are_whole(void **state)
{
	size_t n, i;
	const struct cli_command *c = subcommands_all(&n);
	const struct cli_verb *v;

	(void)state;
	for (i = 0; i < n; i++) {
		print_message("%s\n", c[i].name);
		assert_true((c[i].fn == NULL) == (c[i].verbs != NULL));
		assert_true(*c[i].what != '\0' && *c[i].example != '\0');
		assert_ptr_equal(subcommands_find(c[i].name), &c[i]);
		for (v = c[i].verbs; v != NULL && v->name != NULL; v++) {
			assert_true(v->fn != NULL && *v->what != '\0');
			assert_ptr_equal(subcommands_verb(&c[i], v->name), v);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_near_within),
		cmocka_unit_test(test_rows_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
