/* date - the Date field, and what is sent instead of one.
 *
 * Reads       RFC 5322 with its obsolete forms, comments, a missing weekday,
 *             zone or seconds, "GMT+0200", month names in full, asctime(3),
 *             ISO 8601, numbers with dots or dashes where they are clear
 * Refuses     what names no day that exists, and years before 1900 or after
 *             9999 */
#ifndef PARSERS_DATE_H
#define PARSERS_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Milliseconds since the epoch, UTC. Without a zone: taken for UTC. */
bool	date_parse(struct slice s, int64_t *ms_out);

#endif
