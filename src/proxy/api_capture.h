/* api_capture: GET /api/capture, what becomes of the recording to disk; POST, to switch it on and
 * off, which is in force until a configuration is loaded. */
#ifndef PROXY_API_CAPTURE_H
#define PROXY_API_CAPTURE_H

#include "proxy/exchange.h"

extern const struct exchange_handler api_capture_get_handler;
extern const struct exchange_handler api_capture_post_handler;

#endif
