/* api_plan: POST /api/plan {"entries":{…},"payload":"image"|"text"}: where such a request would go
 * now, and why. Nothing is sent, and nobody loses a turn. */
#ifndef PROXY_API_PLAN_H
#define PROXY_API_PLAN_H

#include "proxy/exchange.h"

extern const struct exchange_handler api_plan_handler;

#endif
