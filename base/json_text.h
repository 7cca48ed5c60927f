/* json_text - a value as text; what jansson's own function returns would have
 * to be freed by jansson's memory (json_pool), which nobody remembers. */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <jansson.h>

#include "base/buf.h"

/* Appended; flags are those of json_dumps(). -1 it cannot be, or not all of it
 * had room. */
int	 json_add(struct buf *out, const json_t *value, size_t flags);
/* To be freed by free(); NULL: it cannot be, or no memory. */
char	*json_text(const json_t *value, size_t flags);

#endif
