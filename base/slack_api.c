#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/slack_api.h"
#include "base/text.h"

#define ANSWER_MAX	((size_t)8 << 20)
#define FORM_MAX	((size_t)64 << 10)
#define LIMITED_MS	5000		/* when a 429 says no time */
#define LIMITED_MAX_MS	((int64_t)3600 * 1000)

const char *
slack_api_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s == NULL ? "" : s;
}

void
slack_api_free(struct slack_api_reply *reply)
{
	json_decref(reply->json);
	reply->json = NULL;
}

/* ---- methods that are left alone ---- */

static int64_t
pause_of(const struct slack_api *api, const char *method)
{
	int64_t now = clock_mono_ms();

	for (size_t i = 0; i < SLACK_API_METHODS; i++)
		if (strcmp(api->paused[i].method, method) == 0 &&
		    api->paused[i].until_ms > now)
			return api->paused[i].until_ms - now;
	return 0;
}

/* In its place, or in that of the one that is over first. */
static void
leave_alone(struct slack_api *api, const char *method, int64_t ms)
{
	size_t best = 0, n = strlen(method);

	for (size_t i = 0; i < SLACK_API_METHODS; i++) {
		if (strcmp(api->paused[i].method, method) == 0) {
			best = i;
			break;
		}
		if (api->paused[i].until_ms < api->paused[best].until_ms)
			best = i;
	}
	if (n >= sizeof api->paused[best].method)
		return;
	memcpy(api->paused[best].method, method, n + 1);
	api->paused[best].until_ms = clock_mono_ms() + ms;
}

/* ---- what an answer means ---- */

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static enum slack_api_how
meaning(const char *error)
{
	static const char *const limited[] = { "ratelimited", "rate_limited",
	    "message_limit_exceeded", NULL };
	static const char *const shut[] = { "invalid_auth", "not_authed",
	    "token_revoked", "token_expired", "account_inactive",
	    "missing_scope", "no_permission", "not_allowed_token_type",
	    "ekm_access_denied", "team_access_not_granted",
	    "org_login_required", "access_denied", NULL };
	static const char *const away[] = { "internal_error", "fatal_error",
	    "service_unavailable", "request_timeout",
	    "team_added_to_org", NULL };

	return is_one_of(error, limited) ? SLACK_API_LIMITED :
	    is_one_of(error, shut) ? SLACK_API_SHUT :
	    is_one_of(error, away) ? SLACK_API_AWAY : SLACK_API_NO;
}

static enum slack_api_how
limited(const struct http_answer *answer, struct slack_api_reply *reply)
{
	reply->wait_ms = answer->retry_after_ms <= 0 ? LIMITED_MS :
	    answer->retry_after_ms > LIMITED_MAX_MS ? LIMITED_MAX_MS :
	    answer->retry_after_ms;
	if (reply->error[0] == '\0')
		memcpy(reply->error, "ratelimited", sizeof "ratelimited");
	return SLACK_API_LIMITED;
}

static enum slack_api_how
judge(const char *method, const struct http_answer *answer,
    struct slack_api_reply *reply)
{
	const char *error = slack_api_text(reply->json, "error");
	const char *needed = slack_api_text(reply->json, "needed");

	reply->status = answer->status;
	if (strlen(error) < sizeof reply->error)
		memcpy(reply->error, error, strlen(error) + 1);
	if (answer->status >= 200 && answer->status < 300 &&
	    json_is_true(json_object_get(reply->json, "ok")))
		return SLACK_API_OK;
	err_set(&reply->why, ERR_INPUT, "slack %s: %d %s%s%s", method,
	    answer->status, *error == '\0' ? "no answer of its own" : error,
	    *needed == '\0' ? "" : ", needed: ", needed);
	if (answer->status == 429)
		return limited(answer, reply);
	if (answer->status >= 500 || *error == '\0')
		return SLACK_API_AWAY;
	return meaning(error) == SLACK_API_LIMITED ? limited(answer, reply) :
	    meaning(error);
}

/* ---- one request ---- */

struct call {
	const char	*url, *type;	/* type NULL: no body */
	struct slice	 body;
	bool		 ours;		/* the token goes along */
	int64_t		 timeout_ms;
};

static int
ask(const struct slack_api *api, const struct call *call,
    struct http_answer *answer_out, struct buf *out, struct err *err)
{
	struct buf authorization = BUF_INIT(4096), content = BUF_INIT(256);
	const char *headers[4] = { "Accept: */*" };
	struct http_request request = {
		.url = call->url,
		.ca_file = "",
		.headers = headers,
		.timeout_ms = call->timeout_ms,
		.stop = api->stop,
		.arg = api->arg,
	};
	int n = 1, rc;

