/* decode - transfer encodings undone (RFC 2045 §6, and uuencode), over slices.
 *
 * Tolerant    base64 skips what is not of its alphabet, needs no padding, goes
 *             on behind padding only when the next line is base64 again (not
 *             into a footer that somebody appended); quoted-printable leaves
 *             what is no escape as it is; uuencode reads short and long lines
 * Pulled      decode_read gives the next bytes, so an attachment of any size
 *             is hashed or sent on in constant memory
 * Linear, pure, never writes to the input */
#ifndef PARSERS_DECODE_H
#define PARSERS_DECODE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/slice.h"
#include "parsers/mail.h"

#define DECODE_MIN	64	/* bytes, least room decode_read wants */

struct decode {
	struct slice		in;		/* what is left */
	enum mail_encoding	encoding;
	size_t			verbatim;	/* bytes to copy as they are */
	bool			started;	/* uuencode: behind "begin" */
};

void	decode_start(struct decode *decode, struct slice in,
	    enum mail_encoding encoding);
/* Bytes put into out, at most size (at least DECODE_MIN); 0 is the end. */
size_t	decode_read(struct decode *decode, char *out, size_t size);
/* Of the encoded bytes in window, with more to come behind it: how many may be
 * decoded by themselves, so that piece by piece gives the same as all at once
 * (uuencode: hand started from piece to piece), and behind that, where padding
 * ended it, more: stop at the decoded size. At least 1 of a window of
 * DECODE_WINDOW. */
#define DECODE_WINDOW	65536
size_t	decode_cut(struct slice window, enum mail_encoding encoding);
/* All of it appended; as much as fits, then out has failed. */
void	decode_all(struct slice in, enum mail_encoding encoding,
	    struct buf *out);
/* The number of decoded bytes and their SHA-256 as 64 hex digits. */
size_t	decode_sha256(struct slice in, enum mail_encoding encoding,
	    char hex_out[65]);

/* "begin MODE NAME" of uuencode? Then the name. */
bool	decode_uu_begin(struct slice line, struct slice *name_out);

#endif
