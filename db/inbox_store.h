/* inbox_store - what a door pushed to us and nobody has decided on yet: it is
 * durable here before it is acknowledged (I1), and leaves in the transaction
 * that gives it its outcome in the ledger (I2). And who the users of such a
 * door are.
 *
 * door    "slack"
 * key     unique at the door: what comes again is taken once */
#ifndef DB_INBOX_STORE_H
#define DB_INBOX_STORE_H

#include "db/db.h"

struct inbox_row {
	int64_t		 id;		/* in order of arrival */
	const char	*door, *key;
	int		 kind;		/* the door's: where it was pushed to */
	struct slice	 body;		/* as it came */
	int64_t		 came_ms;
	int		 attempts;	/* that failed */
};

/* 1 added, 0 it is here, or was and is in the ledger; -1. */
int	inbox_add(struct db *db, const struct inbox_row *row,
	    struct err *err);
/* Those of a door with an id above after, oldest first, at most limit. */
int	inbox_list(struct db *db, const char *door, int64_t after, int limit,
	    struct arena *arena, struct inbox_row **v_out, size_t *n_out,
	    struct err *err);
/* One try more has failed. */
int	inbox_failed(struct db *db, int64_t id, struct err *err);
int	inbox_drop(struct db *db, int64_t id, struct err *err);

/* A user of a door, linked once to a person by a verified address. */
struct chat_user {
	const char	*door, *team, *id;
	int64_t		 person;	/* 0 none */
	const char	*refused;	/* why nothing of theirs counts; NULL */
	int64_t		 checked_ms;	/* when the door was asked last */
};
int	chat_user_get(struct db *db, const char *door, const char *team,
	    const char *id, struct arena *arena, struct chat_user *user_out,
	    struct err *err);				/* 1/0/-1 */
int	chat_user_put(struct db *db, const struct chat_user *user,
	    struct err *err);
/* How a person is called at a door, in that team; 1/0/-1. */
int	chat_user_of(struct db *db, const char *door, const char *team,
	    int64_t person, struct arena *arena, struct chat_user *user_out,
	    struct err *err);

#endif
