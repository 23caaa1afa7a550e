#include "base/rng.h"

#include "rig/suite.h"

START_TEST(next_given_seed_repeats_its_sequence)
{
	struct rng a;
	struct rng b;
	struct rng c;

	rng_init(&a, 7);
	rng_init(&b, 7);
	rng_init(&c, 8);
	for (int i = 0; i < 100; i++) {
		uint64_t value = rng_next(&a);

		ck_assert_uint_eq(value, rng_next(&b));
		ck_assert_uint_ne(value, rng_next(&c));
	}
}
END_TEST

/* Each bit is set about every second time: 5000 of 10000, give or take five deviations. */
START_TEST(next_given_any_seed_spreads_over_all_bits)
{
	int set[64] = {0};
	struct rng rng;

	rng_init(&rng, (uint64_t)_i);
	for (int i = 0; i < 10000; i++) {
		uint64_t value = rng_next(&rng);

		for (int bit = 0; bit < 64; bit++)
			set[bit] += (int)(value >> bit & 1);
	}
	for (int bit = 0; bit < 64; bit++)
		ck_assert(set[bit] > 4750 && set[bit] < 5250);
}
END_TEST

START_TEST(init_random_differs)
{
	struct rng a;
	struct rng b;

	rng_init_random(&a);
	rng_init_random(&b);
	ck_assert_uint_ne(rng_next(&a), rng_next(&b));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("rng");
	TCase *tcase = tcase_create("rng");

	tcase_add_test(tcase, next_given_seed_repeats_its_sequence);
	tcase_add_loop_test(tcase, next_given_any_seed_spreads_over_all_bits, 0, 3);
	tcase_add_test(tcase, init_random_differs);
	suite_add_tcase(suite, tcase);
	return suite;
}
