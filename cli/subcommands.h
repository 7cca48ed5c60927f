/* subcommands - what the command line knows: its subcommands, verbs, options.
 *
 * One table. --help, suggestions in errors, completion, campusdesk(1) and the
 * dispatch itself are made of it, so that they cannot disagree. */
#ifndef CLI_SUBCOMMANDS_H
#define CLI_SUBCOMMANDS_H

#include "cli/cli.h"

/* An option of a subcommand or verb. A list of them ends in a NULL name. */
struct cli_opt {
	const char	*name;		/* "--view" */
	const char	*value;		/* NULL: a flag; "FILE" and "DIR": such;
					 * "a|b|c": one of these; else free */
	const char	*what;
};

/* "list" of `ticket list`. A list of them ends in a NULL name. */
struct cli_verb {
	const char		*name, *args, *what, *example;
	int			(*fn)(struct cli *cli);
	const struct cli_opt	*opts;		/* NULL: none */
};

struct cli_command {
	const char		*name;
	const char		*args;		/* as usage shows them */
	const char		*what;		/* lists show it up to the first
						 * ";", ":" or line's end */
	const char		*example;
	int			(*fn)(struct cli *cli);	/* NULL: has verbs */
	const char		*group;		/* heading; NULL: not listed */
	const struct cli_verb	*verbs;		/* NULL: none */
	const struct cli_opt	*opts;
};

/* In the order in which they are shown; *n_out of them. */
const struct cli_command *subcommands_all(size_t *n_out);
/* The options that may stand anywhere. */
const struct cli_opt *subcommands_global(void);
const struct cli_command *subcommands_find(const char *name);
const struct cli_verb *subcommands_verb(const struct cli_command *command,
	    const char *name);

/* The known word that was probably meant, or NULL. */
const char *subcommands_near(const char *word);
const char *subcommands_near_verb(const struct cli_command *command,
	    const char *word);
const char *subcommands_near_opt(const struct cli *cli, const char *word);

/* What --help prints: of all, of one, of one of its verbs (or NULL). */
void	subcommands_help(FILE *f);
void	subcommands_help_of(const struct cli_command *command,
	    const struct cli_verb *verb);

#endif
