/* keys - the secret that belongs to a store.
 *
 * It is made at the first start only: while the store has no events. Later a
 * missing secret is a fault, since a new one would make every answer on its way
 * a stranger's and the chain of events unprovable. */
#ifndef DESK_KEYS_H
#define DESK_KEYS_H

#include "base/secret.h"
#include "db/db.h"
#include "desk/settings.h"

/* -1 ERR_INPUT: missing, not a secret, or readable by others. */
int	keys_load(struct db *db, const struct settings *settings,
	    struct secret **secret_out, struct err *err);

#endif
