#include "domain/box.h"

#include <math.h>

#include "base/rng.h"
#include "rig/configs.h"
#include "rig/suite.h"

#define RECTANGLE(x1, y1, x2, y2)     \
	{                                 \
		{x1, y1}, {x2, y1}, {x2, y2}, \
		{                             \
			x1, y2                    \
		}                             \
	}

static const struct {
	const char *what;
	struct box_point a[BOX_CORNERS];
	struct box_point b[BOX_CORNERS];
	double iou;
} ious[] = {
	{"the same", RECTANGLE(0, 0, 10, 10), RECTANGLE(0, 0, 10, 10), 1},
	{"nothing in common", RECTANGLE(0, 0, 10, 10), RECTANGLE(20, 0, 30, 10), 0},
	{"a side in common", RECTANGLE(0, 0, 10, 10), RECTANGLE(10, 0, 20, 10), 0},
	{"nine tenths", RECTANGLE(0, 0, 100, 100), RECTANGLE(0, 0, 100, 90), 0.9},
	{"a half", RECTANGLE(0, 0, 20, 10), RECTANGLE(0, 0, 10, 10), 0.5},
	{"a third, moved", RECTANGLE(0, 0, 20, 10), RECTANGLE(10, 0, 30, 10), 1 / 3.0},
	{"a quarter inside", RECTANGLE(0, 0, 20, 20), RECTANGLE(5, 5, 15, 15), 0.25},
	{"below zero", RECTANGLE(-10, -10, 0, 0), RECTANGLE(-10, -10, 0, -5), 0.5},
	{"the same from another corner", {{0, 0}, {10, 0}, {10, 10}, {0, 10}},
		{{10, 10}, {0, 10}, {0, 0}, {10, 0}}, 1},
	{"the same the other way round", {{0, 0}, {10, 0}, {10, 10}, {0, 10}},
		{{0, 0}, {0, 10}, {10, 10}, {10, 0}}, 1},
	{"the same with crossed sides", RECTANGLE(0, 0, 10, 10), {{0, 0}, {10, 10}, {10, 0}, {0, 10}},
		1},
	{"a square on its corner", RECTANGLE(0, 0, 10, 10), {{5, 0}, {10, 5}, {5, 10}, {0, 5}}, 0.5},
	{"an octagon of two squares", RECTANGLE(-1, -1, 1, 1),
		{{0, -M_SQRT2}, {M_SQRT2, 0}, {0, M_SQRT2}, {-M_SQRT2, 0}}, 0.7071067811865},
	{"a dent is filled", RECTANGLE(0, 0, 10, 10), {{0, 0}, {10, 0}, {2, 2}, {0, 10}}, 0.5},
	{"a triangle", RECTANGLE(0, 0, 10, 10), {{0, 0}, {10, 0}, {10, 0}, {0, 10}}, 0.5},
	{"the same point", RECTANGLE(3, 3, 3, 3), RECTANGLE(3, 3, 3, 3), 1},
	{"the same line", RECTANGLE(0, 3, 9, 3), RECTANGLE(0, 3, 9, 3), 1},
	{"two lines", RECTANGLE(0, 3, 9, 3), RECTANGLE(0, 3, 8, 3), 0},
	{"a point in a box", RECTANGLE(0, 0, 10, 10), RECTANGLE(5, 5, 5, 5), 0},
	{"as large as can be", RECTANGLE(-1e9, -1e9, 1e9, 1e9), RECTANGLE(-1e9, -1e9, 1e9, 0), 0.5},
	{"tiny", RECTANGLE(0, 0, 2e-9, 1e-9), RECTANGLE(0, 0, 1e-9, 1e-9), 0.5},
	{"a line of text as the service found it twice",
		{{0.30416667, 0.57875}, {0.6375, 0.5025}, {0.6458333, 0.59}, {0.31333333, 0.66625}},
		{{0.29166666, 0.5725}, {0.6408333, 0.485}, {0.6525, 0.59125}, {0.30416667, 0.6775}},
		0.7864919004},
};

static struct box box_of(const struct box_point corners[BOX_CORNERS])
{
	struct box box;

	ck_assert(box_init(&box, corners));
	return box;
}

