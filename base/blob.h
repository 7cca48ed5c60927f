/* blob - a mail's bytes: small ones in memory, large ones in a sealed memfd.
 *
 * Life        blob_start, blob_add…, blob_done; then read-only, any thread
 * Bounded     adding past max fails with ERR_INPUT; above BLOB_INLINE_MAX the
 *             bytes move to a memfd, so they are never on our heap
 * Ownership   blob_free closes and frees; reference counted by blob_ref */
#ifndef BASE_BLOB_H
#define BASE_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/crypt.h"
#include "base/err.h"
#include "base/slice.h"

#define BLOB_INLINE_MAX	(1024 * 1024)	/* bytes */

struct blob;

struct blob *blob_start(size_t max);	/* NULL: no memory */
int	 blob_add(struct blob *blob, const void *p, size_t len,
	    struct err *err);
/* No more bytes will come: seals the memfd. */
int	 blob_done(struct blob *blob, struct err *err);
struct blob *blob_ref(struct blob *blob);
void	 blob_free(struct blob **blob);			/* NULL-safe */
/* Everything that can be read from fd, done at once. */
int	 blob_read_fd(int fd, size_t max, struct blob **blob_out,
	    struct err *err);

size_t	 blob_size(const struct blob *blob);
/* The memfd, or -1 for a small one. Stays the blob's. */
int	 blob_fd(const struct blob *blob);
/* The bytes of a small one; {NULL,0} for a large one. */
struct slice blob_inline(const struct blob *blob);
/* Copy len bytes from offset; -1 beyond the end or on a read error. */
int	 blob_read(const struct blob *blob, size_t offset, void *out,
	    size_t len, struct err *err);
int	 blob_sha256(const struct blob *blob, unsigned char out[CRYPT_SHA256],
	    struct err *err);

#endif
