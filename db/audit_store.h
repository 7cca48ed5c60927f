/* audit_store - the event chain (I4).
 *
 * event.mac = HMAC(chain key, previous mac | seq | time | ticket | person |
 * item | action | salted digest of (actor, proof, field, old, new, because)).
 * The values lie beside in event_value, so that erasure can remove them and
 * the chain still verifies: an event says how many erasures took, so that
 * others that are missing are found. */
#ifndef DB_AUDIT_STORE_H
#define DB_AUDIT_STORE_H

#include "base/secret.h"
#include "db/db.h"

struct event {
	int64_t		 seq, time_ms;
	int64_t		 ticket, person, item;	/* item: ledger id; 0 none */
	const char	*action;	/* "created", "status", "bounced" … */
	const char	*actor;		/* address, "system", "os:root" */
	const char	*proof;		/* token verified claimed staff system */
	const char	*field, *old_value, *new_value;	/* NULL: none */
	const char	*because;	/* rule that led to it; NULL none */
	bool		 erased;	/* values were removed */
};

/* Appends; head and seq are read inside the transaction. */
int	audit_add(struct db *db, const struct secret *secret,
	    const struct event *event, struct err *err);
/* ticket 0: all; newest last; seq > after. */
int	audit_list(struct db *db, int64_t ticket, int64_t after, int limit,
	    struct arena *arena,
	    int (*fn)(const struct event *event, void *arg), void *arg,
	    struct err *err);
/* For pages: newest first, without what was said. shared: only what requester
 * and watchers may know: made, status, category, location, subject (I7). */
int	audit_history(struct db *db, int64_t ticket, bool shared, int limit,
	    struct arena *arena,
	    int (*fn)(const struct event *event, void *arg), void *arg,
	    struct err *err);
/* The action of an event whose new value is how many events have no values
 * from then on. Its own values are never removed. */
#define AUDIT_ERASED	"erased"
#define AUDIT_HEAD_MAX	96	/* bytes, with the NUL */
/* "SEQ:HASH" of the newest; "0:" when there is none. */
int	audit_head(struct db *db, char out[AUDIT_HEAD_MAX], struct err *err);
/* Walk the whole chain. 0 it holds; -1 ERR_INPUT: what is wrong, at which seq.
 * noted: a head noted outside before, or NULL. */
int	audit_verify(struct db *db, const struct secret *secret,
	    const char *noted, struct err *err);

#endif
