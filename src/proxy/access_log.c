#include "proxy/access_log.h"

enum { TASKS_SHOWN = 8, NAME_SHOWN = 64, METHOD_SHOWN = 32, PATH_SHOWN = 128 };

/* The path's last segment, a slash behind it included; what is before it may be a credential. */
static void add_path(struct log_line *line, struct span path)
{
	BUF_AUTO struct buf shown = {0};
	size_t end = path.n && path.p[path.n - 1] == '/' ? path.n - 1 : path.n;
	const char *slash = memrchr(path.p, '/', end);

	if (slash && slash > path.p)
		buf_add_text(&shown, "/*");
	buf_add(&shown, slash ? span_between(slash, path.p + path.n) : path);
	log_text(line, "path", span_first(buf_span(&shown), PATH_SHOWN));
}

/* Of very many tasks the first ones. */
static void add_tasks(struct log_line *line, const struct entries *entries)
{
	log_list_begin(line, "tasks");
	for (size_t i = 0; i < entries->task_count && i < TASKS_SHOWN; i++)
		log_list_add(line, span_first(entries->tasks[i].name, NAME_SHOWN));
	if (entries->task_count > TASKS_SHOWN)
		log_list_add(line, SPAN_LITERAL("..."));
	log_list_end(line);
}

/* Of each group who was asked last. */
static void add_backends(struct log_line *line, const struct report *report)
{
	log_list_begin(line, "backends");
	for (size_t i = 0; i < report->group_count; i++) {
		const struct group *group = &report->groups[i];

		if (group->try_count)
			log_list_add(line, backend_label(group->tries[group->try_count - 1].backend->name));
	}
	log_list_end(line);
}

static void add_routes(struct log_line *line, const struct report *report)
{
	log_list_begin(line, "routes");
	for (size_t i = 0; i < report->group_count; i++)
		log_list_add(line, span_of(route_reason_text(report->intake->plan.groups[i].reason)));
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
		log_text(line, "tried", buf_span(&tried));
}

void access_log_write(const struct report *report)
{
	const struct exchange *exchange = report->exchange;
	const struct http1_head *head = httpd_head(exchange->http);
	enum log_level level = exchange->status >= 500 ? LOG_WARN : LOG_INFO;
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, exchange->worker->shared->log, level, "exchange"))
		return;
	log_text(&line, "id", span_of(exchange->id));
	log_text(&line, "client", span_of(httpd_peer(exchange->http)));
	log_text(&line, "method", span_first(head->method, METHOD_SHOWN));
	add_path(&line, head->path);
	if (report->group_count) {
		add_tasks(&line, &report->intake->entries);
		add_backends(&line, report);
		add_routes(&line, report);
		add_attempts(&line, report);
	}
	if (exchange->error.n)
		log_text(&line, "error", buf_span(&exchange->error));
	log_number(&line, "status", (uint64_t)exchange->status);
	log_flag(&line, "complete", report->is_complete);
	log_ms(&line, "ms", report->ended_ns - exchange->began_ns);
	log_end(&line);
}
