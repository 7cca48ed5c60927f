/* location - which room of the campus does a text name?
 *
 * Rooms come from a CSV file (RFC 4180, UTF-8) with the header
 * `code,name,building,aliases`, aliases split by `;`. A room is named by its
 * code, its name, an alias, or its building (its first three letters and more
 * suffice) and the number: "B301", "b-301", "room B 301", "Lib 2.14". A mere
 * number counts only behind "room" (in several languages) or the building; one
 * that several rooms have names none, unless the text names the building too.
 * Case, accents and what stands between letters and digits do not matter.
 *
 * The time to find is linear in the text, whatever the number of rooms. */
#ifndef PARSERS_LOCATION_H
#define PARSERS_LOCATION_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

#define LOCATION_ROOMS_MAX	100000
#define LOCATION_TEXT_MAX	8192	/* bytes looked at of a text */

struct location {
	const char	*code, *name, *building;	/* "" none; code never */
};
struct locations;	/* immutable once made; lives in its arena */

/* ERR_INPUT: "LINE: what is wrong, and what would be right". csv is borrowed
 * for the call. */
int	locations_read(struct slice csv, struct arena *arena,
	    struct locations **locations_out, struct err *err);
/* The room that subject or else text names; NULL: none, or not clearly.
 * scratch: for the call. locations NULL: none. */
const struct location *locations_find(const struct locations *locations,
	    struct slice subject, struct slice text, struct arena *scratch);
/* By its code, as a sub-address or form has it. */
const struct location *locations_code(const struct locations *locations,
	    struct slice code, struct arena *scratch);
/* All of them, in the order of the file. */
const struct location *locations_all(const struct locations *locations,
	    size_t *n_out);

#endif
