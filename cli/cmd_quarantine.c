#include <string.h>

#include "cli/items.h"

int
cmd_quarantine(struct cli *cli)
{
	const char *verb = cli_next(cli);

	if (verb == NULL)
		return cli_usage(cli, "list, show or retry?");
	if (strcmp(verb, "list") == 0)
		return items_list(cli, LEDGER_QUARANTINED);
	if (strcmp(verb, "show") == 0)
		return items_show(cli, LEDGER_QUARANTINED);
	if (strcmp(verb, "retry") == 0)
		return items_again(cli, LEDGER_QUARANTINED, false);
	return cli_usage(cli, "%s is not list, show or retry", verb);
}
