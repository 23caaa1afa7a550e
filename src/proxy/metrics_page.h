/* metrics_page: GET /metrics, in Prometheus's text format.
 *
 *     begin ── round ─→ each worker: add up ─→ done: write
 */
#ifndef PROXY_METRICS_PAGE_H
#define PROXY_METRICS_PAGE_H

#include "proxy/exchange.h"

extern const struct exchange_handler metrics_page_handler;

#endif
