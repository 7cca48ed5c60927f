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
};

#endif
