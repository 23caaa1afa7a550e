#include "wire/har_value.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>

#include "wire/har.h"
#include "wire/har_object.h"
#include "wire/json_number.h"
#include "wire/latin1.h"

enum { DEPTH_MAX = 8 }; /* of the values that an entry has */

static void write_path(const struct har_value *value, struct buf *out)
{
	const struct har_value *path[DEPTH_MAX];
	size_t depth = 0;

	for (; value->in; value = value->in) {
		assert(depth < DEPTH_MAX);
		path[depth++] = value;
	}
	for (bool is_first = true; depth--; is_first = false) {
		if (!path[depth]->key)
			buf_add_format(out, "[%zu]", path[depth]->at);
		else
			buf_add_format(out, "%s%s", is_first ? "" : ".", path[depth]->key);
	}
}

void har_value_blame(const struct har_value *value, struct err *err, const char *format, ...)
{
	BUF_AUTO struct buf text = {0};
	va_list args;

	write_path(value, &text);
	buf_add_text(&text, value->in ? ": " : "");
	va_start(args, format);
	buf_add_args(&text, format, args);
	va_end(args);
	err_fill(err, ERR_INVALID, "%.*s", SPAN_ARG(buf_span(&text)));
}

/* -- members and elements -------------------------------------------------------------------- */

static struct span unless_null(struct span json)
{
	return json_type_of(json) == JSON_NULL ? SPAN_EMPTY : json;
}

/* Most keys differ in their first byte already, unless that is written as an escape. `written` is a
 * string without white space around it. */
static bool may_be(struct span written, const char *key)
{
	char first = written.p[1];

	return first == key[0] || first == '\\' || first == '"';
}

/* The place of the written key in the list; count when it is in none. */
static size_t find_key(struct span written, const char *const *keys, size_t count)
{
	size_t i = 0;

	while (i < count && !(may_be(written, keys[i]) && json_string_is(written, span_of(keys[i]))))
		i++;
	return i;
}

static int mark_latin1(const struct har_value *list, const char *const *keys, size_t count,
	struct har_value *members, struct err *err)
{
	struct json_elements walk;
	struct span written;

	if (!har_value_is(list))
		return 0;
	if (json_type_of(list->json) != JSON_ARRAY)
		return har_value_refuse(list, err, "wanted an array");
	walk = json_elements_of(list->json);
	while (json_elements_next(&walk, &written)) {
		size_t i;

		if (json_type_of(written) != JSON_STRING)
			return har_value_refuse(list, err, "wanted strings in it");
		i = find_key(written, keys, count);
		if (i < count)
			members[i].is_latin1 = true;
	}
	return 0;
}

int har_value_members(const struct har_value *object, const char *const *keys, size_t count,
	struct har_value *ret_members, struct err *err)
{
	struct har_value latin1 = {.in = object, .key = HAR_LATIN1};
	struct json_members walk = {0};
	struct span written;
	struct span value;

	if (har_value_is(object) && json_type_of(object->json) != JSON_OBJECT)
		return har_value_refuse(object, err, "wanted an object");
	for (size_t i = 0; i < count; i++)
		ret_members[i] = (struct har_value){.in = object, .key = keys[i]};
	if (har_value_is(object))
		walk = json_members_of(object->json);
	while (json_members_next(&walk, &written, &value)) {
		size_t i = find_key(written, keys, count);

		if (i < count)
			ret_members[i].json = unless_null(value);
		else if (json_string_is(written, SPAN_LITERAL(HAR_LATIN1)))
			latin1.json = unless_null(value);
	}
	return mark_latin1(&latin1, keys, count, ret_members, err);
}

static size_t count_elements(struct span array, size_t enough)
{
	struct json_elements walk = json_elements_of(array);
	struct span value;
	size_t count = 0;

	while (count < enough && json_elements_next(&walk, &value))
		count++;
	return count;
}

int har_value_elements(const struct har_value *array, size_t max, struct arena *arena,
	struct har_value **ret_elements, size_t *ret_count, struct err *err)
{
	struct har_value *elements;
	struct json_elements walk;
	size_t count;

	if (!har_value_is(array))
		return 0;
	if (json_type_of(array->json) != JSON_ARRAY)
		return har_value_refuse(array, err, "wanted an array");
	count = count_elements(array->json, max + 1);
	if (count > max)
		return har_value_refuse(array, err, "more than %zu elements", max);
	elements = arena_new(arena, count, sizeof *elements);
	walk = json_elements_of(array->json);
	for (size_t i = 0; i < count; i++) {
		elements[i] = (struct har_value){.in = array, .at = i};
		(void)json_elements_next(&walk, &elements[i].json);
	}
	*ret_elements = elements;
	*ret_count = count;
	return 0;
}

/* -- scalars --------------------------------------------------------------------------------- */

int har_value_text(
	const struct har_value *value, struct arena *arena, struct span *ret_text, struct err *err)
{
	struct buf bytes = {.arena = arena};
	struct span text;

	if (!har_value_is(value))
		return 0;
	if (json_type_of(value->json) != JSON_STRING)
		return har_value_refuse(value, err, "wanted a string");
	text = json_string(value->json, arena);
	if (value->is_latin1 && !latin1_read(text, &bytes))
		return har_value_refuse(value, err, "wanted characters up to U+00FF");
	*ret_text = value->is_latin1 ? buf_span(&bytes) : text;
	return 0;
}

int har_value_number(
	const struct har_value *value, uint64_t max, uint64_t *ret_number, struct err *err)
{
	if (har_value_is(value) && !span_to_number(value->json, max, ret_number))
		return har_value_refuse(
			value, err, "wanted a whole number up to %llu", (unsigned long long)max);
	return 0;
}

int har_value_ms(const struct har_value *value, int64_t *ret_ns, struct err *err)
{
	double ms;

	if (!har_value_is(value))
		return 0;
	if (json_type_of(value->json) != JSON_NUMBER)
		return har_value_refuse(value, err, "wanted a number");
	ms = json_number_value(value->json);
	if (ms > HAR_MS_MAX)
		return har_value_refuse(value, err, "wanted at most %d milliseconds", HAR_MS_MAX);
	*ret_ns = ms < 0 ? -1 : llround(ms * 1e6);
	return 0;
}

static bool is_sha256(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!memchr("0123456789abcdef", text.p[i], 16))
			return false;
	return text.n == HAR_SHA256_DIGITS;
}

int har_value_sha256(
	const struct har_value *value, struct arena *arena, struct span *ret_sha256, struct err *err)
{
	struct span text = SPAN_EMPTY;

	if (!har_value_is(value))
		return 0;
	if (har_value_text(value, arena, &text, err) < 0)
		return -1;
	if (!is_sha256(text))
		return har_value_refuse(
			value, err, "wanted %d hexadecimal digits in lower case", HAR_SHA256_DIGITS);
	*ret_sha256 = text;
	return 0;
}

int har_value_word(const struct har_value *value, const char *const *words, size_t count,
	size_t *ret_place, struct err *err)
{
	size_t i;

	if (!har_value_is(value))
		return 0;
	if (json_type_of(value->json) != JSON_STRING)
		return har_value_refuse(value, err, "wanted a string");
	i = find_key(value->json, words, count);
	if (i == count)
		return har_value_refuse(value, err, "wanted another word");
	*ret_place = i;
	return 0;
}
