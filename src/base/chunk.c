#include "base/chunk.h"

#include <assert.h>

#include "base/mem.h"

struct chunk *chunk_new(size_t capacity)
{
	struct chunk *chunk = mem_resize(NULL, sizeof *chunk + capacity, 1);

	atomic_init(&chunk->refs, 1);
	chunk->capacity = capacity;
	chunk->used = 0;
	return chunk;
}

struct chunk *chunk_ref(struct chunk *chunk)
{
	atomic_fetch_add_explicit(&chunk->refs, 1, memory_order_relaxed);
	return chunk;
}

void chunk_unref(struct chunk *chunk)
{
	if (chunk && atomic_fetch_sub_explicit(&chunk->refs, 1, memory_order_acq_rel) == 1)
		mem_free(chunk);
}

bool chunk_is_mine(const struct chunk *chunk)
{
	return atomic_load_explicit(&chunk->refs, memory_order_acquire) == 1;
}

void chunk_pool_init(struct chunk_pool *pool, size_t capacity, size_t max)
{
	assert(max && max <= CHUNK_POOL_MAX);
	*pool = (struct chunk_pool){.capacity = capacity, .max = mem_reuses() ? max : 0};
}

void chunk_pool_deinit(struct chunk_pool *pool)
{
	for (size_t i = 0; i < CHUNK_POOL_MAX; i++)
		chunk_unref(pool->chunks[i]);
	chunk_pool_init(pool, pool->capacity, CHUNK_POOL_MAX);
}

/* The index of a place for a new chunk: while there is room a further one, else that of the chunk
 * that was given out first, which is left to those who have it. */
static size_t make_place(struct chunk_pool *pool)
{
	size_t place = pool->last + 1 < pool->max ? pool->last + 1 : 0;

	if (pool->count < pool->max)
		return pool->count++;
	chunk_unref(pool->chunks[place]);
	return place;
}

/* Begins with the one that was given last, which is the warmest, and goes on with those that have
 * been out for longest. */
struct chunk *chunk_pool_get(struct chunk_pool *pool)
{
	size_t at = pool->last;

	for (size_t tries = pool->count; tries; tries--) {
		struct chunk *chunk = pool->chunks[at];

		if (chunk_is_mine(chunk)) {
			pool->last = at;
			chunk->used = 0;
			return chunk;
		}
		at = at + 1 < pool->count ? at + 1 : 0;
	}
	pool->last = make_place(pool);
	pool->chunks[pool->last] = chunk_new(pool->capacity);
	return pool->chunks[pool->last];
}

struct slice slice_ref(struct slice slice)
{
	if (slice.chunk)
		(void)chunk_ref(slice.chunk);
	return slice;
}

void slice_unref(struct slice slice)
{
	chunk_unref(slice.chunk);
}
