/* area: which part of the site a path belongs to, by its first segment.
 *
 * Below /api, /config, /debug and /metrics is nothing but what whoever runs mlproxy asks for, so
 * that one place can say who may; a prefix for /predict and /ping cannot have one of these names.
 */
#ifndef DOMAIN_AREA_H
#define DOMAIN_AREA_H

#include "base/span.h"

enum area {
	AREA_SERVICE, /* what the service answers, too, and everything else */
	AREA_ADMIN,   /* /config, /debug, /metrics */
	AREA_API,     /* /api, whose refusals are {"error":…}; for admins as well */
};

/* The path may have escapes. */
enum area area_of(struct span path);

#endif
