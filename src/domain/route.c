#include "domain/route.h"

const char *route_reason_text(enum route_reason reason)
{
	static const char *const texts[] = {
		[ROUTE_TASK_TYPE_MODEL] = "task/type/model",
		[ROUTE_TASK_ANY_MODEL] = "task/*/model",
		[ROUTE_TASK_TYPE] = "task/type",
		[ROUTE_MODEL_TYPE] = "modelType",
		[ROUTE_TASK] = "task",
		[ROUTE_PAYLOAD] = "payload",
		[ROUTE_DEFAULT] = "default",
	};

	return texts[reason];
}

static enum route_reason rule_reason(const struct config_rule *rule)
{
	if (!rule->task.n)
		return ROUTE_MODEL_TYPE;
	if (rule->model.n)
		return rule->type.n ? ROUTE_TASK_TYPE_MODEL : ROUTE_TASK_ANY_MODEL;
	return rule->type.n ? ROUTE_TASK_TYPE : ROUTE_TASK;
}

struct route route_default(const struct config *config)
{
	return (struct route){config->default_pool, ROUTE_DEFAULT, NULL};
}

/* Where nothing more particular says otherwise. */
static struct route payload_route(const struct config *config, enum route_payload payload)
{
	struct config_pool *pool = NULL;

	if (payload == ROUTE_PAYLOAD_TEXT)
		pool = config->text_pool;
	else if (payload == ROUTE_PAYLOAD_IMAGE)
		pool = config->image_pool;
	if (pool)
		return (struct route){pool, ROUTE_PAYLOAD, NULL};
	return route_default(config);
}

/* Takes the rule that is just like this one, if there is one and it is more particular. */
static void consider(
	struct route *best, const struct config_rules *rules, const struct config_rule *like)
{
	const struct config_rule *rule = config_rules_find(rules, like);

	if (rule && rule_reason(rule) < best->reason)
		*best = (struct route){rule->pool, rule_reason(rule), rule};
}

/* Every rule that matches is like one of these. */
struct route route_type(const struct config *config, struct span task, struct span type,
	struct span model, enum route_payload payload)
{
	struct route best = payload_route(config, payload);

	consider(&best, &config->type_rules, &(struct config_rule){.type = type});
	consider(&best, &config->task_rules, &(struct config_rule){.task = task});
	consider(&best, &config->task_rules, &(struct config_rule){.task = task, .type = type});
	consider(&best, &config->task_rules, &(struct config_rule){.task = task, .model = model});
	consider(&best, &config->task_rules,
		&(struct config_rule){.task = task, .type = type, .model = model});
	return best;
}

struct route route_task(
	const struct config *config, const struct entries_task *task, enum route_payload payload)
{
	struct route best;

	if (!task->type_count)
		return route_type(config, task->name, SPAN_EMPTY, SPAN_EMPTY, payload);
	for (size_t i = 0; i < task->type_count; i++) {
		const struct entries_type *type = &task->types[i];
		struct route route = route_type(config, task->name, type->name, type->model, payload);

		if (!i || route.reason < best.reason ||
			(route.reason == best.reason && span_is(type->name, "detection")))
			best = route;
	}
	return best;
}

static const struct config_rule *find_rule(
	const struct config_rules *rules, const struct config_pool *pool)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rules->rules[i].pool == pool)
			return &rules->rules[i];
	return NULL;
}

/* As it stands in taskRouting or modelTypeRouting. */
static void write_rule(const struct config_rule *rule, struct buf *out)
{
	buf_add_text(out, rule->task.n ? "taskRouting." : "modelTypeRouting.");
	buf_add(out, rule->task);
	if (rule->task.n && (rule->type.n || rule->model.n))
		buf_add_text(out, "/");
	if (rule->type.n)
		buf_add(out, rule->type);
	else if (rule->model.n)
		buf_add_text(out, "*");
	if (rule->model.n)
		buf_add_text(out, "/");
	buf_add(out, rule->model);
}

void route_write(struct route route, enum route_payload payload, struct buf *out)
{
	if (route.rule)
		write_rule(route.rule, out);
	else if (route.reason == ROUTE_PAYLOAD)
		buf_add_format(out, "payloadRouting.%s", payload == ROUTE_PAYLOAD_TEXT ? "text" : "image");
	else
		buf_add_text(out, "defaultBackend");
}

void route_write_name(const struct config *config, const struct config_pool *pool, struct buf *out)
{
	const struct config_rule *task_rule = find_rule(&config->task_rules, pool);
	const struct config_rule *type_rule = find_rule(&config->type_rules, pool);

	if (pool == config->default_pool)
		buf_add_text(out, "defaultBackend");
	else if (task_rule)
		write_rule(task_rule, out);
	else if (type_rule)
		write_rule(type_rule, out);
	else
		buf_add_format(out, "payloadRouting.%s", pool == config->text_pool ? "text" : "image");
}

/* Only what no other rule is about goes by its payload. */
bool route_needs_payload(const struct config *config, const struct entries_task *task)
{
	const struct config_pool *pool = config->default_pool;

	if (payload_route(config, ROUTE_PAYLOAD_TEXT).pool == pool &&
		payload_route(config, ROUTE_PAYLOAD_IMAGE).pool == pool)
		return false;
	return route_task(config, task, ROUTE_PAYLOAD_UNKNOWN).reason == ROUTE_DEFAULT;
}
