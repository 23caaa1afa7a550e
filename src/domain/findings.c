/* An answer may be made to differ in millions of places. What is kept of that is bounded: once
 * FINDINGS_MAX are there, a failure takes the place of something milder, so that whoever reads the
 * report sees why it failed; all else is counted only. Levels are right in any case.
 */
#include "domain/findings.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"

/* clang-format off */
const char *const findings_words[FINDINGS_KINDS] = {
	[FINDINGS_STATUS] = "status",
	[FINDINGS_JSON] = "json",
	[FINDINGS_BODY] = "body",
	[FINDINGS_VECTOR_DIMENSION] = "vector.dimension",
	[FINDINGS_VECTOR_BROKEN] = "vector.broken",
	[FINDINGS_VECTOR_DISTANCE] = "vector.distance",
	[FINDINGS_VECTOR_NORM] = "vector.norm",
	[FINDINGS_BOX] = "box",
	[FINDINGS_FACE_MISSING] = "face.missing",
	[FINDINGS_FACE_EXTRA] = "face.extra",
	[FINDINGS_FACE_SCORE] = "face.score",
	[FINDINGS_LANDMARK] = "landmark",
	[FINDINGS_TEXT_MISSING] = "text.missing",
	[FINDINGS_TEXT_EXTRA] = "text.extra",
	[FINDINGS_TEXT_MERGED] = "text.merged",
	[FINDINGS_TEXT_SPLIT] = "text.split",
	[FINDINGS_TEXT_CHANGED] = "text.changed",
	[FINDINGS_TEXT_SCORE] = "text.score",
};
/* clang-format on */

void findings_init(struct findings *findings, struct arena *arena)
{
	*findings = (struct findings){.arena = arena};
}

/* Room for one more of what an array of the arena holds; what was there stays there, too: as much
 * again as is needed, at most. */
static void *with_room(
	struct findings *findings, void *all, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return all;
	*capacity = *capacity ? *capacity * 2 : 4;
	return arena_resize(findings->arena, all, count * size, *capacity * size);
}

struct findings_task *findings_task(struct findings *findings, struct span name)
{
	struct findings_task *task;

	assert(name.n);
	if (findings->task_count && span_equal(findings->tasks[findings->task_last].name, name))
		return &findings->tasks[findings->task_last];
	for (size_t i = 0; i < findings->task_count; i++) {
		if (span_equal(findings->tasks[i].name, name)) {
			findings->task_last = i;
			return &findings->tasks[i];
		}
	}
	findings->tasks = with_room(findings, findings->tasks, findings->task_count,
		&findings->task_capacity, sizeof *findings->tasks);
	findings->task_last = findings->task_count++;
	task = &findings->tasks[findings->task_last];
	*task = (struct findings_task){.name = arena_dup(findings->arena, name), .iou_min = 1};
	return task;
}

/* Cut where a character ends. */
static struct span copy_text(struct findings *findings, struct span text)
{
	size_t n = text.n < FINDINGS_TEXT_BYTES ? text.n : FINDINGS_TEXT_BYTES;

	if (!text.n)
		return SPAN_EMPTY;
	while (n < text.n && n > FINDINGS_TEXT_BYTES - 4 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return arena_dup(findings->arena, span_first(text, n));
}

bool findings_keeps(struct findings *findings, enum findings_level level)
{
	if (findings->count < FINDINGS_MAX)
		return true;
	if (level < FINDINGS_FAIL)
		return false;
	while (findings->mild < FINDINGS_MAX && findings->items[findings->mild].level == FINDINGS_FAIL)
		findings->mild++;
	return findings->mild < FINDINGS_MAX;
}

/* Where the next one goes; NULL when it is not worth a place. */
static struct findings_item *find_place(struct findings *findings, enum findings_level level)
{
	if (findings->count < FINDINGS_MAX) {
		findings->items = with_room(findings, findings->items, findings->count, &findings->capacity,
			sizeof *findings->items);
		return &findings->items[findings->count++];
	}
	findings->dropped++;
	return findings_keeps(findings, level) ? &findings->items[findings->mild] : NULL;
}

static void raise_level(enum findings_level *level, enum findings_level to)
{
	if (*level < to)
		*level = to;
}

/* Where it is the service that fails, rather than that its results are others. */
static bool is_unexplained(enum findings_kind kind)
{
	return kind == FINDINGS_STATUS || kind == FINDINGS_JSON || kind == FINDINGS_BODY ||
		   kind == FINDINGS_VECTOR_BROKEN;
}

static void tell_task(struct findings *findings, const struct findings_item *item)
{
	struct findings_task *task = findings_task(findings, item->task);

	raise_level(&task->level, item->level);
	if (item->level < FINDINGS_FAIL)
		return;
	task->failures++;
	task->unexplained += is_unexplained(item->kind);
	task->dimensions += item->kind == FINDINGS_VECTOR_DIMENSION;
}

void findings_add(struct findings *findings, const struct findings_item *item)
{
	struct findings_item *place = find_place(findings, item->level);

	raise_level(&findings->level, item->level);
	if (item->task.n)
		tell_task(findings, item);
	if (!place)
		return;
	*place = *item;
	place->task = item->task.n ? findings_task(findings, item->task)->name : SPAN_EMPTY;
	place->path = copy_text(findings, item->path);
	place->before = copy_text(findings, item->before);
	place->after = copy_text(findings, item->after);
}

/* -- the worst ------------------------------------------------------------------------------- */

/* By what factor it is beyond its limit; what cannot be measured so is beyond any. */
static double excess_of(const struct findings_item *item)
{
	double over = item->kind == FINDINGS_BOX ? item->limit : item->value;
	double under = item->kind == FINDINGS_BOX ? item->value : item->limit;

	return isnan(over) || isnan(under) || under <= 0 ? INFINITY : over / under;
}

static bool is_worse(const struct findings_item *item, const struct findings_item *than)
{
	double excess = excess_of(item);
	double other = excess_of(than);

	if (item->level != than->level)
		return item->level > than->level;
	if (excess > other || excess < other)
		return excess > other;
	return item->kind == than->kind && item->value > than->value;
}

size_t findings_worst(
	const struct findings *findings, const struct findings_item **ret_items, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct findings_item *item = &findings->items[i];
		size_t at = count;

		while (at && is_worse(item, ret_items[at - 1]))
			at--;
		if (at == max)
			continue;
		count += count < max;
		memmove(&ret_items[at + 1], &ret_items[at],
			(count - at - 1) * sizeof(const struct findings_item *));
		ret_items[at] = item;
	}
	return count;
}
