#include "base/arena.h"

#include <stdalign.h>

#include "base/mem.h"

enum { BLOCK_BYTES = 2048 };

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t capacity;
	alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_deinit(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		mem_free(block);
	}
	arena_init(arena);
}

static struct arena_block *block_new(struct arena *arena, size_t need)
{
	size_t capacity = need > BLOCK_BYTES ? need : BLOCK_BYTES;
	struct arena_block *block = mem_new(sizeof *block + capacity, 1);

	block->capacity = capacity;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_new(struct arena *arena, size_t n, size_t size)
{
	enum { ALIGN = alignof(max_align_t) };
	struct arena_block *block = arena->blocks;
	size_t need;
	void *p;

	if (__builtin_mul_overflow(n, size, &need) || need > SIZE_MAX / 2)
		return mem_new(n, size); /* says "out of memory" */
	need = (need + ALIGN - 1) / ALIGN * ALIGN;
	if (!block || block->capacity - block->used < need)
		block = block_new(arena, need);
	p = block->bytes + block->used;
	block->used += need;
	return p;
}

struct span arena_dup(struct arena *arena, struct span bytes)
{
	char *copy = arena_new(arena, bytes.n + 1, 1);

	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	return (struct span){copy, bytes.n};
}
