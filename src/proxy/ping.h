/* ping: GET /ping: `pong` when every backend that something is routed to answers its own ping, else
 * 503 with the reason, as it is while the process is stopping. They are asked in parallel; a result
 * that is not older than PING_FRESH_S is used as it is. Immich gives up after 2 s, so nobody is
 * waited for longer than PING_WAIT_MS. */
#ifndef PROXY_PING_H
#define PROXY_PING_H

#include "proxy/exchange.h"

enum { PING_FRESH_S = 2, PING_WAIT_MS = 1500 };

/* What a worker's pings have found. */
struct ping_results;

struct ping_results *ping_results_new(void) __attribute__((warn_unused_result));
void ping_results_free(struct ping_results *results); /* takes NULL */

extern const struct exchange_handler ping_handler;

#endif
