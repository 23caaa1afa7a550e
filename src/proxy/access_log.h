/* access_log: the line that each exchange leaves in the log when it has ended. */
#ifndef PROXY_ACCESS_LOG_H
#define PROXY_ACCESS_LOG_H

#include "proxy/report.h"

/* At level info, of an answer with 5xx at level warn. */
void access_log_write(const struct report *report);

#endif
