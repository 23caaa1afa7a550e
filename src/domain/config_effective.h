/* config_effective: what is in force, with what was not written, and where each value comes from.
 */
#ifndef DOMAIN_CONFIG_EFFECTIVE_H
#define DOMAIN_CONFIG_EFFECTIVE_H

#include "base/buf.h"
#include "domain/config.h"

/* Adds a JSON object with the keys of a configuration, all of them, and for each value an object
 *
 *     {"value": 240, "from": "default"}
 *
 * in its place. It comes from "file", "environment VARIABLE", "default", or from another key:
 * "timeouts.backend". A value that there is none of is null, a secret CONFIG_MASK, a route what
 * becomes of it: {"backends": ["gpu", "gpu2"], "balance": "roundRobin"}, or {"backends": ["gpu"]}.
 * temp_dir is where files go that limits.spillDir gives no place. */
void config_effective_write(const struct config *config, struct span temp_dir, struct buf *out);

#endif
