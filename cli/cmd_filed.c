#include <string.h>

#include "cli/items.h"

int
cmd_filed(struct cli *cli)
{
	const char *verb = cli_next(cli);

	if (verb == NULL)
		return cli_usage(cli, "list, show or ticket?");
	if (strcmp(verb, "list") == 0)
		return items_list(cli, LEDGER_FILED);
	if (strcmp(verb, "show") == 0)
		return items_show(cli, LEDGER_FILED);
	if (strcmp(verb, "ticket") == 0)
		return items_again(cli, LEDGER_FILED, true);
	return cli_usage(cli, "%s is not list, show or ticket", verb);
}
