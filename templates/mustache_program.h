/* mustache_program - a template read once: a row of steps, each some text that
 * is written as it stands and one tag behind it, so that rendering looks for
 * no tag any more. Every fault of form is found here, in what is not shown
 * too; a program that was made has none.
 *
 * Steps       a section's inside follows it and ends with a TAG_END; next is
 *             behind that. The last step is a TAG_END as well
 * Ownership   a program has its own copy of the text; nothing changes it, so
 *             that threads may share it */
#ifndef TEMPLATES_MUSTACHE_PROGRAM_H
#define TEMPLATES_MUSTACHE_PROGRAM_H

#include <stdint.h>

#include "templates/mustache_tag.h"

struct mustache_step {
	uint32_t	literal, literal_len;	/* offsets in the text */
	uint32_t	name, name_len;
	uint32_t	first_len;	/* of the name, up to its first dot */
	uint32_t	indent, indent_len;	/* of a partial */
	uint32_t	next;		/* of a section */
	uint32_t	line;
	uint32_t	kind;		/* enum mustache_tag_kind */
};

struct mustache {
	char			*text;
	struct mustache_step	*steps;
	size_t			 len, nsteps;
};

#endif
