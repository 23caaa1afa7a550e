#include "base/err.h"

#include <string.h>

#include "rig/suite.h"

START_TEST(set_fills_and_is_minus_one)
{
	struct err err;

	ck_assert_int_eq(err_set(&err, ERR_BUSY, "limit %s of %d", "x", 5), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	ck_assert_str_eq(err.text, "limit x of 5");
}
END_TEST

START_TEST(fill_given_long_text_cuts_it)
{
	struct err err;

	err_fill(&err, ERR_SYNTAX, "%0500d", 7);
	ck_assert_uint_eq(strlen(err.text), ERR_TEXT_MAX - 1);
}
END_TEST

START_TEST(fill_given_control_characters_hides_them)
{
	struct err err;

	err_fill(&err, ERR_SYNTAX, "a%cb%sc", '\n', "\x1b[1m\x7f\t\xc3\xa4");
	ck_assert_str_eq(err.text, "a?b?[1m??\xc3\xa4"
							   "c");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("err");
	TCase *tcase = tcase_create("err");

	tcase_add_test(tcase, set_fills_and_is_minus_one);
	tcase_add_test(tcase, fill_given_long_text_cuts_it);
	tcase_add_test(tcase, fill_given_control_characters_hides_them);
	suite_add_tcase(suite, tcase);
	return suite;
}
