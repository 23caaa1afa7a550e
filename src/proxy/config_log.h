/* config_log: what the log says about configurations: which one is put to use, what is odd about
 * it, and why one is not. */
#ifndef PROXY_CONFIG_LOG_H
#define PROXY_CONFIG_LOG_H

#include "domain/config.h"

struct shared;

/* At the start and after each change, with a line for each warning; NULL: there is none. */
void config_log_used(const struct shared *shared, const struct config *config);

/* The one in force stays. */
void config_log_refused(const struct shared *shared, const struct config_fault *fault);

#endif
