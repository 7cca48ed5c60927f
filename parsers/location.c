#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "parsers/location_keys.h"

#define BUILDINGS_MAX	8	/* that one beginning may stand for */

struct look {
	const struct locations	*l;
	struct words		 w;
	struct arena		*scratch;
};

/* "room", before a mere number. */
static bool
is_room_word(struct slice s)
{
	static const char *const words[] = { "room", "rm", "raum", "zimmer",
	    "saal", "horsaal", "salle", "sala", "aula", "lokaal",
	    "zaal", "pokoj", "sal", "rum", "lokale", "rom", "huone",
	    "mistnost", "ucebna", NULL };
	size_t i;

	for (i = 0; words[i] != NULL; i++)
		if (slice_is(s, words[i]))
			return true;
	return false;
}

/* May the words from at, n of them, stand for themselves? Not when they are a
 * part of a longer number or word: "301a", "2.14.3", "v2.14". */
static bool
is_whole(const struct words *w, size_t at, size_t n)
{
	const struct word *next = at + n < w->n ? &w->v[at + n] : NULL;
	const struct word *first = &w->v[at], *last = &w->v[at + n - 1];

	if (first->glued)
		return false;
	if (first->is_digits && at > 0 && first->between == '.' &&
	    w->v[at - 1].is_digits)
		return false;
	if (next == NULL)
		return true;
	return !next->glued && !(last->is_digits && next->is_digits &&
	    next->between == '.');
}

static bool
has_letters(const struct word *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!v[i].is_digits)
			return true;
	return false;
}

/* The longest key that begins there; its words in *n_out. NULL: none. */
static const struct key *
key_at(const struct look *look, size_t at, uint32_t building, size_t *n_out)
{
	const struct words *w = &look->w;
	const struct key *best = NULL, *key;
	uint64_t h = location_hash_begin(building);
	size_t n;

	for (n = 1; n <= LOCATION_KEY_WORDS && at + n <= w->n; n++) {
		h = location_hash_word(h, w->v[at + n - 1].s);
		key = location_slot(look->l, h, building, w->v + at, n);
		if (key->text.p == NULL || !is_whole(w, at, n))
			continue;
		best = key;
		*n_out = n;
	}
	return best;
}

/* How many words there name the building: all of its own, or the beginning of
 * the first, three letters at least; 0 not. */
static size_t
names_building(const struct look *look, size_t at,
    const struct building *b)
{
	const struct words *w = &look->w;
	struct slice first = w->v[at].s, rest = b->text;
	size_t n = 0;

	while (at + n < w->n && rest.len >= w->v[at + n].s.len &&
	    memcmp(rest.p, w->v[at + n].s.p, w->v[at + n].s.len) == 0) {
		size_t len = w->v[at + n].s.len;

		n++;
		if (rest.len == len)
			return n;
		if (rest.p[len] != ' ')
			break;
		rest = (struct slice){ rest.p + len + 1, rest.len - len - 1 };
	}
	return first.len >= 3 && first.len <= b->first.len &&
	    memcmp(first.p, b->first.p, first.len) == 0;
}

/* A building, perhaps "room", and a key in it. */
static const struct key *
in_building(const struct look *look, size_t at, size_t *n_out)
{
	const struct locations *l = look->l;
	const struct words *w = &look->w;
	const struct key *found = NULL;
	struct slice word = w->v[at].s;
	size_t i = location_building_at(l, word), tries, n, m;

	if (w->v[at].is_digits || word.len < 3)
		return NULL;
	for (tries = 0; i < l->nbuildings && tries < BUILDINGS_MAX &&
	    l->buildings[i].text.len >= word.len && memcmp(word.p,
	    l->buildings[i].text.p, word.len) == 0; i++, tries++) {
		const struct key *key;

		n = names_building(look, at, &l->buildings[i]);
		if (n == 0 || at + n >= w->n)
			continue;
		n += at + n + 1 < w->n && is_room_word(w->v[at + n].s);
		key = key_at(look, at + n, l->buildings[i].id, &m);
		if (key == NULL || key->room == AMBIGUOUS)
			continue;
		if (found != NULL && found->room != key->room)
			return NULL;	/* two buildings begin like that */
		found = key;
		*n_out = n + m;
	}
	return found;
}

/* The room that a text names: the first, the longest there. */
static const struct location *
find_in(const struct locations *l, struct slice text, struct arena *scratch)
{
	struct look look = { l, { NULL, 0 }, scratch };
	size_t at, n;

	if (text.len > LOCATION_TEXT_MAX)
		text.len = utf8_cut(text.p, text.len, LOCATION_TEXT_MAX);
	look.w = words_of(scratch, text);
	for (at = 0; at < look.w.n; at++) {
		const struct word *v = look.w.v + at;
		const struct key *key = in_building(&look, at, &n);

		if (key == NULL)
			key = key_at(&look, at, ANY_BUILDING, &n);
		if (key == NULL || key->room == AMBIGUOUS)
			continue;
		if (has_letters(v, n) || (at > 0 && is_room_word(v[-1].s)))
			return &l->rooms[key->room];
	}
	return NULL;
}

const struct location *
locations_find(const struct locations *locations, struct slice subject,
    struct slice text, struct arena *scratch)
{
	const struct location *found;

	if (locations == NULL)
		return NULL;
	found = find_in(locations, subject, scratch);
	return found != NULL ? found : find_in(locations, text, scratch);
}

const struct location *
locations_code(const struct locations *locations, struct slice code,
    struct arena *scratch)
{
	struct words w = words_of(scratch, code);
	const struct key *key;

	if (locations == NULL || w.n == 0 || w.n > LOCATION_KEY_WORDS)
		return NULL;
	key = location_slot(locations, location_hash(ANY_BUILDING, w.v, w.n),
	    ANY_BUILDING, w.v, w.n);
	return key->text.p == NULL || key->room == AMBIGUOUS ? NULL :
	    &locations->rooms[key->room];
}

const struct location *
locations_all(const struct locations *locations, size_t *n_out)
{
	*n_out = locations == NULL ? 0 : locations->nrooms;
	return locations == NULL ? NULL : locations->rooms;
}
