/* turner: turns several loops in step, each in a thread of its own: a turn begins for all at the
 * same time and is over when it is for each. Between turns every loop stands still, so that the
 * test may look at what is in their threads, and its clock is one for all.
 *
 *     test's loop ── begin ── turn ──── end ── looks, turns the clock ── begin …
 *     loop 0…     ── begin ── turn ─ … end ──────────── waits ────────── begin …
 */
#ifndef RIG_TURNER_H
#define RIG_TURNER_H

#include <pthread.h>

#include "io/loop.h"

enum { TURNER_LOOPS_MAX = 4 };

struct turner;

struct turner_hand {
	struct turner *turner;
	struct loop *loop;
	pthread_t thread;
	bool has_slept;
};

struct turner {
	struct turner_hand hands[TURNER_LOOPS_MAX];
	size_t count; /* may be 0 */
	pthread_barrier_t begin;
	pthread_barrier_t end;
	int64_t max_wait_ns; /* of the turn that begins */
	bool is_over;
};

void turner_init(struct turner *turner, struct loop *const *loops, size_t count);
void turner_deinit(struct turner *turner);

/* One turn of each and of `own`, here; false when one of them did not even sleep, because there was
 * something to do. */
bool turner_turn(struct turner *turner, struct loop *own, int64_t max_wait_ns);

#endif
