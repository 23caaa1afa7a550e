#include "rig/suite.h"
#include "wire/http1_head.h"

static const struct lines_case {
	const char *lines;
	const char *name;
	bool has;
} lines_cases[] = {
	{"", "a", false},
	{"a: 1\r\n", "a", true},
	{"A-b: 1\r\n", "a-B", true},
	{"a: 1\r\n", "b", false},
	{"ab: 1\r\n", "a", false},
	{"a: 1\r\n", "ab", false},
	{"a: b\r\n", "b", false},
	{"a: b: c\r\n", "b", false},
	{"a: 1\r\nb: \r\nc:\r\n", "b", true},
	{"a: 1\r\nb: \r\nc:\r\n", "c", true},
};

START_TEST(lines_have_given_name_finds_its_line)
{
	const struct lines_case *the = &lines_cases[_i];

	ck_assert_msg(http1_lines_have(span_of(the->lines), span_of(the->name)) == the->has, "%s in %s",
		the->name, the->lines);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http1_head");
	TCase *tcase = tcase_create("lines");

	tcase_add_loop_test(
		tcase, lines_have_given_name_finds_its_line, 0, sizeof lines_cases / sizeof *lines_cases);
	suite_add_tcase(suite, tcase);
	return suite;
}
