/* arena - memory that lives and dies together: one mail, one request.
 *
 * Bounded     an arena never grows past the max it was made with
 * Failure     allocation returns NULL when max or memory is reached; once that
 *             happened arena_failed() stays true, so a caller may build a
 *             whole result and check once
 * Alignment   max_align_t; memory is zeroed
 * Threads     one arena, one thread */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct arena;

struct arena *arena_new(size_t max);	/* max in bytes; NULL: no memory */
void	 arena_free(struct arena **arena);		/* NULL-safe */
void	 arena_reset(struct arena *arena);	/* forget all, keep one block */
bool	 arena_failed(const struct arena *arena);
size_t	 arena_used(const struct arena *arena);		/* bytes */

void	*arena_alloc(struct arena *arena, size_t size);
void	*arena_calloc(struct arena *arena, size_t n, size_t size);
/* Copies end in a NUL that is not counted in len. s NULL gives NULL. */
char	*arena_strndup(struct arena *arena, const char *s, size_t len);
char	*arena_strdup(struct arena *arena, const char *s);
struct slice arena_slice(struct arena *arena, struct slice s);
char	*arena_printf(struct arena *arena, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
