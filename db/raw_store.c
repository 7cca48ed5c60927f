#include <assert.h>
#include <stdlib.h>

#include "base/zstd.h"
#include "db/query.h"
#include "db/raw_store.h"

#define FRAME		(256 * 1024)	/* plain bytes in one, at most */
#define FRAMES_MAX	65536		/* of one mail */

/* A mail as a row of pieces: the header block's, then the rest's. */
struct layout {
	size_t	size, header;		/* bytes */
	size_t	header_frames, frames;
};

static size_t
frames_for(size_t len)
{
	return (len + FRAME - 1) / FRAME;
}

static struct layout
layout_of(size_t size, size_t header)
{
	size_t h = frames_for(header);

	return (struct layout){ size, header, h,
	    h + frames_for(size - header) };
}

/* Where frame n lies in the mail: its first byte and its length. */
static size_t
frame_at(const struct layout *l, size_t n, size_t *len_out)
{
	size_t start, end;

	if (n < l->header_frames) {
		start = n * FRAME;
		end = l->header;
	} else {
		start = l->header + (n - l->header_frames) * FRAME;
		end = l->size;
	}
	*len_out = end - start < FRAME ? end - start : FRAME;
	return start;
}

/* The frame that holds the byte at offset. */
static size_t
frame_of(const struct layout *l, size_t offset)
{
	return offset < l->header ? offset / FRAME :
	    l->header_frames + (offset - l->header) / FRAME;
}

static int64_t
frame_id(int64_t raw, size_t n)
{
	return raw * FRAMES_MAX + (int64_t)n;
}

/* plain and packed have room for a frame. */
static int
put_frame(struct db *db, int64_t id, const struct blob *blob,
    const struct layout *l, size_t n, char *plain, char *packed,
    struct err *err)
{
	struct zstd *zstd = db_zstd(db, err);
	struct slice in = blob_inline(blob);
	size_t len, packed_len, at = frame_at(l, n, &len);

	if (zstd == NULL)
		return -1;
	if (in.p == NULL) {
		if (blob_read(blob, at, plain, len, err) != 0)
			return -1;
		in = (struct slice){ plain, len };
	} else {
		in = (struct slice){ in.p + at, len };
	}
	if (zstd_pack(zstd, in, packed, zstd_bound(FRAME), &packed_len,
	    err) != 0)
		return -1;
	return db_run(db, STMT_FRAME_ADD, NULL, err, V_INT(frame_id(id, n)),
	    V_BLOB(packed, packed_len)) < 0 ? -1 : 0;
}

static int
put_frames(struct db *db, int64_t id, const struct blob *blob,
    const struct layout *l, struct err *err)
{
	char *buf = malloc(FRAME + zstd_bound(FRAME));
	int ret = 0;

	if (buf == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	for (size_t n = 0; ret == 0 && n < l->frames; n++)
		ret = put_frame(db, id, blob, l, n, buf, buf + FRAME, err);
	free(buf);
	return ret;
}

int
raw_put(struct db *db, const struct blob *blob, size_t header_length,
    int64_t now_ms, int64_t *id_out, struct err *err)
{
	size_t size = blob_size(blob);
	struct layout l;
	int64_t id = 0;

	if (header_length > size)
		return err_set(err, ERR_INPUT, "header block of %zu bytes in "
		    "a mail of %zu", header_length, size);
	l = layout_of(size, header_length);
	if (l.frames > FRAMES_MAX)
		return err_set(err, ERR_INPUT, "mail is too large to keep");
	if (db_run(db, STMT_RAW_ADD, &id, err, V_INT((int64_t)size),
	    V_INT((int64_t)header_length), V_INT(now_ms)) < 0)
		return -1;
	if (put_frames(db, id, blob, &l, err) != 0)
		return -1;
	*id_out = id;
	return 0;
}

static int
get_layout(struct db *db, int64_t id, struct layout *l_out, struct err *err)
{
	struct query *q = db_query(db, STMT_RAW_GET, err, V_INT(id));
	int64_t size = 0, header = 0;
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		size = q_int(q, 0);
		header = q_int(q, 1);
	}
	db_end(&q);
	if (ret != 1)
		return ret;
	if (size < 0 || header < 0 || header > size)
		return err_set(err, ERR_FATAL, "raw mail %lld is damaged",
		    (long long)id);
	*l_out = layout_of((size_t)size, (size_t)header);
	return 1;
}

