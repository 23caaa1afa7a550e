/* metrics_report: counts what an exchange came to; see report.h. */
#ifndef PROXY_METRICS_REPORT_H
#define PROXY_METRICS_REPORT_H

#include "proxy/report.h"

/* Once for each exchange, when it has ended. Of those that are no POST /predict only the bytes
 * count. */
void metrics_note_report(struct metrics *metrics, const struct report *report);

#endif
