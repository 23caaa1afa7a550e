/* The answers are read into dicts, each judged as soon as it is there, so that another backend can
 * be asked when it will not do. A member is written with the key as its backend spelt it: that is
 * what the client would have seen without us.
 */
#include "domain/merge.h"

#include <assert.h>

#include "base/arena.h"
#include "wire/json_dict.h"

struct merge {
	const struct entries *entries;
	const struct merge_answer *answers;
	const struct json_dict *dicts; /* of the answers */
	size_t count;
	struct buf *out;
	size_t written; /* members so far */
};

static const struct span sizes[] = {SPAN_LITERAL("imageHeight"), SPAN_LITERAL("imageWidth")};

enum { SIZE_COUNT = sizeof sizes / sizeof *sizes };

static bool is_task(const struct entries *entries, struct span name)
{
	for (size_t i = 0; i < entries->task_count; i++)
		if (span_equal(entries->tasks[i].name, name))
			return true;
	return false;
}

static bool is_size(struct span name)
{
	for (size_t i = 0; i < SIZE_COUNT; i++)
		if (span_equal(sizes[i], name))
			return true;
	return false;
}

/* The member of the first of `count` answers that has it, or NULL. */
static const struct json_dict_item *find_first(
	const struct merge *merge, size_t count, struct span name)
{
	const struct json_dict_item *item = NULL;

	for (size_t i = 0; i < count && !item; i++)
		item = json_dict_find(&merge->dicts[i], name);
	return item;
}

static void write_member(struct merge *merge, const struct json_dict_item *item)
{
	buf_add_text(merge->out, merge->written++ ? "," : "{");
	buf_add(merge->out, item->key);
	buf_add_text(merge->out, ":");
	buf_add(merge->out, item->value);
}

static void write_task(struct merge *merge, size_t task)
{
	for (size_t i = 0; i < merge->count; i++) {
		const struct json_dict_item *item =
			json_dict_find(&merge->dicts[i], merge->entries->tasks[task].name);

		if (merge->answers[i].wanted[task] && item)
			write_member(merge, item);
	}
}

static void write_size(struct merge *merge, struct span name)
{
	const struct json_dict_item *item = find_first(merge, merge->count, name);

	if (item && !is_task(merge->entries, name))
		write_member(merge, item);
}

/* What no task and no size is, and no earlier answer has. */
static void write_others(struct merge *merge, size_t answer)
{
	const struct json_dict *dict = &merge->dicts[answer];

	for (size_t i = 0; i < dict->count; i++) {
		struct span name = dict->items[i].name;

		if (!is_task(merge->entries, name) && !is_size(name) && !find_first(merge, answer, name))
			write_member(merge, &dict->items[i]);
	}
}

static void write_all(struct merge *merge)
{
	for (size_t i = 0; i < merge->entries->task_count; i++)
		write_task(merge, i);
	for (size_t i = 0; i < SIZE_COUNT; i++)
		write_size(merge, sizes[i]);
	for (size_t i = 0; i < merge->count; i++)
		write_others(merge, i);
	buf_add_text(merge->out, merge->written ? "}" : "{}");
}

static int check_in(struct arena *arena, const struct entries *entries,
	const struct merge_answer *answer, struct err *err)
{
	struct json_dict dict;

	if (!json_dict_read(answer->text, MERGE_MEMBERS_MAX, arena, &dict))
		return err_set(err, ERR_UPSTREAM, "answered with more than %d members", MERGE_MEMBERS_MAX);
	for (size_t i = 0; i < entries->task_count; i++) {
		const struct entries_task *task = &entries->tasks[i];

		/* The service does not answer a task without types. */
		if (answer->wanted[i] && task->type_count && !json_dict_find(&dict, task->name))
			return err_set(
				err, ERR_UPSTREAM, "answered without '%.*s'", SPAN_ARG(span_first(task->name, 64)));
	}
	return 0;
}

int merge_check(const struct entries *entries, const struct merge_answer *answer, struct err *err)
{
	struct arena arena;
	int outcome;

	arena_init(&arena);
	outcome = check_in(&arena, entries, answer, err);
	arena_deinit(&arena);
	return outcome;
}

void merge_answers(const struct entries *entries, const struct merge_answer *answers, size_t count,
	struct buf *out)
{
	struct arena arena;
	struct json_dict *dicts;

	arena_init(&arena);
	dicts = arena_new(&arena, count, sizeof *dicts);
	for (size_t i = 0; i < count; i++) {
		bool fits = json_dict_read(answers[i].text, MERGE_MEMBERS_MAX, &arena, &dicts[i]);

		assert(fits);
		(void)fits;
	}
	write_all(&(struct merge){entries, answers, dicts, count, out, 0});
	arena_deinit(&arena);
}
