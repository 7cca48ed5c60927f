#include "cli/items.h"

int
cmd_quarantine_list(struct cli *cli)
{
	return items_list(cli, LEDGER_QUARANTINED);
}

int
cmd_quarantine_show(struct cli *cli)
{
	return items_show(cli, LEDGER_QUARANTINED);
}

int
cmd_quarantine_retry(struct cli *cli)
{
	return items_again(cli, LEDGER_QUARANTINED, false);
}
