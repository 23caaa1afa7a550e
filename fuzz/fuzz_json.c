/* A text has the same verdict whole and in pieces; what passes is walked without a fault, each
 * value the walk yields passes by itself, and a string decodes to what, written again, decodes the
 * same. */
#include "base/buf.h"
#include "fuzz.h"
#include "wire/json.h"

enum { SPLITS_MAX = 64 }; /* beyond, only so many of the possible splits are tried */

static int check_split(struct span text, size_t at, struct err *err)
{
	struct json_check check;

	json_check_init(&check);
	if (json_check_feed(&check, span_first(text, at), err) < 0)
		return -1;
	if (json_check_feed(&check, span_skip(text, at), err) < 0)
		return -1;
	return json_check_end(&check, err);
}

static int check_bytewise(struct span text, struct err *err)
{
	struct json_check check;

	json_check_init(&check);
	for (size_t i = 0; i < text.n; i++)
		if (json_check_feed(&check, (struct span){text.p + i, 1}, err) < 0)
			return -1;
	return json_check_end(&check, err);
}

static void compare_splits(struct span text, int verdict, const struct err *err)
{
	struct err other = {0};

	must(check_bytewise(text, &other) == verdict && !strcmp(other.text, err->text));
	for (size_t at = 0; at <= text.n; at += 1 + text.n / SPLITS_MAX) {
		other = (struct err){0};
		must(check_split(text, at, &other) == verdict && !strcmp(other.text, err->text));
	}
}

static void check_string(struct span string)
{
	BUF_AUTO struct buf again = {0};
	struct arena arena;
	struct span text;

	arena_init(&arena);
	text = json_string(string, &arena);
	must(json_string_is(string, text));
	if (span_utf8_length(text) == text.n) { /* no lone surrogate in it */
		buf_add_json(&again, text);
		must(json_string_is(buf_span(&again), text));
	}
	arena_deinit(&arena);
}

static bool is_level(struct span value)
{
	return json_type_of(value) == JSON_OBJECT || json_type_of(value) == JSON_ARRAY;
}

static void check_value(struct span value, struct span outer)
{
	enum json_type type;
	struct err err;

	must(json_check_whole(value, &type, &err) == 0 && type == json_type_of(value));
	must(value.p >= outer.p && value.p + value.n <= outer.p + outer.n);
	if (type == JSON_STRING)
		check_string(value);
}

/* Checks what is in an object or an array, and returns the last value that is one itself. */
static struct span walk_level(struct span text)
{
	struct span inner = SPAN_EMPTY;
	struct span key;
	struct span value;

	if (json_type_of(text) == JSON_OBJECT) {
		struct json_members walk = json_members_of(text);

		while (json_members_next(&walk, &key, &value)) {
			check_value(key, text);
			check_value(value, text);
			inner = is_level(value) ? value : inner;
		}
	} else {
		struct json_elements walk = json_elements_of(text);

		while (json_elements_next(&walk, &value)) {
			check_value(value, text);
			inner = is_level(value) ? value : inner;
		}
	}
	return inner;
}

/* Looking a member up finds the last of its name. */
static void look_up_last(struct span object)
{
	struct json_members members = json_members_of(object);
	struct span key = SPAN_EMPTY;
	struct span value = SPAN_EMPTY;
	struct span found = SPAN_EMPTY;
	struct arena arena;

	arena_init(&arena);
	while (json_members_next(&members, &key, &value))
		;
	if (key.n)
		must(json_member(object, json_string(key, &arena), &found) && found.p == value.p);
	arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	enum json_type type = JSON_NONE;
	struct err err = {0};
	int verdict = json_check_whole(text, &type, &err);

	compare_splits(text, verdict, &err);
	if (verdict < 0) {
		must(err.text[0] && type == JSON_NONE);
		return 0;
	}
	must(span_utf8_length(text) == text.n && type == json_type_of(text));
	for (struct span level = text; is_level(level);)
		level = walk_level(level);
	if (type == JSON_OBJECT)
		look_up_last(text);
	if (type == JSON_STRING)
		check_string(text);
	return 0;
}
