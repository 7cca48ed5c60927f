/* bounce_status - RFC 3463 codes, given or guessed from what a server said. */
#ifndef PARSERS_BOUNCE_STATUS_H
#define PARSERS_BOUNCE_STATUS_H

#include "base/slice.h"

#define BOUNCE_STATUS_MAX 12	/* "5.999.999" and NUL */

/* The first x.y.z, x 2, 4 or 5, that is no part of a longer number; the last
 * one that says more than x.0.0 is better than one that does not. */
bool	bounce_status_find(struct slice s, char out[BOUNCE_STATUS_MAX]);
/* From the code if there is one; else from an SMTP reply (550) and the words;
 * else from the words. false: nothing is known, out is "". */
bool	bounce_status_guess(struct slice s, char out[BOUNCE_STATUS_MAX]);

#endif
