#include "base/arena.h"

#include <stdalign.h>

#include "base/mem.h"
#include "rig/suite.h"

START_TEST(new_is_zeroed_aligned_and_its_own)
{
	static const size_t sizes[] = {1, 3, 8, 17, 100, 2047, 2048, 2049, 50000, 1};
	unsigned char *got[10];
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < 10; i++) {
		got[i] = arena_new(&arena, sizes[i], 1);
		ck_assert_uint_eq((uintptr_t)got[i] % alignof(max_align_t), 0);
		for (size_t at = 0; at < sizes[i]; at++)
			ck_assert_uint_eq(got[i][at], 0);
		memset(got[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < 10; i++)
		for (size_t at = 0; at < sizes[i]; at++)
			ck_assert_uint_eq(got[i][at], i + 1);
	arena_deinit(&arena);
}
END_TEST

START_TEST(dup_puts_a_nul_behind)
{
	char bytes[] = "abc";
	struct span copy;
	struct arena arena;

	arena_init(&arena);
	copy = arena_dup(&arena, (struct span){bytes, 2});
	bytes[0] = 'x';
	ck_assert_uint_eq(copy.n, 2);
	ck_assert_str_eq(copy.p, "ab");
	copy = arena_dup(&arena, SPAN_EMPTY);
	ck_assert_uint_eq(copy.n, 0);
	ck_assert_str_eq(copy.p, "");
	arena_deinit(&arena);
}
END_TEST

/* -- pools ----------------------------------------------------------------------------------- */

static void *first_of(struct arena_pool *pool, struct arena *arena)
{
	arena_init_pooled(arena, pool);
	return arena_new(arena, 100, 1);
}

START_TEST(pool_gives_the_block_that_came_back_last)
{
	struct arena_pool pool;
	struct arena a;
	struct arena b;
	char *of_a;
	char *of_b;

	arena_pool_init(&pool, 2);
	of_a = first_of(&pool, &a);
	of_b = first_of(&pool, &b);
	memset(of_b, 'x', 100);
	arena_deinit(&a);
	arena_deinit(&b);
	if (mem_reuses()) {
		ck_assert_ptr_eq(first_of(&pool, &a), of_b);
		ck_assert_int_eq(of_b[0] | of_b[99], 0);
		ck_assert_ptr_eq(first_of(&pool, &b), of_a);
		arena_deinit(&a);
		arena_deinit(&b);
	}
	arena_pool_deinit(&pool);
}
END_TEST

START_TEST(pool_keeps_no_more_than_its_most_and_nothing_large)
{
	static const size_t sizes[] = {100, 100000};
	struct arena_pool pool;
	struct arena arenas[5];

	for (size_t i = 0; i < 2; i++) {
		arena_pool_init(&pool, 3);
		for (size_t k = 0; k < 5; k++) {
			arena_init_pooled(&arenas[k], &pool);
			ck_assert_ptr_nonnull(arena_new(&arenas[k], sizes[i], 1));
		}
		for (size_t k = 0; k < 5; k++)
			arena_deinit(&arenas[k]);
		ck_assert_uint_eq(pool.count, mem_reuses() && i == 0 ? 3 : 0);
		arena_pool_deinit(&pool);
	}
}
END_TEST

START_TEST(deinit_given_arena_within_its_own_memory)
{
	struct arena_pool pool;
	struct arena arena;
	struct arena *within;

	arena_pool_init(&pool, 1);
	arena_init_pooled(&arena, &pool);
	within = arena_new(&arena, 1, sizeof *within);
	*within = arena;
	(void)arena_dup(within, SPAN_LITERAL("abc"));
	ck_assert_ptr_nonnull(arena_new(within, 100000, 1));
	arena = *within;
	arena_deinit(&arena);
	arena_pool_deinit(&pool);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("arena");
	TCase *tcase = tcase_create("arena");

	tcase_add_test(tcase, new_is_zeroed_aligned_and_its_own);
	tcase_add_test(tcase, dup_puts_a_nul_behind);
	tcase_add_test(tcase, pool_gives_the_block_that_came_back_last);
	tcase_add_test(tcase, pool_keeps_no_more_than_its_most_and_nothing_large);
	tcase_add_test(tcase, deinit_given_arena_within_its_own_memory);
	suite_add_tcase(suite, tcase);
	return suite;
}
