#include "base/clock.h"

#include <time.h>

static int64_t monotonic_now(const struct clock *clock)
{
	struct timespec t;

	(void)clock;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return CLOCK_S(t.tv_sec) + t.tv_nsec;
}

const struct clock clock_monotonic = {monotonic_now};
