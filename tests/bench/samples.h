/* samples: how long each of many things took, and what is to be said of them. */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct samples {
	int64_t *ns; /* owned */
	size_t n;
	size_t capacity;
};

void samples_deinit(struct samples *samples);
void samples_add(struct samples *samples, int64_t ns);

/* To be called once, before samples_percentile() and after the last samples_add(). */
void samples_sort(struct samples *samples);

/* In milliseconds; 0 when there are none. */
double samples_percentile(const struct samples *samples, unsigned percent);

#endif
