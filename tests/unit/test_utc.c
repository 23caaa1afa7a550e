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

/* Each day of a whole era, as the C library has it. */
START_TEST(write_given_any_day_agrees_with_the_library)
{
	for (time_t at = 0; at < (time_t)146097 * 86400; at += 86400 + 7) {
		char text[UTC_LENGTH];
		char wanted[UTC_LENGTH + 1];
		struct tm utc;

		ck_assert_ptr_nonnull(gmtime_r(&at, &utc));
		ck_assert_uint_eq(
			strftime(wanted, sizeof wanted, "%Y-%m-%dT%H:%M:%S.000Z", &utc), UTC_LENGTH);
		utc_write(at, 0, text);
		ck_assert_msg(span_is((struct span){text, sizeof text}, wanted), "%.24s", text);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("utc");
	TCase *tcase = tcase_create("utc");

	tcase_add_loop_test(
		tcase, write_given_moment_gives_its_text, 0, sizeof moments / sizeof *moments);
	tcase_add_test(tcase, write_given_any_day_agrees_with_the_library);
	suite_add_tcase(suite, tcase);
	return suite;
}
