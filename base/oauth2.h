/* oauth2 - access tokens for IMAP and SMTP, instead of a password.
 *
 * Grants      client-credentials, refresh-token (a new refresh token of the
 *             endpoint's replaces the file, atomically), service-account
 * Cache       one of the process: whoever asks with the same configuration
 *             gets the same token, so the IMAP and SMTP of a server share it.
 *             Renewed when 80 % of its life are over; while that fails the
 *             old one is given out to its end
 * Failures    are remembered for 1 s, then 2 s … 60 s, so that many threads
 *             do not storm an endpoint; each says what to do (oauth2_grant.h)
 * Time        an endpoint has 20 s; whoever waits can be stopped
 * Threads     any */
#ifndef BASE_OAUTH2_H
#define BASE_OAUTH2_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/server.h"

/* Asked while waiting: give up? fn NULL: never. */
struct oauth2_stop {
	bool	(*fn)(void *arg);
	void	*arg;
};

/* A token that should be good. *fresh_out: it was made by this very call. The
 * text is the caller's: oauth2_token_free. */
int	oauth2_token(const struct server_oauth2 *oauth2,
	    struct oauth2_stop stop, char **token_out, bool *fresh_out,
	    struct err *err);
void	oauth2_token_free(char **token);		/* wipes; NULL-safe */
/* A server did not take it: the next call makes another one. */
void	oauth2_refused(const struct server_oauth2 *oauth2, const char *token);

/* Renew when it is time. -1 also while the old token is still good, or when a
 * new refresh token could not be written. *left_ms_out, always set: what is
 * left of the life of the token that there is; 0: none. */
int	oauth2_renew(const struct server_oauth2 *oauth2,
	    struct oauth2_stop stop, int64_t *left_ms_out, struct err *err);
/* Did the last try to get a token succeed (or was there none)? Then a login
 * that fails is the mail server's word. */
bool	oauth2_well(const struct server_oauth2 *oauth2);
/* Would these two have the same token? */
bool	oauth2_same(const struct server_oauth2 *a,
	    const struct server_oauth2 *b);
/* Forget all tokens. */
void	oauth2_forget(void);

#endif
