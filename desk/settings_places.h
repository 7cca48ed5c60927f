/* settings_places - the rooms of locations-file, read with the settings. */
#ifndef DESK_SETTINGS_PLACES_H
#define DESK_SETTINGS_PLACES_H

#include "desk/settings.h"

/* ERR_INPUT: "FILE:LINE: what is wrong, and what would be right". No
 * locations-file: nothing. */
int	settings_places(struct settings *settings, struct err *err);

#endif
