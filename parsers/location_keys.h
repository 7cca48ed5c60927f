/* location_keys - how rooms are written: texts in words, and the table that
 * finds a room by the words that mean it. Only for location.c, which finds, and
 * location_file.c, which fills. */
#ifndef PARSERS_LOCATION_KEYS_H
#define PARSERS_LOCATION_KEYS_H

#include <stdint.h>

#include "parsers/location.h"

#define LOCATION_KEY_WORDS	8	/* words of a key at most */
#define AMBIGUOUS		UINT32_MAX
#define ANY_BUILDING		0

/* A text in words: a run of letters, or of digits. "B-301" is two. */
struct word {
	struct slice	s;
	bool		is_digits;
	bool		glued;		/* to the word before, nothing between */
	char		between;	/* the only character between; 0: more */
};
struct words {
	struct word	*v;
	size_t		 n;
};

/* How a room is written: the words of key, in building (ANY_BUILDING: without
 * saying it), mean that room. */
struct key {
	struct slice	text;		/* words with a blank between */
	uint32_t	building, room;	/* room AMBIGUOUS: several */
};
struct building {
	struct slice	text;		/* words with a blank between */
	struct slice	first;		/* the first of them */
	uint32_t	id;
};
struct locations {
	struct location	*rooms;
	size_t		 nrooms;
	struct building	*buildings;	/* sorted by text */
	size_t		 nbuildings;
	struct key	*table;		/* open addressing; text.p NULL: free */
	size_t		 mask;
};

/* Folded and split; v NULL: no memory, or not UTF-8. */
struct words words_of(struct arena *arena, struct slice text);
/* With a blank between. */
struct slice words_join(struct arena *arena, const struct word *v, size_t n);

/* The hash of words read one after the other. */
uint64_t location_hash_begin(uint32_t building);
uint64_t location_hash_word(uint64_t hash, struct slice s);
uint64_t location_hash(uint32_t building, const struct word *v, size_t n);
/* The key of these n words whose hash that is, or the free slot for it. */
struct key *location_slot(const struct locations *l, uint64_t hash,
	    uint32_t building, const struct word *v, size_t n);
/* Let the words mean that room. */
void	location_add_key(struct locations *l, struct arena *arena,
	    uint32_t building, const struct word *v, size_t n, uint32_t room);
/* The first building whose text is not before this. */
size_t	location_building_at(const struct locations *l, struct slice text);

#endif