	buf_addf(&authorization, "Authorization: Bearer %s", api->token);
	if (call->ours)
		headers[n++] = buf_str(&authorization);
	if (call->type != NULL) {
		buf_addf(&content, "Content-Type: %s", call->type);
		headers[n++] = buf_str(&content);
		request.body = call->body.p == NULL ? slice_of("") :
		    call->body;
	}
	rc = http_ask(&request, answer_out, out, err);
	if (authorization.p != NULL)
		explicit_bzero(authorization.p, authorization.len);
	buf_free(&authorization);
	buf_free(&content);
	return rc;
}

static enum slack_api_how
fail(struct slack_api_reply *reply, enum slack_api_how how,
    const struct err *err)
{
	reply->how = how;
	reply->why = *err;
	return how;
}

static enum slack_api_how
method_call(struct slack_api *api, const char *method, const char *type,
    struct slice body, int64_t timeout_ms, struct slack_api_reply *reply)
{
	struct buf url = BUF_INIT(4096), out = BUF_INIT(ANSWER_MAX);
	struct call call = { NULL, type, body, true, timeout_ms };
	struct http_answer answer = { 0 };
	struct err err = { 0 };

	*reply = (struct slack_api_reply){ .wait_ms = pause_of(api, method) };
	if (reply->wait_ms > 0) {
		err_set(&err, ERR_RETRY, "slack %s: left alone for now",
		    method);
		return fail(reply, SLACK_API_LIMITED, &err);
	}
	buf_addf(&url, "%.*s/%s", (int)(strlen(api->url) - (*api->url != '\0' &&
	    api->url[strlen(api->url) - 1] == '/')), api->url, method);
	call.url = buf_str(&url);
	if (ask(api, &call, &answer, &out, &err) == -1) {
		fail(reply, SLACK_API_AWAY, &err);
	} else {
		reply->json = json_loadb(out.p == NULL ? "" : out.p, out.len,
		    0, NULL);
		if (!json_is_object(reply->json))
			slack_api_free(reply);
		reply->how = judge(method, &answer, reply);
	}
	if (reply->how == SLACK_API_LIMITED)
		leave_alone(api, method, reply->wait_ms);
	buf_free(&url);
	buf_free(&out);
	return reply->how;
}

enum slack_api_how
slack_api_call(struct slack_api *api, const char *method,
    const json_t *arguments, int64_t timeout_ms,
    struct slack_api_reply *reply)
{
	char *text = json_dumps(arguments, JSON_COMPACT);
	struct err err = { 0 };

	if (text == NULL) {
		*reply = (struct slack_api_reply){ 0 };
		err_set(&err, ERR_RETRY, "slack %s: out of memory", method);
		return fail(reply, SLACK_API_AWAY, &err);
	}
	method_call(api, method, "application/json; charset=utf-8",
	    slice_of(text), timeout_ms, reply);
	free(text);
	return reply->how;
}

