#include "proxy/access_log.h"

enum {
	NAMES_SHOWN = 8,
	TRIED_SHOWN = 1024, /* the whole list of one group */
	NAME_SHOWN = 64,
	ROUTE_SHOWN = 128,
	METHOD_SHOWN = 32,
	PATH_SHOWN = 128,
};

static void add_last_segment(struct span path, struct buf *out)
{
	const char *slash = memrchr(path.p, '/', path.n);

	if (slash && slash > path.p)
		buf_add_text(out, "/*");
	buf_add(out, slash ? span_between(slash, path.p + path.n) : path);
}

/* Of the service's paths the last segment, behind the last slash: what is before it may be a
 * credential. An admin path has no such prefix. */
static void add_path(struct log_line *line, enum area area, struct span path)
{
	BUF_AUTO struct buf shown = {0};

	if (area == AREA_SERVICE)
		add_last_segment(path, &shown);
	else
		buf_add(&shown, path);
	log_text(line, "path", span_first(buf_span(&shown), PATH_SHOWN));
}

/* False when the list has enough; then it ends with "...". */
static bool may_add(struct log_line *line, size_t index)
{
	if (index == NAMES_SHOWN)
		log_list_add(line, SPAN_LITERAL("..."));
	return index < NAMES_SHOWN;
}

static void add_tasks(struct log_line *line, const struct entries *entries)
{
	log_list_begin(line, "tasks");
	for (size_t i = 0; i < entries->task_count && may_add(line, i); i++)
		log_list_add(line, span_first(entries->tasks[i].name, NAME_SHOWN));
	log_list_end(line);
}

static bool has_model(const struct entries_task *task, size_t type_count, struct span model)
{
	for (size_t i = 0; i < type_count; i++)
		if (span_equal(task->types[i].model, model))
			return true;
	return false;
}

/* Those of a task that its types before have not named; returns how many are there now. */
static size_t add_task_models(struct log_line *line, const struct entries_task *task, size_t count)
{
	for (size_t i = 0; i < task->type_count && count <= NAMES_SHOWN; i++)
		if (!has_model(task, i, task->types[i].model) && may_add(line, count++))
			log_list_add(line, span_first(task->types[i].model, NAME_SHOWN));
	return count;
}

static void add_models(struct log_line *line, const struct entries *entries)
{
	size_t count = 0;

	log_list_begin(line, "models");
	for (size_t i = 0; i < entries->task_count && count <= NAMES_SHOWN; i++)
		count = add_task_models(line, &entries->tasks[i], count);
	log_list_end(line);
}

/* Of each group who was asked last. */
static void add_backends(struct log_line *line, const struct report *report)
{
	log_list_begin(line, "backends");
	for (size_t i = 0; i < report->group_count && may_add(line, i); i++)
		if (report_backend(&report->groups[i]))
			log_list_add(line, backend_label(report_backend(&report->groups[i])->name));
	log_list_end(line);
}

/* The key of the configuration that decided, and its rule. */
static void add_routes(struct log_line *line, const struct report *report)
{
	const struct plan *plan = &report->intake->plan;
	BUF_AUTO struct buf route = {0};

	log_list_begin(line, "routes");
	for (size_t i = 0; i < report->group_count && may_add(line, i); i++) {
		buf_reset(&route);
		route_write(plan->groups[i].route, plan->payload, &route);
		log_list_add(line, span_first(buf_span(&route), ROUTE_SHOWN));
	}
	log_list_end(line);
	log_list_begin(line, "reasons");
	for (size_t i = 0; i < report->group_count && may_add(line, i); i++)
		log_list_add(line, span_of(route_reason_text(plan->groups[i].route.reason)));
	log_list_end(line);
}

static void add_attempts(struct log_line *line, const struct report *report)
{
	BUF_AUTO struct buf tried = {0};
	size_t attempts = 0;

	for (size_t i = 0; i < report->group_count; i++)
		attempts += report->groups[i].try_count;
	log_number(line, "attempts", attempts);
	groups_write_tried(report->groups, report->group_count, &tried);
	if (tried.n)
		log_text(line, "tried", span_first(buf_span(&tried), TRIED_SHOWN));
}

static void add_phases(struct log_line *line, const struct report *report)
{
	static const char *const keys[REPORT_PHASE_COUNT] = {
		[REPORT_RECEIVE] = "receive_ms",
		[REPORT_QUEUE] = "queue_ms",
		[REPORT_BACKEND] = "backend_ms",
		[REPORT_TOTAL] = "total_ms",
	};

	for (size_t i = 0; i < REPORT_PHASE_COUNT; i++) {
		int64_t ns = report_phase_ns(report, (enum report_phase)i);

		if (ns >= 0)
			log_ms(line, keys[i], ns);
	}
}

void access_log_write(const struct report *report)
{
	const struct exchange *exchange = report->exchange;
	enum log_level level = exchange->status >= 500 ? LOG_WARN : LOG_INFO;
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, exchange->worker->shared->log, level, "exchange"))
		return;
	log_text(&line, "id", span_of(exchange->id));
	log_text(&line, "client", span_of(report->client));
	log_text(&line, "method", span_first(report->head->method, METHOD_SHOWN));
	add_path(&line, exchange->area, report->head->path);
	if (report->group_count) {
		add_tasks(&line, &report->intake->entries);
		add_models(&line, &report->intake->entries);
		add_backends(&line, report);
		add_routes(&line, report);
		add_attempts(&line, report);
	}
	if (exchange->error.n)
		log_text(&line, "error", buf_span(&exchange->error));
	log_number(&line, "status", (uint64_t)exchange->status);
	log_flag(&line, "complete", report->is_complete);
	log_number(&line, "bytes_in", exchange->bytes_in);
	log_number(&line, "bytes_out", exchange->bytes_out);
	add_phases(&line, report);
	log_end(&line);
}
