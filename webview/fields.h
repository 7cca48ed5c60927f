/* fields - what every answer says to browsers (contract §7), and how a file is
 * named to them. Pure. */
#ifndef WEBVIEW_FIELDS_H
#define WEBVIEW_FIELDS_H

#include "base/arena.h"
#include "webview/http.h"

/* The security fields. https: the web view is reached that way. */
void	fields_secure(struct http_response *response, bool https);
/* The same for a file that somebody sent in: nothing in it may run. */
void	fields_secure_file(struct http_response *response, bool https);
/* The type under which such a file may be sent: its own where it can hurt
 * nobody, else application/octet-stream. */
const char *fields_file_type(const char *type);
/* Content-Disposition of an attachment: RFC 6266, with a plain name for old
 * browsers. No path, control or bidi character, at most 200 bytes. */
const char *fields_disposition(const char *name, struct arena *arena);

#endif
