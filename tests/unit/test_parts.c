/* Parts against the bytes they were made of: what is held once, for how long, and that the hash is
 * the right one whichever way it was come by. */
#include "io/parts.h"

#include <pthread.h>

#include "base/mem.h"
#include "rig/suite.h"

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))

enum { PHOTO = 250000, THREADS = 4, ROUNDS = 200 };

static struct parts *parts;

static void set_up(void)
{
	struct err err;

	ck_assert_int_eq(digest_load(&err), 0);
	parts = parts_new();
}

static void tear_down(void)
{
	ck_assert_uint_eq(parts_bytes(parts), 0);
	parts_free(parts);
}

/* Bytes that look like a picture's, and that the seed tells from others. */
static struct chunk *photo(size_t n, unsigned seed)
{
	struct chunk *chunk = chunk_new(n);

	for (size_t i = 0; i < n; i++)
		chunk->bytes[i] = (char)((i * 31 + i / 251) ^ seed);
	chunk->used = n;
	return chunk;
}

/* The chunk's bytes in pieces of `step`, behind `before` others. */
static void fill(struct chain *chain, struct chunk *chunk, size_t step, size_t before)
{
	chain_init(chain, NULL);
	for (size_t i = 0; i < before; i++)
		chain_append_copy(chain, SPAN_LITERAL("-"));
	for (size_t at = 0; at < chunk->used; at += step)
		chain_append(chain, (struct slice){chunk, span_first((struct span){chunk->bytes + at, step},
													  chunk->used - at)});
}

/* Takes a part whose bytes lie in a chunk of their own. */
static struct part *take(struct chunk *chunk, size_t step, size_t before)
{
	struct chain chain;
	struct part *part;

	fill(&chain, chunk, step, before);
	part = parts_take(parts, &chain, before, chunk->used);
	chain_deinit(&chain);
	return part;
}

static struct part *take_photo(size_t n, unsigned seed)
{
	struct chunk *chunk = photo(n, seed);
	struct part *part = take(chunk, n, 0);

	chunk_unref(chunk);
	return part;
}

static void expect_bytes(const struct part *part, struct span bytes)
{
	ck_assert_uint_eq(part->length, bytes.n);
	for (size_t i = 0; i < part->slice_count; i++) {
		ck_assert(span_starts(bytes, part->slices[i].bytes));
		bytes = span_skip(bytes, part->slices[i].bytes.n);
	}
	ck_assert_uint_eq(bytes.n, 0);
}

/* Of a form whose other parts are known there may be many, each with a little one of its own. */
START_TEST(a_little_part_of_a_chunk_leaves_the_chunk)
{
	struct chunk *chunk = photo(CHUNK_BYTES, 1);
	struct chain chain;
	struct part *part;

	fill(&chain, chunk, CHUNK_BYTES, 0);
	part = parts_take(parts, &chain, 100, CHUNK_BYTES / 4);
	chain_deinit(&chain);
	expect_bytes(part, (struct span){chunk->bytes + 100, CHUNK_BYTES / 4});
	ck_assert(chunk_is_mine(chunk));
	parts_give(parts, part);
	chunk_unref(chunk);
}
END_TEST

