#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "parsers/slack.h"
#include "parsers/slack_text.h"

/* The vector that Slack publishes. */
#define SECRET	"8f742231b10e8888abcd99yyyzzz85a5"
#define TIME	1531420618
#define SIGN	"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd2751966" \
		"6489c69b503"
#define BODY	"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&" \
		"team_domain=testteamnow&channel_id=G8PSS9T3V&" \
		"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&" \
		"command=%2Fwebhook-collect&text=&response_url=https%3A%2F" \
		"%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554" \
		"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015." \
		"47445629121.803a0bc887a14d10d2c447fce8b6703c"

#define EVENT(inner)	"{\"type\":\"event_callback\",\"team_id\":\"T1\"," \
			"\"event_id\":\"Ev1\",\"event\":" inner "}"
#define SAY(more)	EVENT("{\"type\":\"message\",\"channel\":\"C1\"," \
			"\"user\":\"U1\",\"ts\":\"1700000000.000100\"" more "}")

static void
test_signed(void **state)
{
	static const struct {
		const char	*what, *secret, *time, *sign, *body;
		int64_t		 now;
		bool		 good;
	} t[] = {
		{ "published", SECRET, "1531420618", SIGN, BODY, TIME, true },
		{ "300 s late", SECRET, "1531420618", SIGN, BODY, TIME + 300,
		  true },
		{ "301 s late", SECRET, "1531420618", SIGN, BODY, TIME + 301,
		  false },
		{ "300 s early", SECRET, "1531420618", SIGN, BODY, TIME - 300,
		  true },
		{ "301 s early", SECRET, "1531420618", SIGN, BODY, TIME - 301,
		  false },
		{ "other body", SECRET, "1531420618", SIGN, BODY "x", TIME,
		  false },
		{ "other secret", "8f742231b10e8888abcd99yyyzzz85a6",
		  "1531420618", SIGN, BODY, TIME, false },
		{ "other time", SECRET, "1531420619", SIGN, BODY, TIME,
		  false },
		{ "no secret", "", "1531420618", SIGN, BODY, TIME, false },
		{ "no time", SECRET, NULL, SIGN, BODY, TIME, false },
		{ "no signature", SECRET, "1531420618", NULL, BODY, TIME,
		  false },
		{ "empty", SECRET, "1531420618", "", BODY, TIME, false },
		{ "version alone", SECRET, "1531420618", "v0=", BODY, TIME,
		  false },
		{ "upper case", SECRET, "1531420618", "v0=A2114D57B48EAC39B9AD"
		  "189DD8316235A7B4A8D21A10BD27519666489C69B503", BODY, TIME,
		  false },
		{ "a byte more", SECRET, "1531420618", SIGN "0", BODY, TIME,
		  false },
		{ "time with blank", SECRET, " 1531420618", SIGN, BODY, TIME,
		  false },
		{ "negative time", SECRET, "-1531420618", SIGN, BODY, TIME,
		  false },
		{ "huge time", SECRET, "99999999999999999999", SIGN, BODY,
		  TIME, false },
		{ "huge time that fits", SECRET, "18446744073709551615", SIGN,
		  BODY, TIME, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].what);
		assert_int_equal(slack_signed(slice_of(t[i].secret), t[i].time,
		    t[i].sign, slice_of(t[i].body), t[i].now), t[i].good);
	}
}

