/* predict: POST /predict: the body is read until it is clear what it asks for, goes to one backend
 * or to several, and their answers become one.
 *
 *     READING ─ plan ─→ ASKING ─ answers ─→ done
 *                          └─ a single large answer ─→ STREAMING ─→ done
 */
#ifndef PROXY_PREDICT_H
#define PROXY_PREDICT_H

#include "proxy/exchange.h"

extern const struct exchange_handler predict_handler;

#endif
