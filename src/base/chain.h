/* chain: a run of bytes by absolute position, held as slices; appended at the end, dropped at the
 * front. What a body is while it passes through.
 *
 *     begin            position            end
 *       |  slice | slice  |   slice   | slice |
 *
 * Slices of up to a quarter of their chunk are copied into small chunks, which the chain fills
 * alone, so that a sender of little ones, with what nobody keeps in between, cannot pin a whole
 * chunk with each: what is held costs four times its bytes at most.
 */
#ifndef BASE_CHAIN_H
#define BASE_CHAIN_H

#include <sys/uio.h>

#include "base/chunk.h"

enum { CHAIN_FEW = 4, CHAIN_SMALL_BYTES = 4096 };

struct chain {
	uint64_t begin;       /* position of the first byte held */
	uint64_t end;         /* position behind the last */
	struct slice *slices; /* a ring; NULL: `few` is */
	struct slice few[CHAIN_FEW];
	size_t first;
	size_t count;
	size_t capacity;     /* of the ring: a power of two */
	struct chunk *small; /* where small slices are copied to; NULL: none was begun */
	struct chunk_pool *pool;
};

/* `pool` has the chunks of CHAIN_SMALL_BYTES, and must be there whenever bytes are appended; NULL:
 * they come from the heap. */
void chain_init(struct chain *chain, struct chunk_pool *pool);
void chain_deinit(struct chain *chain);

/* Takes a reference of its own. Empty slices are ignored. */
void chain_append(struct chain *chain, struct slice slice);

/* The same, but slices of large chunks are not copied, however little they are: for what goes on
 * within the turn, and else is left to chain_compact(). */
void chain_append_passing(struct chain *chain, struct slice slice);

/* Copies what chain_append() would have copied. */
void chain_compact(struct chain *chain);

/* Copies the bytes in. */
void chain_append_copy(struct chain *chain, struct span bytes);

/* Points up to max iovecs at the bytes from position on, which lies in [begin, end]; at most `most`
 * bytes in all. Returns the number of iovecs filled, 0 at the end. Valid until the next append or
 * drop. */
size_t chain_peek(
	const struct chain *chain, uint64_t position, uint64_t most, struct iovec *iov, size_t max);

/* Lists up to max slices from position on, at most `most` bytes in all; for who wants them for
 * longer to take references. Returns their number. */
size_t chain_slices(const struct chain *chain, uint64_t position, uint64_t most,
	struct slice *ret_slices, size_t max);

/* Copies out n bytes from position on, all of which are held. */
void chain_copy(const struct chain *chain, uint64_t position, size_t n, char *ret_bytes);

/* Cuts the first slice off and hands it over with its reference; false when there is none. */
bool chain_take(struct chain *chain, struct slice *ret_slice);

/* Forgets the bytes before position. */
void chain_drop(struct chain *chain, uint64_t position);

static inline uint64_t chain_length(const struct chain *chain)
{
	return chain->end - chain->begin;
}

#endif
