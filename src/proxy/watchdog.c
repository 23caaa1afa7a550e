#include "proxy/watchdog.h"

static void wait_a_period(struct watchdog *watchdog)
{
	struct loop *loop = watchdog->first->loop;

	loop_timer_set(loop, &watchdog->timer, loop_now_ns(loop) + watchdog->period_ns);
}

/* That its mail is taken is all that is asked of a worker. */
static void on_visit(struct round *round, struct worker *worker)
{
	(void)round;
	(void)worker;
}

static void on_done(struct round *round)
{
	struct watchdog *watchdog = LIST_OBJECT(round, struct watchdog, round);

	if (watchdog->is_stopped)
		return;
	notify_tell(watchdog->notify, NOTIFY_ALIVE, NULL);
	wait_a_period(watchdog);
}

static void on_period(void *ctx)
{
	struct watchdog *watchdog = ctx;

	round_start(&watchdog->round, watchdog->first, on_visit, on_done);
}

void watchdog_start(
	struct watchdog *watchdog, const struct notify *notify, struct worker *first, int64_t period_ns)
{
	*watchdog = (struct watchdog){.notify = notify, .first = first, .period_ns = period_ns};
	loop_timer_init(&watchdog->timer, on_period, watchdog);
	if (period_ns)
		wait_a_period(watchdog);
}

void watchdog_stop(struct watchdog *watchdog)
{
	watchdog->is_stopped = true;
	loop_timer_clear(watchdog->first->loop, &watchdog->timer);
}
