#include <stdlib.h>

#include <zstd.h>

#include "base/zstd.h"

#define LEVEL	1	/* mail is text and base64: higher levels win little */

struct zstd {
	ZSTD_CCtx	*pack;
	ZSTD_DCtx	*unpack;
};

struct zstd *
zstd_new(void)
{
	return calloc(1, sizeof(struct zstd));
}

void
zstd_free(struct zstd **zstd)
{
	if (zstd == NULL || *zstd == NULL)
		return;
	ZSTD_freeCCtx((*zstd)->pack);
	ZSTD_freeDCtx((*zstd)->unpack);
	free(*zstd);
	*zstd = NULL;
}

size_t
zstd_bound(size_t len)
{
	return ZSTD_compressBound(len);
}

int
zstd_pack(struct zstd *zstd, struct slice plain, void *out, size_t size,
    size_t *len_out, struct err *err)
{
	size_t n;

	if (zstd->pack == NULL) {
		zstd->pack = ZSTD_createCCtx();
		if (zstd->pack == NULL)
			return err_set(err, ERR_RETRY, "zstd: out of memory");
		ZSTD_CCtx_setParameter(zstd->pack, ZSTD_c_compressionLevel,
		    LEVEL);
		ZSTD_CCtx_setParameter(zstd->pack, ZSTD_c_checksumFlag, 1);
	}
	n = ZSTD_compress2(zstd->pack, out, size, plain.p, plain.len);
	if (ZSTD_isError(n))
		return err_set(err, ERR_FATAL, "zstd: %s",
		    ZSTD_getErrorName(n));
	*len_out = n;
	return 0;
}

int
zstd_unpack(struct zstd *zstd, struct slice frame, void *out, size_t len,
    struct err *err)
{
	size_t n;

	if (zstd->unpack == NULL)
		zstd->unpack = ZSTD_createDCtx();
	if (zstd->unpack == NULL)
		return err_set(err, ERR_RETRY, "zstd: out of memory");
	n = ZSTD_decompressDCtx(zstd->unpack, out, len, frame.p, frame.len);
	if (ZSTD_isError(n))
		return err_set(err, ERR_FATAL, "zstd: %s",
		    ZSTD_getErrorName(n));
	if (n != len)
		return err_set(err, ERR_FATAL,
		    "zstd: %zu bytes in a frame of %zu", n, len);
	return 0;
}
