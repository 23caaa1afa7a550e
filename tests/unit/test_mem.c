#include "base/mem.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig/suite.h"

START_TEST(new_is_zeroed_and_never_null)
{
	MEM_AUTO char *bytes = mem_new(100, 3);
	MEM_AUTO char *none = mem_new(0, 8);
	static const char zeros[300];

	ck_assert_int_eq(memcmp(bytes, zeros, sizeof zeros), 0);
	ck_assert_ptr_nonnull(none);
}
END_TEST

/* On either side of what comes from the thread's cache, whose blocks have been written to. */
START_TEST(new_given_a_block_that_was_used_is_zeroed)
{
	static const size_t sizes[] = {1, 8, 1000, 1032, 1033, 5000};
	static const char zeros[5000];

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		for (int again = 0; again < 3; again++) {
			MEM_AUTO char *bytes = mem_new(sizes[i], 1);

			ck_assert_int_eq(memcmp(bytes, zeros, sizes[i]), 0);
			memset(bytes, 'x', sizes[i]);
		}
	}
}
END_TEST

START_TEST(resize_keeps_the_bytes)
{
	MEM_AUTO char *bytes = mem_resize(NULL, 4, 1);

	memcpy(bytes, "abc", 4);
	bytes = mem_resize(bytes, 100000, 2);
	ck_assert_str_eq(bytes, "abc");
	bytes = mem_resize(bytes, 0, 1);
	ck_assert_ptr_nonnull(bytes);
}
END_TEST

START_TEST(take_leaves_null_behind)
{
	char *bytes = mem_new(1, 1);
	char *was = bytes;
	MEM_AUTO char *taken = TAKE(bytes);

	ck_assert_ptr_null(bytes);
	ck_assert_ptr_eq(taken, was);
	mem_free(NULL);
}
END_TEST

/* Runs in a process of its own, without our descriptors: what it says is not for the test's output.
 */
static void expect_abort(void (*run)(size_t n))
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (!child) {
		(void)close_range(STDOUT_FILENO, UINT_MAX, 0);
		run(SIZE_MAX / 2 + 1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}

static void new_doubled(size_t n)
{
	mem_free(mem_new(n, 2));
}

static void resize_doubled(size_t n)
{
	mem_free(mem_resize(NULL, n, 2));
}

START_TEST(new_and_resize_given_product_that_overflows_abort)
{
	expect_abort(new_doubled);
	expect_abort(resize_doubled);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mem");
	TCase *tcase = tcase_create("mem");

	tcase_add_test(tcase, new_is_zeroed_and_never_null);
	tcase_add_test(tcase, new_given_a_block_that_was_used_is_zeroed);
	tcase_add_test(tcase, resize_keeps_the_bytes);
	tcase_add_test(tcase, take_leaves_null_behind);
	tcase_add_test(tcase, new_and_resize_given_product_that_overflows_abort);
	suite_add_tcase(suite, tcase);
	return suite;
}
