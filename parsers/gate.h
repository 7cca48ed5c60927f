/* gate - may the MIME library see these bytes? A linear look at raw mail
 * before it, for what is known to crash it or to cost it quadratic time:
 * too much in a header or in one field, parentheses that nest too deep in any
 * line that looks like a field, too many multiparts and messages, a boundary
 * that is a lone quote. Pure, no allocation. */
#ifndef PARSERS_GATE_H
#define PARSERS_GATE_H

#include <stdbool.h>

#include "base/slice.h"
#include "parsers/mail.h"

/* false: *why_out is what is wrong, in words for a warning. */
bool	gate_pass(struct slice raw, const struct mail_limits *limits,
	    const char **why_out);

#endif
