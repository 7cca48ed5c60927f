/* json_pool - memory for jansson's values, which are many, small and short of
 * life: blocks by size on lists of each thread's own, so that making and
 * dropping a tree of some thousands costs little.
 *
 * Bounded     a thread keeps at most JSON_POOL_BYTES, for good; what is more
 *             than that, or longer than JSON_POOL_LONGEST, is malloc's
 * json_dumps  gives of this memory too: json_text (json_text.h) instead
 * Sanitizers  leave it to them: with them nothing is set */
#ifndef BASE_JSON_POOL_H
#define BASE_JSON_POOL_H

#include <stddef.h>

#define JSON_POOL_BYTES		((size_t)1 << 20)
#define JSON_POOL_LONGEST	((size_t)512)

/* For the whole program, before its first json_t and its first thread. */
void	 json_pool_use(void);

/* What jansson is given by it; p may be NULL, and of another thread. */
void	*json_pool_alloc(size_t size);
void	 json_pool_free(void *p);

#endif
