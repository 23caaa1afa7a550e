/* config_needs: what a configuration needs of the machine: libcurl, where a backend has https. */
#ifndef PROXY_CONFIG_NEEDS_H
#define PROXY_CONFIG_NEEDS_H

#include "domain/config.h"

/* -1 with a fault that says what is missing. Loads what is there, which takes some 20 ms, so
 * that no loop must: before the loops run, or in a job. */
int config_needs_meet(const struct config *config, struct config_fault *fault)
	__attribute__((warn_unused_result));

#endif
