#include "mlreplay/chart.h"
#include "rig/suite.h"

static struct chart chart;
static struct buf out;

static void begin(void)
{
	chart = (struct chart){0};
}

static void end(void)
{
	buf_deinit(&out);
}

static size_t count(const char *what)
{
	size_t found = 0;

	buf_add(&out, (struct span){"", 1});
	for (const char *at = out.bytes; (at = strstr(at, what)); at++)
		found++;
	return found;
}

static void note(int64_t at_ns, int64_t latency_ns, bool is_bad)
{
	chart_note(&chart, &(struct chart_point){at_ns, latency_ns, is_bad});
}

START_TEST(chart_given_nothing_draws_nothing)
{
	chart_add_histogram(&chart, &out);
	chart_add_timeline(&chart, &out);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(histogram_given_latencies_has_a_bar_for_each_step_between)
{
	note(0, 1000000, false);
	note(1, 1000000, false);
	note(2, 2000000, false);
	chart_add_histogram(&chart, &out);
	ck_assert_uint_eq(count("<rect "), 5);
	ck_assert_uint_eq(count("<title>2 up to 1.13 ms</title>"), 1);
	ck_assert_uint_eq(count("height=\"160.0\""), 1);
	ck_assert_uint_eq(count("height=\"80.0\""), 1);
}
END_TEST

START_TEST(chart_given_any_latency_stays_within_itself)
{
	static const int64_t odd[] = {0, -1, INT64_MIN, INT64_MAX};

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		note(odd[i], odd[i], true);
	chart_add_histogram(&chart, &out);
	chart_add_timeline(&chart, &out);
	ck_assert_uint_eq(count("nan"), 0);
	ck_assert_uint_eq(count("inf"), 0);
	ck_assert_uint_eq(count("class=\"bad\""), 4);
}
END_TEST

START_TEST(timeline_given_one_point_has_it_in_the_middle)
{
	note(5, 1000000, false);
	chart_add_timeline(&chart, &out);
	ck_assert_uint_eq(count("cx=\"360.0\" cy=\"80.0\""), 1);
}
END_TEST

/* Points that are left out are so evenly over the run. */
START_TEST(timeline_given_many_points_keeps_some_of_all_times)
{
	enum { MANY = 100000, STRIDE = 64 };

	for (int64_t i = 0; i < MANY; i++)
		note(i, 1000000 + i, false);
	ck_assert_uint_eq(chart.stride, STRIDE);
	ck_assert_uint_le(chart.count, CHART_POINTS);
	ck_assert_uint_eq(chart.count, (MANY + STRIDE - 1) / STRIDE);
	for (size_t i = 0; i < chart.count; i++)
		ck_assert_int_eq(chart.points[i].at_ns, (int64_t)i * STRIDE);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay chart");
	TCase *tests = tcase_create("chart");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, chart_given_nothing_draws_nothing);
	tcase_add_test(tests, histogram_given_latencies_has_a_bar_for_each_step_between);
	tcase_add_test(tests, chart_given_any_latency_stays_within_itself);
	tcase_add_test(tests, timeline_given_one_point_has_it_in_the_middle);
	tcase_add_test(tests, timeline_given_many_points_keeps_some_of_all_times);
	suite_add_tcase(suite, tests);
	return suite;
}
