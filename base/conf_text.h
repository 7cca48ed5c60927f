/* conf_text - a look over the bytes of a configuration before libconfig reads
 * them, for what libconfig gets wrong or lets through: a byte order mark, bytes
 * that are not UTF-8 or are controls, @include, nesting without end, and
 * integers that do not fit in 32 bits (it cuts them; they get the suffix L
 * here). Lines stay where they are. Pure. */
#ifndef BASE_CONF_TEXT_H
#define BASE_CONF_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#define CONF_DEPTH_MAX	16

/* The text made fit appended to out. -1 ERR_INPUT "FILE:LINE: …". */
int	conf_text_prepare(const char *file, struct slice text, struct buf *out,
	    struct err *err);

#endif
