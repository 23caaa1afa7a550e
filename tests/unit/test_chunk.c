#include "base/chunk.h"

#include <pthread.h>

#include "base/mem.h"
#include "rig/suite.h"

START_TEST(new_is_the_callers_alone)
{
	struct chunk *chunk = chunk_new(100);

	ck_assert_uint_eq(chunk->capacity, 100);
	ck_assert_uint_eq(chunk->used, 0);
	ck_assert(chunk_is_mine(chunk));
	memset(chunk->bytes, 'x', 100);
	ck_assert_ptr_eq(chunk_ref(chunk), chunk);
	ck_assert(!chunk_is_mine(chunk));
	chunk_unref(chunk);
	ck_assert(chunk_is_mine(chunk));
	chunk_unref(chunk);
	chunk_unref(NULL);
}
END_TEST

START_TEST(slice_given_static_bytes_has_no_references)
{
	struct slice slice = slice_ref((struct slice){NULL, SPAN_LITERAL("abc")});

	ck_assert(span_is(slice.bytes, "abc"));
	slice_unref(slice);
}
END_TEST

START_TEST(slice_ref_holds_the_chunk)
{
	struct chunk *chunk = chunk_new(10);
	struct slice slice = slice_ref((struct slice){chunk, {chunk->bytes, 5}});

	chunk_unref(chunk);
	ck_assert(chunk_is_mine(slice.chunk));
	slice_unref(slice);
}
END_TEST

/* -- pools ----------------------------------------------------------------------------------- */

/* Gets chunks until the pool gives that one again. Returns how many others came before, at most
 * ten. */
static int gets_until(struct chunk_pool *pool, const struct chunk *wanted)
{
	int count = 0;

	while (count < 10 && chunk_pool_get(pool) != wanted)
		count++;
	return count;
}

START_TEST(pool_gives_an_empty_chunk_of_its_capacity)
{
	struct chunk_pool pool;
	struct chunk *chunk;

	chunk_pool_init(&pool, 100, 3);
	chunk = chunk_pool_get(&pool);
	ck_assert_uint_eq(chunk->capacity, 100);
	ck_assert_uint_eq(chunk->used, 0);
	chunk->used = 50;
	ck_assert_uint_eq(chunk_pool_get(&pool)->used, 0);
	chunk_pool_deinit(&pool);
}
END_TEST

START_TEST(pool_given_chunks_that_others_have_gives_none_of_them)
{
	struct chunk *held[8];
	struct chunk_pool pool;

	chunk_pool_init(&pool, 100, 3);
	for (size_t i = 0; i < 8; i++) {
		held[i] = chunk_ref(chunk_pool_get(&pool));
		memset(held[i]->bytes, (int)i, 100);
		for (size_t k = 0; k < i; k++)
			ck_assert_ptr_ne(held[i], held[k]);
	}
	for (size_t i = 0; i < 8; i++) {
		ck_assert_int_eq(held[i]->bytes[99], (char)i);
		ck_assert_int_eq(chunk_is_mine(held[i]), i < (mem_reuses() ? 5 : 7));
	}
	chunk_pool_deinit(&pool);
	for (size_t i = 0; i < 8; i++) {
		ck_assert(chunk_is_mine(held[i]));
		chunk_unref(held[i]);
	}
}
END_TEST

START_TEST(pool_given_one_that_is_let_go_gives_it_again)
{
	struct chunk *held[3];
	struct chunk_pool pool;

	chunk_pool_init(&pool, 100, 3);
	for (size_t i = 0; i < 3; i++)
		held[i] = chunk_ref(chunk_pool_get(&pool));
	for (size_t i = 0; i < 3 && mem_reuses(); i++) {
		chunk_unref(held[i]);
		ck_assert_int_eq(gets_until(&pool, held[i]), 0);
		ck_assert_int_eq(gets_until(&pool, held[i]), 0);
		held[i] = chunk_ref(held[i]);
	}
	chunk_pool_deinit(&pool);
	for (size_t i = 0; i < 3; i++)
		chunk_unref(held[i]);
}
END_TEST

static void *take_and_let_go(void *ctx)
{
	struct chunk *chunk = ctx;

	for (int i = 0; i < 10000; i++)
		chunk_unref(chunk_ref(chunk));
	chunk_unref(chunk);
	return NULL;
}

START_TEST(refs_given_several_threads_count_right)
{
	struct chunk *chunk = chunk_new(10);
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_let_go, chunk_ref(chunk)), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert(chunk_is_mine(chunk));
	chunk_unref(chunk);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("chunk");
	TCase *tcase = tcase_create("chunk");

	tcase_add_test(tcase, new_is_the_callers_alone);
	tcase_add_test(tcase, slice_given_static_bytes_has_no_references);
	tcase_add_test(tcase, slice_ref_holds_the_chunk);
	tcase_add_test(tcase, pool_gives_an_empty_chunk_of_its_capacity);
	tcase_add_test(tcase, pool_given_chunks_that_others_have_gives_none_of_them);
	tcase_add_test(tcase, pool_given_one_that_is_let_go_gives_it_again);
	tcase_add_test(tcase, refs_given_several_threads_count_right);
	suite_add_tcase(suite, tcase);
	return suite;
}
