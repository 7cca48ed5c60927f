#include <assert.h>
#include <stdlib.h>

#include "desk/spread.h"

/* Beyond a few values they are counted in buckets: the first PARTS hold one
 * value each, then PARTS of them cover each doubling. */
#define BITS	5
#define PARTS	(1 << BITS)
#define BUCKETS	(PARTS * (32 - BITS + 1))

struct spread {
	struct arena	*arena;
	int64_t		 n;
	uint32_t	 values[SPREAD_EXACT];
	uint32_t	*buckets;		/* NULL: values has all */
};

struct spread *
spread_new(struct arena *arena)
{
	struct spread *s = arena_calloc(arena, 1, sizeof *s);

	if (s != NULL)
		s->arena = arena;
	return s;
}

static int
bucket_of(uint32_t value)
{
	int shift = 0;

	while (value >> shift >= 2 * PARTS)
		shift++;
	return shift * PARTS + (int)(value >> shift);
}

/* The middle of what a bucket holds. */
static int64_t
value_of(int bucket)
{
	int shift = bucket < 2 * PARTS ? 0 : bucket / PARTS - 1;
	int64_t low = (int64_t)(bucket - shift * PARTS) << shift;

	return low + (((int64_t)1 << shift) - 1) / 2;
}

bool
spread_add(struct spread *s, int64_t value)
{
	uint32_t v = (uint32_t)(value > SPREAD_MAX ? SPREAD_MAX : value);

	assert(value >= 0);
	if (s->n < SPREAD_EXACT) {
		s->values[s->n++] = v;
		return true;
	}
	if (s->buckets == NULL) {
		s->buckets = arena_calloc(s->arena, BUCKETS,
		    sizeof *s->buckets);
		if (s->buckets == NULL)
			return false;
		for (int i = 0; i < SPREAD_EXACT; i++)
			s->buckets[bucket_of(s->values[i])]++;
	}
	s->buckets[bucket_of(v)]++;
	s->n++;
	return true;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int64_t
spread_percentile(struct spread *s, int percent)
{
	int64_t rank, seen = 0;
	int i;

	assert(percent > 0 && percent <= 100);
	if (s == NULL || s->n == 0)
		return -1;
	rank = (s->n * percent + 99) / 100;
	if (s->buckets == NULL) {
		qsort(s->values, (size_t)s->n, sizeof s->values[0], compare);
		return s->values[rank - 1];
	}
	for (i = 0; i < BUCKETS - 1; i++) {
		seen += s->buckets[i];
		if (seen >= rank)
			break;
	}
	return value_of(i);
}
