/* spread - how many values are how large, for percentiles in bounded memory:
 * exact up to SPREAD_EXACT values, of more within 1.6 % of the value. */
#ifndef DESK_SPREAD_H
#define DESK_SPREAD_H

#include <stdint.h>

#include "base/arena.h"

#define SPREAD_EXACT	256
#define SPREAD_MAX	((int64_t)1 << 31)	/* larger values count as this */

struct spread;

struct spread *spread_new(struct arena *arena);		/* NULL: it is full */
/* value ≥ 0. false: the arena is full. */
bool	spread_add(struct spread *spread, int64_t value);
/* The smallest value that percent of all are not above (nearest rank); -1 when
 * there are none. */
int64_t	spread_percentile(struct spread *spread, int percent);

#endif
