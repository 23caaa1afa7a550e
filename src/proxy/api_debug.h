/* api_debug: what is recorded in memory, and whether.
 *
 *     GET    /api/debug/status
 *     POST   /api/debug/toggle       {"enabled":true}
 *     POST   /api/debug/max-records  {"maxRecords":1000}
 *     DELETE /api/debug/records
 *
 * Each answers with the state as it is then.
 */
#ifndef PROXY_API_DEBUG_H
#define PROXY_API_DEBUG_H

#include "proxy/exchange.h"

extern const struct exchange_handler api_debug_status_handler;
extern const struct exchange_handler api_debug_toggle_handler;
extern const struct exchange_handler api_debug_max_handler;
extern const struct exchange_handler api_debug_clear_handler;

#endif
