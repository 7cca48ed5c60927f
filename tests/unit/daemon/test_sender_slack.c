#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/httpd.h"
#include "base/slack_api.h"
#include "daemon/chat_door.h"

#define TS	"1700000000.000100"

/* What Slack answers to each method, and what it heard last. */
static struct {
	const char	*method, *body;
	int		 status;
} says[4];
static char place[40], url[64], heard[8][64];
static json_t *asked;
static int nheard;

static void
answer(const struct httpd_request *request, struct httpd_response *response,
    void *arg)
{
	const char *method = strrchr(request->path, '/') + 1;

	(void)arg;
	if (nheard < 8)
		snprintf(heard[nheard++], sizeof heard[0], "%.60s", method);
	json_decref(asked);
	asked = json_loadb(request->body.p == NULL ? "" : request->body.p,
	    request->body.len, 0, NULL);
	response->status = 200;
	response->type = "application/json";
	for (size_t i = 0; i < 4; i++)
		if (says[i].method != NULL && strcmp(says[i].method,
		    method) == 0) {
			response->status = says[i].status;
			buf_adds(&response->body, says[i].body);
			return;
		}
	buf_adds(&response->body, "{\"ok\":true,\"ts\":\"" TS "\"}");
}

static int
start(void **state)
{
	struct httpd_options options = { .place = place,
	    .body_max = 1000000, .handler = answer };
	struct httpd *httpd = NULL;
	struct err err = { 0 };

	for (int port = 12000 + (int)getpid() % 15000; httpd == NULL; port++) {
		snprintf(place, sizeof place, "127.0.0.1:%d", port);
		httpd_start(&options, &httpd, &err);
	}
	snprintf(url, sizeof url, "http://%s/api", place);
	*state = httpd;
	return 0;
}

static int
stop(void **state)
{
	struct httpd *httpd = *state;

	httpd_stop(&httpd);
	json_decref(asked);
	return 0;
}

/* One post; method (NULL: all) is answered so. */
static enum chat_end
send_one(const char *event, const char *post, bool perhaps,
    const char *method, const char *body, struct chat_reply *reply)
{
	struct settings *settings = settings_default("help@campus.example",
	    "/nowhere");
	struct outbox_row row = { .id = 77, .ticket = 1042, .event = event,
	    .to = "C1", .first_try_ms = 1700000000000 };
	json_t *json = json_loads(post, 0, NULL);
	struct err err = { 0 };
	enum chat_end end;
	void *door;

	settings->slack = (struct settings_chat){ .present = true,
	    .bot_token = arena_strdup(settings->arena, "xoxb-1"),
	    .signing_secret = "", .app_token = "", .access_token = "",
	    .api = url, .mode = "events" };
	settings->url = "https://h.example";
	nheard = 0;
	memset(says, 0, sizeof says);
	says[0].method = method;
	says[0].body = body;
	says[0].status = 200;
	assert_non_null(json);
	assert_true(chat_door_slack.is_configured(settings));
	door = chat_door_slack.open(settings, NULL, NULL, &err);
	assert_non_null(door);
	end = chat_door_slack.send(door, &row, json, perhaps, reply);
	chat_door_slack.close(door);
	json_decref(json);
	settings_free(&settings);
	return end;
}

static const char *
said(const char *key)
{
	return slack_api_text(asked, key);
}

static void
test_card(void **state)
{
	struct chat_reply r;
	const json_t *blocks, *header, *actions;

	(void)state;
	assert_int_equal(send_one("card", "{\"do\":\"post\",\"text\":\"#1042 "
	    "<!channel> & *b*\\nopen\\n\\nwords\"}", false, NULL, NULL, &r),
	    CHAT_END_SENT);
	assert_string_equal(r.item, "C1:" TS);
	assert_string_equal(heard[0], "chat.postMessage");
	assert_string_equal(said("channel"), "C1");
	assert_string_equal(said("text"), "#1042 &lt;!channel&gt; &amp; *b*"
	    "\nopen\n\nwords");
	assert_true(json_is_false(json_object_get(asked, "mrkdwn")));
	assert_true(json_is_false(json_object_get(asked, "unfurl_links")));
	assert_string_equal(slack_api_text(json_object_get(json_object_get(
	    asked, "metadata"), "event_payload"), "outbox_id"), "77");
	blocks = json_object_get(asked, "blocks");
	assert_int_equal(json_array_size(blocks), 3);
	header = json_object_get(json_array_get(blocks, 0), "text");
	assert_string_equal(slack_api_text(header, "type"), "plain_text");
	assert_string_equal(slack_api_text(header, "text"),
	    "#1042 <!channel> & *b*");
	actions = json_object_get(json_array_get(blocks, 2), "elements");
	assert_int_equal(json_array_size(actions), 4);
	assert_string_equal(slack_api_text(json_array_get(actions, 3),
	    "url"), "https://h.example/tickets/1042");
}

static void
test_in_thread(void **state)
{
	static const char head[] = "{\"do\":\"post\",\"root\":\"C1:" TS
	    "\",\"after\":\"click:1\",\"text\":\"";
	char post[20100];
	struct chat_reply r;
	size_t total = 0, i;
	const json_t *block;

	(void)state;
	memset(post, 'x', sizeof post);
	memcpy(post, head, sizeof head - 1);
	snprintf(post + 20000, 100, "\"}");
	assert_int_equal(send_one("said", post, false, NULL, NULL, &r),
	    CHAT_END_SENT);
	assert_string_equal(said("thread_ts"), TS);
	assert_true(strlen(said("text")) <= 3500);
	json_array_foreach(json_object_get(asked, "blocks"), i, block) {
		size_t n = strlen(slack_api_text(json_object_get(block,
		    "text"), "text"));

		assert_true(n > 0 && n <= 3000);
		total += n;
	}
	assert_true(total > 3000 && total <= 11000);
}

