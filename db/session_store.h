/* session_store - links that log in once, browsers that are logged in, and who
 * looked at what.
 *
 * Secrets    the store has SHA-256 of a token or session id, never itself
 * Writing    the daemon and the command line; the web view asks the daemon */
#ifndef DB_SESSION_STORE_H
#define DB_SESSION_STORE_H

#include "base/crypt.h"
#include "db/db.h"

#define SESSION_AGENT_MAX	200	/* bytes kept of what a browser says */

struct session {
	int64_t		 person;
	const char	*address;	/* the person's first */
	int64_t		 created_ms, until_ms;
	const char	*agent;		/* what the browser calls itself; "" */
};

int	login_add(struct db *db, const unsigned char hash[CRYPT_SHA256],
	    int64_t person, int64_t until_ms, struct err *err);
/* Whom would it log in? 1 *person_out, 0 nobody (any more), -1 */
int	login_find(struct db *db, const unsigned char hash[CRYPT_SHA256],
	    int64_t now_ms, int64_t *person_out, struct err *err);
/* The same, and it is used up. */
int	login_take(struct db *db, const unsigned char hash[CRYPT_SHA256],
	    int64_t now_ms, int64_t *person_out, struct err *err);

/* agent "": unknown. */
int	session_add(struct db *db, const unsigned char hash[CRYPT_SHA256],
	    const struct session *session, struct err *err);
/* Who is that? 1/0/-1 */
int	session_find(struct db *db, const unsigned char hash[CRYPT_SHA256],
	    int64_t now_ms, int64_t *person_out, struct err *err);
int	session_drop(struct db *db, const unsigned char hash[CRYPT_SHA256],
	    struct err *err);				/* not there is fine */
/* Newest first. fn gets a row whose strings live until it returns. */
int	session_list(struct db *db, int64_t now_ms,
	    int (*fn)(const struct session *session, void *arg), void *arg,
	    struct err *err);
/* All of a person; how many, or -1. */
int	session_revoke(struct db *db, int64_t person, struct err *err);
/* Forget links and sessions that are over. */
int	session_sweep(struct db *db, int64_t now_ms, struct err *err);

/* The person looked at the ticket: a row a day (UTC). */
int	viewed_add(struct db *db, int64_t person, int64_t ticket,
	    int64_t now_ms, struct err *err);
/* Was it noted for that day? 1/0/-1 */
int	viewed_has(struct db *db, int64_t person, int64_t ticket,
	    int64_t now_ms, struct err *err);

#endif
