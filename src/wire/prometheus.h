/* prometheus: writes Prometheus's text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 *     # HELP name help
 *     # TYPE name counter
 *     name{label="value"} 5
 *
 * Names, labels' names and help are the program's own words and go out as they are; labels' values
 * may come from anywhere.
 */
#ifndef WIRE_PROMETHEUS_H
#define WIRE_PROMETHEUS_H

#include "base/buf.h"
#include "base/histogram.h"

#define PROMETHEUS_CONTENT_TYPE SPAN_LITERAL("text/plain; version=0.0.4; charset=utf-8")

enum { PROMETHEUS_LABELS_MAX = 4 };

enum prometheus_type { PROMETHEUS_COUNTER, PROMETHEUS_GAUGE, PROMETHEUS_HISTOGRAM };

/* Those before the first whose name is NULL. */
struct prometheus_labels {
	struct prometheus_label {
		const char *name;
		struct span value;
	} list[PROMETHEUS_LABELS_MAX];
};

/* What stands before the samples of one name, which follow without those of another. */
void prometheus_begin(
	struct buf *out, const char *name, enum prometheus_type type, const char *help);

/* Labels may be NULL: none. */
void prometheus_sample(
	struct buf *out, const char *name, const struct prometheus_labels *labels, uint64_t value);

/* The same; nanoseconds become seconds. */
void prometheus_sample_ns(
	struct buf *out, const char *name, const struct prometheus_labels *labels, uint64_t ns);

/* All the samples of one histogram, with at most one label less than there may be: `le` is added.
 */
void prometheus_sample_histogram(struct buf *out, const char *name,
	const struct prometheus_labels *labels, const struct histogram *histogram);

#endif
