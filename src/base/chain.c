#include "base/chain.h"

#include <assert.h>

#include "base/mem.h"

void chain_init(struct chain *chain, struct chunk_pool *pool)
{
	assert(!pool || pool->capacity == CHAIN_SMALL_BYTES);
	*chain = (struct chain){.capacity = CHAIN_FEW, .pool = pool};
}

static struct slice *at(struct chain *chain, size_t index)
{
	struct slice *ring = chain->slices ? chain->slices : chain->few;

	return &ring[(chain->first + index) & (chain->capacity - 1)];
}

static const struct slice *at_const(const struct chain *chain, size_t index)
{
	const struct slice *ring = chain->slices ? chain->slices : chain->few;

	return &ring[(chain->first + index) & (chain->capacity - 1)];
}

void chain_deinit(struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		slice_unref(*at(chain, i));
	mem_free(chain->slices);
	chunk_unref(chain->small);
	*chain = (struct chain){.capacity = CHAIN_FEW, .pool = chain->pool}; /* which may be gone */
}

static void grow(struct chain *chain)
{
	size_t capacity = chain->capacity * 2;
	struct slice *slices = mem_new(capacity, sizeof *slices);

	for (size_t i = 0; i < chain->count; i++)
		slices[i] = *at(chain, i);
	mem_free(chain->slices);
	chain->slices = slices;
	chain->capacity = capacity;
	chain->first = 0;
}

/* Lengthens the last slice when the new bytes follow it in the same chunk. */
static bool join_last(struct chain *chain, struct slice slice)
{
	struct slice *last = chain->count ? at(chain, chain->count - 1) : NULL;

	if (!last || !last->chunk || last->chunk != slice.chunk ||
		last->bytes.p + last->bytes.n != slice.bytes.p)
		return false;
	last->bytes.n += slice.bytes.n;
	chain->end += slice.bytes.n;
	return true;
}

static void append_shared(struct chain *chain, struct slice slice)
{
	if (join_last(chain, slice))
		return;
	if (chain->count == chain->capacity)
		grow(chain);
	*at(chain, chain->count) = slice_ref(slice);
	chain->count++;
	chain->end += slice.bytes.n;
}

static struct chunk *new_small(struct chain *chain)
{
	return chain->pool ? chunk_ref(chunk_pool_get(chain->pool)) : chunk_new(CHAIN_SMALL_BYTES);
}

void chain_append_copy(struct chain *chain, struct span bytes)
{
	while (bytes.n) {
		struct chunk *small = chain->small;
		struct span part;

		if (!small || small->used == small->capacity) {
			chunk_unref(small);
			small = chain->small = new_small(chain);
		}
		part = span_first(bytes, small->capacity - small->used);
		memcpy(small->bytes + small->used, part.p, part.n);
		append_shared(chain, (struct slice){small, {small->bytes + small->used, part.n}});
		small->used += part.n;
		bytes = span_skip(bytes, part.n);
	}
}

/* True when it would pin much more than it is. */
static bool is_little(struct slice slice)
{
	return slice.chunk && slice.bytes.n <= slice.chunk->capacity / 4;
}

static bool is_in_small(struct slice slice)
{
	return slice.chunk && slice.chunk->capacity == CHAIN_SMALL_BYTES;
}

void chain_append(struct chain *chain, struct slice slice)
{
	if (is_little(slice))
		chain_append_copy(chain, slice.bytes);
	else if (slice.bytes.n)
		append_shared(chain, slice);
}

void chain_append_passing(struct chain *chain, struct slice slice)
{
	if (is_little(slice) && is_in_small(slice))
		chain_append_copy(chain, slice.bytes);
	else if (slice.bytes.n)
		append_shared(chain, slice);
}

/* What is little and in a small chunk is a copy already. */
void chain_compact(struct chain *chain)
{
	struct chain old = *chain;
	struct slice slice;

	chain_init(chain, old.pool);
	chain->begin = chain->end = old.begin;
	chain->small = TAKE(old.small);
	while (chain_take(&old, &slice)) {
		if (is_little(slice) && !is_in_small(slice))
			chain_append_copy(chain, slice.bytes);
		else
			append_shared(chain, slice);
		slice_unref(slice);
	}
	chain_deinit(&old);
}

