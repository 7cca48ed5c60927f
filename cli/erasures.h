/* erasures - the list of what was erased, beside the store (STORE.erased): what
 * a backup from before would bring back, `restore` takes away again.
 *
 * One JSON object a line: an address as a salted digest, never as itself; a
 * ticket by its number and a digest of its key; a mail by what the ledger calls
 * it. A line is durable before its erasure is committed. */
#ifndef CLI_ERASURES_H
#define CLI_ERASURES_H

#include "cli/cli.h"
#include "desk/erase.h"

/* "STORE.erased" of the settings, in the arena. */
const char *erasures_path(struct cli *cli);
int	erasures_add(struct cli *cli, const char *path,
	    const struct erased *what, struct err *err);
/* Erase in desk's store what the list at path names; a list that is not there
 * names nothing. *n_out: persons and tickets that were there again. */
int	erasures_apply(struct cli *cli, const char *path, struct desk *desk,
	    int *n_out, struct err *err);

#endif
