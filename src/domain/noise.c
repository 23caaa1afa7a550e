#include "domain/noise.h"

#include <math.h>

#include "base/mem.h"
#include "wire/json_path.h"

enum { QUESTIONS_FIRST = 64, ATOL_MAX = 1000000000 };

const double noise_share_wanted = 0.05;

const char *const noise_words[NOISE_KINDS] = {
	[NOISE_DISTANCE] = "vector distance",
	[NOISE_NORM] = "vector length",
	[NOISE_BOX] = "box",
	[NOISE_FACE_SCORE] = "face score",
	[NOISE_TEXT_SCORE] = "text score",
	[NOISE_LANDMARK] = "landmark",
	[NOISE_NUMBER] = "other numbers",
};

/* The same in a tolerance file. */
static const char *const keys[NOISE_KINDS] = {
	[NOISE_DISTANCE] = "distance",
	[NOISE_NORM] = "norm",
	[NOISE_BOX] = "box",
	[NOISE_FACE_SCORE] = "faceScore",
	[NOISE_TEXT_SCORE] = "textScore",
	[NOISE_LANDMARK] = "landmark",
	[NOISE_NUMBER] = "numbers",
};

/* A question whose answers were measured. */
struct question {
	uint64_t number;
	unsigned kinds; /* a bit for each that was; 0: there is no question here */
};

struct noise {
	struct noise_measure measures[NOISE_KINDS];
	struct question *questions; /* a hash table, at most half full */
	size_t room;                /* a power of two, or 0 */
	size_t question_count;
	struct arena arena;           /* of the paths */
	struct tolerance_rule *rules; /* with room for all that there may be */
	size_t rule_count;
};

struct noise *noise_new(void)
{
	struct noise *noise = mem_new(1, sizeof *noise);

	arena_init(&noise->arena);
	noise->rules = arena_new(&noise->arena, TOLERANCE_RULES_MAX, sizeof *noise->rules);
	return noise;
}

void noise_free(struct noise *noise)
{
	if (!noise)
		return;
	arena_deinit(&noise->arena);
	mem_free(noise->questions);
	mem_free(noise);
}

/* Where a limit can be learned, all is within the widest that there may be, so that only what is no
 * noise is found, and numbers: those are known from findings alone, so that not one may be off. */
const struct tolerance *noise_tolerance(void)
{
	static struct tolerance_rule numbers = {SPAN_LITERAL("**"), TOLERANCE_NEAR, -1, 0};
	static const struct tolerance tolerance = {.distance_warn = 2,
		.distance_fail = 2,
		.norm_warn = 1e6,
		.iou_pair = 0.5,
		.score_warn = 1,
		.face_margin = 0.02,
		.text_margin = 0.03,
		.landmark_px = 1e6,
		.rules = &numbers,
		.rule_count = 1};

	return &tolerance;
}

/* -- questions ------------------------------------------------------------------------------- */

/* Where the number is, or would be. */
static struct question *find_place(const struct noise *noise, uint64_t number)
{
	size_t at = (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32);

	for (;; at++) {
		struct question *place = &noise->questions[at & (noise->room - 1)];

		if (!place->kinds || place->number == number)
			return place;
	}
}

static void make_room(struct noise *noise)
{
	MEM_AUTO struct question *old = noise->questions;
	size_t old_room = noise->room;

	noise->room = old_room ? old_room * 2 : QUESTIONS_FIRST;
	noise->questions = mem_new(noise->room, sizeof *noise->questions);
	for (size_t i = 0; i < old_room; i++)
		if (old[i].kinds)
			*find_place(noise, old[i].number) = old[i];
}

static struct question *find_or_add(struct noise *noise, uint64_t number)
{
	struct question *question;

	if (noise->question_count >= noise->room / 2)
		make_room(noise);
	question = find_place(noise, number);
	noise->question_count += !question->kinds;
	question->number = number;
	return question;
}

/* -- measures -------------------------------------------------------------------------------- */

static void measure(
	struct noise *noise, struct question *question, enum noise_kind kind, double value)
{
	struct noise_measure *all = &noise->measures[kind];

	all->answers += !(question->kinds & 1U << kind);
	question->kinds |= 1U << kind;
	all->most = fmax(all->most, value);
}

static void measure_task(
	struct noise *noise, struct question *question, const struct findings_task *task)
{
	if (task->vectors) {
		measure(noise, question, NOISE_DISTANCE, task->distance_max);
		measure(noise, question, NOISE_NORM, task->norm_max);
	}
	if (task->faces_matched || task->texts_matched)
		measure(noise, question, NOISE_BOX, 1 - task->iou_min);
	if (task->faces_matched)
		measure(noise, question, NOISE_FACE_SCORE, task->score_max);
	if (task->texts_matched)
		measure(noise, question, NOISE_TEXT_SCORE, task->score_max);
	if (task->landmarks)
		measure(noise, question, NOISE_LANDMARK, task->landmark_max);
}

void noise_add(struct noise *noise, uint64_t number, const struct findings *findings)
{
	struct question *question = find_or_add(noise, number);

	measure(noise, question, NOISE_NUMBER, 0);
	for (size_t i = 0; i < findings->task_count; i++)
		measure_task(noise, question, &findings->tasks[i]);
}

