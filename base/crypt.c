#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypt.h"

struct crypt_hash {
	gnutls_hash_hd_t	hd;
};

static void
must(int rc, const char *what)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "campusdesk: %s: %s\n", what, gnutls_strerror(rc));
	abort();
}

void
crypt_random(void *out, size_t len)
{
	must(gnutls_rnd(GNUTLS_RND_KEY, out, len), "random numbers");
}

uint64_t
crypt_random_u64(void)
{
	uint64_t v;

	crypt_random(&v, sizeof v);
	return v;
}

void
crypt_sha256(struct slice data, unsigned char out[CRYPT_SHA256])
{
	must(gnutls_hash_fast(GNUTLS_DIG_SHA256, data.len == 0 ? "" : data.p,
	    data.len, out), "SHA-256");
}

void
crypt_hmac(struct slice key, struct slice data,
    unsigned char out[CRYPT_SHA256])
{
	must(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.p, key.len,
	    data.len == 0 ? "" : data.p, data.len, out), "HMAC-SHA256");
}

void
crypt_hkdf(struct slice key, const char *label,
    unsigned char out[CRYPT_SHA256])
{
	static const unsigned char zero[CRYPT_SHA256];
	gnutls_datum_t k = { (unsigned char *)key.p, (unsigned)key.len };
	gnutls_datum_t salt = { (unsigned char *)zero, sizeof zero };
	gnutls_datum_t info = { (unsigned char *)label,
	    (unsigned)strlen(label) };
	unsigned char prk[CRYPT_SHA256];
	gnutls_datum_t p = { prk, sizeof prk };

	must(gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &k, &salt, prk), "HKDF");
	must(gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &p, &info, out,
	    CRYPT_SHA256), "HKDF");
	gnutls_memset(prk, 0, sizeof prk);
}

bool
crypt_equal(const void *a, const void *b, size_t len)
{
	return gnutls_memcmp(a, b, len) == 0;
}

struct crypt_hash *
crypt_hash_new(void)
{
	struct crypt_hash *hash = malloc(sizeof *hash);

	if (hash == NULL)
		must(GNUTLS_E_MEMORY_ERROR, "SHA-256");
	else
		must(gnutls_hash_init(&hash->hd, GNUTLS_DIG_SHA256), "SHA-256");
	return hash;
}

void
crypt_hash_add(struct crypt_hash *hash, const void *p, size_t len)
{
	if (len > 0)
		must(gnutls_hash(hash->hd, p, len), "SHA-256");
}

void
crypt_hash_finish(struct crypt_hash **hash, unsigned char out[CRYPT_SHA256])
{
	gnutls_hash_deinit((*hash)->hd, out);
	free(*hash);
	*hash = NULL;
}

void
crypt_hex(const void *p, size_t len, char *out)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *b = p;
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digit[b[i] >> 4];
		out[2 * i + 1] = digit[b[i] & 15];
	}
	out[2 * len] = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
crypt_unhex(struct slice s, unsigned char *out, size_t size)
{
	size_t i;

	if (s.len % 2 != 0 || s.len / 2 > size)
		return -1;
	for (i = 0; i < s.len; i += 2) {
		int hi = hex_value(s.p[i]), lo = hex_value(s.p[i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		out[i / 2] = (unsigned char)(hi << 4 | lo);
	}
	return (int)(s.len / 2);
}

void
crypt_base32(const void *p, size_t len, char *out)
{
	static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";
	const unsigned char *b = p;
	unsigned bits = 0, acc = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		acc = (acc << 8 | b[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			*out++ = digit[acc >> (bits - 5) & 31];
	}
	if (bits > 0)
		*out++ = digit[acc << (5 - bits) & 31];
	*out = '\0';
}

int
crypt_unbase32(struct slice s, unsigned char *out, size_t size)
{
	unsigned bits = 0, acc = 0;
	size_t i, n = 0;

	for (i = 0; i < s.len; i++) {
		char c = s.p[i];
		unsigned v;

		if (c >= 'a' && c <= 'z')
			v = (unsigned)(c - 'a');
		else if (c >= 'A' && c <= 'Z')
			v = (unsigned)(c - 'A');
		else if (c >= '2' && c <= '7')
			v = (unsigned)(c - '2') + 26;
		else
			return -1;
		acc = (acc << 5 | v) & 0x1fff;
		bits += 5;
		if (bits < 8)
			continue;
		if (n == size)
			return -1;
		bits -= 8;
		out[n++] = (unsigned char)(acc >> bits);
	}
	if (bits >= 5 || (acc & ((1u << bits) - 1)) != 0)
		return -1;
	return (int)n;
}

void
crypt_base64(const void *p, size_t len, char *out)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *b = p;
	size_t i;

	for (i = 0; i < len; i += 3) {
		unsigned v = (unsigned)b[i] << 16;

		if (i + 1 < len)
			v |= (unsigned)b[i + 1] << 8;
		if (i + 2 < len)
			v |= b[i + 2];
		*out++ = digit[v >> 18];
		*out++ = digit[v >> 12 & 63];
		*out++ = i + 1 < len ? digit[v >> 6 & 63] : '=';
		*out++ = i + 2 < len ? digit[v & 63] : '=';
	}
	*out = '\0';
}
