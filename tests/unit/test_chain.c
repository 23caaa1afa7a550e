/* The chain against what it should hold: all that was appended, from begin to end. */
#include "base/chain.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/rng.h"
#include "rig/suite.h"

enum {
	COPY_MAX = CHUNK_BYTES / 4, /* of a chunk of CHUNK_BYTES */
	LARGE = COPY_MAX + 1,
	PIECE_MAX = 2 * COPY_MAX,
	DOUBLE = 2 * LARGE,
	TRIPLE = 3 * LARGE,
};

/* A chunk of n used bytes, each telling its place. */
static struct chunk *filled(size_t n)
{
	struct chunk *chunk = chunk_new(n);

	for (size_t i = 0; i < n; i++)
		chunk->bytes[i] = (char)(i * 7 + i / 256);
	chunk->used = n;
	return chunk;
}

static struct slice slice_of(struct chunk *chunk, size_t at, size_t n)
{
	return (struct slice){chunk, {chunk->bytes + at, n}};
}

static unsigned refs(const struct chunk *chunk)
{
	return atomic_load(&((struct chunk *)(uintptr_t)chunk)->refs);
}

/* Checks that the chain holds these bytes, and nothing else, by peeking `max` pieces at a time. */
static void expect_held(const struct chain *chain, struct span bytes, size_t max)
{
	uint64_t position = chain->begin;
	struct iovec iov[8];
	size_t count;

	ck_assert_uint_eq(chain_length(chain), bytes.n);
	while ((count = chain_peek(chain, position, UINT64_MAX, iov, max))) {
		for (size_t i = 0; i < count; i++) {
			struct span piece = {iov[i].iov_base, iov[i].iov_len};

			ck_assert(piece.n && span_starts(bytes, piece));
			bytes = span_skip(bytes, piece.n);
			position += piece.n;
		}
	}
	ck_assert_uint_eq(bytes.n, 0);
}

START_TEST(append_given_large_slice_shares_it)
{
	struct chunk *chunk = filled(LARGE);
	struct chain chain;

	chain_init(&chain, NULL);
	chain_append(&chain, slice_of(chunk, 0, LARGE));
	ck_assert_uint_eq(refs(chunk), 2);
	ck_assert_ptr_eq(chain.few[0].bytes.p, chunk->bytes);
	expect_held(&chain, (struct span){chunk->bytes, LARGE}, 8);
	chain_drop(&chain, 1);
	ck_assert_uint_eq(refs(chunk), 2);
	chain_drop(&chain, LARGE);
	ck_assert_uint_eq(refs(chunk), 1);
	chain_append(&chain, slice_of(chunk, 0, LARGE));
	chain_deinit(&chain);
	ck_assert_uint_eq(refs(chunk), 1);
	chunk_unref(chunk);
}
END_TEST

START_TEST(append_given_small_slices_copies_them_into_one_chunk)
{
	struct chunk *chunk = filled(CHUNK_BYTES);
	struct chain chain;

	chain_init(&chain, NULL);
	for (size_t i = 0; i < 100; i++)
		chain_append(&chain, slice_of(chunk, i, 10));
	ck_assert_uint_eq(refs(chunk), 1);
	ck_assert_uint_eq(chain.count, 1);
	chain_append(&chain, slice_of(chunk, 0, COPY_MAX));
	ck_assert_uint_eq(refs(chunk), 1);
	ck_assert_uint_eq(chain_length(&chain), 1000 + COPY_MAX);
	chain_deinit(&chain);
	chunk_unref(chunk);
}
END_TEST

START_TEST(append_given_any_slice_pins_at_most_four_times_its_bytes)
{
	static const size_t capacities[] = {CHAIN_SMALL_BYTES, CHUNK_BYTES, (size_t)2 * CHUNK_BYTES};
	struct chain chain;

	for (size_t i = 0; i < 3; i++) {
		struct chunk *chunk = filled(capacities[i]);

		for (size_t n = 1; n <= capacities[i]; n *= 2) {
			chain_init(&chain, NULL);
			chain_append(&chain, slice_of(chunk, 0, n));
			ck_assert_int_eq(refs(chunk) > 1, n > capacities[i] / 4);
			chain_deinit(&chain);
		}
		chunk_unref(chunk);
	}
}
END_TEST

