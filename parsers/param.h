/* param - "text/plain; charset=utf-8; name=…": the value of Content-Type and
 * Content-Disposition, with RFC 2231 (own decoder: continuations joined,
 * percent escapes undone) and what mailers send instead of it: encoded words,
 * raw bytes, blanks without quotes, quotes in quotes, missing semicolons.
 *
 * Bounded     PARAM_MAX parameters; linear */
#ifndef PARSERS_PARAM_H
#define PARSERS_PARAM_H

#include "base/arena.h"
#include "base/slice.h"

#define PARAM_MAX	100

struct param {
	const char	*name;		/* lower case, without "*" */
	struct slice	 raw;		/* as written, quotes undone */
	const char	*value;		/* decoded, one clean line */
};
struct param_list {
	const char	*type;		/* lower case, without blanks; NULL */
	struct param	*v;
	size_t		 n;
};

/* hint: charset of raw bytes, may be empty. Without memory: what was read. */
void	param_parse(struct slice value, struct slice hint, struct arena *arena,
	    struct param_list *out);
/* NULL: none. */
const struct param *param_get(const struct param_list *list, const char *name);
const char *param_value(const struct param_list *list, const char *name);

#endif
