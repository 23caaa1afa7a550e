/* clock_fake: a clock that stands still until its owner changes `now`. */
#ifndef RIG_CLOCK_FAKE_H
#define RIG_CLOCK_FAKE_H

#include "base/clock.h"

struct clock_fake {
	struct clock clock; /* first, so that a pointer to it is one to this */
	int64_t now;
};

void clock_fake_init(struct clock_fake *fake);

#endif
