/* strings - a growing list of strings in an arena, each at most once.
 *
 * Bounded   past max, or without memory, nothing is added
 * Linear    finding a double looks at all that is there: keep max small */
#ifndef PARSERS_STRINGS_H
#define PARSERS_STRINGS_H

#include "parsers/mail.h"

struct strings {
	struct mail_strings	 list;
	size_t			 cap, max;
	struct arena		*arena;
};

#define STRINGS_INIT(a, limit)	\
	((struct strings){ .arena = (a), .max = (limit) })

/* Copies s as valid one-line UTF-8, unless it is empty or (where unique) there
 * already, compared without ASCII case when fold is set. */
void	strings_add(struct strings *strings, struct slice s);
void	strings_add_unique(struct strings *strings, struct slice s, bool fold);

#endif
