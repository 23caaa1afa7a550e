#include "domain/recall.h"

#include <math.h>

#include "rig/suite.h"

enum { MANY = 3 * RECALL_PAIRS_MAX };

static struct recall recall;
static struct verdict_recall figures;

static void begin(void)
{
	recall_init(&recall);
}

static void end(void)
{
	recall_deinit(&recall);
}

/* Images and texts lie on a circle, each at a step of its own. */
static void add_at(bool is_text, double before, double after)
{
	double old[] = {5 * cos(before / 100), 5 * sin(before / 100)};
	double new[] = {cos(after / 100), sin(after / 100)};

	recall_add(&recall, is_text, &(struct vector){old, 2}, &(struct vector){new, 2});
}

START_TEST(measure_given_nothing)
{
	recall_measure(&recall, &figures);
	ck_assert_uint_eq(figures.k, 0);
	ck_assert_uint_eq(figures.images, 0);
	ck_assert(isnan(figures.new_to_new) && isnan(figures.text_to_old));
}
END_TEST

static const struct {
	size_t images;
	size_t k;
} sizes[] = {{1, 0}, {2, 0}, {3, 1}, {4, 1}, {5, 2}, {20, 9}, {21, 10}, {22, 10}, {100, 10}};

START_TEST(measure_given_the_same_vectors_finds_the_same)
{
	for (size_t i = 0; i < sizes[_i].images; i++)
		add_at(false, (double)(i * i), (double)(i * i));
	add_at(true, 1, 1);
	recall_measure(&recall, &figures);
	ck_assert_uint_eq(figures.images, sizes[_i].images);
	ck_assert_uint_eq(figures.k, sizes[_i].k);
	ck_assert(sizes[_i].k ? figures.new_to_new >= 1 : isnan(figures.new_to_new));
	ck_assert(sizes[_i].k ? figures.text_to_old >= 1 : isnan(figures.text_to_old));
	ck_assert_uint_eq(figures.texts, sizes[_i].k ? 1 : 0);
}
END_TEST

/* Five images, of which two are nearest: 0 1 2 | 10 11. */
START_TEST(measure_counts_who_is_found_still)
{
	static const double places[] = {0, 1, 2, 10, 11};

	for (size_t i = 0; i < 5; i++)
		add_at(false, places[i], i == 2 ? 12 : places[i]);
	recall_measure(&recall, &figures);
	ck_assert_uint_eq(figures.k, 2);
	/*   image      0      1      2      10     11
	 *   old      1 2    0 2    0 1    11 2   10 2
	 *   new      1 10   0 10   11 10  11 2   10 2
	 *   shared     1      1      0      2      2   of 10 */
	ck_assert_double_eq_tol(figures.new_to_new, 0.6, 1e-9);
	ck_assert(isnan(figures.text_to_old));
}
END_TEST

/* New texts are held against the images' old vectors. */
START_TEST(measure_texts_against_old_images)
{
	static const double places[] = {0, 1, 2, 10, 11};

	for (size_t i = 0; i < 5; i++)
		add_at(false, places[i], 50 - places[i]);
	add_at(true, 0, 0.1);
	add_at(true, 0, 12);
	recall_measure(&recall, &figures);
	ck_assert_uint_eq(figures.texts, 2);
	ck_assert_double_eq_tol(figures.text_to_old, 0.5, 1e-9);
	ck_assert_double_eq_tol(figures.new_to_new, 1, 1e-9);
}
END_TEST

static void add_numbers(bool is_text, size_t before, size_t after, double seed)
{
	double numbers[16];

	for (size_t i = 0; i < 16; i++)
		numbers[i] = cos(seed * (double)(i + 1));
	recall_add(
		&recall, is_text, &(struct vector){numbers, before}, &(struct vector){numbers, after});
}

/* Most images have 8 numbers and now 16, and are found as before; texts of 16 find no old ones. */
START_TEST(measure_takes_those_that_most_are_like)
{
	for (size_t i = 0; i < 3; i++)
		add_numbers(false, 9, 9, (double)i);
	for (size_t i = 0; i < 7; i++)
		add_numbers(false, 8, 16, (double)i);
	add_numbers(true, 8, 16, 1);
	add_numbers(true, 9, 9, 1);
	recall_measure(&recall, &figures);
	ck_assert_uint_eq(figures.images, 7);
	ck_assert_uint_eq(figures.k, 3);
	ck_assert_uint_eq(figures.texts, 0);
	ck_assert(!isnan(figures.new_to_new) && isnan(figures.text_to_old));
}
END_TEST

START_TEST(add_keeps_so_many_and_no_more)
{
	for (size_t i = 0; i < (size_t)MANY; i++)
		add_at(false, (double)i, (double)i);
	ck_assert_uint_eq(recall.images.count, RECALL_PAIRS_MAX);
	ck_assert_uint_eq(recall.images.seen, MANY);
	recall_measure(&recall, &figures);
	ck_assert_uint_eq(figures.images, RECALL_PAIRS_MAX);
	ck_assert_double_eq_tol(figures.new_to_new, 1, 1e-9);
}
END_TEST

/* Each third of them has its share of those kept. */
START_TEST(add_keeps_early_and_late_ones_alike)
{
	size_t early = 0;

	for (size_t i = 0; i < (size_t)MANY; i++)
		add_at(false, i < RECALL_PAIRS_MAX ? 0 : 100, 0);
	for (size_t i = 0; i < RECALL_PAIRS_MAX; i++)
		early += recall.images.pairs[i].before[0] > 0.9f;
	ck_assert_uint_gt(early, RECALL_PAIRS_MAX / 4);
	ck_assert_uint_lt(early, (size_t)RECALL_PAIRS_MAX / 12 * 5);
}
END_TEST

START_TEST(add_leaves_out_what_has_no_length_or_too_many_numbers)
{
	static double zeros[RECALL_NUMBERS_MAX + 1];
	double one[] = {1};

	recall_add(&recall, false, &(struct vector){zeros, 1}, &(struct vector){one, 1});
	recall_add(&recall, false, &(struct vector){one, 1}, &(struct vector){zeros, 1});
	zeros[0] = 1;
	recall_add(
		&recall, false, &(struct vector){zeros, RECALL_NUMBERS_MAX + 1}, &(struct vector){one, 1});
	ck_assert_uint_eq(recall.images.seen, 0);
	recall_add(
		&recall, false, &(struct vector){zeros, RECALL_NUMBERS_MAX}, &(struct vector){one, 1});
	ck_assert_uint_eq(recall.images.count, 1);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("recall");
	TCase *cases = suite_case(suite, "recall", begin, end);

	tcase_add_test(cases, measure_given_nothing);
	tcase_add_loop_test(cases, measure_given_the_same_vectors_finds_the_same, 0, ROWS(sizes));
	tcase_add_test(cases, measure_counts_who_is_found_still);
	tcase_add_test(cases, measure_texts_against_old_images);
	tcase_add_test(cases, measure_takes_those_that_most_are_like);
	tcase_add_test(cases, add_keeps_so_many_and_no_more);
	tcase_add_test(cases, add_keeps_early_and_late_ones_alike);
	tcase_add_test(cases, add_leaves_out_what_has_no_length_or_too_many_numbers);
	return suite;
}
