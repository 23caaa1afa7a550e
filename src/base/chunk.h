/* chunk: shared blocks of bytes, and slices of them.
 *
 * Bodies travel as slices: what was received once is sent, kept, fanned out and recorded without
 * another copy. The bytes of a slice never change. The count of references is atomic, because the
 * last one may be dropped by another thread.
 */
#ifndef BASE_CHUNK_H
#define BASE_CHUNK_H

#include <stdatomic.h>

#include "base/span.h"

enum { CHUNK_BYTES = 65536 };

struct chunk {
	atomic_uint refs;
	size_t capacity; /* bytes */
	size_t used;     /* bytes filled so far; only the chunk's one filler writes it */
	char bytes[];
};

/* With one reference, the caller's. */
struct chunk *chunk_new(size_t capacity) __attribute__((warn_unused_result));
struct chunk *chunk_ref(struct chunk *chunk);
void chunk_unref(struct chunk *chunk); /* takes NULL */

/* True when the caller holds the only reference, so that the bytes may be written over. */
bool chunk_is_mine(const struct chunk *chunk);

/* -- used again ------------------------------------------------------------------------------ */

enum { CHUNK_POOL_MAX = 160 };

/* Chunks of one capacity that are filled again and again, so that bytes go through memory that is
 * warm. The pool keeps a reference to those that it gave out, and gives one out again when it is
 * the only one left; who has the others, in whatever thread, knows nothing of it. */
struct chunk_pool {
	size_t capacity; /* of each, bytes */
	size_t max;      /* chunks that are used again; 0: none is */
	struct chunk *chunks[CHUNK_POOL_MAX];
	size_t count;
	size_t last; /* index of the one given last */
};

void chunk_pool_init(struct chunk_pool *pool, size_t capacity, size_t max);
void chunk_pool_deinit(struct chunk_pool *pool);

/* An empty chunk that nobody has. It is there until the next call; who wants it for longer takes a
 * reference. */
struct chunk *chunk_pool_get(struct chunk_pool *pool);

/* -- slices ---------------------------------------------------------------------------------- */

struct slice {
	struct chunk *chunk; /* NULL: static bytes, owned by nobody */
	struct span bytes;
};

struct slice slice_ref(struct slice slice); /* the same bytes, one more reference */
void slice_unref(struct slice slice);

#endif
