/* mime_write - the pieces of a mail that goes out: RFC 5322, 2045, 2047, 2231.
 *
 * Output      CR LF, 7-bit; header lines of 78 bytes where they can be folded,
 *             of 998 at most in any case; body lines of 76
 * Foreign     a value may hold anything: line ends and controls become blanks,
 *             bidi controls and bytes that are no UTF-8 vanish, so that no
 *             value can end its header line
 * Failure     the buf's (buf.h): build all, check failed once
 * Pure        no clock, no random numbers: the same call, the same bytes */
#ifndef BASE_MIME_WRITE_H
#define BASE_MIME_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

#define MIME_DATE_MAX	40	/* bytes, with the NUL */

/* Append value as one clean line: runs of blanks are one, none at the ends. */
void	mime_clean(struct buf *out, struct slice value);

/* Unstructured text (Subject): encoded words where needed. */
void	mime_header(struct buf *out, const char *name, struct slice value);
/* Tokens of ASCII that need no encoding (ids, keywords), folded at blanks; what
 * is not printable ASCII, and a token that no line holds, is left out. */
void	mime_header_tokens(struct buf *out, const char *name,
	    struct slice value);
/* "Display Name" <address>; display "" or NULL: the bare address. address must
 * be mime_address_ok. */
void	mime_header_mailbox(struct buf *out, const char *name,
	    const char *display, const char *address);
/* May this stand between < and >, in SMTP too? dot-atom of ASCII (RFC 5321
 * lengths), a domain of letters, digits, - and dots. */
bool	mime_address_ok(const char *address);
/* RFC 5322 date, UTC. */
char	*mime_date(int64_t ms, char out[MIME_DATE_MAX]);

/* Content-Transfer-Encoding quoted-printable of text with LF. Ends in CR LF. */
void	mime_qp(struct buf *out, struct slice text);

/* base64 in lines, from pieces; done ends the last line. */
struct mime_base64 {
	unsigned char	rest[3];
	size_t		nrest, column;
};
void	mime_base64_add(struct mime_base64 *b64, struct buf *out,
	    const void *p, size_t len);
void	mime_base64_done(struct mime_base64 *b64, struct buf *out);

/* The header lines of an attachment, with the blank line. type must be
 * "kind/subtype"; what is not, and what base64 may not carry, becomes
 * application/octet-stream. name NULL: none. */
void	mime_attachment_head(struct buf *out, const char *type,
	    const char *name);

#endif
