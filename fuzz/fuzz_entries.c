/* What is written parses again to the tasks it was written from, and of a doubled key the last
 * value counts, at the first one's place. */
#include "base/mem.h"
#include "domain/entries.h"
#include "fuzz.h"
#include "wire/json.h"

static void compare_tasks(const struct entries_task *a, const struct entries_task *b)
{
	must(span_equal(a->name, b->name) && span_equal(a->value, b->value));
	must(span_utf8_length(a->name) == a->name.n && json_string_is(a->key, a->name));
	must(a->type_count == b->type_count);
	for (size_t i = 0; i < a->type_count; i++) {
		must(span_equal(a->types[i].name, b->types[i].name));
		must(span_equal(a->types[i].model, b->types[i].model));
	}
}

/* The text parses to the tasks of `entries` from number `first` on. */
static void compare_text(struct span text, const struct entries *entries, size_t first)
{
	struct entries again;
	struct arena arena;
	struct err err;

	arena_init(&arena);
	must(entries_parse(text, &arena, &again, &err) == 0);
	must(again.task_count == entries->task_count);
	for (size_t i = first; i < again.task_count; i++)
		compare_tasks(&entries->tasks[i], &again.tasks[i]);
	arena_deinit(&arena);
}

static void write_some(const struct entries *entries, size_t begin, size_t end, struct buf *out)
{
	MEM_AUTO bool *wanted = mem_new(entries->task_count + 1, sizeof *wanted);

	for (size_t i = begin; i < end; i++)
		wanted[i] = true;
	entries_write(entries, wanted, out);
}

static void compare_each(const struct entries *entries)
{
	for (size_t i = 0; i < entries->task_count; i++) {
		BUF_AUTO struct buf text = {0};
		struct entries one = {&entries->tasks[i], 1};

		write_some(entries, i, i + 1, &text);
		compare_text(buf_span(&text), &one, 0);
	}
}

/* `all` is the entries as written, with at least one task, the first of which gets doubled. */
static void double_first(const struct entries *entries, struct span all)
{
	const struct entries_task *first = &entries->tasks[0];
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf behind = {0};
	struct entries changed;
	struct arena arena;
	struct err err;

	buf_add_text(&before, "{");
	buf_add(&before, first->key);
	buf_add_text(&before, ":[],");
	buf_add(&before, span_skip(all, 1));
	compare_text(buf_span(&before), entries, 0);

	buf_add(&behind, span_first(all, all.n - 1));
	buf_add_text(&behind, ",");
	buf_add(&behind, first->key);
	buf_add_text(&behind, ":{\"t\":{\"modelName\":\"m\"}}}");
	compare_text(buf_span(&behind), entries, 1);
	arena_init(&arena);
	must(entries_parse(buf_span(&behind), &arena, &changed, &err) == 0);
	must(span_equal(changed.tasks[0].name, first->name) && changed.tasks[0].type_count == 1);
	must(span_is(changed.tasks[0].types[0].model, "m"));
	arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	struct entries entries = {0};
	BUF_AUTO struct buf all = {0};
	struct arena arena;
	struct err err = {0};

	arena_init(&arena);
	if (entries_parse(text, &arena, &entries, &err) < 0) {
		must((err.kind == ERR_INVALID || err.kind == ERR_TOO_LARGE) && err.text[0]);
		must(!entries.task_count);
	} else {
		must(entries.task_count <= ENTRIES_TASKS_MAX);
		write_some(&entries, 0, entries.task_count, &all);
		compare_text(buf_span(&all), &entries, 0);
		compare_each(&entries);
		if (entries.task_count && entries.task_count < ENTRIES_TASKS_MAX)
			double_first(&entries, buf_span(&all));
	}
	arena_deinit(&arena);
	return 0;
}
