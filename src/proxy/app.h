/* app: the whole process: listeners, signals, the crew; begin and end.
 *
 *     main thread: listeners, signals, worker 0 ─→ crew ─→ workers 1…
 */
#ifndef PROXY_APP_H
#define PROXY_APP_H

#include "base/err.h"
#include "base/log.h"
#include "proxy/config_load.h"

/* Serves until SIGINT or SIGTERM; SIGHUP lets it read the file again. Takes the configuration's
 * reference; the path stays the caller's. -1 when it cannot begin. */
int app_run(const struct options *options, struct config_load *load, const struct log *log,
	struct err *err) __attribute__((warn_unused_result));

#endif