enum slack_api_how
slack_api_ask(struct slack_api *api, struct slack_api_reply *reply,
    const char *method, ...)
{
	struct buf form = BUF_INIT(FORM_MAX);
	const char *name, *value;
	va_list ap;

	va_start(ap, method);
	while ((name = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (*value == '\0')
			continue;
		buf_addf(&form, "%s%s=", form.len > 0 ? "&" : "", name);
		http_escape(&form, value);
	}
	va_end(ap);
	method_call(api, method, "application/x-www-form-urlencoded",
	    buf_slice(&form), SLACK_API_MS, reply);
	buf_free(&form);
	return reply->how;
}

/* ---- files, and answers beside the API ---- */

/* "https://files.slack.com/x" → "https", "files.slack.com"; a user before the
 * host, or a port, is part of it and makes it another. */
static struct slice
host_of(const char *url)
{
	const char *p = strstr(url, "://");

	p = p == NULL ? url + strlen(url) : p + 3;
	return (struct slice){ p, strcspn(p, "/?#\\") };
}

/* With or without a port. */
static bool
is_loopback(struct slice host)
{
	static const char *const names[] = { "127.0.0.1", "localhost",
	    "[::1]" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t n = strlen(names[i]);

		if (text_istarts(host, names[i]) && (host.len == n ||
		    host.p[n] == ':'))
			return true;
	}
	return false;
}

bool
slack_api_is_ours(const struct slack_api *api, const char *url)
{
	struct slice host = host_of(url), home = host_of(api->url);
	bool secure = text_istarts(slice_of(url), "https://");

	if (text_has_control(slice_of(url)) || host.len == 0 ||
	    memchr(host.p, '@', host.len) != NULL)
		return false;
	/* an API on this machine has its files and answers there, too */
	if (text_istarts(slice_of(url), "http://"))
		return is_loopback(host) && text_istarts(slice_of(api->url),
		    "http://") && is_loopback(home);
	return secure && (text_ieq(host, home) ||
	    text_ieq(host, slice_of("slack.com")) ||
	    text_iends(host, ".slack.com") ||
	    text_ieq(host, slice_of("slack-files.com")) ||
	    text_iends(host, ".slack-files.com"));
}

static enum slack_api_how
by_status(const char *what, const struct http_answer *answer,
    struct slack_api_reply *reply)
{
	reply->status = answer->status;
	if (answer->status >= 200 && answer->status < 300)
		return reply->how = SLACK_API_OK;
	err_set(&reply->why, ERR_INPUT, "slack %s: %d", what, answer->status);
	if (answer->status == 429)
		return reply->how = limited(answer, reply);
	return reply->how = answer->status >= 500 ? SLACK_API_AWAY :
	    SLACK_API_NO;
}

enum slack_api_how
slack_api_upload(struct slack_api *api, const char *url, struct slice bytes,
    int64_t timeout_ms, struct slack_api_reply *reply)
{
	struct call call = { url, "application/octet-stream", bytes, false,
	    timeout_ms };
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct http_answer answer = { 0 };
	struct err err = { 0 };

	*reply = (struct slack_api_reply){ 0 };
	if (!slack_api_is_ours(api, url)) {
		err_set(&err, ERR_INPUT, "slack: an upload to another host");
		return fail(reply, SLACK_API_NO, &err);
	}
	if (ask(api, &call, &answer, &out, &err) == -1)
		fail(reply, SLACK_API_AWAY, &err);
	else
		by_status("upload", &answer, reply);
	buf_free(&out);
	return reply->how;
}

/* Where a redirect leads, when a file may come from there. */
static const char *
onward(const struct http_answer *answer)
{
	return answer->status >= 301 && answer->status <= 308 &&
	    text_istarts(slice_of(answer->location), "https://") ?
	    answer->location : NULL;
}

enum slack_api_how
slack_api_download(struct slack_api *api, const char *url, int64_t timeout_ms,
    struct buf *out, struct slack_api_reply *reply)
{
	struct call call = { .url = url, .ours = true,
	    .timeout_ms = timeout_ms };
	struct http_answer answer = { 0 }, second = { 0 };
	struct err err = { 0 };
	int rc;

	*reply = (struct slack_api_reply){ 0 };
	if (!slack_api_is_ours(api, url)) {
		err_set(&err, ERR_INPUT, "slack: a file of another host");
		return fail(reply, SLACK_API_NO, &err);
	}
	rc = ask(api, &call, &answer, out, &err);
	if (rc == 0 && onward(&answer) != NULL) {
		buf_reset(out);
		call.url = onward(&answer);
		call.ours = slack_api_is_ours(api, call.url);
		rc = ask(api, &call, &second, out, &err);
		answer = second;
	}
	if (rc == -1)
		return fail(reply, err.code == ERR_INPUT ? SLACK_API_NO :
		    SLACK_API_AWAY, &err);
	if (by_status("file", &answer, reply) != SLACK_API_OK)
		return reply->how;
	/* without the scope a page to log in comes, with 200 */
	if (text_istarts(slice_of(answer.type), "text/html")) {
		err_set(&err, ERR_INPUT, "slack: a page in place of the file: "
		    "the app needs the scope files:read");
		return fail(reply, SLACK_API_NO, &err);
	}
	return SLACK_API_OK;
}

enum slack_api_how
slack_api_respond(struct slack_api *api, const char *url, const json_t *body,
    int64_t timeout_ms, struct slack_api_reply *reply)
{
	char *text = json_dumps(body, JSON_COMPACT);
	struct call call = { url, "application/json; charset=utf-8",
	    slice_of(text), false, timeout_ms };
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct http_answer answer = { 0 };
	struct err err = { 0 };

	*reply = (struct slack_api_reply){ 0 };
	if (text == NULL || !slack_api_is_ours(api, url)) {
		free(text);
		err_set(&err, ERR_INPUT, "slack: an answer to another host");
		return fail(reply, SLACK_API_NO, &err);
	}
	if (ask(api, &call, &answer, &out, &err) == -1)
		fail(reply, SLACK_API_AWAY, &err);
	else
		by_status("answer", &answer, reply);
	free(text);
	buf_free(&out);
	return reply->how;
}
