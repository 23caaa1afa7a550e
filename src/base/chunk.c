#include "base/chunk.h"

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
