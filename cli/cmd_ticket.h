/* cmd_ticket - what the verbs of `campusdesk ticket` share: doing is in
 * cmd_ticket.c, reading in cmd_ticket_show.c. */
#ifndef CLI_CMD_TICKET_H
#define CLI_CMD_TICKET_H

#include "cli/cli.h"

/* The object of contract §2, without messages; a new reference. */
json_t	*ticket_json(struct cli *cli, const struct ticket *ticket);

#endif
