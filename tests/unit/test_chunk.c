#include "base/chunk.h"

#include <pthread.h>

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
	tcase_add_test(tcase, refs_given_several_threads_count_right);
	suite_add_tcase(suite, tcase);
	return suite;
}
