/* app: the whole process: listeners, signals, the crew; begin and end.
 *
 *     main thread: listeners, signals, worker 0 ─→ crew ─→ workers 1…
 */
#ifndef PROXY_APP_H
#define PROXY_APP_H

#include "base/err.h"
#include "base/log.h"
#include "domain/config.h"
#include "proxy/options.h"

/* Reads the file. 0 with *ret_config NULL: there is none, and it need not be there. -1 with one
 * line that says what is wrong. For --check-config there must be one. */
int app_load_config(const struct options *options, struct config **ret_config, struct err *err)
	__attribute__((warn_unused_result));

/* Serves until SIGINT or SIGTERM. Takes the configuration's reference. -1 when it cannot begin. */
int app_run(const struct options *options, struct config *config, const struct log *log,
	struct err *err) __attribute__((warn_unused_result));

#endif
