#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/matrix.h"
#include "base/text.h"

#define ANSWER_MAX	((size_t)16 << 20)	/* bytes */
#define SHORT_MS	30000			/* for what is quick */
#define LIMITED_MS	5000	/* wait when a 429 says no time */
#define LIMITED_MAX_MS	((int64_t)3600 * 1000)

void
matrix_path(struct buf *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt != '\0'; fmt++)
		if (fmt[0] == '%' && fmt[1] == 's') {
			http_escape(out, va_arg(ap, const char *));
			fmt++;
		} else
			buf_addc(out, *fmt);
	va_end(ap);
}

const char *
matrix_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s == NULL ? "" : s;
}

void
matrix_reply_free(struct matrix_reply *reply)
{
	json_decref(reply->json);
	reply->json = NULL;
}

static enum matrix_how
away(struct matrix_reply *reply, const struct err *err)
{
	reply->how = MATRIX_AWAY;
	reply->why = *err;
	return MATRIX_AWAY;
}

/* The longer of header and body counts (both are still sent). */
static int64_t
limited_ms(const struct http_answer *answer, const json_t *json)
{
	json_int_t ms = json_integer_value(json_object_get(json,
	    "retry_after_ms"));
	int64_t wait = answer->retry_after_ms;

	if (ms > wait)
		wait = ms;
	if (wait <= 0)
		return LIMITED_MS;
	return wait > LIMITED_MAX_MS ? LIMITED_MAX_MS : wait;
}

static enum matrix_how
judge(const struct http_answer *answer, struct matrix_reply *reply)
{
	const char *code = matrix_text(reply->json, "errcode");
	const char *text = matrix_text(reply->json, "error");

	reply->status = answer->status;
	if (strlen(code) < sizeof reply->errcode)
		memcpy(reply->errcode, code, strlen(code) + 1);
	if (answer->status >= 200 && answer->status < 300)
		return reply->how = MATRIX_OK;
	err_set(&reply->why, ERR_INPUT, "the homeserver says %d %s%s%.200s",
	    answer->status, code, *text == '\0' ? "" : ": ", text);
	if (answer->status == 429 || strcmp(code, "M_LIMIT_EXCEEDED") == 0) {
		reply->wait_ms = limited_ms(answer, reply->json);
		return reply->how = MATRIX_LIMITED;
	}
	if (strcmp(code, "M_UNKNOWN_TOKEN") == 0 ||
	    strcmp(code, "M_MISSING_TOKEN") == 0)
		return reply->how = MATRIX_TOKEN;
	if (answer->status >= 500 || answer->status == 408)
		return reply->how = MATRIX_AWAY;
	return reply->how = MATRIX_NO;
}

/* type NULL: no body. */
static int
ask(const struct matrix *m, const char *method, const char *url,
    const char *type, struct slice body, bool ours, int64_t timeout_ms,
    struct http_answer *answer_out, struct buf *out, struct err *err)
{
	struct buf authorization = BUF_INIT(4096), content = BUF_INIT(256);
	const char *headers[4] = { "Accept: application/json" };
	struct http_request request = {
		.url = url,
		.ca_file = "",
		.headers = headers,
		.method = method,
		.timeout_ms = timeout_ms,
		.stop = m->stop,
		.arg = m->arg,
	};
	int n = 1, rc;

	buf_addf(&authorization, "Authorization: Bearer %s", m->token);
	if (ours)
		headers[n++] = buf_str(&authorization);
	if (type != NULL) {
		buf_addf(&content, "Content-Type: %s", type);
		headers[n++] = buf_str(&content);
		request.body = body;
	}
	rc = http_ask(&request, answer_out, out, err);
	if (authorization.p != NULL)
		explicit_bzero(authorization.p, authorization.len);
	buf_free(&authorization);
	buf_free(&content);
	return rc;
}

static void
url_of(const struct matrix *m, const char *path, struct buf *url)
{
	size_t n = strlen(m->homeserver);

	while (n > 0 && m->homeserver[n - 1] == '/')
		n--;
	buf_add(url, m->homeserver, n);
	buf_adds(url, path);
}

static enum matrix_how
exchange(const struct matrix *m, const char *method, const char *path,
    const char *type, struct slice body, int64_t timeout_ms,
    struct matrix_reply *reply)
{
	struct buf url = BUF_INIT(16384), out = BUF_INIT(ANSWER_MAX);
	struct http_answer answer = { 0 };
	struct err err = { 0 };

