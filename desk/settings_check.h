/* settings_check - what the texts of the configuration must look like. Each
 * gives NULL when text is sound, else what is wrong and what would be right.
 * Pure but for check_time_zone, which looks into the system's zone files. */
#ifndef DESK_SETTINGS_CHECK_H
#define DESK_SETTINGS_CHECK_H

#include <stdbool.h>

#include "base/arena.h"

const char *check_address(const char *text);	/* NAME@DOMAIN, ASCII */
const char *check_name(const char *text);	/* desk.name: fit for From */
const char *check_domain(const char *text);
const char *check_domain_or_user(const char *text);	/* matrix.user-address */
const char *check_web_url(const char *text);	/* http:// or https:// */
const char *check_service_url(const char *text);	/* http:// on loopback */
const char *check_store_url(const char *text);
const char *check_time_zone(const char *text);
const char *check_locale(const char *text);
const char *check_listen(const char *text);	/* HOST:PORT or unix:PATH */
const char *check_network(const char *text);	/* IP address, or IP/BITS */
const char *check_login(const char *text);	/* link, header:NAME */
const char *check_base(const char *text);
const char *check_chat(const char *text);	/* slack:… or matrix:… */
const char *check_after(const char *text);	/* seen keep move:FOLDER */
const char *check_notify(const char *text);	/* staff, or an address */
const char *check_days(const char *text);	/* mon-thu 08:00-18:00 */
const char *check_date(const char *text);	/* 2026-12-25 */
const char *check_authserv(const char *text);	/* NAME m365 gmail none */

bool	check_is_loopback(const char *host);

/* imaps://HOST[:PORT]/FOLDER and the like, taken apart. */
struct server_place {
	bool		 implicit_tls;
	const char	*host;
	int		 port;
	const char	*folder;	/* decoded; "" when there is none */
};
/* scheme "imap" or "smtp", tls_port and plain_port its default ports. */
const char *check_server_url(const char *text, const char *scheme,
	    int tls_port, int plain_port, struct arena *arena,
	    struct server_place *place_out);

#endif
