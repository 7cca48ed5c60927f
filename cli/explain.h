/* explain - a mail as it was understood, for people: what `parse` shows.
 *
 * Colours    what is new stands out, what is not steps back; each line also
 *            says in words what it is, so that nothing hangs on the colour
 * Foreign    all of it; see cli_text */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "base/blob.h"
#include "cli/cli.h"
#include "parsers/mail.h"

/* Whom it is from, what it is and why, what hangs on it, what was odd. */
void	explain_mail(struct cli *cli, const struct mail *mail);
/* The text, each line under what kind of text it is. */
void	explain_text(struct cli *cli, const struct mail *mail);
/* Every field of the header block, decoded, in the order they stand. */
int	explain_header(struct cli *cli, const struct blob *raw,
	    struct err *err);

#endif
