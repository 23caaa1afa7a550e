/* Round-robin is smooth and weighted: at each turn everybody who may be picked earns its weight,
 * and who has most then pays what all have earned together. So weights 3:1:1 give A B A C A, not A
 * A A B C, and the share of one that is passed over goes to all others by their weights.
 */
#include "domain/pool.h"

#include "domain/backend.h"

/* Positions in the pool. */
struct members {
	size_t at[CONFIG_BACKENDS_MAX];
	size_t count;
};

static const struct config_backend *member(
	const struct config *config, const struct config_pool *pool, size_t at)
{
	return &config->backends[pool->backends[at]];
}

static bool is_tried(const uint64_t *tried, size_t index)
{
	return tried[index / 64] >> index % 64 & 1;
}

static void find_members(const struct config *config, const struct config_pool *pool,
	const uint64_t *tried, struct members *members)
{
	size_t unhealthy[CONFIG_BACKENDS_MAX];
	size_t unhealthy_count = 0;

	members->count = 0;
	for (size_t i = 0; i < pool->count; i++) {
		const struct config_backend *backend = member(config, pool, i);

		if (!backend->is_enabled || is_tried(tried, pool->backends[i]))
			continue;
		if (backend_status(backend->state) == HEALTH_UNHEALTHY)
			unhealthy[unhealthy_count++] = i;
		else
			members->at[members->count++] = i;
	}
	if (members->count)
		return;
	members->count = unhealthy_count;
	memcpy(members->at, unhealthy, unhealthy_count * sizeof *unhealthy);
}

/* Leaves those with the least in flight for their weight, counting the request that is to come. */
static void keep_least_busy(
	const struct config *config, const struct config_pool *pool, struct members *members)
{
	uint64_t least_load = UINT64_MAX;
	uint64_t least_weight = 1;
	size_t kept = 0;

	for (size_t i = 0; i < members->count; i++) {
		const struct config_backend *backend = member(config, pool, members->at[i]);
		uint64_t load = UINT64_C(1) + atomic_load(&backend->state->in_flight);
		uint64_t mine = load * least_weight; /* load / weight against the least so far */
		uint64_t least = least_load == UINT64_MAX ? UINT64_MAX : least_load * backend->weight;

		if (mine < least) {
			least_load = load;
			least_weight = backend->weight;
			kept = 0;
		}
		if (mine <= least)
			members->at[kept++] = members->at[i];
	}
	members->count = kept;
}

/* The position whose turn it is among them: who will have most credit once all have earned their
 * weights. The pool is locked. */
static size_t find_turn(
	const struct config *config, const struct config_pool *pool, const struct members *members)
{
	size_t best = members->at[0];
	int64_t most = INT64_MIN;

	for (size_t i = 0; i < members->count; i++) {
		size_t at = members->at[i];
		int64_t credit = pool->credits[at] + member(config, pool, at)->weight;

		if (credit > most) {
			most = credit;
			best = at;
		}
	}
	return best;
}

/* All earn, the one at `best` pays. The pool is locked. */
static void settle(const struct config *config, struct config_pool *pool,
	const struct members *members, size_t best)
{
	for (size_t i = 0; i < members->count; i++) {
		size_t at = members->at[i];

		pool->credits[at] += member(config, pool, at)->weight;
		pool->credits[best] -= member(config, pool, at)->weight;
	}
}

static size_t choose(
	const struct config *config, struct config_pool *pool, const uint64_t *tried, bool takes_turn)
{
	struct members members;
	size_t best;

	find_members(config, pool, tried, &members);
	if (!members.count)
		return CONFIG_BACKENDS_MAX;
	if (pool->balance == CONFIG_LEAST_IN_FLIGHT)
		keep_least_busy(config, pool, &members);
	pthread_mutex_lock(&pool->lock);
	best = find_turn(config, pool, &members);
	if (takes_turn)
		settle(config, pool, &members, best);
	pthread_mutex_unlock(&pool->lock);
	return pool->backends[best];
}

size_t pool_pick(const struct config *config, struct config_pool *pool,
	const uint64_t tried[CONFIG_BACKENDS_MAX / 64])
{
	return choose(config, pool, tried, true);
}

size_t pool_peek(const struct config *config, struct config_pool *pool)
{
	static const uint64_t nobody[CONFIG_BACKENDS_MAX / 64];

	return choose(config, pool, nobody, false);
}
