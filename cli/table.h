/* table - a list in aligned columns.
 *
 * On a terminal  what does not fit its width is cut in the columns that may be,
 *                the heads are bold, an empty list says so; long lists go
 *                through the pager
 * Elsewhere      nothing is cut, nothing is coloured
 * Foreign        cells may hold anything: see cli_text
 * Memory         bounded: widths are taken of TABLE_BATCH rows at a time */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/cli.h"

#define TABLE_COLUMNS	10	/* at most */
#define TABLE_BATCH	500	/* rows */

struct table_column {
	const char	*head;
	int		 keep;		/* 0: never cut; else the more, the
					 * less is cut of it to fit */
};

struct table;

/* columns end in a NULL head; empty is what an empty list says. NULL when there
 * is no memory: said. With --json there is none to make, see cli_json. */
struct table *table_new(struct cli *cli, const struct table_column *columns,
	    const char *empty);
/* One cell a column, "" and NULL alike; style is one of CLI_*, or "". */
void	table_row(struct table *t, const char *style,
	    const char *const cells[]);
void	table_end(struct table **t);		/* prints the rest; NULL-safe */

#endif
