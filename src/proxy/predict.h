/* predict: POST /predict: the body is read until it is clear what it asks for, goes to the backends
 * of one group or of several, and their answers become one.
 *
 *     READING ─ plan ─→ ASKING ─ answers ─→ DONE
 *                          └─ a single large answer ─→ STREAMING ─→ DONE
 */
#ifndef PROXY_PREDICT_H
#define PROXY_PREDICT_H

#include "proxy/exchange.h"

extern const struct exchange_handler predict_handler;

#endif
