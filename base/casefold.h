/* casefold - text as people compare it: without case, without accents.
 *
 * Unicode's full case folding over NFKD without combining marks (Unicode
 * Standard 3.13, UAX 15): "Straße" and "STRASSE", "Büro" and "buro", full-width
 * and plain digits are the same. Not for addresses or anything signed. */
#ifndef BASE_CASEFOLD_H
#define BASE_CASEFOLD_H

#include "base/arena.h"

/* text is UTF-8, of at most 1 MiB; {NULL, 0}: no memory, or neither. */
struct slice casefold(struct arena *arena, struct slice text);

#endif
