#include "base/histogram.h"

#include <assert.h>

void histogram_init(struct histogram *histogram, const struct histogram_bounds *bounds)
{
	*histogram = (struct histogram){.bounds = bounds};
}

void histogram_note(struct histogram *histogram, int64_t ns)
{
	const struct histogram_bounds *bounds = histogram->bounds;
	size_t step = 0;

	while (step < bounds->count && ns > bounds->ns[step])
		step++;
	histogram->counts[step]++;
	histogram->sum_ns += ns > 0 ? (uint64_t)ns : 0;
}

void histogram_add(struct histogram *histogram, const struct histogram *other)
{
	assert(histogram->bounds == other->bounds);
	for (size_t i = 0; i <= histogram->bounds->count; i++)
		histogram->counts[i] += other->counts[i];
	histogram->sum_ns += other->sum_ns;
}

uint64_t histogram_count(const struct histogram *histogram)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= histogram->bounds->count; i++)
		count += histogram->counts[i];
	return count;
}
