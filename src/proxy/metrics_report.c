/* On the way of every request: it takes memory, a lock or text for nothing but what is new, such as
 * the first request to a backend. */
#include "proxy/metrics_report.h"

#include "proxy/predict.h"

static unsigned bit_of(enum metrics_task task)
{
	return 1U << task;
}

/* The tasks that go to one group, a bit each; a request for none is there for METRICS_TASK_NONE. */
static unsigned tasks_of(const struct intake *intake, const struct plan_group *group)
{
	const struct entries *entries = &intake->entries;
	unsigned tasks = 0;

	for (size_t i = 0; i < entries->task_count; i++)
		if (group->wanted[i])
			tasks |= bit_of(metrics_task_of(entries->tasks[i].name));
	return tasks ? tasks : bit_of(METRICS_TASK_NONE);
}

static void count_tasks(struct metrics *metrics, unsigned tasks, struct metrics_way *way)
{
	for (way->task = METRICS_TASK_NONE; way->task < METRICS_TASKS; way->task++)
		if (tasks & bit_of(way->task))
			metrics_count(metrics, way);
}

static void note_try(struct metrics *metrics, const struct group_try *try)
{
	struct metrics_backend *backend = metrics_backend(metrics, try->backend->state->number);

	histogram_note(&backend->durations, try->ended_ns - try->began_ns);
	backend->sent += try->use.sent;
	backend->received += try->use.received;
	backend->retries += try->use.connection == UPSTREAM_REPLACED;
}

/* Returns the tasks. */
static unsigned note_group(struct metrics *metrics, const struct report *report, size_t index)
{
	const struct group *group = &report->groups[index];
	const struct plan_group *planned = &report->intake->plan.groups[index];
	const struct config_backend *backend = report_backend(group);
	unsigned tasks = tasks_of(report->intake, planned);
	struct metrics_way way = {
		.backend = backend ? backend->state->number : NAMES_NONE,
		.status = report->exchange->status,
		.reason = (int)planned->route.reason,
	};

	for (size_t i = 0; i < group->try_count; i++)
		note_try(metrics, &group->tries[i]);
	count_tasks(metrics, tasks, &way);
	return tasks;
}

static unsigned note_unplanned(struct metrics *metrics, const struct exchange *exchange)
{
	struct metrics_way way = {
		.backend = NAMES_NONE,
		.status = exchange->status,
		.reason = -1,
	};

	count_tasks(metrics, bit_of(METRICS_TASK_NONE), &way);
	return bit_of(METRICS_TASK_NONE);
}

static void note_durations(struct metrics *metrics, const struct report *report, unsigned tasks)
{
	int64_t total_ns = report_phase_ns(report, REPORT_TOTAL);
	int64_t receive_ns = report_phase_ns(report, REPORT_RECEIVE);
	int64_t backend_ns = report_phase_ns(report, REPORT_BACKEND);

	for (enum metrics_task task = METRICS_TASK_NONE; task < METRICS_TASKS; task++)
		if (tasks & bit_of(task))
			histogram_note(&metrics->durations[task], total_ns);
	if (receive_ns >= 0 && backend_ns >= 0)
		histogram_note(&metrics->added, total_ns - receive_ns - backend_ns);
}

void metrics_note_report(struct metrics *metrics, const struct report *report)
{
	const struct exchange *exchange = report->exchange;
	unsigned tasks = 0;

	metrics->received += exchange->bytes_in;
	metrics->sent += exchange->bytes_out;
	if (exchange->handler != &predict_handler)
		return;
	for (size_t i = 0; i < report->group_count; i++)
		tasks |= note_group(metrics, report, i);
	if (!report->group_count)
		tasks = note_unplanned(metrics, exchange);
	note_durations(metrics, report, tasks);
}
