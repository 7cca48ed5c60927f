/* idna - the ASCII form of a domain name (RFC 5891): what DNS and SMTP want. */
#ifndef BASE_IDNA_H
#define BASE_IDNA_H

#include <stdbool.h>

#include "base/slice.h"

#define IDNA_MAX 256	/* bytes, with the NUL */

/* UTF-8 in, letters, digits, hyphens and dots out; false when it is no domain
 * name: empty label, label over 63 bytes, 253 in all, other characters. */
bool	idna_ascii(struct slice domain, char out[IDNA_MAX]);

#endif
