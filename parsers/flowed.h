/* flowed - format=flowed text (RFC 3676) as paragraphs: soft line ends gone,
 * space stuffing undone, quote marks canonical (">> text"), "-- " fixed. */
#ifndef PARSERS_FLOWED_H
#define PARSERS_FLOWED_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

/* text: lines ending in LF. delsp: DelSp=yes, soft line ends take their blank
 * with them. */
void	flowed_join(struct slice text, bool delsp, struct buf *out);

#endif
