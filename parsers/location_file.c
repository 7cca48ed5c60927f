#include <string.h>

#include "base/csv.h"
#include "base/text.h"
#include "base/utf8.h"
#include "parsers/location_keys.h"

#define COLUMNS		4

struct row {
	const char	*column[COLUMNS];
};

/* ---- rows ---- */

static int
read_row(struct csv *csv, struct row *row_out, struct err *err)
{
	size_t n = 0;
	int rc = csv_row(csv, row_out->column, COLUMNS, &n, err);

	if (rc == 1 && n > COLUMNS)
		return err_set(err, ERR_INPUT, "%d: more than four fields: "
		    "code,name,building,aliases would be right, a comma "
		    "inside a field in \"quotes\"", csv->row_line);
	return rc;
}

static int
check_header(const struct row *row, struct err *err)
{
	static const char *const names[COLUMNS] = { "code", "name",
	    "building", "aliases" };
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		if (!text_ieq(slice_of(row->column[i]), slice_of(names[i])))
			return err_set(err, ERR_INPUT, "1: the first line is "
			    "not the header: code,name,building,aliases would "
			    "be right");
	return 0;
}

static int
check_row(const struct csv *r, const struct row *row, struct err *err)
{
	size_t i;

	if (row->column[0][0] == '\0')
		return err_set(err, ERR_INPUT, "%d: a room without a code",
		    r->row_line);
	for (i = 0; i < COLUMNS; i++)
		if (!utf8_valid(row->column[i], strlen(row->column[i])) ||
		    text_has_control(slice_of(row->column[i])))
			return err_set(err, ERR_INPUT, "%d: not UTF-8 text in "
			    "one line", r->row_line);
	return 0;
}

/* Its id, made when new; ANY_BUILDING: none is named. */
static uint32_t
building_of(struct locations *l, struct arena *arena, const char *name)
{
	struct words w = words_of(arena, slice_of(name));
	struct slice text;
	size_t at;

	if (w.n == 0)
		return ANY_BUILDING;
	text = words_join(arena, w.v, w.n);
	at = location_building_at(l, text);
	if (at < l->nbuildings && slice_eq(l->buildings[at].text, text))
		return l->buildings[at].id;
	memmove(&l->buildings[at + 1], &l->buildings[at],
	    (l->nbuildings - at) * sizeof l->buildings[0]);
	l->buildings[at] = (struct building){ text, w.v[0].s,
	    (uint32_t)++l->nbuildings };
	return l->buildings[at].id;
}

/* ---- making ---- */

/* "LIB-2.14" is "2.14" in its building. */
static void
add_code(struct locations *l, struct arena *arena, uint32_t building,
    const char *code, uint32_t room)
{
	struct words w = words_of(arena, slice_of(code));
	size_t skip = 0;

	location_add_key(l, arena, ANY_BUILDING, w.v, w.n, room);
	if (building == ANY_BUILDING || w.n == 0)
		return;
	location_add_key(l, arena, building, w.v, w.n, room);
	while (skip < w.n && !w.v[skip].is_digits)
		skip++;
	if (skip > 0 && skip < w.n)
		location_add_key(l, arena, building, w.v + skip, w.n - skip, room);
}

static void
add_name(struct locations *l, struct arena *arena, uint32_t building,
    struct slice name, uint32_t room)
{
	struct words w = words_of(arena, name);

	location_add_key(l, arena, ANY_BUILDING, w.v, w.n, room);
	if (building != ANY_BUILDING)
		location_add_key(l, arena, building, w.v, w.n, room);
}

static void
add_room(struct locations *l, struct arena *arena, const struct row *row)
{
	uint32_t room = (uint32_t)l->nrooms++, building;
	struct slice aliases = slice_of(row->column[3]), one;

	l->rooms[room] = (struct location){ row->column[0], row->column[1],
	    row->column[2] };
	building = building_of(l, arena, row->column[2]);
	add_code(l, arena, building, row->column[0], room);
	add_name(l, arena, building, slice_of(row->column[1]), room);
	while (aliases.len > 0) {
		const char *end = memchr(aliases.p, ';', aliases.len);

		one = (struct slice){ aliases.p, end == NULL ? aliases.len :
		    (size_t)(end - aliases.p) };
		add_name(l, arena, building, one, room);
		aliases = (struct slice){ one.p + one.len,
		    aliases.len - one.len };
		if (aliases.len > 0)
			aliases = (struct slice){ aliases.p + 1,
			    aliases.len - 1 };
	}
}

static size_t
count(struct slice csv, char c)
{
	size_t i, n = 0;

	for (i = 0; i < csv.len; i++)
		n += csv.p[i] == c;
	return n;
}

/* Room for every key that the file can hold: half of the table is free. */
static struct locations *
make(struct arena *arena, struct slice csv)
{
	size_t lines = count(csv, '\n') + 1, keys, size = 16;
	struct locations *l = arena_calloc(arena, 1, sizeof *l);

	keys = lines * 5 + 2 * count(csv, ';');
	while (size < keys * 2)
		size *= 2;
	if (l == NULL)
		return NULL;
	l->rooms = arena_calloc(arena, lines, sizeof l->rooms[0]);
	l->buildings = arena_calloc(arena, lines, sizeof l->buildings[0]);
	l->table = arena_calloc(arena, size, sizeof l->table[0]);
	l->mask = size - 1;
	return l->rooms == NULL || l->buildings == NULL || l->table == NULL ?
	    NULL : l;
}

int
locations_read(struct slice csv, struct arena *arena,
    struct locations **locations_out, struct err *err)
{
	struct csv r;
	struct locations *l;
	struct row row;
	int rc;

	csv_open(&r, csv, arena);
	if (count(csv, '\n') > LOCATION_ROOMS_MAX)
		return err_set(err, ERR_INPUT, "%d: more than %d rooms",
		    LOCATION_ROOMS_MAX + 2, LOCATION_ROOMS_MAX);
	l = make(arena, csv);
	if (l == NULL)
		return err_set(err, ERR_FATAL, "locations: out of memory");
	rc = read_row(&r, &row, err);
	if (rc == 0)
		return err_set(err, ERR_INPUT, "1: it is empty: the header "
		    "code,name,building,aliases would be right");
	if (rc == -1 || check_header(&row, err) == -1)
		return -1;
	while ((rc = read_row(&r, &row, err)) == 1) {
		if (check_row(&r, &row, err) == -1)
			return -1;
		add_room(l, arena, &row);
	}
	if (rc == 0 && arena_failed(arena))
		return err_set(err, ERR_FATAL, "locations: out of memory");
	if (rc == 0)
		*locations_out = l;
	return rc;
}
