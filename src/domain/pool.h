/* pool: which backend of a pool gets a request.
 *
 * Those that are enabled and were not tried yet; of these the healthy ones and those of which
 * nothing is known, and the unhealthy ones only where there is no other: as long as somebody might
 * answer there is somebody to ask. Among them round-robin by weight, or who has the least in flight
 * for its weight and then round-robin.
 */
#ifndef DOMAIN_POOL_H
#define DOMAIN_POOL_H

#include "domain/config.h"

/* Index into config->backends, or CONFIG_BACKENDS_MAX when none is left. `tried` has a bit for each
 * such index. The snapshot is bound to its backends (config_bind()). For any thread: a pool's turns
 * are those of the whole process. */
size_t pool_pick(const struct config *config, struct config_pool *pool,
	const uint64_t tried[CONFIG_BACKENDS_MAX / 64]) __attribute__((warn_unused_result));

/* Whom pool_pick() would name next with nobody tried, without taking the turn. */
size_t pool_peek(const struct config *config, struct config_pool *pool)
	__attribute__((warn_unused_result));

#endif
