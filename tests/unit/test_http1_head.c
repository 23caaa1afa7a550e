#include "rig/configs.h"
#include "rig/suite.h"
#include "wire/http1.h"

#define ANSWER "HTTP/1.1 200 OK\r\n"

static void read_head(struct http1 *http1, struct span bytes)
{
	static const struct http1_limits limits = {1000, 10};
	struct err err;

	http1_init(http1, HTTP1_RESPONSE, &limits);
	ck_assert_int_eq(http1_feed(http1, &bytes, &err), 1);
}

START_TEST(find_given_several_of_a_name_gives_the_first)
{
	struct http1 http1;
	struct span value = SPAN_EMPTY;

	read_head(&http1, SPAN_LITERAL(ANSWER "X: 0\r\naccept: 1\r\nACCEPT: 2\r\n\r\n"));
	ck_assert(http1_find(&http1.head, HTTP1_ACCEPT, &value));
	ck_assert(span_is(value, "1"));
	ck_assert(!http1_find(&http1.head, HTTP1_HOST, &value));
	http1_deinit(&http1);
}
END_TEST

static const struct {
	const char *line;
	const char *written;
} written_lines[] = {
	{"X: y", "X: y"},
	{"X:y", "X: y"},
	{"X:\ty", "X: y"},
	{"X:  y", "X: y"},
	{"X: y ", "X: y"},
	{"X:y  ", "X: y"},
	{"x-Y: a: b,\tc", "x-Y: a: b,\tc"},
	{"X:", "X: "},
	{"X: ", "X: "},
	{"X:  ", "X: "},
};

START_TEST(write_field_given_any_blanks_writes_one)
{
	BUF_AUTO struct buf bytes = {0};
	BUF_AUTO struct buf wanted = {0};
	BUF_AUTO struct buf written = {0};
	struct http1 http1;

	buf_add_format(&bytes, ANSWER "%s\r\nY: z\r\n\r\n", written_lines[_i].line);
	buf_add_format(&wanted, "%s\r\n", written_lines[_i].written);
	read_head(&http1, buf_span(&bytes));
	http1_write_field(&written, &http1.head.fields[0]);
	ck_assert_msg(
		span_equal(buf_span(&written), buf_span(&wanted)), "%.*s", SPAN_ARG(buf_span(&written)));
	http1_deinit(&http1);
}
END_TEST

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
	TCase *tcase = tcase_create("fields and lines");

	tcase_add_test(tcase, find_given_several_of_a_name_gives_the_first);
	tcase_add_loop_test(tcase, write_field_given_any_blanks_writes_one, 0, COUNT_OF(written_lines));
	tcase_add_loop_test(tcase, lines_have_given_name_finds_its_line, 0, COUNT_OF(lines_cases));
	suite_add_tcase(suite, tcase);
	return suite;
}
