/* What a homeserver's answer is read as; every line is one event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/matrix.h"

#define SELF	"@bot:hs"
#define ID	"\"event_id\":\"$e\",\"sender\":\"@a:hs\","
#define MESSAGE(content) "{" ID "\"type\":\"m.room.message\",\"content\":{" \
	content "}}"

static int
setup(void **state)
{
	*state = arena_new((size_t)64 << 20);
	return *state == NULL;
}

static int
teardown(void **state)
{
	arena_free((struct arena **)state);
	return 0;
}

/* The events of a sync with this timeline. */
static struct matrix_room
room_of(struct arena *arena, const char *timeline)
{
	struct matrix_sync sync = { 0 };
	struct err err = { 0 };
	char text[8192];
	json_t *answer;

	snprintf(text, sizeof text, "{\"next_batch\":\"s1\",\"rooms\":{\"join\":"
	    "{\"!r:hs\":{\"timeline\":{\"limited\":true,\"prev_batch\":\"p\","
	    "\"events\":[%s]}}}}}", timeline);
	answer = json_loads(text, 0, NULL);
	assert_non_null(answer);
	assert_int_equal(matrix_sync_read(answer, SELF, arena, &sync, &err),
	    0);
	assert_int_equal(sync.nrooms, 1);
	json_decref(answer);
	return sync.rooms[0];
}

static const struct one {
	const char	*json;
	enum chat_what	 what;
	const char	*text, *root, *after, *target, *mark;
} ones[] = {
	{ MESSAGE("\"msgtype\":\"m.text\",\"body\":\"hello\""), CHAT_SAYS,
	  "hello", NULL, NULL, NULL, NULL },
	/* a thread, and the newest in it */
	{ MESSAGE("\"msgtype\":\"m.text\",\"body\":\"x\",\"m.relates_to\":{"
	  "\"rel_type\":\"m.thread\",\"event_id\":\"$root\","
	  "\"m.in_reply_to\":{\"event_id\":\"$last\"}}"), CHAT_SAYS, "x",
	  "$root", "$last", NULL, NULL },
	/* quotes of old clients go, the writer's own stay */
	{ MESSAGE("\"msgtype\":\"m.text\",\"body\":\"> <@b:hs> old\\n> two\\n"
	  "\\nnew\",\"m.relates_to\":{\"m.in_reply_to\":{\"event_id\":\"$l\"}}"),
	  CHAT_SAYS, "new", NULL, "$l", NULL, NULL },
	{ MESSAGE("\"msgtype\":\"m.text\",\"body\":\"> kept\""), CHAT_SAYS,
	  "> kept", NULL, NULL, NULL, NULL },
	{ MESSAGE("\"msgtype\":\"m.text\",\"body\":\"* new\",\"m.new_content\":"
	  "{\"msgtype\":\"m.text\",\"body\":\"new\"},\"m.relates_to\":{"
	  "\"rel_type\":\"m.replace\",\"event_id\":\"$t\"}"), CHAT_EDITS,
	  "new", NULL, NULL, "$t", NULL },
	/* with and without U+FE0F it is the same mark */
	{ "{" ID "\"type\":\"m.reaction\",\"content\":{\"m.relates_to\":{"
	  "\"rel_type\":\"m.annotation\",\"event_id\":\"$t\",\"key\":"
	  "\"\\u2709\\ufe0f\"}}}", CHAT_MARKS, "", NULL, NULL, "$t",
	  "\xe2\x9c\x89" },
	{ "{" ID "\"type\":\"m.room.redaction\",\"redacts\":\"$t\",\"content\":"
	  "{}}", CHAT_TAKES_BACK, "", NULL, NULL, "$t", NULL },
	{ "{" ID "\"type\":\"m.room.redaction\",\"content\":{\"redacts\":"
	  "\"$t\"}}", CHAT_TAKES_BACK, "", NULL, NULL, "$t", NULL },
	{ "{" ID "\"type\":\"m.room.encrypted\",\"content\":{}}",
	  CHAT_ENCRYPTED, "", NULL, NULL, NULL, NULL },
	{ "{" ID "\"type\":\"m.room.tombstone\",\"content\":{"
	  "\"replacement_room\":\"!new\"}}", CHAT_ROOM_REPLACED, "", NULL,
	  NULL, "!new", NULL },
	{ "{" ID "\"type\":\"m.room.member\",\"state_key\":\"" SELF "\","
	  "\"content\":{\"membership\":\"ban\",\"reason\":\"a\\u0007b\"}}",
	  CHAT_ROOM_LEFT, "a\xef\xbf\xbd" "b", NULL, NULL, NULL, NULL },
};

static void
same(const char *a, const char *b)
{
	if (b == NULL)
		assert_null(a);
	else {
		assert_non_null(a);
		assert_string_equal(a, b);
	}
}

static void
test_events(void **state)
{
	size_t i;

	for (i = 0; i < sizeof ones / sizeof ones[0]; i++) {
		struct matrix_room room = room_of(*state, ones[i].json);
		const struct chat_event *e = room.events;

		print_message("%s\n", ones[i].json);
		assert_int_equal(room.n, 1);
		assert_int_equal(e->what, ones[i].what);
		same(e->text, ones[i].text);
		same(e->root, ones[i].root);
		same(e->after, ones[i].after);
		same(e->target, ones[i].target);
		same(e->mark, ones[i].mark);
	}
}

