#include "domain/config_routes.h"

#include <stddef.h>

#include "base/mem.h"
#include "domain/config_draft.h"
#include "domain/config_object.h"
#include "wire/json.h"

static size_t count_members(struct span object)
{
	struct json_members walk;
	struct span key;
	struct span value;
	size_t n = 0;

	if (json_type_of(object) != JSON_OBJECT)
		return 0;
	for (walk = json_members_of(object); json_members_next(&walk, &key, &value);)
		n++;
	return n;
}

/* -- pools ----------------------------------------------------------------------------------- */

void config_routes_reserve(struct config *config, const struct config_node *file)
{
	size_t most = 3; /* default, text, image */

	most += count_members(config_node_member(file, "taskRouting").value);
	most += count_members(config_node_member(file, "modelTypeRouting").value);
	config->pools = arena_new(&config->arena, most, sizeof *config->pools);
}

/* What a route names, before it is known whether there is such a pool already. */
struct pick {
	size_t backends[CONFIG_BACKENDS_MAX];
	size_t count;
	uint64_t set[CONFIG_BACKENDS_MAX / 64];
	enum config_balance balance;
};

static int pick_backend(struct config *config, const struct config_node *node, struct pick *pick,
	struct config_fault *fault)
{
	struct span name = SPAN_EMPTY;
	size_t index;
	uint64_t bit;

	if (json_type_of(node->value) == JSON_STRING)
		name = json_string(node->value, &config->arena);
	if (!config_find_backend(config, name, &index))
		return config_node_fault(node, fault, "the name of a backend listed in backends");
	bit = UINT64_C(1) << index % 64;
	if (pick->set[index / 64] & bit)
		return config_node_fault(node, fault, "each backend once");
	pick->set[index / 64] |= bit;
	pick->backends[pick->count++] = index;
	return 0;
}

static int pick_list(
	struct config *config, const struct config_node *list, void *into, struct config_fault *fault)
{
	struct json_elements walk;
	struct config_node name = {.parent = list, .is_element = true};
	struct pick *pick = into;

	if (json_type_of(list->value) != JSON_ARRAY)
		return config_node_fault(list, fault, "a list of names of backends");
	walk = json_elements_of(list->value);
	for (; json_elements_next(&walk, &name.value); name.index++)
		if (pick_backend(config, &name, pick, fault) < 0)
			return -1;
	if (!pick->count)
		return config_node_fault(list, fault, "at least one name of a backend");
	return 0;
}

static int pick_object(struct config *config, const struct config_node *node, struct pick *pick,
	struct config_fault *fault)
{
	static const struct config_field fields[] = {
		{"backends", CONFIG_FIELD_PICK, true, .read = pick_list},
		{"balance", CONFIG_FIELD_CHOICE, .offset = offsetof(struct pick, balance),
			.words = CONFIG_WORDS(config_balance_words)},
	};

	return config_object_read(
		config, node, (struct config_fields)CONFIG_FIELDS(fields), pick, fault);
}

static bool is_like(const struct config_pool *pool, const struct pick *pick)
{
	return pool->balance == pick->balance && memcmp(pool->set, pick->set, sizeof pick->set) == 0;
}

static struct config_pool *intern_pool(struct config *config, const struct pick *pick)
{
	struct config_pool *pool;

	for (size_t i = 0; i < config->pool_count; i++)
		if (is_like(&config->pools[i], pick))
			return &config->pools[i];
	pool = &config->pools[config->pool_count++];
	pool->count = pick->count;
	pool->backends = arena_new(&config->arena, pick->count, sizeof *pool->backends);
	memcpy(pool->backends, pick->backends, pick->count * sizeof *pool->backends);
	memcpy(pool->set, pick->set, sizeof pool->set);
	pool->balance = pick->balance;
	pool->credits = arena_new(&config->arena, pick->count, sizeof *pool->credits);
	pthread_mutex_init(&pool->lock, NULL);
	return pool;
}

/* Whoever has but one backend has nothing to balance: its pool is the same however it is said. */
static struct config_pool *pool_of(
	struct config *config, const struct config_node *node, struct pick *pick)
{
	bool is_enabled = false;

	for (size_t i = 0; i < pick->count; i++)
		is_enabled |= config->backends[pick->backends[i]].is_enabled;
	if (!is_enabled)
		config_node_warn(node, config, "none of its backends is enabled");
	if (pick->count == 1)
		pick->balance = CONFIG_ROUND_ROBIN;
	return intern_pool(config, pick);
}

