/* raw_store - mails kept byte for byte (I11), as zstd frames of 256 KiB plain
 * text each, the header block a frame of its own; any slice streams in
 * constant memory. */
#ifndef DB_RAW_STORE_H
#define DB_RAW_STORE_H

#include "base/blob.h"
#include "db/db.h"

/* header_length: bytes of the header block; may be 0. */
int	raw_put(struct db *db, const struct blob *blob, size_t header_length,
	    int64_t now_ms, int64_t *id_out, struct err *err);
/* Size in bytes; 1/0/-1. */
int	raw_size(struct db *db, int64_t id, size_t *size_out, struct err *err);
/* The next kept one above after: 1/0/-1. */
int	raw_next(struct db *db, int64_t after, int64_t *id_out,
	    struct err *err);
/* Hand [offset, offset+length) to fn in pieces; fn != 0 stops with its value.
 * ERR_INPUT when the range is outside. */
int	raw_stream(struct db *db, int64_t id, size_t offset, size_t length,
	    int (*fn)(const void *p, size_t len, void *arg), void *arg,
	    struct err *err);
int	raw_get(struct db *db, int64_t id, struct blob **blob_out,
	    struct err *err);
/* The bytes; its id is never used again. */
int	raw_delete(struct db *db, int64_t id, struct err *err);

#endif
