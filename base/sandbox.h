/* sandbox - a process gives up all but computing: no files, no network, no new
 * privileges, bounded time and memory. The only module that sees libseccomp.
 *
 * The filter is compiled once (sandbox_new, in the zygote) and put on by each
 * child (sandbox_enter), which costs it two system calls.
 *
 * Left        read, write, recvmsg on what is open; memory that is not
 *             executable; clocks; exit. Opening a file fails with EACCES (so
 *             that iconv says "no such charset"); anything else kills
 * Sanitizers  a build with AddressSanitizer gets no address-space limit and a
 *             few calls more: its run time needs both */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stddef.h>

#include "base/err.h"

#define SANDBOX_FILES	8	/* descriptors a child can have, numbers 0..7 */

struct sandbox;

struct sandbox_limits {
	int	seconds;	/* CPU; then SIGXCPU, a second later SIGKILL */
	size_t	memory;		/* bytes of address space */
	size_t	output;		/* bytes an open file may grow to; 0 none */
};

int	sandbox_new(struct sandbox **sandbox_out, struct err *err);
void	sandbox_free(struct sandbox **sandbox);		/* NULL-safe */
/* For good. ERR_FATAL: not (wholly) put on; the caller must end. */
int	sandbox_enter(const struct sandbox *sandbox,
	    const struct sandbox_limits *limits, struct err *err);

#endif
