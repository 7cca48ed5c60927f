#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/crypt.h"
#include "base/crypt_sign.h"
#include "base/json_text.h"

#define RSA_BITS_MIN	2048u

void
crypt_base64url(struct buf *out, struct slice data)
{
	char four[5];
	size_t i, k, n;

	for (i = 0; i < data.len; i += 3) {
		n = data.len - i < 3 ? data.len - i : 3;
		crypt_base64(data.p + i, n, four);
		for (k = 0; k < n + 1; k++)
			buf_addc(out, four[k] == '+' ? '-' :
			    four[k] == '/' ? '_' : four[k]);
	}
}

static int
open_key(struct slice pem, gnutls_privkey_t *key_out, struct err *err)
{
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)pem.p,
	    (unsigned)pem.len };
	gnutls_privkey_t key;
	unsigned bits = 0;
	int rc = gnutls_privkey_init(&key);

	if (rc < 0)
		return err_set(err, ERR_FATAL, "%s", gnutls_strerror(rc));
	rc = gnutls_privkey_import_x509_raw(key, &data, GNUTLS_X509_FMT_PEM,
	    NULL, 0);
	if (rc < 0)
		err_set(err, ERR_INPUT, "no private key that can be read: %s",
		    gnutls_strerror(rc));
	else if (gnutls_privkey_get_pk_algorithm(key, &bits) != GNUTLS_PK_RSA ||
	    bits < RSA_BITS_MIN)
		rc = err_set(err, ERR_INPUT, "not an RSA key of %u bits or "
		    "more", RSA_BITS_MIN);
	if (rc < 0) {
		gnutls_privkey_deinit(key);
		return -1;
	}
	*key_out = key;
	return 0;
}

static int
sign(struct slice pem, struct buf *out, struct err *err)
{
	gnutls_datum_t data = { (unsigned char *)out->p, (unsigned)out->len };
	gnutls_datum_t signature = { NULL, 0 };
	gnutls_privkey_t key;
	int rc;

	if (open_key(pem, &key, err) == -1)
		return -1;
	rc = gnutls_privkey_sign_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &data,
	    &signature);
	gnutls_privkey_deinit(key);
	if (rc < 0)
		return err_set(err, ERR_INPUT, "the key does not sign: %s",
		    gnutls_strerror(rc));
	buf_addc(out, '.');
	crypt_base64url(out, (struct slice){ (const char *)signature.data,
	    signature.size });
	gnutls_free(signature.data);
	return 0;
}

static int
put_header(const char *key_id, struct buf *out, struct err *err)
{
	json_t *header = json_pack("{s:s,s:s,s:s*}", "alg", "RS256", "typ",
	    "JWT", "kid", *key_id == '\0' ? NULL : key_id);
	char *text = header == NULL ? NULL : json_text(header, JSON_COMPACT);
	int ret = 0;

	if (text == NULL)
		ret = err_set(err, ERR_INPUT, "the key's id is no UTF-8");
	else
		crypt_base64url(out, slice_of(text));
	free(text);
	json_decref(header);
	return ret;
}

int
crypt_jwt(struct slice pem, const char *key_id, struct slice claims,
    struct buf *out, struct err *err)
{
	struct buf jwt = BUF_INIT(out->max);
	int ret = -1;

	if (put_header(key_id, &jwt, err) == -1)
		goto out;
	buf_addc(&jwt, '.');
	crypt_base64url(&jwt, claims);
	if (!jwt.failed && sign(pem, &jwt, err) == -1)
		goto out;
	buf_addslice(out, buf_slice(&jwt));
	ret = jwt.failed || out->failed ? err_set(err, ERR_INPUT,
	    "the token is too long") : 0;
out:
	buf_free(&jwt);
	return ret;
}