/* The index of the slice in which the position is, and where that begins; the count at the end.
 * From the nearer side, so that who streams at the end of a long chain does not go through all of
 * it. */
static size_t find(const struct chain *chain, uint64_t position, uint64_t *ret_start)
{
	bool is_late = position - chain->begin > chain->end - position;
	uint64_t start = is_late ? chain->end : chain->begin;
	size_t index = is_late ? chain->count : 0;

	while (start > position)
		start -= at_const(chain, --index)->bytes.n;
	while (index < chain->count && position - start >= at_const(chain, index)->bytes.n)
		start += at_const(chain, index++)->bytes.n;
	*ret_start = start;
	return index;
}

/* The slice from its byte `skip` on, of at most *most bytes, which become less by as many. */
static struct slice cut(const struct chain *chain, size_t index, uint64_t skip, uint64_t *most)
{
	struct slice slice = *at_const(chain, index);

	slice.bytes = span_skip(slice.bytes, (size_t)skip);
	slice.bytes = span_first(slice.bytes, *most < slice.bytes.n ? (size_t)*most : slice.bytes.n);
	assert(slice.bytes.n);
	*most -= slice.bytes.n;
	return slice;
}

size_t chain_peek(
	const struct chain *chain, uint64_t position, uint64_t most, struct iovec *iov, size_t max)
{
	size_t filled = 0;
	uint64_t start;
	size_t index;

	assert(position >= chain->begin && position <= chain->end);
	index = find(chain, position, &start);
	for (; index < chain->count && filled < max && most; index++) {
		struct span s = cut(chain, index, position - start, &most).bytes;

		iov[filled++] = (struct iovec){(void *)(uintptr_t)s.p, s.n};
		position = start; /* of the next one all */
	}
	return filled;
}

size_t chain_slices(const struct chain *chain, uint64_t position, uint64_t most,
	struct slice *ret_slices, size_t max)
{
	size_t filled = 0;
	uint64_t start;
	size_t index;

	assert(position >= chain->begin && position <= chain->end);
	index = find(chain, position, &start);
	for (; index < chain->count && filled < max && most; index++) {
		ret_slices[filled++] = cut(chain, index, position - start, &most);
		position = start; /* of the next one all */
	}
	return filled;
}

void chain_copy(const struct chain *chain, uint64_t position, size_t n, char *ret_bytes)
{
	assert(position >= chain->begin && n <= chain->end - position);
	while (n) {
		struct iovec iov[8];
		size_t filled = chain_peek(chain, position, n, iov, 8);

		for (size_t i = 0; i < filled; i++) {
			memcpy(ret_bytes, iov[i].iov_base, iov[i].iov_len);
			ret_bytes += iov[i].iov_len;
			position += iov[i].iov_len;
			n -= iov[i].iov_len;
		}
	}
}

bool chain_take(struct chain *chain, struct slice *ret_slice)
{
	if (!chain->count)
		return false;
	*ret_slice = *at(chain, 0);
	chain->begin += ret_slice->bytes.n;
	chain->first = (chain->first + 1) & (chain->capacity - 1);
	chain->count--;
	if (!chain->count) { /* while it is empty, others can use what it has begun */
		chunk_unref(chain->small);
		chain->small = NULL;
	}
	return true;
}

void chain_drop(struct chain *chain, uint64_t position)
{
	assert(position <= chain->end);
	while (chain->begin < position) {
		struct slice *first = at(chain, 0);
		uint64_t n = position - chain->begin;
		struct slice gone;

		if (n < first->bytes.n) {
			first->bytes = span_skip(first->bytes, (size_t)n);
			chain->begin = position;
			return;
		}
		if (chain_take(chain, &gone))
			slice_unref(gone);
	}
}
