#include "domain/names.h"

#include <stdio.h>

#include "rig/suite.h"

static struct names names;

static void set_up(void)
{
	names_init(&names);
}

static void tear_down(void)
{
	names_deinit(&names);
}

START_TEST(number_given_a_name_again_is_the_same)
{
	char text[] = "b1";
	unsigned first = names_number(&names, span_of(text));

	ck_assert_uint_ne(names_number(&names, SPAN_LITERAL("b2")), first);
	text[1] = '2';
	ck_assert_uint_eq(names_number(&names, SPAN_LITERAL("b1")), first);
	ck_assert(span_is(names.list[first], "b1"));
}
END_TEST

/* So that no two series have the same labels. */
START_TEST(number_given_our_own_words_is_theirs)
{
	ck_assert_uint_eq(names_number(&names, SPAN_LITERAL("none")), NAMES_NONE);
	ck_assert_uint_eq(names_number(&names, SPAN_LITERAL("other")), NAMES_OTHER);
	ck_assert(span_is(names.list[NAMES_NONE], "none"));
	ck_assert(span_is(names.list[NAMES_OTHER], "other"));
}
END_TEST

START_TEST(number_given_too_many_names_is_that_of_others)
{
	char text[16];

	for (int i = 0; i < NAMES_MAX - 2; i++) {
		(void)snprintf(text, sizeof text, "b%d", i);
		ck_assert_uint_eq(names_number(&names, span_of(text)), i + 2);
	}
	ck_assert_uint_eq(names_number(&names, SPAN_LITERAL("one more")), NAMES_OTHER);
	ck_assert_uint_eq(names_number(&names, SPAN_LITERAL("b0")), 2);
}
END_TEST

START_TEST(number_given_too_long_names_is_that_of_others)
{
	static char text[NAMES_BYTES_MAX];

	ck_assert_uint_eq(names_number(&names, (struct span){text, sizeof text}), NAMES_OTHER);
	ck_assert_uint_eq(names_number(&names, SPAN_LITERAL("short")), 2);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase = suite_case(suite, "names", set_up, tear_down);

	tcase_add_test(tcase, number_given_a_name_again_is_the_same);
	tcase_add_test(tcase, number_given_our_own_words_is_theirs);
	tcase_add_test(tcase, number_given_too_many_names_is_that_of_others);
	tcase_add_test(tcase, number_given_too_long_names_is_that_of_others);
	return suite;
}
