#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypt_sign.h"
#include "base/json_text.h"
#include "base/oauth2_grant.h"
#include "base/text.h"
#include "base/utf8.h"

#define LIFE_DEFAULT	300		/* seconds, where none is told */
#define ASSERTION_LIFE	600		/* seconds */
#define DESCRIPTION_MAX	160		/* bytes of the endpoint's words */
#define JWT_GRANT	"urn:ietf:params:oauth:grant-type:jwt-bearer"
#define GOOGLE_URL	"https://oauth2.googleapis.com/token"
#define GOOGLE_SCOPE	"https://mail.google.com/"
#define MICROSOFT_HOST	"https://login.microsoftonline."
#define MICROSOFT_SCOPE	"https://outlook.office365.com/.default"

/* ---- the request ---- */

static void
put_field(struct buf *out, const char *name, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *p = (const unsigned char *)value;

	if (*value == '\0')
		return;
	if (out->len > 0)
		buf_addc(out, '&');
	buf_adds(out, name);
	buf_addc(out, '=');
	for (; *p != '\0'; p++) {
		if (text_is_alnum((char)*p) || strchr("-._~", *p) != NULL) {
			buf_addc(out, (char)*p);
		} else {
			buf_addc(out, '%');
			buf_addc(out, hex[*p >> 4]);
			buf_addc(out, hex[*p & 15]);
		}
	}
}

/* The providers' own, where it can be none else. */
static const char *
scope_of(const struct server_oauth2 *o)
{
	if (*o->scope != '\0')
		return o->scope;
	if (o->grant == GRANT_SERVICE)
		return GOOGLE_SCOPE;
	if (o->grant == GRANT_CLIENT &&
	    text_istarts(slice_of(o->token_url), MICROSOFT_HOST))
		return MICROSOFT_SCOPE;
	return "";
}

void
oauth2_form(const struct server_oauth2 *oauth2,
    const struct oauth2_proof *proof, struct buf *out)
{
	static const char *const types[] = {
		[GRANT_NONE] = "", [GRANT_CLIENT] = "client_credentials",
		[GRANT_REFRESH] = "refresh_token",
		[GRANT_SERVICE] = JWT_GRANT,
	};

	put_field(out, "grant_type", types[oauth2->grant]);
	if (oauth2->grant == GRANT_SERVICE) {
		put_field(out, "assertion", proof->assertion);
		return;		/* the scope is in it */
	}
	put_field(out, "client_id", oauth2->client_id);
	put_field(out, "client_secret", oauth2->client_secret);
	put_field(out, "refresh_token", proof->refresh_token);
	put_field(out, "scope", scope_of(oauth2));
}

/* ---- the answer ---- */

bool
oauth2_token_ok(struct slice token)
{
	if (token.len == 0 || token.len > OAUTH2_TOKEN_MAX)
		return false;
	for (size_t i = 0; i < token.len; i++)
		if (token.p[i] <= 0x20 || token.p[i] >= 0x7f)
			return false;
	return true;
}

