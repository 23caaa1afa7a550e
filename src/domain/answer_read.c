#include "domain/answer_read.h"

#include <math.h>

#include "base/buf.h"
#include "wire/json.h"
#include "wire/json_number.h"

int answer_read_object(struct span value, const char *what, struct arena *arena,
	struct json_dict *ret_dict, struct err *err)
{
	if (json_type_of(value) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "%s is no object", what);
	if (!json_dict_read(value, ANSWER_READ_MEMBERS_MAX, arena, ret_dict))
		return err_set(
			err, ERR_TOO_LARGE, "%s has more than %d members", what, ANSWER_READ_MEMBERS_MAX);
	return 0;
}

int answer_read_member(
	const struct json_dict *dict, const char *name, struct span *ret_value, struct err *err)
{
	const struct json_dict_item *item = json_dict_find(dict, span_of(name));

	if (!item)
		return err_set(err, ERR_INVALID, "%s is missing", name);
	*ret_value = item->value;
	return 0;
}

/* Of what is an array; max + 1 when there are more. */
static size_t count_elements(struct span array, size_t max)
{
	struct json_elements walk = json_elements_of(array);
	struct span element;
	size_t count = 0;

	while (count <= max && json_elements_next(&walk, &element))
		count++;
	return count;
}

int answer_read_count(
	struct span value, const char *what, size_t max, size_t *ret_count, struct err *err)
{
	size_t count;

	if (json_type_of(value) != JSON_ARRAY)
		return err_set(err, ERR_INVALID, "%s is no array", what);
	count = count_elements(value, max);
	if (count > max)
		return err_set(err, ERR_TOO_LARGE, "%s has more than %zu elements", what, max);
	*ret_count = count;
	return 0;
}

int answer_read_number(struct span value, const char *what, double *ret_number, struct err *err)
{
	double number;

	if (json_type_of(value) != JSON_NUMBER)
		return err_set(err, ERR_INVALID, "%s is no number", what);
	number = json_number_value(value);
	if (!isfinite(number))
		return err_set(err, ERR_INVALID, "%s is a number too large", what);
	*ret_number = number;
	return 0;
}

/* The array must have that many elements. */
static int begin_array(struct span value, const char *what, size_t count,
	struct json_elements *ret_walk, struct err *err)
{
	if (json_type_of(value) != JSON_ARRAY || count_elements(value, count) != count)
		return err_set(err, ERR_INVALID, "%s is no array of %zu elements", what, count);
	*ret_walk = json_elements_of(value);
	return 0;
}

int answer_read_numbers(
	struct span value, const char *what, size_t count, double *ret_numbers, struct err *err)
{
	struct json_elements walk;
	struct span element;

	if (begin_array(value, what, count, &walk, err) < 0)
		return -1;
	for (size_t i = 0; json_elements_next(&walk, &element); i++)
		if (answer_read_number(element, what, &ret_numbers[i], err) < 0)
			return -1;
	return 0;
}

int answer_read_points(struct span value, const char *what, size_t count,
	struct box_point *ret_points, struct err *err)
{
	struct json_elements walk;
	struct span element;
	double pair[2];

	if (begin_array(value, what, count, &walk, err) < 0)
		return -1;
	for (size_t i = 0; json_elements_next(&walk, &element); i++) {
		if (answer_read_numbers(element, what, 2, pair, err) < 0)
			return -1;
		ret_points[i] = (struct box_point){pair[0], pair[1]};
	}
	return 0;
}

static bool is_named(struct span name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_is(name, names[i]))
			return true;
	return false;
}

struct span answer_read_rest(
	const struct json_dict *dict, const char *const *names, size_t count, struct arena *arena)
{
	struct buf out = {.arena = arena};

	for (size_t i = 0; i < dict->count; i++) {
		const struct json_dict_item *item = &dict->items[i];

		if (is_named(item->name, names, count))
			continue;
		buf_add_text(&out, out.n ? "," : "{");
		buf_add(&out, item->key);
		buf_add_text(&out, ":");
		buf_add(&out, item->value);
	}
	if (!out.n)
		return SPAN_LITERAL("{}");
	buf_add_text(&out, "}");
	return buf_span(&out);
}
