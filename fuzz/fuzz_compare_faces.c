/* Two answers' faces: see fuzz_compare.h. What is the same is the same, in any order, too; and each
 * face is matched, missing or extra.
 */
#include "domain/faces.h"
#include "fuzz_compare.h"

static bool is_readable(struct span value, struct arena *arena, struct faces *ret_faces)
{
	struct err err = {0};
	bool is_read = faces_read(value, arena, ret_faces, &err) == 0;

	must(is_read || (err.kind != ERR_NONE && err.text[0]));
	must(!is_read || ret_faces->count <= FACES_MAX);
	return is_read;
}

/* Whether two faces of one answer could be taken for one another. */
static bool are_apart(const struct faces *faces)
{
	for (size_t i = 0; i < faces->count; i++)
		for (size_t j = 0; j < i; j++)
			if (box_iou(&faces->all[i].box, &faces->all[j].box) > 0.4)
				return false;
	return true;
}

static void compare_turned(struct fuzz_compare *fuzz, struct span list, const struct faces *faces)
{
	struct buf turned = {.arena = &fuzz->arena};
	const struct findings_task *task;

	fuzz_compare_run(fuzz, list, list);
	if (fuzz->findings.level != FINDINGS_SAME)
		return; /* with a vector that is none */
	fuzz_compare_turn(list, 1, &fuzz->arena, &turned);
	fuzz_compare_run(fuzz, list, buf_span(&turned));
	task = &fuzz->findings.tasks[0];
	must(fuzz->findings.level == FINDINGS_SAME);
	must(task->faces_matched == faces->count && task->faces_before == faces->count);
	must(task->vectors <= faces->count && task->distance_max == 0);
}

static void compare_both(struct fuzz_compare *fuzz, struct span before, struct span after)
{
	const struct findings_task *task;
	struct faces faces[2];
	bool is_read = is_readable(before, &fuzz->arena, &faces[0]);
	bool is_read_after = is_readable(after, &fuzz->arena, &faces[1]);

	fuzz_compare_run(fuzz, before, after);
	task = &fuzz->findings.tasks[0];
	if (!is_read || !is_read_after || faces[0].is_detection != faces[1].is_detection) {
		must(task->faces_before == 0);
		return;
	}
	must(task->faces_before == faces[0].count && task->faces_after == faces[1].count);
	must(task->detection_flips == faces[0].count + faces[1].count - 2 * task->faces_matched);
	must(fuzz->findings.dropped ||
		 fuzz_compare_count(fuzz, FINDINGS_FACE_MISSING) == faces[0].count - task->faces_matched);
	must(!isnan(task->iou_min) && task->iou_min >= 0.4 && !isnan(task->score_max));
	if (!faces[0].is_detection && are_apart(&faces[0]))
		compare_turned(fuzz, before, &faces[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_compare fuzz = {.compare = compare_faces};
	struct span before;
	struct span after;

	if (!fuzz_compare_read((struct span){(const char *)data, size}, &before, &after))
		return 0;
	arena_init(&fuzz.arena);
	compare_both(&fuzz, before, after);
	arena_deinit(&fuzz.arena);
	return 0;
}
