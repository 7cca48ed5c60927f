/* private_file - small files that hold a secret: read only when nobody else can
 * get at them, replaced so that a crash leaves the old or the new one. */
#ifndef BASE_PRIVATE_FILE_H
#define BASE_PRIVATE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define PRIVATE_FILE_OURS	077	/* nobody but the owner */
#define PRIVATE_FILE_GROUP	026	/* the group may read it */

/* The whole file, appended to out. forbidden: the mode bits that it must not
 * have, one of the above; a link is followed only with the second.
 * *absent_out is always set. ERR_INPUT. */
int	private_file_read(const char *path, mode_t forbidden, struct buf *out,
	    bool *absent_out, struct err *err);
/* Write text to a new file beside path (0600), make it durable, put it in
 * place. One that is there is replaced only when asked to (its owner and
 * mode are kept): of two programs at their first start, the first one's file
 * is everybody's. */
int	private_file_write(const char *path, struct slice text, bool replace,
	    struct err *err);
/* A new file that root made at path, open as fd, goes to the owner of its
 * folder: the daemon, which is not root, has to open it. -1: errno. */
int	private_file_give(int fd, const char *path);
/* One program at a time may change the files of path's folder. The lock, to be
 * closed, or -1: somebody has it (ERR_RETRY), or there is no such folder. */
int	private_file_lock(const char *path, struct err *err);

#endif