int
raw_size(struct db *db, int64_t id, size_t *size_out, struct err *err)
{
	struct layout l;
	int ret = get_layout(db, id, &l, err);

	if (ret == 1)
		*size_out = l.size;
	return ret;
}

/* Frame n of len plain bytes into plain. */
static int
get_frame(struct db *db, int64_t id, size_t n, char *plain, size_t len,
    struct err *err)
{
	struct zstd *zstd = db_zstd(db, err);
	struct query *q;
	int ret;

	if (zstd == NULL)
		return -1;
	q = db_query(db, STMT_FRAME_GET, err, V_INT(frame_id(id, n)));
	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1)
		ret = zstd_unpack(zstd, q_blob(q, 0), plain, len, err);
	else if (ret == 0)
		ret = err_set(err, ERR_FATAL, "frame is missing");
	if (ret < 0)
		err_prefix(err, "raw mail %lld, frame %zu", (long long)id, n);
	db_end(&q);
	return ret;
}

int
raw_stream(struct db *db, int64_t id, size_t offset, size_t length,
    int (*fn)(const void *p, size_t len, void *arg), void *arg,
    struct err *err)
{
	struct layout l;
	size_t end = offset + length, at, len, n;
	char *plain;
	int ret = get_layout(db, id, &l, err);

	if (ret == 0)
		return err_set(err, ERR_INPUT, "no raw mail %lld",
		    (long long)id);
	if (ret < 0)
		return -1;
	if (offset > l.size || length > l.size - offset)
		return err_set(err, ERR_INPUT, "raw mail %lld has %zu bytes",
		    (long long)id, l.size);
	plain = malloc(FRAME);
	if (plain == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	ret = 0;
	while (ret == 0 && offset < end) {
		n = frame_of(&l, offset);
		at = frame_at(&l, n, &len);
		assert(offset >= at && offset < at + len);
		ret = get_frame(db, id, n, plain, len, err);
		if (ret != 0)
			break;
		len = at + len < end ? at + len - offset : end - offset;
		ret = fn(plain + (offset - at), len, arg);
		offset += len;
	}
	free(plain);
	return ret;
}

struct filling {
	struct blob	*blob;
	struct err	*err;
};

static int
fill(const void *p, size_t len, void *arg)
{
	struct filling *f = arg;

	return blob_add(f->blob, p, len, f->err);
}

int
raw_get(struct db *db, int64_t id, struct blob **blob_out, struct err *err)
{
	struct filling f = { NULL, err };
	size_t size = 0;
	int ret = raw_size(db, id, &size, err);

	if (ret == 0)
		return err_set(err, ERR_INPUT, "no raw mail %lld",
		    (long long)id);
	if (ret < 0)
		return -1;
	f.blob = blob_start(size);
	if (f.blob == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	ret = raw_stream(db, id, 0, size, fill, &f, err);
	if (ret == 0)
		ret = blob_done(f.blob, err);
	if (ret == 0)
		*blob_out = f.blob;
	else
		blob_free(&f.blob);
	return ret;
}

int
raw_delete(struct db *db, int64_t id, struct err *err)
{
	if (db_run(db, STMT_FRAME_DROP, NULL, err, V_INT(frame_id(id, 0)),
	    V_INT(frame_id(id + 1, 0))) < 0)
		return -1;
	return db_run(db, STMT_RAW_DROP, NULL, err, V_INT(id));
}

int
raw_next(struct db *db, int64_t after, int64_t *id_out, struct err *err)
{
	return db_run(db, STMT_RAW_NEXT, id_out, err, V_INT(after));
}
