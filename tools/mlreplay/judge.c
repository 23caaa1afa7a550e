#include "mlreplay/judge.h"

#include <assert.h>

#include "wire/json.h"

void judge_init(struct judge *judge, const struct tolerance *tolerance)
{
	*judge = (struct judge){.tolerance = tolerance, .verdict = verdict_new()};
}

void judge_deinit(struct judge *judge)
{
	for (size_t i = 0; i < judge->report_count; i++)
		judge->reports[i]->ops->free(judge->reports[i]);
	verdict_free(judge->verdict);
	*judge = (struct judge){0};
}

void judge_add_report(struct judge *judge, struct report *report)
{
	assert(judge->report_count < JUDGE_REPORTS_MAX);
	judge->reports[judge->report_count++] = report;
}

void judge_compare(const struct judge *judge, struct arena *arena, struct outcome *outcome,
	struct findings *ret_findings)
{
	const struct compare_request request = {.tolerance = judge->tolerance,
		.entries = outcome->entries,
		.before = outcome->before,
		.after = outcome->after};

	compare_answers(&request, arena, ret_findings);
	outcome->outcome = VERDICT_COMPARED;
	outcome->findings = ret_findings;
}

/* -- vectors for search ---------------------------------------------------------------------- */

/* The member of a text that may be anything. */
static bool find_member(struct span json, const char *key, struct span *ret_value)
{
	enum json_type type;
	struct err err;

	return json_check_whole(json, &type, &err) == 0 && type == JSON_OBJECT &&
		   json_member(json_trim(json), span_of(key), ret_value);
}

static bool read_vector(struct span answer, struct arena *arena, struct vector *ret_vector)
{
	struct span value;
	struct err err;

	return find_member(answer, "clip", &value) && vector_read(value, arena, ret_vector, &err) == 0;
}

/* A task for search has one type: a picture's, or a text's. */
static bool is_text(struct span entries)
{
	struct span clip;
	struct span textual;

	return find_member(entries, "clip", &clip) && json_type_of(clip) == JSON_OBJECT &&
		   json_member(clip, SPAN_LITERAL("textual"), &textual);
}

static void add_vectors(struct judge *judge, const struct outcome *outcome)
{
	struct arena arena;
	struct vector before;
	struct vector after;

	arena_init(&arena);
	if (read_vector(outcome->before.body, &arena, &before) &&
		read_vector(outcome->after.body, &arena, &after))
		verdict_add_vectors(judge->verdict, is_text(outcome->entries), &before, &after);
	arena_deinit(&arena);
}

/* -- telling --------------------------------------------------------------------------------- */

void judge_tell(struct judge *judge, const struct outcome *outcome)
{
	verdict_add(judge->verdict, outcome->outcome, outcome->findings);
	if (outcome->findings)
		add_vectors(judge, outcome);
	for (size_t i = 0; i < judge->report_count; i++)
		judge->reports[i]->ops->outcome(judge->reports[i], outcome);
}

int judge_end(struct judge *judge, struct report_end *end, struct err *err)
{
	struct err ignored;
	int result = 0;

	end->verdict = judge->verdict;
	for (size_t i = 0; i < judge->report_count; i++) {
		struct report *report = judge->reports[i];

		if (report->ops->end(report, end, result ? &ignored : err) < 0)
			result = -1;
	}
	return result;
}
