#include <string.h>

#include "base/casefold.h"
#include "parsers/location_keys.h"

/* ---- words ---- */

static bool
is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || c >= 0x80;
}

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* Split folded text. */
static struct words
split(struct arena *arena, struct slice s)
{
	struct words w = { arena_calloc(arena, s.len + 1, sizeof *w.v), 0 };
	size_t i = 0, from, end = 0;

	while (w.v != NULL && i < s.len) {
		unsigned char c = (unsigned char)s.p[i];

		if (!is_letter(c) && !is_digit(c)) {
			i++;
			continue;
		}
		from = i;
		while (i < s.len && (is_digit(c) ?
		    is_digit((unsigned char)s.p[i]) :
		    is_letter((unsigned char)s.p[i])))
			i++;
		w.v[w.n++] = (struct word){
			.s = { s.p + from, i - from },
			.is_digits = is_digit(c),
			.glued = from > 0 && end == from,
			.between = from == end + 1 ? s.p[end] : '\0',
		};
		end = i;
	}
	return w;
}

struct words
words_of(struct arena *arena, struct slice text)
{
	struct slice folded = casefold(arena, text);

	if (folded.p == NULL)
		return (struct words){ NULL, 0 };
	return split(arena, folded);
}

struct slice
words_join(struct arena *arena, const struct word *v, size_t n)
{
	size_t i, len = 0;
	char *out;

	for (i = 0; i < n; i++)
		len += v[i].s.len + 1;
	out = arena_alloc(arena, len + 1);
	if (out == NULL)
		return (struct slice){ "", 0 };
	for (i = 0, len = 0; i < n; i++) {
		if (i > 0)
			out[len++] = ' ';
		memcpy(out + len, v[i].s.p, v[i].s.len);
		len += v[i].s.len;
	}
	out[len] = '\0';
	return (struct slice){ out, len };
}

/* ---- the table of keys ---- */

uint64_t
location_hash_word(uint64_t h, struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return (h ^ ' ') * UINT64_C(1099511628211);	/* FNV-1a */
}

uint64_t
location_hash_begin(uint32_t building)
{
	return (UINT64_C(14695981039346656037) ^ building) *
	    UINT64_C(1099511628211);
}

uint64_t
location_hash(uint32_t building, const struct word *v, size_t n)
{
	uint64_t h = location_hash_begin(building);
	size_t i;

	for (i = 0; i < n; i++)
		h = location_hash_word(h, v[i].s);
	return h;
}

static size_t
slot_of(uint64_t hash)
{
	return (size_t)(hash ^ (hash >> 29));
}

/* Are the words those of the key? */
static bool
is_key(const struct key *key, const struct word *v, size_t n)
{
	struct slice rest = key->text;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0) {
			if (rest.len == 0 || rest.p[0] != ' ')
				return false;
			rest = (struct slice){ rest.p + 1, rest.len - 1 };
		}
		if (rest.len < v[i].s.len || memcmp(rest.p, v[i].s.p,
		    v[i].s.len) != 0)
			return false;
		rest = (struct slice){ rest.p + v[i].s.len,
		    rest.len - v[i].s.len };
	}
	return rest.len == 0;
}

struct key *
location_slot(const struct locations *l, uint64_t hash, uint32_t building,
    const struct word *v, size_t n)
{
	size_t i = slot_of(hash) & l->mask;

	while (l->table[i].text.p != NULL && !(l->table[i].building ==
	    building && is_key(&l->table[i], v, n)))
		i = (i + 1) & l->mask;
	return &l->table[i];
}

/* Words of a key: not too many, not a lone letter or short word. */
void
location_add_key(struct locations *l, struct arena *arena, uint32_t building,
    const struct word *v, size_t n, uint32_t room)
{
	struct key *key;

	if (n == 0 || n > LOCATION_KEY_WORDS)
		return;
	if (building == ANY_BUILDING && n == 1 && !v[0].is_digits &&
	    v[0].s.len < 4)
		return;		/* a common short word would name a room */
	key = location_slot(l, location_hash(building, v, n), building, v, n);
	if (key->text.p != NULL) {
		if (key->room != room)
			key->room = AMBIGUOUS;
		return;
	}
	*key = (struct key){ words_join(arena, v, n), building, room };
}

/* ---- buildings ---- */

static int
compare_slices(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = memcmp(a.p, b.p, n);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* The first building whose text is not before this. */
size_t
location_building_at(const struct locations *l, struct slice text)
{
	size_t low = 0, high = l->nbuildings;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (compare_slices(l->buildings[mid].text, text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
