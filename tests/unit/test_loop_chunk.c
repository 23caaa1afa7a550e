#include "io/loop.h"

#include "base/mem.h"
#include "rig/suite.h"

START_TEST(chunk_given_nobody_else_is_used_again)
{
	struct loop *loop = loop_new(&clock_monotonic);
	struct chunk *chunk = loop_chunk(loop);

	chunk->used = CHUNK_BYTES;
	ck_assert_int_eq(loop_chunk(loop) == chunk, mem_reuses());
	ck_assert_uint_eq(loop_chunk(loop)->used, 0);
	loop_free(loop);
	loop_free(NULL);
}
END_TEST

START_TEST(chunk_given_others_that_hold_it_is_filled_up_to_half)
{
	struct loop *loop = loop_new(&clock_monotonic);
	struct chunk *chunk = chunk_ref(loop_chunk(loop));

	chunk->used = CHUNK_BYTES / 2;
	ck_assert_ptr_eq(loop_chunk(loop), chunk);
	ck_assert_uint_eq(chunk->used, CHUNK_BYTES / 2);
	chunk->used++;
	ck_assert_ptr_ne(loop_chunk(loop), chunk);
	ck_assert_uint_eq(loop_chunk(loop)->used, 0);
	chunk->bytes[0] = 'x';
	loop_free(loop);
	ck_assert(chunk_is_mine(chunk));
	chunk_unref(chunk);
}
END_TEST

START_TEST(small_chunks_are_those_of_chains)
{
	struct loop *loop = loop_new(&clock_monotonic);
	struct chain chain;

	chain_init(&chain, loop_small_chunks(loop));
	chain_append_copy(&chain, SPAN_LITERAL("abc"));
	ck_assert_ptr_eq(chain.small, loop_small_chunks(loop)->chunks[0]);
	chain_deinit(&chain);
	loop_free(loop);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("loop chunk");
	TCase *tcase = tcase_create("loop chunk");

	tcase_add_test(tcase, chunk_given_nobody_else_is_used_again);
	tcase_add_test(tcase, chunk_given_others_that_hold_it_is_filled_up_to_half);
	tcase_add_test(tcase, small_chunks_are_those_of_chains);
	suite_add_tcase(suite, tcase);
	return suite;
}
