/* csv - reading and writing comma-separated values.
 *
 * Read are rows of RFC 4180, UTF-8 with or without a BOM, lines that end in LF
 * or CRLF; blank lines are passed over, blanks around a field too. A quoted
 * field may hold commas, line ends and doubled quotes. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct csv {
	struct slice	 rest;		/* not read yet */
	struct arena	*arena;
	int		 line;		/* of what comes next */
	int		 row_line;	/* where the row in hand began */
};

/* text is borrowed until the last row is read. */
void	csv_open(struct csv *csv, struct slice text, struct arena *arena);
/* The next row: its first max fields into v (of max, those missing ""), how
 * many it has into *n_out. 1 a row, 0 the end, -1: "LINE: what is wrong". */
int	csv_row(struct csv *csv, const char **v, size_t max, size_t *n_out,
	    struct err *err);
/* Writing: one cell; what a spreadsheet would run as a formula gets a ' in
 * front. Rows end in CR LF. */
void	csv_cell(struct buf *out, const char *text);

#endif
