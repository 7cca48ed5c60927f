#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <jansson.h>

#include "base/crypt_sign.h"
#include "base/json_text.h"
#include "base/oauth2_grant.h"
#include "base/text.h"

#define MICROSOFT	"https://login.microsoftonline.com/t/oauth2/v2.0/token"

static const struct server_oauth2 client = { GRANT_CLIENT, MICROSOFT, "id/1",
	"s&=\xc3\xa9", "", "", "", "", "" };
static const struct server_oauth2 refresh = { GRANT_REFRESH,
	"https://t.example/", "id", "", "", "", "", "", "" };
static const struct server_oauth2 service = { GRANT_SERVICE, "", "", "", "",
	"", "k", "desk@campus.example", "" };

static void
test_form(void **state)
{
	static const struct server_oauth2 scoped = { GRANT_CLIENT, MICROSOFT,
		"id", "x", "a b", "", "", "", "" };
	static const struct server_oauth2 elsewhere = { GRANT_CLIENT,
		"https://t.example/", "id", "x", "", "", "", "", "" };
	static const struct {
		const struct server_oauth2	*o;
		struct oauth2_proof		 proof;
		const char			*form;
	} t[] = {
		{ &client, { "", "" }, "grant_type=client_credentials&"
		    "client_id=id%2F1&client_secret=s%26%3D%C3%A9&scope="
		    "https%3A%2F%2Foutlook.office365.com%2F.default" },
		{ &scoped, { "", "" }, "grant_type=client_credentials&"
		    "client_id=id&client_secret=x&scope=a%20b" },
		{ &elsewhere, { "", "" }, "grant_type=client_credentials&"
		    "client_id=id&client_secret=x" },
		{ &refresh, { "r+t", "" }, "grant_type=refresh_token&"
		    "client_id=id&refresh_token=r%2Bt" },
		{ &service, { "", "a.b-c_d" }, "grant_type=urn%3Aietf%3A"
		    "params%3Aoauth%3Agrant-type%3Ajwt-bearer&"
		    "assertion=a.b-c_d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf out = BUF_INIT(4096);

		print_message("%s\n", t[i].form);
		oauth2_form(t[i].o, &t[i].proof, &out);
		assert_string_equal(buf_str(&out), t[i].form);
		buf_free(&out);
	}
}

static void
test_answers(void **state)
{
	static const struct {
		int		 status;
		const char	*body;
		int64_t		 life;		/* 0: no token */
		const char	*refresh;
		enum err_code	 code;
		const char	*says;
	} t[] = {
		{ 200, "{\"access_token\":\"t\",\"expires_in\":60}", 60, NULL,
		    0, "" },
		{ 200, "{\"access_token\":\"t\",\"token_type\":\"bEarer\"}",
		    300, NULL, 0, "" },
		{ 200, "{\"access_token\":\"t\",\"expires_in\":\"99\"}", 99,
		    NULL, 0, "" },
		{ 200, "{\"access_token\":\"t\",\"expires_in\":1e300}",
		    OAUTH2_LIFE_MAX, NULL, 0, "" },
		{ 200, "{\"access_token\":\"t\",\"expires_in\":-1e300}", 1,
		    NULL, 0, "" },
		{ 200, "{\"access_token\":\"t\",\"expires_in\":-5}", 1, NULL,
		    0, "" },
		{ 200, "{\"access_token\":\"t\",\"expires_in\":null}", 300,
		    NULL, 0, "" },
		{ 200, "{\"access_token\":\"t\",\"refresh_token\":\"n\"}",
		    300, "n", 0, "" },
		{ 200, "{\"access_token\":\"t\",\"refresh_token\":\"n\\n\"}",
		    300, NULL, 0, "" },	/* one that is none is not stored */
		{ 200, "{\"access_token\":\"t\\u0001x\"}", 0, NULL, ERR_INPUT,
		    "none that could be used" },
		{ 200, "{\"access_token\":\"t\\u0000x\"}", 0, NULL, ERR_INPUT,
		    "no token endpoint" },
		{ 200, "{\"access_token\":7}", 0, NULL, ERR_INPUT,
		    "none that could be used" },
		{ 200, "{\"access_token\":\"\"}", 0, NULL, ERR_INPUT,
		    "none that could be used" },
		{ 200, "{\"access_token\":\"t\",\"token_type\":\"mac\"}", 0,
		    NULL, ERR_INPUT, "of type mac" },
		{ 200, "[]", 0, NULL, ERR_INPUT, "no token endpoint" },
		{ 200, "", 0, NULL, ERR_INPUT, "no token endpoint" },
		{ 404, "<p>", 0, NULL, ERR_INPUT, "(HTTP 404)" },
		{ 301, "", 0, NULL, ERR_INPUT, "leads elsewhere" },
		{ 429, "", 0, NULL, ERR_RETRY, "(HTTP 429)" },
		{ 500, "{\"error\":\"invalid_client\"}", 0, NULL, ERR_RETRY,
		    "(HTTP 500)" },
		{ 503, "{\"error\":\"temporarily_unavailable\"}", 0, NULL,
		    ERR_RETRY, "no tokens for the time being" },
		{ 400, "{\"error\":\"invalid_grant\"}", 0, NULL, ERR_INPUT,
		    "authorize the app again" },
		{ 200, "{\"error\":\"invalid_grant\"}", 0, NULL, ERR_INPUT,
		    "authorize the app again" },
		{ 400, "{\"error\":\"odd\",\"error_description\":\"why\"}", 0,
		    NULL, ERR_INPUT, "odd: why: check the app" },
		{ 400, "{\"error\":\"invalid_client\",\"error_description\":"
		    "\"AADSTS7000222: expired\"}", 0, NULL, ERR_INPUT,
		    "(AADSTS7000222: expired)" },
	};
	struct oauth2_proof proof = { "r-secret", "" };

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct oauth2_answer a = { 0 };
		struct err err = { 0 };

		print_message("%d %s\n", t[i].status, t[i].body);
		assert_int_equal(oauth2_answer_read(&refresh, &proof,
		    t[i].status, slice_of(t[i].body), &a, &err),
		    t[i].life == 0 ? -1 : 0);
		assert_int_equal(a.life, t[i].life);
		assert_int_equal(err.code, t[i].code);
		assert_non_null(strstr(err.msg, t[i].says));
		if (t[i].life != 0)
			assert_string_equal(a.access_token, "t");
		else
			assert_null(a.access_token);
		if (t[i].refresh == NULL)
			assert_null(a.refresh_token);
		else
			assert_string_equal(a.refresh_token, t[i].refresh);
		oauth2_answer_free(&a);
		assert_null(a.access_token);
	}
}

