/* oauth2_grant - what is said to a token endpoint, and what its answer means
 * (RFC 6749 4.4, 5, 6; RFC 7523 2.1). No network, no clock, no files.
 *
 * Secrets     are in the request and in the tokens, never in an error; a
 *             description of the endpoint's that repeats one is left out
 * Errors      say what to do. ERR_INPUT: somebody must act, here or at the
 *             provider; ERR_RETRY: the endpoint has trouble of its own */
#ifndef BASE_OAUTH2_GRANT_H
#define BASE_OAUTH2_GRANT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/server.h"

#define OAUTH2_TOKEN_MAX	16384	/* bytes of one token */
#define OAUTH2_ANSWER_MAX	65536	/* bytes of an endpoint's answer */
#define OAUTH2_LIFE_MAX		86400	/* seconds; longer ones are cut */

/* What a request carries beside the configuration. "" none, never NULL. */
struct oauth2_proof {
	const char	*refresh_token, *assertion;
};

struct oauth2_answer {
	char	*access_token;
	char	*refresh_token;		/* NULL: none was given */
	int64_t	 life;			/* seconds; at least 1 */
};

/* The file of a service account: Google's JSON, or a bare PEM key. */
struct oauth2_key {
	char	*pem, *id, *issuer, *token_url;		/* "" not told */
};

/* The form to be posted. */
void	oauth2_form(const struct server_oauth2 *oauth2,
	    const struct oauth2_proof *proof, struct buf *out);
int	oauth2_answer_read(const struct server_oauth2 *oauth2,
	    const struct oauth2_proof *proof, int status, struct slice body,
	    struct oauth2_answer *answer_out, struct err *err);
void	oauth2_answer_free(struct oauth2_answer *answer);	/* wipes */

int	oauth2_key_read(const struct server_oauth2 *oauth2, struct slice text,
	    struct oauth2_key *key_out, struct err *err);
void	oauth2_key_free(struct oauth2_key *key);		/* wipes */
/* token-url, or what stands for it where it is not set. key: NULL none. */
const char *oauth2_url(const struct server_oauth2 *oauth2,
	    const struct oauth2_key *key);
/* The signed claim, good for ten minutes from now_s. */
int	oauth2_assertion(const struct server_oauth2 *oauth2,
	    const struct oauth2_key *key, int64_t now_s, struct buf *out,
	    struct err *err);
/* May this stand in a SASL answer: printable ASCII, no blank, not empty? */
bool	oauth2_token_ok(struct slice token);

#endif