const struct noise_measure *noise_measure(const struct noise *noise, enum noise_kind kind)
{
	return &noise->measures[kind];
}

/* -- numbers --------------------------------------------------------------------------------- */

/* The path, with any element for each that it names, since what is off in one may be in others.
 * False when it is no path. */
static bool write_pattern(struct span path, struct buf *pattern)
{
	struct json_path_step step;
	struct span rest = path;

	for (struct span from = path; json_path_next(&rest, &step); from = rest) {
		struct span written = span_first(from, from.n - rest.n);

		if (step.kind == JSON_PATH_INDEX) {
			buf_add_text(pattern, "[*]");
			(void)span_cut(&written, ']'); /* a mark may follow it */
		}
		buf_add(pattern, written);
	}
	return !rest.n && json_path_check(buf_span(pattern));
}

/* NULL when there is no room for another. */
static struct tolerance_rule *find_or_add_rule(struct noise *noise, struct span path)
{
	struct tolerance_rule *rule;

	for (size_t i = 0; i < noise->rule_count; i++)
		if (span_equal(noise->rules[i].path, path))
			return &noise->rules[i];
	if (noise->rule_count == TOLERANCE_RULES_MAX)
		return NULL;
	rule = &noise->rules[noise->rule_count++];
	*rule = (struct tolerance_rule){arena_dup(&noise->arena, path), TOLERANCE_NEAR, 0, 0};
	return rule;
}

/* Of a path that is as long as findings keep them nobody knows how it goes on. */
static bool take_number(struct noise *noise, const struct findings_item *item)
{
	struct tolerance_rule *rule;
	BUF_AUTO struct buf pattern = {0};

	if (!(item->value <= ATOL_MAX) || item->path.n >= FINDINGS_TEXT_BYTES - 4)
		return false;
	if (!write_pattern(item->path, &pattern))
		return false;
	rule = find_or_add_rule(noise, buf_span(&pattern));
	if (!rule)
		return false;
	rule->atol = fmax(rule->atol, item->value);
	return true;
}

/* What is warned of in any case needs no limit. */
bool noise_take(struct noise *noise, const struct findings_item *item)
{
	if (item->kind == FINDINGS_JSON)
		return take_number(noise, item);
	return item->is_borderline || item->kind == FINDINGS_TEXT_MERGED ||
		   item->kind == FINDINGS_TEXT_SPLIT;
}

/* -- limits ---------------------------------------------------------------------------------- */

static void widen(const struct noise *noise, enum noise_kind kind, double *limit)
{
	*limit = fmax(*limit, noise->measures[kind].most);
}

/* What is off in its score by so much may be above minScore in one answer, and below it in another.
 */
void noise_limits(const struct noise *noise, struct tolerance *ret_tolerance)
{
	*ret_tolerance = *tolerance_profile(SPAN_LITERAL("default"));
	widen(noise, NOISE_DISTANCE, &ret_tolerance->distance_warn);
	widen(noise, NOISE_DISTANCE, &ret_tolerance->distance_fail);
	widen(noise, NOISE_NORM, &ret_tolerance->norm_warn);
	widen(noise, NOISE_FACE_SCORE, &ret_tolerance->score_warn);
	widen(noise, NOISE_TEXT_SCORE, &ret_tolerance->score_warn);
	widen(noise, NOISE_FACE_SCORE, &ret_tolerance->face_margin);
	widen(noise, NOISE_TEXT_SCORE, &ret_tolerance->text_margin);
	widen(noise, NOISE_LANDMARK, &ret_tolerance->landmark_px);
	ret_tolerance->iou_warn =
		fmin(ret_tolerance->iou_warn, fmax(0, 1 - noise->measures[NOISE_BOX].most));
	ret_tolerance->rules = noise->rules;
	ret_tolerance->rule_count = noise->rule_count;
}

double noise_share(double confidence, uint64_t answers)
{
	return answers ? -expm1(log1p(-confidence) / (double)answers) : 1;
}

uint64_t noise_answers_wanted(double confidence)
{
	return (uint64_t)ceil(log1p(-confidence) / log1p(-noise_share_wanted));
}

/* -- writing --------------------------------------------------------------------------------- */

/* Keys that begin with _ are notes. */
static void write_note(const struct noise *noise, double confidence, struct buf *out)
{
	buf_add_format(out, "{\"_learned\":{\"confidence\":%.9g", confidence);
	for (size_t kind = 0; kind < NOISE_KINDS; kind++) {
		const struct noise_measure *all = &noise->measures[kind];

		buf_add_format(
			out, ",\"%s\":{\"answers\":%llu", keys[kind], (unsigned long long)all->answers);
		if (kind != NOISE_NUMBER && all->answers)
			buf_add_format(out, ",\"most\":%.9g", all->most);
		buf_add_format(out, ",\"noisierAtMost\":%.4g}", noise_share(confidence, all->answers));
	}
	buf_add_text(out, "},");
}

void noise_write(const struct noise *noise, double confidence, struct buf *out)
{
	struct tolerance tolerance;
	BUF_AUTO struct buf limits = {0};

	noise_limits(noise, &tolerance);
	tolerance_write(&tolerance, &limits);
	write_note(noise, confidence, out);
	buf_add(out, span_skip(buf_span(&limits), 1)); /* behind the brace */
}