/* The same code asks for another act with another grant; what was sent is
 * never repeated. */
static void
test_advice(void **state)
{
	static const struct {
		const struct server_oauth2	*o;
		const char			*error, *says;
	} t[] = {
		{ &service, "unauthorized_client", "domain-wide delegation" },
		{ &client, "unauthorized_client", "client-id and token-url" },
		{ &service, "invalid_grant", "clock" },
		{ &client, "invalid_grant", "no token: invalid_grant" },
		{ &client, "invalid_scope", "outlook.office365.com" },
	};
	static const struct server_oauth2 secretive = { GRANT_CLIENT,
		MICROSOFT, "id", "p4ss", "", "", "", "", "" };
	struct oauth2_proof proof = { "r-secret", "j-secret" };
	char body[200];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct oauth2_answer a = { 0 };
		struct err err = { 0 };

		print_message("%s\n", t[i].error);
		snprintf(body, sizeof body, "{\"error\":\"%s\"}", t[i].error);
		assert_int_equal(oauth2_answer_read(t[i].o, &proof, 400,
		    slice_of(body), &a, &err), -1);
		assert_non_null(strstr(err.msg, t[i].says));
	}
	for (int i = 0; i < 3; i++) {
		static const char *const sent[] = { "p4ss", "r-secret",
		    "j-secret" };
		struct oauth2_answer a = { 0 };
		struct err err = { 0 };

		snprintf(body, sizeof body, "{\"error\":\"odd\","
		    "\"error_description\":\"you sent %s\"}", sent[i]);
		assert_int_equal(oauth2_answer_read(&secretive, &proof, 400,
		    slice_of(body), &a, &err), -1);
		assert_null(strstr(err.msg, sent[i]));
	}
}