	*reply = (struct matrix_reply){ .how = MATRIX_AWAY };
	url_of(m, path, &url);
	if (url.failed)
		err_set(&err, ERR_INPUT, "the address is too long");
	if (url.failed || ask(m, method, buf_str(&url), type, body, true,
	    timeout_ms, &answer, &out, &err) == -1)
		away(reply, &err);
	else {
		reply->json = json_loadb(out.p == NULL ? "" : out.p, out.len,
		    0, NULL);
		if (!json_is_object(reply->json))
			matrix_reply_free(reply);
		judge(&answer, reply);
		if (reply->how == MATRIX_OK && reply->json == NULL) {
			err_set(&err, ERR_RETRY, "the homeserver's answer is "
			    "no JSON object");
			away(reply, &err);
		}
	}
	buf_free(&url);
	buf_free(&out);
	return reply->how;
}

enum matrix_how
matrix_call(const struct matrix *m, const char *method, const char *path,
    const json_t *body, int64_t timeout_ms, struct matrix_reply *reply_out)
{
	char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
	enum matrix_how how;

	if (body != NULL && text == NULL) {
		struct err err = { 0 };

		*reply_out = (struct matrix_reply){ 0 };
		err_set(&err, ERR_RETRY, "out of memory");
		return away(reply_out, &err);
	}
	how = exchange(m, method, path, text == NULL ? NULL :
	    "application/json", slice_of(text), timeout_ms, reply_out);
	free(text);
	return how;
}

enum matrix_how
matrix_upload(const struct matrix *m, const char *path, const char *type,
    struct slice body, int64_t timeout_ms, struct matrix_reply *reply_out)
{
	return exchange(m, "POST", path, type, body, timeout_ms, reply_out);
}

enum matrix_how
matrix_download(const struct matrix *m, const char *path, int64_t timeout_ms,
    struct buf *out, struct matrix_reply *reply)
{
	struct http_answer answer = { 0 };
	struct slice none = { NULL, 0 };
	struct buf url = BUF_INIT(16384);
	struct err err = { 0 };
	int rc;

	*reply = (struct matrix_reply){ 0 };
	url_of(m, path, &url);
	rc = url.failed ? err_set(&err, ERR_INPUT, "the address is too long") :
	    ask(m, "GET", buf_str(&url), NULL, none, true, timeout_ms,
	    &answer, out, &err);
	if (rc == 0 && (answer.status == 307 || answer.status == 308 ||
	    answer.status == 302) && text_istarts(slice_of(answer.location),
	    "https://")) {
		buf_reset(out);
		buf_reset(&url);
		buf_adds(&url, answer.location);
		rc = ask(m, "GET", buf_str(&url), NULL, none, false,
		    timeout_ms, &answer, out, &err);
	}
	buf_free(&url);
	if (rc == -1) {
		away(reply, &err);
		/* longer than out may be: that will not change */
		if (err.code == ERR_INPUT)
			reply->how = MATRIX_NO;
		return reply->how;
	}
	if (answer.status < 200 || answer.status > 299)
		reply->json = json_loadb(out->p == NULL ? "" : out->p,
		    out->len, 0, NULL);
	return judge(&answer, reply);
}

enum matrix_how
matrix_whoami(const struct matrix *m, char user_out[MATRIX_ID_MAX],
    struct matrix_reply *reply)
{
	const char *user;

	if (matrix_call(m, "GET", "/_matrix/client/v3/account/whoami", NULL,
	    SHORT_MS, reply) != MATRIX_OK)
		return reply->how;
	user = matrix_text(reply->json, "user_id");
	if (user[0] != '@' || strlen(user) >= MATRIX_ID_MAX) {
		err_set(&reply->why, ERR_INPUT, "the homeserver does not say "
		    "whose token it is");
		return reply->how = MATRIX_NO;
	}
	memcpy(user_out, user, strlen(user) + 1);
	return MATRIX_OK;
}

enum matrix_how
matrix_speaks(const struct matrix *m, int minor, bool *speaks_out,
    struct matrix_reply *reply)
{
	const json_t *versions, *v;
	bool speaks = false;
	size_t i;

	if (matrix_call(m, "GET", "/_matrix/client/versions", NULL, SHORT_MS,
	    reply) != MATRIX_OK)
		return reply->how;
	versions = json_object_get(reply->json, "versions");
	json_array_foreach(versions, i, v) {
		const char *s = json_string_value(v);
		uint64_t n;

		if (s != NULL && strncmp(s, "v1.", 3) == 0 &&
		    text_u64(slice_of(s + 3), &n) && n >= (uint64_t)minor)
			speaks = true;
	}
	*speaks_out = speaks;
	return MATRIX_OK;
}
