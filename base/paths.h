/* paths - where our own programs and shipped files are: beside the running
 * program in a build tree, in the installed places otherwise. */
#ifndef BASE_PATHS_H
#define BASE_PATHS_H

#include <stddef.h>

#define PATHS_MAX 4096		/* bytes, with the NUL */

/* Path of a program of ours, "campusdesk-parse" say: in the folder of the
 * running program, else in the installed folder. out is returned. */
char	*paths_program(const char *name, char out[PATHS_MAX]);
/* The shipped templates folder: build/bin/../../templates in a build tree
 * (when templates/mail is there), else the installed one. */
char	*paths_templates(char out[PATHS_MAX]);

#endif
