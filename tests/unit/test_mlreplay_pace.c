#include "mlreplay/pace.h"

#include "rig/configs.h"
#include "rig/suite.h"

enum { STEPS_MAX = 6 };

#define S INT64_C(1000000000)

static const struct {
	const char *text;
	enum pace_kind kind;
	double factor;
	double rate;
} good[] = {
	{"original", PACE_CAPTURED, 1, 0},
	{"x2", PACE_CAPTURED, 2, 0},
	{"x0.25", PACE_CAPTURED, 0.25, 0},
	{"rate=5", PACE_RATE, 0, 5},
	{"poisson=0.5", PACE_POISSON, 0, 0.5},
	{"max", PACE_MAX, 0, 0},
	{"rate=1000000", PACE_RATE, 0, 1000000},
};

START_TEST(parse_reads_each_pace)
{
	struct pace_rule rule = {.seed = 7, .max_gap_ns = 8};

	ck_assert(pace_parse(span_of(good[_i].text), &rule));
	ck_assert_int_eq(rule.kind, good[_i].kind);
	ck_assert_double_eq(rule.factor, good[_i].factor);
	ck_assert_double_eq(rule.rate, good[_i].rate);
	ck_assert_uint_eq(rule.seed, 7);
	ck_assert_int_eq(rule.max_gap_ns, 8);
}
END_TEST

static const char *const bad[] = {"", "x", "x0", "x-1", "x1e3", "x2 ", "x.5", "x5.", "x1.2.3", "2",
	"rate", "rate=", "rate=0", "rate=1000001", "rate=nan", "rate=inf", "poisson=", "Max", "maximum",
	"original ", "x0.0000001", "rate=00000000000000000000000000000000000001"};

START_TEST(parse_given_anything_else_sets_nothing)
{
	struct pace_rule rule = {.kind = PACE_RATE, .rate = 3};

	ck_assert(!pace_parse(span_of(bad[_i]), &rule));
	ck_assert_int_eq(rule.kind, PACE_RATE);
	ck_assert_double_eq(rule.rate, 3);
	ck_assert_double_eq(rule.factor, 0);
}
END_TEST

static const struct {
	const char *pace;
	int64_t max_gap_ns;
	int64_t started_us[STEPS_MAX];
	int64_t at_ns[STEPS_MAX];
	int count;
} schedules[] = {
	{"original", 0, {5000000, 5000001, 6000000, 9000000}, {0, 1000, S, 4 * S}, 4},
	{"x4", 0, {5000000, 6000000, 9000000}, {0, S / 4, S}, 3},
	{"x0.5", 0, {5000000, 6000000}, {0, 2 * S}, 2},
	{"original", S, {1000000, 1500000, 9000000, 9500000}, {0, S / 2, S * 3 / 2, 2 * S}, 4},
	{"x10", S, {0, 20000000, 21000000}, {0, S, S * 11 / 10}, 3},    /* a gap as it is replayed */
	{"original", 0, {5000000, 4000000, 4500000}, {0, 0, S / 2}, 3}, /* it begins anew */
	{"original", 0, {INT64_MIN, INT64_MAX, INT64_MAX}, {0, S *S, S *S}, 3},
	{"rate=2", 0, {9, 1, 5}, {0, S / 2, S}, 3},
	{"rate=3", 0, {0, 0, 0, 0}, {0, S / 3, S * 2 / 3, S}, 4}, /* lags behind by no rounding */
	{"max", 0, {0, 5000000}, {-1, -1}, 2},
};

START_TEST(next_follows_the_schedule)
{
	struct pace_rule rule = {.max_gap_ns = schedules[_i].max_gap_ns};
	struct pace pace;

	ck_assert(pace_parse(span_of(schedules[_i].pace), &rule));
	pace_init(&pace, &rule);
	for (int i = 0; i < schedules[_i].count; i++)
		ck_assert_int_eq(pace_next(&pace, schedules[_i].started_us[i]), schedules[_i].at_ns[i]);
}
END_TEST

/* A hundred a second: 10,000 take a hundred seconds, give or take five deviations of one second. A
 * share of 1/e of the gaps is longer than the mean. */
START_TEST(next_given_poisson_keeps_the_rate_at_random)
{
	struct pace pace;
	int64_t last_ns = 0;
	int longer = 0;

	pace_init(&pace, &(struct pace_rule){.kind = PACE_POISSON, .rate = 100, .seed = (uint64_t)_i});
	for (int i = 0; i < 10000; i++) {
		int64_t at_ns = pace_next(&pace, 0);

		ck_assert_int_ge(at_ns, last_ns);
		longer += at_ns - last_ns > S / 100;
		last_ns = at_ns;
	}
	ck_assert_int_gt(last_ns, 95 * S);
	ck_assert_int_lt(last_ns, 105 * S);
	ck_assert_int_gt(longer, 3440);
	ck_assert_int_lt(longer, 3920);
}
END_TEST

START_TEST(next_given_seed_repeats_its_schedule)
{
	struct pace a;
	struct pace b;
	struct pace c;

	pace_init(&a, &(struct pace_rule){.kind = PACE_POISSON, .rate = 1, .seed = 1});
	pace_init(&b, &(struct pace_rule){.kind = PACE_POISSON, .rate = 1, .seed = 1});
	pace_init(&c, &(struct pace_rule){.kind = PACE_POISSON, .rate = 1, .seed = 2});
	for (int i = 0; i < 100; i++) {
		int64_t at_ns = pace_next(&a, 0);

		ck_assert_int_eq(at_ns, pace_next(&b, 0));
		ck_assert_int_ne(at_ns, pace_next(&c, 0));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_pace");
	TCase *tcase = tcase_create("pace");

	tcase_add_loop_test(tcase, parse_reads_each_pace, 0, COUNT_OF(good));
	tcase_add_loop_test(tcase, parse_given_anything_else_sets_nothing, 0, COUNT_OF(bad));
	tcase_add_loop_test(tcase, next_follows_the_schedule, 0, COUNT_OF(schedules));
	tcase_add_loop_test(tcase, next_given_poisson_keeps_the_rate_at_random, 0, 3);
	tcase_add_test(tcase, next_given_seed_repeats_its_schedule);
	suite_add_tcase(suite, tcase);
	return suite;
}
