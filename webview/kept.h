/* kept - pages that were made a moment ago, for who asks for the same again:
 * the same person, in the same role, with the same address and form, while
 * nothing was committed. Lives beside one connection to the store, whose count
 * of commits it goes by.
 *
 * Bounded    KEPT_PAGES of at most KEPT_BYTES, for KEPT_MS: what a page says of
 *            the time ("3 minutes ago") is no older
 * Threads    its connection's */
#ifndef WEBVIEW_KEPT_H
#define WEBVIEW_KEPT_H

#include "webview/page.h"

#define KEPT_PAGES	8
#define KEPT_BYTES	((size_t)128 << 10)
#define KEPT_MS		5000

struct kept;

struct kept *kept_new(void);			/* NULL: no memory */
void	kept_free(struct kept **kept);		/* NULL-safe */
/* The page under key, when it is of this version of the store; copied into
 * *answer, strings into the arena. kept NULL: never. */
bool	kept_find(struct kept *kept, const char *key, int64_t version,
	    int64_t now_ms, struct arena *arena, struct page_answer *answer);
/* Keep a copy, in place of the oldest; what is no plain page (200, no
 * download) is left. */
void	kept_put(struct kept *kept, const char *key, int64_t version,
	    int64_t now_ms, const struct page_answer *answer);

#endif
