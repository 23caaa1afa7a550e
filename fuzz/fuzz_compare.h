/* fuzz_compare: what the targets of the comparators have in common. Input: two JSON values with a
 * NUL between them, which no JSON holds. */
#ifndef FUZZ_COMPARE_H
#define FUZZ_COMPARE_H

#include <math.h>

#include "base/buf.h"
#include "domain/compare.h"
#include "fuzz.h"
#include "wire/json.h"

typedef void fuzz_compare_fn(
	struct compare *compare, struct span path, struct span before, struct span after);

struct fuzz_compare {
	fuzz_compare_fn *compare;
	struct arena arena;
	struct findings findings; /* of the last run */
};

/* When so many steps were taken before; returns how many were then. */
static inline uint64_t fuzz_compare_begun(
	struct fuzz_compare *fuzz, uint64_t steps, struct span before, struct span after)
{
	struct compare compare = {
		.tolerance = tolerance_profile(SPAN_LITERAL("default")),
		.arena = &fuzz->arena,
		.findings = &fuzz->findings,
		.task = SPAN_LITERAL("task"),
		.min_score = 0.5,
		.min_box_score = 0.5,
		.steps = steps,
	};

	findings_init(&fuzz->findings, &fuzz->arena);
	(void)findings_task(&fuzz->findings, compare.task);
	fuzz->compare(&compare, compare.task, before, after);
	return compare.steps;
}

/* With half of the steps that it takes it is never milder. */
static inline void fuzz_compare_run(
	struct fuzz_compare *fuzz, struct span before, struct span after)
{
	uint64_t steps = fuzz_compare_begun(fuzz, 0, before, after);
	enum findings_level level = fuzz->findings.level;

	(void)fuzz_compare_begun(fuzz, COMPARE_STEPS_MAX - steps / 2, before, after);
	must(fuzz->findings.level >= level);
	(void)fuzz_compare_begun(fuzz, 0, before, after);
	must(fuzz->findings.task_count == 1);
	must(fuzz->findings.level == fuzz->findings.tasks[0].level);
	for (size_t i = 0; i < fuzz->findings.count; i++)
		must(fuzz->findings.items[i].level > FINDINGS_SAME &&
			 fuzz->findings.items[i].level <= fuzz->findings.level);
}

/* How many of the kind there are. */
static inline size_t fuzz_compare_count(const struct fuzz_compare *fuzz, enum findings_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < fuzz->findings.count; i++)
		count += fuzz->findings.items[i].kind == kind;
	return count;
}

/* Reads the two values; false when the bytes are no such input. */
static inline bool fuzz_compare_read(
	struct span rest, struct span *ret_before, struct span *ret_after)
{
	enum json_type type;
	struct err err;

	*ret_before = span_cut(&rest, '\0');
	*ret_after = rest;
	return json_check_whole(*ret_before, &type, &err) == 0 &&
		   json_check_whole(*ret_after, &type, &err) == 0;
}

/* Adds the array's elements, the last one first, in groups of as many. */
static inline void fuzz_compare_turn(
	struct span array, size_t group, struct arena *arena, struct buf *out)
{
	struct json_elements walk = json_elements_of(array);
	struct span *all = arena_new(arena, array.n, sizeof *all);
	size_t count = 0;

	while (json_elements_next(&walk, &all[count]))
		count++;
	buf_add_text(out, "[");
	for (size_t i = count / group; i-- > 0;) {
		for (size_t k = 0; k < group; k++) {
			buf_add(out, all[i * group + k]);
			buf_add_text(out, i || k + 1 < group ? "," : "");
		}
	}
	buf_add_text(out, "]");
}

#endif
