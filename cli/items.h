/* items - source items in the ledger: quarantined and filed ones, listed,
 * shown as they came, decided anew. */
#ifndef CLI_ITEMS_H
#define CLI_ITEMS_H

#include "cli/cli.h"
#include "db/ledger_store.h"

int	items_list(struct cli *cli, enum ledger_outcome outcome);
/* The raw mail on standard output. The id is the next argument. */
int	items_show(struct cli *cli, enum ledger_outcome outcome);
int	items_again(struct cli *cli, enum ledger_outcome outcome,
	    bool make_ticket);

#endif
