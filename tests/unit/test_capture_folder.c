/* How a capture's folder comes to be there. What lies in it the writer's and the reader's tests
 * say. */
#include "io/capture_folder.h"

#include <stdio.h>
#include <sys/stat.h>

#include "rig/captures.h"
#include "rig/suite.h"

static char path[CAPTURES_PATH];

static void begin(void)
{
	captures_begin(path);
}

static void end(void)
{
	captures_end(path);
}

static unsigned mode_of(const char *name)
{
	struct stat status;

	ck_assert_msg(stat(captures_in(path, name), &status) == 0, "%s", name);
	ck_assert(S_ISDIR(status.st_mode));
	return status.st_mode & 0777;
}

START_TEST(make_given_folders_that_are_not_there_makes_them_all)
{
	struct err err;
	char deep[CAPTURES_PATH + 16];

	(void)snprintf(deep, sizeof deep, "%s//a/b/", path);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(capture_folder_make(deep, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(mode_of("a"), 0700);
	ck_assert_uint_eq(mode_of("a/b"), 0700);
}
END_TEST

START_TEST(make_given_a_folder_of_somebody_leaves_it_as_it_is)
{
	struct err err;

	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chmod(path, 0755), 0);
	ck_assert_int_eq(capture_folder_make(captures_in(path, "a"), &err), 0);
	ck_assert_uint_eq(mode_of(""), 0755);
}
END_TEST

START_TEST(make_given_what_is_no_folder_on_the_way_says_why)
{
	struct err err;

	ck_assert_int_eq(mkdir(path, 0700), 0);
	captures_put_file(captures_in(path, "a"), SPAN_EMPTY);
	ck_assert_int_eq(capture_folder_make(captures_in(path, "a/b/c"), &err), -1);
	ck_assert_msg(strstr(err.text, "/a/b/c: cannot be made: Not a directory"), "%s", err.text);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_folder");
	TCase *tcase = suite_case(suite, "folder", begin, end);

	tcase_add_test(tcase, make_given_folders_that_are_not_there_makes_them_all);
	tcase_add_test(tcase, make_given_a_folder_of_somebody_leaves_it_as_it_is);
	tcase_add_test(tcase, make_given_what_is_no_folder_on_the_way_says_why);
	return suite;
}
