#include "base/arena.h"

#include <stdalign.h>

#include "base/mem.h"

enum { BLOCK_BYTES = 4000 }; /* with what is before them, a page at the most */

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t capacity;
	alignas(max_align_t) char bytes[];
};

/* -- pools ----------------------------------------------------------------------------------- */

void arena_pool_init(struct arena_pool *pool, size_t max)
{
	*pool = (struct arena_pool){.max = mem_reuses() ? max : 0};
}

static struct arena_block *take_first(struct arena_block **blocks)
{
	struct arena_block *block = *blocks;

	*blocks = block->next;
	return block;
}

void arena_pool_deinit(struct arena_pool *pool)
{
	while (pool->blocks)
		mem_free(take_first(&pool->blocks));
	pool->count = 0;
}

static void give_back(struct arena_pool *pool, struct arena_block *block)
{
	if (!pool || pool->count == pool->max || block->capacity != BLOCK_BYTES) {
		mem_free(block);
		return;
	}
	block->next = pool->blocks;
	pool->blocks = block;
	pool->count++;
}

/* -- arenas ---------------------------------------------------------------------------------- */

void arena_init_pooled(struct arena *arena, struct arena_pool *pool)
{
	*arena = (struct arena){.pool = pool};
}

void arena_init(struct arena *arena)
{
	arena_init_pooled(arena, NULL);
}

void arena_deinit(struct arena *arena)
{
	while (arena->blocks)
		give_back(arena->pool, take_first(&arena->blocks));
}

/* Where tools look on, each thing has a block of its own, whose end they know. */
static struct arena_block *block_new(struct arena_pool *pool, size_t need)
{
	size_t capacity = need > BLOCK_BYTES || !mem_reuses() ? need : BLOCK_BYTES;
	struct arena_block *block;

	if (pool && pool->count && capacity == BLOCK_BYTES) {
		pool->count--;
		return take_first(&pool->blocks);
	}
	block = mem_resize(NULL, sizeof *block + capacity, 1);
	block->capacity = capacity;
	return block;
}

/* Room that is not zeroed. Of half of all addresses there is never any. */
static char *take(struct arena *arena, size_t n)
{
	enum { ALIGN = alignof(max_align_t) };
	struct arena_block *block = arena->blocks;
	size_t need = n > SIZE_MAX / 2 ? SIZE_MAX / 2 : (n + ALIGN - 1) / ALIGN * ALIGN;

	if (!block || block->capacity - block->used < need) {
		block = block_new(arena->pool, need);
		block->used = 0;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	block->used += need;
	return block->bytes + block->used - need;
}

void *arena_new(struct arena *arena, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		bytes = SIZE_MAX;
	return memset(take(arena, bytes), 0, bytes);
}

void *arena_resize(struct arena *arena, const void *p, size_t used, size_t size)
{
	char *moved = take(arena, size);

	if (used)
		memcpy(moved, p, used);
	return moved;
}

struct span arena_dup(struct arena *arena, struct span bytes)
{
	char *copy = take(arena, bytes.n + 1);

	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	copy[bytes.n] = '\0';
	return (struct span){copy, bytes.n};
}