START_TEST(iou_is_the_share_of_both_in_either)
{
	struct box a = box_of(ious[_i].a);
	struct box b = box_of(ious[_i].b);

	ck_assert_msg(
		fabs(box_iou(&a, &b) - ious[_i].iou) <= 1e-9, "%s: %.17g", ious[_i].what, box_iou(&a, &b));
	ck_assert_msg(fabs(box_iou(&b, &a) - ious[_i].iou) <= 1e-9, "%s, turned", ious[_i].what);
}
END_TEST

START_TEST(init_given_what_is_no_coordinate_refuses)
{
	static const double bad[] = {1.1e9, -1.1e9, 1e308, -1e308, INFINITY, -INFINITY, NAN};
	struct box box;

	for (size_t i = 0; i < BOX_COORDINATES; i++) {
		struct box_point corners[BOX_CORNERS] = RECTANGLE(0, 0, 1, 1);

		*(i % 2 ? &corners[i / 2].y : &corners[i / 2].x) = bad[_i];
		ck_assert(!box_init(&box, corners));
	}
}
END_TEST

START_TEST(centre_is_the_mean_of_the_corners)
{
	static const struct box_point corners[BOX_CORNERS] = {{1, 2}, {5, 4}, {4, 6}, {0, 4}};
	struct box box = box_of(corners);

	ck_assert_double_eq(box_centre(&box).x, 2.5);
	ck_assert_double_eq(box_centre(&box).y, 4);
	ck_assert_double_eq(box.area, 10);
}
END_TEST

/* On a small grid points fall together, and sides lie on one another. */
static struct box random_box(struct rng *rng, unsigned grid)
{
	struct box_point corners[BOX_CORNERS];

	for (size_t i = 0; i < BOX_CORNERS; i++)
		corners[i] = (struct box_point){
			(double)(rng_next(rng) % grid) / 7, (double)(rng_next(rng) % grid) / 11};
	return box_of(corners);
}

/* Counts points of a fine grid: another way to the same number. */
static double sampled_overlap(const struct box *a, const struct box *b, double side)
{
	enum { STEPS = 200, POINTS = STEPS * STEPS };
	double step = side / (double)STEPS;
	size_t inside = 0;

	for (size_t i = 0; i < POINTS; i++) {
		size_t row = i / STEPS;
		struct box_point at = {((double)row + 0.5) * step, ((double)(i % STEPS) + 0.5) * step};
		bool is_in = true;

		for (int which = 0; which < 2; which++) {
			const struct box *box = which ? b : a;

			for (size_t k = 0; k < box->hull_count; k++) {
				struct box_point p = box->hull[k];
				struct box_point q = box->hull[(k + 1) % box->hull_count];

				is_in &= (q.x - p.x) * (at.y - p.y) - (q.y - p.y) * (at.x - p.x) >= 0;
			}
		}
		inside += is_in;
	}
	return (double)inside * step * step;
}

START_TEST(overlap_given_any_boxes_is_what_counting_points_gives)
{
	struct rng rng;

	rng_init(&rng, 3);
	for (int round = 0; round < 300; round++) {
		struct box a = random_box(&rng, 20);
		struct box b = random_box(&rng, 20);

		if (a.area > 0 && b.area > 0)
			ck_assert_double_le(fabs(box_overlap(&a, &b) - sampled_overlap(&a, &b, 3)), 0.05);
	}
}
END_TEST

START_TEST(iou_given_any_boxes_is_symmetric_and_from_0_to_1)
{
	struct rng rng;

	rng_init(&rng, 4);
	for (int round = 0; round < 100000; round++) {
		struct box a = random_box(&rng, round % 2 ? 5 : 1000);
		struct box b = random_box(&rng, round % 2 ? 5 : 1000);
		double iou = box_iou(&a, &b);

		ck_assert(iou >= 0 && iou <= 1);
		ck_assert_double_le(fabs(iou - box_iou(&b, &a)), 1e-9);
		ck_assert_double_eq(box_iou(&a, &a), 1);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("box");
	TCase *tcase = suite_case(suite, "box", NULL, NULL);

	tcase_add_loop_test(tcase, iou_is_the_share_of_both_in_either, 0, COUNT_OF(ious));
	tcase_add_loop_test(tcase, init_given_what_is_no_coordinate_refuses, 0, 7);
	tcase_add_test(tcase, centre_is_the_mean_of_the_corners);
	tcase_add_test(tcase, overlap_given_any_boxes_is_what_counting_points_gives);
	tcase_add_test(tcase, iou_given_any_boxes_is_symmetric_and_from_0_to_1);
	return suite;
}
