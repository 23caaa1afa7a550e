#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mlmock/vectors.h"
#include "rig/suite.h"

static struct digest digest_of_text(const char *text)
{
	struct span part = span_of(text);

	return digest_of(&part, 1);
}

static uint64_t seed_of(const char *model, const char *task, const char *payload)
{
	struct digest digest = digest_of_text(payload);

	return vectors_seed(span_of(model), span_of(task), &digest);
}

START_TEST(digest_given_parts_is_sha256_of_all)
{
	const struct span parts[] = {SPAN_LITERAL("a"), SPAN_EMPTY, SPAN_LITERAL("bc")};
	struct digest digest = digest_of(parts, 3);
	BUF_AUTO struct buf hex = {0};

	digest_add_hex(&hex, &digest);
	ck_assert(span_is(
		buf_span(&hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}
END_TEST

START_TEST(seed_given_other_question_differs)
{
	uint64_t seed = seed_of("m", "t", "p");

	ck_assert(seed == seed_of("m", "t", "p"));
	ck_assert(seed != seed_of("n", "t", "p"));
	ck_assert(seed != seed_of("m", "u", "p"));
	ck_assert(seed != seed_of("m", "t", "q"));
	ck_assert(seed_of("ab", "c", "p") != seed_of("a", "bc", "p"));
}
END_TEST

START_TEST(add_given_dimensions_writes_that_many_of_unit_length)
{
	static const unsigned dimensions[] = {1, 2, 512, 640, 768, 1024, 1152, 1536, 2048};
	unsigned wanted = dimensions[_i];
	BUF_AUTO struct buf out = {0};
	double squares = 0;
	unsigned count = 0;
	struct span rest;

	vectors_add(&out, (uint64_t)_i, wanted);
	ck_assert(out.n > 2 && out.bytes[0] == '[' && out.bytes[out.n - 1] == ']');
	rest = (struct span){out.bytes + 1, out.n - 2};
	for (; rest.n; count++) {
		char *number = span_dup(span_cut(&rest, ','));
		double value = strtod(number, NULL);

		squares += value * value;
		mem_free(number);
	}
	ck_assert_uint_eq(count, wanted);
	ck_assert_double_eq_tol(squares, 1, 1e-6);
}
END_TEST

/* These digits must never change: recordings of the mock are compared with later ones. */
START_TEST(add_given_known_seed_writes_known_digits)
{
	BUF_AUTO struct buf out = {0};

	vectors_add(&out, seed_of("ViT-B-32__openai", "clip", "a dog"), 8);
	ck_assert(span_is(buf_span(&out), "[-0.06421529,0.27590442,-0.17496791,0.04386914,"
									  "-0.4535584,0.68186355,0.09442217,-0.45568222]"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_vectors");
	TCase *tcase = tcase_create("vectors");

	tcase_add_test(tcase, digest_given_parts_is_sha256_of_all);
	tcase_add_test(tcase, seed_given_other_question_differs);
	tcase_add_loop_test(tcase, add_given_dimensions_writes_that_many_of_unit_length, 0, 9);
	tcase_add_test(tcase, add_given_known_seed_writes_known_digits);
	suite_add_tcase(suite, tcase);
	return suite;
}
