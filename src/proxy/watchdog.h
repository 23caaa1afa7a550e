/* watchdog: tells the service manager that the process is alive, for as long as every worker takes
 * its mail: one that hangs is ended by the manager, which starts the process again.
 *
 *     period is over → a round to all workers → NOTIFY_ALIVE → the next period
 *
 * A worker that is late delays the beat; nobody waits for it.
 */
#ifndef PROXY_WATCHDOG_H
#define PROXY_WATCHDOG_H

#include "io/notify.h"
#include "proxy/round.h"

struct watchdog {
	const struct notify *notify;
	struct worker *first;
	int64_t period_ns;
	struct loop_timer timer;
	struct round round;
	bool is_stopped;
};

/* In the thread of `first`, worker 0. period_ns: as notify_watchdog_ns() has it; with 0 nobody
 * asks, and it does nothing. */
void watchdog_start(struct watchdog *watchdog, const struct notify *notify, struct worker *first,
	int64_t period_ns);

/* There may be a round under way until the crew has ended: the watchdog stays until then. */
void watchdog_stop(struct watchdog *watchdog);

#endif
