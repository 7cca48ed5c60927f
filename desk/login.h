/* login - the links that log somebody in to the web view, and the sessions they
 * lead to (contract §7).
 *
 * Secrets    256 random bits as text; the store has their hash only
 * Who        made by the command line and the daemon; the web view, which
 *            cannot write, has links used up by the daemon */
#ifndef DESK_LOGIN_H
#define DESK_LOGIN_H

#include "db/session_store.h"

#define LOGIN_TEXT_MAX		53		/* bytes, with the NUL */
#define LOGIN_LINK_MS		((int64_t)600 * 1000)
#define LOGIN_SESSION_MS	((int64_t)7 * 86400 * 1000)

/* The hash under which the store knows it. false: it cannot be one. */
bool	login_hash(const char *text, unsigned char out[CRYPT_SHA256]);
/* A link's token for that person. Inside a transaction, as all here. */
int	login_make(struct db *db, int64_t person, int64_t now_ms,
	    char token_out[LOGIN_TEXT_MAX], struct err *err);
/* Use it up: 1 and a session for whom it was made, 0 it is none (any more). */
int	login_consume(struct db *db, const char *token, const char *agent,
	    int64_t now_ms, char session_out[LOGIN_TEXT_MAX],
	    int64_t *person_out, struct err *err);
/* 0 also for what is no session. */
int	login_end(struct db *db, const char *session, struct err *err);

#endif
