/* JSON of which nothing is known, value by value. Objects are sorted by their keys, so that those
 * of a million take no million times a million steps; how many members may be in hand at once is
 * bounded, since each takes more room than its text. Values of the same bytes are not entered.
 *
 * What is inside something is gone over once for each level around it, so that how much is gone
 * over is bounded, too (compare_step).
 */
#include <math.h>
#include <stdlib.h>

#include "domain/compare.h"
#include "domain/replay_key.h"
#include "wire/json.h"
#include "wire/json_number.h"
#include "wire/json_path.h"
#include "wire/json_sorted.h"

enum { MEMBERS_MAX = 1048576 };

/* In steps, about as long as they take. */
enum { NODE_STEPS = 24, SCALAR_BYTE_STEPS = 4, INSIDE_BYTE_STEPS = 2, MEMBER_STEPS = 64 };

struct walk {
	struct compare *compare;
	struct span path; /* of the outermost value */
	size_t members;   /* in hand */
	uint64_t *states; /* at each depth: of each rule, how much of its path has been met */
};

/* Two values at one place; each is good for as long as its parent. */
struct node {
	const struct node *parent; /* NULL: the outermost value */
	struct json_path_step step;
	size_t depth;
	struct span before; /* empty: missing */
	struct span after;
};

/* -- findings -------------------------------------------------------------------------------- */

/* What is longer than a finding keeps is not written. */
static void write_path(const struct walk *walk, const struct node *node, struct buf *path)
{
	const struct node *way[JSON_DEPTH_MAX + 1];
	size_t depth = node->depth;

	for (size_t i = depth; i > 0; i--, node = node->parent)
		way[i] = node;
	buf_add(path, walk->path);
	for (size_t i = 1; i <= depth && path->n < FINDINGS_TEXT_BYTES; i++) {
		if (way[i]->step.kind == JSON_PATH_INDEX)
			json_path_add_index(path, way[i]->step.index);
		else
			json_path_add_key(path, span_first(way[i]->step.key, FINDINGS_TEXT_BYTES));
	}
}

/* `shown` says what is different: the node's values, or something shorter. */
static void add(const struct walk *walk, const struct node *node, struct findings_item shown)
{
	BUF_AUTO struct buf path = {0};

	if (findings_keeps(walk->compare->findings, FINDINGS_FAIL))
		write_path(walk, node, &path);
	shown.level = FINDINGS_FAIL;
	shown.kind = FINDINGS_JSON;
	shown.task = walk->compare->task;
	shown.path = buf_span(&path);
	shown.index_before = -1;
	shown.index_after = -1;
	findings_add(walk->compare->findings, &shown);
}

static void add_values(const struct walk *walk, const struct node *node)
{
	add(walk, node,
		(struct findings_item){
			.before = node->before, .after = node->after, .value = NAN, .limit = NAN});
}

static void add_counts(
	const struct walk *walk, const struct node *node, size_t before, size_t after)
{
	BUF_AUTO struct buf old = {0};
	BUF_AUTO struct buf new = {0};

	buf_add_format(&old, "%zu elements", before);
	buf_add_format(&new, "%zu elements", after);
	add(walk, node,
		(struct findings_item){
			.before = buf_span(&old), .after = buf_span(&new), .value = NAN, .limit = NAN});
}

/* -- rules ----------------------------------------------------------------------------------- */

static uint64_t *states_at(const struct walk *walk, size_t depth)
{
	return walk->states + depth * walk->compare->tolerance->rule_count;
}

static void begin_rules(struct walk *walk, struct arena *arena)
{
	const struct tolerance *tolerance = walk->compare->tolerance;
	struct span rest = walk->path;
	struct json_path_step step;

	walk->states =
		arena_new(arena, tolerance->rule_count * (JSON_DEPTH_MAX + 1), sizeof *walk->states);
	for (size_t i = 0; i < tolerance->rule_count; i++)
		walk->states[i] = json_path_begin(tolerance->rules[i].path);
	while (tolerance->rule_count && json_path_next(&rest, &step)) {
		if (step.kind == JSON_PATH_QUOTED)
			step = (struct json_path_step){JSON_PATH_KEY, json_string(step.key, arena), 0};
		for (size_t i = 0; i < tolerance->rule_count; i++)
			walk->states[i] = json_path_follow(tolerance->rules[i].path, walk->states[i], &step);
	}
}

