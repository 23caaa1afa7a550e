#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "mlmock/digits.h"
#include "rig/fixture.h"
#include "rig/suite.h"

START_TEST(add_given_known_numbers_writes_them_as_the_service)
{
	static const struct {
		int64_t numerator;
		unsigned shift;
		const char *digits;
	} cases[] = {
		{0, 0, "0.0"},
		{1, 0, "1.0"},
		{690, 0, "690.0"},
		{-89, 0, "-89.0"},
		{120000, 0, "120000.0"},
		{524287, 0, "524287.0"},
		{1, 1, "0.5"},
		{-3, 2, "-0.75"},
		{1, 4, "0.0625"},
		{1, 10, "0.0009765625"},
		{1, 20, "9.536743e-7"},
		{1, 17, "0.0000076293945"},
		{1, 18, "0.0000038146973"},
		{1, 19, "0.0000019073486"},
		{7, 23, "8.34465e-7"},
		{1, 40, "9.094947e-13"},
		{(INT64_C(1) << 40) - 1, 40, "1.0"},
		{(INT64_C(1) << 24) + 1, 24, "1.0"},
		{(INT64_C(1) << 24) + 3, 24, "1.0000002"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		BUF_AUTO struct buf out = {0};

		digits_add(&out, cases[i].numerator, cases[i].shift);
		ck_assert_msg(span_is(buf_span(&out), cases[i].digits), "%.*s instead of %s",
			SPAN_ARG(buf_span(&out)), cases[i].digits);
	}
}
END_TEST

/* The number of digits, and their value, that the C library finds by trying. */
static void expect_shortest(int64_t numerator, unsigned shift)
{
	BUF_AUTO struct buf out = {0};
	float number = (float)ldexp((double)numerator, -(int)shift);
	char tried[32];
	char ours[32];
	int precision = 5;

	digits_add(&out, numerator, shift);
	buf_add(&out, (struct span){"", 1});
	ck_assert_msg(strtof(out.bytes, NULL) == number, "%s is not %.9g", out.bytes, (double)number);
	do
		(void)snprintf(tried, sizeof tried, "%.*e", precision, (double)number);
	while (strtof(tried, NULL) != number && precision++ < 8);
	(void)snprintf(ours, sizeof ours, "%.*e", precision, strtod(out.bytes, NULL));
	ck_assert_str_eq(ours, tried);
}

START_TEST(add_given_any_number_writes_the_fewest_digits_that_read_back)
{
	struct rng rng;

	rng_init(&rng, 1);
	for (int i = 0; i < 200000; i++) {
		uint64_t bits = rng_next(&rng);
		unsigned shift = (unsigned)(bits >> 58) % (DIGITS_SHIFT_MAX + 1);
		int64_t numerator =
			(int64_t)(rng_next(&rng) >> (64 - shift - 19) >> ((bits & 31) % (shift + 1)));

		if (numerator)
			expect_shortest(bits & 64 ? -numerator : numerator, shift);
	}
	for (unsigned shift = 0; shift <= DIGITS_SHIFT_MAX; shift++) /* where the distance changes */
		expect_shortest(1, shift);
}
END_TEST

/* Every number of a vector that the service has written. */
static size_t expect_same_digits(struct span vector)
{
	size_t count = 0;

	for (; vector.n; count++) {
		BUF_AUTO struct buf out = {0};
		struct span number = span_cut(&vector, ',');
		BUF_AUTO struct buf text = {0};
		float value;

		buf_add(&text, number);
		buf_add(&text, (struct span){"", 1});
		value = strtof(text.bytes, NULL);
		digits_add(&out, (int64_t)ldexp((double)value, DIGITS_SHIFT_MAX), DIGITS_SHIFT_MAX);
		ck_assert_msg(span_equal(buf_span(&out), number), "%.*s instead of %s",
			SPAN_ARG(buf_span(&out)), text.bytes);
	}
	return count;
}

START_TEST(add_given_genuine_vector_writes_the_same_digits)
{
	static const struct span key = {"\"clip\":\"[", 9};
	BUF_AUTO struct buf answer = {0};
	struct span rest;
	const char *begin;

	fixture_read("probe/019-clip-visual.response", &answer);
	begin = memmem(answer.bytes, answer.n, key.p, key.n);
	ck_assert_ptr_nonnull(begin);
	rest = span_between(begin + key.n, answer.bytes + answer.n);
	ck_assert_uint_eq(expect_same_digits(span_cut(&rest, ']')), 512);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_digits");
	TCase *tcase = tcase_create("digits");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, add_given_known_numbers_writes_them_as_the_service);
	tcase_add_test(tcase, add_given_any_number_writes_the_fewest_digits_that_read_back);
	tcase_add_test(tcase, add_given_genuine_vector_writes_the_same_digits);
	suite_add_tcase(suite, tcase);
	return suite;
}
