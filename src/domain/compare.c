/* An answer is an object with a member for each task, and the picture's size beside them; before
 * Immich v1.106 it was what is now in the member, alone.
 */
#include "domain/compare.h"

#include <math.h>

#include "domain/entries.h"
#include "wire/json.h"
#include "wire/json_number.h"
#include "wire/json_path.h"
#include "wire/json_sorted.h"

enum { MEMBERS_MAX = 65536 }; /* of an answer, at its outermost */

/* The minScore that is given among a type's options; where it is not, the service's own counts. */
struct threshold {
	const char *type; /* NULL: nothing is left out for its score */
	double otherwise;
};

/* How the value of a task is compared. */
struct comparator {
	const char *task;
	void (*compare)(
		struct compare *compare, struct span path, struct span before, struct span after);
	struct threshold score;
	struct threshold box_score;
};

static const struct comparator comparators[] = {
	{.task = "clip", .compare = compare_vector},
	{.task = "facial-recognition", .compare = compare_faces, .score = {"detection", 0.7}},
	{.task = "ocr",
		.compare = compare_ocr,
		.score = {"recognition", 0.9},
		.box_score = {"detection", 0.5}},
};

struct answers {
	const struct compare_request *request;
	struct json_sorted asked; /* the tasks of the request's entries */
	struct compare compare;   /* of the value at hand */
};

bool compare_step(struct compare *compare, uint64_t steps)
{
	if (compare->steps < COMPARE_STEPS_MAX)
		compare->steps += steps;
	return compare->steps < COMPARE_STEPS_MAX;
}

/* -- the request ----------------------------------------------------------------------------- */

static bool is_object(struct span value)
{
	return json_type_of(value) == JSON_OBJECT;
}

static void read_entries(struct answers *answers)
{
	struct span entries = answers->request->entries;
	struct json_sorted asked;
	enum json_type type;
	struct err err;

	if (json_check_whole(entries, &type, &err) < 0 || type != JSON_OBJECT)
		return;
	if (json_sorted_read(entries, ENTRIES_TASKS_MAX, answers->compare.arena, &asked))
		answers->asked = asked;
}

/* Empty when it is not asked for. */
static struct span find_asked(const struct answers *answers, struct span task)
{
	for (size_t i = 0; i < answers->asked.count; i++)
		if (span_equal(answers->asked.items[i].name, task))
			return answers->asked.items[i].value;
	return SPAN_EMPTY;
}

/* NAN where the request does not say what would count. */
static double read_threshold(struct span task, const struct threshold *threshold)
{
	struct span value;

	if (!threshold->type || !is_object(task))
		return NAN;
	if (!json_member(task, span_of(threshold->type), &value) || !is_object(value))
		return NAN;
	if (!json_member(value, SPAN_LITERAL("options"), &value))
		return threshold->otherwise;
	if (!is_object(value))
		return NAN;
	if (!json_member(value, SPAN_LITERAL("minScore"), &value))
		return threshold->otherwise;
	return json_type_of(value) == JSON_NUMBER ? json_number_value(value) : NAN;
}

/* -- tasks ----------------------------------------------------------------------------------- */

static const struct comparator *find_comparator(struct span task)
{
	for (size_t i = 0; i < sizeof comparators / sizeof *comparators; i++)
		if (span_is(task, comparators[i].task))
			return &comparators[i];
	return NULL;
}

static void compare_task(struct answers *answers, const struct comparator *comparator,
	struct span path, struct span before, struct span after)
{
	struct compare *compare = &answers->compare;
	struct span asked = find_asked(answers, span_of(comparator->task));

	compare->task = span_of(comparator->task);
	compare->min_score = read_threshold(asked, &comparator->score);
	compare->min_box_score = read_threshold(asked, &comparator->box_score);
	(void)findings_task(compare->findings, compare->task);
	comparator->compare(compare, path, before, after);
}

/* One of the two values may be missing. */
static void compare_member(
	struct answers *answers, struct span name, struct span before, struct span after)
{
	const struct comparator *comparator = find_comparator(name);
	BUF_AUTO struct buf path = {0};

