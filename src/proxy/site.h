/* site: what is served: which handler answers which path. A new route is a row in the table of
 * site.c. */
#ifndef PROXY_SITE_H
#define PROXY_SITE_H

#include "proxy/exchange.h"

/* What nobody serves is answered 404 or 405, as the service does, or as JSON with `error` under
 * /api. */
extern const struct worker_service site_service;

#endif
