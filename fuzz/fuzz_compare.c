/* Input: a tolerance's rules' path, the entries and two answers, with NULs between them (which no
 * JSON holds). An answer is the same as itself, also with its keys in another order; whatever two
 * come to is told within the limits, and the levels are those of what is told. */
#include "domain/compare.h"

#include "base/arena.h"
#include "domain/replay_key.h"
#include "fuzz.h"
#include "wire/json.h"
#include "wire/json_path.h"

struct input {
	struct tolerance tolerance;
	struct tolerance_rule rule;
	struct span entries;
	struct span before;
	struct span after;
};

static struct findings compare(
	const struct input *input, struct span before, struct span after, struct arena *arena)
{
	const struct compare_request request = {
		.tolerance = &input->tolerance,
		.entries = input->entries,
		.before = {200, before},
		.after = {200, after},
	};
	struct findings findings;

	compare_answers(&request, arena, &findings);
	return findings;
}

static void check_findings(const struct findings *findings)
{
	enum findings_level highest = FINDINGS_SAME;

	must(findings->count <= FINDINGS_MAX);
	for (size_t i = 0; i < findings->count; i++) {
		const struct findings_item *item = &findings->items[i];

		must(item->level > FINDINGS_SAME && item->kind < FINDINGS_KINDS);
		must(item->path.n <= FINDINGS_TEXT_BYTES && item->before.n <= FINDINGS_TEXT_BYTES &&
			 item->after.n <= FINDINGS_TEXT_BYTES);
		if (item->level == FINDINGS_FAIL || highest == FINDINGS_SAME)
			highest = item->level;
	}
	must(findings->level == highest);
	for (size_t i = 0; i < findings->task_count; i++)
		must(findings->tasks[i].level <= highest && findings->tasks[i].name.n > 0);
}

/* The canonical text has lost what does not count: blanks, the order of keys, doubled ones. */
static void check_same(const struct input *input, struct span answer, struct arena *arena)
{
	struct buf canonical = {.arena = arena};
	struct findings findings = compare(input, answer, answer, arena);
	enum json_type type;
	struct err err;

	must(findings.level == FINDINGS_SAME && findings.count == 0);
	if (json_check_whole(answer, &type, &err) < 0)
		return;
	replay_key_canonical(answer, &canonical);
	findings = compare(input, answer, buf_span(&canonical), arena);
	must(findings.level == FINDINGS_SAME && findings.count == 0);
}

static void read_input(struct span rest, struct input *input)
{
	struct span path = span_cut(&rest, '\0');
	unsigned char mode = path.n ? (unsigned char)path.p[0] : 0;

	input->tolerance = *tolerance_profile(SPAN_LITERAL("default"));
	input->rule = (struct tolerance_rule){
		.path = span_skip(path, 1), .mode = mode % TOLERANCE_MODES, .atol = 0.5, .rtol = 0.5};
	input->tolerance.rules = &input->rule;
	input->tolerance.rule_count = json_path_check(input->rule.path);
	input->entries = span_cut(&rest, '\0');
	input->before = span_cut(&rest, '\0');
	input->after = rest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct findings findings;
	struct input input;
	struct arena arena;

	if (size > 65536)
		return 0;
	arena_init(&arena);
	read_input((struct span){(const char *)data, size}, &input);
	findings = compare(&input, input.before, input.after, &arena);
	check_findings(&findings);
	check_same(&input, input.before, &arena);
	check_same(&input, input.after, &arena);
	arena_deinit(&arena);
	return 0;
}