START_TEST(append_passing_given_little_slice_shares_it_until_compacted)
{
	struct chunk *chunk = filled(CHUNK_BYTES);
	struct chain chain;

	chain_init(&chain, NULL);
	chain_append_passing(&chain, slice_of(chunk, 7, COPY_MAX));
	chain_append_passing(&chain, slice_of(chunk, 0, 7)); /* a neighbour, but in front */
	ck_assert_ptr_eq(chain.few[0].bytes.p, chunk->bytes + 7);
	ck_assert_uint_eq(refs(chunk), 3);
	chain_drop(&chain, 5);
	chain_compact(&chain);
	ck_assert_uint_eq(refs(chunk), 1);
	ck_assert_uint_eq(chain.begin, 5);
	ck_assert_uint_eq(chain.end, COPY_MAX + 7);
	chain_drop(&chain, COPY_MAX);
	expect_held(&chain, (struct span){chunk->bytes, 7}, 8);
	chain_deinit(&chain);
	chunk_unref(chunk);
}
END_TEST

START_TEST(append_passing_given_little_slice_of_small_chunk_copies_it)
{
	struct chunk *chunk = filled(CHAIN_SMALL_BYTES);
	struct chain chain;

	chain_init(&chain, NULL);
	chain_append_passing(&chain, slice_of(chunk, 0, CHAIN_SMALL_BYTES / 4));
	ck_assert_uint_eq(refs(chunk), 1);
	chain_append_passing(&chain, slice_of(chunk, 0, CHAIN_SMALL_BYTES / 4 + 1));
	ck_assert_uint_eq(refs(chunk), 2);
	chain_deinit(&chain);
	chunk_unref(chunk);
}
END_TEST

START_TEST(compact_leaves_what_is_large_and_what_was_copied)
{
	struct chunk *chunk = filled(CHUNK_BYTES);
	struct chain chain;
	const char *copied;

	chain_init(&chain, NULL);
	chain_append_copy(&chain, SPAN_LITERAL("abc"));
	copied = chain.few[0].bytes.p;
	chain_append_passing(&chain, slice_of(chunk, 0, LARGE));
	chain_append_passing(&chain, (struct slice){NULL, SPAN_LITERAL("static")});
	chain_compact(&chain);
	chain_compact(&chain);
	ck_assert_uint_eq(chain.count, 3);
	ck_assert_ptr_eq(chain.few[0].bytes.p, copied);
	ck_assert_ptr_eq(chain.few[1].bytes.p, chunk->bytes);
	ck_assert_uint_eq(refs(chunk), 2);
	chain_append_copy(&chain, SPAN_LITERAL("def"));
	ck_assert_ptr_eq(chain.few[3].bytes.p, copied + 3);
	chain_deinit(&chain);
	chunk_unref(chunk);
}
END_TEST

START_TEST(append_given_pool_copies_into_its_chunks)
{
	struct chunk_pool pool;
	struct chain chain;

	chunk_pool_init(&pool, CHAIN_SMALL_BYTES, 2);
	chain_init(&chain, &pool);
	chain_append_copy(&chain, SPAN_LITERAL("abc"));
	ck_assert_ptr_eq(chain.few[0].chunk, pool.chunks[0]);
	chain_deinit(&chain);
	ck_assert(chunk_is_mine(pool.chunks[0]));
	chain_append_copy(&chain, SPAN_LITERAL("def")); /* it may be used again */
	expect_held(&chain, SPAN_LITERAL("def"), 8);
	chunk_pool_deinit(&pool);
	expect_held(&chain, SPAN_LITERAL("def"), 8);
	chain_deinit(&chain);
}
END_TEST

START_TEST(append_given_neighbours_joins_them)
{
	struct chunk *chunk = filled(CHUNK_BYTES);
	struct chain chain;

	chain_init(&chain, NULL);
	chain_append(&chain, slice_of(chunk, 0, LARGE));
	chain_append(&chain, slice_of(chunk, LARGE, LARGE));
	ck_assert_uint_eq(chain.count, 1);
	ck_assert_uint_eq(refs(chunk), 2);
	chain_append(&chain, slice_of(chunk, 0, LARGE)); /* the same chunk, but no neighbour */
	ck_assert_uint_eq(chain.count, 2);
	ck_assert_uint_eq(refs(chunk), 3);
	chain_deinit(&chain);
	chunk_unref(chunk);
}
END_TEST

START_TEST(append_given_static_bytes_needs_no_chunk)
{
	struct chain chain;

	chain_init(&chain, NULL);
	chain_append(&chain, (struct slice){NULL, SPAN_LITERAL("abc")});
	chain_append(&chain, (struct slice){NULL, SPAN_LITERAL("def")});
	expect_held(&chain, SPAN_LITERAL("abcdef"), 8);
	ck_assert_ptr_null(chain.small);
	chain_deinit(&chain);
}
END_TEST

