#include "domain/faces.h"

#include "domain/answer_read.h"
#include "wire/json.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const char *const face_members[] = {"boundingBox", "embedding", "score"};
static const char *const detection_members[] = {"boxes", "scores", "landmarks"};
static const char *const sides[BOX_CORNERS] = {"x1", "y1", "x2", "y2"};

static int init_box(const double at[BOX_CORNERS], struct box *ret_box, struct err *err)
{
	struct box_point corners[BOX_CORNERS] = {
		{at[0], at[1]}, {at[2], at[1]}, {at[2], at[3]}, {at[0], at[3]}};

	if (!box_init(ret_box, corners))
		return err_set(err, ERR_INVALID, "the box lies beyond %d", BOX_COORDINATE_MAX);
	return 0;
}

/* Of these four members and no others. */
static int read_bounding_box(
	struct span value, struct arena *arena, struct box *ret_box, struct err *err)
{
	struct json_dict dict;
	double at[BOX_CORNERS];

	if (answer_read_object(value, "boundingBox", arena, &dict, err) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		struct span side;

		if (answer_read_member(&dict, sides[i], &side, err) < 0 ||
			answer_read_number(side, sides[i], &at[i], err) < 0)
			return -1;
	}
	if (dict.count != COUNT_OF(sides))
		return err_set(err, ERR_INVALID, "boundingBox has other members than x1, y1, x2 and y2");
	return init_box(at, ret_box, err);
}

static int read_face(
	struct span value, struct arena *arena, struct faces_face *ret_face, struct err *err)
{
	struct json_dict dict;
	struct span box;
	struct span score;

	if (answer_read_object(value, "it", arena, &dict, err) < 0 ||
		answer_read_member(&dict, "boundingBox", &box, err) < 0 ||
		answer_read_member(&dict, "score", &score, err) < 0 ||
		answer_read_member(&dict, "embedding", &ret_face->embedding, err) < 0 ||
		answer_read_number(score, "score", &ret_face->score, err) < 0)
		return -1;
	ret_face->rest = answer_read_rest(&dict, face_members, COUNT_OF(face_members), arena);
	return read_bounding_box(box, arena, &ret_face->box, err);
}

static int read_list(
	struct span value, struct arena *arena, struct faces *ret_faces, struct err *err)
{
	struct json_elements walk = json_elements_of(value);
	struct span element;
	struct err cause;

	if (answer_read_count(value, "the list of faces", FACES_MAX, &ret_faces->count, err) < 0)
		return -1;
	ret_faces->all = arena_new(arena, ret_faces->count, sizeof *ret_faces->all);
	for (size_t i = 0; json_elements_next(&walk, &element); i++)
		if (read_face(element, arena, &ret_faces->all[i], &cause) < 0)
			return err_set(err, cause.kind, "face %zu: %s", i, cause.text);
	return 0;
}

static int read_box(struct span value, struct faces_face *ret_face, struct err *err)
{
	double at[BOX_CORNERS];

	if (answer_read_numbers(value, "the box", BOX_CORNERS, at, err) < 0)
		return -1;
	return init_box(at, &ret_face->box, err);
}

static int read_landmarks(
	struct span value, struct arena *arena, struct faces_face *ret_face, struct err *err)
{
	if (answer_read_count(value, "landmarks", FACES_MAX, &ret_face->landmark_count, err) < 0)
		return -1;
	ret_face->landmarks = arena_new(arena, ret_face->landmark_count, sizeof *ret_face->landmarks);
	return answer_read_points(
		value, "landmarks", ret_face->landmark_count, ret_face->landmarks, err);
}

/* The arrays that detection alone gives, each with one element a face. */
struct columns {
	struct json_elements boxes;
	struct json_elements scores;
	struct json_elements landmarks;
};

static int read_columns(
	struct columns *columns, struct arena *arena, struct faces *faces, struct err *err)
{
	for (size_t i = 0; i < faces->count; i++) {
		struct faces_face *face = &faces->all[i];
		struct span box = SPAN_EMPTY;
		struct span score = SPAN_EMPTY;
		struct span landmarks = SPAN_EMPTY;
		struct err cause;

		(void)json_elements_next(&columns->boxes, &box);
		(void)json_elements_next(&columns->scores, &score);
		(void)json_elements_next(&columns->landmarks, &landmarks);
		if (read_box(box, face, &cause) < 0 ||
			answer_read_number(score, "the score", &face->score, &cause) < 0 ||
			read_landmarks(landmarks, arena, face, &cause) < 0)
			return err_set(err, cause.kind, "face %zu: %s", i, cause.text);
		face->rest = SPAN_LITERAL("{}");
	}
	return 0;
}

static int read_detection(
	struct span value, struct arena *arena, struct faces *ret_faces, struct err *err)
{
	struct span found[COUNT_OF(detection_members)];
	struct json_dict dict;
	struct columns columns;
	size_t counts[COUNT_OF(detection_members)];

	if (answer_read_object(value, "it", arena, &dict, err) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(detection_members); i++)
		if (answer_read_member(&dict, detection_members[i], &found[i], err) < 0 ||
			answer_read_count(found[i], detection_members[i], FACES_MAX, &counts[i], err) < 0)
			return -1;
	if (counts[1] != counts[0] || counts[2] != counts[0])
		return err_set(err, ERR_INVALID, "boxes, scores and landmarks differ in number");
	columns = (struct columns){
		json_elements_of(found[0]), json_elements_of(found[1]), json_elements_of(found[2])};
	ret_faces->count = counts[0];
	ret_faces->all = arena_new(arena, ret_faces->count, sizeof *ret_faces->all);
	ret_faces->rest =
		answer_read_rest(&dict, detection_members, COUNT_OF(detection_members), arena);
	return read_columns(&columns, arena, ret_faces, err);
}

int faces_read(struct span value, struct arena *arena, struct faces *ret_faces, struct err *err)
{
	struct faces faces = {.rest = SPAN_LITERAL("{}")};
	enum json_type type = json_type_of(value);

	if (type != JSON_ARRAY && type != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "it is neither a list of faces nor what detection gives");
	faces.is_detection = type == JSON_OBJECT;
	if ((faces.is_detection ? read_detection : read_list)(value, arena, &faces, err) < 0)
		return -1;
	*ret_faces = faces;
	return 0;
}