static void
test_event(void **state)
{
	static const struct {
		const char	*body;
		int		 rc;
		enum slack_kind	 kind;
		const char	*item, *thread, *text, *mark;
	} t[] = {
		{ "", -1, 0, "", "", "", "" },
		{ "[]", -1, 0, "", "", "", "" },
		{ "{\"type\":1}", 0, SLACK_NOTHING, "", "", "", "" },
		{ "{\"a\":1,\"a\":2}", -1, 0, "", "", "", "" },
		{ "{\"type\":\"url_verification\",\"challenge\":\"abc\"}", 0,
		  SLACK_CHALLENGE, "", "", "abc", "" },
		{ "{\"type\":\"app_rate_limited\"}", 0, SLACK_LIMITED, "", "",
		  "", "" },
		{ "{\"type\":\"event_callback\",\"team_id\":\"T1\"}", -1, 0,
		  "", "", "", "" },
		{ EVENT("{\"type\":\"team_join\"}"), 0, SLACK_NOTHING, "", "",
		  "", "" },
		{ SAY(",\"text\":\"a &lt;b&gt; &amp;amp;\""), 0, SLACK_SAID,
		  "", "", "a <b> &amp;", "" },
		{ SAY(",\"text\":\"x\",\"thread_ts\":\"1600000000.000001\""),
		  0, SLACK_SAID, "", "1600000000.000001", "x", "" },
		{ SAY(",\"text\":\"root\","
		  "\"thread_ts\":\"1700000000.000100\""), 0, SLACK_SAID, "",
		  "", "root", "" },
		{ SAY(",\"subtype\":\"thread_broadcast\",\"text\":\"b\""), 0,
		  SLACK_SAID, "", "", "b", "" },
		{ SAY(",\"subtype\":\"channel_join\",\"text\":\"j\""), 0,
		  SLACK_NOTHING, "", "", "", "" },
		{ SAY(",\"subtype\":\"channel_topic\",\"text\":\"j\""), 0,
		  SLACK_NOTHING, "", "", "", "" },
		{ SAY(",\"thread_ts\":\"1; DROP\""), -1, 0, "", "", "", "" },
		{ SAY(",\"thread_ts\":7"), -1, 0, "", "", "", "" },
		{ EVENT("{\"type\":\"message\",\"ts\":\"1.000001\"}"), -1, 0,
		  "", "", "", "" },
		{ EVENT("{\"type\":\"message\",\"channel\":\"../C\","
		  "\"ts\":\"1.000001\"}"), -1, 0, "", "", "", "" },
		{ EVENT("{\"type\":\"message\",\"channel\":\"C1\"}"), -1, 0,
		  "", "", "", "" },
		{ EVENT("{\"type\":\"app_mention\",\"channel\":\"C1\","
		  "\"user\":\"U1\",\"ts\":\"1.000001\","
		  "\"text\":\"<@U9> hi\"}"), 0, SLACK_SAID, "", "",
		  "@U9 hi", "" },
		{ EVENT("{\"type\":\"message\",\"channel\":\"C1\","
		  "\"subtype\":\"message_changed\",\"ts\":\"2.000002\","
		  "\"message\":{\"ts\":\"1.000001\",\"user\":\"U1\","
		  "\"text\":\"new\",\"edited\":{\"ts\":\"2.000000\"}},"
		  "\"previous_message\":{\"text\":\"old\"}}"), 0,
		  SLACK_CHANGED, "1.000001", "", "new", "" },
		{ EVENT("{\"type\":\"message\",\"channel\":\"C1\","
		  "\"subtype\":\"message_changed\",\"ts\":\"2.000002\","
		  "\"message\":{\"ts\":\"1.000001\",\"user\":\"U1\","
		  "\"subtype\":\"tombstone\",\"text\":\"gone\"}}"), 0,
		  SLACK_DELETED, "1.000001", "", "gone", "" },
		{ EVENT("{\"type\":\"message\",\"channel\":\"C1\","
		  "\"subtype\":\"message_deleted\",\"ts\":\"2.000002\","
		  "\"deleted_ts\":\"1.000001\"}"), 0, SLACK_DELETED,
		  "1.000001", "", "", "" },
		{ EVENT("{\"type\":\"message\",\"channel\":\"C1\","
		  "\"subtype\":\"message_deleted\",\"ts\":\"2.000002\"}"), -1,
		  0, "", "", "", "" },
		{ EVENT("{\"type\":\"reaction_added\",\"user\":\"U1\","
		  "\"reaction\":\"eyes\",\"item\":{\"type\":\"message\","
		  "\"channel\":\"C1\",\"ts\":\"1.000001\"},"
		  "\"event_ts\":\"2.000001\"}"), 0, SLACK_MARKED, "1.000001",
		  "", "", "\xf0\x9f\x91\x80" },
		{ EVENT("{\"type\":\"reaction_removed\",\"user\":\"U1\","
		  "\"reaction\":\"wave::skin-tone-2\","
		  "\"item\":{\"type\":\"message\","
		  "\"channel\":\"C1\",\"ts\":\"1.000001\"}}"), 0,
		  SLACK_UNMARKED, "1.000001", "", "", ":wave:" },
		{ EVENT("{\"type\":\"reaction_added\",\"user\":\"U1\","
		  "\"reaction\":\"eyes\",\"item\":{\"type\":\"file\"}}"), 0,
		  SLACK_NOTHING, "", "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *arena = arena_new((size_t)1 << 20);
		struct slack_event e;
		struct err err = { 0 };
		size_t len = strlen(t[i].body);
		char *in = malloc(len + 1);

		print_message("%s\n", t[i].body);
		memcpy(in, t[i].body, len);
		assert_int_equal(slack_event((struct slice){ in, len }, arena,
		    &e, &err), t[i].rc);
		assert_int_equal(err.code, t[i].rc == -1 ? ERR_INPUT : 0);
		if (t[i].rc == 0) {
			assert_int_equal(e.kind, t[i].kind);
			assert_string_equal(e.item, t[i].item);
			assert_string_equal(e.thread, t[i].thread);
			assert_string_equal(e.text, t[i].text);
			assert_string_equal(e.mark, t[i].mark);
		}
		free(in);
		arena_free(&arena);
	}
}

static void
test_message_whole(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 20);
	struct slack_event e;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(slack_event(slice_of(SAY(",\"bot_id\":\"B1\","
	    "\"subtype\":\"file_share\",\"channel_type\":\"im\",\"files\":[{"
	    "\"id\":\"F1\",\"name\":\"a\\nb.png\",\"mimetype\":\"image/png\","
	    "\"size\":7,\"url_private\":\"https://f/1\"},{\"id\":\"../F\"},"
	    "{\"id\":\"F2\",\"file_access\":\"check_file_info\"}]")), arena,
	    &e, &err), 0);
	assert_string_equal(e.key, "Ev1");
	assert_string_equal(e.team, "T1");
	assert_string_equal(e.user, "U1");
	assert_string_equal(e.bot, "B1");
	assert_string_equal(e.channel, "C1");
	assert_string_equal(e.ts, "1700000000.000100");
	assert_true(e.direct);
	assert_int_equal(e.nfiles, 2);
	assert_string_equal(e.files[0].id, "F1");
	assert_string_equal(e.files[0].name, "a b.png");
	assert_string_equal(e.files[0].type, "image/png");
	assert_string_equal(e.files[0].url, "https://f/1");
	assert_int_equal(e.files[0].size, 7);
	assert_string_equal(e.files[1].url, "");
	arena_free(&arena);
}

