/* monitor: how every backend is, at all times: pings them in the background, and logs whenever
 * one's health has changed, whoever noticed.
 *
 *     every interval, or later after failures ─→ pinger ─→ the backend's health ─→ log
 */
#ifndef PROXY_MONITOR_H
#define PROXY_MONITOR_H

#include "domain/config.h"

struct monitor; /* one a worker, of which one of the process is put to use */
struct worker;

struct monitor *monitor_new(struct worker *worker) __attribute__((warn_unused_result));

/* While there still is the worker's pinger. Takes NULL. */
void monitor_free(struct monitor *monitor);

/* From now on every enabled backend of this configuration (NULL: none) is pinged: new ones at once,
 * then health_next_ping_ns() after each result. */
void monitor_set_config(struct monitor *monitor, struct config *config);

#endif
