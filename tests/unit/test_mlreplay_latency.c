#include "mlreplay/latency.h"

#include "base/rng.h"
#include "rig/configs.h"
#include "rig/suite.h"

static struct latency latency;

static void set_up(void)
{
	latency = (struct latency){0};
}

static void tear_down(void) {}

/* Never less than what was noted, and not much more. */
static const int64_t values[] = {0, 1, 127, 128, 129, 255, 256, 257, 1000, 999999, 1000000,
	123456789, INT64_C(3600000000000), INT64_MAX - 1, INT64_MAX};

START_TEST(percentile_given_one_is_that_one)
{
	int64_t ns = values[_i];

	latency_note(&latency, ns);
	ck_assert_int_eq(latency_percentile(&latency, 1), ns);
	ck_assert_int_eq(latency_percentile(&latency, 100), ns);
	latency_note(&latency, INT64_MAX); /* so that the longest does not help */
	ck_assert_int_ge(latency_percentile(&latency, 50), ns);
	ck_assert_int_le(latency_percentile(&latency, 50) - ns, ns / 128);
}
END_TEST

START_TEST(percentile_given_many_is_near_the_true_one)
{
	for (int64_t i = 10000; i > 0; i--)
		latency_note(&latency, i * 1000);
	for (unsigned percent = 1; percent <= 100; percent++) {
		int64_t ns = (int64_t)percent * 100000;

		ck_assert_int_ge(latency_percentile(&latency, percent), ns);
		ck_assert_int_le(latency_percentile(&latency, percent) - ns, ns / 128);
	}
	ck_assert_int_eq(latency_percentile(&latency, 100), 10000000);
}
END_TEST

START_TEST(percentile_given_any_is_monotonic)
{
	struct rng rng;
	int64_t last_ns = 0;

	rng_init(&rng, (uint64_t)_i);
	for (int i = 0; i < 1000; i++)
		latency_note(&latency, (int64_t)(rng_next(&rng) >> (1 + rng_next(&rng) % 63)));
	for (unsigned percent = 1; percent <= 100; percent++) {
		ck_assert_int_ge(latency_percentile(&latency, percent), last_ns);
		last_ns = latency_percentile(&latency, percent);
	}
}
END_TEST

START_TEST(note_given_negative_counts_as_0)
{
	latency_note(&latency, -1);
	latency_note(&latency, INT64_MIN);
	ck_assert_uint_eq(latency.count, 2);
	ck_assert_int_eq(latency_percentile(&latency, 100), 0);
}
END_TEST

START_TEST(report_has_them_all)
{
	struct report_latency report;

	latency_report(&latency, &report);
	ck_assert_uint_eq(report.count, 0);
	ck_assert_int_eq(report.p99_ns, 0);
	for (int64_t i = 1; i <= 100; i++)
		latency_note(&latency, i);
	latency_report(&latency, &report);
	ck_assert_uint_eq(report.count, 100);
	ck_assert_int_eq(report.p50_ns, 50);
	ck_assert_int_eq(report.p90_ns, 90);
	ck_assert_int_eq(report.p95_ns, 95);
	ck_assert_int_eq(report.p99_ns, 99);
	ck_assert_int_eq(report.max_ns, 100);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_latency");
	TCase *tcase = suite_case(suite, "latency", set_up, tear_down);

	tcase_add_loop_test(tcase, percentile_given_one_is_that_one, 0, COUNT_OF(values));
	tcase_add_test(tcase, percentile_given_many_is_near_the_true_one);
	tcase_add_loop_test(tcase, percentile_given_any_is_monotonic, 0, 20);
	tcase_add_test(tcase, note_given_negative_counts_as_0);
	tcase_add_test(tcase, report_has_them_all);
	return suite;
}
