/* ready: GET /healthz: 200 as long as the process turns. GET /readyz: 200 while it can be sent
 * requests: it has a configuration and was not told to end; else 503 with the reason. For whoever
 * starts, stops and balances processes; neither asks backends, and neither says anything secret. */
#ifndef PROXY_READY_H
#define PROXY_READY_H

#include "proxy/exchange.h"

extern const struct exchange_handler healthz_handler;
extern const struct exchange_handler readyz_handler;

#endif
