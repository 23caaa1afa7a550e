/* A tolerance as people and `mlreplay learn` write it down. What a file does not say is as in the
 * profile that it names; keys that nobody knows are refused, for a limit with a typing error in its
 * name would otherwise be none, except for those that begin with _, which are notes.
 */
#include <stddef.h>
#include <stdio.h>

#include "domain/tolerance.h"
#include "wire/json.h"
#include "wire/json_number.h"
#include "wire/json_path.h"

/* What a number may be, besides finite and not below zero. */
static const struct number {
	const char *key;
	size_t offset; /* in struct tolerance */
	double max;
} numbers[] = {
	{"distanceWarn", offsetof(struct tolerance, distance_warn), 2},
	{"distanceFail", offsetof(struct tolerance, distance_fail), 2},
	{"normWarn", offsetof(struct tolerance, norm_warn), 1e6},
	{"iouPair", offsetof(struct tolerance, iou_pair), 1},
	{"iouWarn", offsetof(struct tolerance, iou_warn), 1},
	{"scoreWarn", offsetof(struct tolerance, score_warn), 1},
	{"faceMargin", offsetof(struct tolerance, face_margin), 1},
	{"textMargin", offsetof(struct tolerance, text_margin), 1},
	{"landmarkPx", offsetof(struct tolerance, landmark_px), 1e6},
};

static const struct number rule_numbers[] = {
	{"atol", offsetof(struct tolerance_rule, atol), 1e9},
	{"rtol", offsetof(struct tolerance_rule, rtol), 1e9},
};

enum {
	NUMBERS = sizeof numbers / sizeof *numbers,
	RULE_NUMBERS = sizeof rule_numbers / sizeof *rule_numbers,
};

static const char *const modes[TOLERANCE_MODES] = {"exact", "ignore", "type", "unordered", "near"};
static const char modes_wanted[] = "must be one of exact, ignore, type, unordered, near";

/* -- reading --------------------------------------------------------------------------------- */

/* Where a value is: the name of its key, and the rule, if it is in one. */
struct place {
	struct span key;
	size_t rule; /* SIZE_MAX: in none */
};

static int refuse(const struct place *place, struct err *err, const char *wanted)
{
	struct span key = span_first(place->key, 64);

	if (place->rule == SIZE_MAX)
		return err_set(err, ERR_INVALID, "%.*s: %s", SPAN_ARG(key), wanted);
	return err_set(err, ERR_INVALID, "rules[%zu]%s%.*s: %s", place->rule, key.n ? "." : "",
		SPAN_ARG(key), wanted);
}

static int read_number(
	const struct place *place, struct span value, double max, double *ret_number, struct err *err)
{
	double number = json_type_of(value) == JSON_NUMBER ? json_number_value(value) : -1;
	char wanted[64];

	if (!(number >= 0 && number <= max)) {
		(void)snprintf(wanted, sizeof wanted, "must be a number from 0 to %g", max);
		return refuse(place, err, wanted);
	}
	*ret_number = number;
	return 0;
}

/* Into the object's member that the table has for the key; keys that it has not, and that are no
 * notes, are refused. */
static int read_number_of(const struct number *table, size_t count, const struct place *place,
	struct span value, void *object, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (span_is(place->key, table[i].key))
			return read_number(
				place, value, table[i].max, (double *)((char *)object + table[i].offset), err);
	return span_starts(place->key, SPAN_LITERAL("_")) ? 0 : refuse(place, err, "no such key");
}

static int read_path(const struct place *place, struct span value, struct arena *arena,
	struct span *ret_path, struct err *err)
{
	struct span path = json_type_of(value) == JSON_STRING ? json_string(value, arena) : SPAN_EMPTY;

	if (!json_path_check(path))
		return refuse(place, err, "must be a path such as a.b[0].c, a[*].b, or **.c");
	*ret_path = arena_dup(arena, path);
	return 0;
}

static int read_mode(
	const struct place *place, struct span value, enum tolerance_mode *ret_mode, struct err *err)
{
	for (size_t i = 0; json_type_of(value) == JSON_STRING && i < TOLERANCE_MODES; i++) {
		if (json_string_is(value, span_of(modes[i]))) {
			*ret_mode = (enum tolerance_mode)i;
			return 0;
		}
	}
	return refuse(place, err, modes_wanted);
}

static int read_rule_member(struct place *place, struct span value, struct arena *arena,
	struct tolerance_rule *rule, struct err *err)
{
	if (span_is(place->key, "path"))
		return read_path(place, value, arena, &rule->path, err);
	if (span_is(place->key, "mode"))
		return read_mode(place, value, &rule->mode, err);
	return read_number_of(rule_numbers, RULE_NUMBERS, place, value, rule, err);
}

static int read_rule(struct span object, size_t index, struct arena *arena,
	struct tolerance_rule *ret_rule, struct err *err)
{
	struct place place = {SPAN_EMPTY, index};
	struct tolerance_rule rule = {.mode = TOLERANCE_MODES};
	struct json_members walk;
	struct span key;
	struct span value;

