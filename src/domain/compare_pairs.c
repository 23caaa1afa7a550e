#include "domain/compare_pairs.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/mem.h"
#include "domain/assign.h"

enum { MARK_BYTES_MAX = 64 };

/* What decimal fractions of some digits lose when they are read: 0.75 - 0.7 is more than 0.05. */
static const double rounding = 1e-9;

/* Less than tells boxes apart that differ, and more than rounding. */
static const double mark_weight = 1e-6;

static bool is_marked_alike(struct span a, struct span b)
{
	return a.n == b.n && span_equal(span_first(a, MARK_BYTES_MAX), span_first(b, MARK_BYTES_MAX));
}

static double weight_of(const struct compare *compare, const struct compare_pairs_side *before,
	size_t i, const struct compare_pairs_side *after, size_t j)
{
	double iou = box_iou(&before->boxes[i], &after->boxes[j]);

	if (compare_pairs_over(compare->tolerance->iou_pair, iou))
		return 0;
	return iou + (is_marked_alike(before->marks[i], after->marks[j]) ? mark_weight : 0);
}

void compare_pairs_find(const struct compare *compare, const struct compare_pairs_side *before,
	const struct compare_pairs_side *after, int *ret_partners)
{
	MEM_AUTO double *all = mem_new(before->count * after->count, sizeof *all);

	for (size_t i = 0; i < before->count; i++)
		for (size_t j = 0; j < after->count; j++)
			all[i * after->count + j] = weight_of(compare, before, i, after, j);
	assign_best(&(struct assign_weights){before->count, after->count, all}, ret_partners);
}

struct findings_item compare_pairs_item(
	const struct compare *compare, enum findings_kind kind, struct span path)
{
	return (struct findings_item){
		.kind = kind,
		.task = compare->task,
		.path = path,
		.value = NAN,
		.limit = NAN,
		.index_before = -1,
		.index_after = -1,
	};
}

struct span compare_pairs_path(const struct compare *compare, const char *format, ...)
{
	struct buf path = {.arena = compare->arena};
	va_list args;

	va_start(args, format);
	buf_add_args(&path, format, args);
	va_end(args);
	return buf_span(&path);
}

bool compare_pairs_over(double value, double limit)
{
	return value > limit + rounding;
}

struct span compare_pairs_show_box(const struct compare *compare, const struct box *box)
{
	struct buf text = {.arena = compare->arena};

	for (size_t i = 0; i < BOX_CORNERS; i++)
		buf_add_format(&text, "%s%.9g,%.9g", i ? " " : "", box->corners[i].x, box->corners[i].y);
	return buf_span(&text);
}

void compare_pairs_box(struct compare *compare, struct findings_item *item,
	const struct box *before, const struct box *after)
{
	struct findings_task *task = findings_task(compare->findings, compare->task);

	item->value = box_iou(before, after);
	item->limit = compare->tolerance->iou_warn;
	task->iou_min = fmin(task->iou_min, item->value);
	if (!compare_pairs_over(item->limit, item->value))
		return;
	item->level = FINDINGS_WARN;
	item->before = compare_pairs_show_box(compare, before);
	item->after = compare_pairs_show_box(compare, after);
	findings_add(compare->findings, item);
}

static struct span show_number(const struct compare *compare, double number)
{
	return compare_pairs_path(compare, "%.9g", number);
}

void compare_pairs_score(
	struct compare *compare, struct findings_item *item, double before, double after)
{
	struct findings_task *task = findings_task(compare->findings, compare->task);

	item->value = fabs(after - before);
	item->limit = compare->tolerance->score_warn;
	task->score_max = fmax(task->score_max, item->value);
	if (!compare_pairs_over(item->value, item->limit))
		return;
	item->level = FINDINGS_WARN;
	item->before = show_number(compare, before);
	item->after = show_number(compare, after);
	findings_add(compare->findings, item);
}

bool compare_pairs_about(double score, double min_score, double margin)
{
	/* Neither is about what is not known. */
	return !isnan(score) && !isnan(min_score) &&
		   !compare_pairs_over(fabs(score - min_score), margin);
}

void compare_pairs_lone(
	struct compare *compare, struct findings_item *item, double score, bool is_borderline)
{
	findings_task(compare->findings, compare->task)->detection_flips++;
	item->level = is_borderline ? FINDINGS_WARN : FINDINGS_FAIL;
	item->is_borderline = is_borderline;
	item->value = score;
	findings_add(compare->findings, item);
}

/* What cannot be read on the side it comes from is compared as JSON, with which nothing is lost;
 * but not what is too much of it, in the order of which nothing lies. */
void compare_pairs_refuse(struct compare *compare, const struct compare_pairs_unread *unread)
{
	const struct err *why = unread->why_before ? unread->why_before : unread->why_after;
	struct findings_item item = compare_pairs_item(compare, FINDINGS_JSON, unread->path);

	if (span_equal(unread->before, unread->after))
		return;
	if (why->kind != ERR_TOO_LARGE && unread->why_before) {
		compare_json(compare, unread->path, unread->before, unread->after);
		return;
	}
	item.level = FINDINGS_FAIL;
	item.before = unread->why_before ? span_of(unread->why_before->text) : SPAN_EMPTY;
	item.after = unread->why_after ? span_of(unread->why_after->text) : SPAN_EMPTY;
	findings_add(compare->findings, &item);
}

void compare_pairs_refuse_shapes(struct compare *compare, struct span path, bool was_detection)
{
	static const char *const shapes[] = {"what the whole task gives", "what detection alone gives"};
	struct findings_item item = compare_pairs_item(compare, FINDINGS_JSON, path);

	item.level = FINDINGS_FAIL;
	item.before = span_of(shapes[was_detection]);
	item.after = span_of(shapes[!was_detection]);
	findings_add(compare->findings, &item);
}
