/* histogram: how many durations were how long, in fixed steps: what quantiles over any span of time
 * can be computed from by whoever looks at it twice. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS_MAX = 16 };

/* Ascending; a bound belongs to the step below it. What is beyond the last has a step of its own.
 */
struct histogram_bounds {
	size_t count;
	int64_t ns[HISTOGRAM_BOUNDS_MAX];
};

struct histogram {
	const struct histogram_bounds *bounds; /* outlive it */
	uint64_t counts[HISTOGRAM_BOUNDS_MAX + 1];
	uint64_t sum_ns;
};

void histogram_init(struct histogram *histogram, const struct histogram_bounds *bounds);

/* A duration; a negative one counts as 0. */
void histogram_note(struct histogram *histogram, int64_t ns);

/* Adds all that the other has, which has the same bounds. */
void histogram_add(struct histogram *histogram, const struct histogram *other);

uint64_t histogram_count(const struct histogram *histogram);

#endif
