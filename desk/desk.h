/* desk - what every rule gets: the store inside a transaction, the settings,
 * the keys, the time of this item, and memory that lives as long as it. */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"
#include "db/db.h"
#include "desk/settings.h"

struct desk {
	struct db		*db;
	const struct settings	*settings;
	const struct secret	*secret;
	int64_t			 now_ms;	/* clock passed in, UTC */
	struct arena		*arena;		/* dropped after the item */
	int64_t			 real_ms;	/* 0: now_ms; else a history is
						 * taken in: now_ms is its time,
						 * this is the clock's */
};

/* When we do it, for events and the ledger. */
static inline int64_t
desk_real_ms(const struct desk *desk)
{
	return desk->real_ms != 0 ? desk->real_ms : desk->now_ms;
}

#endif
