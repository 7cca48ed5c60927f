/* filename - what an attachment may be called: the last element of whatever
 * path was written, without controls, bidi marks and characters that any
 * system keeps for itself, FILENAME_MAX bytes at most with its extension kept.
 * Never a path, never "." or "..", never empty. */
#ifndef PARSERS_FILENAME_H
#define PARSERS_FILENAME_H

#include "base/arena.h"
#include "base/slice.h"

#define FILENAME_LENGTH_MAX	120	/* bytes */

/* NULL: nothing is left that could be a name. name is UTF-8. */
const char *filename_safe(struct slice name, struct arena *arena);

#endif