static void
test_deep(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 20);
	size_t n = 200000;
	char *in = malloc(n + 6);
	struct slack_event e;
	struct err err = { 0 };

	(void)state;
	memcpy(in, "{\"a\":", 5);
	memset(in + 5, '[', n);
	assert_int_equal(slack_event((struct slice){ in, n + 5 }, arena, &e,
	    &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	free(in);
	arena_free(&arena);
}

static void
test_command(void **state)
{
	static const struct {
		const char	*body;
		int		 rc;
		enum slack_kind	 kind;
		const char	*text;
	} t[] = {
		{ BODY, 0, SLACK_COMMAND, "" },
		{ "ssl_check=1&token=x", 0, SLACK_SSL_CHECK, "" },
		{ "ssl_check=1&payload=%7B%7D&user_id=U1&team_id=T1&"
		  "channel_id=C1&trigger_id=1&text=do", 0, SLACK_SSL_CHECK,
		  "" },
		{ "user_id=U1&team_id=T1&channel_id=C1&trigger_id=1&"
		  "text=+No+light+%26amp%3B+%C3%A4+", 0, SLACK_COMMAND,
		  "No light & \303\244" },
		{ "user_id=U1&team_id=T1&channel_id=C1&trigger_id=1&text=%ff",
		  0, SLACK_COMMAND, "\357\277\275" },
		{ "user_id=U1&user_id=U2&team_id=T1&channel_id=C1&"
		  "trigger_id=1", -1, 0, "" },
		{ "user_id=U1&team_id=T1&channel_id=C1", -1, 0, "" },
		{ "user_id=U1&team_id=T1&channel_id=C1&trigger_id=1&text=%0",
		  -1, 0, "" },
		{ "user_id=U1&team_id=T1&channel_id=C1&trigger_id=1&text=%00",
		  -1, 0, "" },
		{ "", -1, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *arena = arena_new((size_t)1 << 20);
		struct slack_event e;
		struct err err = { 0 };

		print_message("%s\n", t[i].body);
		assert_int_equal(slack_command(slice_of(t[i].body), arena, &e,
		    &err), t[i].rc);
		assert_int_equal(err.code, t[i].rc == -1 ? ERR_INPUT : 0);
		if (t[i].rc == 0) {
			assert_int_equal(e.kind, t[i].kind);
			assert_string_equal(e.text, t[i].text);
		}
		arena_free(&arena);
	}
}

static void
test_interact(void **state)
{
	static const char click[] = "payload={\"type\":\"block_actions\","
	    "\"user\":{\"id\":\"U1\"},\"team\":{\"id\":\"T1\"},"
	    "\"channel\":{\"id\":\"C1\"},\"trigger_id\":\"9.9\","
	    "\"response_url\":\"https://h/1\",\"message\":{"
	    "\"ts\":\"1.000001\"},\"actions\":[{\"action_id\":\"take\","
	    "\"action_ts\":\"3.000001\",\"value\":\"1042\"}]}";
	static const char form[] = "payload={\"type\":\"view_submission\","
	    "\"user\":{\"id\":\"U1\"},\"team\":{\"id\":\"T1\"},"
	    "\"view\":{\"id\":\"V1\",\"state\":{\"values\":{\"category\":{"
	    "\"category\":{\"selected_option\":{\"value\":\"it\"}}},"
	    "\"location\":{\"location\":{\"value\":\"Library\"}},"
	    "\"text\":{\"text\":{\"value\":\"No light\"}}}}}}";
	struct arena *arena = arena_new((size_t)1 << 20);
	struct slack_event e;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(slack_interact(slice_of(click), arena, &e, &err), 0);
	assert_int_equal(e.kind, SLACK_CLICK);
	assert_string_equal(e.key, "click:C1:U1:3.000001:take");
	assert_string_equal(e.item, "1.000001");
	assert_string_equal(e.value, "1042");
	assert_string_equal(e.reply_url, "https://h/1");
	assert_int_equal(slack_interact(slice_of(form), arena, &e, &err), 0);
	assert_int_equal(e.kind, SLACK_FORM);
	assert_string_equal(e.key, "form:V1");
	assert_string_equal(e.category, "it");
	assert_string_equal(e.location, "Library");
	assert_string_equal(e.text, "No light");
	assert_int_equal(slack_interact(slice_of("payload={\"type\":"
	    "\"shortcut\",\"user\":{\"id\":\"U1\"},\"team\":{\"id\":\"T1\"}}"),
	    arena, &e, &err), 0);
	assert_int_equal(e.kind, SLACK_NOTHING);
	assert_int_equal(slack_interact(slice_of("payload=[]"), arena, &e,
	    &err), -1);
	assert_int_equal(slack_interact(slice_of("payload={\"type\":"
	    "\"block_actions\"}"), arena, &e, &err), -1);
	arena_free(&arena);
}

static void
test_text(void **state)
{
	static const char *const t[][2] = {
		{ "", "" },
		{ "a < b", "a < b" },
		{ "<!channel> <!here|here>", "@channel @here" },
		{ "<!subteam^S1|@staff>", "@staff" },
		{ "<@U1> <@U1|mia> <#C1|help>", "@U1 @mia #help" },
		{ "<https://x.example>", "https://x.example" },
		{ "<https://x.example|x.example>", "x.example" },
		{ "<https://x.example|here>", "here (https://x.example)" },
		{ "<mailto:a@b.example|a@b.example>", "a@b.example" },
		{ "<mailto:a@b.example>", "a@b.example" },
		{ "<>", "" },
		{ "<<<<", "<<<<" },
		{ "&lt;@U1&gt; &amp;lt; &copy; &", "<@U1> &lt; &copy; &" },
		{ "a\r\nb\001", "a\nb\357\277\275" },
	};
	struct arena *arena = arena_new((size_t)1 << 20);
	struct buf out = BUF_INIT(1000);

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i][0]);
		assert_string_equal(slack_text_in(arena, slice_of(t[i][0]),
		    1000), t[i][1]);
	}
	assert_string_equal(slack_text_in(arena, slice_of("\303\244\303\244"),
	    3), "\303\244");
	slack_text_out(&out, slice_of("<!channel> & <b>"));
	assert_string_equal(buf_str(&out), "&lt;!channel&gt; &amp; "
	    "&lt;b&gt;");
	assert_string_equal(slack_mark_out("\xe2\x9c\x89"), "email");
	assert_null(slack_mark_out(":wave:"));
	buf_free(&out);
	arena_free(&arena);
}

static void
test_ts(void **state)
{
	(void)state;
	assert_true(slack_is_ts("1700000000.000100"));
	assert_false(slack_is_ts("1700000000.00010"));
	assert_false(slack_is_ts("1700000000"));
	assert_false(slack_is_ts("1700000000.0001000"));
	assert_false(slack_is_ts(".000100"));
	assert_false(slack_is_ts(""));
	assert_int_equal(slack_ts_compare("9.000001", "10.000000"), -1);
	assert_int_equal(slack_ts_compare("1700000000.000100",
	    "1700000000.000099"), 1);
	assert_int_equal(slack_ts_compare("1.000001", "01.000001"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_message_whole),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_interact),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_ts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
