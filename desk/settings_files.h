/* settings_files - what the files hold that the configuration names: the rooms
 * of locations-file, the opening hours with calendar-file. */
#ifndef DESK_SETTINGS_FILES_H
#define DESK_SETTINGS_FILES_H

#include "desk/settings.h"

/* ERR_INPUT: "FILE:LINE: what is wrong, and what would be right". Files that
 * are not named: nothing. The process's time zone is the desk's already. */
int	settings_files(struct settings *settings, struct err *err);

#endif
