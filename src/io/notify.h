/* notify: what the service manager is told, in systemd's words (sd_notify(3)): a datagram of
 * VARIABLE=VALUE lines to the socket that $NOTIFY_SOCKET names. That is all of the protocol, so
 * there is no library for it.
 *
 * Where nobody wants to know there is no struct notify, and NULL is told nothing.
 */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

#include "base/clock.h"
#include "base/err.h"

struct notify;

enum notify_state {
	NOTIFY_READY,     /* begun, or done with reloading */
	NOTIFY_RELOADING, /* to be followed by NOTIFY_READY, whatever came of it */
	NOTIFY_STOPPING,
	NOTIFY_ALIVE, /* what the watchdog waits for */
};

/* `path`: the value of $NOTIFY_SOCKET: absolute, or @NAME for one in the abstract name space; NULL
 * or empty leaves NULL. `clock`: CLOCK_MONOTONIC's, which systemd compares with its own. -1
 * (ERR_INVALID) with the reason when nobody is to be reached there. */
int notify_open(const char *path, const struct clock *clock, struct notify **ret_notify,
	struct err *err) __attribute__((warn_unused_result));
void notify_close(struct notify *notify); /* takes NULL */

/* Also says `status`, a line for people that `systemctl status` shows; NULL: leaves what was said.
 * Never waits: what finds no room is lost, and the manager draws its conclusions. */
void notify_tell(const struct notify *notify, enum notify_state state, const char *status);

/* How often NOTIFY_ALIVE is due: at half of $WATCHDOG_USEC, as systemd recommends; 0: never, since
 * there is none or $WATCHDOG_PID names another process than `own_pid`. Both may be NULL. */
int64_t notify_watchdog_ns(const char *watchdog_usec, const char *watchdog_pid, int64_t own_pid);

#endif