static void
wipe(char **text)
{
	if (*text == NULL)
		return;
	explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void
oauth2_answer_free(struct oauth2_answer *answer)
{
	wipe(&answer->access_token);
	wipe(&answer->refresh_token);
}

/* What the codes of RFC 6749 5.2 mean for whoever has to mend it. The first
 * row that fits. */
static const struct advice {
	const char		*error;
	enum server_grant	 grant;		/* GRANT_NONE: any */
	enum err_code		 code;
	const char		*what;
} advices[] = {
	{ "invalid_client", GRANT_NONE, ERR_INPUT, "client-id or "
	    "client-secret is refused: check both; has the secret expired?" },
	{ "unauthorized_client", GRANT_SERVICE, ERR_INPUT, "the service "
	    "account may not act for subject: allow its client id our scope "
	    "in the admin console (domain-wide delegation)" },
	{ "unauthorized_client", GRANT_NONE, ERR_INPUT, "the app is not known "
	    "there or may not use this grant: check client-id and token-url, "
	    "and the app at the provider" },
	{ "invalid_grant", GRANT_REFRESH, ERR_INPUT, "the refresh token has "
	    "expired or was revoked: authorize the app again and write the "
	    "new token to refresh-token-file" },
	{ "invalid_grant", GRANT_SERVICE, ERR_INPUT, "the service account is "
	    "refused: check key-file (was the key deleted?), subject, and "
	    "this machine's clock" },
	{ "invalid_scope", GRANT_NONE, ERR_INPUT, "scope is refused: check "
	    "it (Microsoft 365: " MICROSOFT_SCOPE "; Google: " GOOGLE_SCOPE
	    ")" },
	{ "unsupported_grant_type", GRANT_NONE, ERR_INPUT, "this grant is not "
	    "offered there: check grant and token-url" },
	{ "invalid_request", GRANT_NONE, ERR_INPUT, "the request is refused: "
	    "check token-url, client-id and scope" },
	{ "temporarily_unavailable", GRANT_NONE, ERR_RETRY, "the provider has "
	    "no tokens for the time being" },
	{ "server_error", GRANT_NONE, ERR_RETRY, "the provider has trouble of "
	    "its own" },
	{ "slow_down", GRANT_NONE, ERR_RETRY, "the provider wants us to wait" },
};

static bool
repeats(const char *text, const char *secret)
{
	return *secret != '\0' && strstr(text, secret) != NULL;
}

/* The endpoint's own words for an error, when they are fit to be shown. */
static const char *
description(const json_t *o, const struct server_oauth2 *oauth2,
    const struct oauth2_proof *proof)
{
	const char *text = json_string_value(json_object_get(o,
	    "error_description"));

	if (text == NULL || repeats(text, oauth2->client_secret) ||
	    repeats(text, proof->refresh_token) ||
	    repeats(text, proof->assertion))
		return "";
	return text;
}

static int
refused(const char *error, const char *words,
    const struct server_oauth2 *oauth2, struct err *err)
{
	size_t i, n = sizeof advices / sizeof advices[0];
	int len = (int)utf8_cut(words, strlen(words), DESCRIPTION_MAX);

	for (i = 0; i < n; i++)
		if (strcmp(error, advices[i].error) == 0 &&
		    (advices[i].grant == GRANT_NONE ||
		    advices[i].grant == oauth2->grant))
			break;
	if (i == n)
		return err_set(err, ERR_INPUT, "no token: %.40s%s%.*s: check "
		    "the app at the provider", error, *words == '\0' ? "" :
		    ": ", len, words);
	return err_set(err, advices[i].code, "no token: %s%s%.*s%s",
	    advices[i].what, *words == '\0' ? "" : " (", len, words,
	    *words == '\0' ? "" : ")");
}

/* An answer that is no JSON of RFC 6749. */
static int
strange(int status, struct err *err)
{
	if (status >= 500 || status == 429 || status == 408)
		return err_set(err, ERR_RETRY, "no token: the provider has "
		    "trouble of its own (HTTP %d)", status);
	if (status >= 300 && status < 400)
		return err_set(err, ERR_INPUT, "no token: token-url leads "
		    "elsewhere (HTTP %d): the final address would be right",
		    status);
	return err_set(err, ERR_INPUT, "no token: what answers at token-url "
	    "is no token endpoint (HTTP %d): check the address", status);
}

/* A number, or digits in quotes as some providers write it. */
static int64_t
life_of(const json_t *o)
{
	const json_t *v = json_object_get(o, "expires_in");
	int64_t life = LIFE_DEFAULT;
	uint64_t digits;

	if (json_is_integer(v))
		life = json_integer_value(v);
	else if (json_is_real(v))
		life = json_real_value(v) < OAUTH2_LIFE_MAX ?
		    json_real_value(v) < 1 ? 1 : (int64_t)json_real_value(v) :
		    OAUTH2_LIFE_MAX;
	else if (json_is_string(v) && text_u64(slice_of(json_string_value(v)),
	    &digits))
		life = digits > OAUTH2_LIFE_MAX ? OAUTH2_LIFE_MAX :
		    (int64_t)digits;
	return life < 1 ? 1 : life > OAUTH2_LIFE_MAX ? OAUTH2_LIFE_MAX : life;
}

/* A token of the object. NULL: none, or not one. */
static const char *
token_in(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);
	struct slice s = { json_string_value(v), json_string_length(v) };

	return s.p != NULL && oauth2_token_ok(s) ? s.p : NULL;
}

static int
granted(const json_t *o, struct oauth2_answer *answer_out, struct err *err)
{
	const char *type = json_string_value(json_object_get(o,
	    "token_type"));
	const char *access = token_in(o, "access_token");
	const char *refresh = token_in(o, "refresh_token");
	struct oauth2_answer answer = { .life = life_of(o) };

	if (type != NULL && !text_ieq(slice_of(type), SLICE_LIT("bearer")))
		return err_set(err, ERR_INPUT, "no token: the provider gives "
		    "tokens of type %.40s, not Bearer: check token-url", type);
	if (access == NULL)
		return err_set(err, ERR_INPUT, "no token: the answer has "
		    "none that could be used: check token-url");
	answer.access_token = strdup(access);
	if (refresh != NULL)
		answer.refresh_token = strdup(refresh);
	if (answer.access_token == NULL ||
	    (refresh != NULL && answer.refresh_token == NULL)) {
		oauth2_answer_free(&answer);
		return err_set(err, ERR_RETRY, "no token: out of memory");
	}
	*answer_out = answer;
	return 0;
}

