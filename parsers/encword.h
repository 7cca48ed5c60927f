/* encword - header text as people read it (RFC 2047), however it is written.
 *
 * Words     also inside quotes, glued to text, with blanks in them, with a
 *           language, unpadded; several that split a character are joined
 * Rest      raw bytes above ASCII: UTF-8, else hint, else what they look like
 * Left      what is no whole encoded word stays as it is
 * Linear in the length of the text */
#ifndef PARSERS_ENCWORD_H
#define PARSERS_ENCWORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

/* hint: a charset for raw bytes, the body's say; may be empty. */
void	encword_decode(struct slice in, struct slice hint, struct buf *out);
/* The same as one clean line, trimmed, runs of blanks as they are. */
struct slice encword_line(struct slice in, struct slice hint,
	    struct arena *arena);
/* The length of the encoded word that s begins with; 0: none. */
size_t	encword_length(struct slice s);

#endif
