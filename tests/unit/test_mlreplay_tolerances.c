#include "mlreplay/tolerances.h"

#include "rig/captures.h"
#include "rig/configs.h"
#include "rig/suite.h"

static char path[CAPTURES_PATH];
static struct arena arena;
static struct tolerance tolerance;
static struct err err;

static void set_up(void)
{
	captures_begin(path);
	arena_init(&arena);
}

static void tear_down(void)
{
	arena_deinit(&arena);
	captures_end(path);
}

START_TEST(read_given_profile_takes_it)
{
	ck_assert(!tolerances_read("fp16", &arena, &tolerance, &err));
	ck_assert_double_eq(
		tolerance.distance_fail, tolerance_profile(SPAN_LITERAL("fp16"))->distance_fail);
}
END_TEST

START_TEST(read_given_file_takes_that)
{
	captures_put_file(path, SPAN_LITERAL("{\"distanceFail\":0.25}"));
	ck_assert_msg(!tolerances_read(path, &arena, &tolerance, &err), "%s", err.text);
	ck_assert_double_eq(tolerance.distance_fail, 0.25);
}
END_TEST

START_TEST(read_given_neither_names_both)
{
	ck_assert_int_eq(tolerances_read("fp15", &arena, &tolerance, &err), -1);
	ck_assert_msg(
		strstr(err.text, "--tolerance: found no profile (default, exact, "), "%s", err.text);
	ck_assert_msg(strstr(err.text, "and no file: fp15: No such file"), "%s", err.text);
}
END_TEST

START_TEST(read_given_broken_file_says_where)
{
	captures_put_file(path, SPAN_LITERAL("{\"distanceFail\":\"x\"}"));
	ck_assert_int_eq(tolerances_read(path, &arena, &tolerance, &err), -1);
	ck_assert_msg(strstr(err.text, path) && strstr(err.text, "distanceFail"), "%s", err.text);
}
END_TEST

START_TEST(read_given_too_large_file_refuses)
{
	BUF_AUTO struct buf blanks = {0};

	memset(buf_reserve(&blanks, TOLERANCE_BYTES_MAX + 1), ' ', TOLERANCE_BYTES_MAX + 1);
	blanks.n = TOLERANCE_BYTES_MAX + 1;
	captures_put_file(path, buf_span(&blanks));
	ck_assert_int_eq(tolerances_read(path, &arena, &tolerance, &err), -1);
	ck_assert_msg(strstr(err.text, "more than 1048576 bytes"), "%s", err.text);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_tolerances");
	TCase *tcase = suite_case(suite, "tolerances", set_up, tear_down);

	tcase_add_test(tcase, read_given_profile_takes_it);
	tcase_add_test(tcase, read_given_file_takes_that);
	tcase_add_test(tcase, read_given_neither_names_both);
	tcase_add_test(tcase, read_given_broken_file_says_where);
	tcase_add_test(tcase, read_given_too_large_file_refuses);
	return suite;
}
