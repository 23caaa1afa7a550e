#include "mlmock/asked.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "wire/json.h"
#include "wire/json_dict.h"

/* The models that can do what a type of a task is. */
static const struct {
	const char *task_name;
	const char *type_name;
	enum asked_task task;
	enum asked_type type;
	bool can[MODELS_KINDS];
} abilities[] = {
	{"clip", "visual", ASKED_CLIP, ASKED_VISUAL, {[MODELS_OPENCLIP] = true, [MODELS_MCLIP] = true}},
	{"clip", "textual", ASKED_CLIP, ASKED_TEXTUAL,
		{[MODELS_OPENCLIP] = true, [MODELS_MCLIP] = true}},
	{"facial-recognition", "detection", ASKED_FACES, ASKED_DETECTION,
		{[MODELS_INSIGHTFACE] = true}},
	{"facial-recognition", "recognition", ASKED_FACES, ASKED_RECOGNITION,
		{[MODELS_INSIGHTFACE] = true}},
	{"ocr", "detection", ASKED_OCR, ASKED_DETECTION, {[MODELS_PADDLE] = true}},
	{"ocr", "recognition", ASKED_OCR, ASKED_RECOGNITION, {[MODELS_PADDLE] = true}},
};

const char *asked_task_text(enum asked_task task)
{
	size_t i = 0;

	while (abilities[i].task != task)
		i++;
	return abilities[i].task_name;
}

static enum asked_verdict add_run(
	struct asked *asked, struct span task, struct span type, struct span entry, struct arena *arena)
{
	BUF_AUTO struct buf name = {0};
	struct asked_run run = {0};
	struct span written;

	if (json_type_of(entry) != JSON_OBJECT)
		return ASKED_CRASH;
	if (!json_member(entry, SPAN_LITERAL("modelName"), &written) ||
		json_type_of(written) != JSON_STRING)
		return ASKED_INVALID;
	models_normalise(json_string(written, arena), &name);
	run.model = models_find(buf_span(&name));
	(void)json_member(entry, SPAN_LITERAL("options"), &run.options);
	for (size_t i = 0; run.model && i < sizeof abilities / sizeof *abilities; i++)
		if (span_is(task, abilities[i].task_name) && span_is(type, abilities[i].type_name) &&
			abilities[i].can[run.model->kind]) {
			run.task = abilities[i].task;
			run.type = abilities[i].type;
			asked->runs[asked->count++] = run;
			return ASKED_GOOD;
		}
	return ASKED_CRASH;
}

static enum asked_verdict add_task(
	struct asked *asked, const struct json_dict_item *task, struct arena *arena)
{
	struct json_dict types;

	if (json_type_of(task->value) != JSON_OBJECT ||
		!json_dict_read(task->value, ASKED_MEMBERS_MAX, arena, &types))
		return ASKED_INVALID;
	for (size_t i = 0; i < types.count; i++) {
		enum asked_verdict verdict =
			add_run(asked, task->name, types.items[i].name, types.items[i].value, arena);

		if (verdict != ASKED_GOOD)
			return verdict;
	}
	return ASKED_GOOD;
}

enum asked_verdict asked_read(struct span entries, struct arena *arena, struct asked *ret_asked)
{
	struct asked asked = {0};
	struct json_dict tasks;
	enum json_type type;
	struct err err;

	if (json_check_whole(entries, &type, &err) < 0 || type != JSON_OBJECT ||
		!json_dict_read(json_trim(entries), ASKED_MEMBERS_MAX, arena, &tasks))
		return ASKED_INVALID;
	/* What is not in the table ends the reading, and keys are unique. */
	asked.runs = arena_new(arena, sizeof abilities / sizeof *abilities, sizeof *asked.runs);
	for (size_t i = 0; i < tasks.count; i++) {
		enum asked_verdict verdict = add_task(&asked, &tasks.items[i], arena);

		if (verdict != ASKED_GOOD)
			return verdict;
	}
	*ret_asked = asked;
	return ASKED_GOOD;
}

bool asked_number(struct span options, const char *name, double otherwise, double *ret_number)
{
	struct span value;

	if (!options.n || !json_member(options, span_of(name), &value)) {
		*ret_number = otherwise;
		return true;
	}
	switch (json_type_of(value)) {
	case JSON_TRUE: *ret_number = 1; return true;
	case JSON_FALSE: *ret_number = 0; return true;
	case JSON_NUMBER: {
		MEM_AUTO char *text = span_dup(value);

		*ret_number = strtod(text, NULL);
		return true;
	}
	case JSON_NONE:
	case JSON_OBJECT:
	case JSON_ARRAY:
	case JSON_STRING:
	case JSON_NULL: return false;
	}
	__builtin_unreachable();
}
