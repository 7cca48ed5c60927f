/* check - everything the configuration names, tried: a line each. What
 * `check` does, and `init` at its end. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/cli.h"

/* Settings are loaded with their secrets. 0 all well, else the exit code: 70
 * the store, 69 a service, 1 something of ours. */
int	check_all(struct cli *cli);

#endif
