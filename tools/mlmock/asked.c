#include "mlmock/asked.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "wire/json.h"

struct member {
	struct span key; /* decoded */
	struct span value;
};

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

static void add_member(struct member *members, size_t *count, struct member member)
{
	for (size_t i = 0; i < *count; i++)
		if (span_equal(members[i].key, member.key)) {
			members[i].value = member.value;
			return;
		}
	members[(*count)++] = member;
}

/* The members of an object as Python's dict keeps them. False when there are too many. */
static bool read_members(
	struct span object, struct arena *arena, struct member **ret_members, size_t *ret_count)
{
	struct json_members walk = json_members_of(object);
	struct member member;
	size_t count = 0;
	size_t seen = 0;

	while (json_members_next(&walk, &member.key, &member.value))
		if (++seen > ASKED_MEMBERS_MAX)
			return false;
	*ret_members = arena_new(arena, seen + 1, sizeof **ret_members);
	walk = json_members_of(object);
	while (json_members_next(&walk, &member.key, &member.value)) {
		member.key = json_string(member.key, arena);
		add_member(*ret_members, &count, member);
	}
	*ret_count = count;
	return true;
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
	struct asked *asked, const struct member *task, struct arena *arena)
{
	struct member *types;
	size_t count;

	if (json_type_of(task->value) != JSON_OBJECT ||
		!read_members(task->value, arena, &types, &count))
		return ASKED_INVALID;
	for (size_t i = 0; i < count; i++) {
		enum asked_verdict verdict = add_run(asked, task->key, types[i].key, types[i].value, arena);

		if (verdict != ASKED_GOOD)
			return verdict;
	}
	return ASKED_GOOD;
}

enum asked_verdict asked_read(struct span entries, struct arena *arena, struct asked *ret_asked)
{
	struct asked asked = {0};
	struct member *tasks;
	enum json_type type;
	struct err err;
	size_t count;

	if (json_check_whole(entries, &type, &err) || type != JSON_OBJECT ||
		!read_members(json_trim(entries), arena, &tasks, &count))
		return ASKED_INVALID;
	/* What is not in the table ends the reading, and keys are unique. */
	asked.runs = arena_new(arena, sizeof abilities / sizeof *abilities, sizeof *asked.runs);
	for (size_t i = 0; i < count; i++) {
		enum asked_verdict verdict = add_task(&asked, &tasks[i], arena);

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
