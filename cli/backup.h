/* backup - what a backup is: a folder with
 *
 *	desk.db			the store, one consistent copy
 *	secret			its keys
 *	campusdesk.conf		the configuration (passwords are in other files)
 *	erased			the list of erasures, when there is one
 *	templates/		the administrator's, when there are any
 *	MANIFEST		"SHA256  NAME" of each of them */
#ifndef CLI_BACKUP_H
#define CLI_BACKUP_H

#include "cli/cli.h"

#define BACKUP_STORE	"desk.db"
#define BACKUP_SECRET	"secret"
#define BACKUP_CONF	"campusdesk.conf"
#define BACKUP_ERASED	"erased"
#define BACKUP_TEMPLATES "templates"
#define BACKUP_MANIFEST	"MANIFEST"

/* Is every file as the manifest says, is the store sound, and does its chain of
 * events hold under the secret? */
int	backup_verify(struct cli *cli, const char *dir, struct err *err);
/* "DIR/NAME" in the arena. */
const char *backup_path(struct cli *cli, const char *dir, const char *name);

#endif
