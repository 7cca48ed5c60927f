/* cmd_ticket - the parts of `campusdesk ticket`: reading (cmd_ticket_show.c)
 * and doing (cmd_ticket.c). */
#ifndef CLI_CMD_TICKET_H
#define CLI_CMD_TICKET_H

#include "cli/cli.h"

int	ticket_list_command(struct cli *cli);
int	ticket_show_command(struct cli *cli);
/* The object of contract §2, without messages; a new reference. */
json_t	*ticket_json(struct cli *cli, const struct ticket *ticket);

#endif
