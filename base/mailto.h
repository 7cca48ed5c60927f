/* mailto - links that open a prepared mail (RFC 6068): address, subject and
 * body, and no other header, each value percent-encoded. */
#ifndef BASE_MAILTO_H
#define BASE_MAILTO_H

#include "base/arena.h"
#include "base/buf.h"

#define MAILTO_MAX	((size_t)32 * 1024)	/* bytes of a link */

/* RFC 3986: all but unreserved characters as %XX. */
void	mailto_percent(struct buf *out, struct slice text);
/* subject, one line of it, and body "": left out. Line ends of body become CR
 * LF. In the arena; "" when it would be longer than MAILTO_MAX. */
const char *mailto_url(struct arena *arena, const char *to,
	    const char *subject, const char *body);

#endif
