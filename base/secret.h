/* secret - the keys beside the store (design §3): one random file, 0600, a key
 * per purpose derived from it, former ones kept.
 *
 * File        text; "campusdesk-secret 1", then a line a key, newest first:
 *             "key ID HEX64"; IDs count up from 1
 * Threads     read-only after loading */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/crypt.h"
#include "base/err.h"

enum secret_purpose {
	SECRET_MESSAGE_ID,	/* signed Message-IDs */
	SECRET_REPLY,		/* Reply-To tokens */
	SECRET_CHAIN,		/* the event chain */
	SECRET_LOGIN,
	SECRET_LOOP,		/* X-Campusdesk-Loop */
	SECRET_NPURPOSE
};

struct secret;

/* Read path, or make it when absent and create is true. ERR_INPUT: not such a
 * file, or readable by others. */
int	secret_load(const char *path, bool create, struct secret **secret_out,
	    struct err *err);
void	secret_free(struct secret **secret);	/* wipes; NULL-safe */
/* New key in front, the file replaced atomically. */
int	secret_rotate(const char *path, struct err *err);
/* A secret of one key made from seed: for tests and for `parse`. */
struct secret *secret_from_seed(struct slice seed);

int	secret_count(const struct secret *secret);	/* keys, newest first */
int64_t	secret_id(const struct secret *secret, int index);
/* The 32-byte key of a purpose under the key at index. */
struct slice secret_key(const struct secret *secret, int index,
	    enum secret_purpose purpose);
/* Index of the key with that id; -1: none. */
int	secret_find(const struct secret *secret, int64_t id);

#endif
