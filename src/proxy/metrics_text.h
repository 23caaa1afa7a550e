/* metrics_text: what GET /metrics says: every family, with its meaning. */
#ifndef PROXY_METRICS_TEXT_H
#define PROXY_METRICS_TEXT_H

#include "proxy/worker.h"

/* What all workers have counted, and how things are at the moment; of the worker's configuration
 * and what it shares. */
void metrics_write(const struct metrics *sum, const struct worker *worker, struct buf *out);

#endif
