/* pool - connections to the store, read-only, one for each thread at work.
 *
 * Reopened    when the file is another one than it was (a restore), and after
 *             an error that is not for now only
 * Time        what a page reads takes POOL_PATIENCE_MS at most
 * Threads     any; what is taken is its taker's alone until given back */
#ifndef WEBVIEW_POOL_H
#define WEBVIEW_POOL_H

#include <sys/types.h>

#include "db/db.h"
#include "webview/kept.h"

#define POOL_PATIENCE_MS	2000

struct pool;
struct pooled {
	struct db	*db;
	struct kept	*kept;		/* pages made with it; NULL none */
	dev_t		 device;	/* of the file it reads */
	ino_t		 inode;
};

/* Opens nothing yet; url and path are borrowed. */
struct pool *pool_new(const char *url, const char *path);
void	pool_free(struct pool **pool);			/* NULL-safe */
/* A connection inside a transaction: one consistent view. ERR_RETRY: there is
 * no store, or not of this version, for now. */
int	pool_take(struct pool *pool, struct pooled *pooled_out,
	    struct err *err);
/* good: nothing that was done with it failed for good. */
void	pool_give(struct pool *pool, struct pooled *pooled, bool good);

#endif
