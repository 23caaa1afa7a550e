/* config_routes: the part of the configuration that says which tasks go where: pools and the rules
 * that lead to them. The backends and the balance of the file have been read before. */
#ifndef DOMAIN_CONFIG_ROUTES_H
#define DOMAIN_CONFIG_ROUTES_H

#include "domain/config_node.h"

/* Makes room for all pools that the file, an object, can need. */
void config_routes_reserve(struct config *config, const struct config_node *file);

/* Readers of one value each: -1 with a fault, or `into` is set. */

/* A name, a list of names, or an object with "backends" and "balance", into a struct
 * config_pool *. */
int config_routes_read_pool(struct config *config, const struct config_node *node, void *into,
	struct config_fault *fault) __attribute__((warn_unused_result));

/* The objects taskRouting and modelTypeRouting, into a struct config_rules. */
int config_routes_read_tasks(struct config *config, const struct config_node *node, void *into,
	struct config_fault *fault) __attribute__((warn_unused_result));
int config_routes_read_types(struct config *config, const struct config_node *node, void *into,
	struct config_fault *fault) __attribute__((warn_unused_result));

#endif
