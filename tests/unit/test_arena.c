#include "base/arena.h"

#include <stdalign.h>

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

Suite *test_suite(void)
{
	Suite *suite = suite_create("arena");
	TCase *tcase = tcase_create("arena");

	tcase_add_test(tcase, new_is_zeroed_aligned_and_its_own);
	tcase_add_test(tcase, dup_puts_a_nul_behind);
	suite_add_tcase(suite, tcase);
	return suite;
}
