#include <math.h>

#include "base/buf.h"
#include "domain/compare.h"
#include "domain/vector.h"
#include "wire/json.h"

/* Immich's own thresholds, of cosine distances: what lies nearer is the same picture, and the same
 * person. Beyond them from its former self a vector does to Immich what another one's would. */
static const double duplicate_distance = 0.01;
static const double match_distance = 0.5;

/* Each to read a byte of a number that is hard to read, as 1e-30. */
enum { BYTE_STEPS = 16 };

/* One of the two, with what is wrong with it. */
struct side {
	struct vector vector;
	double norm;
	struct err err; /* ERR_NONE: it can be compared */
};

static void read_side(struct span json, struct arena *arena, struct side *ret_side)
{
	*ret_side = (struct side){0};
	if (vector_read(json, arena, &ret_side->vector, &ret_side->err) < 0)
		return;
	ret_side->norm = vector_norm(&ret_side->vector);
	if (!(ret_side->norm > 0))
		err_fill(&ret_side->err, ERR_INVALID, "the vector's %zu numbers are all 0",
			ret_side->vector.count);
}

static struct span show_side(const struct side *side, struct arena *arena)
{
	struct buf text = {.arena = arena};

	if (side->err.kind)
		return span_of(side->err.text);
	buf_add_number(&text, side->vector.count);
	buf_add_text(&text, " numbers");
	return buf_span(&text);
}

static void add(struct compare *compare, struct findings_item item)
{
	item.task = compare->task;
	item.index_before = -1;
	item.index_after = -1;
	findings_add(compare->findings, &item);
}

static void measure(struct findings_task *task, double distance, double stretch)
{
	task->vectors++;
	task->norm_max = fmax(task->norm_max, stretch);
	task->distance_sum += distance;
	task->distance_max = fmax(task->distance_max, distance);
	task->duplicate_flips += span_is(task->name, "clip") && distance > duplicate_distance;
	task->match_flips += span_is(task->name, "facial-recognition") && distance > match_distance;
}

static void compare_sides(
	struct compare *compare, struct span path, const struct side *before, const struct side *after)
{
	const struct tolerance *tolerance = compare->tolerance;
	double distance = vector_distance(&before->vector, &after->vector);
	double stretch = fabs(after->norm - before->norm) / before->norm;
	bool is_failure = distance > tolerance->distance_fail;

	measure(findings_task(compare->findings, compare->task), distance, stretch);
	if (is_failure || distance > tolerance->distance_warn)
		add(compare, (struct findings_item){
						 .level = is_failure ? FINDINGS_FAIL : FINDINGS_WARN,
						 .kind = FINDINGS_VECTOR_DISTANCE,
						 .path = path,
						 .value = distance,
						 .limit = is_failure ? tolerance->distance_fail : tolerance->distance_warn,
					 });
	if (stretch > tolerance->norm_warn)
		add(compare, (struct findings_item){
						 .level = FINDINGS_WARN,
						 .kind = FINDINGS_VECTOR_NORM,
						 .path = path,
						 .value = stretch,
						 .limit = tolerance->norm_warn,
					 });
}

static const char *type_word(struct span json)
{
	return json_type_of(json) == JSON_STRING ? "a string" : "an array";
}

/* Immich reads the one or the other, whatever numbers are in it. */
static void add_type(
	struct compare *compare, struct span path, struct span before, struct span after)
{
	add(compare, (struct findings_item){
					 .level = FINDINGS_FAIL,
					 .kind = FINDINGS_JSON,
					 .path = path,
					 .value = NAN,
					 .limit = NAN,
					 .before = span_of(type_word(before)),
					 .after = span_of(type_word(after)),
				 });
}

/* They cannot be held against one another. */
static void add_broken(
	struct compare *compare, struct span path, const struct side *before, const struct side *after)
{
	bool is_broken = before->err.kind || after->err.kind;

	add(compare, (struct findings_item){
					 .level = FINDINGS_FAIL,
					 .kind = is_broken ? FINDINGS_VECTOR_BROKEN : FINDINGS_VECTOR_DIMENSION,
					 .path = path,
					 .value = NAN,
					 .limit = NAN,
					 .before = show_side(before, compare->arena),
					 .after = show_side(after, compare->arena),
				 });
}

/* What is as broken as it was has nothing to be measured. */
static bool is_same_json(
	struct compare *compare, struct span before, struct span after, struct arena *scratch)
{
	struct findings findings;
	struct compare alone = {
		compare->tolerance, scratch, &findings, SPAN_EMPTY, NAN, NAN, compare->steps};

	findings_init(&findings, scratch);
	compare_json(&alone, SPAN_EMPTY, before, after);
	compare->steps = alone.steps;
	return findings.level == FINDINGS_SAME;
}

/* Both or none, so that what is the same is. */
static void read_sides(struct compare *compare, struct span before, struct span after,
	struct arena *arena, struct side ret_sides[2])
{
	if (compare_step(compare, ((uint64_t)before.n + after.n) * BYTE_STEPS)) {
		read_side(before, arena, &ret_sides[0]);
		read_side(after, arena, &ret_sides[1]);
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		ret_sides[i] = (struct side){0};
		err_fill(
			&ret_sides[i].err, ERR_TOO_LARGE, "the answers' vectors are too much to be compared");
	}
}

void compare_vector(
	struct compare *compare, struct span path, struct span before, struct span after)
{
	struct arena scratch;
	struct side sides[2];
	const struct side *old = &sides[0];
	const struct side *new = &sides[1];

	arena_init(&scratch);
	read_sides(compare, before, after, &scratch, sides);
	if (!old->err.kind && !new->err.kind && json_type_of(before) != json_type_of(after))
		add_type(compare, path, before, after);
	if (!old->err.kind && !new->err.kind && old->vector.count == new->vector.count)
		compare_sides(compare, path, old, new);
	else if (!old->err.kind || !new->err.kind || !is_same_json(compare, before, after, &scratch))
		add_broken(compare, path, old, new);
	arena_deinit(&scratch);
}
