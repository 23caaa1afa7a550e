/* Lines of text come in any order; which is which, the boxes tell, never the texts, or a text that
 * is read otherwise now would be one that is missing. Where one detector sees two boxes and another
 * sees one around both, they are held against it together: see regroup.
 */
#include "base/mem.h"
#include "domain/assign.h"
#include "domain/compare_pairs.h"
#include "domain/edits.h"
#include "domain/regroup.h"

struct sides {
	struct compare *compare;
	struct span path;
	const struct texts *before;
	const struct texts *after;
};

/* The arrays of the two shapes, by what they hold. */
struct place {
	const char *whole;
	const char *detection;
};

static const struct place text_place = {"text", "boxes"};
static const struct place box_place = {"box", "boxes"};
static const struct place box_score_place = {"boxScore", "scores"};
static const struct place text_score_place = {"textScore", ""};

static struct compare_pairs_side side_of(const struct texts *texts, struct arena *arena)
{
	struct box *boxes = arena_new(arena, texts->count, sizeof *boxes);
	struct span *marks = arena_new(arena, texts->count, sizeof *marks);

	for (size_t i = 0; i < texts->count; i++) {
		boxes[i] = texts->all[i].box;
		marks[i] = texts->all[i].text;
	}
	return (struct compare_pairs_side){boxes, marks, texts->count};
}

static struct findings_item item_of(
	const struct sides *sides, enum findings_kind kind, const struct place *place, int i, int j)
{
	bool is_detection = sides->before->is_detection;
	size_t index = (size_t)(i >= 0 ? i : j);
	struct findings_item item = compare_pairs_item(sides->compare, kind, SPAN_EMPTY);

	/* Of eight numbers a box, all in one array. */
	if (place == &box_place && !is_detection)
		index *= BOX_COORDINATES;
	item.path = compare_pairs_path(sides->compare, "%.*s.%s[%zu]", SPAN_ARG(sides->path),
		is_detection ? place->detection : place->whole, index);
	item.index_before = i;
	item.index_after = j;
	return item;
}

/* Counts them, and says so when they differ. */
static void compare_texts(
	const struct sides *sides, struct findings_item *item, struct span before, struct span after)
{
	struct findings_task *task = findings_task(sides->compare->findings, sides->compare->task);
	struct edits edits = edits_between(before, after);

	task->characters += edits.characters;
	if (span_equal(before, after))
		return;
	task->edits += edits.count;
	task->texts_changed++;
	item->level = FINDINGS_FAIL;
	item->value = edits.characters ? (double)edits.count / (double)edits.characters : 1;
	item->before = before;
	item->after = after;
	findings_add(sides->compare->findings, item);
}

static void compare_pair(const struct sides *sides, int i, int j)
{
	const struct texts_text *before = &sides->before->all[i];
	const struct texts_text *after = &sides->after->all[j];
	struct findings_item text = item_of(sides, FINDINGS_TEXT_CHANGED, &text_place, i, j);
	struct findings_item box = item_of(sides, FINDINGS_BOX, &box_place, i, j);
	struct findings_item box_score = item_of(sides, FINDINGS_TEXT_SCORE, &box_score_place, i, j);
	struct findings_item text_score = item_of(sides, FINDINGS_TEXT_SCORE, &text_score_place, i, j);

	findings_task(sides->compare->findings, sides->compare->task)->texts_matched++;
	compare_texts(sides, &text, before->text, after->text);
	compare_pairs_box(sides->compare, &box, &before->box, &after->box);
	compare_pairs_score(sides->compare, &box_score, before->box_score, after->box_score);
	if (!sides->before->is_detection)
		compare_pairs_score(sides->compare, &text_score, before->text_score, after->text_score);
}

/* Merged, or split: a warning, since Immich finds the same words in it, unless the text is another
 * one, too. */
static void compare_group(
	const struct sides *sides, const struct regroup_group *group, bool is_split)
{
	struct findings_task *task = findings_task(sides->compare->findings, sides->compare->task);
	int whole = (int)group->whole;
	int piece = (int)group->pieces[0];
	struct span text = (is_split ? sides->before : sides->after)->all[whole].text;
	struct findings_item item =
		item_of(sides, is_split ? FINDINGS_TEXT_SPLIT : FINDINGS_TEXT_MERGED, &text_place,
			is_split ? whole : piece, is_split ? piece : whole);
	struct findings_item changed = item;

	item.level = FINDINGS_WARN;
	item.before = is_split ? text : group->text;
	item.after = is_split ? group->text : text;
	findings_add(sides->compare->findings, &item);
	changed.kind = FINDINGS_TEXT_CHANGED;
	compare_texts(sides, &changed, item.before, item.after);
	task->texts_matched += is_split ? 1 : group->count;
}