/* The first one that fits the node; NULL when none does. */
static const struct tolerance_rule *find_rule(const struct walk *walk, const struct node *node)
{
	const struct tolerance *tolerance = walk->compare->tolerance;
	const uint64_t *states = states_at(walk, node->depth);

	for (size_t i = 0; i < tolerance->rule_count; i++)
		if (json_path_fits(states[i]))
			return &tolerance->rules[i];
	return NULL;
}

static void follow_rules(const struct walk *walk, const struct node *node)
{
	const struct tolerance *tolerance = walk->compare->tolerance;
	const uint64_t *states = states_at(walk, node->depth - 1);
	uint64_t *next = states_at(walk, node->depth);

	for (size_t i = 0; i < tolerance->rule_count; i++)
		next[i] = json_path_follow(tolerance->rules[i].path, states[i], &node->step);
}

/* -- values ---------------------------------------------------------------------------------- */

static bool strings_equal(struct span before, struct span after)
{
	struct arena arena;
	bool is_equal;

	arena_init(&arena);
	is_equal = json_string_is(before, json_string(after, &arena));
	arena_deinit(&arena);
	return is_equal;
}

static void compare_numbers(
	const struct walk *walk, const struct node *node, const struct tolerance_rule *rule)
{
	double before;
	double between;
	double limit;

	if (json_number_equal(node->before, node->after))
		return;
	if (!rule || rule->mode != TOLERANCE_NEAR) {
		add_values(walk, node);
		return;
	}
	before = json_number_value(node->before);
	between = fabs(json_number_value(node->after) - before);
	limit = rule->atol + rule->rtol * fabs(before);
	if (!isfinite(between) || between > limit)
		add(walk, node,
			(struct findings_item){
				.before = node->before, .after = node->after, .value = between, .limit = limit});
}

static size_t count_elements(struct span array)
{
	struct json_elements walk = json_elements_of(array);
	struct span element;
	size_t count = 0;

	while (json_elements_next(&walk, &element))
		count++;
	return count;
}

/* -- arrays as sets -------------------------------------------------------------------------- */

static int compare_texts(const void *left, const void *right)
{
	const struct span *a = left;
	const struct span *b = right;

	return json_sorted_compare(*a, *b);
}

/* The elements in a form that is the same for the same ones, sorted. */
static struct span *sorted_elements(struct span array, size_t count, struct arena *arena)
{
	struct json_elements walk = json_elements_of(array);
	struct span *all = arena_new(arena, count, sizeof *all);
	struct span element;

	for (size_t i = 0; json_elements_next(&walk, &element); i++) {
		struct buf text = {.arena = arena};

		replay_key_canonical(element, &text);
		all[i] = buf_span(&text);
	}
	if (count)
		qsort(all, count, sizeof *all, compare_texts);
	return all;
}

static bool sets_equal(const struct node *node, size_t count)
{
	const struct span *before;
	const struct span *after;
	struct arena arena;
	size_t same = 0;

	arena_init(&arena);
	before = sorted_elements(node->before, count, &arena);
	after = sorted_elements(node->after, count, &arena);
	while (same < count && span_equal(before[same], after[same]))
		same++;
	arena_deinit(&arena);
	return same == count;
}

/* -- what has values inside ------------------------------------------------------------------ */

static uint64_t bytes_of(const struct node *node)
{
	return (uint64_t)node->before.n + node->after.n;
}

static bool has_steps(const struct walk *walk)
{
	return compare_step(walk->compare, 0);
}

/* False when it would be too much. */
static bool enter(const struct walk *walk, const struct node *node)
{
	enum json_type type = json_type_of(node->before);
	bool is_scalar = type != JSON_ARRAY && type != JSON_OBJECT;
	unsigned byte_steps = is_scalar ? SCALAR_BYTE_STEPS : INSIDE_BYTE_STEPS;

	return compare_step(walk->compare, NODE_STEPS + bytes_of(node) * byte_steps);
}

