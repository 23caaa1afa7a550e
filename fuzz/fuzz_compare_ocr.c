/* Two answers' lines of text: see fuzz_compare.h. What is the same is the same, in any order, too;
 * and each line is matched, merged, split, missing or extra.
 */
#include "domain/texts.h"
#include "fuzz_compare.h"

static bool is_readable(struct span value, struct arena *arena, struct texts *ret_texts)
{
	struct err err = {0};
	bool is_read = texts_read(value, arena, ret_texts, &err) == 0;

	must(is_read || (err.kind != ERR_NONE && err.text[0]));
	must(!is_read || ret_texts->count <= TEXTS_MAX);
	return is_read;
}

/* Whether two lines of one answer could be taken for one another. */
static bool are_apart(const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		for (size_t j = 0; j < i; j++)
			if (box_iou(&texts->all[i].box, &texts->all[j].box) > 0.4)
				return false;
	return true;
}

static void add_turned(
	struct fuzz_compare *fuzz, struct span object, const char *name, size_t group, struct buf *out)
{
	struct span array;

	must(json_member(object, span_of(name), &array));
	buf_add_format(out, "%s\"%s\":", out->n ? "," : "{", name);
	fuzz_compare_turn(array, group, &fuzz->arena, out);
}

static void compare_turned(struct fuzz_compare *fuzz, struct span object, const struct texts *texts)
{
	struct buf turned = {.arena = &fuzz->arena};
	const struct findings_task *task;

	add_turned(fuzz, object, "textScore", 1, &turned);
	add_turned(fuzz, object, "boxScore", 1, &turned);
	add_turned(fuzz, object, "box", BOX_COORDINATES, &turned);
	add_turned(fuzz, object, "text", 1, &turned);
	buf_add_text(&turned, "}");
	fuzz_compare_run(fuzz, object, buf_span(&turned));
	task = &fuzz->findings.tasks[0];
	must(fuzz->findings.level == FINDINGS_SAME || !span_is(texts->rest, "{}"));
	must(task->texts_matched == texts->count && task->texts_before == texts->count);
	must(task->texts_changed == 0 && task->edits == 0);
}

static void compare_both(struct fuzz_compare *fuzz, struct span before, struct span after)
{
	const struct findings_task *task;
	struct texts texts[2];
	bool is_read = is_readable(before, &fuzz->arena, &texts[0]);
	bool is_read_after = is_readable(after, &fuzz->arena, &texts[1]);

	fuzz_compare_run(fuzz, before, after);
	task = &fuzz->findings.tasks[0];
	if (!is_read || !is_read_after || texts[0].is_detection != texts[1].is_detection) {
		must(task->texts_before == 0);
		return;
	}
	must(task->texts_before == texts[0].count && task->texts_after == texts[1].count);
	must(fuzz->findings.dropped ||
		 fuzz_compare_count(fuzz, FINDINGS_TEXT_MISSING) + task->texts_matched == texts[0].count);
	must(task->texts_changed || !task->edits);
	must(!isnan(task->iou_min) && task->iou_min >= 0.4 && !isnan(task->score_max));
	if (!texts[0].is_detection && are_apart(&texts[0]))
		compare_turned(fuzz, before, &texts[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_compare fuzz = {.compare = compare_ocr};
	struct span before;
	struct span after;

	if (!fuzz_compare_read((struct span){(const char *)data, size}, &before, &after))
		return 0;
	arena_init(&fuzz.arena);
	fuzz_compare_run(&fuzz, before, before);
	must(fuzz.findings.level == FINDINGS_SAME);
	compare_both(&fuzz, before, after);
	arena_deinit(&fuzz.arena);
	return 0;
}
