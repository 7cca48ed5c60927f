/* crypt_sign - RSA signatures and the JSON Web Tokens they make (RFC 7515,
 * 7518 3.3, 7519). */
#ifndef BASE_CRYPT_SIGN_H
#define BASE_CRYPT_SIGN_H

#include "base/buf.h"
#include "base/err.h"

/* Unpadded base64url (RFC 4648 5), appended. */
void	crypt_base64url(struct buf *out, struct slice data);
/* HEADER.CLAIMS.SIGNATURE, RS256. pem: the private key, PKCS #8 or #1, without
 * a password; key_id "": none is named. claims: JSON text. ERR_INPUT: no such
 * key, or no RSA key of 2048 bits and more. */
int	crypt_jwt(struct slice pem, const char *key_id, struct slice claims,
	    struct buf *out, struct err *err);

#endif
