#include "domain/vector.h"

#include <assert.h>
#include <float.h>
#include <math.h>

#include "wire/json.h"
#include "wire/json_number.h"

static int read_number(struct span element, size_t index, double *ret_number, struct err *err)
{
	double number;

	/* What writes JSON writes null for NaN, or, as Python does, NaN, which is no JSON. */
	if (json_type_of(element) == JSON_NULL)
		return err_set(err, ERR_INVALID, "number %zu of the vector is null", index);
	if (json_type_of(element) != JSON_NUMBER)
		return err_set(err, ERR_INVALID, "element %zu of the vector is no number", index);
	number = json_number_value(element);
	if (fabs(number) > FLT_MAX)
		return err_set(err, ERR_INVALID, "number %zu of the vector is not finite", index);
	*ret_number = number;
	return 0;
}

static int read_array(
	struct span array, struct arena *arena, struct vector *ret_vector, struct err *err)
{
	struct json_elements walk = json_elements_of(array);
	struct vector vector = {0};
	struct span element;
	size_t count = 0;

	for (; json_elements_next(&walk, &element); count++)
		if (count == VECTOR_MAX)
			return err_set(err, ERR_INVALID, "the vector has more than %d numbers", VECTOR_MAX);
	if (!count)
		return err_set(err, ERR_INVALID, "the vector has no numbers");
	vector.all = arena_new(arena, count, sizeof *vector.all);
	walk = json_elements_of(array);
	for (; json_elements_next(&walk, &element); vector.count++)
		if (read_number(element, vector.count, &vector.all[vector.count], err) < 0)
			return -1;
	*ret_vector = vector;
	return 0;
}

/* What is in the string is JSON of its own, which nobody has checked yet. */
static int check_text(struct span text, struct err *err)
{
	enum json_type type;
	struct err cause;

	if (json_check_whole(text, &type, &cause) < 0) {
		if (text.n && (memmem(text.p, text.n, "NaN", 3) || memmem(text.p, text.n, "Infinity", 8)))
			return err_set(err, ERR_INVALID, "the vector has numbers that are not finite");
		return err_set(err, ERR_INVALID, "the vector is no JSON: %s", cause.text);
	}
	if (type != JSON_ARRAY)
		return err_set(err, ERR_INVALID, "the vector is no array");
	return 0;
}

int vector_read(struct span json, struct arena *arena, struct vector *ret_vector, struct err *err)
{
	enum json_type type = json_type_of(json);
	struct span text;

	if (type == JSON_ARRAY)
		return read_array(json, arena, ret_vector, err);
	if (type != JSON_STRING)
		return err_set(err, ERR_INVALID, "the vector is neither a string nor an array");
	text = json_string(json, arena);
	if (check_text(text, err) < 0)
		return -1;
	return read_array(text, arena, ret_vector, err);
}

double vector_norm(const struct vector *vector)
{
	double sum = 0;

	for (size_t i = 0; i < vector->count; i++)
		sum += vector->all[i] * vector->all[i];
	return sqrt(sum);
}

/* Of the two made as long as one another: half the square of what is between them, which is the
 * same as 1 minus the cosine, and does not take two numbers near 1 from one another. */
double vector_distance(const struct vector *a, const struct vector *b)
{
	double norm_a = vector_norm(a);
	double norm_b = vector_norm(b);
	double sum = 0;

	assert(a->count == b->count && norm_a > 0 && norm_b > 0);
	for (size_t i = 0; i < a->count; i++) {
		double between = a->all[i] / norm_a - b->all[i] / norm_b;

		sum += between * between;
	}
	return fmin(sum / 2, 2);
}
