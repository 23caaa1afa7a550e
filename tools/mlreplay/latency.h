/* latency: how long many answers took, for quantiles: counted in steps so narrow that a quantile is
 * at most 0.8 % too long, in the same memory however many there are. */
#ifndef MLREPLAY_LATENCY_H
#define MLREPLAY_LATENCY_H

#include "mlreplay/report.h"

enum {
	LATENCY_STEP_BITS = 7, /* steps to a doubling: 128 */
	LATENCY_STEPS = (64 - LATENCY_STEP_BITS) << LATENCY_STEP_BITS,
};

struct latency {
	uint64_t count;
	int64_t max_ns;
	uint64_t counts[LATENCY_STEPS];
};

/* One less than 0 counts as 0. */
void latency_note(struct latency *latency, int64_t ns);

/* The duration that so many percent of all were not longer than, more than 0 and up to 100; 0 when
 * there are none. */
int64_t latency_percentile(const struct latency *latency, unsigned percent);

void latency_report(const struct latency *latency, struct report_latency *ret_report);

#endif
