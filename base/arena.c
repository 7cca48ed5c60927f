#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define BLOCK	16384		/* bytes a normal block holds */

struct block {
	struct block	*next;
	size_t		 size, used;
	_Alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block	*head;
	size_t		 max, used;
	bool		 failed;
};

struct arena *
arena_new(size_t max)
{
	struct arena *arena = calloc(1, sizeof *arena);

	if (arena != NULL)
		arena->max = max;
	return arena;
}

static void
blocks_free(struct block *b)
{
	struct block *next;

	for (; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
}

void
arena_free(struct arena **arena)
{
	if (arena == NULL || *arena == NULL)
		return;
	blocks_free((*arena)->head);
	free(*arena);
	*arena = NULL;
}

void
arena_reset(struct arena *arena)
{
	struct block *b = arena->head;

	if (b != NULL && b->size == BLOCK) {
		blocks_free(b->next);
		b->next = NULL;
		b->used = 0;
	} else {
		blocks_free(b);
		arena->head = NULL;
	}
	arena->used = 0;
	arena->failed = false;
}

bool
arena_failed(const struct arena *arena)
{
	return arena->failed;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->used;
}

static struct block *
block_new(struct arena *arena, size_t size)
{
	size_t room = size > BLOCK / 4 ? size : BLOCK;
	struct block *b = malloc(sizeof *b + room);

	if (b == NULL)
		return NULL;
	b->size = room;
	b->used = 0;
	if (room != BLOCK && arena->head != NULL) {
		/* a large one goes behind the block that is being filled */
		b->next = arena->head->next;
		arena->head->next = b;
	} else {
		b->next = arena->head;
		arena->head = b;
	}
	return b;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct block *b = arena->head;
	void *p;

	if (size == 0)
		size = 1;
	if (size > SIZE_MAX - align)
		goto fail;
	size = (size + align - 1) / align * align;
	if (size > arena->max - arena->used)
		goto fail;
	if (b == NULL || b->size - b->used < size)
		b = block_new(arena, size);
	if (b == NULL)
		goto fail;
	p = b->data + b->used;
	b->used += size;
	arena->used += size;
	return memset(p, 0, size);
fail:
	arena->failed = true;
	return NULL;
}

void *
arena_calloc(struct arena *arena, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		arena->failed = true;
		return NULL;
	}
	return arena_alloc(arena, n * size);
}

char *
arena_strndup(struct arena *arena, const char *s, size_t len)
{
	char *p;

	if (s == NULL)
		return NULL;
	if (len == SIZE_MAX) {
		arena->failed = true;
		return NULL;
	}
	p = arena_alloc(arena, len + 1);
	if (p != NULL)
		memcpy(p, s, len);
	return p;
}

char *
arena_strdup(struct arena *arena, const char *s)
{
	return s == NULL ? NULL : arena_strndup(arena, s, strlen(s));
}

struct slice
arena_slice(struct arena *arena, struct slice s)
{
	char *p = arena_strndup(arena, s.p == NULL ? "" : s.p, s.len);

	return (struct slice){ p, p == NULL ? 0 : s.len };
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		arena->failed = true;
		return NULL;
	}
	p = arena_alloc(arena, (size_t)n + 1);
	if (p != NULL) {
		va_start(ap, fmt);
		vsnprintf(p, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	return p;
}
