#include "base/utc.h"

#include <time.h>

#include "base/span.h"
#include "rig/suite.h"

static const struct {
	int64_t seconds;
	unsigned ms;
	const char *text;
} moments[] = {
	{0, 0, "1970-01-01T00:00:00.000Z"},
	{-1, 999, "1969-12-31T23:59:59.999Z"},
	{951782399, 1, "2000-02-28T23:59:59.001Z"},
	{951782400, 10, "2000-02-29T00:00:00.010Z"},
	{951868800, 0, "2000-03-01T00:00:00.000Z"},
	{1795248336, 544, "2026-11-21T08:05:36.544Z"},
	{4107542399, 0, "2100-02-28T23:59:59.000Z"},
	{4107542400, 0, "2100-03-01T00:00:00.000Z"},
	{253402300799, 999, "9999-12-31T23:59:59.999Z"},
	{-62135596800, 0, "0001-01-01T00:00:00.000Z"},
};

START_TEST(write_given_moment_gives_its_text)
{
	char text[UTC_LENGTH];

	utc_write(moments[_i].seconds, moments[_i].ms, text);
	ck_assert_msg(span_is((struct span){text, sizeof text}, moments[_i].text), "%.24s", text);
}
END_TEST

START_TEST(read_takes_back_what_write_gives)
{
	int64_t us = 0;

	ck_assert(utc_read(span_of(moments[_i].text), &us));
	ck_assert_int_eq(us, moments[_i].seconds * 1000000 + (int64_t)moments[_i].ms * 1000);
}
END_TEST

static const struct {
	const char *text;
	int64_t us; /* -1: none */
} readings[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"1970-01-01t00:00:01z", 1000000},
	{"1970-01-01T00:00:00.5Z", 500000},
	{"1970-01-01T00:00:00.000001Z", 1},
	{"1970-01-01T00:00:00.0000019Z", 1},
	{"1970-01-01T00:00:00.12345678901234567890Z", 123456},
	{"1970-01-01T02:00:00+02:00", 0},
	{"1969-12-31T18:30:00-05:30", 0},
	{"1970-01-01T00:00:60Z", 60000000},
	{"2026-11-21T04:02:20.610020+00:00", 1795233740610020},
	{"2026-11-21T04:02:45.596Z", 1795233765596000},
	{"", -1},
	{"0", -1},
	{"1795233765596", -1},
	{"1970-01-01", -1},
	{"1970-01-01T00:00:00", -1},
	{"1970-01-01T00:00Z", -1},
	{"1970-01-01 00:00:00Z", -1},
	{"1970-01-01T00:00:00.Z", -1},
	{"1970-01-01T00:00:00ZZ", -1},
	{"1970-01-01T00:00:00+0200", -1},
	{"1970-01-01T00:00:00+24:00", -1},
	{"1970-01-01T00:00:00+00:60", -1},
	{"1970-01-01T24:00:00Z", -1},
	{"1970-01-01T00:60:00Z", -1},
	{"1970-01-01T00:00:61Z", -1},
	{"1970-00-01T00:00:00Z", -1},
	{"1970-13-01T00:00:00Z", -1},
	{"1970-01-00T00:00:00Z", -1},
	{"1970-04-31T00:00:00Z", -1},
	{"2023-02-29T00:00:00Z", -1},
	{"2100-02-29T00:00:00Z", -1},
	{"+970-01-01T00:00:00Z", -1},
	{"1970/01/01T00:00:00Z", -1},
	{"0000-12-31T23:59:59Z", -1},
	{"0001-01-01T00:00:00+00:01", -1},
	{"9999-12-31T23:59:59-00:01", -1},
};

START_TEST(read_given_text_gives_its_moment_or_none)
{
	int64_t us = -1;

	ck_assert_int_eq(utc_read(span_of(readings[_i].text), &us), readings[_i].us >= 0);
	ck_assert_int_eq(us, readings[_i].us);
}
END_TEST

/* Each day of a whole era, as the C library has it. */
START_TEST(any_day_agrees_with_the_library)
{
	for (time_t at = 0; at < (time_t)146097 * 86400; at += 86400 + 7) {
		char text[UTC_LENGTH];
		char wanted[UTC_LENGTH + 1];
		struct tm utc;
		int64_t us;

		ck_assert_ptr_nonnull(gmtime_r(&at, &utc));
		ck_assert_uint_eq(
			strftime(wanted, sizeof wanted, "%Y-%m-%dT%H:%M:%S.000Z", &utc), UTC_LENGTH);
		utc_write(at, 0, text);
		ck_assert_msg(span_is((struct span){text, sizeof text}, wanted), "%.24s", text);
		ck_assert(utc_read((struct span){text, sizeof text}, &us));
		ck_assert_int_eq(us, (int64_t)at * 1000000);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("utc");
	TCase *tcase = tcase_create("utc");

	tcase_add_loop_test(
		tcase, write_given_moment_gives_its_text, 0, sizeof moments / sizeof *moments);
	tcase_add_loop_test(
		tcase, read_takes_back_what_write_gives, 0, sizeof moments / sizeof *moments);
	tcase_add_loop_test(
		tcase, read_given_text_gives_its_moment_or_none, 0, sizeof readings / sizeof *readings);
	tcase_add_test(tcase, any_day_agrees_with_the_library);
	suite_add_tcase(suite, tcase);
	return suite;
}
