/* The verdict says whether results are the same; the advice says whether that matters to a library
 * that has the old ones. What Immich does with the results decides:
 *
 *     clip                  vectors of another dimension cannot be searched together; a vector that
 *                           moved farther than duplicates are apart is another picture's to it; for
 *                           anything less, it depends on whether searches find the same pictures
 *     facial-recognition    faces that are gone or new, or too far from their former selves
 *     ocr                   any text that reads otherwise
 */
#include <math.h>

#include "domain/verdict.h"

/* Of ten pictures found, in five searches, one may be another. */
static const double recall_enough = 0.98;

/* -- what is to be done ---------------------------------------------------------------------- */

/* The lower one of the two that are known; NAN when none is. */
static double lowest_recall(const struct verdict_task *task)
{
	struct verdict_recall recall;

	verdict_recall(task->verdict, &recall);
	return fmin(recall.new_to_new, recall.text_to_old);
}

static bool must_rerun_search(const struct verdict_task *task)
{
	return task->sum.dimensions || task->sum.duplicate_flips ||
		   !(lowest_recall(task) >= recall_enough);
}

static bool must_rerun_faces(const struct verdict_task *task)
{
	return task->sum.dimensions || task->sum.match_flips || task->sum.detection_flips;
}

static bool must_rerun_ocr(const struct verdict_task *task)
{
	return task->sum.failures > task->sum.unexplained;
}

/* -- why ------------------------------------------------------------------------------------- */

/* "3 of 15 vectors have another dimension …"; false when none has. */
static bool explain_dimensions(const struct findings_task *sum, struct buf *out)
{
	if (!sum->dimensions)
		return false;
	buf_add_format(out,
		"%zu of %zu vectors have another dimension, and cannot be compared with the old ones",
		sum->dimensions, sum->dimensions + sum->vectors);
	return true;
}

static void explain_search(const struct verdict_task *task, struct buf *out)
{
	const struct findings_task *sum = &task->sum;
	double recall;

	if (explain_dimensions(sum, out))
		return;
	if (sum->duplicate_flips) {
		buf_add_format(out,
			"%zu of %zu vectors are farther from the old ones than Immich takes for the same "
			"picture (cosine distance up to %.2g, 0.01 are allowed)",
			sum->duplicate_flips, sum->vectors, sum->distance_max);
		return;
	}
	recall = lowest_recall(task);
	buf_add_format(out, "vectors have moved (cosine distance up to %.2g), and ", sum->distance_max);
	if (isnan(recall))
		buf_add_text(out, "there are too few to tell whether searches find the same");
	else
		buf_add_format(out, "searches find other pictures (%.0f %% are the same)", recall * 100);
}

static void explain_faces(const struct verdict_task *task, struct buf *out)
{
	const struct findings_task *sum = &task->sum;

	if (explain_dimensions(sum, out))
		return;
	if (sum->match_flips)
		buf_add_format(out,
			"%zu of %zu faces are too far from the old ones for Immich to match them (cosine "
			"distance up to %.2g, 0.5 are allowed)%s",
			sum->match_flips, sum->vectors, sum->distance_max, sum->detection_flips ? "; " : "");
	if (sum->detection_flips)
		buf_add_format(out, "%zu faces are found on one side only", sum->detection_flips);
}

static void explain_ocr(const struct verdict_task *task, struct buf *out)
{
	const struct findings_task *sum = &task->sum;

	buf_add_format(out, "%zu of %zu texts read otherwise", sum->texts_changed, sum->texts_before);
	if (sum->characters)
		buf_add_format(out, " (%.2g %% of their characters)",
			100 * (double)sum->edits / (double)sum->characters);
	if (sum->detection_flips)
		buf_add_format(out, ", %zu are found on one side only", sum->detection_flips);
}

/* -- by task --------------------------------------------------------------------------------- */

static const struct job {
	const char *task;
	const char *rerun; /* as Immich's pages call it */
	bool (*must_rerun)(const struct verdict_task *task);
	void (*explain)(const struct verdict_task *task, struct buf *out);
	const char *safe; /* why, although some differ */
} jobs[] = {
	{"clip", "smart search", must_rerun_search, explain_search,
		"all are near enough to be taken for the same picture, and searches find the same"},
	{"facial-recognition", "faces (face detection, then facial recognition)", must_rerun_faces,
		explain_faces, "all are found, and near enough to be matched"},
	{"ocr", "OCR", must_rerun_ocr, explain_ocr, ""},
};

static const struct job *find_job(struct span task)
{
	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
		if (span_is(task, jobs[i].task))
			return &jobs[i];
	return NULL;
}

enum verdict_advice verdict_advice(const struct verdict_task *task)
{
	const struct job *job = find_job(task->name);
	const struct findings_task *sum = &task->sum;

	if (!task->compared)
		return VERDICT_UNKNOWN;
	if (!task->regressions)
		return VERDICT_SAFE;
	if (!job || sum->failures == sum->unexplained)
		return VERDICT_LOOK;
	if (job->must_rerun(task))
		return VERDICT_RERUN;
	return sum->unexplained ? VERDICT_LOOK : VERDICT_SAFE;
}

static void write_safe(const struct verdict_task *task, struct buf *out)
{
	const struct findings_task *sum = &task->sum;

	buf_add_text(out, "safe in place");
	if (task->regressions)
		buf_add_format(out, ", although %zu of %zu answers differ by more than is allowed: %s",
			task->regressions, task->compared, find_job(task->name)->safe);
	else if (sum->vectors)
		buf_add_format(out, ": cosine distance at most %.2g", sum->distance_max);
	if (task->warnings)
		buf_add_format(out, "; %zu of %zu answers differ a little", task->warnings, task->compared);
}

static void write_rerun(const struct verdict_task *task, struct buf *out)
{
	const struct job *job = find_job(task->name);

	buf_add_format(out, "re-run %s for all assets (Administration > Jobs): ", job->rerun);
	job->explain(task, out);
	if (task->sum.unexplained)
		buf_add_format(out, "; before that, look at %zu errors", task->sum.unexplained);
}

void verdict_write_advice(const struct verdict_task *task, struct buf *out)
{
	switch (verdict_advice(task)) {
	case VERDICT_SAFE: write_safe(task, out); break;
	case VERDICT_RERUN: write_rerun(task, out); break;
	case VERDICT_LOOK:
		buf_add_format(out,
			"look at it: %zu of %zu answers are errors, or differ where nobody knows "
			"what that means",
			task->regressions, task->compared);
		break;
	case VERDICT_UNKNOWN: buf_add_text(out, "nothing was compared"); break;
	}
}
