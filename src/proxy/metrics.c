#include "proxy/metrics.h"

#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

#define MS CLOCK_MS(1)
#define S  CLOCK_S(1)
#define US (MS / 1000)

/* From a text on a GPU to a first use that downloads a model. */
static const struct histogram_bounds answer_bounds = {
	15,
	{5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS, 250 * MS, 500 * MS, 1 * S, 2500 * MS, 5 * S,
		10 * S, 30 * S, 60 * S, 120 * S, 300 * S},
};

/* What is ours should stay below a millisecond. */
static const struct histogram_bounds added_bounds = {
	13,
	{100 * US, 250 * US, 500 * US, 1 * MS, 2500 * US, 5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS,
		250 * MS, 500 * MS, 1 * S},
};

void metrics_init(struct metrics *metrics)
{
	*metrics = (struct metrics){.began_s = time(NULL)};
	tally_init(&metrics->requests, METRICS_SERIES_MAX);
	for (size_t i = 0; i < METRICS_TASKS; i++)
		histogram_init(&metrics->durations[i], &answer_bounds);
	histogram_init(&metrics->added, &added_bounds);
}

void metrics_deinit(struct metrics *metrics)
{
	tally_deinit(&metrics->requests);
	for (size_t i = 0; i < NAMES_MAX; i++)
		mem_free(metrics->backends[i]);
}

/* -- tasks ----------------------------------------------------------------------------------- */

static const char *const tasks[] = {
	[METRICS_TASK_NONE] = "none",
	[METRICS_TASK_CLIP] = "clip",
	[METRICS_TASK_FACES] = "facial-recognition",
	[METRICS_TASK_OCR] = "ocr",
	[METRICS_TASK_OTHER] = "other",
};

const char *metrics_task_text(enum metrics_task task)
{
	return tasks[task];
}

enum metrics_task metrics_task_of(struct span name)
{
	for (enum metrics_task task = METRICS_TASK_CLIP; task < METRICS_TASK_OTHER; task++)
		if (span_is(name, tasks[task]))
			return task;
	return METRICS_TASK_OTHER;
}

/* -- requests -------------------------------------------------------------------------------- */

/* Ordered by backend, task, reason and status. */
static uint64_t key_of(const struct metrics_way *way)
{
	return (uint64_t)way->backend << 48 | (uint64_t)way->task << 40 |
		   (uint64_t)(way->reason + 1) << 32 | (uint64_t)(uint32_t)way->status;
}

bool metrics_read_key(uint64_t key, struct metrics_way *ret_way)
{
	if (key == TALLY_OTHER)
		return false;
	*ret_way = (struct metrics_way){
		.backend = (unsigned)(key >> 48),
		.task = (enum metrics_task)(key >> 40 & 0xff),
		.reason = (int)(key >> 32 & 0xff) - 1,
		.status = (int)(key & 0xffffffff),
	};
	return true;
}

void metrics_count(struct metrics *metrics, const struct metrics_way *way)
{
	tally_count(&metrics->requests, key_of(way), 1);
}

struct metrics_backend *metrics_backend(struct metrics *metrics, unsigned number)
{
	struct metrics_backend **place = &metrics->backends[number];

	if (!*place) {
		*place = mem_new(1, sizeof **place);
		histogram_init(&(*place)->durations, &answer_bounds);
	}
	return *place;
}

/* -- the configuration ----------------------------------------------------------------------- */

void metrics_note_loaded(struct metrics *metrics)
{
	metrics->loaded_s = time(NULL);
}

void metrics_note_reload(struct metrics *metrics, bool was_taken)
{
	metrics->reloads[was_taken]++;
	metrics->is_stale = !was_taken;
}

/* -- those of all workers -------------------------------------------------------------------- */

static void add_backend(struct metrics_backend *backend, const struct metrics_backend *other)
{
	histogram_add(&backend->durations, &other->durations);
	backend->sent += other->sent;
	backend->received += other->received;
	backend->retries += other->retries;
}

void metrics_add(struct metrics *metrics, const struct metrics *other)
{
	tally_add(&metrics->requests, &other->requests);
	for (size_t i = 0; i < METRICS_TASKS; i++)
		histogram_add(&metrics->durations[i], &other->durations[i]);
	histogram_add(&metrics->added, &other->added);
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (other->backends[i])
			add_backend(metrics_backend(metrics, i), other->backends[i]);
	metrics->received += other->received;
	metrics->sent += other->sent;
	metrics->spliced += other->spliced;
	metrics->refused += other->refused;
	for (size_t i = 0; i < 2; i++)
		metrics->reloads[i] += other->reloads[i];
	metrics->is_stale |= other->is_stale;
	metrics->loaded_s = other->loaded_s > metrics->loaded_s ? other->loaded_s : metrics->loaded_s;
	metrics->began_s = other->began_s < metrics->began_s ? other->began_s : metrics->began_s;
}
