/* arena: memory for many small things that die together. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena_block;

/* Blocks that rest until another arena wants one: the last ones that came back. Of one thread. */
struct arena_pool {
	struct arena_block *blocks;
	size_t count;
	size_t max;
};

void arena_pool_init(struct arena_pool *pool, size_t max);
void arena_pool_deinit(struct arena_pool *pool); /* no arena uses it any more */

struct arena {
	struct arena_block *blocks; /* the first is the one in use */
	struct arena_pool *pool;    /* NULL: blocks come from the heap */
};

void arena_init(struct arena *arena);

/* The same with blocks from the pool, as far as they are not for something larger. */
void arena_init_pooled(struct arena *arena, struct arena_pool *pool);

/* Of an arena that lies in its own memory, a copy is given. */
void arena_deinit(struct arena *arena);

/* Zeroed, aligned for any type; lives until arena_deinit(). */
void *arena_new(struct arena *arena, size_t n, size_t size) __attribute__((warn_unused_result));

/* Moves `used` bytes to where there is room for `size`; the rest is undefined. */
void *arena_resize(struct arena *arena, const void *p, size_t used, size_t size)
	__attribute__((warn_unused_result));

/* A copy of the bytes, with a NUL behind it that the span does not count. */
struct span arena_dup(struct arena *arena, struct span bytes);

#endif
