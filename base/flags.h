/* flags - the command line of our programs that run until they are told to
 * end: -c FILE, --help, --version. */
#ifndef BASE_FLAGS_H
#define BASE_FLAGS_H

#include <stdbool.h>

struct flags {
	const char	*program;	/* "campusdeskd" */
	const char	*what;		/* it does, a line */
};

/* True: go on with *file_out, which is PATHS_CONFIGURATION unless -c was
 * given. False: all is said, end with *code_out (0, or 64: wrong usage). */
bool	flags_read(const struct flags *flags, int argc, char **argv,
	    const char **file_out, int *code_out);

#endif
