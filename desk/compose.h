/* compose - an outbox row becomes the bytes of a mail (contract §5).
 *
 * Reads the ticket, the message and the templates; writes nothing. The result
 * is fixed in the row (outbox_set_rendered) and never made again; what the row
 * may not hold is filled in at each try by compose_fill (outbox_store.h). */
#ifndef DESK_COMPOSE_H
#define DESK_COMPOSE_H

#include "base/buf.h"
#include "db/outbox_store.h"
#include "desk/desk.h"

/* A whole RFC 5322 mail, CR LF, 7-bit, lines of 998 bytes at most. The
 * template is templates/mail/LOCALE/EVENT.{subject,txt,html}.mustache; a copy
 * in settings->directory/templates wins, a broken copy is passed over. */
int	compose_render(struct desk *desk, const struct outbox_row *row,
	    struct buf *out, struct err *err);
/* rendered with its \x01 places filled: Reply-To token, attachments. */
int	compose_fill(struct desk *desk, const struct outbox_row *row,
	    struct slice rendered, struct buf *out, struct err *err);
/* The envelope sender of a row: smtp.envelope. "" is the null sender. */
const char *compose_envelope(struct desk *desk, const struct outbox_row *row);
/* Try each template, shipped and the administrator's, with a sample. fn gets a
 * line for each that is broken. 0 all well, 1 some broken, -1 error. */
int	compose_check(const struct settings *settings,
	    void (*fn)(const char *template_name, const char *fault, void *arg),
	    void *arg, struct err *err);

#endif
