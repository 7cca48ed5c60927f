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

/* What the other side answers next, and what it heard. */
static struct {
	int		 status;
	const char	*type, *body;
	int		 calls;
	char		 path[200], asked[2000], authorization[200];
} other;

static char place[40], url[64];

static void
answer(const struct httpd_request *request, struct httpd_response *response,
    void *arg)
{
	const char *field = httpd_field(request, "Authorization");

	(void)arg;
	other.calls++;
	snprintf(other.path, sizeof other.path, "%s", request->path);
	snprintf(other.asked, sizeof other.asked, "%.*s",
	    (int)request->body.len, request->body.p == NULL ? "" :
	    request->body.p);
	snprintf(other.authorization, sizeof other.authorization, "%s",
	    field == NULL ? "" : field);
	response->status = other.status;
	response->type = other.type;
	buf_adds(&response->body, other.body);
}

static void
says(int status, const char *body)
{
	other.status = status;
	other.type = "application/json";
	other.body = body;
}

static int
start(void **state)
{
	struct httpd_options options = { .place = place,
	    .body_max = 10000, .handler = answer };
	struct httpd *httpd = NULL;
	struct err err = { 0 };

	for (int port = 12000 + (int)getpid() % 15000; httpd == NULL; port++) {
		snprintf(place, sizeof place, "127.0.0.1:%d", port);
		httpd_start(&options, &httpd, &err);
	}
	snprintf(url, sizeof url, "http://%s/api/", place);
	*state = httpd;
	return 0;
}

static int
stop(void **state)
{
	struct httpd *httpd = *state;

	httpd_stop(&httpd);
	return 0;
}

static void
test_meaning(void **state)
{
	static const struct {
		int			 status;
		const char		*body;
		enum slack_api_how	 how;
		const char		*error;
	} t[] = {
		{ 200, "{\"ok\":true}", SLACK_API_OK, "" },
		{ 200, "{\"ok\":false,\"error\":\"channel_not_found\"}",
		  SLACK_API_NO, "channel_not_found" },
		{ 200, "{\"ok\":false,\"error\":\"invalid_auth\"}",
		  SLACK_API_SHUT, "invalid_auth" },
		{ 200, "{\"ok\":false,\"error\":\"missing_scope\","
		  "\"needed\":\"chat:write\"}", SLACK_API_SHUT,
		  "missing_scope" },
		{ 200, "{\"ok\":false,\"error\":\"internal_error\"}",
		  SLACK_API_AWAY, "internal_error" },
		{ 200, "{\"ok\":false}", SLACK_API_AWAY, "" },
		{ 200, "<html>", SLACK_API_AWAY, "" },
		{ 200, "[]", SLACK_API_AWAY, "" },
		{ 503, "", SLACK_API_AWAY, "" },
		{ 500, "{\"ok\":true}", SLACK_API_AWAY, "" },
	};
	json_t *arguments = json_pack("{s:s}", "a", "b");

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct slack_api api = { .url = url, .token = "xoxb-1" };
		struct slack_api_reply r;

		print_message("%d %s\n", t[i].status, t[i].body);
		says(t[i].status, t[i].body);
		assert_int_equal(slack_api_call(&api, "x.y", arguments, 5000,
		    &r), t[i].how);
		assert_string_equal(r.error, t[i].error);
		assert_string_equal(other.path, "/api/x.y");
		assert_string_equal(other.asked, "{\"a\":\"b\"}");
		assert_string_equal(other.authorization, "Bearer xoxb-1");
		assert_null(strstr(r.why.msg, "xoxb-1"));
		assert_int_equal(r.why.code != 0, t[i].how != SLACK_API_OK);
		slack_api_free(&r);
	}
	json_decref(arguments);
}

