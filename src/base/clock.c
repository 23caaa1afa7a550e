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

static int64_t fake_now(const struct clock *clock)
{
	return ((const struct clock_fake *)(const void *)clock)->now;
}

void clock_fake_init(struct clock_fake *fake)
{
	fake->clock.now_ns = fake_now;
	fake->now = CLOCK_S(1000);
}
