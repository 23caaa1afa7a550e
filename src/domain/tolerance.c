#include "domain/tolerance.h"

const char tolerance_profiles[] = "default, exact, fp16, runtime";

static const struct {
	const char *name;
	struct tolerance tolerance;
} profiles[] = {
	{"default", {.distance_warn = 1e-4,
					.distance_fail = 1e-3,
					.norm_warn = 1e-3,
					.iou_pair = 0.5,
					.iou_warn = 0.9,
					.score_warn = 0.05,
					.face_margin = 0.02,
					.text_margin = 0.03,
					.landmark_px = 1}},
	/* An IoU is computed, and need not be 1 to the last bit where boxes are the same. */
	{"exact", {.iou_pair = 0.999999, .iou_warn = 0.999999}},
	/* Half precision has 11 bits where single has 24. */
	{"fp16", {.distance_warn = 5e-4,
				 .distance_fail = 5e-3,
				 .norm_warn = 1e-2,
				 .iou_pair = 0.5,
				 .iou_warn = 0.85,
				 .score_warn = 0.05,
				 .face_margin = 0.02,
				 .text_margin = 0.03,
				 .landmark_px = 2}},
	/* Another library computes in another order, or with other approximations; still within what
	 * Immich takes for the same picture. */
	{"runtime", {.distance_warn = 1e-3,
					.distance_fail = 1e-2,
					.norm_warn = 1e-2,
					.iou_pair = 0.5,
					.iou_warn = 0.8,
					.score_warn = 0.1,
					.face_margin = 0.05,
					.text_margin = 0.05,
					.landmark_px = 3}},
};

const struct tolerance *tolerance_profile(struct span name)
{
	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
		if (span_is(name, profiles[i].name))
			return &profiles[i].tolerance;
	return NULL;
}
