#include "domain/capture_config.h"

#include "base/clock.h"
#include "base/rng.h"
#include "rig/suite.h"

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))

static const struct span tasks[] = {SPAN_LITERAL("clip"), SPAN_LITERAL("facial-recognition")};

static const struct {
	struct capture_match match;
	int status;
	int64_t took_ms;
	bool has_failed;
	bool is_wanted;
} cases[] = {
	{{.status = 0}, 200, 0, false, true},
	{{.status = 0}, 0, 0, true, true},
	{{.task = SPAN_LITERAL("clip")}, 200, 0, false, true},
	{{.task = SPAN_LITERAL("facial-recognition")}, 200, 0, false, true},
	{{.task = SPAN_LITERAL("ocr")}, 200, 0, false, false},
	{{.task = SPAN_LITERAL("cli")}, 200, 0, false, false},
	{{.status = 200}, 200, 0, false, true},
	{{.status = 200}, 201, 0, false, false},
	{{.status = 2}, 299, 0, false, true},
	{{.status = 2}, 300, 0, false, false},
	{{.status = 5}, 503, 0, false, true},
	{{.status = 5}, 0, 0, true, false},
	{{.min_ns = CLOCK_MS(100)}, 200, 99, false, false},
	{{.min_ns = CLOCK_MS(100)}, 200, 100, false, true},
	{{.is_errors_only = true}, 200, 0, false, false},
	{{.is_errors_only = true}, 422, 0, false, false},
	{{.is_errors_only = true}, 500, 0, false, true},
	{{.is_errors_only = true}, 0, 0, false, true},
	{{.is_errors_only = true}, 200, 0, true, true},
	{{SPAN_LITERAL("clip"), 2, CLOCK_MS(5), true}, 200, 5, true, true},
	{{SPAN_LITERAL("clip"), 2, CLOCK_MS(5), true}, 200, 5, false, false},
	{{SPAN_LITERAL("clip"), 2, CLOCK_MS(5), true}, 200, 4, true, false},
	{{SPAN_LITERAL("clip"), 3, CLOCK_MS(5), true}, 200, 5, true, false},
	{{SPAN_LITERAL("ocr"), 2, CLOCK_MS(5), true}, 200, 5, true, false},
};

START_TEST(wants_what_fits_all_that_is_told)
{
	struct capture_config config = {.match = cases[_i].match};
	struct capture_facts facts = {
		tasks, 2, cases[_i].status, CLOCK_MS(cases[_i].took_ms), cases[_i].has_failed};

	ck_assert_int_eq(capture_config_wants(&config, &facts), cases[_i].is_wanted);
}
END_TEST

static const struct {
	double sample;
	uint64_t draw;
	bool is_wanted;
} draws[] = {
	{0, 0, false},
	{0, UINT64_MAX, false},
	{1, UINT64_MAX, true},
	{0.5, UINT64_MAX / 2, true},
	{0.5, UINT64_MAX / 2 + 1, false},
	{0.000000001, 0, true},
	{0.000000001, UINT64_MAX / 1000000, false},
};

START_TEST(samples_the_share_that_is_told)
{
	struct capture_config config = {.sample = draws[_i].sample};

	ck_assert_int_eq(capture_config_samples(&config, draws[_i].draw), draws[_i].is_wanted);
}
END_TEST

START_TEST(samples_about_as_many_as_the_share_says)
{
	struct capture_config config = {.sample = 0.25};
	struct rng rng;
	int count = 0;

	rng_init(&rng, 1);
	for (int i = 0; i < 10000; i++)
		count += capture_config_samples(&config, rng_next(&rng));
	ck_assert_int_gt(count, 2300);
	ck_assert_int_lt(count, 2700);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_config");
	TCase *tcase = tcase_create("wants");

	tcase_add_loop_test(tcase, wants_what_fits_all_that_is_told, 0, COUNT_OF(cases));
	tcase_add_loop_test(tcase, samples_the_share_that_is_told, 0, COUNT_OF(draws));
	tcase_add_test(tcase, samples_about_as_many_as_the_share_says);
	suite_add_tcase(suite, tcase);
	return suite;
}
