#include "base/limiter.h"

#include <pthread.h>

#include "rig/clock_fake.h"
#include "rig/suite.h"

static struct clock_fake now;
static struct limiter limiter;

static void set_up(void)
{
	clock_fake_init(&now);
	limiter_init(&limiter, &now.clock);
}

/* What was made of some attempts. */
struct taken {
	int allowed;
	uint64_t told; /* of those that were not, by those that were */
};

static void take_some(const char *kind, int times, struct taken *taken)
{
	for (int i = 0; i < times; i++) {
		uint64_t suppressed = 0;

		taken->allowed += limiter_take(&limiter, kind, &suppressed);
		taken->told += suppressed;
	}
}

/* How many of these are allowed. */
static int take(const char *kind, int times)
{
	struct taken taken = {0};

	take_some(kind, times, &taken);
	return taken.allowed;
}

START_TEST(take_given_many_at_once_allows_a_burst)
{
	ck_assert_int_eq(take("a", 1000), LIMITER_BURST);
}
END_TEST

START_TEST(take_given_many_allows_one_each_pause_and_tells_the_rest)
{
	uint64_t suppressed = 99;

	ck_assert_int_eq(take("a", 110), LIMITER_BURST);
	now.now += CLOCK_S(LIMITER_PAUSE_S) - 1;
	ck_assert_int_eq(take("a", 5), 0);
	now.now += 1;
	ck_assert(limiter_take(&limiter, "a", &suppressed));
	ck_assert_uint_eq(suppressed, 105);
	ck_assert_int_eq(take("a", 3), 0);
	now.now += CLOCK_S(LIMITER_PAUSE_S);
	ck_assert(limiter_take(&limiter, "a", &suppressed));
	ck_assert_uint_eq(suppressed, 3);
}
END_TEST

START_TEST(take_given_a_long_rest_allows_a_burst_again_and_no_more)
{
	uint64_t suppressed;

	(void)take("a", 1000);
	now.now += CLOCK_S(LIMITER_PAUSE_S) * LIMITER_BURST * 5;
	ck_assert(limiter_take(&limiter, "a", &suppressed));
	ck_assert_uint_eq(suppressed, 990);
	ck_assert(limiter_take(&limiter, "a", &suppressed));
	ck_assert_uint_eq(suppressed, 0);
	ck_assert_int_eq(take("a", 1000), LIMITER_BURST - 2);
}
END_TEST

START_TEST(take_given_kinds_counts_each_for_itself)
{
	static const char names[LIMITER_KINDS_MAX][3] = {"aa", "ab", "ac", "ad", "ae", "af", "ag", "ah",
		"ai", "aj", "ak", "al", "am", "an", "ao", "ap", "ba", "bb", "bc", "bd", "be", "bf", "bg",
		"bh", "bi", "bj", "bk", "bl", "bm", "bn", "bo", "bp"};

	for (int i = 0; i < LIMITER_KINDS_MAX; i++)
		ck_assert_int_eq(take(names[i], 20), LIMITER_BURST);
	for (int i = 0; i < LIMITER_KINDS_MAX; i++)
		ck_assert_int_eq(take(names[i], 20), 0);
}
END_TEST

enum { THREADS = 4, TIMES = 5000 };

static const char *const shared[] = {"a", "b"};

static void *run(void *ctx)
{
	for (size_t i = 0; i < 2; i++)
		take_some(shared[i], TIMES, (struct taken *)ctx + i);
	return NULL;
}

/* A thread that is held up between being allowed and telling may tell of later attempts. */
START_TEST(take_given_threads_allows_one_burst_for_all_and_tells_each_attempt_once)
{
	pthread_t threads[THREADS];
	struct taken taken[THREADS][2] = {0};

	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run, taken[i]), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	now.now += CLOCK_S(LIMITER_PAUSE_S);
	for (size_t i = 0; i < 2; i++) {
		struct taken sum = {0};

		for (size_t j = 0; j < THREADS; j++) {
			sum.allowed += taken[j][i].allowed;
			sum.told += taken[j][i].told;
		}
		ck_assert_int_eq(sum.allowed, LIMITER_BURST);
		take_some(shared[i], 1, &sum);
		ck_assert_int_eq(sum.allowed, LIMITER_BURST + 1);
		ck_assert_uint_eq(sum.told, THREADS * TIMES - LIMITER_BURST);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("limiter");
	TCase *tcase = tcase_create("limiter");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, take_given_many_at_once_allows_a_burst);
	tcase_add_test(tcase, take_given_many_allows_one_each_pause_and_tells_the_rest);
	tcase_add_test(tcase, take_given_a_long_rest_allows_a_burst_again_and_no_more);
	tcase_add_test(tcase, take_given_kinds_counts_each_for_itself);
	tcase_add_test(tcase, take_given_threads_allows_one_burst_for_all_and_tells_each_attempt_once);
	suite_add_tcase(suite, tcase);
	return suite;
}
