#include "domain/verdict.h"

#include "base/mem.h"
#include "domain/recall.h"

const char *const verdict_words[VERDICT_WORDS] = {"same", "regression", "inconclusive"};

struct verdict {
	struct verdict_totals totals;
	uint64_t failed;    /* of those that were compared */
	uint64_t broken;    /* of the errors */
	struct arena arena; /* of the names */
	struct verdict_task tasks[VERDICT_TASKS_MAX];
	size_t task_count;
	struct recall recall;
};

struct verdict *verdict_new(void)
{
	struct verdict *verdict = mem_new(1, sizeof *verdict);

	arena_init(&verdict->arena);
	recall_init(&verdict->recall);
	return verdict;
}

void verdict_free(struct verdict *verdict)
{
	if (!verdict)
		return;
	recall_deinit(&verdict->recall);
	arena_deinit(&verdict->arena);
	mem_free(verdict);
}

/* -- tasks ----------------------------------------------------------------------------------- */

/* NULL when there is no room for another. */
static struct verdict_task *find_or_add(struct verdict *verdict, struct span name)
{
	struct verdict_task *task;

	for (size_t i = 0; i < verdict->task_count; i++)
		if (span_equal(verdict->tasks[i].name, name))
			return &verdict->tasks[i];
	if (verdict->task_count == VERDICT_TASKS_MAX)
		return NULL;
	task = &verdict->tasks[verdict->task_count++];
	task->name = arena_dup(&verdict->arena, name);
	task->sum = (struct findings_task){.name = task->name, .iou_min = 1};
	task->verdict = verdict;
	return task;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static void add_to_sum(struct findings_task *sum, const struct findings_task *task)
{
	if (sum->level < task->level)
		sum->level = task->level;
	sum->failures += task->failures;
	sum->unexplained += task->unexplained;
	sum->dimensions += task->dimensions;
	sum->vectors += task->vectors;
	sum->distance_max = larger(sum->distance_max, task->distance_max);
	sum->distance_sum += task->distance_sum;
	sum->norm_max = larger(sum->norm_max, task->norm_max);
	sum->faces_before += task->faces_before;
	sum->faces_after += task->faces_after;
	sum->faces_matched += task->faces_matched;
	sum->texts_before += task->texts_before;
	sum->texts_after += task->texts_after;
	sum->texts_matched += task->texts_matched;
	sum->texts_changed += task->texts_changed;
	sum->characters += task->characters;
	sum->edits += task->edits;
	sum->score_max = larger(sum->score_max, task->score_max);
	sum->iou_min = task->iou_min < sum->iou_min ? task->iou_min : sum->iou_min;
	sum->landmarks += task->landmarks;
	sum->landmark_max = larger(sum->landmark_max, task->landmark_max);
	sum->duplicate_flips += task->duplicate_flips;
	sum->match_flips += task->match_flips;
	sum->detection_flips += task->detection_flips;
}

static void add_task(struct verdict *verdict, const struct findings_task *found)
{
	struct verdict_task *task = find_or_add(verdict, found->name);

	if (!task)
		return;
	task->compared++;
	task->regressions += found->level == FINDINGS_FAIL;
	task->warnings += found->level == FINDINGS_WARN;
	add_to_sum(&task->sum, found);
}

/* -- exchanges ------------------------------------------------------------------------------- */

static void add_findings(struct verdict *verdict, const struct findings *findings)
{
	verdict->failed += findings->level == FINDINGS_FAIL;
	verdict->totals.warnings += findings->level == FINDINGS_WARN;
	for (size_t i = 0; i < findings->task_count; i++)
		add_task(verdict, &findings->tasks[i]);
}

bool verdict_is_error(enum verdict_outcome outcome)
{
	return outcome == VERDICT_ERROR || outcome == VERDICT_BROKEN;
}

static bool was_answered(const struct verdict *verdict)
{
	return verdict->totals.compared || verdict->broken;
}

void verdict_add(
	struct verdict *verdict, enum verdict_outcome outcome, const struct findings *findings)
{
	struct verdict_totals *totals = &verdict->totals;

	totals->requests++;
	totals->compared += outcome == VERDICT_COMPARED || outcome == VERDICT_UNSTABLE;
	totals->unstable += outcome == VERDICT_UNSTABLE;
	totals->errors += verdict_is_error(outcome);
	totals->skipped += outcome == VERDICT_SKIPPED;
	totals->unreached += outcome == VERDICT_UNREACHED;
	verdict->broken += outcome == VERDICT_BROKEN;
	if (findings)
		add_findings(verdict, findings);
	totals->regressions = verdict->failed + (was_answered(verdict) ? totals->errors : 0);
}

void verdict_add_vectors(
	struct verdict *verdict, bool is_text, const struct vector *before, const struct vector *after)
{
	recall_add(&verdict->recall, is_text, before, after);
}

/* -- what it comes to ------------------------------------------------------------------------ */

enum verdict_word verdict_word(const struct verdict *verdict)
{
	const struct verdict_totals *totals = &verdict->totals;

	if (!was_answered(verdict))
		return VERDICT_INCONCLUSIVE;
	return totals->regressions || totals->unreached ? VERDICT_REGRESSION : VERDICT_SAME;
}

const struct verdict_totals *verdict_totals(const struct verdict *verdict)
{
	return &verdict->totals;
}

size_t verdict_task_count(const struct verdict *verdict)
{
	return verdict->task_count;
}

const struct verdict_task *verdict_task(const struct verdict *verdict, size_t i)
{
	return &verdict->tasks[i];
}

void verdict_recall(const struct verdict *verdict, struct verdict_recall *ret_recall)
{
	recall_measure(&verdict->recall, ret_recall);
}