START_TEST(append_given_nothing_ignores_it)
{
	struct chunk *chunk = filled(10);
	struct slice slice;
	struct chain chain;

	chain_init(&chain, NULL);
	chain_append(&chain, (struct slice){0});
	chain_append(&chain, (struct slice){NULL, SPAN_LITERAL("")});
	chain_append(&chain, slice_of(chunk, 0, 0));
	chain_append_copy(&chain, SPAN_EMPTY);
	ck_assert_uint_eq(chain.count, 0);
	ck_assert(!chain_take(&chain, &slice));
	ck_assert_uint_eq(refs(chunk), 1);
	chain_deinit(&chain);
	chunk_unref(chunk);
}
END_TEST

START_TEST(peek_given_position_and_most_points_at_no_more)
{
	struct chain chain;
	struct iovec iov[4];

	chain_init(&chain, NULL);
	chain_append(&chain, (struct slice){NULL, SPAN_LITERAL("abc")});
	chain_append(&chain, (struct slice){NULL, SPAN_LITERAL("defgh")});
	chain_append(&chain, (struct slice){NULL, SPAN_LITERAL("ij")});
	chain_drop(&chain, 1);
	ck_assert_uint_eq(chain_peek(&chain, 2, 4, iov, 4), 2);
	ck_assert(span_is((struct span){iov[0].iov_base, iov[0].iov_len}, "c"));
	ck_assert(span_is((struct span){iov[1].iov_base, iov[1].iov_len}, "def"));
	ck_assert_uint_eq(chain_peek(&chain, 3, 100, iov, 4), 2);
	ck_assert_uint_eq(chain_peek(&chain, 3, 100, iov, 1), 1);
	ck_assert_uint_eq(chain_peek(&chain, 3, 0, iov, 4), 0);
	ck_assert_uint_eq(chain_peek(&chain, 3, 100, iov, 0), 0);
	ck_assert_uint_eq(chain_peek(&chain, 10, 100, iov, 4), 0);
	chain_deinit(&chain);
}
END_TEST

START_TEST(slices_given_position_most_and_max_lists_no_more)
{
	static const struct {
		uint64_t position;
		uint64_t most;
		size_t max;
		size_t listed;
		uint64_t bytes;
		size_t first; /* where in the chunk */
	} cases[] = {
		{1, UINT64_MAX, 8, 3, DOUBLE, 1},
		{1, UINT64_MAX, 2, 2, DOUBLE - 1, 1},
		{1, LARGE, 8, 2, LARGE, 1},
		{1, LARGE - 1, 8, 1, LARGE - 1, 1},
		{1, 1, 8, 1, 1, 1},
		{1, 0, 8, 0, 0, 0},
		{LARGE - 1, 2, 8, 2, 2, LARGE - 1},
		{LARGE, UINT64_MAX, 8, 2, LARGE + 1, DOUBLE},
		{LARGE + 5, UINT64_MAX, 8, 2, LARGE - 4, DOUBLE + 5},
		{DOUBLE + 1, UINT64_MAX, 8, 0, 0, 0},
	};
	struct chunk *chunk = filled(TRIPLE);
	struct chain chain;

	chain_init(&chain, NULL);
	chain_append(&chain, slice_of(chunk, 0, LARGE));
	chain_append(&chain, slice_of(chunk, DOUBLE, LARGE));
	chain_append(&chain, (struct slice){NULL, SPAN_LITERAL("s")});
	chain_drop(&chain, 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct slice slices[8];
		uint64_t bytes = 0;

		ck_assert_uint_eq(
			chain_slices(&chain, cases[i].position, cases[i].most, slices, cases[i].max),
			cases[i].listed);
		for (size_t k = 0; k < cases[i].listed; k++)
			bytes += slices[k].bytes.n;
		ck_assert_uint_eq(bytes, cases[i].bytes);
		ck_assert(!cases[i].listed || slices[0].bytes.p == chunk->bytes + cases[i].first);
	}
	chain_deinit(&chain);
	ck_assert_uint_eq(refs(chunk), 1);
	chunk_unref(chunk);
}
END_TEST

START_TEST(take_hands_the_reference_over)
{
	struct chunk *chunk = filled(LARGE);
	struct slice slice;
	struct chain chain;

	chain_init(&chain, NULL);
	chain_append(&chain, slice_of(chunk, 0, LARGE));
	chain_append(&chain, (struct slice){NULL, SPAN_LITERAL("abc")});
	chain_drop(&chain, 5);
	ck_assert(chain_take(&chain, &slice));
	ck_assert_ptr_eq(slice.bytes.p, chunk->bytes + 5);
	ck_assert_uint_eq(slice.bytes.n, LARGE - 5);
	ck_assert_uint_eq(refs(chunk), 2);
	slice_unref(slice);
	ck_assert_uint_eq(chain.begin, LARGE);
	expect_held(&chain, SPAN_LITERAL("abc"), 8);
	chain_deinit(&chain);
	chunk_unref(chunk);
}
END_TEST

