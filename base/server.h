/* server - where a mail server is and how one logs in. */
#ifndef BASE_SERVER_H
#define BASE_SERVER_H

#include <stdbool.h>

enum server_grant { GRANT_NONE, GRANT_CLIENT, GRANT_REFRESH, GRANT_SERVICE };

struct server_oauth2 {		/* strings "" when not set, never NULL */
	enum server_grant	 grant;
	const char		*token_url, *client_id, *client_secret, *scope;
	const char		*refresh_token_file, *key_file, *subject;
	const char		*ca_file;	/* of token_url; "" the system's */
};

struct server {
	const char		*url;		/* as written */
	const char		*host;
	int			 port;
	bool			 implicit_tls;	/* imaps://, smtps:// */
	bool			 plain;		/* tls = "none": loopback only */
	const char		*user, *password;	/* user "": no login */
	const char		*ca_file;	/* "" the system's */
	struct server_oauth2	 oauth2;
};

#endif
