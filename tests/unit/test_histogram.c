#include "base/histogram.h"

#include "rig/configs.h"
#include "rig/suite.h"

static const struct histogram_bounds bounds = {3, {10, 20, 50}};

static const struct row {
	int64_t ns;
	size_t step;
	uint64_t sum;
} rows[] = {
	{0, 0, 0},
	{9, 0, 9},
	{10, 0, 10},
	{11, 1, 11},
	{20, 1, 20},
	{21, 2, 21},
	{50, 2, 50},
	{51, 3, 51},
	{INT64_MAX, 3, INT64_MAX},
	{-1, 0, 0},
	{INT64_MIN, 0, 0},
};

START_TEST(note_counts_in_the_step_that_the_bound_ends)
{
	const struct row *row = &rows[_i];
	struct histogram histogram;

	histogram_init(&histogram, &bounds);
	histogram_note(&histogram, row->ns);
	for (size_t i = 0; i <= bounds.count; i++)
		ck_assert_uint_eq(histogram.counts[i], i == row->step);
	ck_assert_uint_eq(histogram.sum_ns, row->sum);
	ck_assert_uint_eq(histogram_count(&histogram), 1);
}
END_TEST

START_TEST(add_gives_what_one_would_have_counted)
{
	struct histogram parts[2];
	struct histogram whole;

	histogram_init(&parts[0], &bounds);
	histogram_init(&parts[1], &bounds);
	histogram_init(&whole, &bounds);
	for (int i = 0; i < COUNT_OF(rows); i++) {
		histogram_note(&parts[i % 2], rows[i].ns);
		histogram_note(&whole, rows[i].ns);
	}
	histogram_add(&parts[0], &parts[1]);
	ck_assert_mem_eq(parts[0].counts, whole.counts, sizeof whole.counts);
	ck_assert_uint_eq(parts[0].sum_ns, whole.sum_ns);
	ck_assert_uint_eq(histogram_count(&parts[0]), COUNT_OF(rows));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tcase = tcase_create("histogram");

	tcase_add_loop_test(tcase, note_counts_in_the_step_that_the_bound_ends, 0, COUNT_OF(rows));
	tcase_add_test(tcase, add_gives_what_one_would_have_counted);
	suite_add_tcase(suite, tcase);
	return suite;
}
