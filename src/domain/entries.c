/* The text is checked as JSON once; then the walk goes over it in place. A doubled key takes the
 * place it had first and the value it has last, and only that value is judged: what a later one
 * replaces may be anything, for the service never sees it either.
 */
#include "domain/entries.h"

#include "wire/json.h"

/* What the service says to all that it cannot read. */
static int invalid(struct err *err)
{
	return err_set(err, ERR_INVALID, "Invalid request format.");
}

static int check_text(struct span text, struct err *err)
{
	size_t valid = span_utf8_length(text);
	enum json_type type;

	if (valid < text.n)
		return err_set(err, ERR_INVALID, "entries: no valid UTF-8 at byte %zu", valid);
	if (json_check_whole(text, &type, err) < 0) {
		struct err cause = *err;

		/* The service would take more levels than we do, so it is we who refuse them. */
		if (cause.kind == ERR_TOO_LARGE)
			return err_set(err, ERR_INVALID, "entries: %s", cause.text);
		return invalid(err);
	}
	return type == JSON_OBJECT ? 0 : invalid(err);
}

/* Decodes a string that must be text: the service refuses lone surrogates. */
static int decode(struct span string, struct arena *arena, struct span *ret_text, struct err *err)
{
	struct span text = json_string(string, arena);

	if (span_utf8_length(text) < text.n)
		return invalid(err);
	*ret_text = text;
	return 0;
}

/* A key and its last value. */
struct member {
	struct span name;
	struct span key;
	struct span value;
};

struct members {
	struct member *items;
	size_t count;
};

static struct member *find(const struct members *members, struct span key)
{
	for (size_t i = 0; i < members->count; i++)
		if (json_string_is(key, members->items[i].name))
			return &members->items[i];
	return NULL;
}

static size_t count_written(struct span object, size_t max)
{
	struct json_members walk = json_members_of(object);
	struct span key;
	struct span value;
	size_t count = 0;

	while (count < max && json_members_next(&walk, &key, &value))
		count++;
	return count;
}

/* At most max members; `what` they are goes into the error. */
static int collect(struct span object, size_t max, const char *what, struct arena *arena,
	struct members *ret_members, struct err *err)
{
	struct json_members walk = json_members_of(object);
	struct members members = {0};
	struct span key;
	struct span value;

	members.items = arena_new(arena, count_written(object, max), sizeof *members.items);
	while (json_members_next(&walk, &key, &value)) {
		struct member *member = find(&members, key);

		if (!member) {
			if (members.count == max)
				return err_set(err, ERR_TOO_LARGE, "entries: more than %zu %s", max, what);
			member = &members.items[members.count++];
			member->key = key;
			if (decode(key, arena, &member->name, err) < 0)
				return -1;
		}
		member->value = value;
	}
	*ret_members = members;
	return 0;
}

static int read_model(
	struct span entry, struct arena *arena, struct span *ret_model, struct err *err)
{
	struct span model;

	if (!json_member(entry, SPAN_LITERAL("modelName"), &model))
		return invalid(err);
	if (json_type_of(model) != JSON_STRING)
		return invalid(err);
	return decode(model, arena, ret_model, err);
}

static int read_types(struct entries_task *task, struct arena *arena, struct err *err)
{
	struct members members;

	if (json_type_of(task->value) != JSON_OBJECT)
		return invalid(err);
	if (collect(task->value, ENTRIES_TYPES_MAX, "types in a task", arena, &members, err) < 0)
		return -1;
	task->types = arena_new(arena, members.count, sizeof *task->types);
	task->type_count = members.count;
	for (size_t i = 0; i < members.count; i++) {
		const struct member *member = &members.items[i];

		task->types[i].name = member->name;
		if (json_type_of(member->value) != JSON_OBJECT)
			return err_set(err, ERR_INVALID, "entries: %.*s/%.*s is no object",
				SPAN_ARG(task->name), SPAN_ARG(member->name));
		if (read_model(member->value, arena, &task->types[i].model, err) < 0)
			return -1;
	}
	return 0;
}

int entries_parse(
	struct span text, struct arena *arena, struct entries *ret_entries, struct err *err)
{
	struct entries entries;
	struct members members;

	if (check_text(text, err) < 0)
		return -1;
	if (collect(text, ENTRIES_TASKS_MAX, "tasks", arena, &members, err) < 0)
		return -1;
	entries.tasks = arena_new(arena, members.count, sizeof *entries.tasks);
	entries.task_count = members.count;
	for (size_t i = 0; i < members.count; i++) {
		const struct member *member = &members.items[i];

		entries.tasks[i] =
			(struct entries_task){.name = member->name, .key = member->key, .value = member->value};
		if (read_types(&entries.tasks[i], arena, err) < 0)
			return -1;
	}
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
