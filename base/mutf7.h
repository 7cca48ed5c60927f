/* mutf7 - IMAP's modified UTF-7 (RFC 3501 §5.1.3), in which servers know the
 * names of folders. */
#ifndef BASE_MUTF7_H
#define BASE_MUTF7_H

#include "base/buf.h"
#include "base/slice.h"

/* Append name (UTF-8) as modified UTF-7: ASCII, no control characters as such.
 * Bytes that are not UTF-8 become U+FFFD. */
void	mutf7_add(struct buf *out, struct slice name);

#endif
