#include "domain/texts.h"

#include <math.h>

#include "domain/answer_read.h"
#include "wire/json.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const char *const names[] = {"text", "box", "boxScore", "textScore"};
static const char *const detection_names[] = {"boxes", "scores"};

static int read_text(struct span value, struct arena *arena, struct span *ret_text, struct err *err)
{
	struct span text;

	if (json_type_of(value) != JSON_STRING)
		return err_set(err, ERR_INVALID, "it is no string");
	text = json_string(value, arena);
	if (text.n > TEXTS_BYTES_MAX)
		return err_set(err, ERR_TOO_LARGE, "it has more than %d bytes", TEXTS_BYTES_MAX);
	*ret_text = text;
	return 0;
}

static int read_texts(struct span value, struct arena *arena, struct texts *texts, struct err *err)
{
	struct json_elements walk = json_elements_of(value);
	struct span element;
	struct err cause;

	for (size_t i = 0; json_elements_next(&walk, &element); i++)
		if (read_text(element, arena, &texts->all[i].text, &cause) < 0)
			return err_set(err, cause.kind, "text %zu: %s", i, cause.text);
	return 0;
}

static int init_box(
	struct texts *texts, size_t i, const struct box_point corners[BOX_CORNERS], struct err *err)
{
	if (!box_init(&texts->all[i].box, corners))
		return err_set(err, ERR_INVALID, "box %zu lies beyond %d", i, BOX_COORDINATE_MAX);
	return 0;
}

/* Eight numbers for each, one behind the other. */
static int read_flat_boxes(
	struct span value, struct arena *arena, struct texts *texts, struct err *err)
{
	size_t count = texts->count * BOX_COORDINATES;
	double *at = arena_new(arena, count, sizeof *at);

	if (answer_read_numbers(value, "box", count, at, err) < 0)
		return -1;
	for (size_t i = 0; i < texts->count; i++, at += BOX_COORDINATES) {
		struct box_point corners[BOX_CORNERS] = {
			{at[0], at[1]}, {at[2], at[3]}, {at[4], at[5]}, {at[6], at[7]}};

		if (init_box(texts, i, corners, err) < 0)
			return -1;
	}
	return 0;
}

static int read_boxes(struct span value, struct texts *texts, struct err *err)
{
	struct json_elements walk = json_elements_of(value);
	struct span element;

	for (size_t i = 0; json_elements_next(&walk, &element); i++) {
		struct box_point corners[BOX_CORNERS];

		if (answer_read_points(element, "a box", BOX_CORNERS, corners, err) < 0 ||
			init_box(texts, i, corners, err) < 0)
			return -1;
	}
	return 0;
}

/* Finds the members, and makes room for as many texts as the first one has elements. */
static int begin(const struct json_dict *dict, bool is_detection, struct arena *arena,
	struct span *ret_found, struct texts *texts, struct err *err)
{
	const char *const *wanted = is_detection ? detection_names : names;
	size_t count = is_detection ? COUNT_OF(detection_names) : COUNT_OF(names);

	for (size_t i = 0; i < count; i++)
		if (answer_read_member(dict, wanted[i], &ret_found[i], err) < 0)
			return -1;
	if (answer_read_count(ret_found[0], wanted[0], TEXTS_MAX, &texts->count, err) < 0)
		return -1;
	texts->is_detection = is_detection;
	texts->all = arena_new(arena, texts->count, sizeof *texts->all);
	texts->rest = answer_read_rest(dict, wanted, count, arena);
	return 0;
}

static int read_all(
	const struct json_dict *dict, struct arena *arena, struct texts *texts, struct err *err)
{
	struct span found[COUNT_OF(names)];
	double *scores;

	if (begin(dict, false, arena, found, texts, err) < 0 ||
		read_texts(found[0], arena, texts, err) < 0 ||
		read_flat_boxes(found[1], arena, texts, err) < 0)
		return -1;
	scores = arena_new(arena, texts->count * 2, sizeof *scores);
	if (answer_read_numbers(found[2], names[2], texts->count, scores, err) < 0 ||
		answer_read_numbers(found[3], names[3], texts->count, scores + texts->count, err) < 0)
		return -1;
	for (size_t i = 0; i < texts->count; i++) {
		texts->all[i].box_score = scores[i];
		texts->all[i].text_score = scores[texts->count + i];
	}
	return 0;
}

static int read_detection(
	const struct json_dict *dict, struct arena *arena, struct texts *texts, struct err *err)
{
	struct span found[COUNT_OF(detection_names)];
	double *scores;

	if (begin(dict, true, arena, found, texts, err) < 0 || read_boxes(found[0], texts, err) < 0)
		return -1;
	scores = arena_new(arena, texts->count, sizeof *scores);
	if (answer_read_numbers(found[1], detection_names[1], texts->count, scores, err) < 0)
		return -1;
	for (size_t i = 0; i < texts->count; i++) {
		texts->all[i].box_score = scores[i];
		texts->all[i].text_score = NAN;
	}
	return 0;
}

int texts_read(struct span value, struct arena *arena, struct texts *ret_texts, struct err *err)
{
	struct texts texts = {0};
	struct json_dict dict;
	bool is_detection;

	if (answer_read_object(value, "it", arena, &dict, err) < 0)
		return -1;
	is_detection = json_dict_find(&dict, span_of(detection_names[0])) != NULL;
	if ((is_detection ? read_detection : read_all)(&dict, arena, &texts, err) < 0)
		return -1;
	*ret_texts = texts;
	return 0;
}
