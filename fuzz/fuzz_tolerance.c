/* What is read as a tolerance is written, and read again as the same; its rules are patterns that
 * can be followed. */
#include "base/arena.h"
#include "domain/tolerance.h"
#include "fuzz.h"
#include "wire/json_path.h"

static void check_rules(const struct tolerance *tolerance)
{
	const struct json_path_step key = {.kind = JSON_PATH_KEY, .key = SPAN_LITERAL("a")};

	must(tolerance->rule_count <= TOLERANCE_RULES_MAX);
	for (size_t i = 0; i < tolerance->rule_count; i++) {
		struct span path = tolerance->rules[i].path;
		uint64_t states = json_path_begin(path);

		must(json_path_check(path) && tolerance->rules[i].mode < TOLERANCE_MODES);
		for (size_t step = 0; step < JSON_PATH_STEPS_MAX + 1 && states; step++)
			states = json_path_follow(path, states, &key);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tolerance tolerance;
	struct tolerance again;
	struct arena arena;
	struct buf written = {.arena = &arena};
	struct buf rewritten = {.arena = &arena};
	struct err err = {0};

	arena_init(&arena);
	if (tolerance_read((struct span){(const char *)data, size}, &arena, &tolerance, &err) == 0) {
		check_rules(&tolerance);
		tolerance_write(&tolerance, &written);
		must(tolerance_read(buf_span(&written), &arena, &again, &err) == 0);
		tolerance_write(&again, &rewritten);
		must(span_equal(buf_span(&written), buf_span(&rewritten)));
	} else {
		must(err.kind && err.text[0]);
	}
	arena_deinit(&arena);
	return 0;
}
