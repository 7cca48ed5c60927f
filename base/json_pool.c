#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/json_pool.h"

#define STEP	((size_t)16)			/* between two sizes */
#define SIZES	(JSON_POOL_LONGEST / STEP + 1)	/* the first: malloc's */
#define SLAB	((size_t)64 * 1024)		/* bytes taken at once */

/* What stands before the bytes that are given out. */
struct block {
	_Alignas(max_align_t) size_t	 size;	/* in STEPs; 0: malloc's */
	struct block			*next;	/* while it is free */
};

/* Kept reachable, also when its thread has ended. */
struct slab {
	struct slab			*next;
	_Alignas(max_align_t) char	 bytes[SLAB];
};

struct pool {
	struct block	*free[SIZES];
	char		*at;			/* in the last slab */
	size_t		 left, taken;		/* bytes */
};

static _Thread_local struct pool pool;
static pthread_mutex_t slabs_lock = PTHREAD_MUTEX_INITIALIZER;
static struct slab *slabs;

static bool
take_slab(void)
{
	struct slab *slab = pool.taken + SLAB > JSON_POOL_BYTES ? NULL :
	    malloc(sizeof *slab);

	if (slab == NULL)
		return false;
	pthread_mutex_lock(&slabs_lock);
	slab->next = slabs;
	slabs = slab;
	pthread_mutex_unlock(&slabs_lock);
	pool.at = slab->bytes;
	pool.left = SLAB;
	pool.taken += SLAB;
	return true;
}

/* The bytes behind the head, or NULL. */
static struct block *
cut(size_t steps)
{
	size_t whole = sizeof(struct block) + steps * STEP;
	struct block *b;

	if (pool.left < whole && !take_slab())
		return NULL;
	b = (struct block *)(void *)pool.at;
	pool.at += whole;
	pool.left -= whole;
	b->size = steps;
	return b;
}

void *
json_pool_alloc(size_t size)
{
	size_t steps = (size + STEP - 1) / STEP;
	struct block *b = NULL;

	if (size <= JSON_POOL_LONGEST) {
		steps += steps == 0;
		b = pool.free[steps];
		if (b != NULL)
			pool.free[steps] = b->next;
		else
			b = cut(steps);
	}
	if (b == NULL) {
		b = size > SIZE_MAX - sizeof *b ? NULL :
		    malloc(sizeof *b + size);
		if (b == NULL)
			return NULL;
		b->size = 0;
	}
	return b + 1;
}

void
json_pool_free(void *p)
{
	struct block *b = p;

	if (b == NULL)
		return;
	b--;
	if (b->size == 0) {
		free(b);
		return;
	}
	assert(b->size < SIZES);
	b->next = pool.free[b->size];
	pool.free[b->size] = b;
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED	true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED	true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED	false
#endif

void
json_pool_use(void)
{
	if (!SANITIZED)
		json_set_alloc_funcs(json_pool_alloc, json_pool_free);
}
