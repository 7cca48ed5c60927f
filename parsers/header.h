/* header - the fields of a header block, unfolded, in the order they stand.
 *
 * The same scanner reads the block of a mail and of each of its parts.
 *
 * Tolerant    any line end; blank lines, an mbox "From " line or a byte order
 *             mark before the first field; blanks before the colon; a line that
 *             is no field is passed over when a field follows, a few of them
 *             when one does that only mail systems write; else, and where one
 *             begins with "--", the body begins
 * Values      raw bytes, folds taken out (the line end goes, the blanks stay),
 *             trimmed; not decoded, may be no UTF-8
 * Bounded     by limits: what is beyond them is left out, not an error, since
 *             the gate has judged before; linear
 * Ownership   names and values without folds are slices of raw, the others of
 *             the arena */
#ifndef PARSERS_HEADER_H
#define PARSERS_HEADER_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "parsers/mail.h"

struct header_field {
	struct slice	name, value;
	size_t		offset;		/* of the field in raw */
};
struct header_list {
	struct header_field	*v;
	size_t			 n;
	size_t			 length;	/* bytes of the block with the
						 * blank line behind it */
};

/* -1: no memory (ERR_RETRY). raw may be cut anywhere. */
int	header_scan(struct slice raw, const struct mail_limits *limits,
	    struct arena *arena, struct header_list *out, struct err *err);
/* The first field of that name, without regard to case; NULL: none. */
const struct header_field *header_get(const struct header_list *headers,
	    const char *name);
/* The next of that name behind prev; prev NULL: the first. */
const struct header_field *header_next(const struct header_list *headers,
	    const struct header_field *prev, const char *name);
/* Its value, or {"", 0}. */
struct slice header_value(const struct header_list *headers, const char *name);

/* The length of the field name that a line begins with, 0 when it begins none:
 * printable ASCII without blanks, then a colon. */
size_t	header_name(struct slice line);

#endif
