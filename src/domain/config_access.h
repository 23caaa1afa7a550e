/* config_access: the part of the configuration that says who may use the admin paths. */
#ifndef DOMAIN_CONFIG_ACCESS_H
#define DOMAIN_CONFIG_ACCESS_H

#include "domain/config_node.h"

/* The object access, into a struct config_access. */
int config_access_read(struct config *config, const struct config_node *node, void *into,
	struct config_fault *fault) __attribute__((warn_unused_result));

#endif
