/* zstd - one frame at a time, with contexts that are kept.
 *
 * Frames      carry a checksum of their content
 * Memory      the contexts (about 1 MiB, made at first use); buffers are the
 *             caller's
 * Threads     one struct zstd, one thread */
#ifndef BASE_ZSTD_H
#define BASE_ZSTD_H

#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"

struct zstd;

struct zstd *zstd_new(void);			/* NULL: no memory */
void	zstd_free(struct zstd **zstd);		/* NULL-safe */
/* Room that the frame of len plain bytes may need. */
size_t	zstd_bound(size_t len);
/* Compress into out of size bytes: 0 and *len_out, or -1. */
int	zstd_pack(struct zstd *zstd, struct slice plain, void *out,
	    size_t size, size_t *len_out, struct err *err);
/* Exactly len bytes into out; -1 ERR_FATAL when the frame is damaged or holds
 * more or fewer. */
int	zstd_unpack(struct zstd *zstd, struct slice frame, void *out,
	    size_t len, struct err *err);

#endif
