/* peers - addresses and networks: "192.0.2.7", "10.1.0.0/16", "2001:db8::/32".
 * Pure. */
#ifndef WEBVIEW_PEERS_H
#define WEBVIEW_PEERS_H

#include <stdbool.h>

#include "base/conf.h"
#include "base/slice.h"

/* Does the address lie in one of the networks? No name is ever looked up. */
bool	peers_have(const struct strings *networks, struct slice address);
/* The last address of an X-Forwarded-For field: the one that our own proxy
 * added. false: there is none. */
bool	peers_forwarded(const char *field, struct slice *address_out);

#endif
