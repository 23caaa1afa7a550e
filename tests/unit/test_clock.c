#include "base/clock.h"

#include "rig/clock_fake.h"
#include "rig/suite.h"

START_TEST(monotonic_never_goes_back)
{
	int64_t last = clock_monotonic.now_ns(&clock_monotonic);

	ck_assert_int_gt(last, 0);
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_monotonic.now_ns(&clock_monotonic);

		ck_assert_int_ge(now, last);
		last = now;
	}
}
END_TEST

START_TEST(fake_stands_still_until_it_is_turned)
{
	struct clock_fake fake;
	int64_t begin;

	clock_fake_init(&fake);
	begin = fake.clock.now_ns(&fake.clock);
	ck_assert_int_gt(begin, 0);
	ck_assert_int_eq(fake.clock.now_ns(&fake.clock), begin);
	fake.now += CLOCK_MS(1500);
	ck_assert_int_eq(fake.clock.now_ns(&fake.clock), begin + 1500000000);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");

	tcase_add_test(tcase, monotonic_never_goes_back);
	tcase_add_test(tcase, fake_stands_still_until_it_is_turned);
	suite_add_tcase(suite, tcase);
	return suite;
}
