#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/buf.h"

struct blob {
	atomic_int	refs;
	size_t		max, size;
	struct buf	buf;		/* while small */
	int		fd;		/* -1 while small */
};

struct blob *
blob_start(size_t max)
{
	struct blob *blob = calloc(1, sizeof *blob);

	if (blob == NULL)
		return NULL;
	blob->refs = 1;
	blob->max = max;
	blob->buf.max = BLOB_INLINE_MAX;
	blob->fd = -1;
	return blob;
}

static int
write_all(int fd, const char *p, size_t len, struct err *err)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n == -1)
			return err_set(err, ERR_RETRY, "memfd: %s",
			    strerror(errno));
	}
	return 0;
}

/* From our heap into a memfd. */
static int
spill(struct blob *blob, struct err *err)
{
	blob->fd = memfd_create("mail", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (blob->fd == -1)
		return err_set(err, ERR_RETRY, "memfd: %s", strerror(errno));
	if (write_all(blob->fd, blob->buf.p, blob->buf.len, err) == -1)
		return -1;
	buf_free(&blob->buf);
	return 0;
}

int
blob_add(struct blob *blob, const void *p, size_t len, struct err *err)
{
	if (len > blob->max - blob->size)
		return err_set(err, ERR_INPUT, "more than %zu bytes",
		    blob->max);
	if (blob->fd == -1 && blob->size + len > BLOB_INLINE_MAX &&
	    spill(blob, err) == -1)
		return -1;
	if (blob->fd != -1) {
		if (write_all(blob->fd, p, len, err) == -1)
			return -1;
	} else {
		buf_add(&blob->buf, p, len);
		if (blob->buf.failed)
			return err_set(err, ERR_RETRY, "out of memory");
	}
	blob->size += len;
	return 0;
}

int
blob_done(struct blob *blob, struct err *err)
{
	if (blob->fd == -1)
		return 0;
	if (fcntl(blob->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW |
	    F_SEAL_SHRINK | F_SEAL_SEAL) == -1)
		return err_set(err, ERR_RETRY, "memfd: %s", strerror(errno));
	return 0;
}

struct blob *
blob_ref(struct blob *blob)
{
	atomic_fetch_add(&blob->refs, 1);
	return blob;
}

void
blob_free(struct blob **blob)
{
	struct blob *b;

	if (blob == NULL || *blob == NULL)
		return;
	b = *blob;
	*blob = NULL;
	if (atomic_fetch_sub(&b->refs, 1) > 1)
		return;
	buf_free(&b->buf);
	if (b->fd != -1)
		close(b->fd);
	free(b);
}

int
blob_read_fd(int fd, size_t max, struct blob **blob_out, struct err *err)
{
	struct blob *blob = blob_start(max);
	char piece[65536];
	ssize_t n;

	if (blob == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	for (;;) {
		n = read(fd, piece, sizeof piece);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			err_set(err, ERR_RETRY, "read: %s", strerror(errno));
			goto fail;
		}
		if (n == 0)
			break;
		if (blob_add(blob, piece, (size_t)n, err) == -1)
			goto fail;
	}
	if (blob_done(blob, err) == -1)
		goto fail;
	*blob_out = blob;
	return 0;
fail:
	blob_free(&blob);
	return -1;
}

size_t
blob_size(const struct blob *blob)
{
	return blob->size;
}

int
blob_fd(const struct blob *blob)
{
	return blob->fd;
}

struct slice
blob_inline(const struct blob *blob)
{
	if (blob->fd != -1)
		return (struct slice){ NULL, 0 };
	return (struct slice){ blob->buf.p == NULL ? "" : blob->buf.p,
	    blob->buf.len };
}

int
blob_read(const struct blob *blob, size_t offset, void *out, size_t len,
    struct err *err)
{
	char *p = out;
	ssize_t n;

	if (offset > blob->size || len > blob->size - offset)
		return err_set(err, ERR_INPUT, "beyond the end of the mail");
	if (blob->fd == -1) {
		if (len > 0)
			memcpy(out, blob->buf.p + offset, len);
		return 0;
	}
	for (; len > 0; p += n, len -= (size_t)n, offset += (size_t)n) {
		n = pread(blob->fd, p, len, (off_t)offset);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return err_set(err, ERR_RETRY, "memfd: %s",
			    n == 0 ? "too short" : strerror(errno));
	}
	return 0;
}

int
blob_sha256(const struct blob *blob, unsigned char out[CRYPT_SHA256],
    struct err *err)
{
	struct crypt_hash *hash;
	char piece[65536];
	size_t at, n;
	int ret = 0;

	if (blob->fd == -1) {
		crypt_sha256(blob_inline(blob), out);
		return 0;
	}
	hash = crypt_hash_new();
	for (at = 0; ret == 0 && at < blob->size; at += n) {
		n = blob->size - at < sizeof piece ? blob->size - at :
		    sizeof piece;
		ret = blob_read(blob, at, piece, n, err);
		if (ret == 0)
			crypt_hash_add(hash, piece, n);
	}
	crypt_hash_finish(&hash, out);
	return ret;
}
