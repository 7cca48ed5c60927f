/* tnef - winmail.dat: what Outlook wraps a mail in for Exchange alone. The only
 * file that sees libytnef; called only inside the parser child.
 *
 * Bounded     TNEF_SIZE_MAX of input, TNEF_MEMBERS_MAX names
 * Ownership   all in the arena */
#ifndef PARSERS_TNEF_H
#define PARSERS_TNEF_H

#include "base/arena.h"
#include "base/slice.h"

#define TNEF_SIZE_MAX		((size_t)16 * 1024 * 1024)
#define TNEF_MEMBERS_MAX	50

struct tnef {
	struct slice	 body;		/* bytes of charset; may be empty */
	struct slice	 html;		/* the same, when there is no body */
	const char	*charset;	/* "windows-1252", "utf-8" */
	const char	*members[TNEF_MEMBERS_MAX];	/* safe file names */
	size_t		 nmembers;
};

/* false: it is none, or broken; what could be read of it is there. */
bool	tnef_read(struct slice in, struct arena *arena, struct tnef *out);

#endif
