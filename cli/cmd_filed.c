#include "cli/items.h"

int
cmd_filed_list(struct cli *cli)
{
	return items_list(cli, LEDGER_FILED);
}

int
cmd_filed_show(struct cli *cli)
{
	return items_show(cli, LEDGER_FILED);
}

int
cmd_filed_ticket(struct cli *cli)
{
	return items_again(cli, LEDGER_FILED, true);
}
