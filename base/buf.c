#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void
buf_free(struct buf *buf)
{
	if (buf == NULL)
		return;
	free(buf->p);
	*buf = (struct buf){ .max = buf->max };
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
}

/* Make room for more bytes and a NUL; false when that must not or cannot be. */
static bool
reserve(struct buf *buf, size_t more)
{
	size_t cap = buf->cap == 0 ? 256 : buf->cap;
	char *p;

	if (!buf->failed && buf->len + more < buf->cap &&
	    more <= buf->max - buf->len)
		return true;
	if (buf->failed || more > buf->max - buf->len) {
		buf->failed = true;
		return false;
	}
	while (cap < buf->len + more + 1)
		cap = cap > SIZE_MAX / 2 ? buf->len + more + 1 : cap * 2;
	if (cap > buf->max && buf->max != SIZE_MAX)
		cap = buf->max + 1;
	if (cap <= buf->cap)
		return true;
	p = realloc(buf->p, cap);
	if (p == NULL) {
		buf->failed = true;
		return false;
	}
	buf->p = p;
	buf->cap = cap;
	return true;
}

void
buf_add(struct buf *buf, const void *p, size_t len)
{
	if (len == 0 || !reserve(buf, len))
		return;
	memcpy(buf->p + buf->len, p, len);
	buf->len += len;
}

void
buf_adds(struct buf *buf, const char *s)
{
	buf_add(buf, s, strlen(s));
}

void
buf_addc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void
buf_addslice(struct buf *buf, struct slice s)
{
	buf_add(buf, s.p, s.len);
}

void
buf_addi(struct buf *buf, int64_t number)
{
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[24];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0)
		digits[--at] = '-';
	buf_add(buf, digits + at, sizeof digits - at);
}

void
buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		buf->failed = true;
		return;
	}
	if (!reserve(buf, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(buf->p + buf->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)n;
}

const char *
buf_str(struct buf *buf)
{
	if (buf->p == NULL)
		return "";
	buf->p[buf->len] = '\0';	/* reserve() keeps a byte for it */
	return buf->p;
}
