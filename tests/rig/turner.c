#include "rig/turner.h"

#include <check.h>

/* True when it slept all the time that it may: there was nothing to do. */
static bool turn(struct loop *loop, int64_t max_wait_ns)
{
	int64_t began_ns = clock_monotonic.now_ns(&clock_monotonic);

	loop_turn(loop, max_wait_ns);
	return clock_monotonic.now_ns(&clock_monotonic) - began_ns > max_wait_ns / 2;
}

static void *run_hand(void *ctx)
{
	struct turner_hand *hand = ctx;
	struct turner *turner = hand->turner;

	for (;;) {
		(void)pthread_barrier_wait(&turner->begin);
		if (turner->is_over)
			return NULL;
		hand->has_slept = turn(hand->loop, turner->max_wait_ns);
		(void)pthread_barrier_wait(&turner->end);
	}
}

bool turner_turn(struct turner *turner, struct loop *own, int64_t max_wait_ns)
{
	bool have_slept;

	turner->max_wait_ns = max_wait_ns;
	(void)pthread_barrier_wait(&turner->begin);
	have_slept = turn(own, max_wait_ns);
	(void)pthread_barrier_wait(&turner->end);
	for (size_t i = 0; i < turner->count; i++)
		have_slept = have_slept && turner->hands[i].has_slept;
	return have_slept;
}

void turner_init(struct turner *turner, struct loop *const *loops, size_t count)
{
	ck_assert_uint_le(count, TURNER_LOOPS_MAX);
	turner->count = count;
	turner->is_over = false;
	(void)pthread_barrier_init(&turner->begin, NULL, (unsigned)count + 1);
	(void)pthread_barrier_init(&turner->end, NULL, (unsigned)count + 1);
	for (size_t i = 0; i < count; i++) {
		struct turner_hand *hand = &turner->hands[i];

		hand->turner = turner;
		hand->loop = loops[i];
		ck_assert_int_eq(pthread_create(&hand->thread, NULL, run_hand, hand), 0);
	}
}

void turner_deinit(struct turner *turner)
{
	turner->is_over = true;
	(void)pthread_barrier_wait(&turner->begin);
	for (size_t i = 0; i < turner->count; i++)
		(void)pthread_join(turner->hands[i].thread, NULL);
	(void)pthread_barrier_destroy(&turner->begin);
	(void)pthread_barrier_destroy(&turner->end);
}