/* An unclear end is looked for before anything is sent again. */
static void
test_looked_for(void **state)
{
	struct chat_reply r;

	(void)state;
	assert_int_equal(send_one("card", "{\"do\":\"post\",\"text\":\"x\"}",
	    true, "conversations.history", "{\"ok\":true,\"messages\":["
	    "{\"ts\":\"1.000001\",\"metadata\":{\"event_type\":\"other\","
	    "\"event_payload\":{\"outbox_id\":\"77\"}}},"
	    "{\"ts\":\"1.000002\",\"metadata\":{\"event_type\":"
	    "\"campusdesk_post\",\"event_payload\":{\"outbox_id\":\"76\"}}},"
	    "{\"ts\":\"1.000003\",\"metadata\":{\"event_type\":"
	    "\"campusdesk_post\",\"event_payload\":{\"outbox_id\":"
	    "\"77\"}}}]}", &r), CHAT_END_SENT);
	assert_string_equal(r.item, "C1:1.000003");
	assert_int_equal(nheard, 1);
	assert_int_equal(send_one("card", "{\"do\":\"post\",\"text\":\"x\"}",
	    true, "conversations.history", "{\"ok\":true,\"messages\":[]}",
	    &r), CHAT_END_SENT);
	assert_string_equal(heard[1], "chat.postMessage");
	assert_int_equal(send_one("said", "{\"do\":\"post\",\"text\":\"x\","
	    "\"root\":\"C1:" TS "\"}", true, "conversations.replies",
	    "{\"ok\":false,\"error\":\"internal_error\"}", &r),
	    CHAT_END_UNCLEAR);
	assert_int_equal(nheard, 1);
}

static void
test_ends(void **state)
{
	static const struct {
		const char	*post, *method, *error;
		enum chat_end	 end;
	} t[] = {
		{ "post", "chat.postMessage", "channel_not_found",
		  CHAT_END_ROOM },
		{ "post", "chat.postMessage", "not_in_channel",
		  CHAT_END_ROOM },
		{ "post", "chat.postMessage", "is_archived", CHAT_END_ROOM },
		{ "post", "chat.postMessage", "token_revoked",
		  CHAT_END_SHUT },
		{ "post", "chat.postMessage", "ratelimited", CHAT_END_LATER },
		{ "post", "chat.postMessage", "message_limit_exceeded",
		  CHAT_END_LATER },
		{ "post", "chat.postMessage", "fatal_error",
		  CHAT_END_UNCLEAR },
		{ "post", "chat.postMessage", "no_text", CHAT_END_REFUSED },
		{ "edit", "chat.update", "message_not_found", CHAT_END_SENT },
		{ "edit", "chat.update", "cant_update_message",
		  CHAT_END_REFUSED },
		{ "mark", "reactions.add", "already_reacted", CHAT_END_SENT },
		{ "mark", "reactions.add", "message_not_found",
		  CHAT_END_SENT },
		{ "unmark", "reactions.remove", "no_reaction",
		  CHAT_END_SENT },
		{ "retract", "chat.delete", "message_not_found",
		  CHAT_END_SENT },
		{ "retract", "chat.delete", "cant_delete_message",
		  CHAT_END_REFUSED },
		{ "dance", "chat.dance", "x", CHAT_END_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct chat_reply r;
		char post[300], body[100];

		print_message("%s %s\n", t[i].post, t[i].error);
		snprintf(post, sizeof post, "{\"do\":\"%s\",\"text\":\"x\","
		    "\"item\":\"C1:" TS "\",\"ours\":\"C1:" TS "\",\"mark\":"
		    "\"\xe2\x9c\x89\"}", t[i].post);
		snprintf(body, sizeof body, "{\"ok\":false,\"error\":\"%s\"}",
		    t[i].error);
		assert_int_equal(send_one("said", post, false, t[i].method,
		    body, &r), t[i].end);
		assert_null(strstr(r.why, "xoxb-1"));
	}
}

/* Blocks that Slack does not take go without them. */
static void
test_plain_when_need_be(void **state)
{
	struct chat_reply r;

	(void)state;
	assert_int_equal(send_one("card", "{\"do\":\"post\",\"text\":\"x\"}",
	    false, "chat.postMessage",
	    "{\"ok\":false,\"error\":\"invalid_blocks\"}", &r),
	    CHAT_END_REFUSED);
	assert_int_equal(nheard, 2);
	assert_null(json_object_get(asked, "blocks"));
}

static void
test_marks(void **state)
{
	struct chat_reply r;

	(void)state;
	assert_int_equal(send_one("mark", "{\"do\":\"mark\",\"item\":\"C1:" TS
	    "\",\"mark\":\"\xf0\x9f\x93\xa8\"}", false, NULL, NULL, &r),
	    CHAT_END_SENT);
	assert_string_equal(said("name"), "incoming_envelope");
	assert_string_equal(said("timestamp"), TS);
	/* a click is no message, and bears no marks */
	assert_int_equal(send_one("mark", "{\"do\":\"mark\",\"item\":"
	    "\"click:C1:U1:1.000001:take\",\"mark\":\"\xe2\x9c\x89\"}", false,
	    NULL, NULL, &r), CHAT_END_SENT);
	assert_int_equal(nheard, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_card),
		cmocka_unit_test(test_in_thread),
		cmocka_unit_test(test_looked_for),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_plain_when_need_be),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
