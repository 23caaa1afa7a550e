#include "proxy/api_plan.h"

#include "domain/backend.h"
#include "domain/plan.h"
#include "domain/pool.h"
#include "domain/question.h"
#include "proxy/api.h"

/* -- the answer ------------------------------------------------------------------------------ */

/* "route" and "reason": the words of the configuration and of the log. */
static void add_route(struct buf *out, struct route route, enum route_payload payload)
{
	BUF_AUTO struct buf name = {0};

	route_write(route, payload, &name);
	buf_add_text(out, "\"route\":");
	buf_add_json(out, buf_span(&name));
	buf_add_format(out, ",\"reason\":\"%s\"", route_reason_text(route.reason));
}

static void add_tasks(struct buf *out, const struct config *config, const struct question *question,
	const struct plan_group *group)
{
	const struct entries *entries = &question->entries;
	const char *mark = "";

	buf_add_text(out, "\"tasks\":[");
	for (size_t i = 0; i < entries->task_count; i++) {
		if (!group->wanted[i])
			continue;
		buf_add_format(out, "%s{\"name\":", mark);
		buf_add_json(out, entries->tasks[i].name);
		buf_add_text(out, ",");
		add_route(
			out, route_task(config, &entries->tasks[i], question->payload), question->payload);
		buf_add_text(out, "}");
		mark = ",";
	}
	buf_add_text(out, "]");
}

static void add_backends(
	struct buf *out, const struct config *config, const struct config_pool *pool)
{
	buf_add_text(out, ",\"backends\":[");
	for (size_t i = 0; i < pool->count; i++) {
		const struct config_backend *backend = &config->backends[pool->backends[i]];

		buf_add_text(out, i ? ",{\"name\":" : "{\"name\":");
		buf_add_json(out, backend->name);
		buf_add_format(out, ",\"status\":\"%s\",\"enabled\":%s}",
			health_status_text(backend_status(backend->state)),
			backend->is_enabled ? "true" : "false");
	}
	buf_add_text(out, "]");
}

static void add_group(struct buf *out, const struct config *config, const struct question *question,
	const struct plan_group *group)
{
	size_t next = pool_peek(config, group->route.pool);

	buf_add_text(out, "{");
	add_tasks(out, config, question, group);
	add_backends(out, config, group->route.pool);
	buf_add_format(
		out, ",\"balance\":\"%s\",\"next\":", config_balance_words[group->route.pool->balance]);
	if (next < CONFIG_BACKENDS_MAX)
		buf_add_json(out, config->backends[next].name);
	else
		buf_add_text(out, "null");
	buf_add_text(out, "}");
}

static void answer(struct exchange *exchange, const struct question *question, struct arena *arena)
{
	const struct config *config = exchange->config;
	BUF_AUTO struct buf out = {0};
	struct plan plan;

	plan_make(&plan, config, &question->entries, question->payload, arena);
	buf_add_text(&out, "{\"groups\":[");
	for (size_t i = 0; i < plan.group_count; i++) {
		buf_add_text(&out, i ? "," : "");
		add_group(&out, config, question, &plan.groups[i]);
	}
	buf_add_format(&out, "],\"whole\":%s}", plan.group_count == 1 ? "true" : "false");
	api_answer(exchange, 200, buf_span(&out));
}

/* -- the call -------------------------------------------------------------------------------- */

static void on_begin(struct exchange *exchange)
{
	if (exchange->config)
		api_body_on_begin(exchange);
	else
		exchange_fail_unconfigured(exchange);
}

static void on_body_end(struct exchange *exchange)
{
	const struct api_body *body = exchange->state;
	struct arena arena = {0};
	struct question question;
	struct config_fault fault;

	if (question_read(exchange->config, buf_span(&body->text), &arena, &question, &fault) < 0)
		api_refuse_fault(exchange, 400, &fault);
	else
		answer(exchange, &question, &arena);
	arena_deinit(&arena);
}

const struct exchange_handler api_plan_handler = {
	.begin = on_begin,
	.body = api_body_on_bytes,
	.body_end = on_body_end,
	.free = api_body_on_free,
};