START_TEST(take_gives_bytes_and_hash)
{
	struct chunk *chunk = chunk_new(3);
	struct part *part;

	memcpy(chunk->bytes, "abc", 3);
	chunk->used = 3;
	part = take(chunk, 1, 2);
	expect_bytes(part, SPAN_LITERAL("abc"));
	ck_assert_str_eq(
		part->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	ck_assert_uint_eq(atomic_load(&chunk->refs), 1); /* which a little part has copied */
	ck_assert_uint_eq(parts_bytes(parts), 3);
	parts_give(parts, part);
	chunk_unref(chunk);
}
END_TEST

static const struct {
	size_t n;
	size_t step;
	size_t before;
} cuts[] = {
	{1, 1, 0},
	{64, 64, 3},
	{4096, 1000, 0},
	{4097, 4097, 1},
	{65536, 4096, 77},
	{PHOTO, 65536, 0},
	{PHOTO, 40000, 200},
	{PHOTO, 17, 1},
};

START_TEST(take_given_the_same_bytes_in_other_pieces_gives_the_same)
{
	struct chunk *chunk = photo(cuts[_i].n, 0);
	struct part *one = take(chunk, chunk->used, 0);
	struct part *two = take(chunk, cuts[_i].step, cuts[_i].before);

	ck_assert_ptr_eq(one, two);
	ck_assert_uint_eq(parts_bytes(parts), cuts[_i].n);
	expect_bytes(one, (struct span){chunk->bytes, chunk->used});
	parts_give(parts, one);
	ck_assert_uint_eq(parts_bytes(parts), cuts[_i].n);
	parts_give(parts, two);
	chunk_unref(chunk);
}
END_TEST

/* Where one byte is another: at every place that a mark is made of, and between those. */
START_TEST(take_given_another_byte_gives_another)
{
	static const size_t places[] = {0, 63, 64, 31250, 31251, 100003, PHOTO - 65, PHOTO - 1};
	struct part *one = take_photo(PHOTO, 0);

	for (int i = 0; i < COUNT_OF(places); i++) {
		struct chunk *chunk = photo(PHOTO, 0);
		struct part *two;

		chunk->bytes[places[i]] ^= 1;
		two = take(chunk, PHOTO, 0);
		ck_assert_ptr_ne(one, two);
		ck_assert_str_ne(one->sha256, two->sha256);
		expect_bytes(two, (struct span){chunk->bytes, PHOTO});
		parts_give(parts, two);
		chunk_unref(chunk);
	}
	parts_give(parts, one);
}
END_TEST

/* All of them have one mark, and the first is none of those that are compared. */
START_TEST(take_given_many_that_are_nearly_the_same_knows_each_by_its_hash)
{
	enum { MANY = 12, AT = 100003 };

	struct part *first[MANY];

	for (unsigned turn = 0; turn < 2; turn++)
		for (unsigned i = 0; i < MANY; i++) {
			struct chunk *chunk = photo(PHOTO, 0);
			struct part *part;

			chunk->bytes[AT] = (char)i;
			part = take(chunk, PHOTO, 0);
			expect_bytes(part, (struct span){chunk->bytes, PHOTO});
			ck_assert(turn == 0 || part == first[i]);
			first[i] = part;
			chunk_unref(chunk);
		}
	ck_assert_uint_eq(parts_bytes(parts), (uint64_t)MANY * PHOTO);
	for (unsigned i = 0; i < 2 * MANY; i++)
		parts_give(parts, first[i % MANY]);
}
END_TEST

START_TEST(take_given_part_of_a_chain_takes_no_more)
{
	struct chunk *chunk = photo(PHOTO, 0);
	struct chain chain;
	struct part *part;

	fill(&chain, chunk, 65536, 0);
	chain_drop(&chain, 100);
	part = parts_take(parts, &chain, 65530, 70000);
	expect_bytes(part, (struct span){chunk->bytes + 65530, 70000});
	chain_deinit(&chain);
	parts_give(parts, part);
	chunk_unref(chunk);
}
END_TEST

/* -- what rests ------------------------------------------------------------------------------ */

START_TEST(give_of_the_last_reference_frees_it)
{
	struct chunk *chunk = photo(PHOTO, 0);
	struct part *part = take(chunk, PHOTO, 0);

	ck_assert_uint_eq(atomic_load(&chunk->refs), 2);
	parts_give(parts, part);
	ck_assert_uint_eq(atomic_load(&chunk->refs), 1);
	chunk_unref(chunk);
}
END_TEST

START_TEST(rest_keeps_the_last_ones_up_to_its_limit)
{
	struct chunk *chunks[3];

	parts_set_rest(parts, UINT64_C(2) * PHOTO);
	for (unsigned i = 0; i < 3; i++) {
		chunks[i] = photo(PHOTO, i);
		parts_give(parts, take(chunks[i], PHOTO, 0));
	}
	ck_assert_uint_eq(parts_bytes(parts), 0);
	ck_assert_uint_eq(atomic_load(&chunks[0]->refs), 1);
	ck_assert_uint_eq(atomic_load(&chunks[1]->refs), 2);
	ck_assert_uint_eq(atomic_load(&chunks[2]->refs), 2);
	parts_set_rest(parts, PHOTO);
	ck_assert_uint_eq(atomic_load(&chunks[1]->refs), 1);
	ck_assert_uint_eq(atomic_load(&chunks[2]->refs), 2);
	parts_set_rest(parts, 0);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(atomic_load(&chunks[i]->refs), 1);
		chunk_unref(chunks[i]);
	}
}
END_TEST

/* Who is wanted again goes behind the others, and is the same. */
START_TEST(take_given_one_that_rests_gives_it)
{
	struct chunk *chunk = photo(PHOTO, 0);
	struct part *part;

	parts_set_rest(parts, UINT64_C(2) * PHOTO);
	parts_give(parts, take(chunk, PHOTO, 0));
	parts_give(parts, take_photo(PHOTO, 1));
	part = take_photo(PHOTO, 0);
	ck_assert_ptr_eq(part->slices[0].chunk, chunk);
	ck_assert_uint_eq(parts_bytes(parts), PHOTO);
	parts_give(parts, take_photo(PHOTO, 2));
	parts_give(parts, part);
	parts_give(parts, take_photo(PHOTO, 3));
	ck_assert_uint_eq(atomic_load(&chunk->refs), 2);
	parts_set_rest(parts, 0);
	chunk_unref(chunk);
}
END_TEST

/* -- several threads ------------------------------------------------------------------------- */

static void *take_and_give(void *ctx)
{
	const unsigned *seed = ctx;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct part *part = take_photo(8192, (*seed + i) % 3);

		parts_give(parts, part);
	}
	return NULL;
}

START_TEST(threads_that_take_the_same_share_it)
{
	pthread_t threads[THREADS];
	unsigned seeds[THREADS];

	parts_set_rest(parts, 8192);
	for (unsigned i = 0; i < THREADS; i++) {
		seeds[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_give, &seeds[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("parts");
	TCase *taking = suite_case(suite, "taking", set_up, tear_down);
	TCase *resting = suite_case(suite, "resting", set_up, tear_down);

	tcase_add_test(taking, a_little_part_of_a_chunk_leaves_the_chunk);
	tcase_add_test(taking, take_gives_bytes_and_hash);
	tcase_add_loop_test(
		taking, take_given_the_same_bytes_in_other_pieces_gives_the_same, 0, COUNT_OF(cuts));
	tcase_add_test(taking, take_given_another_byte_gives_another);
	tcase_add_test(taking, take_given_many_that_are_nearly_the_same_knows_each_by_its_hash);
	tcase_add_test(taking, take_given_part_of_a_chain_takes_no_more);
	tcase_add_test(taking, threads_that_take_the_same_share_it);
	tcase_add_test(resting, give_of_the_last_reference_frees_it);
	tcase_add_test(resting, rest_keeps_the_last_ones_up_to_its_limit);
	tcase_add_test(resting, take_given_one_that_rests_gives_it);
	return suite;
}
