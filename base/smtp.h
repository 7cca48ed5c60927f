/* smtp - one kept SMTP connection, by libcurl; the only file beside base/http
 * that sees curl. TLS verified; one recipient a mail; addresses checked here
 * too, since libcurl passes CR LF through. One thread. */
#ifndef BASE_SMTP_H
#define BASE_SMTP_H

#include "base/err.h"
#include "base/server.h"
#include "base/slice.h"

enum smtp_result {
	SMTP_SENT,
	SMTP_LATER,	/* refused for now, or no connection */
	SMTP_FAILED,	/* refused for good */
	SMTP_UNKNOWN	/* broke after the end of DATA */
};

struct smtp;

int	smtp_open(const struct server *server, const char *helo,
	    struct smtp **smtp_out, struct err *err);
void	smtp_close(struct smtp **smtp);
/* from "": the null sender; data has CR LF, 7-bit, no bare CR or LF. reply->msg
 * gets the server's last line or the fault. */
enum smtp_result smtp_send(struct smtp *smtp, const char *from,
	    const char *to, struct slice data, struct err *reply);
/* Connect, TLS, AUTH, quit: for `campusdesk check`. */
int	smtp_probe(const struct server *server, const char *helo,
	    struct err *err);

#endif