	json_path_add_key(&path, name);
	if (comparator && before.n && after.n) {
		compare_task(answers, comparator, buf_span(&path), before, after);
		return;
	}
	answers->compare.task = comparator || find_asked(answers, name).n ? name : SPAN_EMPTY;
	if (answers->compare.task.n)
		(void)findings_task(answers->compare.findings, name);
	compare_json(&answers->compare, buf_span(&path), before, after);
}

static void compare_members(struct answers *answers, struct span before, struct span after)
{
	struct arena *arena = answers->compare.arena;
	struct json_sorted old;
	struct json_sorted new;
	struct json_sorted_pairs pairs = {&old, &new, 0, 0};
	struct span name;

	if (!json_sorted_read(before, MEMBERS_MAX, arena, &old) ||
		!json_sorted_read(after, MEMBERS_MAX, arena, &new)) {
		compare_json(&answers->compare, SPAN_EMPTY, before, after);
		return;
	}
	while (json_sorted_next(&pairs, &name, &before, &after))
		compare_member(answers, name, before, after);
}

/* What an array of before v1.106 is, its first element tells; NULL when none does. */
static const struct comparator *find_bare(struct span array)
{
	struct json_elements walk = json_elements_of(array);
	struct span first;
	enum json_type type;

	if (!json_elements_next(&walk, &first))
		return NULL;
	type = json_type_of(first);
	if (type == JSON_NUMBER)
		return find_comparator(SPAN_LITERAL("clip"));
	return type == JSON_OBJECT ? find_comparator(SPAN_LITERAL("facial-recognition")) : NULL;
}

static void compare_arrays(struct answers *answers, struct span before, struct span after)
{
	const struct comparator *comparator = find_bare(before);

	if (!comparator)
		comparator = find_bare(after);
	if (comparator)
		compare_task(answers, comparator, SPAN_EMPTY, before, after);
	else
		compare_json(&answers->compare, SPAN_EMPTY, before, after);
}

/* -- answers --------------------------------------------------------------------------------- */

static void add_whole(
	struct answers *answers, enum findings_kind kind, struct span before, struct span after)
{
	struct findings_item item = {
		.level = FINDINGS_FAIL,
		.kind = kind,
		.task = answers->compare.task,
		.value = NAN,
		.limit = NAN,
		.before = before,
		.after = after,
		.index_before = -1,
		.index_after = -1,
	};

	findings_add(answers->compare.findings, &item);
}

/* All that was asked for has come out otherwise. */
static void compare_statuses(struct answers *answers)
{
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf after = {0};

	buf_add_format(&before, "%d", answers->request->before.status);
	buf_add_format(&after, "%d", answers->request->after.status);
	for (size_t i = 0; i < answers->asked.count; i++) {
		answers->compare.task = answers->asked.items[i].name;
		add_whole(answers, FINDINGS_STATUS, buf_span(&before), buf_span(&after));
	}
	if (!answers->asked.count)
		add_whole(answers, FINDINGS_STATUS, buf_span(&before), buf_span(&after));
}

static enum json_type type_of(struct span body)
{
	enum json_type type;
	struct err err;

	return body.n <= COMPARE_BODY_MAX && !json_check_whole(body, &type, &err) ? type : JSON_NONE;
}

static void compare_bodies(struct answers *answers)
{
	struct span before = answers->request->before.body;
	struct span after = answers->request->after.body;
	enum json_type type = type_of(before);
	enum json_type type_after = type_of(after);
	bool is_success = answers->request->before.status / 100 == 2;

	if (type == JSON_NONE || type_after == JSON_NONE) {
		if (!span_equal(before, after))
			add_whole(answers, FINDINGS_BODY, before, after);
	} else if (is_success && type == JSON_OBJECT && type_after == JSON_OBJECT) {
		compare_members(answers, before, after);
	} else if (is_success && type == JSON_ARRAY && type_after == JSON_ARRAY) {
		compare_arrays(answers, before, after);
	} else {
		compare_json(&answers->compare, SPAN_EMPTY, before, after);
	}
}

void compare_answers(
	const struct compare_request *request, struct arena *arena, struct findings *ret_findings)
{
	struct answers answers = {
		.request = request,
		.compare = {request->tolerance, arena, ret_findings, SPAN_EMPTY, NAN, NAN, 0},
	};

	findings_init(ret_findings, arena);
	read_entries(&answers);
	if (request->before.status != request->after.status)
		compare_statuses(&answers);
	else
		compare_bodies(&answers);
}