/* A method that asks for patience is left alone, the others are not. */
static void
test_limited(void **state)
{
	struct slack_api api = { .url = url, .token = "xoxb-1" };
	struct slack_api_reply r;
	int calls;

	(void)state;
	says(429, "{\"ok\":false,\"error\":\"ratelimited\"}");
	assert_int_equal(slack_api_ask(&api, &r, "a.b", "c", "d e", "f", "",
	    NULL), SLACK_API_LIMITED);
	assert_string_equal(other.asked, "c=d%20e");
	assert_true(r.wait_ms >= 1000);
	slack_api_free(&r);
	says(200, "{\"ok\":true}");
	calls = other.calls;
	assert_int_equal(slack_api_ask(&api, &r, "a.b", NULL),
	    SLACK_API_LIMITED);
	assert_int_equal(other.calls, calls);
	slack_api_free(&r);
	assert_int_equal(slack_api_ask(&api, &r, "a.c", NULL), SLACK_API_OK);
	slack_api_free(&r);
	for (int i = 0; i < 2 * SLACK_API_METHODS; i++) {
		char name[20];

		snprintf(name, sizeof name, "m.%d", i);
		says(200, "{\"ok\":false,\"error\":\"ratelimited\"}");
		assert_int_equal(slack_api_ask(&api, &r, name, NULL),
		    SLACK_API_LIMITED);
		slack_api_free(&r);
	}
}

static void
test_nobody(void **state)
{
	struct slack_api api = { .url = "http://127.0.0.1:1/api",
	    .token = "xoxb-1" };
	struct slack_api_reply r;

	(void)state;
	assert_int_equal(slack_api_ask(&api, &r, "a.b", NULL),
	    SLACK_API_AWAY);
	assert_null(r.json);
	slack_api_free(&r);
}

static void
test_is_ours(void **state)
{
	static const struct {
		const char	*api, *url;
		bool		 ours;
	} t[] = {
		{ "https://slack.com/api", "https://files.slack.com/x", true },
		{ "https://slack.com/api", "https://slack.com/x", true },
		{ "https://slack.com/api", "https://hooks.slack.com/x", true },
		{ "https://slack.com/api", "http://files.slack.com/x", false },
		{ "https://slack.com/api", "https://evil.example/slack.com",
		  false },
		{ "https://slack.com/api", "https://evilslack.com/", false },
		{ "https://slack.com/api", "https://a@files.slack.com/",
		  false },
		{ "https://slack.com/api", "https://slack.com:x@evil.example",
		  false },
		{ "https://slack.com/api", "https://evil.example#.slack.com",
		  false },
		{ "https://slack.com/api", "https://evil.example\\.slack.com",
		  false },
		{ "https://slack.com/api", "http://127.0.0.1/x", false },
		{ "https://slack.com/api", "file:///etc/passwd", false },
		{ "https://slack.com/api", "", false },
		{ "https://slack.com/api", "https://slack.com/\nx", false },
		{ "https://chat.example/api", "https://chat.example/f",
		  true },
		{ "http://127.0.0.1:8/api", "http://127.0.0.1:9/f", true },
		{ "http://127.0.0.1:8/api", "http://127.0.0.1.evil.example/",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct slack_api api = { .url = t[i].api };

		print_message("%s %s\n", t[i].api, t[i].url);
		assert_int_equal(slack_api_is_ours(&api, t[i].url),
		    t[i].ours);
	}
}

static void
test_files(void **state)
{
	struct slack_api api = { .url = url, .token = "xoxb-1" };
	struct buf out = BUF_INIT(10);
	struct slack_api_reply r;
	char at[100];

	(void)state;
	snprintf(at, sizeof at, "http://%s/file", place);
	other.status = 200;
	other.type = "image/png";
	other.body = "bytes";
	assert_int_equal(slack_api_download(&api, at, 5000, &out, &r),
	    SLACK_API_OK);
	assert_string_equal(buf_str(&out), "bytes");
	assert_string_equal(other.authorization, "Bearer xoxb-1");
	other.type = "text/html; charset=utf-8";
	assert_int_equal(slack_api_download(&api, at, 5000, &out, &r),
	    SLACK_API_NO);
	other.type = "image/png";
	other.body = "more than ten bytes";
	buf_reset(&out);
	assert_int_equal(slack_api_download(&api, at, 5000, &out, &r),
	    SLACK_API_NO);
	assert_int_equal(slack_api_download(&api, "https://evil.example/x",
	    5000, &out, &r), SLACK_API_NO);
	assert_int_equal(slack_api_upload(&api, at, slice_of("abc"), 5000,
	    &r), SLACK_API_OK);
	assert_string_equal(other.asked, "abc");
	assert_string_equal(other.authorization, "");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meaning),
		cmocka_unit_test(test_limited),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_is_ours),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
