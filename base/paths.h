/* paths - where our own programs and shipped files are: beside the running
 * program in a build tree, else where `make install` put them. Installed
 * programs find each other from where they are themselves, so that the prefix
 * may be another one than they were compiled for. */
#ifndef BASE_PATHS_H
#define BASE_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#define PATHS_MAX 4096		/* bytes, with the NUL */

/* the configuration that is read when no other is named */
#define PATHS_CONFIGURATION CAMPUSDESK_SYSCONFDIR "/campusdesk/campusdesk.conf"

/* Path of a program of ours, "campusdesk-parse" say: in the folder of the
 * running program, else in the installed folder. out is returned. */
char	*paths_program(const char *name, char out[PATHS_MAX]);
/* The shipped templates folder: build/bin/../../templates in a build tree
 * (when templates/mail is there), else the installed one. */
char	*paths_templates(char out[PATHS_MAX]);
/* The same of the folder of files that the web view sends as they are. */
char	*paths_static(char out[PATHS_MAX]);

/* What was compiled to be in made_own runs in own: where is made_target then?
 * The ends that both folders share stay, the rest is exchanged: /usr/bin for
 * /usr/local/bin makes /usr/share/x of /usr/local/share/x. False: they share
 * nothing, or the target is elsewhere altogether. */
bool	paths_moved(const char *own, const char *made_own,
	    const char *made_target, char out[PATHS_MAX]);

#endif
