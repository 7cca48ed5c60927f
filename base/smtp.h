/* smtp - one kept SMTP connection, by libcurl; the only file beside base/http
 * that sees curl.
 *
 * Trust       TLS before anything else (STARTTLS or smtps://), certificate and
 *             host name verified; in the clear only where server->plain
 * Addresses   one recipient a mail; checked here too, since libcurl passes
 *             CR LF through: dot-atom, 64 bytes, a domain name (RFC 5321
 *             4.1.2); a local part outside ASCII only where the server offers
 *             SMTPUTF8, a domain goes out in its ASCII form
 * Time        20 s to connect, 5 min for a reply, 10 min a dialogue and more
 *             for a large mail
 * Threads     one connection, one thread; smtp_cancel from any */
#ifndef BASE_SMTP_H
#define BASE_SMTP_H

#include <stdbool.h>

#include "base/err.h"
#include "base/server.h"
#include "base/slice.h"

enum smtp_result {
	SMTP_SENT,
	SMTP_LATER,	/* refused for now, or no connection */
	SMTP_FAILED,	/* refused for good */
	SMTP_UNKNOWN	/* broke after the end of DATA */
};
const char *smtp_result_name(enum smtp_result result);

/* How a dialogue ended, and what that means (RFC 5321 4.2.1, 4.5.4.1). A
 * refused login or a missing STARTTLS is the desk's trouble, not the mail's:
 * it waits. */
enum smtp_stage {
	SMTP_CONNECT,	/* greeting, EHLO, TLS, AUTH */
	SMTP_MAIL, SMTP_RCPT, SMTP_DATA,	/* that command was sent */
	SMTP_BODY,	/* bytes of the mail are going out */
	SMTP_END	/* all bytes were handed over, the end may be sent */
};
enum smtp_result smtp_judge(enum smtp_stage stage, bool write_failed,
	    int code);	/* the last whole reply at this stage; 0: none */

struct smtp;

/* server is borrowed until smtp_close. helo "": the host's own name. */
int	smtp_open(const struct server *server, const char *helo,
	    struct smtp **smtp_out, struct err *err);
void	smtp_close(struct smtp **smtp);			/* NULL-safe */
/* Other bounds than those above, in milliseconds; for tests. */
void	smtp_set_timeouts(struct smtp *smtp, long connect_ms, long reply_ms,
	    long dialogue_ms);
/* from "": the null sender; data has CR LF, 7-bit, no bare CR or LF. reply->msg
 * gets the server's last reply or the fault. */
enum smtp_result smtp_send(struct smtp *smtp, const char *from,
	    const char *to, struct slice data, struct err *reply);
/* Did the last send get through to its MAIL command? If not, the trouble is
 * the server's or the configuration's, and other mail will meet it too. */
bool	smtp_reached(const struct smtp *smtp);
/* Was it a fault that waiting does not mend: a login that is refused, a
 * certificate that is not believed? Somebody must act then. */
bool	smtp_hopeless(const struct smtp *smtp);
/* End the dialogue in hand, and each later one, within a second or so. */
void	smtp_cancel(struct smtp *smtp);
/* Connect, TLS, AUTH, quit: for `campusdesk check`. ERR_INPUT: wrong in the
 * configuration (certificate, no STARTTLS, login); ERR_RETRY: unreachable. */
int	smtp_probe(const struct server *server, const char *helo,
	    struct err *err);

#endif
