#include "rig/clock_fake.h"

static int64_t fake_now(const struct clock *clock)
{
	return ((const struct clock_fake *)(const void *)clock)->now;
}

void clock_fake_init(struct clock_fake *fake)
{
	fake->clock.now_ns = fake_now;
	fake->now = CLOCK_S(1000);
}
