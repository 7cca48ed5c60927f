/* erasing - what `erase` and `ticket delete` share: asking, the list of
 * erasures, the store's file, and saying what was not reached. */
#ifndef CLI_ERASING_H
#define CLI_ERASING_H

#include "cli/cli.h"
#include "desk/erase.h"

/* Ask on the terminal; false: no, or there is nobody to be asked. */
bool	erasing_asked(struct cli *cli, const char *question);
/* Only admins may: 0, or an exit code. */
int	erasing_may(struct cli *cli);
/* Say what is erased and what is not. server: mails taken off the mail server;
 * -1: it was not asked. */
void	erasing_report(struct cli *cli, const struct erased *what,
	    int64_t server, bool purged);
/* What was removed leaves the store's file: true, or it could not yet. */
bool	erasing_purge(struct cli *cli);

/* erase_server.c: take the items off the mail servers; how many were there, or
 * -1 and said why. */
int64_t	erase_on_server(struct cli *cli, const struct erased *what);

#endif
