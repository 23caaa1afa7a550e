#include "wire/prometheus.h"

#include "rig/configs.h"
#include "rig/suite.h"

static struct buf out;

static void set_up(void)
{
	out = (struct buf){0};
}

static void tear_down(void)
{
	buf_deinit(&out);
}

static void expect(const char *text)
{
	ck_assert_msg(span_is(buf_span(&out), text), "%.*s", SPAN_ARG(buf_span(&out)));
}

START_TEST(begin_writes_help_and_type)
{
	prometheus_begin(&out, "a_total", PROMETHEUS_COUNTER, "How many.");
	prometheus_begin(&out, "b", PROMETHEUS_GAUGE, "How much.");
	prometheus_begin(&out, "c_seconds", PROMETHEUS_HISTOGRAM, "How long.");
	expect("# HELP a_total How many.\n# TYPE a_total counter\n"
		   "# HELP b How much.\n# TYPE b gauge\n"
		   "# HELP c_seconds How long.\n# TYPE c_seconds histogram\n");
}
END_TEST

START_TEST(sample_given_labels_writes_those)
{
	prometheus_sample(&out, "none", NULL, 0);
	prometheus_sample(&out, "empty", &(struct prometheus_labels){0}, UINT64_MAX);
	prometheus_sample(&out, "one", &(struct prometheus_labels){{{"a", SPAN_LITERAL("x")}}}, 1);
	prometheus_sample(&out, "all",
		&(struct prometheus_labels){{{"a", SPAN_LITERAL("x")}, {"b", SPAN_EMPTY},
			{"c", SPAN_LITERAL("{} ,=")}, {"d", SPAN_LITERAL("y")}}},
		2);
	expect("none 0\nempty 18446744073709551615\none{a=\"x\"} 1\n"
		   "all{a=\"x\",b=\"\",c=\"{} ,=\",d=\"y\"} 2\n");
}
END_TEST

#define REPLACED "\xef\xbf\xbd"

static const struct value {
	struct span value;
	const char *written;
} values[] = {
	{SPAN_LITERAL("a\"b"), "a\\\"b"},
	{SPAN_LITERAL("a\\b"), "a\\\\b"},
	{SPAN_LITERAL("a\nb"), "a\\nb"},
	{SPAN_LITERAL("\\n"), "\\\\n"},
	{SPAN_LITERAL("\"} 5\nforged 1"), "\\\"} 5\\nforged 1"},
	{SPAN_LITERAL("a\tb\r"), "a\tb\r"},
	{SPAN_LITERAL("\xc3\xa4\xf0\x9f\x90\x95"), "\xc3\xa4\xf0\x9f\x90\x95"},
	{SPAN_LITERAL("a\xff\"\xc3"), "a" REPLACED "\\\"" REPLACED},
	{SPAN_LITERAL("\xed\xa0\x80"), REPLACED REPLACED REPLACED},
};

START_TEST(sample_given_any_bytes_escapes_them)
{
	BUF_AUTO struct buf wanted = {0};

	buf_add_format(&wanted, "n{a=\"%s\"} 1\n", values[_i].written);
	prometheus_sample(&out, "n", &(struct prometheus_labels){{{"a", values[_i].value}}}, 1);
	expect(wanted.bytes);
}
END_TEST

static const struct time {
	uint64_t ns;
	const char *seconds;
} times[] = {
	{0, "0"},
	{1, "0.000000001"},
	{100000, "0.0001"},
	{250000000, "0.25"},
	{1000000000, "1"},
	{1000000001, "1.000000001"},
	{2500000000, "2.5"},
	{300000000000, "300"},
	{123456789012345678, "123456789.012345678"},
	{UINT64_MAX, "18446744073.709551615"},
};

START_TEST(sample_ns_writes_seconds)
{
	BUF_AUTO struct buf wanted = {0};

	buf_add_format(&wanted, "n %s\n", times[_i].seconds);
	prometheus_sample_ns(&out, "n", NULL, times[_i].ns);
	expect(wanted.bytes);
}
END_TEST

static const struct histogram_bounds bounds = {2, {5000000, 1000000000}};

START_TEST(histogram_writes_steps_with_all_below_them)
{
	struct histogram histogram;

	histogram_init(&histogram, &bounds);
	histogram_note(&histogram, 1000000);
	histogram_note(&histogram, 6000000);
	histogram_note(&histogram, 7000000);
	histogram_note(&histogram, 2000000000);
	prometheus_sample_histogram(
		&out, "t_seconds", &(struct prometheus_labels){{{"a", SPAN_LITERAL("x")}}}, &histogram);
	expect("t_seconds_bucket{a=\"x\",le=\"0.005\"} 1\n"
		   "t_seconds_bucket{a=\"x\",le=\"1\"} 3\n"
		   "t_seconds_bucket{a=\"x\",le=\"+Inf\"} 4\n"
		   "t_seconds_sum{a=\"x\"} 2.014\n"
		   "t_seconds_count{a=\"x\"} 4\n");
}
END_TEST

START_TEST(histogram_given_no_labels_writes_only_its_own)
{
	struct histogram histogram;

	histogram_init(&histogram, &bounds);
	prometheus_sample_histogram(&out, "t", NULL, &histogram);
	expect("t_bucket{le=\"0.005\"} 0\nt_bucket{le=\"1\"} 0\nt_bucket{le=\"+Inf\"} 0\n"
		   "t_sum 0\nt_count 0\n");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("prometheus");
	TCase *tcase = suite_case(suite, "prometheus", set_up, tear_down);

	tcase_add_test(tcase, begin_writes_help_and_type);
	tcase_add_test(tcase, sample_given_labels_writes_those);
	tcase_add_loop_test(tcase, sample_given_any_bytes_escapes_them, 0, COUNT_OF(values));
	tcase_add_loop_test(tcase, sample_ns_writes_seconds, 0, COUNT_OF(times));
	tcase_add_test(tcase, histogram_writes_steps_with_all_below_them);
	tcase_add_test(tcase, histogram_given_no_labels_writes_only_its_own);
	return suite;
}