int config_routes_read_pool(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	enum json_type type = json_type_of(node->value);
	struct pick pick = {.balance = config->balance};
	int status;

	if (type == JSON_OBJECT)
		status = pick_object(config, node, &pick, fault);
	else if (type == JSON_ARRAY)
		status = pick_list(config, node, &pick, fault);
	else
		status = pick_backend(config, node, &pick, fault);
	if (!status)
		*(struct config_pool **)into = pool_of(config, node, &pick);
	return status;
}

/* -- rules ----------------------------------------------------------------------------------- */

struct rule_kind {
	bool (*parse_key)(struct span key, struct config_rule *rule);
	const char *wanted;
};

static bool is_any(struct span name)
{
	return span_is(name, "*");
}

/* The first two slashes separate; a model may have more of them. */
static bool parse_task_key(struct span key, struct config_rule *rule)
{
	struct span rest = key;

	rule->task = span_cut(&rest, '/');
	rule->type = span_cut(&rest, '/');
	rule->model = rest;
	if (!rule->task.n || is_any(rule->task) || is_any(rule->model) || key.p[key.n - 1] == '/')
		return false;
	if (!rule->type.n && key.n > rule->task.n)
		return false;
	if (is_any(rule->type) && !rule->model.n)
		return false;
	if (is_any(rule->type))
		rule->type = SPAN_EMPTY;
	if (span_is(rule->task, "facial_recognition"))
		rule->task = SPAN_LITERAL("facial-recognition");
	return true;
}

static bool parse_type_key(struct span key, struct config_rule *rule)
{
	*rule = (struct config_rule){.task = SPAN_LITERAL(""), .type = key, .model = SPAN_LITERAL("")};
	return !is_any(key) && !memchr(key.p, '/', key.n);
}

static size_t find_rule(const struct config_rules *rules, const struct config_rule *like)
{
	size_t i;

	for (i = 0; i < rules->count; i++)
		if (span_equal(rules->rules[i].task, like->task) &&
			span_equal(rules->rules[i].type, like->type) &&
			span_equal(rules->rules[i].model, like->model))
			break;
	return i;
}

/* Collects the keys, with the node of each one's value. Of keys that say the same the last counts,
 * which is why no value is read before all of them are there. */
static int read_keys(const struct config_node *object, const struct rule_kind *kind,
	struct arena *arena, struct config_rules *rules, struct config_node *nodes,
	struct config_fault *fault)
{
	struct json_members walk = json_members_of(object->value);
	struct config_node node = {.parent = object};
	struct span key;

	while (json_members_next(&walk, &key, &node.value)) {
		struct span text = json_string(key, arena);
		struct config_rule rule = {0};
		size_t at;

		node.key = config_node_key(key);
		if (!config_node_is_name(text) || !kind->parse_key(text, &rule)) {
			node.value = key; /* which is what is wrong */
			return config_node_fault(&node, fault, "%s", kind->wanted);
		}
		at = find_rule(rules, &rule);
		rules->rules[at] = rule;
		nodes[at] = node;
		rules->count += at == rules->count;
	}
	return 0;
}

static void keep_rules(
	const struct config_node *object, const struct config_node *nodes, size_t count)
{
	MEM_AUTO struct span *values = mem_new(count, sizeof *values);

	for (size_t i = 0; i < count; i++)
		values[i] = nodes[i].value;
	config_draft_keep(object, values, count);
}

static int read_rules(struct config *config, const struct config_node *object,
	const struct rule_kind *kind, struct config_rules *rules, struct config_fault *fault)
{
	size_t most = count_members(object->value);
	MEM_AUTO struct config_node *nodes = mem_new(most, sizeof *nodes);

	if (json_type_of(object->value) != JSON_OBJECT)
		return config_node_fault(object, fault, "an object");
	if (most > CONFIG_RULES_MAX)
		return config_node_fault(object, fault, "at most %d routes", CONFIG_RULES_MAX);
	rules->rules = arena_new(&config->arena, most, sizeof *rules->rules);
	if (read_keys(object, kind, &config->arena, rules, nodes, fault) < 0)
		return -1;
	for (size_t i = 0; i < rules->count; i++)
		if (config_routes_read_pool(config, &nodes[i], &rules->rules[i].pool, fault) < 0)
			return -1;
	config_rules_sort(rules);
	keep_rules(object, nodes, rules->count);
	return 0;
}

int config_routes_read_tasks(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const struct rule_kind kind = {
		parse_task_key, "a key TASK, TASK/TYPE, TASK/*/MODEL or TASK/TYPE/MODEL"};

	return read_rules(config, node, &kind, into, fault);
}

int config_routes_read_types(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const struct rule_kind kind = {parse_type_key, "a key TYPE such as textual or visual"};

	return read_rules(config, node, &kind, into, fault);
}
