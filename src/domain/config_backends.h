/* config_backends: the part of the configuration that says which backends there are. */
#ifndef DOMAIN_CONFIG_BACKENDS_H
#define DOMAIN_CONFIG_BACKENDS_H

#include "domain/config_object.h"

/* The keys of a backend, into a struct config_backend. */
extern const struct config_fields config_backend_fields;

/* The list, into a struct config_backend *. The time-outs have been read before. */
int config_backends_read(struct config *config, const struct config_node *list, void *into,
	struct config_fault *fault) __attribute__((warn_unused_result));

#endif
