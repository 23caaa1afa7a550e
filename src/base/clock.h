/* clock: what time it is, as something that is handed in, so that a test can turn it. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct clock {
	/* Nanoseconds since some fixed moment; never goes back. */
	int64_t (*now_ns)(const struct clock *clock);
};

#define CLOCK_MS(ms) ((int64_t)(ms) * 1000000)
#define CLOCK_S(s)   ((int64_t)(s) * 1000000000)

/* CLOCK_MONOTONIC. */
extern const struct clock clock_monotonic;

#endif