/* No event of these is anything to us. */
static void
test_left_out(void **state)
{
	static const char *const bad[] = {
		MESSAGE(""),		/* it was taken back */
		MESSAGE("\"msgtype\":\"m.text\",\"body\":5"),
		"{\"event_id\":\"e\",\"sender\":\"@a:hs\",\"type\":"
		"\"m.room.message\",\"content\":{\"msgtype\":\"m.text\","
		"\"body\":\"x\"}}",
		"{\"event_id\":\"$a b\",\"sender\":\"@a:hs\",\"type\":"
		"\"m.room.encrypted\",\"content\":{}}",
		"{" ID "\"type\":\"m.room.encrypted\",\"content\":[]}",
		"{" ID "\"type\":\"m.room.topic\",\"content\":{}}",
		"{" ID "\"type\":\"m.reaction\",\"content\":{\"m.relates_to\":"
		"{\"event_id\":\"$t\",\"key\":\"\\ufe0f\"}}}",
		"{" ID "\"type\":\"m.room.member\",\"state_key\":\"@c:hs\","
		"\"content\":{\"membership\":\"join\"}}",
		"null", "7", "[]",
	};
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		print_message("%s\n", bad[i]);
		assert_int_equal(room_of(*state, bad[i]).n, 0);
	}
}

static void
test_kinds_of_words(void **state)
{
	struct matrix_room room = room_of(*state,
	    MESSAGE("\"msgtype\":\"m.notice\",\"body\":\"x\"") ","
	    MESSAGE("\"msgtype\":\"m.emote\",\"body\":\"x\"") ","
	    MESSAGE("\"msgtype\":\"m.image\",\"body\":\"see\",\"filename\":"
	    "\"a/b.png\",\"url\":\"mxc://hs/abc\",\"info\":{\"size\":-5,"
	    "\"mimetype\":\"image/png\"}") ","
	    MESSAGE("\"msgtype\":\"m.file\",\"body\":\"c.txt\",\"file\":{}"));

	assert_int_equal(room.n, 4);
	assert_true(room.events[0].automatic && !room.events[0].action);
	assert_true(room.events[1].action && !room.events[1].automatic);
	assert_int_equal(room.events[2].nfiles, 1);
	assert_string_equal(room.events[2].text, "see");
	assert_string_equal(room.events[2].files[0].name, "a/b.png");
	assert_int_equal(room.events[2].files[0].size, 0);
	assert_string_equal(room.events[3].text, "");
	assert_string_equal(room.events[3].files[0].name, "c.txt");
	assert_string_equal(room.events[3].files[0].url, "");
}

/* What stood in the room before we came is not for us. */
static void
test_joining(void **state)
{
	struct matrix_room room = room_of(*state,
	    MESSAGE("\"msgtype\":\"m.text\",\"body\":\"before\"") ","
	    "{" ID "\"type\":\"m.room.member\",\"state_key\":\"" SELF "\","
	    "\"content\":{\"membership\":\"join\"}},"
	    MESSAGE("\"msgtype\":\"m.text\",\"body\":\"after\""));

	assert_true(room.joined_now && !room.limited);
	assert_int_equal(room.n, 2);
	assert_string_equal(room.events[1].text, "after");
	room = room_of(*state, MESSAGE("\"msgtype\":\"m.text\",\"body\":\"x\""));
	assert_true(!room.joined_now && room.limited);
	assert_string_equal(room.prev_batch, "p");
}

static void
test_answers_that_are_none(void **state)
{
	static const char *const bad[] = { "{}", "{\"next_batch\":7}",
	    "{\"next_batch\":\"\"}", "{\"next_batch\":\"a b\"}" };
	struct matrix_sync sync;
	struct matrix_page page;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		json_t *answer = json_loads(bad[i], 0, NULL);
		struct err err = { 0 };

		assert_int_equal(matrix_sync_read(answer, SELF, *state, &sync,
		    &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(matrix_page_read(answer, "!r", SELF, *state,
		    &page, &err), -1);
		json_decref(answer);
	}
}

static void
test_mxc(void **state)
{
	static const char *const bad[] = { "", "mxc://", "mxc://hs", "mxc://hs/",
	    "mxc:///x", "mxc://hs/../x", "mxc://hs/a/b", "mxc://h%2fs/a",
	    "mxc://hs/a?b", "http://hs/a", "mxc://../a" };
	char server[CHAT_ID_MAX + 1], media[CHAT_ID_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		print_message("%s\n", bad[i]);
		assert_false(matrix_mxc(bad[i], server, media));
	}
	assert_true(matrix_mxc("mxc://hs.example:8448/aB_-9", server, media));
	assert_string_equal(server, "hs.example:8448");
	assert_string_equal(media, "aB_-9");
	assert_string_equal(matrix_server_of("@a:hs:8448"), "hs:8448");
	assert_string_equal(matrix_server_of("@a"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_events, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_out, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_kinds_of_words, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_joining, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_answers_that_are_none,
		    setup, teardown),
		cmocka_unit_test(test_mxc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