static void add_lone(const struct sides *sides, int i, bool is_extra)
{
	const struct compare *compare = sides->compare;
	double margin = compare->tolerance->text_margin;
	const struct texts_text *text = &(is_extra ? sides->after : sides->before)->all[i];
	bool is_borderline = compare_pairs_about(text->text_score, compare->min_score, margin) ||
						 compare_pairs_about(text->box_score, compare->min_box_score, margin);
	struct findings_item item =
		item_of(sides, is_extra ? FINDINGS_TEXT_EXTRA : FINDINGS_TEXT_MISSING, &text_place,
			is_extra ? -1 : i, is_extra ? i : -1);
	struct span shown =
		sides->before->is_detection ? compare_pairs_show_box(compare, &text->box) : text->text;

	*(is_extra ? &item.after : &item.before) = shown;
	item.limit = compare->min_score;
	compare_pairs_lone(sides->compare, &item,
		sides->before->is_detection ? text->box_score : text->text_score, is_borderline);
}

static void compare_groups(const struct sides *sides, struct regroup *regroup, bool is_split)
{
	struct regroup_group group;

	for (size_t i = 0; i < regroup->wholes->count; i++)
		if (regroup_take(regroup, i, sides->compare->arena, &group))
			compare_group(sides, &group, is_split);
}

/* `partners` of the texts before, for which there is room; `partners_after` is to be filled in. */
static void compare_partners(const struct sides *sides, int *partners, int *partners_after)
{
	for (size_t j = 0; j < sides->after->count; j++)
		partners_after[j] = REGROUP_NONE;
	for (size_t i = 0; i < sides->before->count; i++)
		if (partners[i] != ASSIGN_NONE)
			partners_after[partners[i]] = (int)i;
	compare_groups(
		sides, &(struct regroup){sides->after, sides->before, partners_after, partners}, false);
	compare_groups(
		sides, &(struct regroup){sides->before, sides->after, partners, partners_after}, true);
	for (size_t i = 0; i < sides->before->count; i++) {
		if (partners[i] >= 0)
			compare_pair(sides, (int)i, partners[i]);
		else if (partners[i] == REGROUP_NONE)
			add_lone(sides, (int)i, false);
	}
	for (size_t j = 0; j < sides->after->count; j++)
		if (partners_after[j] == REGROUP_NONE)
			add_lone(sides, (int)j, true);
}

static void compare_all(const struct sides *sides)
{
	struct findings_task *task = findings_task(sides->compare->findings, sides->compare->task);
	struct compare_pairs_side before = side_of(sides->before, sides->compare->arena);
	struct compare_pairs_side after = side_of(sides->after, sides->compare->arena);
	MEM_AUTO int *partners = mem_new(before.count, sizeof *partners);
	MEM_AUTO int *partners_after = mem_new(after.count, sizeof *partners_after);

	task->texts_before += before.count;
	task->texts_after += after.count;
	compare_pairs_find(sides->compare, &before, &after, partners);
	compare_partners(sides, partners, partners_after);
}

void compare_ocr(struct compare *compare, struct span path, struct span before, struct span after)
{
	struct texts texts[2];
	struct err why[2];
	bool is_read[] = {texts_read(before, compare->arena, &texts[0], &why[0]) == 0,
		texts_read(after, compare->arena, &texts[1], &why[1]) == 0};

	if (!is_read[0] || !is_read[1]) {
		compare_pairs_refuse(
			compare, &(struct compare_pairs_unread){path, before, after,
						 is_read[0] ? NULL : &why[0], is_read[1] ? NULL : &why[1]});
		return;
	}
	if (texts[0].is_detection != texts[1].is_detection) {
		compare_pairs_refuse_shapes(compare, path, texts[0].is_detection);
		return;
	}
	compare_all(&(struct sides){compare, path, &texts[0], &texts[1]});
	compare_json(compare, path, texts[0].rest, texts[1].rest);
}
