#include "domain/assign.h"

#include <math.h>

#include "base/mem.h"
#include "base/rng.h"
#include "rig/configs.h"
#include "rig/suite.h"

enum { SIDE = 4 };

static const struct {
	const char *what;
	size_t rows;
	size_t columns;
	double weights[SIDE * SIDE];
	int wanted[SIDE];
} rows[] = {
	{"nothing", 0, 0, {0}, {0}},
	{"no column", 2, 0, {0}, {-1, -1}},
	{"one pair", 1, 1, {0.5}, {0}},
	{"no pair", 1, 1, {0}, {-1}},
	{"less than nothing is no pair", 1, 1, {-1}, {-1}},
	{"another order", 3, 3, {0, 0, 1, 1, 0, 0, 0, 1, 0}, {2, 0, 1}},
	{"the best of one is the only one of another", 2, 2, {0.9, 0.8, 0.9, 0}, {1, 0}},
	{"one pair outweighs two", 2, 2, {1, 0.4, 0.4, 0}, {0, -1}},
	{"more rows than columns", 3, 2, {0.6, 0, 0.7, 0.6, 0, 0.9}, {-1, 0, 1}},
	{"more columns than rows", 2, 3, {0.6, 0.7, 0, 0, 0.6, 0.9}, {1, 2}},
	{"two that hang together, and one alone", 3, 3, {0.5, 0.6, 0, 0.6, 0.5, 0, 0, 0, 0.1},
		{1, 0, 2}},
	{"a chain", 4, 4, {0.5, 0.6, 0, 0, 0, 0.5, 0.6, 0, 0, 0, 0.5, 0.6, 0, 0, 0, 0.5}, {0, 1, 2, 3}},
};

START_TEST(best_pairs_what_weighs_most_together)
{
	struct assign_weights weights = {rows[_i].rows, rows[_i].columns, rows[_i].weights};
	int columns[SIDE];

	assign_best(&weights, columns);
	for (size_t i = 0; i < rows[_i].rows; i++)
		ck_assert_msg(columns[i] == rows[_i].wanted[i], "%s: row %zu has %d, not %d", rows[_i].what,
			i, columns[i], rows[_i].wanted[i]);
}
END_TEST

enum { ANY = 6, SETS = 64 }; /* SETS: 2 to the power of ANY */

/* By trying all: of each set of columns the most that the rows so far can have of it. */
static double most(const struct assign_weights *weights)
{
	double best[SETS] = {0};

	for (size_t i = 0; i < weights->rows; i++) {
		for (unsigned set = SETS; set-- > 0;) {
			for (size_t j = 0; j < weights->columns; j++) {
				double weight = weights->all[i * weights->columns + j];

				if (set >> j & 1 && weight > 0)
					best[set] = fmax(best[set], best[set & ~(1U << j)] + weight);
			}
		}
	}
	return best[SETS - 1];
}

static double sum_of(const struct assign_weights *weights, const int *columns)
{
	unsigned taken = 0;
	double sum = 0;

	for (size_t i = 0; i < weights->rows; i++) {
		if (columns[i] == ASSIGN_NONE)
			continue;
		ck_assert_int_ge(columns[i], 0);
		ck_assert_int_lt(columns[i], (int)weights->columns);
		ck_assert(!(taken >> columns[i] & 1));
		ck_assert_double_gt(weights->all[i * weights->columns + (size_t)columns[i]], 0);
		taken |= 1U << columns[i];
		sum += weights->all[i * weights->columns + (size_t)columns[i]];
	}
	return sum;
}

/* In sixteenths, so that sums are exact whatever their order. */
START_TEST(best_given_any_weights_is_as_much_as_any_other_way)
{
	double all[ANY * ANY];
	int columns[ANY];
	struct rng rng;

	rng_init(&rng, 7);
	for (int round = 0; round < 3000; round++) {
		struct assign_weights weights = {
			rng_next(&rng) % (ANY + 1), rng_next(&rng) % (ANY + 1), all};
		uint64_t many = 1 + rng_next(&rng) % 32;

		for (size_t i = 0; i < weights.rows * weights.columns; i++)
			all[i] = rng_next(&rng) % 32 < many ? (double)(rng_next(&rng) % 17) / 16 : 0;
		assign_best(&weights, columns);
		ck_assert_double_eq(sum_of(&weights, columns), most(&weights));
	}
}
END_TEST

/* Each is like each other, a little more like the one at the other end. */
START_TEST(best_given_a_heap_of_pairs_takes_the_heaviest_first)
{
	enum { MANY = 600, ALL = 360000 };
	MEM_AUTO double *all = mem_new(ALL, sizeof *all);
	struct assign_weights weights = {MANY, MANY, all};
	int columns[MANY];

	for (size_t i = 0; i < ALL; i++)
		all[i] = 0.5;
	for (size_t i = 0; i < MANY; i++)
		all[i * MANY + MANY - 1 - i] = 0.75;
	assign_best(&weights, columns);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(columns[i], MANY - 1 - i);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("assign");
	TCase *tcase = suite_case(suite, "assign", NULL, NULL);

	tcase_add_loop_test(tcase, best_pairs_what_weighs_most_together, 0, COUNT_OF(rows));
	tcase_add_test(tcase, best_given_any_weights_is_as_much_as_any_other_way);
	tcase_add_test(tcase, best_given_a_heap_of_pairs_takes_the_heaviest_first);
	return suite;
}