/* NOLINTBEGIN(misc-no-recursion): at most JSON_DEPTH_MAX deep */
static void compare_node(struct walk *walk, const struct node *node);

static void compare_arrays(
	struct walk *walk, const struct node *node, const struct tolerance_rule *rule)
{
	struct json_elements before = json_elements_of(node->before);
	struct json_elements after = json_elements_of(node->after);
	struct node child = {.parent = node, .step.kind = JSON_PATH_INDEX, .depth = node->depth + 1};
	size_t count = count_elements(node->before);
	size_t count_after = count_elements(node->after);

	if (count != count_after) {
		add_counts(walk, node, count, count_after);
		return;
	}
	if (rule && rule->mode == TOLERANCE_UNORDERED) {
		if (!compare_step(walk->compare, bytes_of(node) * JSON_DEPTH_MAX) ||
			!sets_equal(node, count))
			add_values(walk, node);
		return;
	}
	for (; has_steps(walk) && json_elements_next(&before, &child.before); child.step.index++) {
		(void)json_elements_next(&after, &child.after);
		compare_node(walk, &child);
	}
}

static void compare_members(struct walk *walk, const struct node *node,
	const struct json_sorted *before, const struct json_sorted *after)
{
	struct json_sorted_pairs pairs = {before, after, 0, 0};
	struct node child = {.parent = node, .step.kind = JSON_PATH_KEY, .depth = node->depth + 1};

	while (
		has_steps(walk) && json_sorted_next(&pairs, &child.step.key, &child.before, &child.after))
		compare_node(walk, &child);
}

static void compare_objects(struct walk *walk, const struct node *node)
{
	struct json_sorted before;
	struct json_sorted after;
	struct arena arena;
	size_t left = MEMBERS_MAX - walk->members;

	arena_init(&arena);
	if (json_sorted_read(node->before, left, &arena, &before) &&
		json_sorted_read(node->after, left - before.count, &arena, &after) &&
		compare_step(walk->compare, (before.count + after.count) * MEMBER_STEPS)) {
		walk->members += before.count + after.count;
		compare_members(walk, node, &before, &after);
		walk->members -= before.count + after.count;
	} else {
		add_values(walk, node); /* they are not the same bytes, at least */
	}
	arena_deinit(&arena);
}

static bool is_boolean(enum json_type type)
{
	return type == JSON_TRUE || type == JSON_FALSE;
}

static void compare_types(
	struct walk *walk, const struct node *node, const struct tolerance_rule *rule)
{
	enum json_type type = json_type_of(node->before);
	enum json_type type_after = json_type_of(node->after);
	bool is_alike = type == type_after || (is_boolean(type) && is_boolean(type_after));

	if (rule && rule->mode == TOLERANCE_TYPE && is_alike)
		return;
	if (type != type_after || (type == JSON_STRING && !strings_equal(node->before, node->after)))
		add_values(walk, node);
	else if (type == JSON_NUMBER)
		compare_numbers(walk, node, rule);
	else if (type == JSON_ARRAY)
		compare_arrays(walk, node, rule);
	else if (type == JSON_OBJECT)
		compare_objects(walk, node);
}

static void compare_node(struct walk *walk, const struct node *node)
{
	const struct tolerance_rule *rule;

	if (span_equal(node->before, node->after))
		return;
	if (!enter(walk, node)) {
		add_values(walk, node);
		return;
	}
	if (node->depth)
		follow_rules(walk, node);
	rule = find_rule(walk, node);
	if (rule && rule->mode == TOLERANCE_IGNORE)
		return;
	if (node->before.n && node->after.n)
		compare_types(walk, node, rule);
	else
		add_values(walk, node);
}
/* NOLINTEND(misc-no-recursion) */

void compare_json(struct compare *compare, struct span path, struct span before, struct span after)
{
	struct walk walk = {.compare = compare, .path = path};
	struct node node = {.before = json_trim(before), .after = json_trim(after)};
	struct arena arena;

	arena_init(&arena);
	begin_rules(&walk, &arena);
	compare_node(&walk, &node);
	arena_deinit(&arena);
}
