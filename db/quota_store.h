/* quota_store - counters in fixed windows, and small settings of the store
 * that are state (heartbeat, figures of the daemon for /metrics). */
#ifndef DB_QUOTA_STORE_H
#define DB_QUOTA_STORE_H

#include "db/db.h"

/* Count one more under key in the window that now lies in, unless that would
 * exceed limit: 1 counted, 0 over the limit, -1 error. limit 0: always 0. */
int	quota_take(struct db *db, const char *key, int64_t now_ms,
	    int64_t window_ms, int64_t limit, struct err *err);
/* Count without limit; the count of the window into *n_out. */
int	quota_count(struct db *db, const char *key, int64_t now_ms,
	    int64_t window_ms, int64_t *n_out, struct err *err);
int	quota_sweep(struct db *db, int64_t now_ms, struct err *err);

/* Values by name; 1/0/-1. */
int	state_get(struct db *db, const char *name, struct arena *arena,
	    const char **value_out, struct err *err);
int	state_set(struct db *db, const char *name, const char *value,
	    struct err *err);
int	state_drop(struct db *db, const char *name, struct err *err);

struct state {
	const char	*name, *value;
};
/* Those named KIND:…, in order, limit at most. */
int	state_list(struct db *db, const char *kind, int limit,
	    struct arena *arena, struct state **v_out, size_t *n_out,
	    struct err *err);

#endif