	if (json_type_of(object) != JSON_OBJECT)
		return refuse(&place, err, "must be an object");
	for (walk = json_members_of(object); json_members_next(&walk, &key, &value);) {
		place.key = json_string(key, arena);
		if (read_rule_member(&place, value, arena, &rule, err) < 0)
			return -1;
	}
	place.key = SPAN_EMPTY;
	if (!rule.path.n || rule.mode == TOLERANCE_MODES)
		return refuse(&place, err, "must have path and mode");
	if (rule.mode != TOLERANCE_NEAR && (rule.atol > 0 || rule.rtol > 0))
		return refuse(&place, err, "only mode near has atol and rtol");
	*ret_rule = rule;
	return 0;
}

static int read_rules(const struct place *place, struct span array, struct arena *arena,
	struct tolerance *tolerance, struct err *err)
{
	struct json_elements walk;
	struct span rule;

	if (json_type_of(array) != JSON_ARRAY)
		return refuse(place, err, "must be an array");
	walk = json_elements_of(array);
	tolerance->rules = arena_new(arena, TOLERANCE_RULES_MAX, sizeof *tolerance->rules);
	for (tolerance->rule_count = 0; json_elements_next(&walk, &rule); tolerance->rule_count++) {
		if (tolerance->rule_count == TOLERANCE_RULES_MAX)
			return refuse(place, err, "too many rules");
		if (read_rule(rule, tolerance->rule_count, arena, &tolerance->rules[tolerance->rule_count],
				err) < 0)
			return -1;
	}
	return 0;
}

static int read_member(const struct place *place, struct span value, struct arena *arena,
	struct tolerance *tolerance, struct err *err)
{
	if (span_is(place->key, "profile"))
		return 0; /* it has been read before all others */
	if (span_is(place->key, "rules"))
		return read_rules(place, value, arena, tolerance, err);
	return read_number_of(numbers, NUMBERS, place, value, tolerance, err);
}

/* What the file's other keys change. */
static int read_profile(
	struct span object, struct arena *arena, struct tolerance *ret_tolerance, struct err *err)
{
	struct span name = SPAN_LITERAL("default");
	const struct tolerance *profile = NULL;
	struct span value;

	if (!json_member(object, SPAN_LITERAL("profile"), &value))
		profile = tolerance_profile(name);
	else if (json_type_of(value) == JSON_STRING)
		profile = tolerance_profile(json_string(value, arena));
	if (!profile)
		return err_set(err, ERR_INVALID, "profile: must be one of %s", tolerance_profiles);
	*ret_tolerance = *profile;
	return 0;
}

int tolerance_read(
	struct span text, struct arena *arena, struct tolerance *ret_tolerance, struct err *err)
{
	struct place place = {SPAN_EMPTY, SIZE_MAX};
	struct tolerance tolerance;
	struct json_members walk;
	enum json_type type;
	struct span key;
	struct span value;

	if (text.n > TOLERANCE_BYTES_MAX)
		return err_set(err, ERR_INVALID, "more than %d bytes", TOLERANCE_BYTES_MAX);
	if (json_check_whole(text, &type, err) < 0)
		return -1;
	if (type != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "must be a JSON object");
	if (read_profile(text, arena, &tolerance, err) < 0)
		return -1;
	for (walk = json_members_of(text); json_members_next(&walk, &key, &value);) {
		place.key = json_string(key, arena);
		if (read_member(&place, value, arena, &tolerance, err) < 0)
			return -1;
	}
	*ret_tolerance = tolerance;
	return 0;
}

/* -- writing --------------------------------------------------------------------------------- */

/* With as few digits as say exactly this number. */
static void write_number(double number, struct buf *out)
{
	char text[40];
	int precision = 6;

	do
		(void)snprintf(text, sizeof text, "%.*g", precision, number);
	while (json_number_value(span_of(text)) != number && ++precision < 18);
	buf_add_text(out, text);
}

static void write_rule(const struct tolerance_rule *rule, struct buf *out)
{
	buf_add_text(out, "{\"path\":");
	buf_add_json(out, rule->path);
	buf_add_format(out, ",\"mode\":\"%s\"", modes[rule->mode]);
	for (size_t i = 0; rule->mode == TOLERANCE_NEAR && i < RULE_NUMBERS; i++) {
		buf_add_format(out, ",\"%s\":", rule_numbers[i].key);
		write_number(*(const double *)((const char *)rule + rule_numbers[i].offset), out);
	}
	buf_add_text(out, "}");
}

void tolerance_write(const struct tolerance *tolerance, struct buf *out)
{
	for (size_t i = 0; i < NUMBERS; i++) {
		buf_add_format(out, "%s\"%s\":", i ? "," : "{", numbers[i].key);
		write_number(*(const double *)((const char *)tolerance + numbers[i].offset), out);
	}
	buf_add_text(out, ",\"rules\":[");
	for (size_t i = 0; i < tolerance->rule_count; i++) {
		buf_add_text(out, i ? "," : "");
		write_rule(&tolerance->rules[i], out);
	}
	buf_add_text(out, "]}\n");
}
