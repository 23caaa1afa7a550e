/* limiter: how often something of one kind may be said. Of each kind LIMITER_BURST in a row, then
 * one every LIMITER_PAUSE_S; what was left out is counted. For several threads at once, without a
 * lock.
 */
#ifndef BASE_LIMITER_H
#define BASE_LIMITER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"

enum { LIMITER_KINDS_MAX = 32, LIMITER_BURST = 10, LIMITER_PAUSE_S = 10 };

struct limiter_kind {
	const char *_Atomic name;    /* NULL: free */
	atomic_llong spent_until_ns; /* what was said is paid for then, one pause each */
	atomic_ullong suppressed;    /* since it was last allowed */
};

struct limiter {
	const struct clock *clock;
	struct limiter_kind kinds[LIMITER_KINDS_MAX];
};

void limiter_init(struct limiter *limiter, const struct clock *clock);

/* False when it was too often; else true, with the number of times that were. `kind` is one of our
 * own words and outlives the limiter; there are at most LIMITER_KINDS_MAX. */
bool limiter_take(struct limiter *limiter, const char *kind, uint64_t *ret_suppressed)
	__attribute__((warn_unused_result));

#endif