static void
test_token_ok(void **state)
{
	char *longest = malloc(OAUTH2_TOKEN_MAX + 1);

	(void)state;
	assert_non_null(longest);
	memset(longest, 'x', OAUTH2_TOKEN_MAX + 1);
	assert_true(oauth2_token_ok((struct slice){ longest,
	    OAUTH2_TOKEN_MAX }));
	assert_false(oauth2_token_ok((struct slice){ longest,
	    OAUTH2_TOKEN_MAX + 1 }));
	free(longest);
	assert_true(oauth2_token_ok(slice_of("ya29.a0~+/=")));
	assert_false(oauth2_token_ok(slice_of("")));
	assert_false(oauth2_token_ok(slice_of("a b")));
	assert_false(oauth2_token_ok(slice_of("a\001b")));
	assert_false(oauth2_token_ok(slice_of("\xc3\xa9")));
}

/* ---- service accounts ---- */

static void
make_key(unsigned bits, gnutls_pk_algorithm_t kind, char **pem_out,
    gnutls_pubkey_t *public_out)
{
	gnutls_x509_privkey_t key;
	gnutls_privkey_t abstract;
	gnutls_datum_t pem;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, kind, bits, 0), 0);
	assert_int_equal(gnutls_x509_privkey_export2_pkcs8(key,
	    GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem), 0);
	assert_int_equal(gnutls_privkey_init(&abstract), 0);
	assert_int_equal(gnutls_privkey_import_x509(abstract, key,
	    GNUTLS_PRIVKEY_IMPORT_COPY), 0);
	assert_int_equal(gnutls_pubkey_init(public_out), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(*public_out, abstract,
	    0, 0), 0);
	*pem_out = strndup((char *)pem.data, pem.size);
	gnutls_free(pem.data);
	gnutls_privkey_deinit(abstract);
	gnutls_x509_privkey_deinit(key);
}

/* Any base64url without padding, as gnutls reads base64. */
static gnutls_datum_t
unbase64url(const char *p, size_t len)
{
	char text[4096];
	gnutls_datum_t in = { (unsigned char *)text, 0 }, out = { NULL, 0 };

	assert_true(len + 4 < sizeof text);
	for (size_t i = 0; i < len; i++)
		text[i] = p[i] == '-' ? '+' : p[i] == '_' ? '/' : p[i];
	while (len % 4 != 0)
		text[len++] = '=';
	in.size = (unsigned)len;
	assert_int_equal(gnutls_base64_decode2(&in, &out), 0);
	return out;
}

static json_t *
part(const char *p, size_t len)
{
	gnutls_datum_t d = unbase64url(p, len);
	json_t *o = json_loadb((char *)d.data, d.size, 0, NULL);

	assert_non_null(o);
	gnutls_free(d.data);
	return o;
}

static void
check_signature(gnutls_pubkey_t public, const char *jwt, const char *dot)
{
	gnutls_datum_t signed_ = { (unsigned char *)(uintptr_t)jwt,
	    (unsigned)(dot - jwt) };
	gnutls_datum_t signature = unbase64url(dot + 1, strlen(dot + 1));

	assert_true(gnutls_pubkey_verify_data2(public, GNUTLS_SIGN_RSA_SHA256,
	    0, &signed_, &signature) >= 0);
	signature.data[3] ^= 1;		/* it can fail */
	assert_true(gnutls_pubkey_verify_data2(public, GNUTLS_SIGN_RSA_SHA256,
	    0, &signed_, &signature) < 0);
	gnutls_free(signature.data);
}

