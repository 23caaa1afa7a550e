#include "bench/samples.h"

#include <stdlib.h>

#include "base/mem.h"

enum { FIRST_CAPACITY = 4096 };

void samples_deinit(struct samples *samples)
{
	mem_free(TAKE(samples->ns));
}

void samples_add(struct samples *samples, int64_t ns)
{
	if (samples->n == samples->capacity) {
		samples->capacity = samples->capacity ? 2 * samples->capacity : FIRST_CAPACITY;
		samples->ns = mem_resize(samples->ns, samples->capacity, sizeof *samples->ns);
	}
	samples->ns[samples->n++] = ns;
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a;
	int64_t right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

void samples_sort(struct samples *samples)
{
	if (samples->n)
		qsort(samples->ns, samples->n, sizeof *samples->ns, compare);
}

double samples_percentile(const struct samples *samples, unsigned percent)
{
	size_t at = samples->n ? (samples->n - 1) * percent / 100 : 0;

	return samples->n ? (double)samples->ns[at] / 1e6 : 0;
}