int
oauth2_answer_read(const struct server_oauth2 *oauth2,
    const struct oauth2_proof *proof, int status, struct slice body,
    struct oauth2_answer *answer_out, struct err *err)
{
	json_t *o = body.len > OAUTH2_ANSWER_MAX ? NULL :
	    json_loadb(body.len == 0 ? "" : body.p, body.len, 0, NULL);
	const char *error = json_string_value(json_object_get(o, "error"));
	int ret;

	if (error != NULL && (status < 500 || strcmp(error, "server_error") ==
	    0 || strcmp(error, "temporarily_unavailable") == 0))
		ret = refused(error, description(o, oauth2, proof), oauth2,
		    err);
	else if (json_is_object(o) && status >= 200 && status < 300)
		ret = granted(o, answer_out, err);
	else
		ret = strange(status, err);
	json_decref(o);
	return ret;
}

/* ---- service accounts ---- */

void
oauth2_key_free(struct oauth2_key *key)
{
	wipe(&key->pem);
	wipe(&key->id);
	wipe(&key->issuer);
	wipe(&key->token_url);
}

static char *
copy(const char *text)
{
	return strdup(text == NULL ? "" : text);
}

static bool
is_key_file(const json_t *o)
{
	return json_string_value(json_object_get(o, "private_key")) != NULL &&
	    json_string_value(json_object_get(o, "client_email")) != NULL;
}

int
oauth2_key_read(const struct server_oauth2 *oauth2, struct slice text,
    struct oauth2_key *key_out, struct err *err)
{
	struct slice trimmed = text_trim(text);
	bool json = trimmed.len > 0 && trimmed.p[0] == '{';
	json_t *o = json ? json_loadb(text.p, text.len, 0, NULL) : NULL;
	struct oauth2_key key = { 0 };
	int ret = -1;

	if (json && !is_key_file(o)) {
		err_set(err, ERR_INPUT, "key-file: not the key of a service "
		    "account: the JSON file with client_email and private_key "
		    "would be right");
		goto out;
	}
	if (!json && *oauth2->client_id == '\0') {
		err_set(err, ERR_INPUT, "key-file: a bare key does not say "
		    "whose it is: the provider's JSON file, or client-id "
		    "beside it, would be right");
		goto out;
	}
	key.pem = json ? copy(json_string_value(json_object_get(o,
	    "private_key"))) : strndup(text.len == 0 ? "" : text.p, text.len);
	key.id = copy(json_string_value(json_object_get(o,
	    "private_key_id")));
	key.issuer = json ? copy(json_string_value(json_object_get(o,
	    "client_email"))) : copy(oauth2->client_id);
	key.token_url = copy(json_string_value(json_object_get(o,
	    "token_uri")));
	if (key.pem == NULL || key.id == NULL || key.issuer == NULL ||
	    key.token_url == NULL)
		err_set(err, ERR_RETRY, "key-file: out of memory");
	else
		ret = 0;
out:
	json_decref(o);
	if (ret == 0)
		*key_out = key;
	else
		oauth2_key_free(&key);
	return ret;
}

const char *
oauth2_url(const struct server_oauth2 *oauth2, const struct oauth2_key *key)
{
	if (*oauth2->token_url != '\0')
		return oauth2->token_url;
	if (key != NULL && text_istarts(slice_of(key->token_url), "https://"))
		return key->token_url;
	return GOOGLE_URL;
}

int
oauth2_assertion(const struct server_oauth2 *oauth2,
    const struct oauth2_key *key, int64_t now_s, struct buf *out,
    struct err *err)
{
	json_int_t until_s = now_s + ASSERTION_LIFE;
	json_t *claims = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I}",
	    "iss", key->issuer, "sub", oauth2->subject,
	    "scope", scope_of(oauth2), "aud", oauth2_url(oauth2, key),
	    "iat", (json_int_t)now_s, "exp", until_s);
	char *text = claims == NULL ? NULL : json_text(claims, JSON_COMPACT);
	int ret = -1;

	if (text == NULL)
		err_set(err, ERR_INPUT, "subject, scope or the key's owner is "
		    "no UTF-8");
	else
		ret = crypt_jwt(slice_of(key->pem), key->id, slice_of(text),
		    out, err);
	if (ret == -1)
		err_prefix(err, "key-file");
	free(text);
	json_decref(claims);
	return ret;
}