static void
test_assertion(void **state)
{
	struct buf out = BUF_INIT(8192), file = BUF_INIT(8192);
	struct oauth2_key key = { 0 };
	struct err err = { 0 };
	gnutls_pubkey_t public;
	const char *jwt, *one, *two;
	json_t *o;
	char *pem, *text;

	(void)state;
	make_key(2048, GNUTLS_PK_RSA, &pem, &public);
	o = json_pack("{s:s,s:s,s:s,s:s}", "private_key", pem,
	    "private_key_id", "k1", "client_email", "sa@p.example",
	    "token_uri", "https://g.example/token");
	text = json_text(o, 0);
	buf_adds(&file, text);
	json_decref(o);
	free(text);
	assert_int_equal(oauth2_key_read(&service, buf_slice(&file), &key,
	    &err), 0);
	assert_string_equal(oauth2_url(&service, &key),
	    "https://g.example/token");
	assert_int_equal(oauth2_assertion(&service, &key, 1000, &out, &err),
	    0);
	jwt = buf_str(&out);
	one = strchr(jwt, '.');
	two = strchr(one + 1, '.');
	o = part(jwt, (size_t)(one - jwt));
	assert_string_equal(json_string_value(json_object_get(o, "alg")),
	    "RS256");
	assert_string_equal(json_string_value(json_object_get(o, "kid")),
	    "k1");
	json_decref(o);
	o = part(one + 1, (size_t)(two - one - 1));
	assert_string_equal(json_string_value(json_object_get(o, "iss")),
	    "sa@p.example");
	assert_string_equal(json_string_value(json_object_get(o, "sub")),
	    "desk@campus.example");
	assert_string_equal(json_string_value(json_object_get(o, "scope")),
	    "https://mail.google.com/");
	assert_string_equal(json_string_value(json_object_get(o, "aud")),
	    "https://g.example/token");
	assert_int_equal(json_integer_value(json_object_get(o, "iat")), 1000);
	assert_int_equal(json_integer_value(json_object_get(o, "exp")), 1600);
	json_decref(o);
	check_signature(public, jwt, two);
	oauth2_key_free(&key);
	gnutls_pubkey_deinit(public);
	buf_free(&out);
	buf_free(&file);
	free(pem);
}

static void
test_keys_that_are_none(void **state)
{
	static const struct server_oauth2 named = { GRANT_SERVICE, "",
		"sa@p.example", "", "", "", "k", "d@campus.example", "" };
	static const struct {
		const struct server_oauth2	*o;
		const char			*text, *says;
		bool				 read;	/* only signing fails */
	} t[] = {
		{ &service, "{\"type\":\"service_account\"}",
		    "not the key of a service account", false },
		{ &service, "{", "not the key of a service account", false },
		{ &service, "-----BEGIN", "does not say whose", false },
		{ &service, "", "does not say whose", false },
		{ &named, "", "no private key", true },
		{ &named, "-----BEGIN PRIVATE KEY-----\nAAAA\n", "no private "
		    "key", true },
	};
	gnutls_pubkey_t public;
	struct buf out = BUF_INIT(8192);
	struct err err = { 0 };
	char *pem;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct oauth2_key key = { 0 };

		err = (struct err){ 0 };
		print_message("%s\n", t[i].text);
		assert_int_equal(oauth2_key_read(t[i].o, slice_of(t[i].text),
		    &key, &err), t[i].read ? 0 : -1);
		if (t[i].read)
			assert_int_equal(oauth2_assertion(t[i].o, &key, 0,
			    &out, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_non_null(strstr(err.msg, t[i].says));
		assert_int_equal(out.len, 0);
		oauth2_key_free(&key);
	}
	make_key(1024, GNUTLS_PK_RSA, &pem, &public);	/* too short */
	gnutls_pubkey_deinit(public);
	assert_int_equal(crypt_jwt(slice_of(pem), "", slice_of("{}"), &out,
	    &err), -1);
	assert_non_null(strstr(err.msg, "2048"));
	free(pem);
	make_key(GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
	    GNUTLS_PK_ECDSA, &pem, &public);		/* not RSA */
	gnutls_pubkey_deinit(public);
	assert_int_equal(crypt_jwt(slice_of(pem), "", slice_of("{}"), &out,
	    &err), -1);
	assert_int_equal(out.len, 0);
	free(pem);
	buf_free(&out);
}

/* Where Google's is meant, and that a key file cannot lead secrets astray. */
static void
test_url(void **state)
{
	struct oauth2_key key = { .token_url = NULL };
	char plain[] = "http://evil.example/", good[] = "https://g.example/";

	(void)state;
	assert_string_equal(oauth2_url(&client, NULL), MICROSOFT);
	assert_string_equal(oauth2_url(&service, NULL),
	    "https://oauth2.googleapis.com/token");
	key.token_url = plain;
	assert_string_equal(oauth2_url(&service, &key),
	    "https://oauth2.googleapis.com/token");
	key.token_url = good;
	assert_string_equal(oauth2_url(&service, &key), good);
	assert_string_equal(oauth2_url(&client, &key), MICROSOFT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_token_ok),
		cmocka_unit_test(test_assertion),
		cmocka_unit_test(test_keys_that_are_none),
		cmocka_unit_test(test_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
