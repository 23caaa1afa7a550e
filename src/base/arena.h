/* arena: memory for many small things that die together. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena {
	struct arena_block *blocks;
};

void arena_init(struct arena *arena);
void arena_deinit(struct arena *arena);

/* Zeroed, aligned for any type; lives until arena_deinit(). */
void *arena_new(struct arena *arena, size_t n, size_t size) __attribute__((warn_unused_result));

/* A copy of the bytes, with a NUL behind it that the span does not count. */
struct span arena_dup(struct arena *arena, struct span bytes);

#endif
