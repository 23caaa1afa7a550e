#include "mlmock/findings.h"
#include "rig/suite.h"

static const struct picture sizes[] = {{32, 32}, {33, 4000}, {1440, 960}, {65535, 32}};

enum { SIZES = sizeof sizes / sizeof *sizes, SEEDS = 2000 };

static void expect_inside(const struct findings_box *box, const struct picture *picture)
{
	ck_assert_uint_lt(box->x1, box->x2);
	ck_assert_uint_lt(box->y1, box->y2);
	ck_assert_uint_le(box->x2, picture->width);
	ck_assert_uint_le(box->y2, picture->height);
}

START_TEST(faces_given_any_seed_lie_inside_the_picture)
{
	struct findings_face faces[FINDINGS_FACES_MAX];

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		size_t count = findings_faces(seed, &sizes[_i], faces);

		ck_assert_uint_le(count, FINDINGS_FACES_MAX);
		for (size_t i = 0; i < count; i++) {
			expect_inside(&faces[i].box, &sizes[_i]);
			ck_assert_uint_lt(faces[i].score, i ? faces[i - 1].score : 1U << 24);
			ck_assert_uint_gt(faces[i].score, 0);
		}
	}
}
END_TEST

START_TEST(lines_given_any_seed_lie_inside_the_picture_from_the_bottom_up)
{
	struct findings_line lines[FINDINGS_LINES_MAX];

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		size_t count = findings_lines(seed, &sizes[_i], lines);

		ck_assert_uint_le(count, FINDINGS_LINES_MAX);
		for (size_t i = 0; i < count; i++) {
			expect_inside(&lines[i].box, &sizes[_i]);
			ck_assert_uint_lt(lines[i].box_score, 1U << FINDINGS_SCORE_SHIFT);
			ck_assert(lines[i].text_score > 0 && lines[i].text_score < 100000);
			ck_assert(lines[i].word_count >= 1 && lines[i].word_count <= FINDINGS_WORDS_MAX);
			if (i)
				ck_assert_uint_le(lines[i].box.y2, lines[i - 1].box.y1);
		}
	}
}
END_TEST

/* What tests of faces need: some pictures without, with one and with several sure ones. */
START_TEST(faces_given_many_seeds_vary_in_number)
{
	struct findings_face faces[FINDINGS_FACES_MAX];
	unsigned of_count[FINDINGS_FACES_MAX + 1] = {0};

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		size_t count = findings_faces(seed, &sizes[2], faces);
		size_t sure = 0;

		while (sure < count && faces[sure].score >= 7 * (UINT64_C(1) << 24) / 10)
			sure++;
		of_count[sure]++;
	}
	ck_assert_uint_gt(of_count[0], SEEDS / 20);
	ck_assert_uint_gt(of_count[1], SEEDS / 2);
	ck_assert_uint_gt(of_count[2], SEEDS / 20);
}
END_TEST

START_TEST(findings_given_small_picture_are_none)
{
	static const struct picture small[] = {{31, 1000}, {1000, 31}, {24, 24}, {1, 1}};
	struct findings_face faces[FINDINGS_FACES_MAX];
	struct findings_line lines[FINDINGS_LINES_MAX];

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		ck_assert_uint_eq(findings_faces(seed, &small[seed % 4], faces), 0);
		ck_assert_uint_eq(findings_lines(seed, &small[seed % 4], lines), 0);
	}
}
END_TEST

START_TEST(findings_given_known_seed_are_known)
{
	struct findings_face faces[FINDINGS_FACES_MAX];
	struct findings_line lines[FINDINGS_LINES_MAX];

	ck_assert_uint_eq(findings_faces(1, &sizes[2], faces), 3);
	ck_assert_uint_eq(faces[0].box.x1, 1006);
	ck_assert_uint_eq(faces[0].score, 12135299);
	ck_assert_uint_eq(findings_lines(1, &sizes[2], lines), 6);
	ck_assert_uint_eq(lines[0].box.y1, 827);
	ck_assert_str_eq(lines[0].words[0], "\"open\"");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_findings");
	TCase *tcase = tcase_create("findings");

	tcase_add_loop_test(tcase, faces_given_any_seed_lie_inside_the_picture, 0, SIZES);
	tcase_add_loop_test(
		tcase, lines_given_any_seed_lie_inside_the_picture_from_the_bottom_up, 0, SIZES);
	tcase_add_test(tcase, faces_given_many_seeds_vary_in_number);
	tcase_add_test(tcase, findings_given_small_picture_are_none);
	tcase_add_test(tcase, findings_given_known_seed_are_known);
	suite_add_tcase(suite, tcase);
	return suite;
}