/* -- at random, against an array ------------------------------------------------------------- */

struct model {
	struct chunk_pool pool;
	struct chain chain;
	struct buf all; /* what was appended, from position 0 on */
	struct rng rng;
	struct chunk *chunk;
	size_t next; /* of the chunk's bytes */
};

static size_t below(struct model *model, size_t n)
{
	return (size_t)(rng_next(&model->rng) % n);
}

static struct span held(const struct model *model)
{
	return span_skip(buf_span(&model->all), (size_t)model->chain.begin);
}

/* The next bytes of the chunk, so that some slices are neighbours. */
static void append(struct model *model)
{
	size_t n = below(model, 2) ? below(model, 40) : below(model, PIECE_MAX);
	struct slice slice;

	if (model->next + n > model->chunk->used || !below(model, 5))
		model->next = below(model, model->chunk->used - PIECE_MAX);
	slice = slice_of(model->chunk, model->next, n);
	model->next += n;
	buf_add(&model->all, slice.bytes);
	if (below(model, 2))
		slice.chunk = NULL; /* the chunk lives as long as the chain */
	switch (below(model, 3)) {
	case 0: chain_append(&model->chain, slice); break;
	case 1: chain_append_passing(&model->chain, slice); break;
	default: chain_append_copy(&model->chain, slice.bytes); break;
	}
}

static void look(struct model *model)
{
	size_t at = below(model, held(model).n + 1);
	size_t n = below(model, held(model).n - at + 1);
	MEM_AUTO char *copy = mem_new(n, 1);

	chain_copy(&model->chain, model->chain.begin + at, n, copy);
	ck_assert(span_equal((struct span){copy, n}, span_first(span_skip(held(model), at), n)));
	expect_held(&model->chain, held(model), 1 + below(model, 8));
}

static void shorten(struct model *model)
{
	struct span bytes = held(model);
	struct slice slice;

	if (!below(model, 4)) {
		chain_compact(&model->chain);
	} else if (below(model, 2)) {
		chain_drop(&model->chain, model->chain.begin + below(model, bytes.n + 1));
	} else if (chain_take(&model->chain, &slice)) {
		ck_assert(span_starts(bytes, slice.bytes));
		slice_unref(slice);
	}
}

START_TEST(any_order_of_calls_holds_what_an_array_would)
{
	struct model model = {.chunk = filled(CHUNK_BYTES)};

	chunk_pool_init(&model.pool, CHAIN_SMALL_BYTES, 2);
	chain_init(&model.chain, &model.pool);
	rng_init(&model.rng, (uint64_t)_i);
	for (int i = 0; i < 2000; i++) {
		size_t dice = below(&model, 10);

		if (dice < 5)
			append(&model);
		else if (dice < 8)
			shorten(&model);
		else
			look(&model);
		ck_assert_uint_eq(chain_length(&model.chain), held(&model).n);
	}
	chain_drop(&model.chain, model.chain.end);
	ck_assert_uint_eq(model.chain.count, 0);
	ck_assert_uint_eq(refs(model.chunk), 1);
	chain_deinit(&model.chain);
	chunk_pool_deinit(&model.pool);
	buf_deinit(&model.all);
	chunk_unref(model.chunk);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("chain");
	TCase *tcase = tcase_create("chain");

	tcase_add_test(tcase, append_given_large_slice_shares_it);
	tcase_add_test(tcase, append_given_small_slices_copies_them_into_one_chunk);
	tcase_add_test(tcase, append_given_any_slice_pins_at_most_four_times_its_bytes);
	tcase_add_test(tcase, append_passing_given_little_slice_shares_it_until_compacted);
	tcase_add_test(tcase, append_passing_given_little_slice_of_small_chunk_copies_it);
	tcase_add_test(tcase, compact_leaves_what_is_large_and_what_was_copied);
	tcase_add_test(tcase, append_given_pool_copies_into_its_chunks);
	tcase_add_test(tcase, append_given_neighbours_joins_them);
	tcase_add_test(tcase, append_given_static_bytes_needs_no_chunk);
	tcase_add_test(tcase, append_given_nothing_ignores_it);
	tcase_add_test(tcase, peek_given_position_and_most_points_at_no_more);
	tcase_add_test(tcase, slices_given_position_most_and_max_lists_no_more);
	tcase_add_test(tcase, take_hands_the_reference_over);
	tcase_add_loop_test(tcase, any_order_of_calls_holds_what_an_array_would, 0, 10);
	suite_add_tcase(suite, tcase);
	return suite;
}
