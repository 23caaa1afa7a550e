#include "domain/config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "domain/backend.h"

const struct config_limits config_default_limits = {
	.body_bytes = 67108864,
	.entries_bytes = 65536,
	.head_bytes = 65536,
	.head_lines = 256,
	.parts = 2002,
	.part_head_bytes = 16384,
	.connections = 16384,
	.kept_bytes = 67108864,
	.spill_bytes = 1073741824,
};

const struct config_timeouts config_default_timeouts = {
	.connect_ns = CLOCK_S(5),
	.backend_ns = CLOCK_S(240),
	.head_ns = CLOCK_S(10),
	.stall_ns = CLOCK_S(30),
	.idle_ns = CLOCK_S(75),
	.drain_ns = CLOCK_S(30),
	.request_ns = CLOCK_S(290),
};

const struct config_health config_default_health = {
	.interval_ns = CLOCK_S(10),
	.timeout_ns = CLOCK_MS(1500),
};

const struct capture_config config_default_capture = {
	.is_enabled = true,
	.max_bytes = 1073741824,
	.rotate_bytes = 67108864,
	.rotate_ns = CLOCK_S(86400),
	.sample = 1,
};

const char *const config_balance_words[CONFIG_BALANCES] = {
	[CONFIG_ROUND_ROBIN] = "roundRobin",
	[CONFIG_LEAST_IN_FLIGHT] = "leastInFlight",
};

const char *const config_inspect_words[CONFIG_INSPECTS] = {
	[CONFIG_INSPECT_FRONT] = "front",
	[CONFIG_INSPECT_WHOLE] = "whole",
};

static int compare_spans(struct span a, struct span b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return a.n ? memcmp(a.p, b.p, a.n) : 0;
}

static int compare_rules(const void *left, const void *right)
{
	const struct config_rule *a = left;
	const struct config_rule *b = right;
	int order = compare_spans(a->task, b->task);

	if (!order)
		order = compare_spans(a->type, b->type);
	return order ? order : compare_spans(a->model, b->model);
}

void config_rules_sort(struct config_rules *rules)
{
	if (rules->count)
		qsort(rules->rules, rules->count, sizeof *rules->rules, compare_rules);
}

const struct config_rule *config_rules_find(
	const struct config_rules *rules, const struct config_rule *like)
{
	if (!rules->count)
		return NULL;
	return bsearch(like, rules->rules, rules->count, sizeof *rules->rules, compare_rules);
}

struct config *config_ref(struct config *config)
{
	atomic_fetch_add_explicit(&config->refs, 1, memory_order_relaxed);
	return config;
}

static void config_free(struct config *config)
{
	for (size_t i = 0; i < config->backend_count; i++)
		backend_unref(config->backends[i].state);
	for (size_t i = 0; i < config->pool_count; i++)
		pthread_mutex_destroy(&config->pools[i].lock);
	arena_deinit(&config->arena);
	mem_free(config);
}

void config_unref(struct config *config)
{
	if (config && atomic_fetch_sub_explicit(&config->refs, 1, memory_order_acq_rel) == 1)
		config_free(config);
}

void config_bind(struct config *config, struct backends *backends)
{
	for (size_t i = 0; i < config->backend_count; i++) {
		struct config_backend *backend = &config->backends[i];

		backend->state = backend_take(backends, backend->name, backend->url.text);
	}
}

bool config_find_backend(const struct config *config, struct span name, size_t *ret_index)
{
	for (size_t i = 0; i < config->backend_count; i++)
		if (span_equal(config->backends[i].name, name)) {
			*ret_index = i;
			return true;
		}
	return false;
}
