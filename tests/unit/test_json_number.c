#include "wire/json_number.h"

#include <math.h>
#include <stdlib.h>

#include "rig/suite.h"

static const struct {
	const char *a;
	const char *b;
	bool is_equal;
} pairs[] = {
	{"1", "1", true},
	{"1", "2", false},
	{"1.0", "1", true},
	{"1.00", "1.0", true},
	{"10e-1", "1", true},
	{"0.1E+1", "1.000", true},
	{"100", "1e2", true},
	{"100", "1e3", false},
	{"0.00120e5", "120", true},
	{"12", "1.2", false},
	{"12", "123", false},
	{"1.05", "1.5", false},
	{"10.5", "105e-1", true},
	{"-1", "1", false},
	{"-1.5", "-15e-1", true},
	{"0", "-0", true},
	{"0", "0.000e99", true},
	{"0", "1e-400", false},
	{"0e99999999999999999999", "0", true},
	{"9007199254740993", "9007199254740992", false},
	{"9007199254740993", "9007199254740993.0", true},
	{"0.1", "0.10000000000000000001", false},
	{"1e0000000000000000000002", "100", true},
	{"1e99999999999999999", "10e99999999999999998", true},
	{"1e-99999999999999999", "1e99999999999999999", false},
	{"1e999999999999999999", "1e999999999999999999", true},
	{"1e999999999999999999", "1e999999999999999998", false},
};

START_TEST(equal_when_they_say_the_same)
{
	struct span a = span_of(pairs[_i].a);
	struct span b = span_of(pairs[_i].b);

	ck_assert_msg(json_number_equal(a, b) == pairs[_i].is_equal, "%s %s", pairs[_i].a, pairs[_i].b);
	ck_assert(json_number_equal(b, a) == pairs[_i].is_equal);
}
END_TEST

/* As strtod() reads them. */
static const char *const values[] = {"0", "1", "-1", "0.1", "-0.025943918", "1.8687530e0", "3e-10",
	"123456789012345678", "1e22", "1e23", "9007199254740992", "9007199254740993", "5e-324",
	"1e-400", "1.7976931348623157e308", "2.2250738585072014e-308", "1e300",
	"0.000000000000000000000001e25", "12345678901234567890e-20", "1e-999", "100000000000000000000"};

START_TEST(value_is_the_nearest_double)
{
	ck_assert_double_eq(json_number_value(span_of(values[_i])), strtod(values[_i], NULL));
}
END_TEST

START_TEST(value_given_what_no_double_holds)
{
	ck_assert_double_eq(json_number_value(SPAN_LITERAL("1e309")), HUGE_VAL);
	ck_assert_double_eq(json_number_value(SPAN_LITERAL("-1e309")), -HUGE_VAL);
	ck_assert_double_eq(json_number_value(SPAN_LITERAL("1e9999999999999999999")), HUGE_VAL);
	ck_assert_double_eq(json_number_value(SPAN_LITERAL("1e-9999999999999999999")), 0);
	ck_assert_double_eq(json_number_value(SPAN_LITERAL("0e9999999999999999999")), 0);
	ck_assert_double_eq(json_number_value(SPAN_LITERAL("1e99999999999999999")), HUGE_VAL);
	ck_assert(signbit(json_number_value(SPAN_LITERAL("-0"))));
}
END_TEST

/* Spans need not end where something else begins. */
START_TEST(value_reads_the_span_alone)
{
	ck_assert_double_eq(json_number_value((struct span){"1234", 2}), 12);
	ck_assert_double_eq(json_number_value((struct span){"1e22", 3}), 100);
	ck_assert(json_number_equal((struct span){"1.509", 3}, (struct span){"1.50", 4}));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_number");
	TCase *number = tcase_create("number");

	tcase_add_loop_test(number, equal_when_they_say_the_same, 0, ROWS(pairs));
	tcase_add_loop_test(number, value_is_the_nearest_double, 0, ROWS(values));
	tcase_add_test(number, value_given_what_no_double_holds);
	tcase_add_test(number, value_reads_the_span_alone);
	suite_add_tcase(suite, number);
	return suite;
}
