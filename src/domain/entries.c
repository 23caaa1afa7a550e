/* The text is checked as JSON once and then read in place. Of doubled keys only the value that
 * counts is judged: what a later one replaces may be anything, for the service never sees it
 * either.
 */
#include "domain/entries.h"

#include "wire/json.h"
#include "wire/json_dict.h"

/* What the service says to all that it cannot read. */
static int invalid(struct err *err)
{
	return err_set(err, ERR_INVALID, "Invalid request format.");
}

/* Why the check has failed; what is valid JSON is valid UTF-8 too. */
static int refuse_text(struct span text, struct err *err)
{
	struct err cause = *err;
	size_t valid = span_utf8_length(text);

	if (valid < text.n)
		return err_set(err, ERR_INVALID, "entries: no valid UTF-8 at byte %zu", valid);
	/* The service would take more levels than we do, so it is we who refuse them. */
	if (cause.kind == ERR_TOO_LARGE)
		return err_set(err, ERR_INVALID, "entries: %s", cause.text);
	return invalid(err);
}

static int check_text(struct span text, struct err *err)
{
	enum json_type type;

	if (json_check_whole(text, &type, err) < 0)
		return refuse_text(text, err);
	return type == JSON_OBJECT ? 0 : invalid(err);
}

/* The service refuses lone surrogates, which only an escape can say. */
static bool is_text(struct span decoded)
{
	return span_utf8_length(decoded) == decoded.n;
}

static int read_type(const struct json_dict_item *item, const struct entries_task *task,
	struct arena *arena, struct entries_type *ret_type, struct err *err)
{
	struct entries_type type = {.name = item->name};
	struct span model;

	if (!is_text(item->name))
		return invalid(err);
	if (json_type_of(item->value) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "entries: %.*s/%.*s is no object", SPAN_ARG(task->name),
			SPAN_ARG(type.name));
	if (!json_member(item->value, SPAN_LITERAL("modelName"), &model))
		return invalid(err);
	if (json_type_of(model) != JSON_STRING)
		return invalid(err);
	type.model = json_string(model, arena);
	if (!is_text(type.model))
		return invalid(err);
	*ret_type = type;
	return 0;
}

static int read_task(const struct json_dict_item *item, struct arena *arena,
	struct entries_task *ret_task, struct err *err)
{
	struct entries_task task = {.name = item->name, .key = item->key, .value = item->value};
	struct json_dict types;

	if (!is_text(task.name) || json_type_of(task.value) != JSON_OBJECT)
		return invalid(err);
	if (!json_dict_read(task.value, ENTRIES_TYPES_MAX, arena, &types))
		return err_set(
			err, ERR_TOO_LARGE, "entries: more than %d types in a task", ENTRIES_TYPES_MAX);
	task.types = arena_new(arena, types.count, sizeof *task.types);
	task.type_count = types.count;
	for (size_t i = 0; i < types.count; i++)
		if (read_type(&types.items[i], &task, arena, &task.types[i], err) < 0)
			return -1;
	*ret_task = task;
	return 0;
}

int entries_parse(
	struct span text, struct arena *arena, struct entries *ret_entries, struct err *err)
{
	struct entries entries;
	struct json_dict tasks;

	if (check_text(text, err) < 0)
		return -1;
	if (!json_dict_read(text, ENTRIES_TASKS_MAX, arena, &tasks))
		return err_set(err, ERR_TOO_LARGE, "entries: more than %d tasks", ENTRIES_TASKS_MAX);
	entries.tasks = arena_new(arena, tasks.count, sizeof *entries.tasks);
	entries.task_count = tasks.count;
	for (size_t i = 0; i < tasks.count; i++)
		if (read_task(&tasks.items[i], arena, &entries.tasks[i], err) < 0)
			return -1;
	*ret_entries = entries;
	return 0;
}

void entries_write(const struct entries *entries, const bool *wanted, struct buf *out)
{
	const char *mark = "{";

	for (size_t i = 0; i < entries->task_count; i++) {
		if (!wanted[i])
			continue;
		buf_add_text(out, mark);
		buf_add(out, entries->tasks[i].key);
		buf_add_text(out, ":");
		buf_add(out, entries->tasks[i].value);
		mark = ",";
	}
	buf_add_text(out, *mark == '{' ? "{}" : "}");
}
