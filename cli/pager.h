/* pager - long output on a terminal goes through $PAGER, else `less` where there
 * is one. PAGER empty or "cat", no terminal, --json: it goes straight out. */
#ifndef CLI_PAGER_H
#define CLI_PAGER_H

#include "cli/cli.h"

/* From here on standard output is the pager's; twice is once. */
void	pager_start(struct cli *cli);
void	pager_end(struct cli *cli);	/* waits until it was left */

#endif
