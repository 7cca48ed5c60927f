#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/pager.h"
#include "cli/table.h"

#define CELLS_MAX	((size_t)64 * 1024 * 1024)	/* bytes of a batch */
#define GAP		2	/* columns between two columns */
#define CUT_MIN		8	/* columns that a cut one keeps */

struct row {
	const char	*style, *cells[TABLE_COLUMNS];
};

struct table {
	struct cli		*cli;
	struct arena		*arena;		/* of the batch */
	const struct table_column *columns;
	const char		*empty;
	int			 n;		/* columns */
	int			 widths[TABLE_COLUMNS];
	struct row		 rows[TABLE_BATCH];
	int			 nrows;
	bool			 begun;		/* the heads are printed */
};

static int
width_of(const char *s)
{
	size_t len = strlen(s), n;
	uint32_t cp;
	int width = 0;

	for (; len > 0; s += n, len -= n) {
		n = utf8_decode(s, len, &cp);
		if (n == 0)
			break;
		width += utf8_width(cp);
	}
	return width;
}

struct table *
table_new(struct cli *cli, const struct table_column *columns,
    const char *empty)
{
	struct table *t = calloc(1, sizeof *t);

	if (t != NULL)
		t->arena = arena_new(CELLS_MAX);
	if (t == NULL || t->arena == NULL) {
		free(t);
		cli_fail(CLI_TEMPFAIL, "out of memory");
		return NULL;
	}
	t->cli = cli;
	t->columns = columns;
	t->empty = empty;
	for (; columns[t->n].head != NULL; t->n++) {
		assert(t->n < TABLE_COLUMNS);
		t->widths[t->n] = width_of(columns[t->n].head);
	}
	pager_start(cli);
	return t;
}

/* Take from the column that is widest for what it should keep until all fits. */
static void
fit(const struct table *t, int widths[TABLE_COLUMNS])
{
	int all = 0, i, widest;

	for (i = 0; i < t->n; i++) {
		widths[i] = t->widths[i];
		all += widths[i] + (i > 0 ? GAP : 0);
	}
	for (; t->cli->width > 0 && all > t->cli->width; all--) {
		widest = -1;
		for (i = 0; i < t->n; i++)
			if (t->columns[i].keep > 0 && widths[i] > CUT_MIN &&
			    (widest == -1 || widths[i] *
			    t->columns[widest].keep > widths[widest] *
			    t->columns[i].keep))
				widest = i;
		if (widest == -1)
			return;
		widths[widest]--;
	}
}

static void
print_row(struct table *t, const char *style, const char *const cells[],
    const int widths[TABLE_COLUMNS])
{
	struct cli side = { .arena = t->arena };
	const char *shown;
	int i, pad;

	printf("%s", cli_style(t->cli, style));
	for (i = 0; i < t->n; i++) {
		shown = cli_text(&side, cells[i], widths[i]);
		pad = i + 1 == t->n ? 0 : widths[i] - width_of(shown) + GAP;
		printf("%s%*s", shown, pad > 0 ? pad : 0, "");
	}
	printf("%s\n", *style == '\0' ? "" : cli_style(t->cli, CLI_PLAIN));
}

static void
print_batch(struct table *t)
{
	const char *heads[TABLE_COLUMNS];
	int widths[TABLE_COLUMNS], i;

	fit(t, widths);
	for (i = 0; i < t->n; i++)
		heads[i] = t->columns[i].head;
	if (!t->begun && t->nrows > 0)
		print_row(t, CLI_BOLD, heads, widths);
	t->begun = t->begun || t->nrows > 0;
	for (i = 0; i < t->nrows; i++)
		print_row(t, t->rows[i].style, t->rows[i].cells, widths);
	t->nrows = 0;
	arena_reset(t->arena);
}

void
table_row(struct table *t, const char *style, const char *const cells[])
{
	struct cli side = { .arena = t->arena };
	struct row *row = &t->rows[t->nrows++];
	int i, width;

	row->style = style;
	for (i = 0; i < t->n; i++) {
		row->cells[i] = cli_text(&side, cells[i], 0);
		width = width_of(row->cells[i]);
		if (width > t->widths[i])
			t->widths[i] = width;
	}
	if (t->nrows == TABLE_BATCH)
		print_batch(t);
}

void
table_end(struct table **t)
{
	if (*t == NULL)
		return;
	print_batch(*t);
	if (!(*t)->begun && (*t)->cli->terminal)
		printf("%s\n", (*t)->empty);
	arena_free(&(*t)->arena);
	free(*t);
	*t = NULL;
}
