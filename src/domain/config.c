#include "domain/config.h"

#include "base/clock.h"
#include "base/mem.h"

const struct config_limits config_default_limits = {
	.body_bytes = 67108864,
	.entries_bytes = 65536,
	.head_bytes = 65536,
	.head_lines = 256,
	.parts = 2002,
	.part_head_bytes = 16384,
	.connections = 16384,
	.kept_bytes = 67108864,
};

const struct config_timeouts config_default_timeouts = {
	.connect_ns = CLOCK_S(5),
	.backend_ns = CLOCK_S(240),
	.head_ns = CLOCK_S(10),
	.stall_ns = CLOCK_S(30),
	.idle_ns = CLOCK_S(75),
};

struct config *config_ref(struct config *config)
{
	atomic_fetch_add_explicit(&config->refs, 1, memory_order_relaxed);
	return config;
}

void config_unref(struct config *config)
{
	if (config && atomic_fetch_sub_explicit(&config->refs, 1, memory_order_acq_rel) == 1) {
		arena_deinit(&config->arena);
		mem_free(config);
	}
}

const struct config_backend *config_pool_next(const struct config *config, struct config_pool *pool)
{
	unsigned turn = atomic_fetch_add_explicit(&pool->turn, 1, memory_order_relaxed);

	return &config->backends[pool->backends[turn % pool->count]];
}
