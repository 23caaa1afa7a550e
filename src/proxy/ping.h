/* ping: GET /ping: `pong` when every route leads to a backend that is healthy, else 503 with the
 * reason; for whoever accepts application/json the status of each backend, with the same status. It
 * is Immich's question whether to send work here at all. */
#ifndef PROXY_PING_H
#define PROXY_PING_H

#include "proxy/exchange.h"

extern const struct exchange_handler ping_handler;

#endif
