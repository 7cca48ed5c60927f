/* buf - bytes that grow up to a stated maximum.
 *
 * Bounded     appending past max, or without memory, appends nothing and sets
 *             failed for good: build a whole output, check buf.failed once
 * Text        buf_str() adds a NUL that is not counted
 * Ownership   buf_free() frees; a zeroed buf with a max is ready for use */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct buf {
	char	*p;
	size_t	 len, cap;	/* bytes */
	size_t	 max;		/* bytes; 0 lets nothing in */
	bool	 failed;
};

#define BUF_INIT(limit)	((struct buf){ .max = (limit) })

void	 buf_free(struct buf *buf);		/* NULL-safe; keeps max */
void	 buf_reset(struct buf *buf);		/* empty, memory kept */
void	 buf_add(struct buf *buf, const void *p, size_t len);
void	 buf_adds(struct buf *buf, const char *s);	/* s must not be NULL */
void	 buf_addc(struct buf *buf, char c);
void	 buf_addslice(struct buf *buf, struct slice s);
void	 buf_addi(struct buf *buf, int64_t number);	/* decimal digits */
void	 buf_addf(struct buf *buf, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The text so far, NUL-terminated; "" when nothing could be held. */
const char *buf_str(struct buf *buf);
static inline struct slice
buf_slice(const struct buf *buf)
{
	return (struct slice){ buf->p, buf->len };
}

#endif
