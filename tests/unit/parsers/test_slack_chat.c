#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/slack_chat.h"

#define ASK	"\xe2\x9c\x89"
#define TAKE	"\xf0\x9f\x91\x80"
#define CLOSE	"\xe2\x9c\x85"

static struct slack_event
event(enum slack_kind kind)
{
	return (struct slack_event){ .kind = kind, .key = "Ev1", .team = "T1",
	    .user = "U1", .bot = "", .channel = "C1", .ts = "", .thread = "",
	    .item = "", .edited = "", .text = "", .before = "", .mark = "",
	    .action = "", .value = "", .view = "", .category = "",
	    .location = "", .trigger = "", .reply_url = "" };
}

/* What comes out; fails unless something does. */
static struct chat_event
chat(const struct slack_event *in, struct arena *arena)
{
	struct chat_event out;

	assert_int_equal(slack_chat(in, "U0DESK", arena, &out), 1);
	return out;
}

static void
test_said(void **state)
{
	struct slack_event e = event(SLACK_SAID);
	struct chat_event c;

	e.ts = "1700000001.000100";
	e.thread = "1700000000.000100";
	e.text = "@U0DESK  !ticket list";
	e.files[0] = (struct slack_file){ "F1", "", "image/png", "https://f",
	    7 };
	e.nfiles = 1;
	c = chat(&e, *state);
	assert_int_equal(c.what, CHAT_SAYS);
	assert_string_equal(c.id, "C1:1700000001.000100");
	assert_string_equal(c.root, "C1:1700000000.000100");
	assert_string_equal(c.sender, "U1");
	assert_string_equal(c.room, "C1");
	assert_string_equal(c.text, "!ticket list");
	assert_int_equal(c.time_ms, 1700000001000);
	assert_int_equal(c.nfiles, 1);
	assert_string_equal(c.files[0].name, "F1");
	assert_false(c.automatic || c.action);
	e.bot = "B1";
	e.emote = true;
	e.thread = "";
	e.text = "@U0DESKTOP is broken";
	c = chat(&e, *state);
	assert_true(c.automatic && c.action);
	assert_null(c.root);
	assert_string_equal(c.text, "@U0DESKTOP is broken");
}

static void
test_changed_and_gone(void **state)
{
	struct slack_event e = event(SLACK_CHANGED);
	struct chat_event c;

	e.item = e.ts = "1700000001.000100";
	e.edited = "1700000009.000000";
	e.text = "new";
	e.before = "old";
	c = chat(&e, *state);
	assert_int_equal(c.what, CHAT_EDITS);
	assert_string_equal(c.target, "C1:1700000001.000100");
	assert_string_equal(c.id, "edit:C1:1700000001.000100:"
	    "1700000009.000000");
	e.before = "new";
	assert_int_equal(slack_chat(&e, "", *state, &c), 0);
	e = event(SLACK_DELETED);
	e.item = "1700000001.000100";
	c = chat(&e, *state);
	assert_int_equal(c.what, CHAT_TAKES_BACK);
	assert_string_equal(c.sender, "");
	assert_string_equal(c.id, "gone:C1:1700000001.000100");
}

static void
test_clicks(void **state)
{
	static const struct {
		const char	*action, *value;
		int		 rc;
		enum chat_what	 what;
		const char	*mark, *target, *text;
	} t[] = {
		{ "take", "7", 1, CHAT_MARKS, TAKE, "C1:1.000001", "" },
		{ "close", "7", 1, CHAT_MARKS, CLOSE, "C1:1.000001", "" },
		{ "category", "7:it", 1, CHAT_SAYS, NULL, NULL,
		  "!category it" },
		{ "category", "it", 0, 0, NULL, NULL, "" },
		{ "send", "C1:2.000001", 1, CHAT_MARKS, ASK, "C1:2.000001",
		  "" },
		{ "send-wait", "C1:2.000001", 1, CHAT_MARKS, ASK,
		  "C1:2.000001", "" },
		{ "send", "C2:2.000001", 0, 0, NULL, NULL, "" },
		{ "send", "x", 0, 0, NULL, NULL, "" },
		{ "open", "7", 0, 0, NULL, NULL, "" },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct slack_event e = event(SLACK_CLICK);
		struct chat_event c;

		print_message("%s %s\n", t[i].action, t[i].value);
		e.item = "1.000001";
		e.action = t[i].action;
		e.value = t[i].value;
		assert_int_equal(slack_chat(&e, "", *state, &c), t[i].rc);
		if (t[i].rc == 0)
			continue;
		assert_int_equal(c.what, t[i].what);
		assert_string_equal(c.text, t[i].text);
		if (t[i].what == CHAT_SAYS) {
			assert_string_equal(c.root, "C1:1.000001");
			continue;
		}
		assert_string_equal(c.mark, t[i].mark);
		assert_string_equal(c.target, t[i].target);
	}
}

static void
test_form(void **state)
{
	struct slack_event e = event(SLACK_FORM);

	e.category = "it";
	e.location = "Library 2.14";
	e.text = "No light";
	assert_string_equal(chat(&e, *state).text, "!category it\n"
	    "!location Library 2.14\nNo light");
	e.category = e.location = "";
	assert_string_equal(chat(&e, *state).text, "No light");
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(slack_chat_ts("C1:1.000001", "C1"), "1.000001");
	assert_null(slack_chat_ts("C1:1.000001", "C2"));
	assert_null(slack_chat_ts("C1:1.000001", "C"));
	assert_null(slack_chat_ts("C1:x", "C1"));
	assert_null(slack_chat_ts(NULL, "C1"));
	assert_null(slack_chat_ts("click:C1:U1", "click"));
}

static int
make(void **state)
{
	*state = arena_new((size_t)1 << 20);
	return *state == NULL;
}

static int
drop(void **state)
{
	struct arena *arena = *state;

	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said),
		cmocka_unit_test(test_changed_and_gone),
		cmocka_unit_test(test_clicks),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
