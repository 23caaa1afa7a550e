/* Below 2^7 each nanosecond has a step of its own; from there on each doubling has 128:
 *
 *     ns = 1mmmmmmm………  (7 bits m, shift bits behind them)  ─→  step = (shift + 1) · 128 + m
 */
#include "mlreplay/latency.h"

#include <assert.h>

enum { STEPS_A_DOUBLING = 1 << LATENCY_STEP_BITS };

static size_t step_of(uint64_t ns)
{
	unsigned shift;

	if (ns < STEPS_A_DOUBLING)
		return ns;
	shift = 63 - LATENCY_STEP_BITS - (unsigned)__builtin_clzll(ns);
	return ((size_t)(shift + 1) << LATENCY_STEP_BITS) + (ns >> shift) - STEPS_A_DOUBLING;
}

/* The longest that falls into the step. */
static int64_t end_of(size_t step)
{
	unsigned shift;
	uint64_t mantissa;

	if (step < STEPS_A_DOUBLING)
		return (int64_t)step;
	shift = (unsigned)(step >> LATENCY_STEP_BITS) - 1;
	mantissa = STEPS_A_DOUBLING + (step & (STEPS_A_DOUBLING - 1));
	return (int64_t)(((mantissa + 1) << shift) - 1);
}

void latency_note(struct latency *latency, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	latency->counts[step_of((uint64_t)ns)]++;
	latency->count++;
	if (ns > latency->max_ns)
		latency->max_ns = ns;
}

int64_t latency_percentile(const struct latency *latency, unsigned percent)
{
	/* The share as whole samples, rounded up; count * 100 would overflow only after centuries. */
	uint64_t wanted = (latency->count * percent + 99) / 100;
	uint64_t seen = 0;
	size_t step = 0;

	assert(percent > 0 && percent <= 100);
	if (!latency->count)
		return 0;
	while ((seen += latency->counts[step]) < wanted)
		step++;
	return end_of(step) < latency->max_ns ? end_of(step) : latency->max_ns;
}

void latency_report(const struct latency *latency, struct report_latency *ret_report)
{
	*ret_report = (struct report_latency){
		.count = latency->count,
		.p50_ns = latency_percentile(latency, 50),
		.p90_ns = latency_percentile(latency, 90),
		.p95_ns = latency_percentile(latency, 95),
		.p99_ns = latency_percentile(latency, 99),
		.max_ns = latency->max_ns,
	};
}
