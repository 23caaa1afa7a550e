/* Faces have no names, and come in any order: which is which, the boxes tell. */
#include "base/mem.h"
#include "domain/assign.h"
#include "domain/compare_pairs.h"
#include "domain/faces.h"

struct sides {
	struct compare *compare;
	struct span path;
	const struct faces *before;
	const struct faces *after;
};

static struct compare_pairs_side side_of(const struct faces *faces, struct arena *arena)
{
	struct box *boxes = arena_new(arena, faces->count, sizeof *boxes);
	struct span *marks = arena_new(arena, faces->count, sizeof *marks);

	for (size_t i = 0; i < faces->count; i++) {
		boxes[i] = faces->all[i].box;
		marks[i] = faces->all[i].embedding;
	}
	return (struct compare_pairs_side){boxes, marks, faces->count};
}

/* Of what belongs to a face: a member of it, or an element of the array that has all faces'. */
struct place {
	const char *member;
	const char *column;
};

static const struct place face_place = {"", "boxes"};
static const struct place box_place = {".boundingBox", "boxes"};
static const struct place score_place = {".score", "scores"};
static const struct place landmarks_place = {"", "landmarks"};
static const struct place embedding_place = {".embedding", ""};

static struct span path_of(const struct sides *sides, const struct place *place, size_t i)
{
	if (sides->before->is_detection)
		return compare_pairs_path(
			sides->compare, "%.*s.%s[%zu]", SPAN_ARG(sides->path), place->column, i);
	return compare_pairs_path(
		sides->compare, "%.*s[%zu]%s", SPAN_ARG(sides->path), i, place->member);
}

static struct findings_item item_of(const struct sides *sides, enum findings_kind kind,
	const struct place *place, size_t i, size_t j)
{
	struct findings_item item = compare_pairs_item(sides->compare, kind, path_of(sides, place, i));

	item.index_before = (int)i;
	item.index_after = (int)j;
	return item;
}

/* How far apart the two points are that are farthest. */
static double landmarks_between(const struct faces_face *before, const struct faces_face *after)
{
	double most = 0;

	for (size_t i = 0; i < before->landmark_count; i++)
		most = fmax(most, hypot(after->landmarks[i].x - before->landmarks[i].x,
							  after->landmarks[i].y - before->landmarks[i].y));
	return most;
}

static void compare_landmarks(const struct sides *sides, size_t i, size_t j)
{
	const struct faces_face *before = &sides->before->all[i];
	const struct faces_face *after = &sides->after->all[j];
	struct findings_item item = item_of(sides, FINDINGS_LANDMARK, &landmarks_place, i, j);
	struct findings_task *task = findings_task(sides->compare->findings, sides->compare->task);

	item.level = FINDINGS_FAIL;
	item.limit = sides->compare->tolerance->landmark_px;
	if (before->landmark_count != after->landmark_count) {
		item.before = compare_pairs_path(sides->compare, "%zu points", before->landmark_count);
		item.after = compare_pairs_path(sides->compare, "%zu points", after->landmark_count);
		findings_add(sides->compare->findings, &item);
		return;
	}
	item.value = landmarks_between(before, after);
	task->landmarks++;
	task->landmark_max = fmax(task->landmark_max, item.value);
	if (compare_pairs_over(item.value, item.limit))
		findings_add(sides->compare->findings, &item);
}

static void compare_pair(const struct sides *sides, size_t i, size_t j)
{
	const struct faces_face *before = &sides->before->all[i];
	const struct faces_face *after = &sides->after->all[j];
	struct findings_item box = item_of(sides, FINDINGS_BOX, &box_place, i, j);
	struct findings_item score = item_of(sides, FINDINGS_FACE_SCORE, &score_place, i, j);

	compare_pairs_box(sides->compare, &box, &before->box, &after->box);
	compare_pairs_score(sides->compare, &score, before->score, after->score);
	if (sides->before->is_detection) {
		compare_landmarks(sides, i, j);
		return;
	}
	compare_vector(
		sides->compare, path_of(sides, &embedding_place, i), before->embedding, after->embedding);
	compare_json(sides->compare, path_of(sides, &face_place, i), before->rest, after->rest);
}

/* It is missing, unless the index is that of the other side. */
static void add_lone(const struct sides *sides, size_t i, bool is_extra)
{
	const struct compare *compare = sides->compare;
	const struct faces_face *face = &(is_extra ? sides->after : sides->before)->all[i];
	struct findings_item item = compare_pairs_item(compare,
		is_extra ? FINDINGS_FACE_EXTRA : FINDINGS_FACE_MISSING, path_of(sides, &face_place, i));

	*(is_extra ? &item.index_after : &item.index_before) = (int)i;
	*(is_extra ? &item.after : &item.before) = compare_pairs_show_box(compare, &face->box);
	item.limit = compare->min_score;
	compare_pairs_lone(sides->compare, &item, face->score,
		compare_pairs_about(face->score, compare->min_score, compare->tolerance->face_margin));
}

static void compare_all(const struct sides *sides)
{
	struct findings_task *task = findings_task(sides->compare->findings, sides->compare->task);
	struct compare_pairs_side before = side_of(sides->before, sides->compare->arena);
	struct compare_pairs_side after = side_of(sides->after, sides->compare->arena);
	MEM_AUTO int *partners = mem_new(before.count, sizeof *partners);
	MEM_AUTO bool *has_partner = mem_new(after.count, sizeof *has_partner);

	compare_pairs_find(sides->compare, &before, &after, partners);
	task->faces_before += before.count;
	task->faces_after += after.count;
	for (size_t i = 0; i < before.count; i++) {
		if (partners[i] == ASSIGN_NONE) {
			add_lone(sides, i, false);
			continue;
		}
		has_partner[partners[i]] = true;
		task->faces_matched++;
		compare_pair(sides, i, (size_t)partners[i]);
	}
	for (size_t j = 0; j < after.count; j++)
		if (!has_partner[j])
			add_lone(sides, j, true);
}

void compare_faces(struct compare *compare, struct span path, struct span before, struct span after)
{
	struct faces faces[2];
	struct err why[2];
	bool is_read[] = {faces_read(before, compare->arena, &faces[0], &why[0]) == 0,
		faces_read(after, compare->arena, &faces[1], &why[1]) == 0};

	if (!is_read[0] || !is_read[1]) {
		compare_pairs_refuse(
			compare, &(struct compare_pairs_unread){path, before, after,
						 is_read[0] ? NULL : &why[0], is_read[1] ? NULL : &why[1]});
		return;
	}
	if (faces[0].is_detection != faces[1].is_detection) {
		compare_pairs_refuse_shapes(compare, path, faces[0].is_detection);
		return;
	}
	compare_all(&(struct sides){compare, path, &faces[0], &faces[1]});
	compare_json(compare, path, faces[0].rest, faces[1].rest);
}
