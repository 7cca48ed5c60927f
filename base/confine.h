/* confine - a server gives up all but reading and answering: after start it can
 * open files for reading only, below the folders it names, start threads but no
 * program, and make no socket but of the unix domain.
 *
 * Means      seccomp (what it may ask the system), Landlock (which files; TCP
 *            connects too where the kernel can: 6.7), limits. Without Landlock
 *            (no such kernel) it may read whatever its user may
 * Breach     a call that is not allowed fails with EPERM, opening for writing
 *            with EACCES; exec and ptrace kill
 * When       before threads are started: they inherit it */
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <stdbool.h>

#include "base/err.h"

struct confine {
	const char *const *readable;	/* folders and files; NULL at the end */
	int		  files;	/* descriptors at a time */
};

/* For good. *paths_out: Landlock is on. ERR_FATAL: not put on; end. */
int	confine_enter(const struct confine *confine, bool *paths_out,
	    struct err *err);

#endif
