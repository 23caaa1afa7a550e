/* Input: a byte that says who is asked for what, then the entries and up to three answers, with a
 * NUL before each answer (which no JSON holds). What is merged is an object without doubled keys,
 * in which each task has the bytes of the answer it was asked of; merged alone it stays what it is.
 */
#include "base/mem.h"
#include "domain/merge.h"
#include "fuzz.h"
#include "wire/json.h"
#include "wire/json_dict.h"

enum { ANSWERS_MAX = 3 };

struct input {
	struct entries entries;
	struct merge_answer answers[ANSWERS_MAX];
	bool wanted[ANSWERS_MAX][ENTRIES_TASKS_MAX];
	size_t count;
};

/* The answer, of `count`, that a task is asked of. */
static size_t asked_of(unsigned char plan, size_t task, size_t count)
{
	return (plan >> task % 4 * 2 & 3) % count;
}

static bool read_answers(struct span rest, struct input *input)
{
	enum json_type type;
	struct err err;

	for (; rest.n && input->count < ANSWERS_MAX; input->count++) {
		struct span text = span_cut(&rest, '\0');

		if (json_check_whole(text, &type, &err) < 0 || type != JSON_OBJECT)
			return false;
		input->answers[input->count].text = text;
		input->answers[input->count].wanted = input->wanted[input->count];
	}
	return input->count > 0;
}

/* False when the bytes are no such input. */
static bool read_input(struct span rest, struct arena *arena, struct input *input)
{
	unsigned char plan = rest.n ? (unsigned char)rest.p[0] : 0;
	struct span text;
	struct err err;

	rest = span_skip(rest, 1);
	text = span_cut(&rest, '\0');
	if (entries_parse(text, arena, &input->entries, &err) < 0 || !read_answers(rest, input))
		return false;
	for (size_t i = 0; i < input->entries.task_count; i++)
		input->wanted[asked_of(plan, i, input->count)][i] = true;
	return true;
}

/* Each task has the bytes of the answer it was asked of. */
static void check_outcome(const struct input *input, struct span merged)
{
	for (size_t i = 0; i < input->count; i++) {
		for (size_t task = 0; task < input->entries.task_count; task++) {
			struct span name = input->entries.tasks[task].name;
			struct span sent = SPAN_EMPTY;
			struct span got = SPAN_EMPTY;

			if (!input->wanted[i][task])
				continue;
			must(json_member(input->answers[i].text, name, &sent) ==
				 json_member(merged, name, &got));
			must(span_equal(sent, got));
		}
	}
}

/* No key is there twice, and none of the answers' is lost. */
static void check_keys(const struct input *input, struct span merged, struct arena *arena)
{
	struct json_members walk = json_members_of(merged);
	struct json_dict dict;
	struct span key;
	struct span value;
	size_t count = 0;

	while (json_members_next(&walk, &key, &value))
		count++;
	must(json_dict_read(merged, count, arena, &dict) && dict.count == count);
	for (size_t i = 0; i < input->count; i++) {
		walk = json_members_of(input->answers[i].text);
		while (json_members_next(&walk, &key, &value)) {
			struct span name = json_string(key, arena);
			bool is_task = false;

			for (size_t task = 0; task < input->entries.task_count; task++)
				is_task |= span_equal(input->entries.tasks[task].name, name);
			must(is_task || json_dict_find(&dict, name));
		}
	}
}

/* As the one answer of a backend that was asked for all of it. */
static void merge_again(const struct input *input, struct span merged)
{
	bool wanted[ENTRIES_TASKS_MAX];
	struct merge_answer answer = {merged, wanted};
	BUF_AUTO struct buf again = {0};
	struct err err;

	memset(wanted, true, sizeof wanted);
	must(merge_check(&input->entries, &answer, &err) == 0);
	merge_answers(&input->entries, &answer, 1, &again);
	must(span_equal(buf_span(&again), merged));
}

static bool is_lacking(const struct input *input, size_t answer)
{
	struct span value;

	for (size_t task = 0; task < input->entries.task_count; task++) {
		const struct entries_task *asked = &input->entries.tasks[task];

		if (input->wanted[answer][task] && asked->type_count &&
			!json_member(input->answers[answer].text, asked->name, &value))
			return true;
	}
	return false;
}

static void merge_input(const struct input *input, struct arena *arena)
{
	BUF_AUTO struct buf out = {0};
	enum json_type type;
	struct err err = {0};

	for (size_t i = 0; i < input->count; i++) {
		bool is_good = merge_check(&input->entries, &input->answers[i], &err) == 0;

		must(is_good == !is_lacking(input, i));
		must(is_good || (err.kind == ERR_UPSTREAM && err.text[0]));
		if (!is_good)
			return;
	}
	merge_answers(&input->entries, input->answers, input->count, &out);
	must(json_check_whole(buf_span(&out), &type, &err) == 0 && type == JSON_OBJECT);
	check_outcome(input, buf_span(&out));
	check_keys(input, buf_span(&out), arena);
	merge_again(input, buf_span(&out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MEM_AUTO struct input *input = mem_new(1, sizeof *input);
	struct arena arena;

	if (size > 2048) /* too few bytes for the most members an answer may have */
		return 0;
	arena_init(&arena);
	if (read_input((struct span){(const char *)data, size}, &arena, input))
		merge_input(input, &arena);
	arena_deinit(&arena);
	return 0;
}
