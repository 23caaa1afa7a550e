/* api_health: GET /api/health: how every backend is, by its name:
 *
 *     {"b1":{"status":"unhealthy","lastCheck":1795254325,"error":"answered 503",…},…}
 */
#ifndef PROXY_API_HEALTH_H
#define PROXY_API_HEALTH_H

#include "proxy/exchange.h"

extern const struct exchange_handler api_health_handler;

#endif
