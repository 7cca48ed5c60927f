/* crypt - the few primitives we use, all from GnuTLS.
 * Failure of any of them (no entropy, library broken) ends the process with a
 * line on standard error: nothing may go on with a weak secret. */
#ifndef BASE_CRYPT_H
#define BASE_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define CRYPT_SHA256	32	/* bytes of a SHA-256 digest or HMAC */

struct crypt_hash;

void	crypt_random(void *out, size_t len);
uint64_t crypt_random_u64(void);
void	crypt_sha256(struct slice data, unsigned char out[CRYPT_SHA256]);
/* HMAC-SHA256, RFC 2104. */
void	crypt_hmac(struct slice key, struct slice data,
	    unsigned char out[CRYPT_SHA256]);
/* HKDF-SHA256, RFC 5869, without salt; label is the info. */
void	crypt_hkdf(struct slice key, const char *label,
	    unsigned char out[CRYPT_SHA256]);
/* Equal? In time that depends on len only. */
bool	crypt_equal(const void *a, const void *b, size_t len);

/* SHA-256 over data that comes in pieces. finish frees and sets NULL. */
struct crypt_hash *crypt_hash_new(void);
void	crypt_hash_add(struct crypt_hash *hash, const void *p, size_t len);
void	crypt_hash_finish(struct crypt_hash **hash,
	    unsigned char out[CRYPT_SHA256]);

/* Text forms. out has room for what the function says, with the NUL. */
void	crypt_hex(const void *p, size_t len, char *out);	/* 2*len+1 */
/* RFC 4648 base32, lower case a-z2-7, no padding: (len*8+4)/5+1 bytes. */
void	crypt_base32(const void *p, size_t len, char *out);
/* Back; letters of any case. Bytes written, -1 on a foreign character, bits
 * left over that are not zero, or too little room. */
int	crypt_unbase32(struct slice s, unsigned char *out, size_t size);
int	crypt_unhex(struct slice s, unsigned char *out, size_t size);
/* RFC 4648 base64 with padding: (len+2)/3*4+1 bytes. */
void	crypt_base64(const void *p, size_t len, char *out);

#endif
